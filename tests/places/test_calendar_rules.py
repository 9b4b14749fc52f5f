from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.places import opening_rules, permit_rules, thing_rules
from supportdesk.places.opening_rules import Hours, Week
from supportdesk.places.permit_rules import MOVES, PermitState

DAY = date(2026, 7, 15)


def test_every_permit_but_a_cancelled_one_can_be_granted_or_cancelled() -> None:
    for state in PermitState:
        over = state is PermitState.CANCELLED
        assert (PermitState.CANCELLED in MOVES[state]) is not over
        assert (state is PermitState.GRANTED or PermitState.GRANTED in MOVES[state]) is not over
        assert state not in MOVES[state]


def test_a_move_that_the_table_does_not_hold_is_refused() -> None:
    permit_rules.check_move(PermitState.REQUESTED, PermitState.GRANTED)
    with pytest.raises(Refusal) as refused:
        permit_rules.check_move(PermitState.CANCELLED, PermitState.GRANTED)
    assert refused.value.code == "no-such-move"


@pytest.mark.parametrize(
    ("states", "best"),
    [
        ([], None),
        ([PermitState.CANCELLED], PermitState.CANCELLED),
        ([PermitState.CANCELLED, PermitState.PROVISIONAL], PermitState.PROVISIONAL),
        ([PermitState.PROVISIONAL, PermitState.GRANTED, PermitState.REQUESTED], PermitState.GRANTED),
    ],
)
def test_of_several_permits_the_farthest_counts(states: list[PermitState], best: PermitState | None) -> None:
    assert permit_rules.best(states) == best


def test_a_permit_is_for_a_year_at_the_most() -> None:
    permit_rules.check_days(DAY, DAY)
    permit_rules.check_days(DAY, DAY + timedelta(days=365))
    for last in (DAY - timedelta(days=1), DAY + timedelta(days=366)):
        with pytest.raises(Refusal) as refused:
            permit_rules.check_days(DAY, last)
        assert refused.value.field == "last"


@pytest.mark.parametrize(("first", "last", "field"), [(-2, -1, "first"), (1, 0, "last"), (2000, 2000, "first"),
                                                      (0, 1100, "last")])  # fmt: skip
def test_a_closure_lies_ahead_and_ends_some_day(first: int, last: int, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        opening_rules.check_closure(DAY + timedelta(days=first), DAY + timedelta(days=last), DAY)
    assert refused.value.field == field


def test_a_closure_that_began_before_today_can_still_be_written_down() -> None:
    opening_rules.check_closure(DAY - timedelta(days=3), DAY, DAY)


def test_a_venue_closes_after_it_opens() -> None:
    opening_rules.check_hours(time(9), time(9, 1), "closes")
    with pytest.raises(Refusal):
        opening_rules.check_hours(time(9), time(9), "closes")


def test_a_week_knows_its_days_and_the_holidays() -> None:
    hours = Hours(time(9), time(17))
    marine_day = date(2026, 7, 20)

    assert Week({0: hours}).on(marine_day) == hours
    assert Week({0: hours}, closed_on_holidays=True).on(marine_day) is None
    assert Week({0: hours}).on(DAY) is None
    assert str(hours) == "09:00–17:00"


def test_one_piece_is_called_as_typed_and_several_get_a_number() -> None:
    assert thing_rules.labels("ルーター", 1) == ["ルーター"]
    assert thing_rules.labels("ルーター", 3) == ["ルーター 1", "ルーター 2", "ルーター 3"]
    for count in (0, 51):
        with pytest.raises(Refusal):
            thing_rules.labels("ルーター", count)
