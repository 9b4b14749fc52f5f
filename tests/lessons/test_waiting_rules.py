from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from supportdesk.core.clock import TOKYO, local
from supportdesk.core.errors import Refusal
from supportdesk.core.japan.calendar import is_working_day
from supportdesk.lessons import deadline_rules
from supportdesk.lessons import waiting_rules as rules
from supportdesk.lessons.rules import LessonState
from supportdesk.lessons.waiting_rules import OFFER_MOVES, OFFER_OF_END, OfferState, Party, Settlement, WaitEnd

TUESDAY = datetime(2026, 7, 7, 10, 0, tzinfo=TOKYO)
NEXT_WEEK = datetime(2026, 7, 15, 10, 0, tzinfo=TOKYO)


@dataclass
class Lesson:
    state: LessonState = LessonState.OPEN
    starts_at: datetime = NEXT_WEEK
    booking_opens_at: datetime = TUESDAY - timedelta(days=20)
    booking_closes_at: datetime = NEXT_WEEK - timedelta(days=1)


def single(number: int, **values: object) -> Party:
    return Party(number, (number,), **values)  # type: ignore[arg-type]


def couple(number: int, **values: object) -> Party:
    return Party(number, (number, number + 100), **values)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


# ---- until when


@pytest.mark.parametrize(
    ("made", "until"),
    [
        ("2026-07-07 14:00", "2026-07-08 14:00"),  # the same hour of the next working day
        ("2026-07-07 08:30", "2026-07-07 17:15"),
        ("2026-07-07 20:00", "2026-07-08 17:15"),  # the night costs nobody anything
        ("2026-07-10 14:00", "2026-07-13 14:00"),  # Friday: over the weekend
        ("2026-07-11 09:00", "2026-07-13 17:15"),  # made on a Saturday
        ("2026-07-17 16:15", "2026-07-21 16:15"),  # 20 July is 海の日
    ],
)
def test_an_offer_stands_for_one_working_day_of_the_office(made: str, until: str) -> None:
    assert deadline_rules.offer_until(at(made), at("2026-07-31 10:00"), ()) == at(until)


def test_a_day_that_the_office_closed_does_not_count() -> None:
    closed = {date(2026, 7, 8), date(2026, 7, 9)}

    assert deadline_rules.offer_until(at("2026-07-07 14:00"), at("2026-07-31 10:00"), closed) == at("2026-07-10 14:00")


def test_the_deadline_never_runs_into_the_lesson_nor_into_the_way_to_it() -> None:
    # In the morning there is no hour of the office two hours before ten.
    assert deadline_rules.offer_until(at("2026-07-14 14:00"), at("2026-07-15 10:00"), ()) == at("2026-07-14 17:15")
    assert deadline_rules.offer_until(at("2026-07-15 08:30"), at("2026-07-15 13:30"), ()) == at("2026-07-15 11:30")


@pytest.mark.parametrize("made", ["2026-07-14 16:16", "2026-07-14 20:00", "2026-07-15 09:00", "2026-07-15 11:00"])
def test_nothing_is_offered_when_less_than_an_hour_is_left_to_ring(made: str) -> None:
    assert deadline_rules.offer_until(at(made), at("2026-07-15 10:00"), ()) is None


INSTANTS = st.integers(0, 60 * 24 * 40).map(lambda minutes: at("2026-12-10 00:00") + timedelta(minutes=minutes))
CLOSED = st.sets(st.integers(0, 40).map(lambda days: date(2026, 12, 10) + timedelta(days=days)), max_size=8)


@given(made=INSTANTS, ahead=st.integers(1, 60 * 24 * 20), closed=CLOSED)
@settings(derandomize=True, deadline=None)
def test_a_deadline_is_an_hour_of_the_office_before_the_lesson_with_time_to_answer(
    made: datetime, ahead: int, closed: set[date]
) -> None:
    """Over the turn of the year too, in which the office is closed for six days."""
    starts = made + timedelta(minutes=ahead)
    until = deadline_rules.offer_until(made, starts, closed)
    assume(until is not None)
    assert until is not None

    assert made < until <= starts - deadline_rules.BEFORE_THE_LESSON
    assert is_working_day(local(until).date(), closed)
    assert "08:30" < f"{local(until):%H:%M}" <= "17:15"
    minutes = _counted(made, until, closed)
    assert deadline_rules.LEAST_ANSWER_MINUTES <= minutes <= deadline_rules.ANSWER_MINUTES
    # Shortened by the lesson alone.
    assert minutes == deadline_rules.ANSWER_MINUTES or until == deadline_rules.latest_answer(starts, closed)


