"""Pure decisions about reminders: which steps a booking asks for, when, and by which way.

Days, hours and who may be told by a machine follow the practice of such offices (docs of the office: reminders 9-12);
every figure is an office setting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from ..core.clock import at, local, local_date
from ..core.japan import phone
from ..core.japan.calendar import working_days_before
from ..messages.rules import Language, MessageStatus
from ..office.rules import ALWAYS, CALL, TEXT, URGENT, Hours, next_opening
from ..people.rules import NumberKind, Wish
from .hour_rules import hours_fit
from .hour_rules import last_day as last_day_within

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings

# A message that comes later than this before the lesson helps nobody: the person has left the house.
LEAST_BEFORE_THE_LESSON = timedelta(hours=1)
MINUTES_FOR_A_PERSON = 3
# What has not left by then stands on the list of persons (nothing is silently missed); it may still leave.
LATE_AFTER = timedelta(minutes=15)


class PersonOutcome(StrEnum):
    """How a contact by a person ended."""

    TALKED = "talked"
    ANSWERING_MACHINE = "answering-machine"
    NO_ANSWER = "no-answer"
    WRONG_NUMBER = "wrong-number"
    HANDED_OVER = "handed-over"


# After these the resident knows, and nothing more is to be said.
TOLD = frozenset({PersonOutcome.TALKED, PersonOutcome.HANDED_OVER})


class AnswerKind(StrEnum):
    """What a resident answers about a booking."""

    WILL_COME = "will-come"
    CANNOT_COME = "cannot-come"


class AnsweredBy(StrEnum):
    """By which way a resident's own answer came."""

    KEY = "key"
    """A key pressed in a call of ours."""
    RANG_US = "rang-us"
    """A call of theirs to our number, read back by the machine before it counted."""


class Matter(StrEnum):
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"
    OFFER = "offer"
    WON = "won"
    LOST = "lost"
    CHANGE = "change"
    DUTY = "duty"


# What they have asked for themselves, or what spares them the way to a closed hall: who wishes no reminder hears of it
# all the same, from a person.
HEARD_IN_ANY_CASE = frozenset({Matter.OFFER, Matter.WON, Matter.LOST, Matter.CHANGE})


class StepName(StrEnum):
    ONCE = "once"
    FIRST = "first"
    LAST = "last"
    LAST_AGAIN = "last-again"
    PERSON = "person"


class LeftOut(StrEnum):
    """Why a step is not done."""

    PASSED_AT_BOOKING = "passed-at-booking"
    JUST_BOOKED = "just-booked"
    NO_HOUR_LEFT = "no-hour-left"
    TOLD = "told-by-person"
    TOGETHER = "told-together"
    ONLY_IF_UNANSWERED = "only-if-unanswered"
    NOT_BY_TEXT = "not-by-text"
    WISHES_NONE = "wishes-none"
    CHANGED = "told-as-change"
    SAME_DAY = "told-same-day"


class Why(StrEnum):
    """Why a person must do it."""

    WISH = "wish"
    FAMILY_INSTEAD = "family-instead"
    DO_NOT_CALL = "do-not-call"
    NO_TELEPHONE = "no-telephone"
    NO_CONSENT = "no-consent"
    NO_MOBILE = "no-mobile"
    NOT_TRIED = "not-tried"
    NUMBER_BLOCKED = "number-blocked"
    STRANGE_HOUR = "strange-hour"
    OUTSIDE_HOURS = "outside-hours"
    NOT_ANSWERED = "not-answered"
    NOT_PICKED_UP = "not-picked-up"
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    MISSED = "missed"
    LATE = "late"
    SENDING_STOPPED = "sending-stopped"
    CAPPED = "capped"
    LESSON_CANCELLED = "lesson-cancelled"
    LESSON_CHANGED = "lesson-changed"


@dataclass(frozen=True)
class Number:
    """A telephone number of the resident, and what is known of it."""

    number: str
    kind: NumberKind
    tried: bool = False
    agreed: bool = False
    text_blocked: bool = False
    call_blocked: bool = False


