"""What the world outside wrote down: who asked for what, what the telephone network took, what the office heard.

Nothing in here is read from the product, but the numbers it gave to people, lessons and bookings.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

T = TypeVar("T")

TEXT, CALL = "text", "call"
TOLD = frozenset({"talked", "handed-over"})


class Lot:
    """Chance that depends on the seed and on what is asked alone, never on what was asked before: callers who come in
    another order, as threads do, draw the same."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def of(self, *what: object) -> random.Random:
        return random.Random(f"{self.seed}/{what}")

    def draw(self, *what: object) -> float:
        return self.of(*what).random()


class Changing(Generic[T]):
    """Something with a past."""

    def __init__(self, at: datetime, value: T) -> None:
        self._times, self._values = [at], [value]

    def change(self, at: datetime, value: T) -> None:
        self._times.append(at)
        self._values.append(value)

    def at(self, instant: datetime) -> T:
        return self._values[max(0, bisect_right(self._times, instant) - 1)]

    @property
    def now(self) -> T:
        return self._values[-1]

    def __iter__(self) -> Iterator[tuple[datetime, T]]:
        return iter(zip(self._times, self._values, strict=True))


@dataclass(frozen=True)
class Number:
    """`kind`: mobile, landline or fax. `tried`: the sender was registered in it together with its owner."""

    number: str
    kind: str
    tried: bool = False


@dataclass(frozen=True)
class Profile:
    """How a person may be told, as they said it to the office."""

    wish: str
    numbers: tuple[Number, ...] = ()
    consent: bool = True
    do_not_call: bool = False
    family_instead: bool = False
    stopped: bool = False


@dataclass
class Person:
    id: int
    name: str
    profile: Changing[Profile]


@dataclass
class Lesson:
    id: int
    seats: int
    course_id: int
    room_id: int
    minutes: int
    start: Changing[datetime]
    closes_at: datetime
    cancelled_at: datetime | None = None
    held: bool = False


@dataclass(frozen=True)
class Contact:
    """A person of the office tried to tell somebody."""

    at: datetime
    outcome: str
    start: datetime


@dataclass
class Booking:
    id: int
    lesson: Lesson
    person: Person
    party: int
    companions: int
    made_at: datetime
    text_wished: bool
    moved_from: int | None = None
    ended_at: datetime | None = None
    moved_to: int | None = None
    contacts: list[Contact] = field(default_factory=list)
    attendance: str | None = None

    @property
    def seats(self) -> int:
        return 1 + self.companions

    def active(self, at: datetime) -> bool:
        return self.made_at <= at and (self.ended_at is None or at < self.ended_at)


@dataclass
class Hold:
    lesson: Lesson
    seats: int
    until: datetime


@dataclass(frozen=True)
class Report:
    """The office was told of a status, by callback or because it asked."""

    at: datetime
    status: str
    code: int | None


@dataclass
class Sent:
    """One request to the network to send something. `answer` is what the office could read in it: accepted, refused,
    busy, config or lost; `kept`: the network took it all the same. `shown_at`: when a list that the office asked for
    had it. Which booking and step it was for is what the outbox says of its token."""

    at: datetime
    number: str
    channel: str
    text: str
    token: str
    answer: str
    code: int | None
    kept: bool
    sid: str | None = None
    reports: list[Report] = field(default_factory=list)
    shown_at: datetime | None = None
    booking: int | None = None
    matter: str = ""
    step: str = ""

    def final(self, by: datetime) -> str | None:
        """What the office knows by then of how it ended: good, failed, not-answered, or None."""
        for report in self.reports:
            if report.at <= by and report.status in FINAL:
                return FINAL[report.status]
        return None

    def heard_of(self, by: datetime) -> bool:
        """Whether the office knows that the network has it."""
        told = self.answer == "accepted" or any(report.at <= by for report in self.reports)
        return told or (self.shown_at is not None and self.shown_at <= by)


FINAL = {
    "delivered": "good",
    "completed": "good",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
    "busy": "not-answered",
    "no-answer": "not-answered",
}


@dataclass
class Diary:
    closed: frozenset[date]
    persons: dict[int, Person] = field(default_factory=dict)
    lessons: dict[int, Lesson] = field(default_factory=dict)
    bookings: dict[int, Booking] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)
    """By clerk."""
    sent: list[Sent] = field(default_factory=list)
    stopped: list[tuple[datetime, bool]] = field(default_factory=list)
    """When all sending was stopped (True) and let go again."""
    walk_ins: int = 0
    surprises: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """What was seen to be wrong while the days went by, by promise."""
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    of_lesson: dict[int, list[Booking]] = field(default_factory=lambda: defaultdict(list))
    to_number: dict[str, list[Sent]] = field(default_factory=lambda: defaultdict(list))
    for_booking: dict[int, list[Sent]] = field(default_factory=lambda: defaultdict(list))
    listed: set[int] = field(default_factory=set)
    """Bookings that were seen on the list at least once."""

    def add_booking(self, booking: Booking) -> None:
        self.bookings[booking.id] = booking
        self.of_lesson[booking.lesson.id].append(booking)

    def add_sent(self, sent: Sent) -> None:
        self.sent.append(sent)
        self.to_number[sent.number].append(sent)
        if sent.booking is not None:
            self.for_booking[sent.booking].append(sent)

    def taken(self, lesson: Lesson, at: datetime) -> int:
        return sum(booking.seats for booking in self.of_lesson[lesson.id] if booking.active(at))

    def held(self, lesson: Lesson, at: datetime, but: int | None = None) -> int:
        """Seats that are held then, but those of one clerk."""
        return sum(
            hold.seats
            for clerk, hold in self.holds.items()
            if hold.lesson is lesson and hold.until > at and clerk != but
        )

    def sending_stopped(self, at: datetime) -> bool:
        """Whether sending was stopped before that instant and not let go by then."""
        state = False
        for time, stopped in self.stopped:
            if time < at or (time == at and not stopped):
                state = stopped
        return state
