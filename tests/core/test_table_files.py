from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from supportdesk.core.errors import Refusal
from supportdesk.core.table_files import Column, Outcome, Report, encoding_of, import_table, number, yes_or_no

pytestmark = pytest.mark.one_database

HEADER = "external_id,name,seats,wifi\r\n"


@dataclass
class Notebook:
    """An importer that writes nothing down but what it was given."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    columns = (
        Column("external_id", required=True),
        Column("name", ("名前",), required=True),
        Column("seats", ("定員",), read=number),
        Column("wifi", read=yes_or_no),
    )

    def put(self, row: dict[str, Any]) -> Outcome:
        self.rows.append(row)
        return Outcome.ADDED


def read(data: bytes) -> tuple[Report, list[dict[str, Any]]]:
    notebook = Notebook()
    return import_table(io.BytesIO(data), notebook, dry_run=True), notebook.rows


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as problem:
        read(data)
    return problem.value


@pytest.mark.parametrize("ends", ["\r\n", "\n"])
@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("cp932", "cp932"), ("shift_jis", "cp932")],
)
def test_files_of_offices_are_read_whatever_their_encoding_and_line_ends(
    app: Flask, encoding: str, told: str, ends: str
) -> None:
    text = (HEADER + "V1,加津佐公民館,２０,1\r\n\r\nV2,\"布津, 本館\",,0\r\n").replace("\r\n", ends)

    report, rows = read(text.encode(encoding))

    assert report.encoding == told
    assert rows == [
        {"external_id": "V1", "name": "加津佐公民館", "seats": 20, "wifi": True},
        {"external_id": "V2", "name": "布津, 本館", "seats": None, "wifi": False},
    ]


def test_letters_that_only_cp932_has_are_read(app: Flask) -> None:
    _, rows = read((HEADER + "V1,髙﨑①,1,1\r\n").encode("cp932"))
    assert rows[0]["name"] == "髙﨑①"


def test_column_names_may_be_ours_or_known_others_in_any_order_and_width(app: Flask) -> None:
    report, rows = read("定員,名前,ＥＸＴＥＲＮＡＬ＿ＩＤ,ほか\n8,公民館,V1,x\n".encode())
    assert rows == [{"seats": 8, "name": "公民館", "external_id": "V1"}]
    assert report.left_out == ["ほか"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_with_the_way_out(encoding: str) -> None:
    assert refused((HEADER + "V1,公民館,1,1\r\n").encode(encoding)).code == "utf-16"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04rest", "excel"),
        (b"", "empty-file"),
        (b"\r\n\r\n", "empty-file"),
        (b"external_id,seats\nV1,3\n", "columns-missing"),
        (b"external_id,name,name\nV1,a,b\n", "column-twice"),
        ((HEADER + "V1,公民館").encode()[:-1], "file-cut"),
        ((HEADER + "V1,公民館").encode("cp932")[:-1], "file-cut"),
        (HEADER.encode() + b"V1,\xff\xfe\x81,1,1\r\n", "encoding"),
        (b'"external_id,name\nV1,a\n', "quotes"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_as_a_whole(data: bytes, code: str) -> None:
    assert refused(data).code == code


def test_a_missing_column_is_named() -> None:
    assert refused(b"external_id,seats\nV1,3\n").params == {"columns": "name"}


def test_a_file_of_unknown_encoding_names_the_line() -> None:
    data = HEADER.encode() + "V1,公民館,1,1\r\n".encode() + b"V2,\xff\xff,1,1\r\n"
    assert refused(data).params == {"line": 3}


@pytest.mark.parametrize(
    ("rows", "line", "column", "code"),
    [
        ("V1,公民館,たくさん,1\r\n", 2, "seats", "not-a-number"),
        ("V1,公民館,3,maybe\r\n", 2, "wifi", "yes-or-no"),
        ("V1,　,3,1\r\n", 2, "name", "empty"),
        ("V1,公\0民館,3,1\r\n", 2, "name", "nul"),
        ("V1,番号 1234-5678-9018,3,1\r\n", 2, "name", "my-number"),
        ("V1,a,3,1\r\nV2,\"二\r\n行\",3,1\r\nV1,c,3,1\r\n", 5, "external_id", "twice"),
        ("V1,a,3,1\r\nV2,b", 3, "", "line-cut"),
        ("V1,a,3,1\r\nV2,\"b,3,1\r\nV3,c,3,1\r\n", 3, "", "quotes"),
    ],
)
def test_a_bad_row_is_named_by_line_column_and_reason(
    app: Flask, rows: str, line: int, column: str, code: str
) -> None:
    report, _ = read((HEADER + rows).encode())

    bad = report.refused[0]
    assert (len(report.refused), bad.line, bad.column, bad.why.code) == (1, line, column, code)
    assert report.written is False


def test_a_my_number_stays_out_of_the_report(app: Flask) -> None:
    report, rows = read((HEADER + "V1,1234 5678 9018,3,1\r\n").encode())
    assert (report.my_numbers, rows) == (1, [])
    assert "9018" not in repr(report)


def test_a_cell_that_looks_like_a_formula_is_a_text(app: Flask) -> None:
    _, rows = read((HEADER + "V1,=1+1,3,1\r\nV2,@SUM(A1),3,1\r\n").encode())
    assert [row["name"] for row in rows] == ["=1+1", "@SUM(A1)"]


def test_ten_thousand_rows_are_read_in_their_order(app: Flask) -> None:
    report, rows = read((HEADER + "".join(f"V{number},公民館,8,1\n" for number in range(10_000))).encode("cp932"))
    assert (report.seen, report.added) == (10_000, 10_000)
    assert [row["external_id"] for row in rows] == [f"V{number}" for number in range(10_000)]


def test_a_large_file_is_never_held_in_memory_as_a_whole(app: Flask) -> None:
    class Stream(io.RawIOBase):
        """Twenty megabytes that exist only while they are read."""

        def __init__(self) -> None:
            self.begin()

        def begin(self) -> None:
            self.left: Iterator[bytes] = iter([HEADER.encode(), *[b"V1,name,3,1\r\n" * 5000] * 320])

        def readable(self) -> bool:
            return True

        def seek(self, offset: int, whence: int = 0) -> int:
            self.begin()
            return 0

        def read(self, size: int = -1) -> bytes:
            return next(self.left, b"")

        read1 = read

    tracemalloc.start()
    encoding_of(Stream())  # type: ignore[arg-type]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2_000_000
