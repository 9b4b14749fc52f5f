from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, NotFound, Refusal
from supportdesk.core.history import HistoryRow
from supportdesk.people import supporter_actions as actions
from supportdesk.people import supporter_queries as queries
from supportdesk.people.models import Supporter
from supportdesk.people.rules import NumberKind, Wish
from supportdesk.people.supporter_data_rules import SupporterData, whole_year
from supportdesk.people.supporter_queries import Papers, Wanted
from supportdesk.people.supporter_rules import Available, Off, SupporterKind, Term
from tests import factories

HANAKO = SupporterData("支援　花子", "しえん はなこ", telephone="０９０ー００００ー０００１", wish=Wish.TEXT)
TODAY = date(2026, 7, 6)


def add(data: SupporterData, by: Actor, now: datetime) -> Supporter:
    with transaction():
        return actions.add_supporter(data, by=by, now=now)


def test_a_supporter_is_kept_as_a_resident_is(by: Actor, now: datetime) -> None:
    factories.topic("LINE")
    factories.topic("PHOTO")
    week = (Available(4, time(9), time(12)), Available(0, time(13), time(17)))

    one = add(replace(HANAKO, skills=("PHOTO", "LINE", "LINE"), hours=week), by, now)

    assert (one.name, one.kana, one.number, one.number_kind) == (
        "支援 花子", "シエン ハナコ", "+819000000001", NumberKind.MOBILE,
    )  # fmt: skip
    kept = actions.data_of(queries.get(one.id))
    assert (kept.skills, kept.hours) == (("LINE", "PHOTO"), (week[1], week[0]))
    assert (kept.kind, kept.telephone) == (SupporterKind.VOLUNTEER, "+819000000001")


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"name": "　"}, "name", "empty"),
        ({"name": "あ" * 81}, "name", "too-long"),
        ({"kana": ""}, "kana", "kana-missing"),
        ({"kana": "花子"}, "kana", None),
        ({"telephone": "110"}, "telephone", None),
        ({"telephone": "0120-000-000"}, "telephone", None),
        ({"telephone": "090-0000-0001", "fax": True}, "fax", "mobile-fax"),
        ({"telephone": ""}, "wish", "no-mobile"),
        ({"telephone": "0957-00-0001"}, "wish", "no-mobile"),
        ({"wish": Wish.CALL, "telephone": ""}, "wish", "no-number"),
        ({"wish": Wish.FAX}, "wish", "no-fax"),
        ({"wish": Wish.CARD}, "wish", "no-such-wish"),
        ({"trained_on": date(2026, 7, 7)}, "trained_on", "future-day"),
        ({"pledged_on": date(2026, 7, 7)}, "pledged_on", "future-day"),
        ({"hours": (Available(2, time(12), time(12)),)}, "until_2", "hours"),
        ({"district_code": "XXX"}, "district_code", "no-district"),
        ({"skills": ("XXX",)}, "skills", "no-topic"),
        ({"user_id": 999}, "user_id", "no-account"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    by: Actor, now: datetime, values: dict[str, Any], field: str, code: str | None
) -> None:
    with pytest.raises(Refusal) as refused, transaction():
        actions.add_supporter(replace(HANAKO, **values), by=by, now=now)

    assert refused.value.field == field
    assert code in (None, refused.value.code)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Supporter)) == 0


def test_one_account_is_one_supporters(by: Actor, now: datetime) -> None:
    user = factories.user()
    add(replace(HANAKO, user_id=user.id), by, now)

    with pytest.raises(Refusal) as refused, transaction():
        actions.add_supporter(replace(HANAKO, user_id=user.id), by=by, now=now)

    assert refused.value.code == "account-taken"


def test_the_second_of_two_editors_is_told_also_when_only_hours_changed(by: Actor, now: datetime) -> None:
    one = add(HANAKO, by, now)
    with transaction():
        actions.edit_supporter(
            one.id, replace(HANAKO, hours=(Available(0, time(9), time(12)),)), 1, by=by, now=now
        )

    with pytest.raises(ChangedMeanwhile), transaction():
        actions.edit_supporter(one.id, replace(HANAKO, badge="1"), 1, by=by, now=now)


def test_history_repeats_neither_names_nor_numbers(by: Actor, now: datetime) -> None:
    one = add(HANAKO, by, now)
    changed = replace(HANAKO, name="別人", telephone="090-0000-0002", kind=SupporterKind.STAFF, badge="ABC")
    with transaction():
        actions.edit_supporter(one.id, changed, 1, by=by, now=now)
        actions.add_off(one.id, Off(TODAY, TODAY), "手術", by=by, now=now)

    told = str([row.details for row in db.session.scalars(sa.select(HistoryRow))])
    assert not any(word in told for word in ("別人", "花子", "0000", "ABC", "手術"))
    (row,) = [row for row in history.of(f"supporter:{one.id}") if row.action == "supporter.edited"]
    assert row.details["changed"]["kind"] == ["volunteer", "staff"]
    assert row.details["fields"] == ["badge", "kind", "name", "number"]


def test_nothing_changed_is_no_new_version(by: Actor, now: datetime) -> None:
    one = add(HANAKO, by, now)
    with transaction():
        again = actions.edit_supporter(one.id, actions.data_of(queries.get(one.id)), 1, by=by, now=now)

    assert again.version == 1


