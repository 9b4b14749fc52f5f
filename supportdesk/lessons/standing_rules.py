"""What stands against a planned lesson, as pure decisions: the calendar, the hall, and who or what is taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from ..core import clock
from ..core.errors import Refusal
from ..core.japan import calendar
from ..people.supporter_rules import NoDuty, SupporterFacts, papers_to_come, why_no_duty
from ..places.opening_rules import Hours, Week
from ..places.permit_rules import PermitState
from ..places.thing_rules import Equipment
from .conflict_rules import Conflict, ConflictKind, Plan
from .rota_rules import needed
from .slot_rules import VISITORS, LessonKind
from .travel_rules import NOWHERE, Place, is_too_short, kilometres, minutes_between


@dataclass(frozen=True)
class Hall:
    """What is known of a room and its venue. `has` is what needs not be brought along; `at_home` is no hall at all."""

    room: str
    venue: str
    seats: int
    out_of_use: bool = False
    needs_permit: bool = False
    week: Week = field(default_factory=Week)
    has: frozenset[Equipment] = frozenset()
    at_counter: bool = False
    at_home: bool = False


@dataclass(frozen=True)
class Closed:
    """Days on which a venue, or the one room, cannot be used."""

    first: date
    last: date
    reason: str


@dataclass(frozen=True)
class Taken:
    """A lesson that has the room, a supporter or a thing, and where it is held. `lesson_id` is None for one that is
    only planned so far."""

    course: str
    starts_at: datetime
    ends_at: datetime
    lesson_id: int | None = None
    place: Place = NOWHERE

    @property
    def values(self) -> dict[str, Any]:
        """What is said of it."""
        hours = f"{clock.local(self.starts_at):%H:%M}–{clock.local(self.ends_at):%H:%M}"
        return {"course": self.course, "hours": hours, "lesson_id": self.lesson_id}


def of_office(day: date, closed: Mapping[date, str]) -> list[Conflict]:
    """The office's own calendar: a national holiday, the turn of the year, a closed day, a weekend. One is enough."""
    if (name := calendar.holiday_name(day)) is not None:
        why = Refusal("This day is a national holiday (%(name)s).", field="day", name=name)
        return [Conflict(ConflictKind.HOLIDAY, why)]
    if calendar.is_year_end(day):
        why = Refusal("The office is closed from 29 December to 3 January.", field="day")
        return [Conflict(ConflictKind.YEAR_END, why)]
    if day in closed:
        why = Refusal("The office is closed on this day (%(reason)s).", field="day", reason=closed[day])
        return [Conflict(ConflictKind.OFFICE_CLOSED, why)]
    if not calendar.is_working_day(day):
        why = Refusal("The office is closed on Saturdays and Sundays.", field="day")
        return [Conflict(ConflictKind.OFFICE_CLOSED, why)]
    return []


def of_hall(
    plan: Plan, hall: Hall, *, stays: bool, closures: Sequence[Closed], that_day: Hours | None,
    permit: PermitState | None,
) -> list[Conflict]:  # fmt: skip
    """The venue and the room. `stays`: the lesson is in this room already, which may have gone out of use since.
    `that_day` are other hours on this one day; `permit` is the best one for this room and day."""
    found = []
    if hall.out_of_use and not stays:
        why = Refusal("This venue is closed. Please choose another one.", field="room_id")
        found.append(Conflict(ConflictKind.VENUE_OUT_OF_USE, why))
    for closed in closures:
        if closed.first <= plan.day <= closed.last:
            why = Refusal(
                "%(venue)s is closed %(days)s (%(reason)s).",
                field="room_id", venue=hall.venue, days=_days(closed.first, closed.last), reason=closed.reason,
            )  # fmt: skip
            found.append(Conflict(ConflictKind.CLOSURE, why))
    found += _opening(plan, hall, that_day)
    found += _permit(hall, permit)
    if plan.seats > hall.seats:
        why = Refusal("The room has only %(room_seats)s seats.", field="seats", room_seats=hall.seats)
        found.append(Conflict(ConflictKind.ROOM_TOO_SMALL, why))
    return found


