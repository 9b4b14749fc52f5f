"""Pure decisions about lessons that are given by lot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.core.clock import TOKYO
from supportdesk.core.errors import Refusal
from supportdesk.lessons import lottery_rules as rules
from supportdesk.lessons.lottery_rules import Admission, Entry
from supportdesk.lessons.rules import LessonState

OPENS = datetime(2026, 6, 15, 8, 30, tzinfo=TOKYO)
CLOSES = datetime(2026, 7, 10, 17, 15, tzinfo=TOKYO)
SECOND = timedelta(seconds=1)


@dataclass
class ALesson:
    state: LessonState = LessonState.OPEN
    starts_at: datetime = datetime(2026, 7, 15, 10, 0, tzinfo=TOKYO)
    booking_opens_at: datetime = OPENS
    booking_closes_at: datetime = CLOSES
    admission: Admission = Admission.LOTTERY
    drawn_at: datetime | None = None
    first_timers_first: bool = False


def why_not(
    now: datetime, lesson: ALesson | None = None, asked_at: datetime | None = None, reason: str = "", wanted: int = 1
) -> str:
    try:
        return rules.check_may_enter(lesson or ALesson(), 8, wanted, asked_at, now, override_reason=reason)
    except Refusal as refusal:
        return f"refused: {refusal.code}"


@pytest.mark.parametrize(
    ("now", "came"),
    [
        (OPENS - SECOND, "refused: booking-not-open-yet"),
        (OPENS, ""),
        (CLOSES - SECOND, ""),
        (CLOSES, "refused: booking-closed"),
    ],
)
def test_entries_are_taken_from_the_very_second_of_the_opening_to_that_of_the_deadline(
    now: datetime, came: str
) -> None:
    assert why_not(now) == came


def test_outside_the_period_a_reason_lets_somebody_enter_and_is_named() -> None:
    assert why_not(OPENS - SECOND, reason="耳の遠い方で、窓口で待っていた") == "booking-not-open-yet"
    assert why_not(CLOSES, reason="郵便が遅れた") == "booking-closed"
    assert why_not(CLOSES, reason=" ") == "refused: booking-closed"


@pytest.mark.parametrize(
    ("asked_at", "now", "came"),
    [
        (CLOSES - SECOND, CLOSES + timedelta(days=1), ""),
        (CLOSES, CLOSES + timedelta(days=1), "refused: booking-closed"),
        (OPENS - SECOND, OPENS + timedelta(days=1), "refused: booking-not-open-yet"),
        (OPENS, OPENS + timedelta(days=1), ""),
        (OPENS + 2 * SECOND, OPENS + SECOND, "refused: in-the-future"),
    ],
)
def test_of_a_paper_slip_the_time_of_the_call_counts(asked_at: datetime, now: datetime, came: str) -> None:
    assert why_not(now, asked_at=asked_at) == came


def test_a_slip_of_the_right_time_counts_although_somebody_closed_the_booking_by_hand() -> None:
    closed = ALesson(state=LessonState.CLOSED)

    assert why_not(OPENS + SECOND, closed) == "refused: booking-closed"
    assert why_not(OPENS + SECOND, closed, asked_at=OPENS) == ""


@pytest.mark.parametrize(
    ("lesson", "code"),
    [
        (ALesson(admission=Admission.FIRST_COME), "no-lottery"),
        (ALesson(drawn_at=CLOSES), "drawn-already"),
        (ALesson(state=LessonState.CANCELLED), "lesson-cancelled"),
        (ALesson(state=LessonState.DRAFT), "lesson-not-ready"),
        (ALesson(starts_at=OPENS), "lesson-begun"),
    ],
)
def test_what_no_reason_allows(lesson: ALesson, code: str) -> None:
    assert why_not(OPENS, lesson, asked_at=OPENS, reason="お願い") == f"refused: {code}"


def test_a_party_larger_than_the_lesson_cannot_enter() -> None:
    assert why_not(OPENS, wanted=8) == ""
    assert why_not(OPENS, wanted=9) == "refused: party-too-large"


def test_nobody_draws_before_the_very_second_of_the_deadline() -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_may_draw(ALesson(), CLOSES - SECOND)
    assert (refused.value.code, refused.value.params["when"]) == ("not-closed-yet", "7月10日(金) 17:15")
    rules.check_may_draw(ALesson(), CLOSES)
    with pytest.raises(Refusal, match="already begun"):
        rules.check_may_draw(ALesson(), ALesson().starts_at)
    with pytest.raises(Refusal, match="not given by lot"):
        rules.check_may_draw(ALesson(admission=Admission.FIRST_COME), CLOSES)


# ---- the draw

ENTRIES = st.lists(
    st.builds(Entry, st.integers(1, 10_000), st.integers(1, 7), st.booleans()), max_size=60,
    unique_by=lambda entry: entry.number,
)  # fmt: skip
SEEDS = st.text("23456789ABCDEFGHJKMNPQRSTUVWXYZ-", min_size=1, max_size=20)


@given(SEEDS, ENTRIES, st.integers(0, 40), st.booleans())
def test_the_draw_keeps_its_promises(seed: str, entries: list[Entry], seats: int, first_timers_first: bool) -> None:
    drawn = rules.draw(seed, entries, seats, first_timers_first=first_timers_first)

    assert sorted(one.entry.number for one in drawn) == sorted(one.number for one in entries), "a permutation"
    assert [one.rank for one in drawn] == list(range(1, len(entries) + 1))
    left = seats
    for one in drawn:
        assert one.won == (one.entry.seats <= left), "whole parties, in order, as far as the seats go"
        left -= one.entry.seats if one.won else 0
    assert left >= 0, "never more seats than there are"
    if first_timers_first:
        groups = [one.entry.first_timers for one in drawn]
        assert groups == sorted(groups, reverse=True), "first-timers before all others"


@given(SEEDS, ENTRIES, st.randoms())
def test_the_same_seed_gives_the_same_order_however_the_entries_are_listed(
    seed: str, entries: list[Entry], shuffled: object
) -> None:
    again = list(entries)
    shuffled.shuffle(again)  # type: ignore[attr-defined]

    assert rules.draw(seed, again, 8, first_timers_first=True) == rules.draw(seed, entries, 8, first_timers_first=True)


def test_the_lot_is_what_the_page_says_it_is() -> None:
    """What `printf 'K7QM-23AB-XYZ9-PR4T-12' | sha256sum` prints anywhere."""
    assert rules.lot("K7QM-23AB-XYZ9-PR4T", 12) == hashlib.sha256(b"K7QM-23AB-XYZ9-PR4T-12").hexdigest()
    drawn = rules.draw("A", [Entry(number, 1) for number in (1, 2, 3)], 1, first_timers_first=False)
    assert [one.entry.number for one in drawn] == sorted((1, 2, 3), key=lambda n: rules.lot("A", n))


def test_a_couple_for_whom_one_seat_is_left_lets_the_next_go_ahead() -> None:
    entries = [Entry(number, 2 if number % 2 else 1) for number in range(1, 9)]
    drawn = rules.draw("A", entries, 3, first_timers_first=False)

    assert sum(one.entry.seats for one in drawn if one.won) == 3


# ---- how seats are given


def test_how_seats_are_given_is_fixed_once_somebody_has_asked() -> None:
    before = ALesson()

    rules.check_admission(before, Admission.LOTTERY, False, begun=True, whole_series=False)
    rules.check_admission(before, Admission.FIRST_COME, False, begun=False, whole_series=True)
    for admission, first in ((Admission.FIRST_COME, False), (Admission.LOTTERY, True)):
        with pytest.raises(Refusal) as refused:
            rules.check_admission(before, admission, first, begun=True, whole_series=False)
        assert (refused.value.code, refused.value.field) == ("admission-fixed", "admission")
    with pytest.raises(Refusal) as refused:
        rules.check_admission(before, Admission.LOTTERY, False, begun=False, whole_series=True)
    assert refused.value.code == "series-first-come"
    with pytest.raises(Refusal) as refused:
        rules.check_first_timers(Admission.FIRST_COME, True)
    assert refused.value.field == "first_timers_first"