@dataclass(frozen=True)
class Facts:
    """What the plan must know of one booking. `told`: a person told this resident this very start; `changed`: the
    lesson has changed since they booked, and they are told so by itself (change_rules.py)."""

    booking_id: int
    lesson_id: int
    party: str
    starts_at: datetime
    booked_at: datetime
    wish: Wish
    numbers: tuple[Number, ...] = ()
    language: Language = Language.JAPANESE
    text_wished: bool = False
    consent: bool = True
    family_instead: bool = False
    do_not_call: bool = False
    stopped: bool = False
    cancelled: bool = False
    lesson_cancelled: bool = False
    told: bool = False
    changed: bool = False
    hours: Hours = ALWAYS
    last_call: MessageStatus | None = None


class Visit(NamedTuple):
    """One of several lessons of a day of which one message tells: whose booking it is, when it starts, where (as texts
    and as voices name the hall), for how many, and whether it is a slot."""

    booking_id: int
    starts_at: datetime
    place: str
    place_kana: str
    persons: int
    slot: bool = False


@dataclass(frozen=True)
class Step:
    """One step a booking asks for: at `due_at`, never after `not_after`. For a person's step `due_at` is the day it
    appears and `not_after` the deadline. `persons` are told by it at once. `answer_by`: of an offer, until when they
    may ring and say yes. `visits`: all lessons of which its message tells, if of several."""

    matter: Matter
    step: StepName
    way: Wish
    number: str
    due_at: datetime
    not_after: datetime
    left_out: LeftOut | None = None
    why: Why | None = None
    persons: int = 1
    answer_by: datetime | None = None
    hours: Hours = ALWAYS
    visits: tuple[Visit, ...] = ()

    @property
    def live(self) -> bool:
        """Whether it is done, by its own message or by that of another booking of the day (together_rules.py)."""
        return self.left_out in (None, LeftOut.SAME_DAY)

    @property
    def by_machine(self) -> bool:
        return self.way in (Wish.TEXT, Wish.CALL)

    @property
    def window(self) -> str:
        if self.matter is Matter.CHANGE:
            return URGENT
        return TEXT if self.way is Wish.TEXT else CALL


@dataclass(frozen=True)
class Reach:
    """By which way a resident is reminded; `why` a person must, if no machine may."""

    way: Wish
    number: str = ""
    why: Why | None = None


def why_nothing(facts: Facts) -> str | None:
    """Why nothing at all may leave for this booking, or None."""
    if facts.cancelled:
        return "booking-cancelled"
    if facts.lesson_cancelled:
        return "lesson-cancelled"
    return "contact-stopped" if facts.stopped else None


def plan(bookings: Sequence[Facts], office: OfficeSettings, closed: Collection[date]) -> dict[int, list[Step]]:
    """The steps of these bookings, by booking. Give whole parties: people of one party on one number are told by one
    message, carried by the first booking."""
    found = {facts.booking_id: steps(facts, office, closed) for facts in bookings}
    _tell_together(sorted(bookings, key=lambda facts: facts.booking_id), found)
    return found


def steps(facts: Facts, office: OfficeSettings, closed: Collection[date]) -> list[Step]:
    """The steps of one booking, taken alone. A booking that was read back starts no automatic call as confirmation:
    confirmations are texts, and only where wished."""
    if why_nothing(facts):
        return []
    confirmation = [_confirmation(facts, office, closed)] if facts.text_wished else []
    return confirmation + _reminders(facts, office, closed)


def nothing_due_from(until: datetime, office: OfficeSettings, closed: Collection[date]) -> datetime:
    """Of lessons that start from this instant on, no reminder is due until `until`. A confirmation may be."""
    most = max(office.first_notice_working_days, office.last_notice_working_days)
    day = today = local_date(until)
    while working_days_before(day, most, closed) <= today:
        day += timedelta(days=1)
    return at(day, time.min)


