"""Pure decisions about whom to ask: who may help in a lesson, who of them first, and a whole month shared fairly.

Nothing is drawn by lot: whoever asks twice is told the same.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from ..core import clock
from ..people.supporter_rules import PASSABLE, NoDuty, SupporterFacts, why_no_duty
from .travel_rules import Place, Point, is_too_short, kilometres, minutes_between

# Turns are counted over so many weeks before and after: somebody who had many in spring is not left out in autumn.
WEEKS = 4


@dataclass(frozen=True)
class Duty:
    """A lesson in which somebody is on duty."""

    lesson_id: int
    course: str
    starts_at: datetime
    ends_at: datetime
    place: Place

    @cached_property
    def day(self) -> date:
        """A lesson ends on the day on which it begins."""
        return clock.local_date(self.starts_at)


@dataclass(frozen=True)
class Candidate:
    """A supporter who could be asked. `topics` are those that they know, `home` is their district's centre; `duties`
    are those of the weeks around, `turns_this_year` those of the fiscal year."""

    id: int
    name: str
    facts: SupporterFacts
    topics: frozenset[str] = frozenset()
    home: Point = None
    duties: tuple[Duty, ...] = ()
    turns_this_year: int = 0

    @cached_property
    def by_day(self) -> dict[date, list[Duty]]:
        """Their duties; a month's plan looks at each day thousands of times."""
        found: dict[date, list[Duty]] = defaultdict(list)
        for duty in self.duties:
            found[duty.day].append(duty)
        return found

    def turns(self, first: date, last: date) -> int:
        """How many duties they have from one day to another."""
        return sum(len(duties) for day, duties in self.by_day.items() if first <= day <= last)

    def with_duty(self, duty: Duty) -> Candidate:
        """The same with one more."""
        return replace(self, duties=(*self.duties, duty), turns_this_year=self.turns_this_year + 1)

    def without(self, duty: Duty) -> Candidate:
        """The same without this one, which they have."""
        left = tuple(one for one in self.duties if one != duty)
        return replace(self, duties=left, turns_this_year=self.turns_this_year - 1)


@dataclass(frozen=True)
class Opening:
    """A lesson in which so many are missing. `topics` are its course's; `on_duty` are there already; `unwilling` said
    no or cannot come."""

    duty: Duty
    missing: int
    topics: frozenset[str] = frozenset()
    on_duty: frozenset[int] = frozenset()
    unwilling: frozenset[int] = frozenset()


@dataclass(frozen=True)
class TightWay:
    """Another duty of that day, with so many `minutes` in between where the way takes `needed`."""

    duty: Duty
    comes_before: bool
    minutes: int
    needed: int


@dataclass(frozen=True)
class Suggestion:
    """Somebody who may help in this lesson, and what speaks for and against asking them."""

    candidate: Candidate
    knows_the_topic: bool
    turns: int
    kilometres: float | None
    ways: tuple[TightWay, ...] = ()
    unwilling: bool = False

    @property
    def place(self) -> tuple[bool, bool, bool, int, float, int]:
        """Where they stand among the others. Who said no comes last, and who would be late behind whoever would not;
        then skill, a fair share of turns, and the distance."""
        line = math.inf if self.kilometres is None else self.kilometres
        return self.unwilling, bool(self.ways), not self.knows_the_topic, self.turns, line, self.candidate.id


@dataclass(frozen=True)
class Unable:
    """Somebody who may not or cannot: why not, or the duty that they have at that time."""

    candidate: Candidate
    why: tuple[NoDuty, ...] = ()
    busy: Duty | None = None

    @property
    def may_be_asked(self) -> bool:
        """Whether only their own plans stand against it, which somebody may ask them to change."""
        return self.busy is None and PASSABLE.issuperset(self.why)


@dataclass(frozen=True)
class Answer:
    """Who may help in a lesson, the best first, and who may not."""

    suggestions: Sequence[Suggestion] = ()
    unable: Sequence[Unable] = ()


# Why each of them may not be on duty in one lesson, by id.
_WhyNot = Mapping[int, tuple[NoDuty, ...]]


@dataclass(frozen=True)
class Filled:
    """What a plan proposes for one lesson: at most as many as are missing."""

    opening: Opening
    chosen: tuple[Suggestion, ...]
    answer: Answer = field(default_factory=Answer)


def weeks_around(first: date, last: date) -> tuple[date, date]:
    """The days over which turns are counted for lessons of these."""
    return first - timedelta(weeks=WEEKS), last + timedelta(weeks=WEEKS)


