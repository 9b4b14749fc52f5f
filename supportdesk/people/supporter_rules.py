"""Pure decisions about supporters: who may be on duty when, and what is kept of what was typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from ..core import clock
from ..core.japan.calendar import fiscal_year


class SupporterKind(StrEnum):
    VOLUNTEER = "volunteer"
    DIGITAL_PROMOTER = "digital_promoter"
    STAFF = "staff"
    CONTRACTOR = "contractor"


# Who serves by 委嘱, with pledge and insurance of each fiscal year (office practice 19). The city's staff and a
# contractor's people are bound and insured by their employment.
APPOINTED = frozenset({SupporterKind.VOLUNTEER, SupporterKind.DIGITAL_PROMOTER})


class NoDuty(StrEnum):
    """Why somebody cannot be on duty. The words that programs see."""

    LEFT = "left"
    NO_TERM = "no_term"
    NO_PLEDGE = "no_pledge"
    NO_INSURANCE = "no_insurance"
    OFF = "off"
    NOT_AVAILABLE = "not_available"


# Dates off and hours are a person's plans, and may be asked away with a reason. The others nobody can override.
PASSABLE = frozenset({NoDuty.OFF, NoDuty.NOT_AVAILABLE})


@dataclass(frozen=True)
class Term:
    """委嘱 of one fiscal year. `insured_on` is the day from which its insurance holds."""

    fiscal_year: int
    from_day: date
    until_day: date
    insured_on: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.from_day <= day <= self.until_day


@dataclass(frozen=True)
class Off:
    """Days on which somebody cannot come, the first and the last included."""

    from_day: date
    until_day: date


@dataclass(frozen=True)
class Available:
    """The hours of one weekday (Monday is 0) in which somebody can come, on the town's wall clock."""

    weekday: int
    from_time: time
    until_time: time


@dataclass(frozen=True)
class SupporterFacts:
    """What must be known of one supporter for a span of days. `off` and `terms` may be those that touch it alone.

    No `hours` at all: nobody has asked yet, and then every hour counts as available.
    """

    name: str = ""
    kind: SupporterKind = SupporterKind.VOLUNTEER
    left_on: date | None = None
    pledged_on: date | None = None
    terms: tuple[Term, ...] = ()
    off: tuple[Off, ...] = ()
    hours: tuple[Available, ...] = ()


def why_no_duty(facts: SupporterFacts, starts_at: datetime, ends_at: datetime, today: date) -> list[NoDuty]:
    """What stands against a duty between these instants, as of `today`; nothing, and it can be planned.

    The papers (term, pledge, insurance) of a fiscal year that has not begun are not asked for: April is planned in
    February (office practice 24). `papers_to_come` says what is missing of them.
    """
    day = clock.local_date(starts_at)
    if facts.left_on is not None and day > facts.left_on:
        return [NoDuty.LEFT]
    found = missing_papers(facts, day) if fiscal_year(day) <= fiscal_year(today) else []
    if any(off.from_day <= day <= off.until_day for off in facts.off):
        found.append(NoDuty.OFF)
    if not _available(facts, starts_at, ends_at):
        found.append(NoDuty.NOT_AVAILABLE)
    return found


def papers_to_come(facts: SupporterFacts, starts_at: datetime, today: date) -> list[NoDuty]:
    """What is missing for a duty of a fiscal year that has not begun: a warning until then, a refusal from its
    1 April on."""
    day = clock.local_date(starts_at)
    return missing_papers(facts, day) if fiscal_year(day) > fiscal_year(today) else []


def missing_papers(facts: SupporterFacts, day: date) -> list[NoDuty]:
    """Which of term, pledge and insurance are missing on that day. Without a term nobody asks for its insurance."""
    if facts.kind not in APPOINTED:
        return []
    terms = [term for term in facts.terms if term.holds_on(day)]
    found = [] if terms else [NoDuty.NO_TERM]
    if facts.pledged_on is None or facts.pledged_on > day:
        found.append(NoDuty.NO_PLEDGE)
    if terms and not any(term.insured_on is not None and term.insured_on <= day for term in terms):
        found.append(NoDuty.NO_INSURANCE)
    return found


def _available(facts: SupporterFacts, starts_at: datetime, ends_at: datetime) -> bool:
    start, end = clock.local(starts_at), clock.local(ends_at)
    return not facts.hours or any(
        hours.weekday == start.weekday() and hours.from_time <= start.time() and end.time() <= hours.until_time
        for hours in facts.hours
    )
