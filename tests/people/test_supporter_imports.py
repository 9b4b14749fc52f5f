from __future__ import annotations

import io
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db
from supportdesk.core.table_files import Report, import_table
from supportdesk.people import supporter_queries as queries
from supportdesk.people.models import Supporter
from supportdesk.people.supporter_imports import SupporterImporter
from tests import factories
from tests.web import Web

HEAD = "external_id,name,kana,kind,telephone,wish,skills,pledged_on,fiscal_year,insured_on"
ROW = "S1,支援　花子,ｼｴﾝ ﾊﾅｺ,volunteer,090-0000-0001,text,LINE,令和8年4月1日,2026,2026-04-01"


def read(text: str, now: datetime, encoding: str = "cp932", dry_run: bool = False) -> Report:
    file = io.BytesIO(f"{HEAD}\r\n{text}\r\n".encode(encoding))
    return import_table(file, SupporterImporter(HOUSE, now), dry_run=dry_run)


def test_a_file_in_shift_jis_adds_changes_and_leaves_alone(app: Flask, now: datetime) -> None:
    factories.topic("LINE")

    tried = read(ROW, now, dry_run=True)
    assert (tried.added, db.session.scalar(sa.select(sa.func.count()).select_from(Supporter))) == (1, 0)
    added, same = read(ROW, now), read(ROW, now)
    changed = read(ROW.replace("2026-04-01", "2026-04-02"), now, "utf-8")

    assert (added.added, same.same, changed.changed) == (1, 1, 1)
    known = queries.by_external_id("S1")
    assert known is not None
    kept = queries.get(known.id)
    assert (kept.kana, kept.number, [row.topic_code for row in kept.skills]) == (
        "シエン ハナコ", "+819000000001", ["LINE"],
    )  # fmt: skip
    assert [(row.fiscal_year, row.until_day, row.insured_on) for row in kept.terms] == [
        (2026, date(2027, 3, 31), date(2026, 4, 2))
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("S1,支援,シエン,friend,,,,,,", "kind"), ("S1,支援,シエン,,110,,,,,", "telephone"),
        ("S1,,シエン,,,,,,,", "name"), ("S1,支援,シエン,,,text,,,,", "wish"), ("S1,支援,シエン,,,,XXX,,,", "skills"),
        ("S1,支援,シエン,,,,,,,2026-04-01", "fiscal_year"), ("S1,支援,シエン,,,,,,2026,2027-04-01", "insured_on"),
        ("S1,支援,シエン,,,,,,999999,", "fiscal_year"), ("S1,1234 5678 9018,シエン,,,,,,,", "name"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_taken_names_its_column(app: Flask, now: datetime, row: str, column: str) -> None:
    report = read(row, now)

    assert [refused.column for refused in report.refused] == [column]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Supporter)) == 0


@pytest.mark.one_database
def test_the_page_of_the_import_is_the_coordinators(app: Flask) -> None:
    assert Web(app).sign_in(factories.user(Role.COORDINATOR)).get("/supporters/import").status == 200
    assert Web(app).sign_in(factories.user(Role.STAFF)).get("/import/supporters").status == 404