def _opening(plan: Plan, hall: Hall, that_day: Hours | None) -> list[Conflict]:
    hours = that_day or hall.week.on(plan.day)
    if hours is None and hall.week.closed_on_holidays and calendar.is_holiday(plan.day):
        why = Refusal("%(venue)s is not open on national holidays.", field="day", venue=hall.venue)
        return [Conflict(ConflictKind.NOT_OPEN, why)]
    if hours is None:
        why = Refusal("%(venue)s is not open on this day of the week.", field="day", venue=hall.venue)
        return [Conflict(ConflictKind.NOT_OPEN, why)] if hall.week.hours else []
    start, end = clock.local(plan.starts_at).time(), clock.local(plan.ends_at).time()
    if hours.opens <= start and end <= hours.closes:
        return []
    why = Refusal("%(venue)s is open %(hours)s on this day.", field="start", venue=hall.venue, hours=str(hours))
    return [Conflict(ConflictKind.OUTSIDE_HOURS, why)]


def _permit(hall: Hall, permit: PermitState | None) -> list[Conflict]:
    where = {"venue": hall.venue, "room": hall.room}
    if permit is PermitState.CANCELLED:
        why = Refusal("The permit to use %(venue)s, %(room)s on this day was cancelled.", field="room_id", **where)
        return [Conflict(ConflictKind.PERMIT_CANCELLED, why)]
    if not hall.needs_permit or permit is PermitState.GRANTED:
        return []
    if permit is None:
        why = Refusal("There is no permit to use %(venue)s, %(room)s on this day yet.", field="room_id", **where)
        return [Conflict(ConflictKind.PERMIT_MISSING, why)]
    why = Refusal("The permit to use %(venue)s, %(room)s is not granted yet.", field="room_id", **where)
    return [Conflict(ConflictKind.PERMIT_PENDING, why)]


def of_room_taken(by: Taken) -> Conflict:
    why = Refusal("The room is taken by “%(course)s” at %(hours)s.", field="room_id", **by.values)
    return Conflict(ConflictKind.ROOM_TAKEN, why)


def of_supporter_taken(name: str, by: Taken) -> Conflict:
    why = Refusal("%(name)s is on duty in “%(course)s” at %(hours)s.", field="supporter_ids", name=name, **by.values)
    return Conflict(ConflictKind.SUPPORTER_TAKEN, why)


def of_travel(name: str, plan: Plan, here: Place, by: Taken) -> list[Conflict]:
    """Another duty of the same day, from which or to which the time is too short for the way."""
    between = max(plan.starts_at - by.ends_at, by.starts_at - plan.ends_at)
    if not is_too_short(between, here, by.place):
        return []
    line = kilometres(here.point, by.place.point) or 0
    why = Refusal(
        "%(name)s has %(minutes)s minutes between this and “%(course)s” at %(hours)s; the way takes about %(way)s"
        " (%(km)s km in a straight line).",
        field="supporter_ids", name=name, minutes=between // timedelta(minutes=1),
        way=minutes_between(here, by.place), km=round(line), **by.values,
    )  # fmt: skip
    return [Conflict(ConflictKind.TRAVEL_TOO_SHORT, why)]


_DUTY = {
    NoDuty.LEFT: (
        ConflictKind.SUPPORTER_LEFT, "%(name)s is no longer with us on this day. Please choose somebody else.",
    ),
    NoDuty.NO_TERM: (
        ConflictKind.NO_TERM, "%(name)s has no term on this day. Please renew it, or choose somebody else.",
    ),
    NoDuty.NO_PLEDGE: (
        ConflictKind.NO_PLEDGE, "The pledge of %(name)s is missing. Please enter it, or choose somebody else.",
    ),
    NoDuty.NO_INSURANCE: (
        ConflictKind.NO_INSURANCE, "%(name)s is not insured on this day. Please enter it, or choose somebody else.",
    ),
    NoDuty.OFF: (ConflictKind.SUPPORTER_OFF, "%(name)s has this day off."),
    NoDuty.NOT_AVAILABLE: (ConflictKind.SUPPORTER_NOT_AVAILABLE, "%(name)s is not available at these hours."),
}  # fmt: skip


def of_duty(facts: SupporterFacts, plan: Plan, today: date) -> list[Conflict]:
    """Why this supporter cannot come, and whether papers of a fiscal year to come are still missing."""
    found = []
    for reason in why_no_duty(facts, plan.starts_at, plan.ends_at, today):
        kind, sentence = _DUTY[reason]
        found.append(Conflict(kind, Refusal(sentence, field="supporter_ids", name=facts.name)))
    if papers_to_come(facts, plan.starts_at, today):
        why = Refusal(
            "The papers of %(name)s for %(year)s are not complete yet.", field="supporter_ids", name=facts.name,
            year=calendar.fiscal_label(calendar.fiscal_year(plan.day)),
        )  # fmt: skip
        found.append(Conflict(ConflictKind.PAPERS_TO_COME, why))
    return found


