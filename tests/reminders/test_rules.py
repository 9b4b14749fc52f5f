"""Which steps a booking asks for, in words. Days of 2026: 20 July (Monday) is a holiday."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.core.clock import TOKYO, local
from supportdesk.core.japan.calendar import is_working_day
from supportdesk.messages.rules import MessageStatus
from supportdesk.office.rules import spans
from supportdesk.office.settings import OfficeSettings
from supportdesk.people.rules import NumberKind, Wish
from supportdesk.reminders import chain_rules, light_rules, notice_rules, reach_rules, rules
from supportdesk.reminders.light_rules import LightKind
from supportdesk.reminders.rules import (
    Confirmed,
    ConfirmedBy,
    Facts,
    Family,
    Key,
    LeftOut,
    Matter,
    Number,
    Step,
    StepName,
    Tried,
    Why,
)

OFFICE = OfficeSettings()
MOBILE = Number("+819000000001", NumberKind.MOBILE, tried=True)
LANDLINE = Number("+81957000002", NumberKind.LANDLINE)
IP = Number("+815000000003", NumberKind.IP)
FAX = Number("+81957000004", NumberKind.FAX)


def tokyo(text: str) -> datetime:
    """An instant of 2026, or of the year that is written: `7-15 10:00`, `2027-1-5 10:00`."""
    day, hour = text.split()
    parts = [int(part) for part in day.split("-")]
    year, month, number = parts if len(parts) == 3 else (2026, *parts)
    return datetime.combine(date(year, month, number), time.fromisoformat(hour), TOKYO)


def facts(starts: str = "7-15 10:00", booked: str = "6-20 11:00", **values: object) -> Facts:
    made = {"wish": Wish.TEXT, "numbers": (MOBILE,)} | values
    return Facts(1, 1, "p", tokyo(starts), tokyo(booked), **made)  # type: ignore[arg-type]


def asked(one: Facts, closed: tuple[date, ...] = ()) -> list[str]:
    """`first 7-10 10:00`, and the reason where a step is left out."""
    return [_in_words(step) for step in rules.plan([one], OFFICE, closed)[one.booking_id]]


def _in_words(step: rules.Step) -> str:
    due = local(step.due_at)
    words = f"{step.step} {step.way} {due.month}-{due.day} {due:%H:%M}"
    return f"{words} ({step.left_out})" if step.left_out else words


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        ("7-15 10:00", ["first text 7-10 10:00", "last text 7-14 10:00"]),
        # A Monday lesson is reminded on Friday.
        ("7-13 10:00", ["first text 7-8 10:00", "last text 7-10 10:00"]),
        # 20 July is a holiday: Tuesday's lesson is reminded on Friday.
        ("7-21 13:30", ["first text 7-15 10:00", "last text 7-17 10:00"]),
        # A lesson on a Saturday.
        ("7-11 10:00", ["first text 7-8 10:00", "last text 7-10 10:00"]),
        # Over the year's end: 29 December to 3 January the office is closed.
        ("2027-1-5 10:00", ["first text 12-25 10:00", "last text 1-4 10:00"]),
        ("2027-1-4 10:00", ["first text 12-24 10:00", "last text 12-28 10:00"]),
        # The five days of September 2026.
        ("9-24 10:00", ["first text 9-16 10:00", "last text 9-18 10:00"]),
    ],
)
def test_notices_go_out_on_working_days_before_the_lesson(starts: str, expected: list[str]) -> None:
    assert asked(facts(starts)) == expected


def test_the_offices_own_closed_days_are_no_working_days() -> None:
    assert asked(facts(), closed=(date(2026, 7, 14),)) == ["first text 7-9 10:00", "last text 7-13 10:00"]


@pytest.mark.parametrize(
    ("booked", "expected"),
    [
        ("7-5 09:00", ["first text 7-10 10:00", "last text 7-14 10:00"]),
        ("7-6 09:00", ["first text 7-10 10:00 (just-booked)", "last text 7-14 10:00"]),
        ("7-13 16:00", ["first text 7-10 10:00 (passed-at-booking)", "last text 7-14 10:00"]),
        ("7-14 11:00", ["first text 7-10 10:00 (passed-at-booking)", "last text 7-14 10:00 (passed-at-booking)"]),
    ],
)
def test_a_late_booking_leaves_out_what_had_passed_or_would_come_too_soon(booked: str, expected: list[str]) -> None:
    assert asked(facts(booked=booked)) == expected


CALLS = {"wish": Wish.CALL, "numbers": (LANDLINE,)}


def test_a_landline_is_rung_and_a_second_time_only_if_nobody_answered() -> None:
    assert asked(facts(**CALLS)) == [
        "first call 7-10 10:00",
        "last call 7-14 10:00",
        "last-again call 7-14 15:00 (only-if-unanswered)",
    ]
    assert asked(facts(**CALLS, last_call=MessageStatus.NOT_ANSWERED))[-1] == "last-again call 7-14 15:00"
    assert "only-if-unanswered" in asked(facts(**CALLS, last_call=MessageStatus.ANSWERED))[-1]


def test_a_050_number_is_called_and_never_texted() -> None:
    assert asked(facts(wish=Wish.CALL, numbers=(IP,)))[0] == "first call 7-10 10:00"
    assert rules.reach(facts(numbers=(IP,))).why is Why.NO_MOBILE


@pytest.mark.parametrize(
    ("values", "way", "why"),
    [
        ({"numbers": (replace(MOBILE, tried=False),)}, Wish.PERSON, Why.NOT_TRIED),
        ({"consent": False}, Wish.PERSON, Why.NO_CONSENT),
        ({"numbers": (LANDLINE,)}, Wish.PERSON, Why.NO_MOBILE),
        ({"numbers": ()}, Wish.CARD, Why.NO_TELEPHONE),
        ({"numbers": (replace(MOBILE, text_blocked=True),)}, Wish.PERSON, Why.NUMBER_BLOCKED),
        ({**CALLS, "do_not_call": True}, Wish.CARD, Why.DO_NOT_CALL),
        ({"wish": Wish.CALL, "numbers": (LANDLINE, FAX), "do_not_call": True}, Wish.FAX, Why.DO_NOT_CALL),
        ({"wish": Wish.CALL, "numbers": (FAX,)}, Wish.CARD, Why.NO_TELEPHONE),
        ({"wish": Wish.CALL, "numbers": (replace(LANDLINE, call_blocked=True),)}, Wish.PERSON, Why.NUMBER_BLOCKED),
        ({"wish": Wish.PERSON}, Wish.PERSON, Why.WISH),
        ({"wish": Wish.PERSON, "do_not_call": True}, Wish.CARD, Why.WISH),
        ({"wish": Wish.FAX, "numbers": (FAX,)}, Wish.FAX, Why.WISH),
        ({"wish": Wish.CARD}, Wish.CARD, Why.WISH),
        ({"family_instead": True}, Wish.PERSON, Why.FAMILY_INSTEAD),
        ({"starts": "7-15 00:00"}, Wish.PERSON, Why.STRANGE_HOUR),
    ],
)  # fmt: skip
def test_whom_no_machine_may_tell_a_person_tells_by_the_afternoon_before(
    values: dict[str, object], way: Wish, why: Why
) -> None:
    (step,) = rules.plan([facts(**values)], OFFICE, ())[1]  # type: ignore[arg-type]

    assert (step.step, step.way, step.why) == (StepName.PERSON, way, why)
    assert (step.due_at, step.not_after) == (tokyo("7-10 10:00"), tokyo("7-14 15:00"))


def test_consent_by_word_for_a_mobile_is_as_good_as_a_trial() -> None:
    agreed = replace(MOBILE, tried=False, agreed=True)

    assert rules.reach(facts(numbers=(agreed,))).way is Wish.TEXT


def test_a_deaf_resident_who_must_not_be_called_still_gets_texts() -> None:
    assert asked(facts(do_not_call=True)) == ["first text 7-10 10:00", "last text 7-14 10:00"]


def test_who_wishes_no_reminder_gets_none_and_it_is_shown() -> None:
    assert asked(facts(wish=Wish.NONE)) == ["last none 7-14 10:00 (wishes-none)"]


@pytest.mark.parametrize("value", ["cancelled", "lesson_cancelled", "stopped"])
def test_nothing_is_asked_for_what_is_cancelled_or_stopped(value: str) -> None:
    assert asked(facts(**{value: True}, text_wished=True)) == []


def test_nothing_more_is_said_once_a_person_told_them() -> None:
    assert all("(told-by-person)" in words for words in asked(facts(told=True)))


@pytest.mark.parametrize(
    ("booked", "expected"),
    [
        ("7-6 11:00", "once text 7-6 11:00"),
        ("7-6 08:30", "once text 7-6 09:30"),
        ("7-3 18:30", "once text 7-6 09:30"),
        ("7-15 09:40", "once text 7-15 09:40 (no-hour-left)"),
    ],
)
def test_a_confirmation_is_a_text_right_after_the_booking_and_only_where_wished(booked: str, expected: str) -> None:
    assert asked(facts(booked=booked, text_wished=True))[0] == expected
    assert not any(words.startswith("once") for words in asked(facts(booked=booked)))


def test_a_wished_confirmation_is_left_out_where_no_text_may_go() -> None:
    assert asked(facts(**CALLS, text_wished=True))[0].endswith("(not-by-text)")


def test_no_booking_starts_an_automatic_call_as_confirmation() -> None:
    steps = rules.plan([facts(**CALLS, text_wished=True)], OFFICE, ())[1]

    assert all(step.way is Wish.TEXT for step in steps if step.matter is Matter.CONFIRMATION)


def test_two_of_a_party_on_one_number_are_told_by_one_message() -> None:
    one, two = facts(), replace(facts(), booking_id=2)

    plan = rules.plan([two, one], OFFICE, ())

    assert [step.persons for step in plan[1]] == [2, 2]
    assert {step.left_out for step in plan[2]} == {LeftOut.TOGETHER}


def test_the_second_try_is_for_both_as_the_first_was() -> None:
    one = facts(**CALLS, last_call=MessageStatus.NOT_ANSWERED)
    two = replace(one, booking_id=2, last_call=None)

    plan = rules.plan([one, two], OFFICE, ())

    assert (plan[1][-1].left_out, plan[1][-1].persons) == (None, 2)
    assert plan[2][-1].left_out is LeftOut.TOGETHER


def test_neighbours_on_one_number_who_booked_apart_are_told_apart() -> None:
    plan = rules.plan([facts(), replace(facts(), booking_id=2, party="other")], OFFICE, ())

    assert all(step.left_out is None for steps in plan.values() for step in steps)


def test_when_one_of_a_party_was_told_at_their_number_so_was_the_other() -> None:
    plan = rules.plan([facts(), replace(facts(), booking_id=2, told=True)], OFFICE, ())

    assert {step.left_out for steps in plan.values() for step in steps} == {LeftOut.TOLD}


FIRST, LAST, AGAIN = ((Matter.REMINDER, name) for name in (StepName.FIRST, StepName.LAST, StepName.LAST_AGAIN))
S = MessageStatus


@pytest.mark.parametrize(
    ("values", "ended", "now", "why"),
    [
        ({}, {}, "7-14 09:00", None),
        ({}, {LAST: S.SENT}, "7-14 12:00", None),
        ({}, {FIRST: S.FAILED}, "7-10 12:00", None),
        ({}, {LAST: S.FAILED}, "7-14 12:00", Why.FAILED),
        ({}, {LAST: S.REFUSED}, "7-14 12:00", Why.REFUSED),
        ({}, {LAST: S.UNKNOWN}, "7-14 12:00", Why.UNKNOWN),
        ({}, {LAST: S.MISSED}, "7-15 09:30", Why.MISSED),
        ({}, {}, "7-15 09:30", Why.MISSED),
        (CALLS, {LAST: S.NOT_ANSWERED}, "7-14 12:00", None),
        (CALLS, {LAST: S.NOT_ANSWERED, AGAIN: S.PLANNED}, "7-14 12:00", None),
        (CALLS, {LAST: S.NOT_ANSWERED, AGAIN: S.ANSWERED}, "7-14 16:00", None),
        (CALLS, {LAST: S.NOT_ANSWERED, AGAIN: S.NOT_ANSWERED}, "7-14 16:00", Why.NOT_ANSWERED),
        (CALLS, {LAST: S.NOT_ANSWERED, AGAIN: S.FAILED}, "7-14 16:00", Why.FAILED),
        # Nobody picked up, and then texts were wished: there is no second try to wait for.
        ({}, {LAST: S.NOT_ANSWERED}, "7-14 12:00", Why.NOT_ANSWERED),
        # What should have left and has not: the provider is busy, the jobs stand still, the process died with it.
        ({}, {LAST: S.PLANNED}, "7-14 10:14", None),
        ({}, {LAST: S.PLANNED}, "7-14 10:15", Why.LATE),
        ({}, {}, "7-14 10:15", Why.LATE),
        ({}, {LAST: S.CLAIMED}, "7-14 10:15", Why.LATE),
        ({}, {FIRST: S.PLANNED}, "7-10 12:00", None),
        (CALLS, {LAST: S.NOT_ANSWERED, AGAIN: S.PLANNED}, "7-14 15:15", Why.LATE),
        (CALLS, {LAST: S.NOT_ANSWERED}, "7-14 15:15", Why.LATE),
        ({"wish": Wish.PERSON}, {}, "7-10 09:00", None),
        ({"wish": Wish.PERSON}, {}, "7-10 10:00", Why.WISH),
        ({"wish": Wish.PERSON, "told": True}, {}, "7-10 10:00", None),
        ({"wish": Wish.NONE}, {}, "7-15 09:30", None),
        ({"booked": "7-14 11:00"}, {}, "7-15 09:30", None),
    ],
)
def test_a_person_must_tell_them_when(
    values: dict[str, object], ended: dict[object, S], now: str, why: Why | None
) -> None:
    last_call = ended.get(LAST)
    one = facts(**values, last_call=last_call)  # type: ignore[arg-type]

    found = rules.why_person(rules.plan([one], OFFICE, ())[1], ended, tokyo(now), False)  # type: ignore[arg-type]

    assert (found[0] if found else None) is why


def test_while_sending_is_stopped_what_is_due_waits_for_a_person() -> None:
    one = facts()
    steps = rules.plan([one], OFFICE, ())[1]

    assert rules.why_person(steps, {LAST: S.PLANNED}, tokyo("7-14 10:30"), True) is not None
    assert rules.why_person(steps, {LAST: S.PLANNED}, tokyo("7-14 09:30"), True) is None


def test_what_a_cap_keeps_back_waits_for_a_person_from_its_hour_on() -> None:
    steps = rules.plan([facts(**CALLS, last_call=S.NOT_ANSWERED)], OFFICE, ())[1]  # type: ignore[arg-type]

    def why(ended: dict[tuple[Matter, StepName], S], capped: tuple[Matter, StepName], now: str) -> Why | None:
        found = rules.why_person(steps, ended, tokyo(now), False, {capped})
        return found[0] if found else None

    assert why({LAST: S.PLANNED}, LAST, "7-14 10:30") is Why.CAPPED
    assert why({LAST: S.PLANNED}, LAST, "7-14 09:30") is None
    assert why({LAST: S.MISSED}, LAST, "7-15 09:30") is Why.CAPPED
    assert why({LAST: S.NOT_ANSWERED, AGAIN: S.PLANNED}, AGAIN, "7-14 15:30") is Why.CAPPED
    assert why({FIRST: S.PLANNED, LAST: S.ACCEPTED}, FIRST, "7-14 15:30") is None


def test_while_sending_is_stopped_who_did_not_answer_does_not_wait_for_a_second_try() -> None:
    one = facts(**CALLS, last_call=S.NOT_ANSWERED)
    steps = rules.plan([one], OFFICE, ())[1]
    ended = {LAST: S.NOT_ANSWERED, AGAIN: S.PLANNED}

    assert rules.why_person(steps, ended, tokyo("7-14 14:59"), True) is None
    found = rules.why_person(steps, ended, tokyo("7-14 15:00"), True)
    assert found is not None and found[0] is Why.SENDING_STOPPED


@pytest.mark.parametrize(
    ("values", "ended", "now", "kind", "tone"),
    [
        ({}, {}, "7-6 10:00", LightKind.CONFIRMED, "ok"),
        ({"told": True}, {}, "7-6 10:00", LightKind.TOLD, "ok"),
        ({"cancelled": True}, {}, "7-6 10:00", LightKind.CANCELLED, "off"),
        ({"lesson_cancelled": True}, {}, "7-6 10:00", LightKind.LESSON_CANCELLED, "off"),
        ({"stopped": True}, {}, "7-6 10:00", LightKind.STOPPED, "off"),
        ({}, {FIRST: S.SENT}, "7-10 12:00", LightKind.SENT, "wait"),
        ({}, {LAST: S.DELIVERED}, "7-14 12:00", LightKind.SENT, "wait"),
        (CALLS, {LAST: S.ANSWERED}, "7-14 12:00", LightKind.ANSWERED, "ok"),
        (CALLS, {LAST: S.NOT_ANSWERED}, "7-14 12:00", LightKind.NOT_REACHED, "stop"),
        ({}, {LAST: S.FAILED}, "7-14 12:00", LightKind.NOT_REACHED, "stop"),
        ({"wish": Wish.CARD}, {}, "7-6 10:00", LightKind.BY_PERSON, "wait"),
        ({"wish": Wish.CARD}, {}, "7-10 12:00", LightKind.BY_PERSON, "stop"),
        ({"wish": Wish.NONE}, {}, "7-6 10:00", LightKind.NONE_WISHED, "off"),
    ],
)
def test_the_light_says_what_is_known_and_no_more(
    values: dict[str, object], ended: dict[object, S], now: str, kind: LightKind, tone: str
) -> None:
    one = facts(**values, last_call=ended.get(LAST))  # type: ignore[arg-type]
    steps = rules.plan([one], OFFICE, ())[1]

    found = rules.light(one, steps, ended, tokyo(now), read_back=True, stopped=False)  # type: ignore[arg-type]

    assert (found.kind, found.tone) == (kind, tone)


def test_the_light_says_when_the_next_step_leaves() -> None:
    one = facts(**CALLS, last_call=S.NOT_ANSWERED)
    steps = rules.plan([one], OFFICE, ())[1]

    found = rules.light(one, steps, {LAST: S.NOT_ANSWERED}, tokyo("7-14 12:00"), read_back=True, stopped=False)

    assert found.next_at == tokyo("7-14 15:00")


instants = st.builds(
    datetime.combine, st.dates(date(2026, 4, 1), date(2027, 3, 31)), st.times(), tzinfo=st.just(TOKYO)
)
hours = st.times().map(lambda hour: f"{hour:%H:%M}")


@given(
    starts=instants,
    before=st.timedeltas(timedelta(0), timedelta(days=60)),
    wish=st.sampled_from(Wish),
    numbers=st.permutations([MOBILE, LANDLINE, IP, FAX]),
    notice=hours,
    second=hours,
    closed=st.frozensets(st.dates(date(2026, 4, 1), date(2027, 3, 31)), max_size=20),
    told=st.booleans(),
)
def test_no_step_of_a_machine_is_outside_its_window_on_a_closed_day_or_too_late(
    starts: datetime,
    before: timedelta,
    wish: Wish,
    numbers: list[Number],
    notice: str,
    second: str,
    closed: frozenset[date],
    told: bool,
) -> None:
    office = replace(OFFICE, notice_time=notice, second_try_time=second)
    one = Facts(
        1, 1, "p", starts, starts - before, wish, tuple(numbers), text_wished=True, told=told,
        last_call=S.NOT_ANSWERED,
    )  # fmt: skip

    for step in rules.plan([one], office, closed)[1]:
        if step.by_machine and step.left_out is None:
            due = local(step.due_at)
            assert any(start <= due.time() < end for start, end in spans(office, step.window))
            assert is_working_day(due.date(), closed)
            assert one.booked_at <= step.due_at < step.not_after <= starts - timedelta(hours=1)
