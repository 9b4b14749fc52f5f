"""What happens on a day sheet. A record is known by the key that its maker gave it; sent twice it is one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core import chance, clock, history
from ..core.access import Actor, Role
from ..core.db import db, insert_or_leave
from ..core.errors import ChangedMeanwhile, NotFound, Refusal
from ..core.japan.text import clean_text
from ..lessons.actions import move_state
from ..lessons.models import Booking, Lesson
from ..lessons.rules import LessonState
from ..office.list_rules import ReferralPlace
from ..people.models import Resident
from . import queries, rules
from .models import Visit
from .rules import Attendance, HowItWent


@dataclass(frozen=True)
class Practice:
    """What was practised with one person and how it went. `minutes` from 1 to 480, or None."""

    practised: str = ""
    how_it_went: HowItWent | None = None
    referred_to: ReferralPlace | None = None
    minutes: int | None = None
    note: str = ""


def note_opening(lesson_id: int, *, by: Actor, now: datetime) -> None:
    """Write down that somebody looked at a sheet."""
    history.record("sheet.opened", f"lesson:{lesson_id}", by=by, now=now)


def mark(
    lesson_id: int,
    booking_id: int | None,
    attendance: Attendance | None,
    *,
    key: str,
    by: Actor,
    now: datetime,
) -> Visit:
    """Came, absent with notice, absent without; None takes it back. A walk-in, without a booking, is found by
    its key.

    The last tap counts, whoever taps. A booking that was cancelled meanwhile is marked too: the person is in
    the room. Raises NotFound, Refusal.
    """
    _lesson_to_write(lesson_id, by=by, now=now)
    visit = _record(lesson_id, booking_id, key, by=by, now=now)
    _set_attendance(visit, attendance, by=by, now=now)
    return visit


def mark_all_came(lesson_id: int, *, by: Actor, now: datetime) -> list[Visit]:
    """全員出席: everybody with a booking who is not marked yet came. Whoever is marked stays as marked."""
    _lesson_to_write(lesson_id, by=by, now=now)
    standing = sa.select(Booking.id).where(Booking.lesson_id == lesson_id, Booking.cancelled_at.is_(None))
    marked = []
    # In one order, so that two who press it at once wait for each other and never both.
    for booking_id in db.session.scalars(standing.order_by(Booking.id)).all():
        visit = _record(lesson_id, booking_id, chance.record_key(), by=by, now=now)
        if visit.attendance is None:
            _set_attendance(visit, Attendance.CAME, by=by, now=now)
            marked.append(visit)
    return marked


def rate(
    lesson_id: int, booking_id: int | None, how: HowItWent | None, *, key: str, by: Actor, now: datetime
) -> Visit:
    """How it went, in one tap; None takes it back. Somebody who practised came.

    Raises NotFound, and Refusal for つなぐ, which needs a place and goes through `log`."""
    _lesson_to_write(lesson_id, by=by, now=now)
    visit = _record(lesson_id, booking_id, key, by=by, now=now)
    rules.check_how(visit.attendance, how, None)
    if how is not None and visit.attendance is None:
        _set_attendance(visit, Attendance.CAME, by=by, now=now)
    _change(visit, {"how_it_went": how, "referred_to": ""}, by=by, now=now)
    return visit


def add_walk_in(
    key: str, lesson_id: int, *, name: str = "", resident_id: int | None = None, by: Actor, now: datetime
) -> Visit:
    """飛び入り: somebody came without a booking; takes no seat. A name is enough, a resident is better.

    Raises NotFound, and Refusal `already-here` when that resident is on the sheet already.
    """
    _lesson_to_write(lesson_id, by=by, now=now)
    key = rules.check_key(key)
    if resident_id is None:
        name = rules.check_walk_in_name(name)
    else:
        name = ""
        _check_not_on_sheet(lesson_id, resident_id)
    made = insert_or_leave(
        Visit,
        key=key, lesson_id=lesson_id, resident_id=resident_id, walk_in_name=name, attendance=Attendance.CAME,
        made_at=now, made_by=by.name, changed_at=now,
    )  # fmt: skip
    visit = _locked(Visit.key == key)
    if visit is None:
        raise Refusal("This person is already on the sheet.", code="already-here")
    if (visit.lesson_id, visit.resident_id, visit.walk_in_name) != (lesson_id, resident_id, name):
        raise Refusal(OTHER_BODY, code="other-body")
    if made:
        history.record("visit.walk_in", f"lesson:{lesson_id}", by=by, now=now, visit=visit.id)
    return visit


def log(
    lesson_id: int,
    booking_id: int | None,
    practice: Practice,
    *,
    key: str,
    version: int,
    by: Actor,
    now: datetime,
) -> Visit:
    """Write what was practised. `version` is that of the record which the writer saw, 0 if there was none.

    Raises NotFound, Refusal, and ChangedMeanwhile when somebody else wrote something different in between.
    """
    _lesson_to_write(lesson_id, by=by, now=now)
    rules.check_minutes(practice.minutes)
    visit = _record(lesson_id, booking_id, key, by=by, now=now)
    rules.check_how(visit.attendance, practice.how_it_went, practice.referred_to)
    values = {
        **asdict(practice),
        "practised": clean_text(practice.practised),
        "note": clean_text(practice.note),
        "referred_to": practice.referred_to or "",
    }
    # A tap of somebody else makes a new version too, but leaves nothing that this could overwrite.
    written = any(getattr(visit, name) for name in values)
    differs = any(getattr(visit, name) != value for name, value in values.items())
    if version != visit.version and written and differs:
        raise ChangedMeanwhile()
    if practice.how_it_went is not None and visit.attendance is None:
        _set_attendance(visit, Attendance.CAME, by=by, now=now)
    _change(visit, values, by=by, now=now)
    return visit


def close_sheet(lesson_id: int, *, by: Actor, now: datetime) -> int:
    """おわりの確認: the lesson was held, and is recorded once everybody is marked. Gives how many are not.

    Whoever came and has nothing written gets what the course lists and the lesson's minutes (全員同じ内容).
    May be called again. Raises NotFound, Refusal.
    """
    lesson = _lesson_to_write(lesson_id, by=by, now=now)
    rules.check_may_close(lesson.starts_at, now)
    practised = rules.usual_practice(lesson.course.practised, lesson.course.title)
    minutes = rules.usual_minutes(lesson.starts_at, lesson.ends_at)
    for visit in queries.of_lesson(lesson_id):
        if visit.attendance is Attendance.CAME and not visit.practised:
            _change(visit, {"practised": practised, "minutes": visit.minutes or minutes}, by=by, now=now)
    missing = len(queries.sheet_of(lesson).unmarked)
    if lesson.state in (LessonState.OPEN, LessonState.CLOSED):
        move_state(lesson_id, LessonState.HELD, by=by, now=now)
    if lesson.state is LessonState.HELD and not missing:
        move_state(lesson_id, LessonState.RECORDED, by=by, now=now)
    return missing


OTHER_BODY = "This form was already sent with other contents. Please open it again."


def _lesson_to_write(lesson_id: int, *, by: Actor, now: datetime) -> Lesson:
    lesson = db.session.get(Lesson, lesson_id)
    if lesson is None or lesson.state not in queries.SHOWN:
        raise NotFound("There is no such lesson.")
    if lesson.state is LessonState.CANCELLED:
        raise Refusal("This lesson was cancelled.", code="lesson-cancelled")
    rules.check_may_write(
        clock.local(lesson.starts_at), clock.local(now), office=by.has(Role.STAFF, Role.COORDINATOR)
    )
    return lesson


def _record(lesson_id: int, booking_id: int | None, key: str, *, by: Actor, now: datetime) -> Visit:
    """The record of one person, locked; begun now if there was none.

    A booking has one record: of two volunteers who begin it at once the second writes into the first one's,
    whatever key they brought.
    """
    key = rules.check_key(key)
    if booking_id is None:
        visit = _locked(Visit.key == key)
        if visit is None or visit.lesson_id != lesson_id or visit.booking_id is not None:
            raise NotFound("This person is no longer on the sheet.")
        return visit
    booking = db.session.get(Booking, booking_id)
    if booking is None or booking.lesson_id != lesson_id:
        raise NotFound("This person is no longer on the sheet.")
    insert_or_leave(
        Visit,
        key=key, lesson_id=lesson_id, booking_id=booking_id, resident_id=booking.resident_id,
        made_at=now, made_by=by.name, changed_at=now,
    )  # fmt: skip
    visit = _locked(Visit.booking_id == booking_id)
    if visit is None:  # the key names the record of somebody else
        raise Refusal(OTHER_BODY, code="other-body")
    return visit


def _locked(which: sa.ColumnElement[bool]) -> Visit | None:
    asked = sa.select(Visit).where(which).with_for_update()
    return db.session.scalars(asked, execution_options={"populate_existing": True}).first()


def _check_not_on_sheet(lesson_id: int, resident_id: int) -> None:
    if db.session.get(Resident, resident_id) is None:
        raise NotFound("There is no such resident.")
    booked = sa.select(Booking.id).where(
        Booking.lesson_id == lesson_id, Booking.resident_id == resident_id, Booking.cancelled_at.is_(None)
    )
    if db.session.scalar(booked) is not None:
        raise Refusal("This person is already on the sheet.", code="already-here")


def _set_attendance(visit: Visit, attendance: Attendance | None, *, by: Actor, now: datetime) -> None:
    if visit.attendance is attendance:
        return
    history.record(
        "visit.marked",
        _subject(visit),
        by=by,
        now=now,
        visit=visit.id,
        before=visit.attendance,
        after=attendance,
    )
    visit.attendance, visit.changed_at = attendance, now
    db.session.flush()


def _change(visit: Visit, values: dict[str, Any], *, by: Actor, now: datetime) -> None:
    """Write what differs. The history names the fields alone: what is in them is free text."""
    changed = [name for name, value in values.items() if getattr(visit, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(visit, name, values[name])
    visit.changed_at = now
    history.record("visit.logged", _subject(visit), by=by, now=now, visit=visit.id, changed=changed)
    db.session.flush()


def _subject(visit: Visit) -> str:
    return f"lesson:{visit.lesson_id}" if visit.booking_id is None else f"booking:{visit.booking_id}"
