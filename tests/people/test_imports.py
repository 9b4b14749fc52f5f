from __future__ import annotations

import io
from datetime import date, datetime

import pytest
import sqlalchemy as sa

from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.table_files import Report, import_table
from supportdesk.people.imports import ResidentImporter
from supportdesk.people.models import Resident, Telephone
from supportdesk.people.rules import Need, OwnChain, Wish
from tests import factories

HEAD = (
    "external_id,kana_family,kana_given,family,given,birth_year,district,"
    "telephone_1,kind_1,whose_1,telephone_2,no_telephone,wish,needs,keys,own_chain\r\n"
)
HARU = "R1,ホンダ,ハル,本多,ハル,昭和16年,KCN,0957-00-0001,,家,090-0000-0001,,call,hearing|mobility,1,one-try\r\n"
TADASHI = "R2,ほんだ,ただし,本多,正,,KCN,,,,,1,card,,,\r\n"


def load(by: Actor, now: datetime, text: str, **how: bool) -> Report:
    factories.district()
    file = io.BytesIO(text.encode("cp932"))
    return import_table(file, ResidentImporter(by, now), **{"dry_run": False, **how})


def test_residents_are_imported_and_a_second_run_changes_nothing(by: Actor, now: datetime) -> None:
    first = load(by, now, HEAD + HARU + TADASHI)
    second = load(by, now, HEAD + HARU + TADASHI)

    assert (first.added, first.refused) == (2, [])
    assert (second.same, second.changed, second.refused) == (2, 0, [])
    haru, tadashi = db.session.scalars(sa.select(Resident).order_by(Resident.external_id)).all()
    assert (haru.birth_year, haru.wish, haru.district_code) == (1941, Wish.CALL, "KCN")
    assert {row.need for row in haru.needs} == {Need.HEARING, Need.MOBILITY}
    assert [row.number for row in haru.telephones] == ["+81957000001", "+819000000001"]
    assert (haru.keys, tadashi.keys) == (True, False)
    assert (haru.own_chain, tadashi.own_chain) == (OwnChain.ONE_TRY, OwnChain.OFFICE)
    assert (tadashi.kana, tadashi.no_telephone) == ("ホンダ タダシ", True)


def test_what_a_file_does_not_hold_stays_in_the_record(by: Actor, now: datetime) -> None:
    load(by, now, HEAD + HARU)
    with transaction() as session:
        session.execute(sa.update(Telephone).values(tried_on=date(2026, 7, 1)))

    report = load(by, now, HEAD + HARU.replace("本多,ハル", "本多,春"))

    assert report.changed == 1
    assert db.session.scalars(sa.select(Resident.given_name)).one() == "春"
    assert set(db.session.scalars(sa.select(Telephone.tried_on))) == {date(2026, 7, 1)}


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        ("ホンダ,ハル", "本田,ハル", "family_kana"),
        ("昭和16年", "昭和99年", "birth_year"),
        ("KCN", "XXX", "district_code"),
        ("090-0000-0001", "110", "telephone_2"),
        ("call", "shout", "wish"),
        ("hearing", "unknown", "needs"),
        ("one-try", "never", "own_chain"),
        ("本多,ハル", "1234-5678-9018,ハル", "family_name"),
    ],
)
def test_a_row_that_cannot_be_is_named_by_line_and_column(
    by: Actor, now: datetime, before: str, after: str, column: str
) -> None:
    report = load(by, now, HEAD + TADASHI + HARU.replace(before, after))

    assert [(row.line, row.column) for row in report.refused] == [(3, column)]
    assert db.session.scalar(sa.select(sa.func.count(Resident.id))) == 0
