"""連絡テスト: what may be tried, and what makes a telephone a tried one."""

from __future__ import annotations

from typing import Any

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.messages.rules import MessageStatus as S
from supportdesk.people.rules import NumberKind
from supportdesk.reminders.trial_rules import TrialOutcome, TrialStep, check_outcome, check_start, counts_as_tried

TEXT, CALL = TrialStep.TEXT, TrialStep.CALL
MOBILE, LANDLINE = "+819000000001", "+81957000001"
NOTHING: dict[str, bool] = dict.fromkeys(
    ("stopped", "do_not_call", "opted_out", "no_text", "no_call", "held"), False
) | {"open_now": True}


def start(ways: set[TrialStep], number: str = MOBILE, kind: NumberKind = NumberKind.MOBILE, **known: Any) -> None:
    check_start(ways, number, kind, **(NOTHING | known))


def test_a_mobile_is_tried_by_text_by_call_or_both_and_a_landline_by_call() -> None:
    for ways in ({TEXT}, {CALL}, {TEXT, CALL}):
        start(ways)
    start({CALL}, LANDLINE, NumberKind.LANDLINE)


@pytest.mark.parametrize(
    ("ways", "known", "code"),
    [
        (set(), {}, "no-way"),
        ({TEXT}, {"stopped": True}, "contact-stopped"),
        ({TEXT}, {"opted_out": True}, "opted-out"),
        ({TEXT}, {"held": True}, "sending-stopped"),
        ({TEXT}, {"open_now": False}, "outside-hours"),
        ({CALL}, {"do_not_call": True}, "do-not-call"),
        ({TEXT}, {"no_text": True}, "number-unreachable"),
        ({TEXT, CALL}, {"no_call": True}, "number-unreachable"),
        ({TEXT}, {"number": LANDLINE, "kind": NumberKind.LANDLINE}, "no-mobile"),
        ({CALL}, {"number": LANDLINE, "kind": NumberKind.FAX}, "number-not-allowed"),
        ({CALL}, {"number": "+81120000000", "kind": NumberKind.LANDLINE}, "number-not-allowed"),
    ],
)
def test_what_stands_against_any_message_stands_against_a_test(
    ways: set[TrialStep], known: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        start(ways, **known)

    assert refused.value.code == code


def test_who_is_not_to_be_called_may_be_written_to_and_the_other_way_round() -> None:
    start({TEXT}, do_not_call=True, no_call=True)
    start({CALL}, no_text=True)


@pytest.mark.parametrize("status", [S.PLANNED, S.CLAIMED, S.REFUSED, S.WITHDRAWN, S.MISSED])
def test_what_has_not_left_has_not_arrived(status: S) -> None:
    for outcome in (TrialOutcome.REGISTERED, TrialOutcome.DID_NOT_ARRIVE):
        with pytest.raises(Refusal):
            check_outcome(outcome, [status])
    check_outcome(TrialOutcome.NOT_TRIED, [status])


@pytest.mark.parametrize("status", [S.ACCEPTED, S.SENT, S.DELIVERED, S.UNKNOWN, S.FAILED, S.ANSWERED])
def test_what_the_person_saw_counts_more_than_what_the_provider_says(status: S) -> None:
    check_outcome(TrialOutcome.REGISTERED, [S.MISSED, status])


def test_a_mobile_is_tried_by_a_text_alone_and_only_when_it_was_registered() -> None:
    assert counts_as_tried(TrialOutcome.REGISTERED, NumberKind.MOBILE, by_text=True)
    assert not counts_as_tried(TrialOutcome.REGISTERED, NumberKind.MOBILE, by_text=False)
    assert counts_as_tried(TrialOutcome.REGISTERED, NumberKind.LANDLINE, by_text=False)
    for outcome in (TrialOutcome.DID_NOT_ARRIVE, TrialOutcome.NOT_TRIED):
        assert not counts_as_tried(outcome, NumberKind.MOBILE, by_text=True)
