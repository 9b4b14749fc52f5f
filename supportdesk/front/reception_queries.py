"""Reads for the desk screen, across the rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..core import clock
from ..core.access import Actor
from ..core.db import db
from ..lessons import booking_queries as lessons
from ..lessons import waiting_queries as waiting
from ..lessons.booking_queries import LessonChoice
from ..lessons.booking_rules import CLOSED, PASSABLE, why_not_bookable
from ..lessons.models import Hold, Lesson
from ..lessons.slot_rules import seats_for, why_not_on_the_spot
from ..lessons.waiting_models import Waiting
from ..people import queries as people
from ..people.models import Resident
from ..reminders import light_queries
from ..reminders.light_rules import Light
from . import story
from .reception_rules import read_back
from .story import Coming, Entry

# Keys 1 to 5 choose among them.
LESSONS_SHOWN = 5
LAST_SHOWN = 4
PEOPLE_SHOWN = 8


@dataclass(frozen=True)
class PersonCard:
    """What a clerk sees of the person on the line; `waiting`: for which lessons; `lights` by booking, `last` the newest
    things that happened."""

    resident: Resident
    household: Sequence[Resident]
    bookings: Sequence[Coming]
    waiting: Sequence[Waiting]
    lights: Mapping[int, Light]
    last: Sequence[Entry]


@dataclass(frozen=True)
class Lessons:
    """The lessons to offer. `hold` is what this clerk keeps in the chosen one (for `seconds_left`), `expired` that it
    was kept and is over; `widened` that none is planned on the topic, so that others are shown; `needs_reason` that
    the chosen one is outside its booking period, or that its free seats are due to people who wait (`passes_queue`);
    `may_wait` that it has no seats for these people, who may wait for some; `on_the_spot` that it is a slot of today
    into which people at the counter can be taken, `full` that no table is free for them."""

    choices: Sequence[LessonChoice]
    chosen: LessonChoice | None
    hold: Hold | None
    seconds_left: int
    expired: bool
    widened: bool
    needs_reason: bool
    passes_queue: bool
    may_wait: bool
    on_the_spot: bool
    full: bool
    line: str


def card(resident_id: int, now: datetime) -> PersonCard:
    """The person, who shares the line, what is booked and known about it, what happened last, in a fixed number of
    queries. Raises NotFound."""
    resident = people.get(resident_id)
    bookings = story.upcoming(resident_id, now)
    # Bookings stand above already; what was booked and ended is on the person's page.
    last = story.story_of(
        resident_id, before=now + timedelta(seconds=1), with_requests=True, with_bookings=False
    ).entries[:LAST_SHOWN]
    return PersonCard(
        resident,
        people.sharing_a_number(resident),
        story.coming(bookings),
        waiting.waiting_of(resident_id),
        light_queries.lights([each.id for each in bookings], now),
        last,
    )


def lessons_for(
    *,
    topic_code: str | None,
    district_code: str | None,
    lesson_id: int | None,
    people: int,
    was_held: bool,
    by: Actor,
    now: datetime,
) -> Lessons:
    """The next lessons on the topic near the district; the chosen one stands first if it is not among them."""
    near = lessons.next_fitting(topic_code=topic_code, district_code=district_code, now=now, limit=LESSONS_SHOWN)
    widened = bool(topic_code) and not near
    if widened:
        near = lessons.next_fitting(district_code=district_code, now=now, limit=LESSONS_SHOWN)
    choices = list(near)
    if lesson_id and all(each.lesson.id != lesson_id for each in choices):
        lesson = lessons.get_lesson(lesson_id)
        choices = [lessons.one_choice(lesson, now), *choices][:LESSONS_SHOWN]
    chosen = next((each for each in choices if each.lesson.id == lesson_id), None)
    kept = db.session.get(Hold, by.id) if chosen else None
    hold = kept if kept and kept.lesson_id == lesson_id and kept.expires_at > now else None
    by_lot, line = chosen is not None and chosen.lesson.is_undrawn, ""
    if chosen:
        line = line_of(chosen.lesson, people, chosen.together)
    refusal = why_not_bookable(chosen.lesson, now) if chosen else None
    passable = refusal is not None and refusal.code in PASSABLE
    seats = seats_for(chosen.lesson.kind, people) if chosen else people
    mine = hold.seats if hold else 0
    passes_queue, may_wait = _queue(chosen, mine, seats) if chosen else (False, False)
    on_the_spot = chosen is not None and why_not_on_the_spot(chosen.lesson, now) is None
    return Lessons(
        choices=choices,
        chosen=chosen,
        hold=hold,
        seconds_left=int((hold.expires_at - now).total_seconds()) + 1 if hold else 0,
        expired=bool(chosen and was_held and not hold and not by_lot),
        widened=widened,
        needs_reason=passable or passes_queue,
        passes_queue=passes_queue,
        may_wait=may_wait and (refusal is None or refusal.code == CLOSED) and not by_lot,
        on_the_spot=on_the_spot,
        full=on_the_spot and chosen is not None and chosen.free - chosen.due + mine < seats,
        line=line,
    )


def line_of(lesson: Lesson, people: int, lessons_booked: int) -> str:
    """What is read back aloud of a booking in this lesson."""
    return read_back(
        clock.local(lesson.starts_at), lesson.venue.name, lesson.course.title, people, lessons_booked,
        kind=lesson.kind, matter=lesson.course.counter_matter, by_lot=lesson.is_undrawn,
    )  # fmt: skip


def _queue(chosen: LessonChoice, mine: int, seats: int) -> tuple[bool, bool]:
    """Whether a booking of so many seats would pass over people who wait, and whether these people may wait; `mine` are
    held by this clerk."""
    free = chosen.free + mine
    due = waiting.due_to_queue([chosen.lesson], mine).get(chosen.lesson.id, 0)
    return free - due < seats <= free, free - due < seats and chosen.together == 1
