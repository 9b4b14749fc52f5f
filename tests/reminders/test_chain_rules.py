"""The chain of contact in words: which step follows which, when it is a person's turn, and what never happens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportdesk.core.clock import local
from supportdesk.messages.rules import MessageStatus
from supportdesk.office.rules import spans
from supportdesk.office.settings import OfficeSettings
from supportdesk.people.rules import ContactScope, ContactTiming, OwnChain, Wish
from supportdesk.reminders import chain_rules, light_rules, notice_rules, offer_rules
from supportdesk.reminders.light_rules import LightKind
from supportdesk.reminders.rules import (
    Confirmed,
    ConfirmedBy,
    Facts,
    Family,
    Key,
    LeftOut,
    Matter,
    Step,
    StepName,
    Tried,
    Why,
)
from tests.reminders.test_rules import CALLS, DAUGHTER, FAX, LANDLINE, MOBILE, OFFICE, facts, tokyo

S = MessageStatus
LAST, BY_CALL, AGAIN, BY_TEXT = (
    (Matter.REMINDER, name) for name in (StepName.LAST, StepName.BY_CALL, StepName.LAST_AGAIN, StepName.BY_TEXT)
)


def chain(one: Facts, now: str = "7-14 12:00", office: OfficeSettings = OFFICE) -> list[str]:
    """`by-call +819000000001 7-14 10:02`, and the reason where a step is left out."""
    return [in_words(step) for step in steps_of(one, tokyo(now), office)]


def steps_of(one: Facts, now: datetime, office: OfficeSettings = OFFICE) -> list[Step]:
    return [step for step in notice_rules.steps(one, office, (), now, outlook=True) if step.step is not StepName.FIRST]


def in_words(step: Step) -> str:
    due = local(step.due_at)
    words = f"{step.step} {step.number} {due.month}-{due.day} {due:%H:%M}"
    return f"{words} ({step.left_out})" if step.left_out else words


def tried(**steps: tuple[S, str]) -> dict[str, dict[Key, Tried]]:
    keys = {"last": LAST, "by_call": BY_CALL, "again": AGAIN, "by_text": BY_TEXT}
    return {"tried": {keys[name]: Tried(status, tokyo(at)) for name, (status, at) in steps.items()}}


def why(one: Facts, now: str = "7-14 12:00", office: OfficeSettings = OFFICE) -> Why | None:
    found = chain_rules.why_person(steps_of(one, tokyo(now), office), one, tokyo(now), office)
    return found[0] if found else None


def test_while_nothing_is_known_of_the_text_the_rest_waits_for_it() -> None:
    assert chain(facts(), "7-14 10:01") == [
        "last +819000000001 7-14 10:00",
        "by-call +819000000001 7-14 13:30 (only-if-not-arrived)",
        "last-again +819000000001 7-14 15:00 (only-if-unanswered)",
    ]


@pytest.mark.parametrize("status", [S.FAILED, S.REFUSED])
def test_a_text_that_did_not_arrive_is_followed_at_once_by_a_call_to_the_same_telephone(status: S) -> None:
    one = facts(**tried(last=(status, "7-14 10:02")))

    assert chain(one, "7-14 10:02")[1] == "by-call +819000000001 7-14 10:02"
    assert why(one, "7-14 10:02") is None


@pytest.mark.parametrize("status", [S.ACCEPTED, S.SENT])
def test_a_text_without_a_receipt_counts_as_not_arrived_after_two_hours(status: S) -> None:
    one = facts(**tried(last=(status, "7-14 10:01")))

    assert "only-if-not-arrived" in chain(one, "7-14 12:00")[1]
    # Two hours end at noon, when no machine calls: the next opening.
    assert chain(one, "7-14 12:01")[1] == "by-call +819000000001 7-14 13:30"


def test_an_office_may_wait_for_no_receipt_or_call_nobody_after_a_text() -> None:
    one = facts(**tried(last=(S.SENT, "7-14 10:01")))

    assert "only-if" in chain(one, "7-14 17:00", replace(OFFICE, text_wait_minutes=0))[1]
    assert why(one, "7-14 17:00", replace(OFFICE, text_wait_minutes=0)) is None


@pytest.mark.parametrize("status", [S.DELIVERED, S.UNKNOWN])
def test_after_a_receipt_and_after_an_unknown_end_no_machine_calls(status: S) -> None:
    assert "only-if-not-arrived" in chain(facts(**tried(last=(status, "7-14 10:01"))), "7-14 17:00")[1]


def test_what_is_unknown_is_a_persons_and_what_arrived_is_nobodys() -> None:
    assert why(facts(**tried(last=(S.UNKNOWN, "7-14 10:01")))) is Why.UNKNOWN
    assert why(facts(**tried(last=(S.DELIVERED, "7-14 10:01"))), "7-14 17:00") is None


def test_a_call_after_a_text_that_nobody_takes_is_made_once_more_and_then_it_is_a_persons_turn() -> None:
    failed = {"last": (S.FAILED, "7-14 10:02"), "by_call": (S.NOT_ANSWERED, "7-14 10:04")}
    once, twice = facts(**tried(**failed)), facts(**tried(**failed, again=(S.NOT_ANSWERED, "7-14 15:01")))

    assert chain(once)[2] == "last-again +819000000001 7-14 15:00"
    assert why(once) is None
    assert why(twice, "7-14 15:02") is Why.NOT_ANSWERED


def test_a_second_call_within_the_hour_is_left_out_for_a_person() -> None:
    one = facts(**tried(last=(S.FAILED, "7-14 14:20"), by_call=(S.NOT_ANSWERED, "7-14 14:22")))

    assert chain(one, "7-14 14:25")[2].endswith("(no-hour-left)")
    assert why(one, "7-14 14:25") is Why.NOT_PICKED_UP


def test_a_call_of_which_no_word_comes_is_a_persons_after_the_same_wait() -> None:
    one = facts(**CALLS, **tried(last=(S.ACCEPTED, "7-14 10:00")))

    assert why(one, "7-14 11:59") is None
    assert why(one, "7-14 12:00") is Why.NO_RECEIPT


def test_who_must_not_be_called_is_not_called_after_a_text_either() -> None:
    one = facts(numbers=(MOBILE, FAX), do_not_call=True, **tried(last=(S.FAILED, "7-14 10:02")))

    assert [step.split()[0] for step in chain(one)] == ["last"]
    assert why(one) is Why.FAILED


@pytest.mark.parametrize(
    ("own", "wish", "expected"),
    [
        (OwnChain.OFFICE, Wish.TEXT, ["last", "by-call", "last-again"]),
        (OwnChain.ONE_WAY, Wish.TEXT, ["last"]),
        (OwnChain.ONE_TRY, Wish.TEXT, ["last"]),
        (OwnChain.OFFICE, Wish.CALL, ["last", "last-again"]),
        (OwnChain.ONE_WAY, Wish.CALL, ["last", "last-again"]),
        (OwnChain.TEXT_TOO, Wish.CALL, ["last", "last-again", "by-text"]),
        (OwnChain.ONE_TRY, Wish.CALL, ["last"]),
    ],
)
def test_a_residents_own_way_goes_before_the_offices(own: OwnChain, wish: Wish, expected: list[str]) -> None:
    assert [step.split()[0] for step in chain(facts(wish=wish, own_chain=own))] == expected


def test_calls_first_then_a_text_then_a_person() -> None:
    calls = {"last": (S.NOT_ANSWERED, "7-14 10:01"), "again": (S.NOT_ANSWERED, "7-14 15:01")}
    one = facts(wish=Wish.CALL, own_chain=OwnChain.TEXT_TOO, **tried(**calls))

    assert chain(one, "7-14 15:02")[-1] == "by-text +819000000001 7-14 15:01"
    once = replace(one, tried={LAST: Tried(S.FAILED, tokyo("7-14 10:01"))})
    assert chain(once, "7-14 10:02")[-1] == "by-text +819000000001 7-14 10:01"
    assert why(one, "7-14 15:05") is None
    failed = replace(one, tried=one.tried | {BY_TEXT: Tried(S.FAILED, tokyo("7-14 15:03"))})
    assert why(failed, "7-14 15:05") is Why.FAILED


def test_the_family_is_told_at_the_same_time_by_a_person_where_it_is_wished() -> None:
    together = replace(DAUGHTER, timing=ContactTiming.TOGETHER)
    one = facts(family=(together,))

    assert chain(one)[-1] == "family +819000000005 7-14 10:00"
    assert why(one, "7-14 10:01") is Why.FAMILY_TOGETHER
    assert why(replace(one, family_told=True), "7-14 10:01") is None


def test_what_failed_goes_before_what_the_family_wishes() -> None:
    together = replace(DAUGHTER, timing=ContactTiming.TOGETHER)
    one = facts(family=(together,), own_chain=OwnChain.ONE_TRY, **tried(last=(S.FAILED, "7-14 10:02")))

    assert why(one) is Why.FAILED


BY_KEY = Confirmed(ConfirmedBy.KEY, tokyo("7-14 10:05"))


def test_nothing_more_is_done_once_they_have_answered() -> None:
    one = facts(confirmed=BY_KEY, **tried(last=(S.FAILED, "7-14 10:02")))

    assert {step.left_out for step in steps_of(one, tokyo("7-14 12:00"))} == {LeftOut.CONFIRMED}
    assert why(one) is None


@pytest.mark.parametrize(
    ("called", "expected"),
    [("7-10 10:01", "7-10 13:30"), ("7-10 14:00", "7-13 10:00"), ("7-10 11:59", "7-10 13:30")],
)
def test_an_offers_second_call_comes_at_another_part_of_the_day(called: str, expected: str) -> None:
    one = facts(**CALLS)
    one = replace(one, tried={(Matter.OFFER, StepName.ONCE): Tried(S.NOT_ANSWERED, tokyo(called))})

    steps = offer_rules.steps(one, tokyo("7-10 09:00"), tokyo("7-14 09:00"), 1, OFFICE, (), tokyo(called))

    assert (steps[-1].step, steps[-1].due_at, steps[-1].left_out) == (StepName.LAST_AGAIN, tokyo(expected), None)


def test_a_machine_tries_again_only_while_a_person_would_still_have_two_hours() -> None:
    one = replace(facts(**CALLS), tried={(Matter.OFFER, StepName.ONCE): Tried(S.NOT_ANSWERED, tokyo("7-10 10:01"))})

    steps = offer_rules.steps(one, tokyo("7-10 09:00"), tokyo("7-10 16:00"), 1, OFFICE, (), tokyo("7-10 10:05"))

    assert steps[-1].left_out is LeftOut.NO_HOUR_LEFT
    found = chain_rules.why_person(steps, one, tokyo("7-10 10:05"), OFFICE)
    assert found is not None and found[0] is Why.NOT_PICKED_UP


# ---- what never happens, whatever becomes of each step

ENDS = [S.DELIVERED, S.SENT, S.ANSWERED, S.NOT_ANSWERED, S.FAILED, S.REFUSED, S.UNKNOWN, S.MISSED]
OF_TEXT = [S.DELIVERED, S.SENT, S.FAILED, S.REFUSED, S.UNKNOWN]
OF_CALL = [S.ANSWERED, S.NOT_ANSWERED, S.FAILED, S.REFUSED, S.UNKNOWN, S.ACCEPTED]


@settings(max_examples=60, deadline=None)
@given(
    wish=st.sampled_from(Wish),
    own=st.sampled_from(OwnChain),
    numbers=st.sets(st.sampled_from([MOBILE, LANDLINE, FAX])),
    do_not_call=st.booleans(),
    family=st.none() | st.builds(
        Family, st.just(1), st.just("娘"), st.just("+819000000005"), st.sampled_from(ContactScope),
        st.sampled_from(ContactTiming),
    ),
    hour=st.integers(8, 19),
    data=st.data(),
)
def test_every_chain_ends_with_somebody_knowing_before_the_lesson(
    wish: Wish, own: OwnChain, numbers: Collection[object], do_not_call: bool, family: Family | None, hour: int,
    data: st.DataObject,
) -> None:  # fmt: skip
    """Played in quarters of an hour: what is open and due leaves, and ends somehow. At most one message is on its way
    at any time, in the order of the steps, never outside the hours; when the lesson begins it is sent, confirmed, or
    stands on somebody's list."""
    one = facts(
        f"7-15 {hour:02d}:00", wish=wish, own_chain=own, numbers=tuple(numbers), do_not_call=do_not_call,
        family=(family,) if family else (),
    )  # fmt: skip
    left: list[Step] = []
    listed = False
    now = tokyo("7-14 09:00")
    while now < one.starts_at:
        steps = steps_of(one, now)
        ready = [
            step for step in steps
            if step.by_machine and step.left_out is None and step.due_at <= now < step.not_after
            and step.key not in one.tried
        ]  # fmt: skip
        assert len(ready) <= 1
        for step in ready:
            assert any(start <= local(now).time() < end for start, end in spans(OFFICE, step.window))
            left.append(step)
            how = data.draw(st.sampled_from(OF_TEXT if step.way is Wish.TEXT else OF_CALL))
            one = replace(one, tried={**one.tried, step.key: Tried(how, now)})
        listed |= chain_rules.why_resident(steps_of(one, now), one, now, OFFICE) is not None
        now += timedelta(minutes=15)
    order = list(StepName)
    assert [order.index(step.step) for step in left] == sorted(order.index(step.step) for step in left)
    assert all(step.number not in {FAX.number, ""} for step in left)
    assert not (do_not_call and any(step.way is Wish.CALL for step in left))
    light = light_rules.light(one, steps_of(one, now), one.starts_at - timedelta(minutes=90), OFFICE)
    assert listed or light.kind in (LightKind.SENT, LightKind.ANSWERED, LightKind.NONE_WISHED)
