"""The words of what residents are told about their bookings: matters, steps, reasons, and what is known of a booking.

What follows from them is decided beside: by which way (reach_rules.py), in which order (chain_rules.py), on which days
(notice_rules.py), and what may be said of it (light_rules.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from ..messages.rules import Language, MessageStatus
from ..office.rules import ALWAYS, CALL, TEXT, URGENT, Hours
from ..people.rules import ContactScope, ContactTiming, NumberKind, OwnChain, Wish

# A message that comes later than this before the lesson helps nobody: the person has left the house.
LEAST_BEFORE_THE_LESSON = timedelta(hours=1)
MINUTES_FOR_A_PERSON = 3


class PersonOutcome(StrEnum):
    """How a contact by a person ended."""

    TALKED = "talked"
    ANSWERING_MACHINE = "answering-machine"
    NO_ANSWER = "no-answer"
    WRONG_NUMBER = "wrong-number"
    HANDED_OVER = "handed-over"


# After these the resident knows, and nothing more is to be said.
TOLD = frozenset({PersonOutcome.TALKED, PersonOutcome.HANDED_OVER})
# After these nobody was there.
NOT_REACHED_BY_PERSON = frozenset({PersonOutcome.ANSWERING_MACHINE, PersonOutcome.NO_ANSWER})


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
    PERSON = "person"
    """They said so to a person of the office, who noted it."""


class ConfirmedBy(StrEnum):
    """By what it is known that the resident knows. That a text arrived or a call was picked up is none of these."""

    KEY = "key"
    RANG_US = "rang-us"
    TALKED = "talked"
    FAMILY = "family"
    HANDED_OVER = "handed-over"
    READ_BACK = "read-back"


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
    """The steps of a chain, in their order. FIRST is the early notice of a reminder and stands before its chain; a
    chain begins with LAST in reminders and with ONCE in all else."""

    FIRST = "first"
    ONCE = "once"
    LAST = "last"
    BY_CALL = "by-call"
    """A call after a text that did not arrive."""
    LAST_AGAIN = "last-again"
    """A second call, at another time of the day."""
    BY_TEXT = "by-text"
    """A text after calls in vain, for those who chose it."""
    FAMILY = "family"
    """A person tells the family at the same time, where it is wished."""
    PAPER = "paper"
    """A card to be posted, or a FAX sheet to be sent, by a person."""
    PERSON = "person"


class LeftOut(StrEnum):
    """Why a step is not done."""

    PASSED_AT_BOOKING = "passed-at-booking"
    JUST_BOOKED = "just-booked"
    NO_HOUR_LEFT = "no-hour-left"
    TOLD = "told-by-person"
    CONFIRMED = "confirmed"
    TOGETHER = "told-together"
    SAME_DAY = "told-same-day"
    ONLY_IF_UNANSWERED = "only-if-unanswered"
    ONLY_IF_NOT_ARRIVED = "only-if-not-arrived"
    NOT_BY_TEXT = "not-by-text"
    WISHES_NONE = "wishes-none"
    CHANGED = "told-as-change"


# Those that wait for how the step before them ends.
ONLY_IF = frozenset({LeftOut.ONLY_IF_UNANSWERED, LeftOut.ONLY_IF_NOT_ARRIVED})


class Why(StrEnum):
    """Why a person must do it."""

    WISH = "wish"
    FAMILY_INSTEAD = "family-instead"
    FAMILY_TOGETHER = "family-together"
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
    NO_RECEIPT = "no-receipt"
    MISSED = "missed"
    LATE = "late"
    SENDING_STOPPED = "sending-stopped"
    CAPPED = "capped"
    CARD_TOO_LATE = "card-too-late"
    CANNOT_COME = "cannot-come"
    LESSON_CANCELLED = "lesson-cancelled"
    LESSON_CHANGED = "lesson-changed"


# What is the family's alone to hear, not the resident's.
OF_FAMILY = frozenset({Why.FAMILY_INSTEAD, Why.FAMILY_TOGETHER})


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
class Family:
    """A family contact of the resident, what they may be told, and when. Only a person tells them (decision 32)."""

    contact_id: int
    relation: str
    number: str
    scope: ContactScope
    timing: ContactTiming


@dataclass(frozen=True)
class Tried:
    """What became of a step's message, and since when it stands so: when it left, or ended without leaving. `look`: it
    failed for a reason that we do not know, so that a person looks before anything more is said."""

    status: MessageStatus
    since: datetime | None = None
    look: bool = False


@dataclass(frozen=True)
class Confirmed:
    """How, when and by whom it became known that the resident knows; `comes` is false when they said that they
    cannot."""

    how: ConfirmedBy
    at: datetime
    who: str = ""
    comes: bool = True


Key = tuple[Matter, StepName]


@dataclass(frozen=True)
class Facts:
    """What the plan must know of one booking. `told`: a person told this resident this very start, or sent a paper;
    `confirmed`: besides, it is known that they know; `family_told`: a person told their family; `changed`: the
    lesson has changed since they booked, and they are told so by itself (change_rules.py). `companions`: who come along
    without a record of their own. `tried`: what became of each step's message."""

    booking_id: int
    lesson_id: int
    party: str
    starts_at: datetime
    booked_at: datetime
    wish: Wish
    numbers: tuple[Number, ...] = ()
    companions: int = 0
    language: Language = Language.JAPANESE
    own_chain: OwnChain = OwnChain.OFFICE
    family: tuple[Family, ...] = ()
    text_wished: bool = False
    consent: bool = True
    do_not_call: bool = False
    stopped: bool = False
    cancelled: bool = False
    lesson_cancelled: bool = False
    told: bool = False
    confirmed: Confirmed | None = None
    family_told: bool = False
    changed: bool = False
    hours: Hours = ALWAYS
    tried: Mapping[Key, Tried] = field(default_factory=dict)

    @property
    def family_instead(self) -> bool:
        return any(one.timing is ContactTiming.INSTEAD for one in self.family)


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
    def key(self) -> Key:
        return self.matter, self.step

    @property
    def window(self) -> str:
        if self.matter is Matter.CHANGE:
            return URGENT
        return TEXT if self.way is Wish.TEXT else CALL


def why_nothing(facts: Facts) -> str | None:
    """Why nothing at all may leave for this booking, or None."""
    if facts.cancelled:
        return "booking-cancelled"
    if facts.lesson_cancelled:
        return "lesson-cancelled"
    return "contact-stopped" if facts.stopped else None
