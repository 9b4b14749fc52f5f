"""The pages of slots: which days there are, planning days, and a day with its tables, on the screen and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import db, transaction
from ..core.errors import NotFound, Refusal
from ..core.operations import once
from ..core.paging import page_of
from ..people.looking import note_the_look
from ..places import queries as places
from . import booking_queries, booking_rules, slot_days, slot_queries, slot_rules, slot_words, timetable, words
from .booking_forms import row_id
from .decision_forms import DecidedRows
from .models import Course, Lesson
from .planned_days_forms import look_once_more, readable
from .rules import LessonState
from .slot_forms import MoveDayForm, SlotsForm
from .slot_queries import Time
from .slot_rules import LessonKind

blueprint = Blueprint("slots", __name__)

Answer = str | Response | tuple[str, int]
ONE = "/slots/<string(maxlength=10):day>/<int(max=2147483647):room_id>"
# Where all slots of a day are moved at once; each is held and recorded by itself.
TOGETHER = (LessonState.OPEN, LessonState.CLOSED)


@blueprint.app_template_filter("who_comes")
def who_comes(course: Course) -> str:
    """Whether the person must come in person to the counter; "" elsewhere."""
    return str(slot_words.who_comes(course))


@blueprint.app_template_filter("table_names")
def table_names(count: int, kind: LessonKind) -> list[str]:
    """What the tables of a day are called, or the terminals of a counter."""
    named = _("Terminal %(number)s") if kind is LessonKind.COUNTER else _("Table %(number)s")
    return [named % {"number": number} for number in range(1, count + 1)]


@blueprint.get("/slots")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def index() -> str:
    """The days to come, one line for each day, room and course."""
    page = page_of(slot_queries.coming_days(clock.local_date(clock.now())))
    return render_template(
        "lessons/slots.html", page=page, days=slot_queries.days_of(page.items), kinds=slot_words.LESSON_KIND,
        states=words.LESSON_STATE, tones=words.LESSON_TONE,
    )  # fmt: skip


@blueprint.route("/slots/new", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def add() -> Answer:
    """Typed, looked at time by time, then saved: one page, as for a series. A course named in the address fills in its
    own length and seats."""
    form, rooms = SlotsForm(), places.rooms_to_choose()
    offered = db.session.scalars(timetable.courses().where(Course.category.in_(slot_rules.SLOT_CATEGORIES))).all()
    form.offer(offered, rooms, timetable.supporters(clock.local_date(clock.now())))
    named = request.args.get("course", type=row_id)
    syllabus = next((row for row in offered if row.id == named), None)
    if not form.is_submitted() and syllabus is not None:
        form.course_id.data, form.minutes.data = syllabus.id, syllabus.minutes
    decided, act, refused = DecidedRows(request.form, rooms), request.form.get("act", "look"), False
    if form.validate_on_submit():
        if act == "save" and form.looked_at.data != form.answers_now:
            form.refuse(look_once_more())
        elif act == "save" and decided.good:
            try:
                return _save(form, decided)
            except Refusal as refusal:
                form.refuse(refusal)
        refused = act == "save"
    preview = _preview(form, decided, act) if form.is_submitted() else None
    page = render_template(
        "lessons/slots_form.html", form=form, preview=preview, offered=offered,
        shown=decided.shown(preview.rows, refused=refused) if preview else [],
    )  # fmt: skip
    return page, 422 if form.errors or not decided.good else 200


def _save(form: SlotsForm, decided: DecidedRows) -> Response:
    by, now = current_actor(), clock.now()
    data = form.slots(clock.local_date(now))
    with transaction():
        made, _ran = once(
            form.operation.data, request.form,
            lambda: {"ids": [one.id for one in slot_days.make_slots(data, decided.decisions, by=by, now=now)]},
            by=by, now=now,
        )  # fmt: skip
    flash(_("%(count)s times were planned.", count=len(made["ids"])))
    if not made["ids"]:
        return redirect(url_for(".index"), 303)
    first = booking_queries.get_lesson(made["ids"][0])
    assert first.slot_day is not None
    return redirect(url_for(".day", day=first.slot_day.isoformat(), room_id=first.room_id), 303)


def _preview(form: SlotsForm, decided: DecidedRows, act: str) -> slot_days.SlotsPreview | None:
    """The times, as far as the answers can be read; what cannot stands at its field."""
    if not readable(form):
        return None
    now = clock.now()
    try:
        data = form.slots(clock.local_date(now))
        preview = slot_days.preview(data, decided.decisions, now)
        if act == "leave-out":
            decided.leave_out(preview.rows)
            preview = slot_days.preview(data, decided.decisions, now)
    except Refusal as refusal:
        if not form.form_errors:
            form.refuse(refusal)
        return None
    form.looked_at.data = form.answers_now
    return preview


@blueprint.get(ONE)
@open_to(Role.STAFF, Role.COORDINATOR)
def day(day: str, room_id: int) -> Answer:
    """Times down, tables across; who has which, and the free ones to book."""
    return _day_page(_slots(day, room_id))


@blueprint.post(f"{ONE}/state")
@open_to(Role.STAFF, Role.COORDINATOR)
def move(day: str, room_id: int) -> Answer:
    """All slots of the day that may go there, at once."""
    form = MoveDayForm()
    slots = _slots(day, room_id)
    if not form.validate():
        return _day_page(slots, 422, Refusal("Please choose one."))
    try:
        with transaction():
            moved = slot_days.move_day(_day(day), room_id, form.state, by=current_actor(), now=clock.now())
    except Refusal as refusal:
        return _day_page(_slots(day, room_id), 422, refusal)
    flash(_("%(count)s times were moved on.", count=len(moved)))
    return redirect(url_for(".day", day=day, room_id=room_id), 303)


@blueprint.get(f"{ONE}/paper")
@open_to(Role.STAFF, Role.COORDINATOR)
def paper(day: str, room_id: int) -> str:
    """The same on A4, for the table at the door."""
    slots = _slots(day, room_id)
    return render_template("lessons/slot_day_paper.html", **_shown(slots))


@blueprint.get("/slots/<string(maxlength=10):day>/visits")
@open_to(Role.STAFF)
def visits(day: str) -> str:
    """The slip of the day for each two who go: whom they visit, where that is, how to reach them. Read from the
    residents when it is printed and kept nowhere else; whoever prints it has looked at each of them."""
    by, now, which = current_actor(), clock.now(), _day(day)
    room_id = places.home_room().id
    # Noted first: each note ends what was read.
    for resident_id in [booking.resident_id for time in _visits(which, room_id) for booking in time.everybody]:
        note_the_look(resident_id, by=by, now=now)
    times = _visits(which, room_id)
    ordered = sorted(times, key=lambda one: (_visitors(one.slot), one.slot.starts_at, one.slot.id))
    teams = [(list(of_team), names) for names, of_team in groupby(ordered, lambda one: _visitors(one.slot))]
    return render_template("lessons/visit_slip.html", day=which, teams=teams, room_id=room_id)


def _visits(day: date, room_id: int) -> list[Time]:
    """Those that take place and are booked."""
    times = slot_queries.times_of(db.session.scalars(slot_queries.of_day(day, room_id)).all())
    return [one for one in times if one.slot.cancelled_at is None and one.everybody]


def _visitors(slot: Lesson) -> tuple[str, ...]:
    return tuple(sorted(row.supporter.name for row in slot.supporters))


@blueprint.get("/bookings/<int(max=2147483647):booking_id>/slip")
@open_to(Role.STAFF)
def slip(booking_id: int) -> str:
    """The slip to hand over: when, where, whether the person must come, what to bring."""
    booking = booking_queries.get_booking(booking_id)
    return render_template(
        "lessons/booking_slip.html", booking=booking, party=booking_queries.others_of_party(booking),
        visit=booking.lesson.kind is LessonKind.VISIT,
    )  # fmt: skip


def _slots(day: str, room_id: int) -> Sequence[Lesson]:
    """Raises NotFound for a day without any there."""
    found = db.session.scalars(slot_queries.of_day(_day(day), room_id)).all()
    if not found:
        raise NotFound("There are no consultations, counter times or visits there on this day.")
    return found


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise NotFound("This entry does not exist.") from None


def _day_page(slots: Sequence[Lesson], status: int = 200, refusal: Refusal | None = None) -> Answer:
    form, now = MoveDayForm(formdata=None), clock.now()
    if refusal is not None:
        form.refuse(refusal)
    page = render_template(
        "lessons/slot_day.html", form=form, states=words.LESSON_STATE, tones=words.LESSON_TONE,
        moves=[to for to in TOGETHER if any(slot_days.may_go(one, to, now) for one in slots)],
        bookable={one.id for one in slots if one.seats_free > 0 and booking_rules.why_not_bookable(one, now) is None},
        on_the_spot={one.id for one in slots if slot_rules.why_not_on_the_spot(one, now) is None}, **_shown(slots),
    )  # fmt: skip
    return page, status


def _shown(slots: Sequence[Lesson]) -> dict[str, object]:
    """What the page and the paper of a day show of it."""
    return {
        "first": slots[0],
        "times": slot_queries.times_of(slots),
        "tables": max(slot.seats for slot in slots),
        "titles": list(dict.fromkeys(slot.course.title for slot in slots)),
        "courses": list({slot.course_id: slot.course for slot in slots}.values()),
        "visit": slots[0].kind is LessonKind.VISIT,
    }
