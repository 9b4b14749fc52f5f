"""The pages of courses and lessons. Booking has pages of its own (booking_views.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..core import clock, history
from ..core import conflicts as two_editors
from ..core.access import Role, current_actor, open_to
from ..core.db import db, transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.japan import calendar
from ..core.operations import once
from ..core.paging import page_of
from ..office import queries as office
from ..places import queries as places
from ..places import thing_queries as things
from ..places.models import Room
from . import (
    actions,
    booking_queries,
    conflict_rules,
    conflicts,
    copy_views,
    import_views,
    rules,
    timetable,
    waiting_queries,
    waiting_words,
)
from .booking_forms import row_id
from .forms import (
    AddCourseForm,
    AddLessonForm,
    CancelForm,
    EditCourseForm,
    EditLessonForm,
    LessonForm,
    MoveForm,
    TakeAlongForm,
    TimetableFilter,
    course_answers,
    lesson_answers,
)
from .models import Lesson
from .rules import LessonState
from .slot_rules import SLOT_CATEGORIES
from .slot_words import COUNTER_MATTER
from .waiting_forms import AnswerForm
from .words import COURSE_CATEGORY, LESSON_HISTORY, LESSON_STATE, LESSON_TONE

blueprint = Blueprint("lessons", __name__)

Answer = str | Response | tuple[str, int]


# ---- courses


@blueprint.get("/courses")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def courses() -> Answer:
    return render_template("lessons/courses.html", page=page_of(timetable.courses()), categories=COURSE_CATEGORY)


@blueprint.get("/courses/<int(max=2147483647):course_id>")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def course(course_id: int) -> Answer:
    found = timetable.course(course_id)
    codes = {row.topic_code for row in found.topics}
    topics = [row.label for row in office.topics() if row.code in codes]
    return render_template(
        "lessons/course.html", course=found, topics=topics, categories=COURSE_CATEGORY, counter_matters=COUNTER_MATTER,
        slot_categories=SLOT_CATEGORIES,
    )  # fmt: skip


@blueprint.route("/courses/new", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def add_course() -> Answer:
    form = AddCourseForm()
    form.offer(office.topics_to_choose())
    if form.validate_on_submit():
        by, now = current_actor(), clock.now()
        try:
            with transaction():
                added, _ran = once(
                    form.operation.data, request.form,
                    lambda: {"id": actions.add_course(form.course(), by=by, now=now).id}, by=by, now=now,
                )  # fmt: skip
            return redirect(url_for(".course", course_id=added["id"]), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template("lessons/course_form.html", form=form, course=None)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/courses/<int(max=2147483647):course_id>/edit", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def edit_course(course_id: int) -> Answer:
    row = timetable.course(course_id)
    form, conflict = EditCourseForm(obj=row, data=course_answers(row)), None
    if not form.is_submitted():
        form.topics.data = course_answers(row)["topics"]
    form.offer(office.topics_to_choose(course_answers(row)["topics"]))
    if form.validate_on_submit():
        try:
            with transaction():
                actions.edit_course(
                    course_id, form.course(), form.known_version, by=current_actor(), now=clock.now()
                )
            return redirect(url_for(".course", course_id=course_id), 303)
        except ChangedMeanwhile:
            row = timetable.course(course_id)
            stored = EditCourseForm(formdata=None, obj=row)
            stored.topics.data = course_answers(row)["topics"]
            stored.offer(office.topics_to_choose(stored.topics.data))
            conflict = two_editors.between(form, stored, f"course:{course_id}", row.version)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template(
        "lessons/course_form.html", form=form, course=timetable.course(course_id), conflict=conflict
    )
    return page, 422 if form.is_submitted() else 200


# ---- lessons


@blueprint.get("/lessons")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def lessons() -> Answer:
    """One month, or all from a day on."""
    chosen = TimetableFilter(request.args)
    districts = office.districts()
    chosen.offer(districts, db.session.scalars(timetable.courses(ended_too=True)).all())
    month = rules.month_of(chosen.month.data or "", clock.local_date(clock.now()))
    first: date = month
    end: date | None = rules.next_month(month)
    if chosen.start_day.data:
        try:
            first, end = calendar.parse_day(chosen.start_day.data), None
        except Refusal as refusal:
            refusal.field = "start_day"
            chosen.refuse(refusal)
    found = timetable.lessons(
        clock.at(first, time()),
        clock.at(end, time()) if end else None,
        district_code=chosen.district.data or "",
        course_id=chosen.course_chosen,
        state=chosen.state_chosen,
        slots=False,
    )
    kept = {name: value for name, value in request.args.items() if name in ("district", "course", "state")}
    return render_template(
        "lessons/lessons.html", page=page_of(found), form=chosen, month=month if end else None,
        before=_month_href(month, -1, kept), after=_month_href(month, 1, kept), states=LESSON_STATE, tones=LESSON_TONE,
        districts={row.code: row.name for row in districts},
    )  # fmt: skip


def _month_href(month: date, step: int, kept: dict[str, str]) -> str:
    return url_for(".lessons", month=f"{rules.next_month(month, step):%Y-%m}", **kept)  # type: ignore[arg-type]


@blueprint.get("/lessons/<int(max=2147483647):lesson_id>")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def lesson(lesson_id: int) -> Answer:
    return _lesson_page(timetable.lesson(lesson_id))


def _standing(found: Lesson) -> list[conflict_rules.Conflict]:
    """What stands against a lesson that can still be changed."""
    today = clock.local_date(clock.now())
    return conflicts.of_lesson(found, today) if LessonState.CANCELLED in rules.MOVES[found.state] else []


def _lesson_page(found: Lesson, status: int = 200, refusal: Refusal | None = None) -> Answer:
    form = MoveForm(formdata=None, seen=found.state.value)
    if refusal is not None:
        form.refuse(refusal)
    active, cancelled = booking_queries.bookings_of_lesson(found.id)
    standing = [one for one in _standing(found) if one.kind not in found.overridden.split()]
    labels = things.labels({piece for one in standing for piece in one.thing_ids})
    stands = [(one, "、".join(labels[piece] for piece in one.thing_ids)) for one in standing]
    page = render_template(
        "lessons/lesson.html", stands=stands,
        active_bookings=active, cancelled_bookings=cancelled, lesson=found,
        form=form, states=LESSON_STATE, tones=LESSON_TONE, happened=LESSON_HISTORY,
        moves=[state for state in rules.MOVES[found.state] if state is not LessonState.CANCELLED],
        may_cancel=LessonState.CANCELLED in rules.MOVES[found.state],
        history=history.of(f"lesson:{found.id}"), answers=AnswerForm(formdata=None), ends=waiting_words.WAIT_END,
        queue=waiting_queries.queue_of(found, clock.now()), waited=waiting_queries.ended_of(found.id),
    )  # fmt: skip
    return page, status


@blueprint.post("/lessons/<int(max=2147483647):lesson_id>/state")
@open_to(Role.STAFF, Role.COORDINATOR)
def move_lesson(lesson_id: int) -> Answer:
    form = MoveForm()
    if {form.seen.data, form.to.data} - set(LessonState):
        abort(400)
    seen, to = LessonState(form.seen.data), LessonState(form.to.data)
    try:
        with transaction():
            actions.move_state(lesson_id, to, seen=seen, by=current_actor(), now=clock.now())
    except Refusal as refusal:
        return _lesson_page(timetable.lesson(lesson_id), 422, refusal)
    return redirect(url_for(".lesson", lesson_id=lesson_id), 303)


@blueprint.post("/lessons/<int(max=2147483647):lesson_id>/things")
@open_to(Role.STAFF, Role.COORDINATOR)
def take_along(lesson_id: int) -> Answer:
    """The answer to a course that needs what the hall lacks, in one press."""
    form = TakeAlongForm()
    if not form.validate():
        abort(400)
    try:
        with transaction():
            actions.take_along(lesson_id, form.thing_ids.data, by=current_actor(), now=clock.now())
    except Refusal as refusal:
        return _lesson_page(timetable.lesson(lesson_id), 422, refusal)
    return redirect(url_for(".lesson", lesson_id=lesson_id), 303)


@blueprint.route("/lessons/<int(max=2147483647):lesson_id>/cancel", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def cancel_lesson(lesson_id: int) -> Answer:
    form = CancelForm()
    if form.validate_on_submit():
        try:
            with transaction():
                actions.cancel_lesson(lesson_id, form.cancel_reason.data, by=current_actor(), now=clock.now())
            return redirect(url_for(".lesson", lesson_id=lesson_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template("lessons/cancel.html", form=form, lesson=timetable.lesson(lesson_id))
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/lessons/new", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def add_lesson() -> Answer:
    """A course named in the address fills in its own length and seats; an empty place of the board its day and row."""
    form = AddLessonForm()
    rooms = _offer(form)
    if not form.is_submitted():
        named = request.args.get("course", type=row_id)
        if named is not None:
            form.follow(timetable.course(named))
        form.begin_at(request.args, rooms)
    if form.validate_on_submit():
        by, now = current_actor(), clock.now()
        try:
            with transaction():
                added, _ran = once(
                    form.operation.data, request.form,
                    lambda: {"id": actions.add_lesson(form.lesson(), by=by, now=now).id}, by=by, now=now,
                )  # fmt: skip
            return redirect(url_for(".lesson", lesson_id=added["id"]), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template("lessons/lesson_form.html", form=form, lesson=None)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/lessons/<int(max=2147483647):lesson_id>/edit", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def edit_lesson(lesson_id: int) -> Answer:
    form, conflict = _form_of(timetable.lesson(lesson_id), request.form or None), None
    if form.validate_on_submit():
        try:
            with transaction():
                actions.edit_lesson(
                    lesson_id, form.lesson(), form.known_version, by=current_actor(), now=clock.now()
                )
            return redirect(url_for(".lesson", lesson_id=lesson_id), 303)
        except ChangedMeanwhile:
            row = timetable.lesson(lesson_id)
            conflict = two_editors.between(form, _form_of(row, None), f"lesson:{lesson_id}", row.version)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template(
        "lessons/lesson_form.html", form=form, lesson=timetable.lesson(lesson_id), conflict=conflict
    )
    return page, 422 if form.is_submitted() else 200


def _form_of(row: Lesson, typed: object) -> EditLessonForm:
    answers = {name: getattr(row, name) for name in ("course_id", "room_id", "seats", "least", "note", "version")}
    form = EditLessonForm(formdata=typed, data=answers | lesson_answers(row))
    _offer(form, row)
    return form


def _offer(form: LessonForm, row: Lesson | None = None) -> Sequence[Room]:
    courses = db.session.scalars(timetable.courses(ended_too=row is not None)).all()
    rooms = places.rooms_to_choose(also=row.room_id if row else None)
    here = timetable.supporters(clock.local_date(row.starts_at if row else clock.now()))
    form.offer(courses, rooms, here, things.things_to_choose({one.thing_id for one in row.things} if row else ()))
    return rooms


import_views.install(blueprint)
copy_views.install(blueprint)