def reach(facts: Facts) -> Reach:
    """By which way this resident may be reminded."""
    if facts.wish is Wish.NONE:
        return Reach(Wish.NONE)
    if facts.family_instead:
        return by_a_person(facts, Why.FAMILY_INSTEAD)
    if _at_midnight(facts):
        return by_a_person(facts, Why.STRANGE_HOUR)
    if facts.wish is Wish.TEXT:
        return text_reach(facts)
    if facts.wish is not Wish.CALL:
        return by_a_person(facts, Why.WISH)
    if facts.do_not_call:
        return by_a_person(facts, Why.DO_NOT_CALL)
    callable_numbers = [n for n in facts.numbers if _may_be_called(n)]
    if not callable_numbers:
        return by_a_person(facts, Why.NO_TELEPHONE)
    open_numbers = [n for n in callable_numbers if not n.call_blocked]
    return Reach(Wish.CALL, open_numbers[0].number) if open_numbers else by_a_person(facts, Why.NUMBER_BLOCKED)


def reach_for(matter: Matter, facts: Facts) -> Reach:
    """By which way this resident hears of this matter."""
    if matter in HEARD_IN_ANY_CASE and facts.wish is Wish.NONE:
        return by_a_person(facts, Why.WISH)
    return text_reach(facts) if matter is Matter.CONFIRMATION else reach(facts)


def text_reach(facts: Facts) -> Reach:
    """Whether a text may go to this resident, and to which number: automatic texts begin when the sender was tried
    in that telephone, or when its owner said yes."""
    if _at_midnight(facts):
        return by_a_person(facts, Why.STRANGE_HOUR)
    if not facts.consent:
        return by_a_person(facts, Why.NO_CONSENT)
    mobiles = [
        n
        for n in facts.numbers
        if n.kind is NumberKind.MOBILE and phone.may_be_called(n.number) is phone.PhoneKind.MOBILE
    ]
    if not mobiles:
        return by_a_person(facts, Why.NO_MOBILE)
    tried = [n for n in mobiles if n.tried or n.agreed]
    if not tried:
        return by_a_person(facts, Why.NOT_TRIED)
    open_numbers = [n for n in tried if not n.text_blocked]
    return Reach(Wish.TEXT, open_numbers[0].number) if open_numbers else by_a_person(facts, Why.NUMBER_BLOCKED)


def _at_midnight(facts: Facts) -> bool:
    """A slip in a list of lessons. It has no plain words, and must not stop the plan for everybody else."""
    return local(facts.starts_at).time() == time.min


def _may_be_called(number: Number) -> bool:
    return number.kind is not NumberKind.FAX and phone.may_be_called(number.number) is not None


def by_person(facts: Facts) -> tuple[Wish, str]:
    """How a person tells this resident, and under which number: 「電話しない」 leaves FAX or a card."""
    fax = next((n.number for n in facts.numbers if n.kind is NumberKind.FAX), "")
    voice = next((n.number for n in facts.numbers if n.kind is not NumberKind.FAX), "")
    if facts.wish is Wish.CARD:
        return Wish.CARD, ""
    if fax and (facts.wish is Wish.FAX or facts.do_not_call):
        return Wish.FAX, fax
    if voice and not facts.do_not_call and facts.wish is not Wish.FAX:
        return Wish.PERSON, voice
    return Wish.CARD, ""


def by_a_person(facts: Facts, why: Why) -> Reach:
    """A person tells them, and why no machine does."""
    way, number = by_person(facts)
    return Reach(way, number, Why.NO_TELEPHONE if why is Why.NO_MOBILE and not facts.numbers else why)


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


