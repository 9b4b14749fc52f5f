"""Whom a person of the office must tell now, worked out from the diary alone, to be held against the product's list."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from . import promises
from .diary import CALL, TEXT, TOLD, Booking, Diary, Sent
from .promises import NO_NEWS, SOON, Blocked


class Duty(Enum):
    MUST = "must stand on the list"
    MAY = "may stand on the list"
    NOT = "must not stand on the list"


def blocked_at(diary: Diary, instant: datetime, *, before: bool = False) -> Blocked:
    """What the network had told of each number by then (`before`: before that very instant)."""

    def known(at: datetime) -> bool:
        return at < instant or (at == instant and not before)

    def blocked(number: str, way: str) -> bool:
        for sent in diary.to_number[number]:
            codes = [sent.code] if sent.answer == "refused" and known(sent.at) else []
            codes += [report.code for report in sent.reports if report.code and known(report.at)]
            for code in codes:
                if (
                    code in promises.OPTED_OUT
                    or (code in promises.NO_TEXTS and way == TEXT)
                    or (code in promises.GONE and way == sent.channel)
                ):
                    return True
        return False

    return blocked


def duties(diary: Diary, now: datetime, ticked_at: datetime) -> dict[int, Duty]:
    """For every booking that stands, or stood until its lesson was cancelled. `ticked_at`: when the jobs last worked,
    since some things become known only then. A group that is told together has one entry on the list, for any of
    them."""
    found: dict[int, Duty] = {}
    blocked = blocked_at(diary, now)
    for lesson in diary.lessons.values():
        if lesson.start.now <= now or lesson.start.now - now > timedelta(days=20):
            continue
        for booking in diary.of_lesson[lesson.id]:
            found[booking.id] = _duty(diary, booking, blocked, now, ticked_at)
    return found


def together(diary: Diary, booking: Booking, at: datetime, blocked: Blocked) -> list[Booking]:
    """Those of a party who are told by one call or text then, being reached by the same way and number; the booking
    itself among them."""
    way, number = promises.way_of(booking.person.profile.at(at), blocked)
    if not number:
        return [booking]
    return [
        mate
        for mate in diary.of_lesson[booking.lesson.id]
        if mate is booking
        or (
            mate.party == booking.party
            and mate.active(at)
            and not mate.person.profile.at(at).stopped
            and promises.way_of(mate.person.profile.at(at), blocked) == (way, number)
        )
    ]


def _duty(diary: Diary, booking: Booking, blocked: Blocked, now: datetime, ticked_at: datetime) -> Duty:
    lesson, profile = booking.lesson, booking.person.profile.now
    if not booking.active(now) or profile.stopped:
        return Duty.NOT
    if lesson.cancelled_at is not None:
        calls = [each for mate in together(diary, booking, now, blocked) for each in mate.contacts]
        told = any(each.outcome in TOLD and each.at >= lesson.cancelled_at for each in calls)
        return Duty.NOT if told else Duty.MUST
    if _told(booking):
        return Duty.NOT
    duty = _to_remind(diary, booking, blocked, now, ticked_at)
    # Whom a move concerns stands there until somebody has told them; when that begins and ends is a rule of its own
    # (tests/reminders/test_changes.py), so here it only may be.
    moved = any(at > booking.made_at for at, _ in lesson.start)
    return Duty.MAY if moved and duty is Duty.NOT else duty


def _to_remind(diary: Diary, booking: Booking, blocked: Blocked, now: datetime, ticked_at: datetime) -> Duty:
    lesson, profile = booking.lesson, booking.person.profile.now
    group = together(diary, booking, now, blocked)
    if any(_told(mate) for mate in group):
        return Duty.NOT
    start = lesson.start.now
    way, number = promises.way_of(profile, blocked)
    sent = _since_last_notice(diary, booking, way, number)
    if way == "person":
        late = booking.made_at >= promises.second_try(start, diary.closed)
        if late or now < promises.first_notice(start, diary.closed):
            return Duty.NOT
        # Whose way was changed after a machine had told them may be told once more.
        return Duty.MAY if any(one.kept for one in sent) else Duty.MUST
    due = promises.last_notice(start, diary.closed)
    if way == "none" or now < due or all(mate.made_at >= due for mate in group):
        return Duty.NOT
    return _by_machine(diary, booking, sent, now, ticked_at)


def _told(booking: Booking) -> bool:
    return any(each.outcome in TOLD and each.start == booking.lesson.start.now for each in booking.contacts)


def _since_last_notice(diary: Diary, booking: Booking, way: str, number: str) -> list[Sent]:
    """What was sent as last notice or second try for the lesson as it stands now: about this booking, or about another
    of the party on the same number."""
    due = promises.last_notice(booking.lesson.start.now, diary.closed)
    moved = max(at for at, _ in booking.lesson.start)
    mates = [mate for mate in diary.of_lesson[booking.lesson.id] if mate.party == booking.party]
    return sorted(
        (
            one
            for mate in mates
            for one in diary.for_booking[mate.id]
            if one.matter == "reminder"
            and one.at >= max(due, moved)
            and (mate is booking or (one.channel, one.number) == (way, number))
            and one.at >= booking.made_at
        ),
        key=lambda one: one.at,
    )


def _by_machine(diary: Diary, booking: Booking, sent: list[Sent], now: datetime, ticked_at: datetime) -> Duty:
    """Whether the last notice came through, as far as the office can know."""
    start = booking.lesson.start.now
    due = max(promises.last_notice(start, diary.closed), max(at for at, _ in booking.lesson.start))
    tried = [one for one in sent if one.answer in ("accepted", "lost")]
    if not tried:
        return Duty.MUST if now >= due + SOON else Duty.MAY
    last = tried[-1]
    known = last.final(now)
    if known == "good":
        return Duty.NOT
    if known == "not-answered":
        return _after_no_answer(diary, booking, tried, now)
    if known == "failed":
        return Duty.MUST
    if last.answer == "lost" and not last.heard_of(now):
        # The process may have died with it, and a mark of that is set at a later tick.
        return Duty.MUST if last.at + SOON <= ticked_at else Duty.MAY
    if last.at + NO_NEWS <= ticked_at:
        return Duty.MUST
    return Duty.NOT if last.answer == "accepted" and now < last.at + NO_NEWS else Duty.MAY


def _after_no_answer(diary: Diary, booking: Booking, tried: list[Sent], now: datetime) -> Duty:
    """Nobody picked up: once more by 15:00, and if that fails too, or cannot be, a person."""
    if len(tried) > 1 or tried[-1].channel != CALL:
        return Duty.MUST
    heard = next(report.at for report in tried[0].reports if report.status in ("busy", "no-answer"))
    again = max(promises.second_try(booking.lesson.start.now, diary.closed), heard)
    return Duty.MUST if now >= again + SOON else Duty.MAY
