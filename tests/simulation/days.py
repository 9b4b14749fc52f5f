"""What happens on a day of the made-up town: who calls, who cancels, what the weather of the network is, when the jobs
work, and when somebody looks at the list."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from supportdesk.core.access import Actor

from . import looks
from .diary import Booking, Lesson, Number, Person, Profile
from .promises import TOKYO, at, works
from .world import World

USUAL_TICKS = (
    "02:00", "08:31", "09:30", "09:31", "10:00", "10:01", "10:03", "10:06", "10:12", "10:20", "11:00", "12:00",
    "13:00", "13:30", "13:32", "14:30", "15:00", "15:01", "15:05", "15:20", "16:00", "17:00", "17:55", "18:30", "20:00",
)  # fmt: skip
QUIET_TICKS = ("02:00", "09:30", "10:00", "10:03", "10:20", "13:30", "18:30")
LOOKS = ("09:20", "10:21", "11:20", "12:45", "14:45", "15:21", "16:20", "17:05")
TROUBLES = ("die-at-commit", "die-after-claim", "die-after-send", "cancel-after-claim")
# Minutes of the day.
WORKING_HOURS, FIRST_MORNING = (8 * 60 + 35, 17 * 60 + 10), (8 * 60 + 35, 9 * 60 + 55)


def play(world: World, day: date, *, settling: bool = False) -> None:
    """One day, from midnight to midnight. `settling`: nobody does anything but the jobs."""
    events = _ticks(world, day, open_=False) if settling else _events(world, day)
    for moment, act in sorted(events, key=lambda event: event[0]):
        world.later(moment, act)
    world.play_until(at(day + timedelta(days=1), time.min))


def _events(world: World, day: date) -> Iterator[tuple[datetime, Callable[[], Any]]]:
    open_ = works(day, world.diary.closed)
    yield from _weather(world, day)
    yield from _ticks(world, day, open_)
    if open_:
        yield from _acts(world, day)
        yield from ((at(day, time(hour, 25)), partial(_work_the_list, world, day, hour)) for hour in (11, 16))
    for hour in LOOKS if open_ else ("12:00",):
        # Once a day as people see it, on the page itself.
        yield at(day, time.fromisoformat(hour)), partial(looks.look, world, at_the_page=hour == "11:20")
    for lesson in world.diary.lessons.values():
        start = lesson.start.now
        if at(day, time.min) <= start < at(day, time(23)):
            yield start + timedelta(minutes=20), partial(_hold_lesson, world, lesson)


def _ticks(world: World, day: date, open_: bool) -> Iterator[tuple[datetime, Callable[[], Any]]]:
    down = _jobs_are_down(world, day)
    for hour in USUAL_TICKS if open_ else QUIET_TICKS:
        moment = at(day, time.fromisoformat(hour))
        chance = world.lot.of("tick", moment)
        kind, drawn = "usual", chance.random()
        if drawn < 0.15:
            kind = "double"
        elif drawn < (0.35 if hour == "10:00" else 0.19):
            kind = chance.choice(TROUBLES)
        if not down:
            yield moment, partial(world.tick, kind)


def _jobs_are_down(world: World, day: date) -> bool:
    """A server that nobody starts again before the next working day; long weekends too."""
    while not works(day, world.diary.closed):
        day -= timedelta(days=1)
    return world.lot.draw("down", day) < 0.03


def _weather(world: World, day: date) -> Iterator[tuple[datetime, Callable[[], Any]]]:
    chance = world.lot.of("weather of the day", day)
    if chance.random() < 0.25:
        begin = at(day, time(chance.randint(8, 15), chance.randint(0, 59)))
        end = begin + timedelta(minutes=chance.randint(10, 480))
        if chance.random() < 0.1:
            end = begin + timedelta(hours=chance.randint(48, 80))
        kind = chance.choice(("crowded", "stormy", "frozen", "locked", "gone"))
        world.diary.counts[f"weather: {kind}"] += 1
        yield begin, partial(world.weather, kind)
        yield end, partial(world.weather, "fine")
        yield end + timedelta(minutes=10), partial(_let_go, world)
    if chance.random() < 0.06 and works(day, world.diary.closed):
        yield at(day, time(9, 50)), partial(world.office.stop_sending, True)
        yield at(day, time(chance.randint(10, 17), 45)), partial(_let_go, world)


def _let_go(world: World) -> None:
    if world.diary.stopped and world.diary.stopped[-1][1]:
        world.office.stop_sending(False)


# ---- people


def _acts(world: World, day: date) -> Iterator[tuple[datetime, Callable[[], Any]]]:
    chance = world.lot.of("acts", day)
    # On the first morning everybody calls.
    calls = 160 if day == world.first_day else chance.randint(30, 50)
    each_day = (
        (calls, _call),
        (chance.randint(2, 5), _cancel),
        (chance.randint(1, 4), _move),
        (chance.randint(1, 3), _change_person),
        (chance.random() < 0.4, _stop_or_resume),
        (chance.random() < 0.25, _cancel_lesson),
        (chance.random() < 0.3, _shift_lesson),
    )
    share = min(1.0, len(world.diary.persons) / 400)
    for count, act in each_day:
        for n in range(max(1, round(count * share)) if count else 0):
            hours = FIRST_MORNING if act is _call and day == world.first_day else WORKING_HOURS
            moment = at(day, time.min) + timedelta(minutes=chance.randint(*hours), seconds=chance.randint(1, 59))
            yield moment, partial(_as_somebody, world, act, day, n)


def _as_somebody(
    world: World, act: Callable[[World, random.Random, Actor], None], day: date, n: int
) -> None:
    chance = world.lot.of(act.__name__, day, n)
    act(world, chance, chance.choice(world.town.clerks))


def _coming(world: World, days: float, *, least: timedelta = timedelta()) -> list[Lesson]:
    now = world.moment
    return [
        lesson
        for lesson in world.diary.lessons.values()
        if lesson.cancelled_at is None and now + least < lesson.start.now < now + timedelta(days=days)
    ]


def _standing(world: World, days: float) -> list[Booking]:
    now = world.moment
    return [one for lesson in _coming(world, days) for one in world.diary.of_lesson[lesson.id] if one.active(now)]


def _call(world: World, chance: random.Random, clerk: Actor) -> None:
    lessons = _coming(world, chance.choice((1, 4, 7, 11)))
    if not lessons:
        return
    lesson, household = chance.choice(lessons), chance.choice(world.town.households)
    persons = household if chance.random() < 0.6 else [chance.choice(household)]
    companions = chance.randint(1, 2) if chance.random() < 0.08 else 0
    book = partial(
        world.office.book, clerk, lesson, persons, companions=companions,
        text_wished=chance.random() < 0.15, way=chance.choices(("action", "desk", "page"), (80, 8, 12))[0],
    )  # fmt: skip
    if chance.random() < 0.75:
        book()
        return
    # A seat is held while the caller thinks; some think too long, and some hang up.
    world.office.hold(clerk, lesson, len(persons) + companions)
    end = chance.choice((book, book, partial(world.office.release, clerk), None))
    if end:
        world.later(world.moment + timedelta(seconds=chance.choice((60, 120, 200, 400))), end)


def _cancel(world: World, chance: random.Random, clerk: Actor) -> None:
    if bookings := _standing(world, chance.choice((2, 4, 10))):
        world.office.cancel(clerk, chance.choice(bookings), by_page=chance.random() < 0.3)


def _move(world: World, chance: random.Random, clerk: Actor) -> None:
    bookings, lessons = _standing(world, chance.choice((2, 4, 10))), _coming(world, 12)
    if not bookings:
        return
    booking, to = chance.choice(bookings), chance.choice(lessons)
    # The page offers lessons of the same course nearby; here any is one.
    world.office.move(clerk, booking, to, by_page=chance.random() < 0.2)


def _change_person(world: World, chance: random.Random, clerk: Actor) -> None:
    bookings = _standing(world, 6)
    person = chance.choice(bookings).person if bookings else chance.choice(list(world.diary.persons.values()))
    profile = _changed(world, person, chance)
    if profile != person.profile.now:
        world.office.change_profile(clerk, person, profile)


def _changed(world: World, person: Person, chance: random.Random) -> Profile:
    profile = person.profile.now
    kinds = [each.kind for each in profile.numbers]
    match chance.choice(("number", "number", "wish", "wish", "consent", "tried", "do not call", "family")):
        case "number" if kinds and "fax" not in kinds:
            new = world.numbers.mobile() if kinds[0] == "mobile" else world.numbers.landline()
            return replace(profile, numbers=(new, *profile.numbers[1:]))
        case "wish" if kinds and "fax" not in kinds:
            return replace(profile, wish=chance.choice(("text", "call", "person", "card", "none")))
        case "consent":
            return replace(profile, consent=not profile.consent)
        case "tried" if "mobile" in kinds:
            return replace(profile, numbers=tuple(_tried(each) for each in profile.numbers))
        case "do not call":
            return replace(profile, do_not_call=not profile.do_not_call)
        case "family":
            return replace(profile, family_instead=not profile.family_instead)
    return profile


def _tried(number: Number) -> Number:
    return replace(number, tried=number.kind == "mobile")


def _stop_or_resume(world: World, chance: random.Random, clerk: Actor) -> None:
    stopped = [person for person in world.diary.persons.values() if person.profile.now.stopped]
    bookings = _standing(world, 6)
    if stopped and chance.random() < 0.5:
        person = chance.choice(stopped)
    elif bookings:
        person = chance.choice(bookings).person
    else:
        return
    profile = person.profile.now
    world.office.stop(clerk, person, replace(profile, stopped=not profile.stopped))


def _cancel_lesson(world: World, chance: random.Random, clerk: Actor) -> None:
    if lessons := _coming(world, chance.choice((1.5, 5)), least=timedelta(hours=1)):
        world.office.cancel_lesson(clerk, chance.choice(lessons))


def _shift_lesson(world: World, chance: random.Random, clerk: Actor) -> None:
    lessons = _coming(world, 9, least=timedelta(hours=4))
    if not lessons:
        return
    lesson = chance.choice(lessons)
    start = lesson.start.now + timedelta(days=chance.choice((0, 0, 1, -1, 2)), minutes=chance.choice((0, 30, 60)))
    too_soon = start - world.moment < timedelta(hours=3)
    too_late = start > at(world.first_day + timedelta(days=world.days), time.min)
    if start != lesson.start.now and not too_soon and not too_late:
        wall = start.astimezone(TOKYO)
        world.office.shift_lesson(clerk, lesson, wall.date(), wall.time())
        world.later(lesson.start.now + timedelta(minutes=20), partial(_hold_lesson, world, lesson))


def _work_the_list(world: World, day: date, hour: int) -> None:
    """Most are told, some do not pick up, some are left for later and forgotten."""
    for booking_id in looks.on_the_list(world):
        chance = world.lot.of("work", day, hour, booking_id)
        booking = world.diary.bookings.get(booking_id)
        if booking is not None and chance.random() < 0.7:
            outcome = chance.choices(
                ("talked", "no-answer", "answering-machine", "handed-over", "wrong-number"), (60, 22, 8, 6, 4)
            )[0]
            world.office.tell(
                chance.choice(world.town.clerks), booking, outcome, by_page=chance.random() < 0.15
            )


def _hold_lesson(world: World, lesson: Lesson) -> None:
    # Who moved a lesson wrote its new hour down too: the sheet may be opened twice.
    if lesson.cancelled_at is None and not lesson.held and lesson.start.now + timedelta(minutes=20) == world.moment:
        lesson.held = True
        chance = world.lot.of("held", lesson.id)
        world.office.keep_sheet(chance.choice(world.town.clerks), lesson, by_page=chance.random() < 0.4)
