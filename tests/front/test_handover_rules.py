from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from supportdesk.core.errors import NotAllowed, Refusal
from supportdesk.front import handover_rules as rules
from supportdesk.front.handover_rules import Choice, DutyChoice, ItemKind, Plan

TODAY = date(2027, 3, 31)
AT = datetime(2027, 4, 1, tzinfo=UTC)


def test_what_nobody_chose_is_handed_over() -> None:
    plan = Plan({ItemKind.SERIES: Choice.LEAVE})

    assert plan.of(ItemKind.SERIES) is Choice.LEAVE
    assert plan.of(ItemKind.REQUEST) is Choice.HAND_OVER


def test_a_duty_that_was_chosen_for_itself_goes_its_own_way() -> None:
    plan = Plan({ItemKind.DUTY: Choice.OPEN}, {7: DutyChoice(Choice.LEAVE, "本人希望")})

    assert plan.of_duty(7) == DutyChoice(Choice.LEAVE, "本人希望")
    assert plan.of_duty(8).choice is Choice.OPEN


def test_a_plan_comes_back_from_the_table_as_it_was() -> None:
    plan = Plan({ItemKind.CALL_BACK: Choice.OPEN}, {7: DutyChoice(Choice.HAND_OVER, "確認済み")})

    assert rules.plan_from(plan.kept()) == plan


@pytest.mark.parametrize(("own", "of_all", "may"), [(True, False, True), (False, True, True), (False, False, False)])
def test_one_hands_over_ones_own_and_a_manager_everybodys(own: bool, of_all: bool, may: bool) -> None:
    if may:
        rules.check_may(own=own, of_all=of_all)
    else:
        with pytest.raises(NotAllowed):
            rules.check_may(own=own, of_all=of_all)


def test_the_day_lies_from_today_to_a_year_ahead() -> None:
    for good in (TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=366)):
        rules.check_day(good, TODAY)
    for bad, code in ((TODAY - timedelta(days=1), "in-the-past"), (TODAY + timedelta(days=367), "too-far")):
        with pytest.raises(Refusal) as refused:
            rules.check_day(bad, TODAY)
        assert (refused.value.code, refused.value.field) == (code, "on")


def test_nobody_hands_over_to_themselves() -> None:
    with pytest.raises(Refusal):
        rules.check_people(3, 3)


def test_the_paper_names_urgent_tasks_first_then_by_deadline_then_who_waits_longest() -> None:
    tasks = {
        "waits": (False, None, AT - timedelta(days=9)),
        "waits longer": (False, None, AT - timedelta(days=20)),
        "due later": (False, AT + timedelta(days=2), AT),
        "due": (False, AT, AT),
        "urgent": (True, None, AT),
    }

    order = sorted(tasks, key=lambda name: rules.paper_order(*tasks[name]))

    assert order == ["urgent", "due", "due later", "waits longer", "waits"]
