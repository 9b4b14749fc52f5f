"""要対応 as people meet it: what the buttons say and do, what the paper tells, and what a second press finds."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from supportdesk.core.db import db, transaction
from supportdesk.desk import call_tasks
from supportdesk.desk.call_task_rules import CallTaskKind
from supportdesk.front.worklist_models import WorkClosed
from supportdesk.lessons import actions
from supportdesk.lessons.models import Booking
from supportdesk.people.models import FamilyContact, Resident, Telephone
from supportdesk.people.rules import ContactScope, ContactTiming, NumberKind, Wish
from supportdesk.reminders.models import Answer
from tests import factories
from tests.conftest import NOW
from tests.web import Web

pytestmark = [pytest.mark.one_database, pytest.mark.usefixtures("at_now")]

MOBILE, HOME, DAUGHTER = "+819000000001", "+81957000002", "+819000000012"
LESSON = NOW + timedelta(days=1, hours=1)


def waiting(**values: object) -> Booking:
    """Who wishes to be told by a person, of a lesson of tomorrow."""
    person = factories.resident(**{"number": MOBILE, "wish": Wish.PERSON, **values})  # type: ignore[arg-type]
    return factories.booking(person, factories.lesson(starts_at=LESSON), booked_at=NOW - timedelta(days=9))


def with_daughter(person: Resident) -> None:
    factories.save(
        FamilyContact(
            resident_id=person.id, name="娘", relation="長女", number=DAUGHTER, kind=NumberKind.MOBILE,
            scope=ContactScope.PLACE_AND_TIME, timing=ContactTiming.INSTEAD,
        )
    )  # fmt: skip


def test_all_districts_are_all_of_them(web: Web, clerk: factories.Actor) -> None:
    factories.district("KCN")
    waiting(district_code="KCN")
    waiting()

    # As a browser sends a choice that was left as it is.
    everything = web.get("/action-items").form("form.filter").send(kind="", district="")
    one = web.get("/action-items").form("form.filter").send(district="KCN")

    assert (len(everything.soup.select("ol.items > li")), len(one.soup.select("ol.items > li"))) == (2, 1)


def test_the_list_on_paper_names_the_family_that_is_to_be_rung(web: Web, clerk: factories.Actor) -> None:
    booking = waiting()
    with_daughter(booking.resident)

    listed, paper = web.get("/action-items"), web.get("/action-items/paper")

    assert "090-0000-0012" in listed.text
    assert "長女" in paper.text and "090-0000-0012" in paper.text and "電話なし" not in paper.text


def test_the_list_on_paper_says_when_they_may_be_reached(web: Web, clerk: factories.Actor) -> None:
    waiting(contact_not_on="1")

    listed, paper = web.get("/action-items"), web.get("/action-items/paper")

    assert "火曜を除く" in listed.text and "火曜を除く" in paper.text


def test_which_of_two_numbers_was_wrong_is_what_was_pressed(web: Web, clerk: factories.Actor) -> None:
    booking = waiting()
    second = factories.save(
        Telephone(
            resident_id=booking.resident_id, number=HOME, typed="", kind=NumberKind.LANDLINE, whose="", position=1
        )
    )  # fmt: skip
    listed = web.get("/action-items")
    form = listed.form(f"#item-{booking.id} form.outcomes")
    [pressed] = [each for each in listed.soup.select(f"#item-{booking.id} button") if "0957-00-0002" in each.text]

    form.send(**{str(pressed["name"]): pressed["value"]})

    wrong = sa.select(Telephone.id).where(Telephone.wrong_since.is_not(None))
    assert list(db.session.scalars(wrong)) == [second.id]
    assert "090-0000-0001" in web.get("/action-items").soup.select_one(f"#item-{booking.id} .tel").text


def test_nobody_is_asked_whether_they_come_to_a_cancelled_lesson(web: Web, clerk: factories.Actor) -> None:
    booking = waiting()
    form = web.get("/action-items").form(f"#item-{booking.id} form.outcomes")
    with transaction():
        actions.cancel_lesson(booking.lesson_id, "台風のため", by=clerk, now=NOW)

    listed, paper = web.get("/action-items"), web.get("/action-items/paper").soup.select_one(".call-ticks").text
    refused = form.send(outcome="will-come", seen="")

    row = listed.soup.select_one(f"#item-{booking.id}")
    assert "教室が中止" in row.text and row.select_one("[name=outcome]")["value"] == "talked"
    assert "来る" not in paper and "話せた" in paper
    assert refused.status == 422 and db.session.query(Answer).count() == 0


def test_a_call_that_a_machine_took_is_said_back_as_that(web: Web, clerk: factories.Actor) -> None:
    with transaction():
        call_tasks.raise_task(CallTaskKind.WISH, "a", due_at=NOW + timedelta(hours=1), number=HOME, by=clerk, now=NOW)

    said = web.get("/action-items").form("#task-1 form.outcomes").send(outcome="answering-machine")

    assert "留守電" in said.soup.select_one(".done").text


def test_all_that_is_over_closed_by_two_presses_is_closed_once(web: Web, clerk: factories.Actor) -> None:
    lesson = factories.lesson(starts_at=NOW - timedelta(hours=1), seats=60)
    for _ in range(51):
        factories.booking(factories.resident(wish=Wish.PERSON), lesson, booked_at=NOW - timedelta(days=9))
    form = web.get("/action-items/over").form()

    first, second = form.send(act="all"), form.send(act="all")

    assert db.session.query(WorkClosed).count() == 51
    assert (first.status, second.status) == (200, 200)


def test_a_wrong_number_of_the_family_is_not_said_to_be_struck_out(web: Web, clerk: factories.Actor) -> None:
    booking = waiting()
    with_daughter(booking.resident)

    said = web.get("/action-items").form(f"#item-{booking.id} form.outcomes").send(outcome="wrong-number")

    assert "090-0000-0012" in said.soup.select_one(f"#item-{booking.id}").text
    assert "この番号には" not in said.soup.select_one(".done").text


def test_the_pages_of_a_refused_list_lead_on(web: Web, clerk: factories.Actor) -> None:
    lesson = factories.lesson(starts_at=LESSON, seats=60)
    for _ in range(51):
        factories.booking(factories.resident(wish=Wish.PERSON), lesson, booked_at=NOW - timedelta(days=9))
    with transaction():
        call_tasks.raise_task(CallTaskKind.WISH, "a", due_at=NOW + timedelta(minutes=1), number=HOME, by=clerk, now=NOW)

    refused = web.get("/action-items").form("#task-1 form.outcomes").send(outcome="talked", note="あ" * 401)

    assert refused.status == 422
    assert refused.link("次").status == 200
