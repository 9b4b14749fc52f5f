"""抽選: what happens to a lesson that is given by lot. A party enters, staff draw once, somebody tells the result.

An entry is a row of the waiting list from its first day: it has the same people, the same checks and the same way out,
and whoever has no seat after the draw waits for one already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from ..core import chance, history
from ..core.access import HOUSE, Actor
from ..core.db import db, one_row
from ..core.edits import fitting
from ..core.errors import NotFound, Refusal
from ..messages import outbox
from . import booking_rules, queue
from . import lottery_queries as queries
from . import lottery_rules as rules
from .bookings import book_waiting, check_residents, names_of
from .lottery_models import Draw, DrawnEntry
from .lottery_rules import Drawn, Entry
from .models import Lesson
from .rules import BookedBy, BookingChannel
from .seats import lock_lessons, take_seats
from .waiting import last_place, put_at_end
from .waiting_models import Waiting, WaitingMember
from .waiting_rules import WaitEnd

# Who of these residents has come to a lesson that began before that instant; asked of the room that knows.
Came = Callable[[Collection[int], datetime], Collection[int]]


def enter(
    lesson_id: int,
    resident_ids: Sequence[int],
    *,
    companions: int = 0,
    booked_by: BookedBy,
    caller: str = "",
    channel: BookingChannel,
    text_wished: bool = False,
    override_reason: str = "",
    asked_at: datetime | None = None,
    external_id: str | None = None,
    by: Actor,
    now: datetime,
) -> Waiting:
    """Enter residents who come together for a lesson that is given by lot: all or none of them get seats. The entry's
    number is its `place`. It takes no seat.

    `asked_at`: when they asked, of a paper slip that is typed later. Raises NotFound, AlreadyBooked, AlreadyEntered,
    ContactStopped and what lottery_rules.check_may_enter refuses.
    """
    booking_rules.check_party(resident_ids, companions)
    lesson = lock_lessons([lesson_id], now)[lesson_id]
    check_residents(resident_ids, lesson)
    passed_over = rules.check_may_enter(
        lesson, lesson.seats, len(resident_ids) + companions, asked_at, now, override_reason=override_reason
    )
    _check_not_entered(resident_ids, lesson)
    entry = put_at_end(
        lesson, resident_ids, companions=companions, booked_by=booked_by, caller=caller, channel=channel,
        text_wished=text_wished, external_id=external_id, joined_at=asked_at or now, by=by, entered=True,
        **fitting(Waiting, {"override_reason": override_reason if passed_over else ""}),
    )  # fmt: skip
    history.record(
        "lottery.entered", f"waiting:{entry.id}", by=by, now=now, lesson=lesson_id, seats=entry.seats,
        booked_by=booked_by.value, channel=channel.value,
        **({"passed_over": passed_over} if passed_over else {}),
        **({"asked_at": asked_at.isoformat()} if asked_at else {}),
    )  # fmt: skip
    return entry


def draw(lesson_id: int, came: Came, *, by: Actor, now: datetime) -> Draw:
    """Draw a lesson's entries, once: whoever asks again gets the draw that there is. Those who won are booked, the
    others wait in drawn order; both in this transaction.

    Raises NotFound, and what lottery_rules.check_may_draw refuses.
    """
    lesson = lock_lessons([lesson_id], now)[lesson_id]
    if lesson.drawn_at is not None:
        return queries.get_draw(lesson_id)
    rules.check_may_draw(lesson, now)
    entries = _entries_to_draw(lesson, now)
    known = _known(lesson, entries, came)
    facts = [Entry(each.place, each.seats, known.isdisjoint(each.resident_ids)) for each in entries]
    done = Draw(
        lesson_id=lesson_id, seed=chance.seed(), seats=lesson.seats_free,
        first_timers_first=lesson.first_timers_first, drawn_at=now, drawn_by=by.name,
    )  # fmt: skip
    db.session.add(done)
    db.session.flush()
    undrawn = sa.update(Lesson).where(Lesson.id == lesson_id, Lesson.drawn_at.is_(None))
    if not one_row(undrawn.values(drawn_at=now)):
        raise Refusal("The draw is over. Book a free seat, or use the waiting list.", code="drawn-already")
    db.session.refresh(lesson, ["drawn_at"])
    drawn = rules.draw(done.seed, facts, done.seats, first_timers_first=done.first_timers_first)
    _keep(lesson, {each.place: each for each in entries}, drawn, by, now)
    history.record(
        "lottery.drawn", f"lesson:{lesson_id}", by=by, now=now, entries=len(drawn), won=sum(one.won for one in drawn),
        seats=done.seats, seed=done.seed,
    )  # fmt: skip
    return done


def note_told(waiting_id: int, told: bool, *, by: Actor, now: datetime) -> DrawnEntry:
    """A person told them the result, or tried in vain; then it stays for the next try. Raises NotFound, and Refusal
    `told-already`."""
    waiting = db.session.get(Waiting, waiting_id)
    if waiting is None:
        raise NotFound("There is no such entry.")
    lock_lessons([waiting.lesson_id], now)
    line = db.session.get(DrawnEntry, waiting_id, populate_existing=True)
    if line is None:
        raise NotFound("There is no such entry.")
    if line.told_at is not None:
        raise Refusal("Somebody else has told them already.", code="told-already")
    if told:
        line.told_at, line.told_by = now, by.name
        outbox.withdraw(about=f"entry:{waiting_id}", reason="told-by-person", now=now)
    else:
        line.tries += 1
    db.session.flush()
    history.record(
        "lottery.told" if told else "lottery.tried", f"waiting:{waiting_id}", by=by, now=now, lesson=line.lesson_id,
        tries=line.tries,
    )  # fmt: skip
    return line


def _entries_to_draw(lesson: Lesson, now: datetime) -> Sequence[Waiting]:
    """The entries as they stand when those have left whom nobody may contact any more."""
    for each in queue.parties(lesson.id):
        if stopped := queue.facts(each).stopped:
            queue.leave(lesson, each, stopped, WaitEnd.CONTACT_STOPPED, HOUSE, now)
    return queue.parties(lesson.id)


def _known(lesson: Lesson, entries: Sequence[Waiting], came: Came) -> set[int]:
    """Who of those who entered is no first-timer: has come to a lesson before this one, or is booked to one."""
    residents = {resident_id for each in entries for resident_id in each.resident_ids}
    return {*came(residents, lesson.starts_at), *queries.booked_before(residents, lesson)}


def _keep(
    lesson: Lesson, entries: dict[int, Waiting], drawn: Sequence[Drawn], by: Actor, now: datetime
) -> None:
    """Write the list, book those who won, and let the others wait in drawn order, behind every place given so far."""
    last = last_place(lesson)
    for one in drawn:
        waiting = entries[one.entry.number]
        db.session.add(
            DrawnEntry(
                waiting_id=waiting.id, lesson_id=lesson.id, number=one.entry.number, rank=one.rank,
                seats=one.entry.seats, first_timers=one.entry.first_timers, won=one.won,
            )
        )  # fmt: skip
        if one.won:
            take_seats(lesson, one.entry.seats, by=by)
            winners = waiting.resident_ids
            queue.end(lesson, waiting, WaitEnd.BOOKED, by, now, told_as="lottery.won")
            # The result tells them; a confirmation besides would tell them twice.
            book_waiting(waiting, winners, by, now, read_back=False, text_wished=False, rank=one.rank)
        else:
            waiting.place = last + one.rank
            history.record("lottery.not-won", f"waiting:{waiting.id}", by=by, now=now, lesson=lesson.id, rank=one.rank)
    db.session.flush()


def _check_not_entered(resident_ids: Sequence[int], lesson: Lesson) -> None:
    """Raises AlreadyEntered. The unique index refuses whatever comes by another way."""
    still = db.session.scalars(
        sa.select(WaitingMember).where(
            WaitingMember.lesson_id == lesson.id, WaitingMember.resident_id.in_(resident_ids),
            WaitingMember.left_at.is_(None),
        )
    ).all()  # fmt: skip
    if still:
        raise rules.AlreadyEntered(names_of([each.resident_id for each in still]), [each.waiting_id for each in still])
