"""A whole story on both databases: entries from the minute of the opening, the draw after the minute of the deadline,
and everybody is told what came of it."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta

import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.clock import TOKYO
from supportdesk.core.db import db
from supportdesk.lessons import offers
from supportdesk.lessons.lottery_models import DrawnEntry
from supportdesk.lessons.lottery_rules import Admission
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookedBy
from supportdesk.lessons.waiting_models import Offer, Waiting
from supportdesk.messages.models import Message
from supportdesk.people.models import Resident
from supportdesk.people.rules import Wish
from supportdesk.reminders import planning
from tests import factories
from tests.journeys.test_call_to_booking import call
from tests.programs import Program
from tests.web import Page, Web


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


OPENS, CLOSES, STARTS = at("2026-07-01 08:30"), at("2026-07-10 17:15"), at("2026-07-22 10:00")
SECOND = timedelta(seconds=1)


def at_the_desk(web: Web, lesson: Lesson, *who: Resident, **typed: str) -> Page:
    """Send the form of the desk for these people, as it is shown with the lesson chosen."""
    people = "".join(f"&resident={each.id}" for each in who)
    return call(web.get(f"/desk?lesson={lesson.id}{people}"), act="book", lesson=str(lesson.id), **typed)


def entries() -> list[Waiting]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Waiting).order_by(Waiting.id).execution_options(populate_existing=True)))


def test_from_the_opening_to_the_result(app: Flask, web: Web) -> None:
    clerk = factories.user(Role.STAFF, name="受付 花子")
    program = Program(app, factories.token(name="電話システム"))
    lesson = factories.lesson(
        starts_at=STARTS, seats=2, admission=Admission.LOTTERY, booking_opens_at=OPENS, booking_closes_at=CLOSES
    )
    texts = factories.reminded_by_text("ホンダ ハル", "+819000000001")
    calls = factories.reminded_by_call("ホンダ タダシ", "+81957000002")
    others = [factories.resident(f"ヒト {n}", f"+8195700{n + 100:04d}", wish=Wish.PERSON) for n in range(4)]
    body = {"resident_ids": [others[0].id], "booked_by": "self", "channel": "phone"}

    # Not a second too early, by page and by program.
    with time_machine.travel(OPENS - SECOND, tick=False):
        web.sign_in(clerk)
        refused = at_the_desk(web, lesson, texts)
        assert refused.status == 422
        assert program.post(f"/lessons/{lesson.id}/entries", body).body["code"] == "booking-not-open-yet"
    assert entries() == []

    with time_machine.travel(OPENS, tick=False):
        web.sign_in(clerk)
        page = at_the_desk(web, lesson, texts)
        assert "抽選に申込済み 受付番号 1" in page.text
        page = page.link("同じ教室で次の人")  # the next caller, the same lesson
        assert str(lesson.id) in str(page.soup.select_one("input[name=lesson][checked]"))
        made = program.post(f"/lessons/{lesson.id}/entries", body)
        assert (made.status, made.body["number"]) == (201, 2)
        again = at_the_desk(web, lesson, texts)
        assert (again.status, "すでに申し込んでいます：ホンダ ハル" in again.text) == (422, True)
        booking = program.post(f"/lessons/{lesson.id}/bookings", body | {"resident_ids": [others[1].id]})
        assert (booking.status, booking.body["code"]) == (409, "by-lottery")
        assert booking.body["params"]["choice"] == "entries"

    # The last second still counts, the deadline's own does not; a slip of before the deadline is typed after it.
    with time_machine.travel(CLOSES - SECOND, tick=False):
        web.sign_in(clerk)
        assert at_the_desk(web, lesson, calls).status == 200
        early = web.get(f"/lessons/{lesson.id}/lottery")
        assert "抽選は、申込締切" in early.text and early.soup.select_one("main form[method=post]") is None
        refused = program.post(f"/lessons/{lesson.id}/draw", {})
        assert (refused.status, refused.body["code"]) == (409, "not-closed-yet")
    with time_machine.travel(CLOSES, tick=False):
        web.sign_in(clerk)
        assert at_the_desk(web, lesson, others[1]).status == 422
        late = {**body, "resident_ids": [others[1].id]}
        assert program.post(f"/lessons/{lesson.id}/entries", late).body["code"] == "booking-closed"
        slip = at_the_desk(web, lesson, others[1], asked_at="2026-07-10 17:14", channel="paper")
        assert "受付番号 4" in slip.text
        wrong = at_the_desk(web, lesson, others[2], asked_at="2026-07-10 17:15", channel="paper")
        assert (wrong.status, "申し出が申込締切のあとです" in wrong.text) == (422, True)
        assert "2026-07-10 17:15" in str(wrong.soup.select_one("#field-asked_at"))
        assert "抽選がまだです" in str(program.send("GET", "/action-items", headers={"Accept-Language": "ja"}).body)
        assert "抽選を行う" in web.get("/").text
    assert [(each.place, each.booked_by) for each in entries()] == [(n, BookedBy.SELF) for n in (1, 2, 3, 4)]

    monday = at("2026-07-13 09:00")
    with time_machine.travel(monday, tick=False):
        web.sign_in(clerk)
        form = web.get(f"/lessons/{lesson.id}/lottery").form("main form[method=post]")
        drawn = form.send()
        assert "抽選済み（受付 花子" in drawn.text
        assert "抽選済み（受付 花子" in form.send().text, "the second click finds the same list"
        printed = web.get(f"/lessons/{lesson.id}/lottery/print?numbers=1")
        assert "ホンダ" not in printed.text
        by_name = web.get(f"/lessons/{lesson.id}/lottery/print")
        assert "ホンダ ハル" in by_name.text
    assert_anybody_can_repeat(printed)
    db.session.rollback()
    lines = db.session.scalars(sa.select(DrawnEntry).order_by(DrawnEntry.rank)).all()
    winners = [line.waiting.resident_ids for line in lines if line.won]
    assert len(winners) == 2
    booked = set(db.session.scalars(sa.select(Booking.resident_id).where(Booking.lesson_id == lesson.id)))
    assert booked == {person for party in winners for person in party}

    # Everybody is told, by their own way; the two who wish a person stand in 要対応.
    with time_machine.travel(monday + timedelta(minutes=40), tick=False):
        web.sign_in(clerk)
        planning.plan(monday + timedelta(minutes=40))
        db.session.rollback()
        told = db.session.scalars(sa.select(Message.about).where(Message.matter.in_(["won", "lost"]))).all()
        assert sorted(told) == sorted(f"entry:{entry.id}" for entry in entries() if entry.place and _machine(entry))
        items = web.get("/action-items")
        assert items.text.count("抽選の結果：") == 2
        first = items.form("form[action$='/told']")
        page = first.send(told="yes")
        assert page.text.count("抽選の結果：") == 1
        assert first.send(told="yes").text.count("抽選の結果：") == 1

    # A winner cancels: the first who lost is offered the seat.
    with time_machine.travel(at("2026-07-14 10:00"), tick=False):
        web.sign_in(clerk)
        number = db.session.scalars(sa.select(Booking.id).where(Booking.lesson_id == lesson.id)).first()
        web.get(f"/bookings/{number}/cancel").form("main form[method=post]").send(reason="通院")
        db.session.rollback()
        offers.settle_all(at("2026-07-14 10:00"))
        db.session.rollback()
        offer = db.session.scalars(sa.select(Offer)).one()
        assert offer.waiting_id == next(line.waiting_id for line in lines if not line.won)


def _machine(entry: Waiting) -> bool:
    """Whether the person of this entry is told by machine."""
    db.session.rollback()
    person = db.session.get_one(Resident, entry.resident_ids[0])
    return person.wish in (Wish.TEXT, Wish.CALL)


def assert_anybody_can_repeat(printed: Page) -> None:
    """With nothing but the printed list: the same lots in the same order."""
    seed, shown = _seed(printed), []
    for row in printed.soup.select("tbody tr"):
        cells = [" ".join(cell.text.split()) for cell in row.select("th, td")]
        shown.append((int(cells[0]), int(cells[1]), cells[3]))
    lots = {number: hashlib.sha256(f"{seed}-{number}".encode()).hexdigest() for _rank, number, _lot in shown}
    assert [number for _rank, number, _lot in shown] == sorted(lots, key=lambda number: lots[number])
    assert [lot for _rank, _number, lot in shown] == [lots[number][:12] for _rank, number, _lot in shown]
    assert [rank for rank, _number, _lot in shown] == [1, 2, 3, 4]


def _seed(printed: Page) -> str:
    found = re.search(r"この抽選の種: ([0-9A-Z-]{19})", printed.text)
    assert found is not None, printed.text
    return found[1]
