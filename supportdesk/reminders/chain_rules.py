"""Pure decisions about the chain of contact: which step comes after which, and when it is a person's turn.

A text; a call, where the text did not arrive; a second call at another time of the day; then a person, who rings the
resident or their family, or posts a card. Every matter uses this one chain; what differs is when it may begin and when
it must be over (Asks). A step that waits for how the one before it ends is left out with a reason (ONLY_IF) until then,
so that pages can show it and the plan need not know of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from ..core.clock import at, local
from ..messages.rules import MessageStatus
from ..office.rules import ALWAYS, CALL, TEXT, URGENT, Hours, next_opening, spans
from ..people.rules import OwnChain, Wish
from .reach_rules import Reach, after_a_text, after_calls, by_a_person
from .rules import (
    Facts,
    Key,
    LeftOut,
    Matter,
    Step,
    StepName,
    Tried,
    Why,
)

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings

# What has not left by then stands on the list of persons (nothing is silently missed); it may still leave.
LATE_AFTER = timedelta(minutes=15)
# A second call so soon after the first finds them as far from the telephone as before.
LEAST_BETWEEN_CALLS = timedelta(hours=1)
# A machine tries again only if a person then still has so long to act before it is over.
LEFT_FOR_A_PERSON = timedelta(hours=2)

WHY_ENDED = {
    MessageStatus.FAILED: Why.FAILED,
    MessageStatus.REFUSED: Why.REFUSED,
    MessageStatus.UNKNOWN: Why.UNKNOWN,
    MessageStatus.MISSED: Why.MISSED,
}
NOT_LEFT = frozenset({None, MessageStatus.PLANNED, MessageStatus.CLAIMED})
NOT_REACHED = frozenset({MessageStatus.NOT_ANSWERED, *WHY_ENDED})
# Of these no receipt has come. After "unknown" nothing is said again by a machine, which may have said it.
_WITHOUT_RECEIPT = frozenset({MessageStatus.ACCEPTED, MessageStatus.SENT})
_DID_NOT_ARRIVE = frozenset({MessageStatus.FAILED, MessageStatus.REFUSED})
_PERSONS = frozenset({StepName.PERSON, StepName.PAPER})
_NOT_TRIED = Tried(MessageStatus.PLANNED)


@dataclass(frozen=True)
class Asks:
    """What one matter asks of the chain: to be said from `begins` on, `main` first, and never after `end`. A person
    has until `deadline`. `again_at`: when a second call is made; None: at the next opening of another part of the day.
    `one_try`: no time for more than one by machine. `outlook`: also what would follow a first step that has not left
    yet, for pages; the plan, which reads every booking at each tick, needs none of it. `hours`: when the resident may
    be reached by machine."""

    matter: Matter
    main: StepName
    begins: datetime
    end: datetime
    deadline: datetime
    persons: int = 1
    answer_by: datetime | None = None
    again_at: datetime | None = None
    any_day: bool = False
    one_try: bool = False
    outlook: bool = False
    hours: Hours = ALWAYS


def steps(
    asks: Asks, found: Reach, facts: Facts, office: OfficeSettings, closed: Collection[date], now: datetime
) -> list[Step]:
    """The steps of one matter for one resident, in their order; `found`: the way that is tried first."""
    if found.why is None:
        asks = replace(asks, hours=facts.hours)
        main = _step(asks, asks.main, found.way, found.number, _opens(asks, found.way, asks.begins, office, closed))
        if main.due_at < asks.end:
            return [main, *_after(asks, main, facts, office, closed, now)]
        found = by_a_person(facts, Why.MISSED)
    person = _step(asks, StepName.PERSON, found.way, found.number, asks.begins)
    return [replace(person, not_after=asks.deadline, why=found.why)]


def _after(
    asks: Asks, main: Step, facts: Facts, office: OfficeSettings, closed: Collection[date], now: datetime
) -> Iterator[Step]:
    """What a machine does when the first step reached nobody."""
    tried = facts.tried.get(main.key, _NOT_TRIED)
    if asks.one_try or facts.own_chain is OwnChain.ONE_TRY or (tried.status in NOT_LEFT and not asks.outlook):
        return
    call = main
    if main.way is Wish.TEXT:
        after = _call_after_text(asks, main, facts, office, closed, now)
        if after is None:
            return
        yield after
        call = after
    if office.second_call:
        again = _second_call(asks, call, facts, office, closed)
        yield again
        if again.left_out is None:
            call = again
    number = after_calls(facts)
    if main.way is Wish.CALL and number:
        yield _text_after_calls(asks, call, number, facts, office, closed)


def _call_after_text(
    asks: Asks, text: Step, facts: Facts, office: OfficeSettings, closed: Collection[date], now: datetime
) -> Step | None:
    number = after_a_text(facts, text.number)
    if not number:
        return None
    tried = facts.tried.get(text.key, _NOT_TRIED)
    asked_from = _not_arrived_at(tried, text, office)
    due = _opens(asks, Wish.CALL, asked_from or text.due_at + _wait(office), office, closed)
    step = _step(asks, StepName.BY_CALL, Wish.CALL, number, due)
    if asked_from is None or now < asked_from:
        return replace(step, left_out=LeftOut.ONLY_IF_NOT_ARRIVED)
    return _if_time(asks, step)


def _second_call(
    asks: Asks, call: Step, facts: Facts, office: OfficeSettings, closed: Collection[date]
) -> Step:
    tried = facts.tried.get(call.key, _NOT_TRIED)
    called_at = tried.since or call.due_at
    wanted = asks.again_at if asks.again_at is not None else other_part_of_day(office, called_at)
    due = _opens(asks, Wish.CALL, wanted, office, closed)
    step = _step(asks, StepName.LAST_AGAIN, Wish.CALL, call.number, due)
    if call.left_out is not None or tried.status is not MessageStatus.NOT_ANSWERED:
        return replace(step, left_out=LeftOut.ONLY_IF_UNANSWERED)
    # What is on its way already is not called too early any more.
    if due < called_at + LEAST_BETWEEN_CALLS and step.key not in facts.tried:
        return replace(step, left_out=LeftOut.NO_HOUR_LEFT)
    return _if_time(asks, step)


def _text_after_calls(
    asks: Asks, call: Step, number: str, facts: Facts, office: OfficeSettings, closed: Collection[date]
) -> Step:
    tried = facts.tried.get(call.key, _NOT_TRIED)
    ended = tried.status in (MessageStatus.NOT_ANSWERED, *_DID_NOT_ARRIVE) and not tried.look
    in_vain = call.left_out is None and ended
    due = _opens(asks, Wish.TEXT, (tried.since if in_vain else None) or call.due_at, office, closed)
    step = _step(asks, StepName.BY_TEXT, Wish.TEXT, number, due)
    return _if_time(asks, step) if in_vain else replace(step, left_out=LeftOut.ONLY_IF_UNANSWERED)


def _step(asks: Asks, name: StepName, way: Wish, number: str, due: datetime) -> Step:
    return Step(
        asks.matter, name, way, number, due, asks.end, persons=asks.persons, answer_by=asks.answer_by,
        hours=asks.hours,
    )  # fmt: skip


def _opens(
    asks: Asks, way: Wish, instant: datetime, office: OfficeSettings, closed: Collection[date]
) -> datetime:
    window = URGENT if asks.any_day else TEXT if way is Wish.TEXT else CALL
    return next_opening(office, window, instant, closed, any_day=asks.any_day, hours=asks.hours)


def _if_time(asks: Asks, step: Step) -> Step:
    return step if step.due_at <= asks.end - LEFT_FOR_A_PERSON else replace(step, left_out=LeftOut.NO_HOUR_LEFT)


def _not_arrived_at(tried: Tried, step: Step, office: OfficeSettings) -> datetime | None:
    """From when a text counts as not arrived; None while it does not."""
    since = tried.since or step.due_at
    if tried.status in _DID_NOT_ARRIVE:
        return None if tried.look else since
    waits = tried.status in _WITHOUT_RECEIPT and office.text_wait_minutes
    return since + _wait(office) if waits else None


def _wait(office: OfficeSettings) -> timedelta:
    return timedelta(minutes=office.text_wait_minutes)


def other_part_of_day(office: OfficeSettings, called_at: datetime) -> datetime:
    """The end of the span of calling hours in which somebody was called: whoever is not there in the morning may be in
    the afternoon, and the other way round. With one span for the whole day, four hours later."""
    hours = spans(office, CALL)
    called = local(called_at)
    ends = [end for start, end in hours if start <= called.time() < end]
    if len(hours) < 2 or not ends:
        return called_at + timedelta(hours=4)
    return at(called.date(), ends[0])


def done(facts: Facts) -> LeftOut | None:
    """Why nothing more is to be said of this start of the lesson, or None."""
    if facts.told:
        return LeftOut.TOLD
    return LeftOut.CONFIRMED if facts.confirmed is not None else None


def why_person(
    asked: Sequence[Step], facts: Facts, now: datetime, office: OfficeSettings, capped: Collection[Key] = ()
) -> tuple[Why, Step] | None:
    """Why a person must now tell the resident or their family, and the step whose deadline holds for it; None while
    nobody need. `asked`: the steps of one matter, without the early notice. `capped`: the steps that a cap keeps back
    for today or kept back until it was too late."""
    if found := why_resident(asked, facts, now, office, capped):
        return found
    family = [step for step in asked if step.step is StepName.FAMILY and step.left_out is None and step.due_at <= now]
    return (Why.FAMILY_TOGETHER, family[0]) if family else None


def why_resident(
    asked: Sequence[Step], facts: Facts, now: datetime, office: OfficeSettings, capped: Collection[Key] = ()
) -> tuple[Why, Step] | None:
    """The same for the resident alone."""
    persons = [step for step in asked if step.step in _PERSONS and step.left_out is None and step.due_at <= now]
    if persons:
        # A card that was not posted in time is a call by now: the last whose turn has come.
        return persons[-1].why or Why.WISH, persons[-1]
    machine = [step for step in asked if step.by_machine]
    open_steps = [step for step in machine if step.live]
    if not open_steps or not machine[0].live:
        return None
    newest = open_steps[-1]
    tried = facts.tried.get(newest.key)
    if newest.key in capped and newest.due_at <= now:
        why: Why | None = Why.CAPPED
    elif tried is None or tried.status in NOT_LEFT:
        why = why_not_left(newest, now, bool(office.sending_hold))
    else:
        why = _why_in_vain(tried, newest, open_steps, now, office)
    return (why, machine[0]) if why else None


def _why_in_vain(
    tried: Tried, step: Step, open_steps: Sequence[Step], now: datetime, office: OfficeSettings
) -> Why | None:
    if tried.status is MessageStatus.NOT_ANSWERED:
        calls = sum(one.way is Wish.CALL for one in open_steps)
        return Why.NOT_ANSWERED if calls > 1 else Why.NOT_PICKED_UP
    if tried.status in WHY_ENDED:
        return WHY_ENDED[tried.status]
    known_since = replace(tried, since=tried.since or step.due_at)
    return Why.NO_RECEIPT if without_receipt(known_since, now, office) else None


def without_receipt(tried: Tried, now: datetime, office: OfficeSettings) -> bool:
    """Whether no word of a message has come back for as long as the office waits for one."""
    if tried.status not in _WITHOUT_RECEIPT or not office.text_wait_minutes or tried.since is None:
        return False
    return now >= tried.since + _wait(office)


def why_not_left(step: Step, now: datetime, stopped: bool) -> Why | None:
    """Why a person must take over a step whose message has not left, or None while it still may."""
    if now < step.due_at:
        return None
    if now >= step.not_after:
        return Why.MISSED
    if stopped:
        return Why.SENDING_STOPPED
    return Why.LATE if now >= step.due_at + LATE_AFTER else None
