"""Which steps a booking asks for, in words. Days of 2026: 20 July (Monday) is a holiday."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
from supportdesk.people.rules import ContactScope, ContactTiming, NumberKind, OwnChain, Wish
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
DAUGHTER = Family(1, "娘", "+819000000005", ContactScope.PLACE_AND_TIME, ContactTiming.INSTEAD)


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
    steps = plan([one], closed=closed)[one.booking_id]
    after_text = {StepName.LAST_AGAIN} if StepName.BY_CALL in [step.step for step in steps] else set()
    return [_in_words(step) for step in steps if step.step in ASKED - after_text]


# What a booking asks for while nothing has failed; the rest of the chain is in test_chain_rules.py.
ASKED = {StepName.ONCE, StepName.FIRST, StepName.LAST, StepName.LAST_AGAIN, StepName.PERSON, StepName.PAPER}
NOON = tokyo("7-14 12:00")


def plan(
    bookings: list[Facts], now: datetime = NOON, closed: Collection[date] = (), office: OfficeSettings = OFFICE
) -> dict[int, list[Step]]:
    return notice_rules.plan(bookings, office, closed, now, outlook=True)


def ended_as(ended: Mapping[Key, MessageStatus]) -> dict[str, object]:
    return {"tried": {key: Tried(status) for key, status in ended.items()}}


def in_chain(steps: list[Step]) -> list[Step]:
    return [step for step in steps if step.step is not StepName.FIRST]


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
    assert asked(facts(**CALLS, **ended_as({LAST: S.NOT_ANSWERED})))[-1] == "last-again call 7-14 15:00"
    assert "only-if-unanswered" in asked(facts(**CALLS, **ended_as({LAST: S.ANSWERED})))[-1]


def test_a_050_number_is_called_and_never_texted() -> None:
    assert asked(facts(wish=Wish.CALL, numbers=(IP,)))[0] == "first call 7-10 10:00"
    assert reach_rules.reach(facts(numbers=(IP,))).way is Wish.CALL


@pytest.mark.parametrize(
    ("values", "way", "why"),
    [
        ({"numbers": (replace(MOBILE, tried=False),)}, Wish.PERSON, Why.NOT_TRIED),
        ({"consent": False}, Wish.PERSON, Why.NO_CONSENT),
        ({"numbers": (LANDLINE,), "own_chain": OwnChain.ONE_WAY}, Wish.PERSON, Why.NO_MOBILE),
        ({"numbers": (replace(MOBILE, text_blocked=True, call_blocked=True), LANDLINE)}, Wish.PERSON,
         Why.NUMBER_BLOCKED),
        ({"wish": Wish.CALL, "numbers": (replace(LANDLINE, call_blocked=True),)}, Wish.PERSON, Why.NUMBER_BLOCKED),
        ({"wish": Wish.PERSON}, Wish.PERSON, Why.WISH),
        ({"family": (DAUGHTER,)}, Wish.PERSON, Why.FAMILY_INSTEAD),
        ({"starts": "7-15 00:00"}, Wish.PERSON, Why.STRANGE_HOUR),
    ],
)  # fmt: skip
def test_whom_no_machine_may_tell_a_person_tells_by_the_afternoon_before(
    values: dict[str, object], way: Wish, why: Why
) -> None:
    (step,) = plan([facts(**values)])[1]

    assert (step.step, step.way, step.why) == (StepName.PERSON, way, why)
    assert (step.due_at, step.not_after) == (tokyo("7-10 10:00"), tokyo("7-14 15:00"))


def test_consent_by_word_for_a_mobile_is_as_good_as_a_trial() -> None:
    agreed = replace(MOBILE, tried=False, agreed=True)

    assert reach_rules.reach(facts(numbers=(agreed,))).way is Wish.TEXT


@pytest.mark.parametrize(
    ("values", "way", "why"),
    [
        ({"numbers": ()}, Wish.CARD, Why.NO_TELEPHONE),
        ({**CALLS, "do_not_call": True}, Wish.CARD, Why.DO_NOT_CALL),
        ({"wish": Wish.CALL, "numbers": (FAX,)}, Wish.CARD, Why.NO_TELEPHONE),
        ({"wish": Wish.PERSON, "do_not_call": True}, Wish.CARD, Why.WISH),
        ({"wish": Wish.CARD}, Wish.CARD, Why.WISH),
    ],
)
def test_a_card_is_asked_for_in_time_to_be_posted_and_then_it_is_a_call_or_a_visit(
    values: dict[str, object], way: Wish, why: Why
) -> None:
    paper, call = plan([facts(**values)])[1]

    assert (paper.step, paper.way, paper.why) == (StepName.PAPER, way, why)
    assert (paper.due_at, paper.not_after) == (tokyo("7-8 10:00"), tokyo("7-10 15:00"))
    assert (call.step, call.why) == (StepName.PERSON, Why.CARD_TOO_LATE)
    assert (call.due_at, call.not_after) == (tokyo("7-10 15:00"), tokyo("7-14 15:00"))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"wish": Wish.CALL, "numbers": (LANDLINE, FAX), "do_not_call": True}, Why.DO_NOT_CALL),
        ({"wish": Wish.FAX, "numbers": (FAX,)}, Why.WISH),
    ],
)
def test_a_fax_sheet_is_sent_by_a_person_until_the_afternoon_before(values: dict[str, object], why: Why) -> None:
    (step,) = plan([facts(**values)])[1]

    assert (step.step, step.way, step.number, step.why) == (StepName.PAPER, Wish.FAX, FAX.number, why)
    assert (step.due_at, step.not_after) == (tokyo("7-10 10:00"), tokyo("7-14 15:00"))


def test_a_telephone_that_takes_no_texts_is_called_instead() -> None:
    blocked = replace(MOBILE, text_blocked=True)

    assert reach_rules.reach(facts(numbers=(blocked,))) == reach_rules.Reach(Wish.CALL, MOBILE.number)
    assert reach_rules.reach(facts(numbers=(LANDLINE,))) == reach_rules.Reach(Wish.CALL, LANDLINE.number)
    assert reach_rules.reach(facts(numbers=(LANDLINE,), do_not_call=True)).way is Wish.CARD


def test_a_deaf_resident_who_must_not_be_called_still_gets_texts() -> None:
    assert asked(facts(do_not_call=True)) == ["first text 7-10 10:00", "last text 7-14 10:00"]


def test_who_wishes_no_reminder_gets_none_and_it_is_shown() -> None:
    assert asked(facts(wish=Wish.NONE)) == ["last none 7-14 10:00 (wishes-none)"]


@pytest.mark.parametrize("value", ["cancelled", "lesson_cancelled", "stopped"])
def test_nothing_is_asked_for_what_is_cancelled_or_stopped(value: str) -> None:
    assert asked(facts(**{value: True}, text_wished=True)) == []


def test_nothing_more_is_said_once_a_person_told_them() -> None:
    assert [words.split()[0] for words in asked(facts(told=True)) if "(told-by-person)" in words] == ["first", "last"]
    assert len(asked(facts(told=True))) == 2


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
    steps = plan([facts(**CALLS, text_wished=True)])[1]

    assert {step.way for step in steps if step.matter is Matter.CONFIRMATION} == {Wish.TEXT}


def test_two_of_a_party_on_one_number_are_told_by_one_message() -> None:
    one, two = facts(), replace(facts(), booking_id=2)

    found = plan([two, one])

    assert [step.persons for step in found[1] if step.left_out is None] == [2, 2]
    assert [step.left_out for step in found[2]][:2] == [LeftOut.TOGETHER, LeftOut.TOGETHER]


def test_the_second_try_is_for_both_as_the_first_was() -> None:
    one = facts(**CALLS, **ended_as({LAST: S.NOT_ANSWERED}))
    two = replace(one, booking_id=2, tried={})

    found = plan([one, two])

    assert (found[1][-1].left_out, found[1][-1].persons) == (None, 2)
    assert found[2][-1].left_out is LeftOut.TOGETHER


def test_neighbours_on_one_number_who_booked_apart_are_told_apart() -> None:
    found = plan([facts(), replace(facts(), booking_id=2, party="other")])

    for steps in found.values():
        assert [step.step for step in steps if step.left_out is None] == [StepName.FIRST, StepName.LAST]


def test_when_one_of_a_party_was_told_at_their_number_so_was_the_other() -> None:
    found = plan([facts(), replace(facts(), booking_id=2, told=True)])

    assert {step.left_out for steps in found.values() for step in steps} == {LeftOut.TOLD}


FIRST, LAST, AGAIN = ((Matter.REMINDER, name) for name in (StepName.FIRST, StepName.LAST, StepName.LAST_AGAIN))
S = MessageStatus


def why_now(
    one: Facts, now: str, office: OfficeSettings = OFFICE, capped: Collection[Key] = ()
) -> Why | None:
    steps = in_chain(plan([one], tokyo(now), office=office)[1])
    found = chain_rules.why_person(steps, one, tokyo(now), office, capped)
    return found[0] if found else None


ALONE = {"own_chain": OwnChain.ONE_WAY}
HELD = replace(OFFICE, sending_hold="台風")


@pytest.mark.parametrize(
    ("values", "ended", "now", "why"),
    [
        ({}, {}, "7-14 09:00", None),
        ({}, {LAST: S.SENT}, "7-14 11:59", None),
        ({}, {FIRST: S.FAILED}, "7-10 12:00", None),
        (ALONE, {LAST: S.SENT}, "7-14 12:00", Why.NO_RECEIPT),
        (ALONE, {LAST: S.FAILED}, "7-14 12:00", Why.FAILED),
        (ALONE, {LAST: S.REFUSED}, "7-14 12:00", Why.REFUSED),
        ({}, {LAST: S.UNKNOWN}, "7-14 12:00", Why.UNKNOWN),
        ({}, {LAST: S.MISSED}, "7-15 09:30", Why.MISSED),
        ({}, {}, "7-15 09:30", Why.MISSED),
        (CALLS, {LAST: S.NOT_ANSWERED}, "7-14 12:00", None),
        (CALLS, {LAST: S.NOT_ANSWERED, AGAIN: S.PLANNED}, "7-14 12:00", None),
        (CALLS, {LAST: S.NOT_ANSWERED, AGAIN: S.ANSWERED}, "7-14 16:00", None),
        (CALLS, {LAST: S.NOT_ANSWERED, AGAIN: S.NOT_ANSWERED}, "7-14 16:00", Why.NOT_ANSWERED),
        (CALLS, {LAST: S.NOT_ANSWERED, AGAIN: S.FAILED}, "7-14 16:00", Why.FAILED),
        # Nobody picked up, and then texts were wished: there is no second try to wait for.
        ({}, {LAST: S.NOT_ANSWERED}, "7-14 12:00", Why.NOT_PICKED_UP),
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
    assert why_now(facts(**values, **ended_as(ended)), now) is why  # type: ignore[arg-type]


def test_while_sending_is_stopped_what_is_due_waits_for_a_person() -> None:
    one = facts(**ended_as({LAST: S.PLANNED}))

    assert why_now(one, "7-14 10:05", HELD) is Why.SENDING_STOPPED
    assert why_now(one, "7-14 09:30", HELD) is None


def test_what_a_cap_keeps_back_waits_for_a_person_from_its_hour_on() -> None:
    def why(ended: dict[Key, S], capped: Key, now: str) -> Why | None:
        return why_now(facts(**CALLS, **ended_as(ended)), now, capped={capped})

    assert why({LAST: S.PLANNED}, LAST, "7-14 10:30") is Why.CAPPED
    assert why({LAST: S.PLANNED}, LAST, "7-14 09:30") is None
    assert why({LAST: S.MISSED}, LAST, "7-15 09:30") is Why.CAPPED
    assert why({LAST: S.NOT_ANSWERED, AGAIN: S.PLANNED}, AGAIN, "7-14 15:30") is Why.CAPPED
    assert why({FIRST: S.PLANNED, LAST: S.ANSWERED}, FIRST, "7-14 15:30") is None


def test_while_sending_is_stopped_who_did_not_answer_does_not_wait_for_a_second_try() -> None:
    one = facts(**CALLS, **ended_as({LAST: S.NOT_ANSWERED, AGAIN: S.PLANNED}))

    assert why_now(one, "7-14 14:59", HELD) is None
    assert why_now(one, "7-14 15:00", HELD) is Why.SENDING_STOPPED


BY_KEY = Confirmed(ConfirmedBy.KEY, tokyo("7-14 10:05"))
READ_BACK = Confirmed(ConfirmedBy.READ_BACK, tokyo("6-20 11:00"), "職員")


@pytest.mark.parametrize(
    ("values", "ended", "now", "kind", "tone"),
    [
        ({}, {}, "7-6 10:00", LightKind.CONFIRMED, "ok"),
        ({"told": True}, {}, "7-6 10:00", LightKind.TOLD, "wait"),
        ({"confirmed": BY_KEY}, {LAST: S.ANSWERED}, "7-14 12:00", LightKind.CONFIRMED, "ok"),
        ({"confirmed": replace(BY_KEY, comes=False)}, {}, "7-14 12:00", LightKind.CANNOT_COME, "stop"),
        ({"cancelled": True}, {}, "7-6 10:00", LightKind.CANCELLED, "off"),
        ({"lesson_cancelled": True}, {}, "7-6 10:00", LightKind.LESSON_CANCELLED, "off"),
        ({"stopped": True}, {}, "7-6 10:00", LightKind.STOPPED, "off"),
        ({}, {FIRST: S.SENT}, "7-10 12:00", LightKind.SENT, "wait"),
        ({}, {LAST: S.DELIVERED}, "7-14 12:00", LightKind.SENT, "wait"),
        (CALLS, {LAST: S.ANSWERED}, "7-14 12:00", LightKind.ANSWERED, "wait"),
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
    one = facts(**values, **ended_as(ended))  # type: ignore[arg-type]
    steps = plan([one], tokyo(now))[1]

    found = light_rules.light(one, steps, tokyo(now), OFFICE, read_back=READ_BACK)

    assert (found.kind, found.tone) == (kind, tone)


def test_the_light_says_when_the_next_step_leaves() -> None:
    one = facts(**CALLS, **ended_as({LAST: S.NOT_ANSWERED}))

    found = light_rules.light(one, plan([one])[1], NOON, OFFICE)

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
        tried={LAST: Tried(S.NOT_ANSWERED)},
    )  # fmt: skip

    for step in plan([one], starts, closed, office)[1]:
        if step.by_machine and step.left_out is None:
            due = local(step.due_at)
            assert any(start <= due.time() < end for start, end in spans(office, step.window))
            assert is_working_day(due.date(), closed)
            assert one.booked_at <= step.due_at < step.not_after <= starts - timedelta(hours=1)
