"""What happens to courses and lessons. Bookings, seats and holds have files of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from ..core import clock, history
from ..core.access import Actor
from ..core.db import db, one_row
from ..core.edits import apply, at_field, fitting, for_editing
from ..core.errors import NotFound, Refusal
from ..core.japan.text import to_katakana
from ..messages import outbox
from ..office.models import ClosedDay, Topic
from ..people.models import Supporter
from ..places.models import Room
from . import rules
from .models import Booking, Course, CourseTopic, Lesson, LessonSupporter
from .rules import LessonState


@dataclass(frozen=True)
class CourseData:
    """A course as it is typed or imported. `topics` are topic codes."""

    title: str
    minutes: int
    seats: int
    learners_per_supporter: int
    title_kana: str = ""
    category: str = "basic"
    bring: str = ""
    summary: str = ""
    practised: str = ""
    pin_typed_by_resident: bool = False
    staff_only: bool = False
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class LessonData:
    """A lesson as it is typed or imported, on the town's wall clock. The venue is the room's.

    No booking window given means the office's usual one.
    """

    course_id: int
    room_id: int
    day: date
    start: time
    minutes: int
    seats: int
    least: int = 1
    booking_opens_at: datetime | None = None
    booking_closes_at: datetime | None = None
    supporter_ids: tuple[int, ...] = ()
    note: str = ""


def add_course(data: CourseData, *, external_id: str | None = None, by: Actor, now: datetime) -> Course:
    """Raises Refusal with the field at fault."""
    course = Course(**_course(data), external_id=external_id)
    course.topics = [CourseTopic(topic_code=code) for code in _topics(data.topics)]
    db.session.add(course)
    db.session.flush()
    history.record("course.added", f"course:{course.id}", by=by, now=now)
    return course


def edit_course(course_id: int, data: CourseData, version: int, *, by: Actor, now: datetime) -> Course:
    """Lessons already planned keep their own length and seats. Raises NotFound, ChangedMeanwhile, Refusal."""
    course = for_editing(Course, course_id, version)
    changed = apply(course, _course(data))
    before, after = sorted(row.topic_code for row in course.topics), _topics(data.topics)
    if before != after:
        course.topics = [CourseTopic(topic_code=code) for code in after]
        changed["topics"] = [before, after]
        flag_modified(course, "title")  # a change of its topics alone is a new version of the course too
    if changed:
        for long_text in ("summary", "practised"):
            changed.pop(long_text, None)
        db.session.flush()
        history.record(
            "course.edited", f"course:{course.id}", by=by, now=now, version=course.version, changed=changed
        )
    return course


def add_lesson(data: LessonData, *, external_id: str | None = None, by: Actor, now: datetime) -> Lesson:
    """A new lesson in preparation. Raises Refusal with the field at fault, naming the lesson that has the room."""
    course = db.session.get(Course, data.course_id)
    if course is None or course.ended_at is not None:
        raise Refusal("This course is not offered any more.", code="course-ended", field="course_id")
    lesson = Lesson(external_id=external_id, course_id=course.id, state=LessonState.DRAFT)
    values = _lesson(data, lesson, now)
    rules.check_seats(data.seats, data.least)
    supporters = _supporters(data.supporter_ids)
    _put_into_room(lesson, values)
    lesson.supporters = [LessonSupporter(supporter_id=one) for one in supporters]
    history.record("lesson.added", f"lesson:{lesson.id}", by=by, now=now)
    return lesson


def edit_lesson(lesson_id: int, data: LessonData, version: int, *, by: Actor, now: datetime) -> Lesson:
    """Raises NotFound, ChangedMeanwhile, Refusal. A new start takes back what was to be said about the old one;
    the reminders plan anew, since the start is their occasion."""
    lesson = for_editing(Lesson, lesson_id, version)
    rules.check_may_be_edited(lesson.state)
    values = _lesson(data, lesson, now) | {"course_id": data.course_id}
    if data.course_id != lesson.course_id and db.session.get(Course, data.course_id) is None:
        raise Refusal("This course is not offered any more.", code="course-ended", field="course_id")
    rules.check_seats(data.seats, data.least, taken=lesson.seats_taken, held=lesson.seats_held + lesson.seats_offered)
    before, after = sorted(row.supporter_id for row in lesson.supporters), _supporters(data.supporter_ids)
    changed = _put_into_room(lesson, values)
    if before != after:
        lesson.supporters = [LessonSupporter(supporter_id=one) for one in after]
        changed["supporters"] = [before, after]
        flag_modified(lesson, "note")  # a change of the supporters alone is a new version of the lesson too
        db.session.flush()
    if "starts_at" in changed:
        for booking in _active_bookings(lesson.id):
            outbox.withdraw(about=f"booking:{booking.id}", reason="lesson-time-changed", now=now)
    if changed:
        changed.pop("note", None)
        told = {name: [_plain(value) for value in pair] for name, pair in changed.items()}
        history.record(
            "lesson.edited", f"lesson:{lesson.id}", by=by, now=now, version=lesson.version, changed=told
        )
    return lesson


def move_state(
    lesson_id: int, to: LessonState, *, seen: LessonState | None = None, by: Actor, now: datetime
) -> Lesson:
    """Move a lesson to its next state, or a step back. `seen` is the state that the person had before their eyes.

    Raises NotFound, and Refusal when the move is not allowed or somebody else moved it first. Cancelling needs a
    reason and is `cancel_lesson`.
    """
    lesson = _lesson_at(lesson_id)
    old = lesson.state if seen is None else seen
    if to is LessonState.CANCELLED:
        raise Refusal("To cancel a lesson, give the reason.", code="reason-needed")
    rules.check_move(old, to, starts_at=lesson.starts_at, seats_taken=lesson.seats_taken, now=now)
    guarded = sa.update(Lesson).where(Lesson.id == lesson_id, Lesson.state == old)
    if not one_row(guarded.values(state=to)):
        raise Refusal("Somebody else has moved this lesson on. Please look again.", code="moved-meanwhile")
    db.session.refresh(lesson)
    history.record("lesson.moved", f"lesson:{lesson.id}", by=by, now=now, old=old.value, new=to.value)
    return lesson


def cancel_lesson(lesson_id: int, reason: str, *, by: Actor, now: datetime) -> Lesson:
    """The lesson does not take place. Bookings stay, and are shown as cancelled with their lesson; nothing that was
    planned to be said about them leaves any more. Raises NotFound, Refusal."""
    lesson = _lesson_at(lesson_id)
    kept = fitting(Lesson, {"cancel_reason": reason}, needed=("cancel_reason",))
    rules.check_move(
        lesson.state, LessonState.CANCELLED, starts_at=lesson.starts_at, seats_taken=lesson.seats_taken, now=now
    )
    guarded = sa.update(Lesson).where(
        Lesson.id == lesson_id, Lesson.state == lesson.state, Lesson.cancelled_at.is_(None)
    )
    if not one_row(guarded.values(state=LessonState.CANCELLED, cancelled_at=now, cancelled_by=by.name, **kept)):
        raise Refusal("Somebody else has moved this lesson on. Please look again.", code="moved-meanwhile")
    db.session.refresh(lesson)
    bookings = _active_bookings(lesson_id)
    for booking in bookings:
        outbox.withdraw(about=f"booking:{booking.id}", reason="lesson-cancelled", now=now)
        history.record(
            "booking.lesson_cancelled", f"booking:{booking.id}", by=by, now=now, lesson=lesson_id
        )
    history.record("lesson.cancelled", f"lesson:{lesson_id}", by=by, now=now, bookings=len(bookings))
    return lesson


def _lesson_at(lesson_id: int) -> Lesson:
    lesson = db.session.get(Lesson, lesson_id)
    if lesson is None:
        raise NotFound("This entry does not exist.")
    return lesson


def _active_bookings(lesson_id: int) -> Sequence[Booking]:
    return db.session.scalars(
        sa.select(Booking).where(Booking.lesson_id == lesson_id, Booking.cancelled_at.is_(None)).order_by(Booking.id)
    ).all()


def _course(data: CourseData) -> dict[str, Any]:
    values = asdict(data)
    del values["topics"]
    values = fitting(Course, values, needed=("title",))
    with at_field("title_kana"):
        values["title_kana"] = to_katakana(values["title_kana"])
    if values["category"] not in rules.COURSE_CATEGORIES:
        raise Refusal("There is no such kind of course.", code="no-category", field="category")
    rules.check_course(data.minutes, data.seats, data.learners_per_supporter)
    return values


def _topics(codes: Sequence[str]) -> list[str]:
    known = set(db.session.scalars(sa.select(Topic.code).where(Topic.code.in_(codes))))
    if known != set(codes):
        raise Refusal("There is no topic with this code.", code="no-topic", field="topics")
    return sorted(known)


def _supporters(ids: Sequence[int]) -> list[int]:
    known = set(db.session.scalars(sa.select(Supporter.id).where(Supporter.id.in_(ids))))
    if known != set(ids):
        raise Refusal("There is no such supporter.", code="no-supporter", field="supporter_ids")
    return sorted(known)


def _lesson(data: LessonData, lesson: Lesson, now: datetime) -> dict[str, Any]:
    """The lesson's columns. Locks the room, so that two lessons on their way into it wait for each other instead of
    stopping each other (the exclusion constraint, which decides, can end in a deadlock)."""
    room = db.session.get(Room, data.room_id, with_for_update=True)
    if room is None:
        raise Refusal("There is no such room.", code="no-room", field="room_id")
    if room.venue.closed_at is not None and room.id != lesson.room_id:
        raise Refusal("This venue is closed. Please choose another one.", code="venue-closed", field="room_id")
    starts_at, ends_at = rules.lesson_times(data.day, data.start, data.minutes)
    if starts_at != lesson.starts_at:
        rules.check_start(starts_at, now)
    closed = db.session.scalars(sa.select(ClosedDay.day)).all()
    usual_opens, usual_closes = rules.booking_window(starts_at, closed)
    opens, closes = data.booking_opens_at or usual_opens, data.booking_closes_at or usual_closes
    rules.check_window(opens, closes, starts_at)
    return {
        "room_id": room.id, "venue_id": room.venue_id, "starts_at": starts_at, "ends_at": ends_at,
        "seats": data.seats, "least": data.least, "booking_opens_at": opens, "booking_closes_at": closes,
        **fitting(Lesson, {"note": data.note}),
    }  # fmt: skip


def _put_into_room(lesson: Lesson, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Save the lesson; the database says whether its room is free. Raises Refusal naming the lesson that has it."""
    try:
        with db.session.begin_nested():
            changed = apply(lesson, values)
            db.session.add(lesson)
    except IntegrityError as error:
        if "ex_lesson_room" not in str(error.orig):
            raise
    else:
        return changed
    other = db.session.scalars(
        sa.select(Lesson)
        .where(
            Lesson.room_id == values["room_id"], Lesson.cancelled_at.is_(None),
            Lesson.starts_at < values["ends_at"], Lesson.ends_at > values["starts_at"],
            Lesson.id != (lesson.id or 0),
        )
        .order_by(Lesson.starts_at)
        .limit(1)
    ).one()  # fmt: skip
    hours = f"{clock.local(other.starts_at):%H:%M}–{clock.local(other.ends_at):%H:%M}"
    raise Refusal(
        "The room is taken by “%(course)s” at %(hours)s.",
        code="room-taken", field="room_id", course=other.course.title, hours=hours, lesson_id=other.id,
    )  # fmt: skip


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
