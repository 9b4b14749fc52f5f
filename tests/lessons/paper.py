"""What a clerk could keep on paper of two lessons: who has a seat, who holds, who waits in which order, and who has an
offer. Plain Python that knows nothing of the program's rules; even the office's hours are counted minute by minute."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from supportdesk.core.clock import local

MINUTE = timedelta(minutes=1)


@dataclass
class Booked:
    id: int
    lesson: int
    person: int
    companions: int


@dataclass
class Waits:
    """A party in the queue; `until` while an offer stands for it, which has the id `offer`."""

    id: int
    people: list[int]
    companions: int
    until: datetime | None = None
    offer: int = 0
    tries: int = 0

    @property
    def size(self) -> int:
        return len(self.people) + self.companions


@dataclass
class Sheet:
    """One lesson."""

    seats: int
    starts: datetime
    closes: datetime
    cancelled: bool = False
    queue: list[Waits] = field(default_factory=list)
    offered: set[int] = field(default_factory=set)

    def why_not(self, now: datetime) -> str:
        """What is said to who wants to book, whatever the seats."""
        if self.cancelled:
            return "lesson-cancelled"
        if now >= self.starts:
            return "lesson-begun"
        return "booking-closed" if now >= self.closes else ""

    def waits(self, person: int) -> Waits | None:
        return next((party for party in self.queue if person in party.people), None)


@dataclass
class Paper:
    sheets: list[Sheet]
    bookings: list[Booked] = field(default_factory=list)
    # clerk -> (lesson, seats, until)
    holds: dict[int, tuple[int, int, datetime]] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)

    def taken(self, lesson: int) -> int:
        return sum(1 + each.companions for each in self.bookings if each.lesson == lesson)

    def held(self, lesson: int, but_by: int | None = None) -> int:
        return sum(n for clerk, (at, n, _) in self.holds.items() if at == lesson and clerk != but_by)

    def offered(self, lesson: int) -> int:
        return sum(party.size for party in self.sheets[lesson].queue if party.until)

    def free_for(self, clerk: int | None, lesson: int) -> int:
        in_use = self.taken(lesson) + self.held(lesson, clerk) + self.offered(lesson)
        return self.sheets[lesson].seats - in_use

    def booked(self, lesson: int, person: int) -> bool:
        return any((each.lesson, each.person) == (lesson, person) for each in self.bookings)

    def turn(self, lesson: int, who: list[int], wanted: int, free: int, reason: bool) -> str:
        """What is said to who wants to book while others wait."""
        queue = self.sheets[lesson].queue
        own = [party for party in queue if set(party.people) & set(who)]
        if any(party.until for party in own):
            return "offer-stands"
        in_front = queue[: queue.index(own[0])] if own else queue
        left = free
        for party in in_front:
            if not party.until and party.size <= left:
                left -= party.size
        return "waiting-first" if left < wanted <= free and not reason else ""

    def leave(self, lesson: int, person: int) -> None:
        """This one waits no longer; companions do not wait alone."""
        sheet = self.sheets[lesson]
        if (party := sheet.waits(person)) is not None:
            party.people.remove(person)
            if not party.people:
                sheet.queue.remove(party)

    def tick(self, now: datetime) -> None:
        """What the office does by itself."""
        for number, sheet in enumerate(self.sheets):
            if sheet.cancelled or now >= sheet.starts:
                sheet.queue.clear()
            for person in self.stopped:
                self.leave(number, person)
            sheet.queue = [party for party in sheet.queue if party.until is None or party.until > now]
            until = answer_until(now, sheet.starts)
            for party in sheet.queue if until else ():
                if not party.until and party.size <= self.free_for(None, number):
                    party.until = until
                    sheet.offered |= set(party.people)


def is_open(moment: datetime) -> bool:
    """Whether the office can be rung in the minute that begins here. No holiday is near."""
    there = local(moment)
    return there.weekday() < 5 and "08:30" <= f"{there:%H:%M}" < "17:15"


def answer_until(now: datetime, starts: datetime) -> datetime | None:
    """The end of 525 of the office's minutes, or the last one from which one can come; None with less than 60."""
    last = starts - timedelta(hours=2)
    while not is_open(last - MINUTE) and not is_open(last):
        last -= MINUTE
    moment, minutes = now, 0
    while minutes < 525 and moment < last:
        minutes += is_open(moment)
        moment += MINUTE
    return moment if minutes >= 60 else None
