from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.lessons import booking_rules as rules
from supportdesk.lessons.rules import LessonState

OPENS = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
CLOSES = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)
STARTS = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@dataclass
class ALesson:
    state: LessonState = LessonState.OPEN
    booking_opens_at: datetime = OPENS
    booking_closes_at: datetime = CLOSES
    starts_at: datetime = STARTS


def code_of(refusal: Refusal | None) -> str | None:
    return refusal.code if refusal else None


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        (OPENS - MOMENT, "booking-not-open-yet"),
        (OPENS, None),
        (CLOSES - MOMENT, None),
        (CLOSES, "booking-closed"),
        (STARTS - MOMENT, "booking-closed"),
        (STARTS, "lesson-begun"),
    ],
)
def test_an_open_lesson_is_booked_from_the_first_moment_of_its_period_until_before_the_last(now, answer):
    assert code_of(rules.why_not_bookable(ALesson(), now)) == answer


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        (LessonState.DRAFT, "lesson-not-ready"),
        (LessonState.ROOM_REQUESTED, "lesson-not-ready"),
        (LessonState.AWAITING_NOTICE, "lesson-not-ready"),
        (LessonState.OPEN, None),
        (LessonState.CLOSED, "booking-closed"),
        (LessonState.HELD, "lesson-begun"),
        (LessonState.RECORDED, "lesson-begun"),
        (LessonState.CANCELLED, "lesson-cancelled"),
    ],
)
def test_only_an_open_lesson_is_booked(state, answer):
    assert code_of(rules.why_not_bookable(ALesson(state=state), OPENS)) == answer


@pytest.mark.parametrize("now", [OPENS - MOMENT, CLOSES])
def test_staff_may_book_outside_the_period_with_a_reason(now):
    assert rules.check_bookable(ALesson(), now, override_reason="市長の広報の誤り") in rules.PASSABLE
    with pytest.raises(Refusal):
        rules.check_bookable(ALesson(), now, override_reason="  ")


def test_a_reason_inside_the_period_passes_over_nothing():
    assert rules.check_bookable(ALesson(), OPENS, override_reason="念のため") == ""


@pytest.mark.parametrize(
    ("lesson", "now"),
    [
        (ALesson(), STARTS),
        (ALesson(state=LessonState.CANCELLED), OPENS),
        (ALesson(state=LessonState.AWAITING_NOTICE), OPENS),
    ],
)
def test_no_reason_books_a_lesson_that_has_begun_or_was_cancelled_or_is_not_ready(lesson, now):
    with pytest.raises(Refusal):
        rules.check_bookable(lesson, now, override_reason="どうしても")
    with pytest.raises(Refusal):
        rules.check_holdable(lesson, now)


def test_a_seat_is_held_also_outside_the_period_since_a_reason_may_follow():
    rules.check_holdable(ALesson(), OPENS - MOMENT)
    rules.check_holdable(ALesson(state=LessonState.CLOSED), CLOSES)


@pytest.mark.parametrize(
    ("residents", "companions", "answer"),
    [([], 0, "nobody"), ([1, 1], 0, "twice-in-party"), ([1], -1, "companions"), ([1], 6, "companions")],
)
def test_a_party_is_somebody_each_once_with_at_most_five_companions(residents, companions, answer):
    with pytest.raises(Refusal) as refused:
        rules.check_party(residents, companions)
    assert refused.value.code == answer


def test_a_couple_with_five_companions_is_a_party():
    rules.check_party([1, 2], 5)


def test_a_booking_changes_until_its_lesson_begins():
    rules.check_may_still_change(STARTS, STARTS - MOMENT)
    with pytest.raises(Refusal):
        rules.check_may_still_change(STARTS, STARTS)


def test_a_hold_lasts_three_minutes():
    assert rules.hold_until(OPENS) == OPENS + timedelta(minutes=3)


def test_a_booking_number_is_read_in_two_groups_of_four():
    assert rules.shown_number("48210937") == "4821-0937"
