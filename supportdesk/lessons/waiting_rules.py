"""Pure decisions about the waiting list (キャンセル待ち): who may wait, and who is offered a free seat (空きのご連絡).
Until when an offer stands is in deadline_rules.py.

Sources: peers 8, 11 and 147 (an offer is a record of its own with a deadline, pauses at night, is never repeated, and
couples come whole or not at all); office practice 8 (contact stopped) and 9 (a freed seat can still be offered).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ..core.errors import Refusal
from .booking_rules import CLOSED, BookableLesson, why_not_bookable
from .deadline_rules import latest_answer, offer_until
from .slot_rules import LessonKind, seats_for

# A person tries twice, as the automatic call does; then the offer goes on to the next.
MOST_TRIES = 2

WAITING_FIRST = "waiting-first"


class WaitEnd(StrEnum):
    """How a party's waiting ended."""

    BOOKED = "booked"
    DECLINED = "declined"
    EXPIRED = "expired"
    NOT_REACHED = "not-reached"
    TAKEN_OUT = "taken-out"
    CONTACT_STOPPED = "contact-stopped"
    LESSON_OVER = "lesson-over"


class OfferState(StrEnum):
    """Where an offer is. Withdrawn: the party left the queue, or there is no lesson to offer any more."""

    STANDING = "standing"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    NOT_REACHED = "not-reached"
    WITHDRAWN = "withdrawn"


class OfferAnswer(StrEnum):
    """What staff note of an offer, each in one tap."""

    ACCEPTS = "accepts"
    DECLINES = "declines"
    NOT_REACHED = "not-reached"


OFFER_MOVES: dict[OfferState, tuple[OfferState, ...]] = {
    OfferState.STANDING: (
        OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED, OfferState.NOT_REACHED, OfferState.WITHDRAWN,
    ),
    **{state: () for state in OfferState if state is not OfferState.STANDING},
}  # fmt: skip

# What becomes of an offer whose party waits no longer.
OFFER_OF_END: dict[WaitEnd, OfferState] = {
    WaitEnd.BOOKED: OfferState.ACCEPTED,
    WaitEnd.DECLINED: OfferState.DECLINED,
    WaitEnd.EXPIRED: OfferState.EXPIRED,
    WaitEnd.NOT_REACHED: OfferState.NOT_REACHED,
    WaitEnd.TAKEN_OUT: OfferState.WITHDRAWN,
    WaitEnd.CONTACT_STOPPED: OfferState.WITHDRAWN,
    WaitEnd.LESSON_OVER: OfferState.WITHDRAWN,
}


class WaitingFirst(Refusal):
    """The free seats are due to people who wait; `waiting` says how many parties are in front."""

    code = WAITING_FIRST

    def __init__(self, waiting: int) -> None:
        super().__init__(
            "%(waiting)s on the waiting list come first. Put these people on the list too, or give the reason why they "
            "are booked all the same.",
            waiting=waiting,
        )


class AlreadyWaiting(Refusal):
    """Somebody of the party waits for this lesson already; `waiting_ids` are those entries."""

    code = "already-waiting"

    def __init__(self, names: Sequence[str], waiting_ids: Sequence[int]) -> None:
        super().__init__("Already on the waiting list of this lesson: %(names)s.", names="、".join(names))
        self.waiting_ids = list(waiting_ids)


class OfferedBefore(Refusal):
    """Somebody of the party was offered a seat in this lesson before (peers 11: nobody is offered twice)."""

    code = "offered-before"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            "%(names)s: a seat in this lesson was offered before, and nobody is offered one twice. Book directly when "
            "a seat is free, or offer another lesson.",
            names="、".join(names),
        )


@dataclass(frozen=True)
class Party:
    """Who waits together: `members` still wait, those in `stopped` are not to be contacted any more. `until`: the
    deadline of the offer that stands for them; `tries`: how often a person tried to reach them about it. `kind`: that
    of the lesson."""

    id: int
    members: tuple[int, ...]
    companions: int = 0
    stopped: frozenset[int] = frozenset()
    until: datetime | None = None
    tries: int = 0
    kind: LessonKind = LessonKind.CLASS

    @property
    def seats(self) -> int:
        return seats_for(self.kind, len(self.members) + self.companions)

    @property
    def left(self) -> int:
        """Seats they need when the stopped ones have gone; companions come with somebody or not at all."""
        staying = [each for each in self.members if each not in self.stopped]
        return seats_for(self.kind, len(staying) + self.companions) if staying else 0


@dataclass(frozen=True)
class Settlement:
    """What is to be done in one lesson's queue, all of it or nothing. Ids are those of the waiting parties."""

    over: bool = False
    stopped: tuple[int, ...] = ()
    ended: tuple[int, ...] = ()
    shortened: tuple[int, ...] = ()
    offered: tuple[int, ...] = ()
    until: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.over or self.stopped or self.ended or self.shortened or self.offered)


