"""Pure decisions about whom to ask: who may help in a lesson, who of them first, and a whole month shared fairly.

Nothing is drawn by lot: whoever asks twice is told the same.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

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

    def turns(self, first: date, last: date) -> int:
        """How many duties they have from one day to another."""
        return sum(first <= clock.local_date(duty.starts_at) <= last for duty in self.duties)

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
    day = clock.local_date(opening.duty.starts_at)
    around = around or weeks_around(day, day)
    suggestions, unable = [], []
    for one in candidates:
        if one.id in opening.on_duty:
            continue
        why = tuple(why_no_duty(one.facts, opening.duty.starts_at, opening.duty.ends_at, today))
        busy = next((duty for duty in one.duties if _meet(duty, opening.duty)), None)
        if why or busy:
            unable.append(Unable(one, why, busy))
        else:
            suggestions.append(_suggestion(one, opening, around))
    return Answer(sorted(suggestions, key=lambda each: each.place), unable)


def _suggestion(one: Candidate, opening: Opening, around: tuple[date, date]) -> Suggestion:
    return Suggestion(
        candidate=one,
        # A course without topics asks for none.
        knows_the_topic=not opening.topics or bool(opening.topics & one.topics),
        turns=one.turns(*around),
        kilometres=kilometres(one.home, opening.duty.place.point),
        ways=tuple(_tight_ways(one.duties, opening.duty)),
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
    by_need = sorted(openings, key=lambda one: (_how_many_may(one, candidates, today), _in_time(one)))
    chosen: dict[int, tuple[int, ...]] = {}
    for opening in by_need:
        free = [one for one in answer(opening, list(state.values()), today, around).suggestions if _good(one)]
        chosen[opening.duty.lesson_id] = tuple(one.candidate.id for one in free[: opening.missing])
        for one in chosen[opening.duty.lesson_id]:
            state[one] = state[one].with_duty(opening.duty)
    return {
        opening.duty.lesson_id: _filled(opening, chosen, state, today, around)
        for opening in sorted(openings, key=_in_time)
    }


def _filled(
    opening: Opening, chosen: Mapping[int, Collection[int]], state: Mapping[int, Candidate], today: date,
    around: tuple[date, date],
) -> Filled:  # fmt: skip
    """What is proposed for one lesson, with everybody who could be chosen instead as things stand after the plan."""
    mine = chosen[opening.duty.lesson_id]
    before = [one.without(opening.duty) if one.id in mine else one for one in state.values()]
    found = answer(opening, before, today, around)
    by_id = {one.candidate.id: one for one in found.suggestions}
    return Filled(opening, tuple(by_id[one] for one in mine), found)


def _good(one: Suggestion) -> bool:
    return not one.unwilling and not one.ways


def _how_many_may(opening: Opening, candidates: Sequence[Candidate], today: date) -> int:
    return sum(_good(one) for one in answer(opening, candidates, today).suggestions)


def _in_time(opening: Opening) -> tuple[datetime, int]:
    return opening.duty.starts_at, opening.duty.lesson_id