def _reminders(facts: Facts, office: OfficeSettings, closed: Collection[date]) -> list[Step]:
    found = reach_for(Matter.REMINDER, facts)
    lesson_day = local_date(facts.starts_at)
    first_day = working_days_before(lesson_day, office.first_notice_working_days, closed)
    last_day = last_day_within(lesson_day, office, closed, facts.hours)
    notice, second = time.fromisoformat(office.notice_time), time.fromisoformat(office.second_try_time)
    end = facts.starts_at - LEAST_BEFORE_THE_LESSON

    if found.why is None and not hours_fit(found.way, at(last_day, notice), end, office, closed, facts.hours):
        found = by_a_person(facts, Why.OUTSIDE_HOURS)
    if found.way is Wish.NONE:
        due = at(last_day, notice)
        return [Step(Matter.REMINDER, StepName.LAST, Wish.NONE, "", due, end, LeftOut.WISHES_NONE)]
    if found.way not in (Wish.TEXT, Wish.CALL):
        deadline = at(last_day, second)
        left_out = LeftOut.TOLD if facts.told else None
        if facts.booked_at >= deadline:
            left_out = LeftOut.PASSED_AT_BOOKING
        due = at(first_day, notice)
        return [
            Step(Matter.REMINDER, StepName.PERSON, found.way, found.number, due, deadline, left_out, found.why)
        ]

    def step(name: StepName, day: date, hour: time) -> Step:
        window = TEXT if found.way is Wish.TEXT else CALL
        due = next_opening(office, window, at(day, hour), closed, hours=facts.hours)
        left_out = LeftOut.NO_HOUR_LEFT if due >= end else None
        if due <= facts.booked_at:
            left_out = LeftOut.PASSED_AT_BOOKING
        if facts.told:
            left_out = LeftOut.TOLD
        return Step(Matter.REMINDER, name, found.way, found.number, due, end, left_out, hours=facts.hours)

    last = step(StepName.LAST, last_day, notice)
    first = step(StepName.FIRST, first_day, notice)
    # After the last notice the first would only repeat it, as when all sending had stopped for two days.
    first = replace(first, not_after=min(first.not_after, last.due_at))
    if first.left_out is None:
        if first.due_at >= first.not_after:
            first = replace(first, left_out=LeftOut.NO_HOUR_LEFT)
        elif first.due_at - facts.booked_at < timedelta(days=office.first_notice_not_within_days):
            first = replace(first, left_out=LeftOut.JUST_BOOKED)
    if found.way is Wish.TEXT:
        return [first, last]
    again = step(StepName.LAST_AGAIN, last_day, second)
    if again.left_out is None and facts.last_call is not MessageStatus.NOT_ANSWERED:
        again = replace(again, left_out=LeftOut.ONLY_IF_UNANSWERED)
    return [first, last, again]


def _tell_together(bookings: Sequence[Facts], found: Mapping[int, list[Step]]) -> None:
    """One message for those of a party who share a number. Who was told by a person at that number was told for all."""
    sharing: dict[tuple[object, ...], list[tuple[int, int]]] = defaultdict(list)
    for facts in bookings:
        for place, step in enumerate(found[facts.booking_id]):
            if step.number and step.left_out in (None, LeftOut.TOLD, LeftOut.ONLY_IF_UNANSWERED):
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
                changed = replace(step, persons=len(places))
            else:
                changed = replace(step, left_out=LeftOut.TOGETHER)
            found[booking][place] = changed


WHY_ENDED = {
    MessageStatus.FAILED: Why.FAILED,
    MessageStatus.REFUSED: Why.REFUSED,
    MessageStatus.UNKNOWN: Why.UNKNOWN,
    MessageStatus.MISSED: Why.MISSED,
}
NOT_LEFT = {None, MessageStatus.PLANNED, MessageStatus.CLAIMED}
NOT_REACHED = frozenset({MessageStatus.NOT_ANSWERED, *WHY_ENDED})
_LAST_STEPS = ((Matter.REMINDER, StepName.LAST), (Matter.REMINDER, StepName.LAST_AGAIN))


def why_person(
    asked: Sequence[Step],
    ended: Mapping[tuple[Matter, StepName], MessageStatus],
    now: datetime,
    stopped: bool,
    capped: Collection[tuple[Matter, StepName]] = (),
) -> tuple[Why, Step] | None:
    """Why a person must now tell the resident of this booking, and the step it stands for; None while nobody need.

    `ended`: what became of the messages of this start. `stopped`: all sending is held. `capped`: the steps that a cap
    keeps back for today or kept back until it was too late.
    """
    reminders = {step.step: step for step in asked if step.matter is Matter.REMINDER}
    person = reminders.get(StepName.PERSON)
    if person is not None:
        return (person.why or Why.WISH, person) if person.left_out is None and person.due_at <= now else None
    last = reminders.get(StepName.LAST)
    if last is None or not last.live:
        return None
    tried = [key for key in _LAST_STEPS if key in ended]
    if tried and tried[-1] in capped and last.due_at <= now:
        return Why.CAPPED, last
    step, status = last, ended.get((Matter.REMINDER, StepName.LAST))
    if status is MessageStatus.NOT_ANSWERED:
        again = reminders.get(StepName.LAST_AGAIN)
        status = ended.get((Matter.REMINDER, StepName.LAST_AGAIN))
        if again is None or not again.live or status is MessageStatus.NOT_ANSWERED:
            return Why.NOT_ANSWERED, last
        step = again
    if status in WHY_ENDED:
        return WHY_ENDED[status], last
    why = why_not_left(step, now, stopped) if status in NOT_LEFT else None
    return (why, last) if why else None


