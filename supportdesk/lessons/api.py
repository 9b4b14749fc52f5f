"""Courses and lessons, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask import Response
from sqlalchemy.orm import selectinload

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import page_of
from ..core.api.writing import Answer, one_external_id, write
from ..core.edits import at_field
from . import actions, as_typed, conflicts, timetable
from .actions import CourseData, LessonData
from .models import Course, Lesson
from .schemas import (
    CancelSchema,
    ConflictsSchema,
    CoursesAskedSchema,
    CourseSchema,
    EditCourseSchema,
    EditLessonSchema,
    LessonsAskedSchema,
    LessonSchema,
    MoveSchema,
    NewCourseSchema,
    NewLessonSchema,
    TakeAlongSchema,
)

courses = ApiBlueprint("courses", "Courses: the syllabus")
lessons = ApiBlueprint("lessons", "Lessons: one dated occurrence of a course in one room")

COURSE, LESSON = CourseSchema(), LessonSchema()
ONE_COURSE = "/courses/<int(max=2147483647):course_id>"
ONE_LESSON = "/lessons/<int(max=2147483647):lesson_id>"


# ---- courses


@courses.route("/courses", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:courses")
@courses.arguments(CoursesAskedSchema(), location="query")
@courses.response(200, page_of(CourseSchema))
def list_courses(asked: dict[str, Any]) -> dict[str, Any]:
    """Courses in the order in which they were added."""
    found = timetable.courses(ended_too=asked["ended"]).options(selectinload(Course.topics))
    return page(found, (Course.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@courses.route(ONE_COURSE, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:courses")
@courses.response(200, COURSE)
def one_course(course_id: int) -> Course:
    """One course."""
    return timetable.course(course_id)


@courses.route("/courses", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:courses")
@courses.arguments(NewCourseSchema())
@courses.response(201, COURSE)
@courses.alt_response(200, schema=COURSE, description="There was one with this external_id; it is as sent now.")
def add_course(sent: dict[str, Any]) -> Response:
    """Add a course; with the external_id of one that is there, change that."""
    external_id = sent.pop("external_id", None)

    def act(by: Actor, now: datetime) -> Answer:
        known = as_typed.course_by_external_id(external_id)
        if known is not None:
            data = as_typed.course_with(known, _course(sent))
            return COURSE.dump(actions.edit_course(known.id, data, known.version, by=by, now=now)), 200
        with one_external_id():
            course = actions.add_course(CourseData(**_course(sent)), external_id=external_id, by=by, now=now)
        return COURSE.dump(course), 201

    return write(act)


@courses.route(ONE_COURSE, methods=["PATCH"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:courses")
@courses.arguments(EditCourseSchema())
@courses.response(200, COURSE)
def edit_course(sent: dict[str, Any], course_id: int) -> Response:
    """Change a course as it was in the version named. Lessons already planned keep their length and seats."""
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        data = as_typed.course_with(timetable.course(course_id), _course(sent))
        return COURSE.dump(actions.edit_course(course_id, data, version, by=by, now=now)), 200

    return write(act)


def _course(sent: dict[str, Any]) -> dict[str, Any]:
    return sent | ({"topics": tuple(sent["topics"])} if "topics" in sent else {})


# ---- lessons


@lessons.route("/lessons", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:lessons")
@lessons.arguments(LessonsAskedSchema(), location="query")
@lessons.response(200, page_of(LessonSchema))
def list_lessons(asked: dict[str, Any]) -> dict[str, Any]:
    """Lessons by their start, from today on unless another day is named."""
    first = asked.get("first_day") or clock.local_date(clock.now())
    last = asked.get("last_day")
    found = timetable.lessons(
        clock.at(first, time()),
        clock.at(last, time()) + timedelta(days=1) if last else None,
        district_code=asked.get("district", ""),
        course_id=asked.get("course_id"),
        state=asked.get("state"),
    ).options(selectinload(Lesson.supporters), selectinload(Lesson.things))
    return page(found, (Lesson.starts_at, Lesson.id), limit=asked["limit"], cursor=asked.get("cursor"))


@lessons.route(ONE_LESSON, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:lessons")
@lessons.response(200, LESSON)
def one_lesson(lesson_id: int) -> Lesson:
    """One lesson."""
    return timetable.lesson(lesson_id)


@lessons.route("/lessons", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:lessons")
@lessons.arguments(NewLessonSchema())
@lessons.response(201, LESSON)
@lessons.alt_response(200, schema=LESSON, description="There was one with this external_id; it is as sent now.")
def add_lesson(sent: dict[str, Any]) -> Response:
    """Plan a lesson, in preparation; with the external_id of one that is there, change that."""
    external_id = sent.pop("external_id", None)

    def act(by: Actor, now: datetime) -> Answer:
        known = as_typed.lesson_by_external_id(external_id)
        if known is not None:
            wanted = as_typed.lesson_with(known, _lesson(sent))
            if not as_typed.is_as_stored(wanted, known):
                actions.edit_lesson(known.id, wanted, known.version, by=by, now=now)
            return LESSON.dump(known), 200
        with at_field("course_id"):
            course = timetable.course(sent["course_id"])
        usual = {"minutes": course.minutes, "seats": course.seats}
        with one_external_id():
            data = LessonData(**usual | _lesson(sent))
            lesson = actions.add_lesson(data, external_id=external_id, by=by, now=now)
        return LESSON.dump(lesson), 201

    return write(act)


@lessons.route(ONE_LESSON, methods=["PATCH"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:lessons")
@lessons.arguments(EditLessonSchema())
@lessons.response(200, LESSON)
def edit_lesson(sent: dict[str, Any], lesson_id: int) -> Response:
    """Change a lesson as it was in the version named. On another day the usual booking window, unless one is sent."""
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        data = as_typed.lesson_with(timetable.lesson(lesson_id), _lesson(sent))
        return LESSON.dump(actions.edit_lesson(lesson_id, data, version, by=by, now=now)), 200

    return write(act)


@lessons.route(f"{ONE_LESSON}/state", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:lessons")
@lessons.arguments(MoveSchema())
@lessons.response(200, LESSON)
def move_lesson(sent: dict[str, Any], lesson_id: int) -> Response:
    """Move a lesson to its next state, or a step back. Cancelling is an act of its own."""
    return write(lambda by, now: (LESSON.dump(actions.move_state(lesson_id, **sent, by=by, now=now)), 200))


@lessons.route(f"{ONE_LESSON}/cancel", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:lessons")
@lessons.arguments(CancelSchema())
@lessons.response(200, LESSON)
def cancel_lesson(sent: dict[str, Any], lesson_id: int) -> Response:
    """The lesson does not take place. Bookings stay; nothing planned about them is sent any more."""
    return write(
        lambda by, now: (LESSON.dump(actions.cancel_lesson(lesson_id, sent["reason"], by=by, now=now)), 200)
    )


@lessons.route(f"{ONE_LESSON}/conflicts", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:lessons")
@lessons.response(200, ConflictsSchema())
def conflicts_of_lesson(lesson_id: int) -> dict[str, Any]:
    """What stands against a lesson as it is planned now, what was allowed by its reason too."""
    return {"conflicts": conflicts.of_lesson(timetable.lesson(lesson_id), clock.local_date(clock.now()))}


@lessons.route(f"{ONE_LESSON}/things", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:lessons")
@lessons.arguments(TakeAlongSchema())
@lessons.response(200, LESSON)
def take_along(sent: dict[str, Any], lesson_id: int) -> Response:
    """Take these things along besides what is taken already. To leave one behind, change the lesson's thing_ids."""
    return write(
        lambda by, now: (LESSON.dump(actions.take_along(lesson_id, sent["thing_ids"], by=by, now=now)), 200)
    )


def _lesson(sent: dict[str, Any]) -> dict[str, Any]:
    several = [name for name in ("supporter_ids", "thing_ids") if name in sent]
    return sent | {name: tuple(sorted(set(sent[name]))) for name in several}
