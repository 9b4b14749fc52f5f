"""The open data files: their columns, their cells."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from supportdesk.core.access import HOUSE
from supportdesk.core.db import db, transaction
from supportdesk.front.open_data_rules import EVENT_LAYOUTS, FACILITY_LAYOUT, Address, Layout, csv_lines, parts_of
from supportdesk.lessons import actions
from supportdesk.lessons.models import Lesson
from supportdesk.lessons.rules import LessonState
from supportdesk.office import settings as office_settings
from tests import factories
from tests.conftest import NOW
from tests.web import Web

PUBLISHED = json.loads((Path(__file__).parents[1] / "reference/opendata_columns.json").read_text(encoding="utf-8"))
OURS = {
    "suisho_event": EVENT_LAYOUTS["suisho"],
    "base_registry_event": EVENT_LAYOUTS["base-registry"],
    "gif_event": EVENT_LAYOUTS["gif"],
    "suisho_facility": FACILITY_LAYOUT,
}


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def rows_of(web: Web, path: str) -> list[dict[str, str]]:
    answer = web.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


# ---- columns


def test_every_verified_layout_is_offered_and_no_other() -> None:
    verified = {name for name, one in PUBLISHED.items() if isinstance(one, dict) and one.get("status") == "verified"}

    assert verified - {"municipality"} == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_columns_are_those_of_the_published_definition(name: str) -> None:
    assert list(OURS[name].columns) == PUBLISHED[name]["columns"]
    assert OURS[name].name == PUBLISHED[name]["name"]


@pytest.mark.parametrize("name", ["suisho_event", "suisho_facility"])
def test_every_column_that_must_be_filled_has_something_to_fill_it(name: str) -> None:
    assert all(OURS[name].columns[column] for column in PUBLISHED[name]["required"])


@pytest.mark.parametrize("layout", EVENT_LAYOUTS)
def test_the_file_has_these_columns(web: Web, layout: str) -> None:
    factories.lesson()

    rows = rows_of(web, f"/open-data/events.csv?layout={layout}")

    assert len(rows) == 1
    assert list(rows[0]) == list(EVENT_LAYOUTS[layout].columns)


# ---- cells


def test_a_lesson_is_told_with_days_and_times_as_the_definition_wants(web: Web) -> None:
    with transaction():
        office_settings.change(town="南島原市", telephone="0957-00-0001")
    factories.district("KCN")
    place = factories.venue(
        district_code="KCN", address="長崎県南島原市口之津町丙1-2", postal_code="859-2504", parking=0, bus="公民館前",
    )  # fmt: skip
    course = factories.course(title="写真", title_kana="シャシン", summary="とって、\n見ます。")
    factories.lesson(course=course, room=factories.room(place, name="研修室"))

    (suisho,) = rows_of(web, "/open-data/events.csv")
    (base,) = rows_of(web, "/open-data/events.csv?layout=base-registry")
    (gif,) = rows_of(web, "/open-data/events.csv?layout=gif")

    assert (suisho["開始日"], suisho["終了日"]) == ("2026-07-15", "2026-07-15")
    assert (suisho["開始時間"], suisho["終了時間"]) == ("10:00", "11:00")
    assert (suisho["イベント名"], suisho["イベント名_カナ"]) == ("写真", "シャシン")
    assert suisho["説明"] == "とって、 見ます。"
    assert (suisho["都道府県名"], suisho["市区町村名"]) == ("長崎県", "南島原市")
    assert (suisho["参加申込終了日"], suisho["参加申込終了時間"]) == ("2026-07-15", "09:00")
    assert (suisho["場所名称"], suisho["方書"], suisho["定員"]) == ("口之津公民館", "研修室", "8")
    assert (suisho["連絡先名称"], suisho["連絡先電話番号"]) == ("南島原市", "0957-00-0001")
    assert [base[column] for column in ("住所都道府県", "住所市区町村", "住所町名", "住所丁目以下", "郵便番号")] == [
        "長崎県", "南島原市", "口之津町", "丙1-2", "859-2504",
    ]  # fmt: skip
    assert (gif["状態"], gif["駐車場有無"], gif["アクセス方法"]) == ("開催前", "無", "公民館前")


def test_the_description_is_never_empty_for_it_must_be_filled(web: Web) -> None:
    factories.lesson(course=factories.course(title="写真", summary=""))

    assert rows_of(web, "/open-data/events.csv")[0]["説明"] == "写真"


def test_a_cancelled_lesson_stays_in_the_file_and_one_of_last_year_does_not(web: Web) -> None:
    lesson = factories.lesson()
    factories.lesson(starts_at=NOW - timedelta(days=98), state=LessonState.RECORDED)
    factories.lesson(starts_at=NOW - timedelta(days=90), state=LessonState.RECORDED)
    with transaction():
        actions.cancel_lesson(lesson.id, "台風", by=HOUSE, now=NOW)

    told = {row["ID"]: row["状態"] for row in rows_of(web, "/open-data/events.csv?layout=gif")}

    assert told == {str(lesson.id): "中止", str(lesson.id + 2): "終了"}


def test_venues_in_use_are_told_in_the_facilities_layout(web: Web) -> None:
    factories.venue(
        name="公民館", name_kana="コウミンカン", barrier_free="スロープ、洋式トイレ", wifi=True, parking=5,
        note="鍵は区長", telephone="0957-00-0099",
    )  # fmt: skip
    factories.venue(name="もうない館", closed_at=NOW)

    (row,) = rows_of(web, "/open-data/facilities.csv")

    assert (row["名称"], row["名称_カナ"], row["電話番号"]) == ("公民館", "コウミンカン", "0957-00-0099")
    assert row["バリアフリー情報"] == "スロープ;洋式トイレ"
    assert row["説明"] == "駐車場5台、Wi-Fiあり"
    assert "区長" not in "".join(row.values())


def test_the_file_is_utf_8_with_its_mark_and_crlf(web: Web) -> None:
    factories.lesson()

    data = web.client.get("/open-data/events.csv").data

    assert data.startswith(b"\xef\xbb\xbf") and data.count(b"\xef\xbb\xbf") == 1
    assert data.endswith(b"\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == 2


@pytest.mark.parametrize(
    ("typed", "cell"),
    [
        ("=1+1", "'=1+1"), ("+81", "'+81"), ("-1", "'-1"), ("@x", "'@x"), ("＝１", "'＝１"), (" =1", "'=1"),
        ('"=1', '"\'""=1"'), ("\t=1", "'=1"), ("a=1", "a=1"), ("1,2", '"1,2"'), ("一\r\n二", "一 二"), ("", ""),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula_and_each_is_one_line(typed: str, cell: str) -> None:
    _header, line = csv_lines(Layout("x", {"列": "value"}), [{"value": typed}])

    assert line == f"{cell}\r\n"


def test_a_layout_that_nobody_knows_is_not_there(web: Web) -> None:
    assert web.get("/open-data/events.csv?layout=x").status == 404


def test_the_page_leads_to_every_file(web: Web) -> None:
    factories.lesson()
    page = web.get("/open-data/")

    for layout in (*EVENT_LAYOUTS.values(), FACILITY_LAYOUT):
        assert page.link(layout.name).status == 200
    assert "BOM" in page.text and "CC BY 4.0" in page.text


def test_a_large_file_is_read_in_turns(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supportdesk.front.open_data.AT_ONCE", 2)
    course, room = factories.course(), factories.room()
    with transaction() as session:
        for n in range(7):
            starts_at = NOW + timedelta(days=n)
            session.add(
                Lesson(
                    course_id=course.id, venue_id=room.venue_id, room_id=room.id, starts_at=starts_at, seats=8,
                    ends_at=starts_at + timedelta(hours=1), booking_opens_at=NOW - timedelta(days=30),
                    booking_closes_at=starts_at, state=LessonState.OPEN,
                )
            )  # fmt: skip

    assert [row["NO"] for row in rows_of(web, "/open-data/events.csv")] == [
        str(one) for one in db.session.scalars(db.select(Lesson.id).order_by(Lesson.starts_at))
    ]


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("長崎県南島原市加津佐町己2792-2", ("長崎県", "南島原市", "加津佐町", "己2792-2")),
        ("南島原市加津佐町己1", ("", "南島原市", "加津佐町", "己1")),
        ("京都府京都市中京区1", ("京都府", "", "", "京都市中京区1")),
        ("加津佐町己1", ("", "", "加津佐町", "己1")),
        ("公民館のとなり", ("", "", "", "公民館のとなり")),
        ("", ("", "", "", "")),
    ],
)
def test_an_address_is_told_in_its_parts_as_far_as_they_are_sure(address: str, parts: tuple[str, ...]) -> None:
    assert parts_of(address, "南島原市", "加津佐町") == Address(*parts)