@pytest.mark.parametrize(
    ("term", "field"),
    [
        (Term(2026, date(2026, 3, 31), date(2027, 3, 31)), "from_day"),
        (Term(2026, date(2026, 4, 1), date(2027, 4, 1)), "until_day"),
        (Term(2026, date(2026, 9, 1), date(2026, 8, 31)), "until_day"),
        (Term(2026, date(2026, 4, 1), date(2027, 3, 31), date(2025, 4, 1)), "insured_on"),
        (whole_year(2018), "fiscal_year"),
        (whole_year(2029), "fiscal_year"),
    ],
)
def test_a_term_lies_in_its_fiscal_year(by: Actor, now: datetime, term: Term, field: str) -> None:
    one = factories.supporter(terms=[])

    with pytest.raises(Refusal) as refused, transaction():
        actions.set_term(one.id, term, by=by, now=now)

    assert refused.value.field == field


def test_a_term_is_entered_changed_and_taken_back(by: Actor, now: datetime) -> None:
    one = factories.supporter(terms=[])
    with transaction():
        actions.set_term(one.id, whole_year(2026), by=by, now=now)
    with transaction():
        actions.set_term(one.id, whole_year(2026, date(2026, 4, 1)), by=by, now=now)
    assert [term.insured_on for term in queries.get(one.id).terms] == [date(2026, 4, 1)]

    with transaction():
        actions.take_term_back(one.id, 2026, by=by, now=now)

    assert queries.get(one.id).terms == []
    with pytest.raises(NotFound), transaction():
        actions.take_term_back(one.id, 2026, by=by, now=now)


def test_terms_of_many_are_renewed_at_once_and_days_that_are_there_stay(by: Actor, now: datetime) -> None:
    new = factories.supporter(terms=[])
    half = factories.supporter(terms=[factories.term(2026, until_day=date(2026, 9, 30), insured_on=None)])
    done = factories.supporter(terms=[factories.term(2026)])

    with transaction():
        changed = actions.renew_terms(
            [new.id, half.id, done.id], 2026, insured_on=date(2026, 4, 1), by=by, now=now
        )

    assert changed == 2
    days = {one: queries.get(one).terms[0].until_day for one in (new.id, half.id, done.id)}
    assert days == {new.id: date(2027, 3, 31), half.id: date(2026, 9, 30), done.id: date(2027, 3, 31)}
    with transaction():
        assert actions.renew_terms([new.id], 2026, insured_on=date(2026, 4, 1), by=by, now=now) == 0
    with pytest.raises(NotFound), transaction():
        actions.renew_terms([new.id, 999_999], 2026, by=by, now=now)


def test_a_new_pledge_may_come_with_the_terms(by: Actor, now: datetime) -> None:
    one = factories.supporter(terms=[factories.term(2026)], pledged_on=None)

    with transaction():
        changed = actions.renew_terms([one.id], 2026, pledged_on=TODAY, by=by, now=now)

    assert (changed, queries.get(one.id).pledged_on) == (1, TODAY)


@pytest.mark.parametrize(
    ("off", "code"),
    [
        (Off(date(2026, 7, 1), date(2026, 7, 5)), "not-a-coming-day"),
        (Off(date(2026, 7, 8), date(2026, 7, 7)), "last-before-first"),
        (Off(date(2026, 7, 8), date(2027, 7, 9)), "too-many-days"),
        (Off(date(2099, 7, 8), date(2099, 7, 8)), "not-a-coming-day"),
    ],
)
def test_dates_off_are_coming_days(by: Actor, now: datetime, off: Off, code: str) -> None:
    one = factories.supporter().id
    with pytest.raises(Refusal) as refused, transaction():
        actions.add_off(one, off, "", by=by, now=now)

    assert refused.value.code == code


def test_dates_off_are_entered_once_and_taken_back_by_their_own(by: Actor, now: datetime) -> None:
    one, other = factories.supporter(), factories.supporter()
    off = Off(date(2026, 7, 8), date(2026, 7, 9))
    with transaction():
        row = actions.add_off(one.id, off, "", by=by, now=now)
    with pytest.raises(Refusal), transaction():
        actions.add_off(one.id, off, "", by=by, now=now)
    with pytest.raises(NotFound), transaction():
        actions.take_off_back(other.id, row.id, by=by, now=now)

    with transaction():
        actions.take_off_back(one.id, row.id, by=by, now=now)

    assert queries.get(one.id).off == []


def test_the_list_knows_whose_papers_are_missing(by: Actor, now: datetime) -> None:
    factories.topic("LINE")
    good = factories.supporter(name="良", terms=[factories.term(2026), factories.term(2027)])
    not_next = factories.supporter(name="来年度", terms=[factories.term(2026)])
    late = factories.supporter(name="秋から", terms=[factories.term(2026, from_day=date(2026, 9, 1))])
    uninsured = factories.supporter(name="保険", terms=[factories.term(2026, insured_on=None)])
    unpledged = factories.supporter(name="誓約", pledged_on=None)
    staff = factories.supporter(name="職員", kind=SupporterKind.STAFF, terms=[], pledged_on=None)
    gone = factories.supporter(name="退任", left_on=date(2026, 7, 5), terms=[])

    def listed(**wanted: Any) -> set[int]:
        return {row.id for row in db.session.scalars(queries.supporters(Wanted(**wanted), TODAY))}

    assert listed(papers=Papers.MISSING) == {late.id, uninsured.id, unpledged.id}
    assert listed(papers=Papers.NEXT_YEAR) == {not_next.id, late.id, uninsured.id}
    assert listed(kind=SupporterKind.STAFF) == {staff.id}
    assert listed(left=True) == {gone.id}
    assert good.id in listed() and gone.id not in listed()
    assert listed(skill="LINE") == set()