@given(made=INSTANTS, later=st.integers(0, 3000), closed=CLOSED)
@settings(derandomize=True, deadline=None)
def test_who_is_offered_a_seat_later_has_no_earlier_deadline(made: datetime, later: int, closed: set[date]) -> None:
    far = at("2027-06-01 10:00")
    first, second = (deadline_rules.offer_until(made + timedelta(minutes=more), far, closed) for more in (0, later))

    assert first is not None and second is not None
    assert first <= second


def _counted(start: datetime, end: datetime, closed: Collection[date]) -> int:
    """Minute by minute, as nobody would do it."""
    minutes = int((end - start).total_seconds()) // 60
    each = (local(start + timedelta(minutes=minute)) for minute in range(minutes))
    return sum(is_working_day(one.date(), closed) and "08:30" <= f"{one:%H:%M}" < "17:15" for one in each)


# ---- who comes next


def test_a_free_seat_goes_to_the_first_whole_party_that_fits() -> None:
    assert rules.whole_parties(1, [couple(1), single(2), single(3)]) == [single(2)]
    assert rules.whole_parties(2, [couple(1), single(2), single(3)]) == [couple(1)]
    assert rules.whole_parties(3, [single(1), couple(2), single(3)]) == [single(1), couple(2)]
    assert rules.whole_parties(0, [single(1)]) == []


@given(free=st.integers(0, 12), sizes=st.lists(st.integers(1, 6), max_size=12))
@settings(derandomize=True)
def test_no_seat_is_promised_twice_and_nobody_who_fits_is_left_out(free: int, sizes: list[int]) -> None:
    waiting = [Party(number, (number,), companions=size - 1) for number, size in enumerate(sizes)]
    chosen = rules.whole_parties(free, waiting)

    left = free - sum(each.seats for each in chosen)
    assert left >= 0
    assert all(each.seats > left for each in waiting if each not in chosen)
    assert chosen == [each for each in waiting if each in chosen]


def test_a_booking_takes_no_seat_that_is_due_to_those_who_wait() -> None:
    with pytest.raises(rules.WaitingFirst) as refused:
        rules.check_order(1, 1, [single(1)], override_reason=" ")

    assert (refused.value.code, refused.value.params) == ("waiting-first", {"waiting": 1})
    assert rules.check_order(1, 1, [single(1)], override_reason="遠方から来庁") == "waiting-first"


@pytest.mark.parametrize(
    ("wanted", "free", "ahead"), [(1, 2, [single(1)]), (1, 1, [couple(1)]), (1, 1, []), (3, 2, [])]
)
def test_a_seat_that_nobody_who_waits_could_use_is_free_for_everybody(
    wanted: int, free: int, ahead: list[Party]
) -> None:
    assert rules.check_order(wanted, free, ahead, override_reason="") == ""


def may_wait(lesson: Lesson | None = None, **values: object) -> str:
    given_ = {"wanted": 1, "free": 0, "waiting": [], "closed": (), "now": TUESDAY} | values
    try:
        rules.check_may_wait(lesson or Lesson(), 8, **given_)  # type: ignore[arg-type]
    except Refusal as refusal:
        return refusal.code
    return ""


def test_who_waits_is_asked_whether_waiting_makes_sense() -> None:
    assert may_wait() == ""
    assert may_wait(free=1) == "seats-free"
    assert may_wait(free=1, waiting=[single(1)]) == ""
    assert may_wait(free=1, wanted=2) == ""
    assert may_wait(wanted=9) == "party-too-large"
    assert may_wait(now=NEXT_WEEK - timedelta(hours=3)) == "too-late-to-wait"
    assert may_wait(now=NEXT_WEEK) == "lesson-begun"
    assert may_wait(Lesson(LessonState.CANCELLED)) == "lesson-cancelled"
    assert may_wait(Lesson(LessonState.DRAFT)) == "lesson-not-ready"
    assert may_wait(Lesson(booking_opens_at=TUESDAY + timedelta(days=1))) == "booking-not-open-yet"


def test_after_the_booking_has_closed_people_may_still_wait_since_the_office_offers() -> None:
    assert may_wait(Lesson(LessonState.CLOSED)) == ""
    assert may_wait(Lesson(booking_closes_at=TUESDAY)) == ""


