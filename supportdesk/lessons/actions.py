"""What happens to courses and lessons. Bookings, seats and holds have files of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from ..core import clock, history
from ..core.access import Actor
from ..core.db import db, one_row
from ..core.edits import apply, at_field, fitting, for_editing
from ..core.errors import NotFound, Refusal
from ..core.japan.text import to_katakana
from ..messages import outbox
from ..office.models import Topic
from ..places.actions import make_home_room
from . import planned, rules, slot_rules
from .models import Booking, Course, CourseTopic, Lesson
from .planned import LessonData as LessonData
from .rules import LessonState
from .slot_rules import CounterMatter, LessonKind

# What the history does not repeat: free texts, and what follows from the start.
NOT_TOLD = ("note", "override_reason", "slot_day")


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
    needs_wifi: bool = False
    needs_screen: bool = False
    needs_phones: int = 0
    topics: tuple[str, ...] = ()
    counter_matter: CounterMatter | None = None
    owner: str = ""


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
    _check_kind_stays(course, data.category)
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
    """A new lesson in preparation. Raises Refusal with the field at fault, naming what is in the way; ReasonNeeded."""
    if _course_at(data.course_id).ended_at is not None:
        raise _course_ended()
    lesson = Lesson(external_id=external_id, state=LessonState.DRAFT)
    values = planned.columns(data, lesson, now)
    rules.check_seats(data.seats, data.least)
    values |= planned.allowed(data, lesson, values, clock.local_date(now))
    planned.put(lesson, values, data)
    history.record("lesson.added", f"lesson:{lesson.id}", by=by, now=now, **_overridden(lesson))
    return lesson


def edit_lesson(lesson_id: int, data: LessonData, version: int, *, by: Actor, now: datetime) -> Lesson:
    """Raises NotFound, ChangedMeanwhile, Refusal, ReasonNeeded. A new start takes back what was to be said about the
    old one; the reminders plan anew, since the start is their occasion."""
    lesson = for_editing(Lesson, lesson_id, version)
    rules.check_may_be_edited(lesson.state)
    if data.course_id != lesson.course_id:
        slot_rules.check_same_kind(lesson.kind, slot_rules.kind_of(_course_at(data.course_id).category))
    values = planned.columns(data, lesson, now)
    rules.check_seats(data.seats, data.least, taken=lesson.seats_taken, held=lesson.seats_held + lesson.seats_offered)
    values |= planned.allowed(data, lesson, values, clock.local_date(now))
    changed = planned.put(lesson, values, data)
    if "starts_at" in changed:
        for booking in _active_bookings(lesson.id):
            outbox.withdraw(about=f"booking:{booking.id}", reason="lesson-time-changed", now=now)
    if changed:
        told = {name: [_plain(value) for value in pair] for name, pair in changed.items() if name not in NOT_TOLD}
        history.record(
            "lesson.edited", f"lesson:{lesson.id}", by=by, now=now, version=lesson.version, changed=told,
            **_overridden(lesson),
        )  # fmt: skip
    return lesson


def take_along(lesson_id: int, thing_ids: Sequence[int], *, by: Actor, now: datetime) -> Lesson:
    """Take these things along besides what is taken already; nothing else of the lesson is asked about again.

    Raises NotFound, and Refusal naming the lesson that has one of them, or one that is out of use.
    """
    lesson = db.session.get(Lesson, lesson_id, with_for_update=True, populate_existing=True)
    if lesson is None:
        raise NotFound("This entry does not exist.")
    rules.check_may_be_edited(lesson.state)
    changed = planned.add_things(lesson, thing_ids)
    if changed:
        history.record(
            "lesson.edited", f"lesson:{lesson.id}", by=by, now=now, version=lesson.version, changed=changed
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
    ended = {"state": LessonState.CANCELLED, "cancelled_at": now, "cancelled_by": by.name}
    if not one_row(guarded.values(**ended, cancelled_from=lesson.state.value, **kept)):
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


def _course_at(course_id: int) -> Course:
    course = db.session.get(Course, course_id)
    if course is None:
        raise _course_ended()
    return course


def _course_ended() -> Refusal:
    return Refusal("This course is not offered any more.", code="course-ended", field="course_id")


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
    rules.check_course(data.minutes, data.seats, data.learners_per_supporter, data.needs_phones)
    slot_rules.check_course(values["category"], data.counter_matter, values["owner"])
    if slot_rules.kind_of(values["category"]) is LessonKind.VISIT:
        make_home_room()
    return values


def _check_kind_stays(course: Course, category: str) -> None:
    """Raises Refusal at `category` when lessons of this course would no longer be of its kind."""
    if slot_rules.kind_of(course.category) is slot_rules.kind_of(category):
        return
    if db.session.scalar(sa.select(Lesson.id).where(Lesson.course_id == course.id).limit(1)) is not None:
        raise Refusal(
            "There are lessons of this course already, so it stays what it is. Please add a new course.",
            code="other-kind", field="category",
        )  # fmt: skip


def _topics(codes: Sequence[str]) -> list[str]:
    known = set(db.session.scalars(sa.select(Topic.code).where(Topic.code.in_(codes))))
    if known != set(codes):
        raise Refusal("There is no topic with this code.", code="no-topic", field="topics")
    return sorted(known)


def _overridden(lesson: Lesson) -> dict[str, Any]:
    """For the history: what a reason allowed. The reason stands on the lesson: history takes no free text."""
    return {"overridden": lesson.overridden.split()} if lesson.overridden else {}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
