from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from supportdesk.core import clock
from supportdesk.core.errors import Refusal
from supportdesk.lessons import standing_rules as rules
from supportdesk.lessons.conflict_rules import Conflict, ConflictKind, Plan, Weight, check_never, needing_reason
from supportdesk.lessons.standing_rules import Closed, Hall, Taken
from supportdesk.places.opening_rules import Hours, Week
from supportdesk.places.permit_rules import PermitState
from supportdesk.places.thing_rules import Equipment

WEDNESDAY = date(2026, 7, 15)


def at(hour: int, minute: int = 0, day: date = WEDNESDAY) -> datetime:
    return clock.at(day, time(hour, minute))


PLAN = Plan(course_id=1, room_id=1, starts_at=at(10), ends_at=at(11), seats=8)
HALL = Hall(room="研修室", venue="口之津公民館", seats=20)
NINE_TO_FIVE = Hours(time(9), time(17))


def on(day: date) -> Plan:
    return replace(PLAN, starts_at=at(10, day=day), ends_at=at(11, day=day))


def hall(plan: Plan = PLAN, place: Hall = HALL, **known: object) -> list[Conflict]:
    given = {"stays": False, "closures": (), "that_day": None, "permit": None} | known
    return rules.of_hall(plan, place, **given)  # type: ignore[arg-type]


def kinds(found: list[Conflict]) -> list[ConflictKind]:
    return [one.kind for one in found]


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (WEDNESDAY, None),
        (date(2026, 7, 20), ConflictKind.HOLIDAY),  # 海の日
        (date(2026, 9, 22), ConflictKind.HOLIDAY),  # between two holidays
        (date(2026, 12, 29), ConflictKind.YEAR_END),
        (date(2027, 1, 3), ConflictKind.YEAR_END),
        (date(2027, 1, 1), ConflictKind.HOLIDAY),
        (date(2026, 12, 28), None),
        (date(2027, 1, 4), None),
        (date(2026, 7, 18), ConflictKind.OFFICE_CLOSED),
        (date(2028, 2, 29), None),
    ],
)
def test_the_offices_own_calendar_speaks_once(day: date, kind: ConflictKind | None) -> None:
    assert kinds(rules.of_office(day, {})) == ([kind] if kind else [])


def test_a_closed_day_of_the_office_says_why() -> None:
    (found,) = rules.of_office(WEDNESDAY, {WEDNESDAY: "夏季閉庁"})

    assert (found.kind, found.why.params) == (ConflictKind.OFFICE_CLOSED, {"reason": "夏季閉庁"})
    assert found.why.code == "closed-day"


def test_of_a_hall_of_which_nothing_is_known_nothing_is_said() -> None:
    assert hall() == []


@pytest.mark.parametrize(
    ("first", "last", "meets"),
    [(14, 14, False), (14, 15, True), (15, 15, True), (15, 20, True), (16, 20, False)],
)
def test_a_closure_counts_from_its_first_to_its_last_day(first: int, last: int, meets: bool) -> None:
    closed = Closed(date(2026, 7, first), date(2026, 7, last), "選挙")

    assert kinds(hall(closures=[closed])) == ([ConflictKind.CLOSURE] if meets else [])


def test_a_venue_out_of_use_takes_no_new_lesson_and_keeps_those_it_has() -> None:
    out = replace(HALL, out_of_use=True)

    assert kinds(hall(place=out)) == [ConflictKind.VENUE_OUT_OF_USE]
    assert hall(place=out, stays=True) == []


def test_a_day_on_which_the_venue_is_never_open_is_named() -> None:
    tuesdays = replace(HALL, week=Week({1: NINE_TO_FIVE}))

    assert kinds(hall(place=tuesdays)) == [ConflictKind.NOT_OPEN]
    assert hall(on(date(2026, 7, 14)), tuesdays) == []
    assert hall(place=tuesdays, that_day=NINE_TO_FIVE) == []


@pytest.mark.parametrize(
    ("starts", "ends", "kind"),
    [
        ((9, 0), (17, 0), None),
        ((8, 59), (10, 0), ConflictKind.OUTSIDE_HOURS),
        ((16, 0), (17, 1), ConflictKind.OUTSIDE_HOURS),
    ],
)
def test_a_lesson_lies_within_the_hours_of_the_venue(
    starts: tuple[int, int], ends: tuple[int, int], kind: ConflictKind | None
) -> None:
    every_day = replace(HALL, week=Week(dict.fromkeys(range(7), NINE_TO_FIVE)))
    plan = replace(PLAN, starts_at=at(*starts), ends_at=at(*ends))

    assert kinds(hall(plan, every_day)) == ([kind] if kind else [])


def test_other_hours_on_a_day_take_the_place_of_the_usual_ones() -> None:
    every_day = replace(HALL, week=Week(dict.fromkeys(range(7), NINE_TO_FIVE)))

    assert kinds(hall(place=every_day, that_day=Hours(time(13), time(17)))) == [ConflictKind.OUTSIDE_HOURS]


