"""Looks at 要対応, the list of those whom a person must tell, each held against the diary."""

from __future__ import annotations

import itertools
import re

from supportdesk.reminders import queries

from . import names
from .diary import Booking
from .duty import Duty, blocked_at, duties, together
from .promises import when
from .world import World


def on_the_page(world: World) -> list[int]:
    """The bookings on the list as people see it, page by page."""
    found: list[int] = []
    for number in itertools.count(1):
        html = world.office.page(world.town.clerks[0], f"/action-items?page={number}")
        found += [int(each) for each in re.findall(r'id="item-(\d+)"', html)]
        if f"page={number + 1}" not in html:
            return found
    return found


def on_the_list(world: World) -> list[int]:
    """The same without the page around it, which is slow to make."""
    with world.app.app_context():
        return [item.booking_id for item in queries.needs_person(world.moment)]


def look(world: World, *, at_the_page: bool) -> None:
    """Who must stand there does, and nobody else does."""
    shown = set(on_the_page(world) if at_the_page else on_the_list(world))
    diary, now = world.diary, world.moment
    diary.counts["looks at the list"] += 1
    blocked = blocked_at(diary, now)
    for booking_id, duty in duties(diary, now, world.ticked_at).items():
        booking = diary.bookings[booking_id]
        if booking_id in shown:
            diary.listed.add(booking_id)
            if duty is Duty.NOT:
                _wrong(world, names.NO_FALSE_ALARM, booking)
        elif duty is Duty.MUST and not any(mate.id in shown for mate in together(diary, booking, now, blocked)):
            _wrong(world, names.ON_THE_LIST, booking)


def _wrong(world: World, promise: str, booking: Booking) -> None:
    world.diary.surprises[promise].append(f"{when(world.moment)} booking {booking.id}")
