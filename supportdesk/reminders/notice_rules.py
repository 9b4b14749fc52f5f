"""Pure decisions about reminders: on which days a booking asks for its steps.

An early notice, while a freed seat can still be offered, then the chain of the last working day before the lesson.
Sources: office practice 9-12; every figure is an office setting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from ..core.clock import at, local_date
from ..core.japan.calendar import working_days_before
from ..messages.rules import Language
from ..office.rules import TEXT, next_opening
from ..people.rules import ContactTiming, Wish
from .chain_rules import Asks, done
from .chain_rules import steps as chain_of
from .hour_rules import hours_fit
from .hour_rules import last_day as last_day_within
from .reach_rules import Reach, by_a_person, by_person, reach_for
from .rules import (
    LEAST_BEFORE_THE_LESSON,
    ONLY_IF,
    Facts,
    LeftOut,
    Matter,
    Step,
    StepName,
    Why,
    why_nothing,
)

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings

# A card is asked for so many working days before it must be posted, so that all of a day are printed at once.
CARD_WORKING_DAYS = 2


def plan(
    bookings: Sequence[Facts], office: OfficeSettings, closed: Collection[date], now: datetime, *,
    outlook: bool = False,
) -> dict[int, list[Step]]:  # fmt: skip
    """The steps of these bookings, by booking. Give whole parties: people of one party on one number are told by one
    message, carried by the first booking. `outlook` as in Asks."""
    found = {facts.booking_id: steps(facts, office, closed, now, outlook=outlook) for facts in bookings}
    _tell_together(sorted(bookings, key=lambda facts: facts.booking_id), found)
    return found


def steps(
    facts: Facts, office: OfficeSettings, closed: Collection[date], now: datetime, *, outlook: bool = False
) -> list[Step]:
    """The steps of one booking, taken alone. A booking that was read back starts no automatic call as confirmation:
    confirmations are texts, and only where wished."""
    if why_nothing(facts):
        return []
    # When the lesson has begun, all stays as it was in the last instant before.
    now = min(now, facts.starts_at - timedelta(microseconds=1))
    confirmation = [_confirmation(facts, office, closed)] if facts.text_wished else []
    return confirmation + _reminders(facts, office, closed, now, outlook)


def nothing_due_from(until: datetime, office: OfficeSettings, closed: Collection[date]) -> datetime:
    """Of lessons that start from this instant on, no reminder is due until `until`. A confirmation may be."""
    cards = office.posting_working_days + CARD_WORKING_DAYS
    most = max(office.first_notice_working_days, office.last_notice_working_days, cards)
    day = today = local_date(until)
    while working_days_before(day, most, closed) <= today:
        day += timedelta(days=1)
    return at(day, time.min)


def post_by(lesson_day: date, office: OfficeSettings, closed: Collection[date]) -> datetime:
    """Until when a card for a lesson of that day must be posted to arrive before it."""
    day = working_days_before(lesson_day, office.posting_working_days, closed)
    return at(day, time.fromisoformat(office.second_try_time))


def _confirmation(facts: Facts, office: OfficeSettings, closed: Collection[date]) -> Step:
    found = reach_for(Matter.CONFIRMATION, facts)
    due = next_opening(office, TEXT, facts.booked_at, closed, hours=facts.hours)
    end = min(at(local_date(due) + timedelta(days=1), time.min), facts.starts_at - LEAST_BEFORE_THE_LESSON)
    left_out = LeftOut.NO_HOUR_LEFT if due >= end else None
    if found.way is not Wish.TEXT:
        left_out = LeftOut.NOT_BY_TEXT
    if facts.changed:
        left_out = LeftOut.CHANGED
    number = found.number if found.way is Wish.TEXT else ""
    return Step(Matter.CONFIRMATION, StepName.ONCE, Wish.TEXT, number, due, end, left_out, hours=facts.hours)


def _reminders(
    facts: Facts, office: OfficeSettings, closed: Collection[date], now: datetime, outlook: bool
) -> list[Step]:
    found = reach_for(Matter.REMINDER, facts)
    lesson_day = local_date(facts.starts_at)
    last_day = last_day_within(lesson_day, office, closed, facts.hours)
    notice, second = time.fromisoformat(office.notice_time), time.fromisoformat(office.second_try_time)
    end = facts.starts_at - LEAST_BEFORE_THE_LESSON
    if found.way is Wish.NONE:
        due = at(last_day, notice)
        return [Step(Matter.REMINDER, StepName.LAST, Wish.NONE, "", due, end, LeftOut.WISHES_NONE)]
    if found.why is None and not hours_fit(found.way, at(last_day, notice), end, office, closed, facts.hours):
        found = by_a_person(facts, Why.OUTSIDE_HOURS)
    first_at = at(working_days_before(lesson_day, office.first_notice_working_days, closed), notice)
    deadline = at(last_day, second)
    if found.way not in (Wish.TEXT, Wish.CALL):
        by_hand = _by_hand(facts, found, first_at, deadline, office, closed)
        return [*by_hand, *_family(facts, first_at, deadline)]
    asks = Asks(
        Matter.REMINDER, StepName.LAST, at(last_day, notice), end, deadline, again_at=deadline, outlook=outlook
    )  # fmt: skip
    chain = [_in_time(step, facts) for step in chain_of(asks, found, facts, office, closed, now)]
    first = _first(facts, chain[0], first_at, office, closed) if chain[0].by_machine else []
    return [*first, *chain, *_family(facts, chain[0].due_at, deadline)]


def _in_time(step: Step, facts: Facts) -> Step:
    """Left out when its hour had passed at booking, or when nothing more is to be said."""
    if known := done(facts):
        return replace(step, left_out=known)
    if step.due_at <= facts.booked_at:
        return replace(step, left_out=LeftOut.PASSED_AT_BOOKING)
    return step


def _first(
    facts: Facts, last: Step, first_at: datetime, office: OfficeSettings, closed: Collection[date]
) -> list[Step]:
    due = next_opening(office, last.window, first_at, closed, hours=facts.hours)
    # After the last notice the first would only repeat it, as when all sending had stopped for two days.
    first = replace(last, step=StepName.FIRST, due_at=due, not_after=min(last.not_after, last.due_at), left_out=None)
    first = _in_time(first, facts)
    if first.left_out is None:
        if first.due_at >= first.not_after:
            first = replace(first, left_out=LeftOut.NO_HOUR_LEFT)
        elif first.due_at - facts.booked_at < timedelta(days=office.first_notice_not_within_days):
            first = replace(first, left_out=LeftOut.JUST_BOOKED)
    return [first]


def _by_hand(
    facts: Facts, found: Reach, due: datetime, deadline: datetime, office: OfficeSettings, closed: Collection[date]
) -> list[Step]:
    """What a person does for whom no machine may tell: a call, a FAX sheet, or a card while it still arrives."""
    left_out = done(facts)
    if left_out is None and facts.booked_at >= deadline:
        left_out = LeftOut.PASSED_AT_BOOKING

    def step(name: StepName, way: Wish, number: str, why: Why | None) -> Step:
        return Step(Matter.REMINDER, name, way, number, due, deadline, left_out, why)

    if found.way is Wish.PERSON:
        return [step(StepName.PERSON, found.way, found.number, found.why)]
    paper = step(StepName.PAPER, found.way, found.number, found.why)
    if found.way is Wish.FAX:
        return [paper]
    last_post = post_by(local_date(facts.starts_at), office, closed)
    begins = working_days_before(local_date(last_post), CARD_WORKING_DAYS, closed)
    paper = replace(
        paper, due_at=at(begins, time.fromisoformat(office.notice_time)), not_after=last_post,
        left_out=left_out or (LeftOut.PASSED_AT_BOOKING if facts.booked_at >= last_post else None),
    )  # fmt: skip
    way, number = by_person(replace(facts, wish=Wish.PERSON))
    call = replace(step(StepName.PERSON, way, number, Why.CARD_TOO_LATE), due_at=last_post)
    return [paper, call]


def _family(facts: Facts, due: datetime, deadline: datetime) -> list[Step]:
    """The family, where they are to be told at the same time."""
    together = [one for one in facts.family if one.timing is ContactTiming.TOGETHER and one.number]
    if not together:
        return []
    left_out = LeftOut.TOLD if facts.family_told else None
    if left_out is None and facts.booked_at >= deadline:
        left_out = LeftOut.PASSED_AT_BOOKING
    number = together[0].number
    return [
        Step(
            Matter.REMINDER, StepName.FAMILY, Wish.PERSON, number, due, deadline, left_out, Why.FAMILY_TOGETHER
        )
    ]  # fmt: skip


def _tell_together(bookings: Sequence[Facts], found: Mapping[int, list[Step]]) -> None:
    """One message for those of a party who share a number, with their companions. Who was told by a person at that
    number was told for all; who answered for themselves, by their own booking number, was not."""
    sharing: dict[tuple[object, ...], list[tuple[int, int]]] = defaultdict(list)
    people = {facts.booking_id: 1 + facts.companions for facts in bookings}
    for facts in bookings:
        for place, step in enumerate(found[facts.booking_id]):
            if step.number and (step.left_out in (None, LeftOut.TOLD) or step.left_out in ONLY_IF):
                # A couple who read two languages get two texts; every call is in one.
                language = facts.language if step.way is Wish.TEXT else Language.JAPANESE
                key = (facts.lesson_id, facts.party, step.matter, step.step, step.way, step.number, language)
                sharing[key].append((facts.booking_id, place))
    for places in sharing.values():
        if len(places) == 1:
            continue  # as most are: nothing to share, and each new step costs
        asked = [(booking, place) for booking, place in places if found[booking][place].left_out is None]
        told = any(found[booking][place].left_out is LeftOut.TOLD for booking, place in places)
        for booking, place in places if asked or told else ():
            step = found[booking][place]
            if told:
                changed = replace(step, left_out=LeftOut.TOLD)
            elif (booking, place) == asked[0]:
                changed = replace(step, persons=sum(people[each] for each, _place in places))
            else:
                changed = replace(step, left_out=LeftOut.TOGETHER)
            found[booking][place] = changed