def of_thing_taken(label: str, by: Taken) -> Conflict:
    why = Refusal("%(name)s is in use in “%(course)s” at %(hours)s.", field="thing_ids", name=label, **by.values)
    return Conflict(ConflictKind.THING_TAKEN, why)


def of_thing_out_of_use(label: str) -> Conflict:
    why = Refusal("%(name)s is out of use.", field="thing_ids", name=label)
    return Conflict(ConflictKind.THING_OUT_OF_USE, why)


def of_needs(
    needs: Mapping[Equipment, int], hall: Hall, taken: Collection[Equipment], free: Mapping[Equipment, Sequence[int]]
) -> list[Conflict]:
    """What the course needs and neither the hall has nor somebody takes along. `taken` names the kind of each thing
    that is; `free` are the pieces of each kind that nobody has at that time, the best first."""
    found = []
    for kind, wanted in needs.items():
        missing = 0 if kind in hall.has else wanted - list(taken).count(kind)
        if missing > 0:
            pieces = tuple(free.get(kind, ()))
            why = _lacking(kind, venue=hall.venue, count=missing, free=len(pieces))
            found.append(Conflict(ConflictKind.LACKING, why, pieces[:missing]))
    return found


def _lacking(kind: Equipment, **values: Any) -> Refusal:
    if kind is Equipment.LOAN_PHONE:
        return Refusal(
            "This course needs %(count)s more phones to lend; %(free)s are free at that time.",
            field="thing_ids", **values,
        )  # fmt: skip
    if kind is Equipment.WIFI:
        return Refusal(
            "This course needs Wi-Fi, and %(venue)s has none. Routers free at that time: %(free)s",
            field="thing_ids", **values,
        )  # fmt: skip
    return Refusal(
        "This course needs a screen, and %(venue)s has none. Projectors free at that time: %(free)s",
        field="thing_ids", **values,
    )  # fmt: skip


def of_place(kind: LessonKind, hall: Hall) -> list[Conflict]:
    """A time at the counter is at a counter, a visit at a resident's home and nothing else is."""
    if kind is LessonKind.COUNTER and not hall.at_counter:
        why = Refusal("%(venue)s is not the counter of a branch.", field="room_id", venue=hall.venue)
    elif (kind is LessonKind.VISIT) != hall.at_home:
        why = Refusal("Visits, and nothing else, take place at the resident's home.", field="room_id")
    else:
        return []
    return [Conflict(ConflictKind.WRONG_PLACE, why)]


def of_system(kind: LessonKind, day: date, standing: Mapping[date, str]) -> list[Conflict]:
    """A day on which the card system stands still, for the counter alone. `standing` gives each its reason."""
    if kind is not LessonKind.COUNTER or day not in standing:
        return []
    why = Refusal("The card system stands still on this day (%(reason)s).", field="day", reason=standing[day])
    return [Conflict(ConflictKind.SYSTEM_DAY, why)]


def of_visitors(plan: Plan) -> list[Conflict]:
    """Fewer than two who go."""
    if len(plan.supporter_ids) >= VISITORS:
        return []
    why = Refusal(
        "A visit is made by %(wanted)s people together; %(now)s so far.",
        field="supporter_ids", wanted=VISITORS, now=len(plan.supporter_ids),
    )  # fmt: skip
    return [Conflict(ConflictKind.FEW_VISITORS, why)]


def of_supporters(plan: Plan, learners_per_supporter: int, otherwise: int | None = None) -> list[Conflict]:
    """Fewer supporters than the course asks for, or (`otherwise`) than somebody wrote down for this lesson."""
    wanted = needed(plan.seats, learners_per_supporter, otherwise)
    now = len(plan.supporter_ids)
    if now >= wanted:
        return []
    why = Refusal(
        "This lesson needs %(wanted)s supporters; %(now)s so far.",
        field="supporter_ids", wanted=wanted, now=now, missing=wanted - now,
    )  # fmt: skip
    return [Conflict(ConflictKind.FEW_SUPPORTERS, why)]


def _days(first: date, last: date) -> str:
    """7/15 or 7/15–7/20, which reads in both languages."""
    day = f"{first.month}/{first.day}"
    return day if first == last else f"{day}–{last.month}/{last.day}"
