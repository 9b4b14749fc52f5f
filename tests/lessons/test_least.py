"""Below the least number a decision is asked in time: rules in words, and what is decided on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.clock import TOKYO
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import least, least_queries, lottery
from supportdesk.lessons import least_rules as rules
from supportdesk.lessons.bookings import cancel_booking
from supportdesk.lessons.least_rules import Decided, LeastAnswer, Question
from supportdesk.lessons.lottery_rules import Admission
from supportdesk.lessons.models import Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from tests import factories


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


# Wednesday; three working days before is Friday the 10th.
LESSON = at("2026-07-15 10:00")
ASKED = at("2026-07-10 08:30")
SECOND = timedelta(seconds=1)


def question(now: datetime, asked_for: int = 2, decided: Decided | None = None, days: int = 3) -> datetime | None:
    return rules.question_of_least(LESSON, 4, asked_for, decided, days, (), now)


def test_it_is_asked_from_the_morning_three_working_days_before_until_the_next_working_evening() -> None:
    assert question(ASKED - SECOND) is None
    assert question(ASKED) == at("2026-07-13 17:15"), "a weekend lies between"
    assert question(LESSON - SECOND) == at("2026-07-13 17:15"), "it stays when its deadline is over"
    assert question(LESSON) is None
    assert question(ASKED, asked_for=4) is None


@pytest.mark.parametrize(
    ("days", "first", "by"),
    [(1, "2026-07-14 08:30", "2026-07-14 17:15"), (2, "2026-07-13 08:30", "2026-07-14 17:15")],
)
def test_the_office_decides_how_early(days: int, first: str, by: str) -> None:
    assert question(at(first) - SECOND, days=days) is None
    assert question(at(first), days=days) == at(by)


def test_who_decided_to_hold_it_is_asked_again_only_when_the_number_falls() -> None:
    decided = Decided(LeastAnswer.HOLD, 2, None)

    assert question(ASKED, 2, decided) is None
    assert question(ASKED, 3, decided) is None
    assert question(ASKED, 1, decided) is not None


def test_who_lets_booking_stay_open_is_asked_again_when_that_is_over() -> None:
    longer = at("2026-07-14 12:00")
    decided = Decided(LeastAnswer.EXTEND, 2, longer)

    assert question(longer - SECOND, 1, decided) is None
    assert question(longer, 2, decided) == at("2026-07-14 17:15"), "the office's last hour before the lesson"


def test_a_draw_is_to_be_made_on_the_working_day_after_the_deadline_and_before_the_lesson() -> None:
    assert rules.draw_by(at("2026-07-10 17:15"), LESSON, ()) == at("2026-07-13 17:15")
    assert rules.draw_by(at("2026-07-14 17:15"), LESSON, ()) == at("2026-07-14 17:15")


# ---- what is decided


def act(what: Callable[[], Any]) -> Any:
    with transaction():
        return what()


def refused(what: Callable[[], Any]) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as found:
        act(what)
    return found.value.code, found.value.field


def few(booked: int = 2, **values: Any) -> Lesson:
    values = {"starts_at": LESSON, "least": 4, "booking_closes_at": at("2026-07-13 17:15")} | values
    lesson = factories.lesson(**values)
    for _ in range(booked):
        factories.booking(factories.resident(), lesson)
    return lesson


def asked(now: datetime) -> list[tuple[int, Question, int]]:
    db.session.rollback()
    return [(one.lesson.id, one.question, one.asked_for) for one in least_queries.to_decide(now)]


def fresh(lesson: Lesson) -> Lesson:
    db.session.rollback()
    return db.session.get_one(Lesson, lesson.id, populate_existing=True)


def test_only_lessons_that_are_announced_and_too_empty_are_asked_about(app: Flask, by: Actor) -> None:
    lesson = few()
    few(4)
    few(state=LessonState.DRAFT)
    few(state=LessonState.CANCELLED)
    few(starts_at=LESSON + timedelta(days=7))
    closed = few(state=LessonState.CLOSED)

    assert asked(ASKED) == [(lesson.id, Question.LEAST, 2), (closed.id, Question.LEAST, 2)]
    assert asked(ASKED - SECOND) == []


def test_held_all_the_same_is_recorded_and_asked_again_when_somebody_cancels(app: Flask, by: Actor) -> None:
    lesson = few()
    [first, *_] = least_queries.to_decide(ASKED)
    assert first.deadline == at("2026-07-13 17:15")

    act(lambda: least.hold(lesson.id, by=by, now=ASKED))

    [decision] = least_queries.decisions_of(lesson.id)
    assert (decision.answer, decision.asked_for, decision.decided_by) == (LeastAnswer.HOLD, 2, by.name)
    assert [row.action for row in history.of(f"lesson:{lesson.id}")] == ["least.hold"]
    assert asked(ASKED + SECOND) == []
    assert refused(lambda: least.hold(lesson.id, by=by, now=ASKED)) == ("nothing-to-decide", None)
    leaving = factories.booking(factories.resident(), few(0))  # another lesson changes nothing
    assert (lesson.id, Question.LEAST, 2) not in asked(ASKED + SECOND)
    mine = db.session.scalars(db.select(type(leaving)).filter_by(lesson_id=lesson.id)).first()
    act(lambda: cancel_booking(mine.id, "体調", by=by, now=ASKED))
    assert (lesson.id, Question.LEAST, 1) in asked(ASKED + SECOND)


def test_booking_stays_open_for_longer_and_opens_again_if_it_was_closed(app: Flask, by: Actor) -> None:
    lesson = few(state=LessonState.CLOSED)
    longer = at("2026-07-14 12:00")

    act(lambda: least.extend(lesson.id, longer, by=by, now=ASKED))

    assert (fresh(lesson).booking_closes_at, fresh(lesson).state) == (longer, LessonState.OPEN)
    assert asked(ASKED + SECOND) == []
    assert asked(longer) == [(lesson.id, Question.LEAST, 2)]


@pytest.mark.parametrize(
    ("until", "code"),
    [("2026-07-13 17:15", "not-later"), ("2026-07-09 12:00", "not-later"), ("2026-07-15 10:01", "window")],
)
def test_a_time_that_is_not_longer_or_after_the_start_is_refused(app: Flask, by: Actor, until: str, code: str) -> None:
    lesson = few()

    assert refused(lambda: least.extend(lesson.id, at(until), by=by, now=ASKED)) == (code, "until")
    assert fresh(lesson).booking_closes_at == at("2026-07-13 17:15")


def test_of_a_lottery_the_entries_count_and_its_draw_is_asked_for_too(app: Flask, by: Actor) -> None:
    lesson = few(0, admission=Admission.LOTTERY, least=3, booking_closes_at=at("2026-07-10 17:15"))
    who = [factories.resident().id for _ in range(2)]
    act(
        lambda: lottery.enter(
            lesson.id, who, booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, by=by, now=ASKED
        )
    )

    assert asked(ASKED) == [(lesson.id, Question.LEAST, 2)]
    assert asked(at("2026-07-10 17:15")) == [(lesson.id, Question.DRAW, 2), (lesson.id, Question.LEAST, 2)]
    act(lambda: lottery.draw(lesson.id, lambda _who, _before: set(), by=by, now=at("2026-07-10 17:15")))
    assert asked(at("2026-07-10 17:15")) == [(lesson.id, Question.LEAST, 2)]