def answer(
    opening: Opening, candidates: Sequence[Candidate], today: date, around: tuple[date, date] | None = None
) -> Answer:
    """Whom to ask for this lesson. `around` are the days over which turns are counted, the weeks around its own if not
    given. Who is on duty there already is left out."""
    day = opening.duty.day
    return _answer(opening, candidates, _why_not(opening, candidates, today), around or weeks_around(day, day))


def _why_not(opening: Opening, candidates: Sequence[Candidate], today: date) -> _WhyNot:
    here = opening.duty
    return {one.id: tuple(why_no_duty(one.facts, here.starts_at, here.ends_at, today)) for one in candidates}


def _answer(
    opening: Opening, candidates: Collection[Candidate], why_not: _WhyNot, around: tuple[date, date]
) -> Answer:
    suggestions, unable = [], []
    for one in candidates:
        if one.id in opening.on_duty:
            continue
        that_day = one.by_day.get(opening.duty.day, ())
        busy = next((duty for duty in that_day if _meet(duty, opening.duty)), None)
        if why_not[one.id] or busy:
            unable.append(Unable(one, why_not[one.id], busy))
        else:
            suggestions.append(_suggestion(one, opening, that_day, around))
    return Answer(sorted(suggestions, key=lambda each: each.place), unable)


def _suggestion(
    one: Candidate, opening: Opening, that_day: Sequence[Duty], around: tuple[date, date]
) -> Suggestion:
    return Suggestion(
        candidate=one,
        # A course without topics asks for none.
        knows_the_topic=not opening.topics or bool(opening.topics & one.topics),
        turns=one.turns(*around),
        kilometres=kilometres(one.home, opening.duty.place.point),
        ways=tuple(_tight_ways(that_day, opening.duty)),
        unwilling=one.id in opening.unwilling,
    )


def _meet(one: Duty, other: Duty) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _tight_ways(duties: Sequence[Duty], here: Duty) -> list[TightWay]:
    found = []
    for other in duties:
        comes_before = other.ends_at <= here.starts_at
        between = here.starts_at - other.ends_at if comes_before else other.starts_at - here.ends_at
        if is_too_short(between, other.place, here.place):
            needed = minutes_between(other.place, here.place)
            found.append(TightWay(other, comes_before, between // timedelta(minutes=1), needed))
    return found


def plan(
    openings: Sequence[Opening], candidates: Sequence[Candidate], today: date, around: tuple[date, date]
) -> dict[int, Filled]:
    """A proposal for many lessons at once, by lesson: turns are shared over all of them.

    Lessons that few may help in choose first, so that the one who could is not spent elsewhere; each takes whoever
    stands first by then. Nobody is proposed who said no, or whom the way would make late.
    """
    state = {one.id: one for one in candidates}
    # Asked once for each lesson: nothing that the plan gives changes whether somebody may.
    why_not = {one.duty.lesson_id: _why_not(one, candidates, today) for one in openings}

    def asked(opening: Opening, people: Collection[Candidate]) -> Answer:
        return _answer(opening, people, why_not[opening.duty.lesson_id], around)

    few_first = {one.duty.lesson_id: len(_good(asked(one, candidates))) for one in openings}
    chosen: dict[int, tuple[int, ...]] = {}
    for opening in sorted(openings, key=lambda one: (few_first[one.duty.lesson_id], _in_time(one))):
        free = _good(asked(opening, state.values()))
        mine = chosen[opening.duty.lesson_id] = tuple(one.candidate.id for one in free[: opening.missing])
        state |= {one: state[one].with_duty(opening.duty) for one in mine}
    found = {}
    for opening in sorted(openings, key=_in_time):
        mine = chosen[opening.duty.lesson_id]
        others = [one.without(opening.duty) if one.id in mine else one for one in state.values()]
        found[opening.duty.lesson_id] = _filled(opening, mine, asked(opening, others))
    return found


def _filled(opening: Opening, mine: Collection[int], found: Answer) -> Filled:
    """What is proposed for one lesson, with everybody who could be chosen instead as things stand after the plan."""
    by_id = {one.candidate.id: one for one in found.suggestions}
    return Filled(opening, tuple(by_id[one] for one in mine), found)


def _good(found: Answer) -> list[Suggestion]:
    """Those whom a plan may name."""
    return [one for one in found.suggestions if not one.unwilling and not one.ways]


def _in_time(opening: Opening) -> tuple[datetime, int]:
    return opening.duty.starts_at, opening.duty.lesson_id