def test_a_venue_may_close_on_national_holidays_though_its_week_is_not_known() -> None:
    closes = replace(HALL, week=Week(closed_on_holidays=True))

    assert kinds(hall(on(date(2026, 7, 20)), closes)) == [ConflictKind.NOT_OPEN]
    assert hall(place=closes) == []


@pytest.mark.parametrize(
    ("needed", "permit", "kind"),
    [
        (False, None, None),
        (True, None, ConflictKind.PERMIT_MISSING),
        (True, PermitState.PROVISIONAL, ConflictKind.PERMIT_PENDING),
        (True, PermitState.REQUESTED, ConflictKind.PERMIT_PENDING),
        (True, PermitState.GRANTED, None),
        (False, PermitState.CANCELLED, ConflictKind.PERMIT_CANCELLED),
        (True, PermitState.CANCELLED, ConflictKind.PERMIT_CANCELLED),
    ],
)
def test_what_a_permit_means_for_a_lesson(
    needed: bool, permit: PermitState | None, kind: ConflictKind | None
) -> None:
    assert kinds(hall(place=replace(HALL, needs_permit=needed), permit=permit)) == ([kind] if kind else [])


def test_a_room_that_is_too_small_says_how_many_fit() -> None:
    (found,) = hall(replace(PLAN, seats=21))

    assert (found.kind, found.why.field, found.why.params["room_seats"]) == (ConflictKind.ROOM_TOO_SMALL, "seats", 20)


def test_touching_times_do_not_meet() -> None:
    assert not PLAN.meets(at(9), at(10))
    assert not PLAN.meets(at(11), at(12))
    assert PLAN.meets(at(10, 59), at(12))


def test_what_is_taken_names_the_lesson_that_has_it() -> None:
    found = rules.of_supporter_taken("支援 花子", Taken("LINEの使い方", at(10, 30), at(11, 30), 7))

    assert found.why.message % found.why.params == "支援 花子 is on duty in “LINEの使い方” at 10:30–11:30."
    assert found.why.params["lesson_id"] == 7


NEEDS = {Equipment.WIFI: 1, Equipment.LOAN_PHONE: 3}


def test_what_the_hall_has_need_not_be_taken_along() -> None:
    has_wifi = replace(HALL, has=frozenset({Equipment.WIFI}))

    assert rules.of_needs({Equipment.WIFI: 1}, has_wifi, [], {}) == []
    assert rules.of_needs({Equipment.WIFI: 1}, HALL, [Equipment.WIFI], {}) == []


def test_what_is_lacking_comes_with_the_pieces_that_are_free() -> None:
    free = {Equipment.WIFI: [4, 5], Equipment.LOAN_PHONE: [7]}

    wifi, phones = rules.of_needs(NEEDS, HALL, [Equipment.LOAN_PHONE], free)

    assert (wifi.thing_ids, phones.thing_ids) == ((4,), (7,))
    assert (phones.why.params["count"], phones.why.params["free"]) == (2, 1)
    assert wifi.why.params["free"] == 2


def test_one_supporter_for_so_many_learners() -> None:
    (found,) = rules.of_supporters(replace(PLAN, seats=9, supporter_ids=(1, 2)), 4)

    assert found.why.params == {"wanted": 3, "now": 2, "missing": 1}
    assert rules.of_supporters(replace(PLAN, supporter_ids=(1, 2)), 4) == []


def test_every_kind_weighs_something_and_the_gravest_cannot_be_overridden() -> None:
    weights = {kind: Conflict(kind, Refusal("")).weight for kind in ConflictKind}

    assert {kind for kind, weight in weights.items() if weight is Weight.NEVER} == {
        ConflictKind.ROOM_TAKEN, ConflictKind.SUPPORTER_TAKEN, ConflictKind.THING_TAKEN, ConflictKind.VENUE_OUT_OF_USE,
        ConflictKind.SUPPORTER_LEFT, ConflictKind.NO_TERM, ConflictKind.NO_PLEDGE, ConflictKind.NO_INSURANCE,
        ConflictKind.WRONG_PLACE,
    }  # fmt: skip


def test_what_cannot_be_overridden_is_refused_with_its_name() -> None:
    taken = rules.of_room_taken(Taken("LINEの使い方", at(10), at(11), 7))

    with pytest.raises(Refusal) as refused:
        check_never([*rules.of_office(date(2026, 7, 20), {}), taken])

    assert (refused.value.code, refused.value.field) == ("room-taken", "room_id")


def test_a_reason_is_asked_for_once_for_each_kind() -> None:
    found = rules.of_office(date(2026, 7, 20), {}) + hall(replace(PLAN, seats=21))

    assert kinds(needing_reason(found)) == [ConflictKind.HOLIDAY, ConflictKind.ROOM_TOO_SMALL]
    assert kinds(needing_reason(found, {"holiday"})) == [ConflictKind.ROOM_TOO_SMALL]