def settle(
    lesson: BookableLesson, free: int, parties: Sequence[Party], closed: Collection[date], now: datetime
) -> Settlement:
    """What the queue of a lesson asks for: whenever seats are free and a party fits, there is an offer.

    `free`: seats neither taken, held nor offered. `parties`: all who wait, in their order. Derived from how things
    stand, so it may be asked any number of times, and asks for nothing once it was done.
    """
    if is_over(lesson, now):
        return Settlement(over=bool(parties))
    latest = latest_answer(lesson.starts_at, closed)
    standing = [each for each in parties if each.until is not None and each.left]
    ended = [each for each in standing if min(each.until or now, latest) <= now]
    kept = [each for each in standing if each not in ended]
    free += sum(each.seats for each in parties if each.until is not None)
    free -= sum(each.left for each in kept)
    until = offer_until(now, lesson.starts_at, closed)
    may_offer = until is not None and may_be_offered(lesson, now)
    waiting = [each for each in parties if each.until is None and each.left]
    return Settlement(
        stopped=tuple(each.id for each in parties if each.stopped),
        ended=tuple(each.id for each in ended),
        shortened=tuple(each.id for each in kept if each.until is not None and each.until > latest),
        offered=tuple(each.id for each in whole_parties(free, waiting)) if may_offer else (),
        until=until,
    )


def whole_parties(free: int, waiting: Sequence[Party]) -> list[Party]:
    """The first parties in order that fit whole. A couple for whom one seat is free lets a single go ahead, and keeps
    its place for the next two."""
    chosen = []
    for party in waiting:
        if party.left <= free:
            chosen.append(party)
            free -= party.left
    return chosen


def check_order(wanted: int, free: int, ahead: Sequence[Party], *, override_reason: str) -> str:
    """Refuse a booking past those who wait (without an offer, and in front), unless staff give a reason; says
    `waiting-first` if they were passed over, or "". Seats that nobody who waits could use are free for everybody."""
    due = whole_parties(free, ahead)
    if wanted > free or wanted <= free - sum(each.left for each in due):
        return ""
    if override_reason.strip():
        return WAITING_FIRST
    raise WaitingFirst(len(ahead))


def check_may_wait(
    lesson: BookableLesson, seats: int, *, wanted: int, free: int, waiting: Sequence[Party], closed: Collection[date],
    now: datetime,
) -> None:  # fmt: skip
    """Raises Refusal unless waiting makes sense: the lesson can be booked but for its seats, and an offer could still
    be made. `seats`: all that the lesson has; `free`: those free for whoever asks."""
    refusal = why_not_bookable(lesson, now)
    if refusal is not None and refusal.code != CLOSED:
        raise refusal
    if wanted > seats:
        raise Refusal(
            "The lesson has only %(seats)s seats, so a party of this size cannot come together.",
            code="party-too-large", seats=seats,
        )  # fmt: skip
    if offer_until(now, lesson.starts_at, closed) is None:
        raise Refusal("The lesson begins too soon for anybody to be told of a free seat.", code="too-late-to-wait")
    if wanted <= free - sum(each.left for each in whole_parties(free, waiting)):
        raise Refusal("Seats are free for them. Please book instead.", code="seats-free")


def check_stands(state: OfferState, until: datetime, now: datetime) -> None:
    """Raises Refusal `offer-over` for an offer that can no longer be answered."""
    if state is not OfferState.STANDING or now >= until:
        raise Refusal(
            "This offer is over. If a seat is free, book directly; otherwise offer another lesson.", code="offer-over"
        )


def after_try(tries: int) -> WaitEnd | None:
    """What a try of a person that reached nobody means, `tries` of them counted; None: it stays for another."""
    return WaitEnd.NOT_REACHED if tries >= MOST_TRIES else None


def end_of_time(tries: int) -> WaitEnd:
    """How an offer ends whose time is over: whom persons tried in vain was not reached."""
    return WaitEnd.NOT_REACHED if tries else WaitEnd.EXPIRED


def is_over(lesson: BookableLesson, now: datetime) -> bool:
    """Whether nobody can wait for this lesson any more: it was cancelled, or has begun."""
    refusal = why_not_bookable(lesson, now)
    return refusal is not None and refusal.code in ("lesson-cancelled", "lesson-begun")


def may_be_offered(lesson: BookableLesson, now: datetime) -> bool:
    """Whether free seats go to those who wait: while booking is open, and after it closed, since the office offers."""
    refusal = why_not_bookable(lesson, now)
    return refusal is None or refusal.code == CLOSED
