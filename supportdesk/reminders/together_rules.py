"""Pure: reminders of several bookings to one number on one day are one message, which names nobody.

A couple with two lessons, or neighbours on one line, would else be rung twice in a minute. It tells dates, times and
places alone, so it may be of different parties. What became of it holds for each of the bookings (asked.py reads it
with each); when it fails, each of them is a person's, since each has its own lesson.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from ..core.clock import local_date
from ..messages.rules import Language, MessageStatus
from ..people.rules import Wish
from .rules import Facts, LeftOut, Matter, Step, StepName, Visit

# Of these nothing has left yet, so the message may still tell of more.
_MAY_STILL_JOIN = {None, MessageStatus.PLANNED, MessageStatus.WITHDRAWN}

Place = tuple[Facts, int]
Fits = Callable[[Sequence[Visit], Wish], bool]


class Booked(Protocol):
    """What a message says of a booking's lesson."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def short_name(self) -> str: ...
    @property
    def name_kana(self) -> str: ...
    @property
    def kind(self) -> Any: ...


class Sent(Protocol):
    """What is asked of a message."""

    @property
    def status(self) -> MessageStatus: ...


def tell_of_a_day(
    bookings: Sequence[Facts], found: Mapping[int, list[Step]],
    newest: Mapping[int, Mapping[tuple[Matter, StepName], Sent]], rows: Mapping[int, Booked], fits: Fits,
) -> None:  # fmt: skip
    """Let one booking's step tell of all of its day and number; the others' steps are left out as SAME_DAY. `newest`:
    the newest message of each step, `fits`: whether one message can hold so many lessons, else there are two."""
    lines: dict[tuple[object, ...], list[Place]] = defaultdict(list)
    for facts in bookings:
        for place, step in enumerate(found[facts.booking_id]):
            if step.left_out or step.matter is not Matter.REMINDER or not step.number:
                continue
            # Every call is in Japanese.
            if step.way is Wish.CALL or (step.way is Wish.TEXT and facts.language is Language.JAPANESE):
                lines[step.step, step.way, step.number, step.due_at, step.hours].append((facts, place))
    for line in lines.values():
        if len(line) > 1:
            for day in _by_day(line, found, newest):
                _tell(day, found, rows, fits)


def _by_day(
    line: Sequence[Place], found: Mapping[int, list[Step]],
    newest: Mapping[int, Mapping[tuple[Matter, StepName], Sent]],
) -> list[list[Place]]:  # fmt: skip
    days: dict[object, list[Place]] = defaultdict(list)
    for facts, place in line:
        step = found[facts.booking_id][place]
        message = newest[facts.booking_id].get((step.matter, step.step))
        if (message.status if message else None) in _MAY_STILL_JOIN:
            days[local_date(facts.starts_at)].append((facts, place))
    return [sorted(day, key=lambda each: (each[0].starts_at, each[0].booking_id)) for day in days.values()]


def _tell(day: Sequence[Place], found: Mapping[int, list[Step]], rows: Mapping[int, Booked], fits: Fits) -> None:
    """One message for as many as fit, in the order of the day."""
    told: list[Place] = []
    visits: list[Visit] = []
    for facts, place in day:
        step = found[facts.booking_id][place]
        visit = visit_of(facts, step, rows[facts.booking_id])
        if visits and not fits([*visits, visit], step.way):
            _join(told, visits, found)
            told, visits = [], []
        told.append((facts, place))
        visits.append(visit)
    _join(told, visits, found)


def visit_of(facts: Facts, step: Step, row: Booked) -> Visit:
    """What a message says of this booking's lesson, as one of several."""
    return Visit(facts.booking_id, facts.starts_at, row.short_name, row.name_kana, step.persons, row.kind.is_slot)


def _join(told: Sequence[Place], visits: Sequence[Visit], found: Mapping[int, list[Step]]) -> None:
    if len(told) < 2:
        return
    carrier = min(facts.booking_id for facts, _place in told)
    # Later it would be too late for the first of them.
    not_after = min(found[facts.booking_id][place].not_after for facts, place in told)
    for facts, place in told:
        step = found[facts.booking_id][place]
        mine = facts.booking_id == carrier
        found[facts.booking_id][place] = (
            replace(step, visits=tuple(visits), not_after=not_after) if mine
            else replace(step, left_out=LeftOut.SAME_DAY)
        )  # fmt: skip