def why_not_left(step: Step, now: datetime, stopped: bool) -> Why | None:
    """Why a person must take over a step whose message has not left, or None while it still may."""
    if now < step.due_at:
        return None
    if now >= step.not_after:
        return Why.MISSED
    if stopped:
        return Why.SENDING_STOPPED
    return Why.LATE if now >= step.due_at + LATE_AFTER else None


class LightKind(StrEnum):
    """What is true of a booking's reminder, never more than is known."""

    CANCELLED = "cancelled"
    LESSON_CANCELLED = "lesson-cancelled"
    STOPPED = "stopped"
    TOLD = "told"
    ANSWERED = "answered"
    SENT = "sent"
    NOT_REACHED = "not-reached"
    BY_PERSON = "by-person"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    NONE_WISHED = "none-wished"


@dataclass(frozen=True)
class Light:
    """`next_at`: when the next step leaves, if one does. `why`: why a person must, if so. `urgent`: the person's turn
    has come."""

    kind: LightKind
    next_at: datetime | None = None
    why: Why | None = None
    urgent: bool = False

    @property
    def tone(self) -> str:
        """The tone of the component `status`."""
        if self.kind in (LightKind.TOLD, LightKind.ANSWERED, LightKind.CONFIRMED):
            return "ok"
        if self.kind in _SILENT:
            return "off"
        return "stop" if self.urgent or self.kind is LightKind.NOT_REACHED else "wait"


_SILENT = {LightKind.CANCELLED, LightKind.LESSON_CANCELLED, LightKind.STOPPED, LightKind.NONE_WISHED}
_NOTHING = {
    "booking-cancelled": LightKind.CANCELLED,
    "lesson-cancelled": LightKind.LESSON_CANCELLED,
    "contact-stopped": LightKind.STOPPED,
}
_ON_THE_WAY = {MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED}


def light(
    facts: Facts,
    asked: Sequence[Step],
    ended: Mapping[tuple[Matter, StepName], MessageStatus],
    now: datetime,
    *,
    read_back: bool,
    stopped: bool,
    capped: Collection[tuple[Matter, StepName]] = (),
) -> Light:
    """The truth about one booking's reminder. Arguments as in `why_person`."""
    if reason := why_nothing(facts):
        return Light(_NOTHING[reason])
    reminders = [step for step in asked if step.matter is Matter.REMINDER]
    if facts.told or any(step.left_out is LeftOut.TOLD for step in reminders):
        return Light(LightKind.TOLD)
    coming = [
        step.due_at
        for step in reminders
        if step.by_machine and step.live and step.not_after > now
        if ended.get((step.matter, step.step)) in NOT_LEFT
    ]
    next_at = min(coming, default=None)
    statuses = [ended.get((Matter.REMINDER, name)) for name in (StepName.LAST_AGAIN, StepName.LAST, StepName.FIRST)]
    newest = next((status for status in statuses if status not in NOT_LEFT), None)
    if newest is MessageStatus.ANSWERED:
        return Light(LightKind.ANSWERED, next_at)
    if found := why_person(asked, ended, now, stopped, capped):
        machine_failed = newest in NOT_REACHED
        kind = LightKind.NOT_REACHED if machine_failed else LightKind.BY_PERSON
        return Light(kind, why=found[0], urgent=True)
    if newest in _ON_THE_WAY:
        return Light(LightKind.SENT, next_at)
    if newest in NOT_REACHED:
        return Light(LightKind.NOT_REACHED, next_at)
    if any(step.way is Wish.NONE for step in reminders):
        return Light(LightKind.NONE_WISHED)
    person = next((step for step in reminders if step.step is StepName.PERSON and step.left_out is None), None)
    if person is not None:
        return Light(LightKind.BY_PERSON, why=person.why)
    return Light(LightKind.CONFIRMED if read_back else LightKind.WAITING, next_at)