# ---- what a queue asks for


def settle(free: int, *parties: Party, lesson: Lesson | None = None, now: datetime = TUESDAY) -> Settlement:
    return rules.settle(lesson or Lesson(), free, parties, (), now)


UNTIL = TUESDAY + timedelta(days=1)


def test_a_queue_without_a_free_seat_asks_for_nothing() -> None:
    assert not settle(0, single(1), couple(2))
    assert not settle(5)


def test_whenever_seats_are_free_and_somebody_fits_there_is_an_offer() -> None:
    asked = settle(3, couple(1), couple(2), single(3))

    assert asked == Settlement(offered=(1, 3), until=UNTIL)
    # Once it was done it asks for nothing.
    assert not settle(0, couple(1, until=UNTIL), couple(2), single(3, until=UNTIL))


def test_an_offer_whose_time_is_over_frees_its_seats_for_the_next() -> None:
    asked = settle(0, single(1, until=TUESDAY), single(2))

    assert (asked.ended, asked.offered) == ((1,), (2,))
    assert not settle(0, single(1, until=TUESDAY + timedelta(minutes=1)), single(2))


def test_who_must_not_be_contacted_leaves_and_the_other_of_a_couple_keeps_the_place() -> None:
    asked = settle(1, couple(1, stopped=frozenset({1})), single(2))

    assert (asked.stopped, asked.offered) == ((1,), (1,))


def test_companions_do_not_come_alone() -> None:
    asked = settle(2, single(1, companions=1, stopped=frozenset({1})), single(2))

    assert (asked.stopped, asked.offered) == ((1,), (2,))


def test_an_offer_to_a_couple_of_whom_one_is_stopped_keeps_one_seat_and_frees_the_other() -> None:
    asked = settle(0, couple(1, stopped=frozenset({101}), until=UNTIL), single(2))

    assert (asked.stopped, asked.ended, asked.offered) == ((1,), (), (2,))


@pytest.mark.parametrize("lesson", [Lesson(LessonState.CANCELLED), Lesson(starts_at=TUESDAY)])
def test_a_lesson_that_is_over_ends_its_queue(lesson: Lesson) -> None:
    assert settle(3, single(1), single(2, until=UNTIL), lesson=lesson) == Settlement(over=True)


def test_a_lesson_that_moved_earlier_shortens_the_time_to_answer_and_ends_what_is_too_late() -> None:
    soon = Lesson(starts_at=at("2026-07-08 10:00"))
    assert settle(0, single(1, until=at("2026-07-08 10:00")), lesson=soon).shortened == (1,)
    assert settle(0, single(1, until=UNTIL), lesson=Lesson(starts_at=TUESDAY + timedelta(hours=1))).ended == (1,)


def test_nothing_is_offered_in_a_lesson_that_is_still_prepared_or_begins_too_soon() -> None:
    assert not settle(3, single(1), lesson=Lesson(LessonState.DRAFT))
    assert not settle(3, single(1), lesson=Lesson(starts_at=TUESDAY + timedelta(hours=2)))


# ---- answers


def test_an_offer_is_answered_once_and_in_time() -> None:
    rules.check_stands(OfferState.STANDING, UNTIL, UNTIL - timedelta(minutes=1))
    for state, now in ((OfferState.STANDING, UNTIL), (OfferState.DECLINED, TUESDAY)):
        with pytest.raises(Refusal) as refused:
            rules.check_stands(state, UNTIL, now)
        assert refused.value.code == "offer-over"


def test_a_person_tries_twice_and_then_the_offer_goes_on() -> None:
    assert [rules.after_try(tries) for tries in (1, 2)] == [None, WaitEnd.NOT_REACHED]
    assert [rules.end_of_time(tries) for tries in (0, 1)] == [WaitEnd.EXPIRED, WaitEnd.NOT_REACHED]


def test_an_offer_ends_once_and_every_end_of_waiting_says_how() -> None:
    assert set(OFFER_MOVES) == set(OfferState)
    assert set(OFFER_OF_END) == set(WaitEnd)
    assert set(OFFER_OF_END.values()) == set(OFFER_MOVES[OfferState.STANDING])
    assert all(not OFFER_MOVES[state] for state in OFFER_OF_END.values())


def test_times_are_aware() -> None:
    until = deadline_rules.offer_until(TUESDAY.astimezone(UTC), NEXT_WEEK, ())

    assert until == UNTIL
