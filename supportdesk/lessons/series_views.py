"""The pages of series: the list, planning one with every date looked at first, changing and cancelling its lessons."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..accounts import in_charge_queries
from ..accounts.in_charge_forms import InChargeForm
from ..core import clock, history
from ..core.access import Role, current_actor, open_to
from ..core.db import db, transaction
from ..core.errors import Refusal
from ..core.japan import calendar
from ..core.operations import once
from ..core.paging import page_of
from ..office import queries as office
from ..places import queries as places
from ..places import thing_queries as things
from . import (
    rules,
    series_actions,
    series_change_views,
    series_changes,
    series_more_views,
    series_queries,
    timetable,
    words,
)
from .booking_forms import row_id
from .decision_forms import DecidedRows
from .models import Series
from .planned_days_forms import look_once_more, readable
from .rules import LessonState
from .series_forms import MoveSeriesForm, SeriesFilter, SeriesForm

blueprint = Blueprint("series", __name__)

Answer = str | Response | tuple[str, int]
ONE = "/series/<int(max=2147483647):series_id>"
# Where all lessons of a series are moved at once; a lesson is held and recorded by itself.
TOGETHER = (
    LessonState.DRAFT, LessonState.ROOM_REQUESTED, LessonState.AWAITING_NOTICE, LessonState.OPEN, LessonState.CLOSED,
)  # fmt: skip


@blueprint.app_template_filter("series_rule")
def in_words(series: Series) -> str:
    """How a series goes on, in words."""
    return words.rule_of(series)


@blueprint.app_template_filter("series_start")
def start_in_words(series: Series) -> str:
    return words.start_of(series)


@blueprint.app_template_filter("month_in_words")
def month_in_words(month: date) -> str:
    return _("%(month)s/%(year)s", year=month.year, month=month.month)


@blueprint.app_template_filter("fiscal_years")
def fiscal_years(lessons: dict[int, int]) -> str:
    """How many lessons lie in each fiscal year."""
    return "、".join(
        _("%(year)s: %(count)s lessons", year=calendar.fiscal_label(year), count=count)
        for year, count in lessons.items()
    )


@blueprint.get("/series")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def index() -> Answer:
    form = SeriesFilter(request.args)
    form.offer(office.districts())
    in_charge_id = in_charge_queries.asked_for(form.whose.data or "", current_actor().id)
    page = page_of(series_queries.all_series(district_code=form.district.data or "", in_charge_id=in_charge_id))
    return render_template(
        "lessons/series_list.html", page=page, form=form, registrations=words.REGISTRATION,
        spans=series_queries.spans([each.id for each in page.items], clock.now()),
    )  # fmt: skip


@blueprint.route("/series/new", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def add() -> Answer:
    """Typed, looked at date by date, then saved: one page, so that everything typed stays on it. A course named in the
    address fills in its own length and seats."""
    form = SeriesForm()
    rooms = places.rooms_to_choose()
    form.offer(
        db.session.scalars(timetable.courses()).all(), rooms, timetable.supporters(clock.local_date(clock.now())),
        things.things_to_choose(),
    )
    named = request.args.get("course", type=row_id)
    if not form.is_submitted() and named is not None:
        syllabus = timetable.course(named)
        form.course_id.data, form.minutes.data, form.seats.data = syllabus.id, syllabus.minutes, syllabus.seats
    decided, act, refused = DecidedRows(request.form, rooms), request.form.get("act", "look"), False
    if form.validate_on_submit():
        if act == "save" and form.looked_at.data != form.answers_now:
            form.refuse(look_once_more())
        elif act == "save" and decided.good:
            try:
                return redirect(url_for(".show", series_id=_save(form, decided)), 303)
            except Refusal as refusal:
                form.refuse(refusal)
        refused = act == "save"
    preview = _preview(form, decided, act) if form.is_submitted() else None
    page = render_template(
        "lessons/series_form.html", form=form, preview=preview, decided=decided,
        shown=decided.shown(preview.rows, refused=refused) if preview else [],
    )  # fmt: skip
    return page, 422 if form.errors or not decided.good else 200


def _save(form: SeriesForm, decided: DecidedRows) -> int:
    by, now = current_actor(), clock.now()
    data = form.series(clock.local_date(now))
    with transaction():
        added, _ran = once(
            form.operation.data, request.form,
            lambda: {"id": series_actions.add_series(data, decided.decisions, by=by, now=now).id}, by=by, now=now,
        )  # fmt: skip
    series_id: int = added["id"]
    return series_id


def _preview(form: SeriesForm, decided: DecidedRows, act: str) -> series_actions.Preview | None:
    """The dates, as far as the answers can be read; what cannot stands at its field."""
    if not readable(form):
        return None
    now = clock.now()
    try:
        data = form.series(clock.local_date(now))
        preview = series_actions.preview(data, decided.decisions, now)
        if act == "leave-out":
            decided.leave_out(preview.rows)
            preview = series_actions.preview(data, decided.decisions, now)
    except Refusal as refusal:
        if not form.form_errors:
            form.refuse(refusal)
        return None
    form.looked_at.data = form.answers_now
    return preview


@blueprint.get(ONE)
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def show(series_id: int) -> Answer:
    return _page(series_queries.get(series_id))


@blueprint.post(f"{ONE}/in-charge")
@open_to(Role.STAFF, Role.COORDINATOR)
def put_in_charge(series_id: int) -> Answer:
    """Give a series to somebody else, or to nobody."""
    form = _in_charge_form(series_queries.get(series_id))
    if not form.validate():
        return _page(series_queries.get(series_id), 422, Refusal("Please choose one."))
    try:
        with transaction():
            series_actions.put_in_charge(
                series_id, form.chosen_id, seen=form.seen_id, by=current_actor(), now=clock.now()
            )
    except Refusal as refusal:
        return _page(series_queries.get(series_id), 422, refusal)
    flash(_("Saved."))
    return redirect(url_for(".show", series_id=series_id), 303)


def _in_charge_form(series: Series) -> InChargeForm:
    people = in_charge_queries.people(series_actions.PLANNERS, clock.local_date(clock.now()))
    return InChargeForm().offer(people, series.in_charge)


def _page(series: Series, status: int = 200, refusal: Refusal | None = None) -> Answer:
    form = MoveSeriesForm(formdata=None)
    if refusal is not None:
        form.refuse(refusal)
    now = clock.now()
    states = series_queries.states_to_come(series.id, now)
    page = render_template(
        "lessons/series.html", series=series, form=form, page=page_of(series_queries.lessons(series.id)),
        states=words.LESSON_STATE, tones=words.LESSON_TONE, registrations=words.REGISTRATION,
        happened=words.SERIES_HISTORY, scopes=words.SCOPE, history=history.of(f"series:{series.id}"),
        span=series_queries.spans([series.id], now).get(series.id), may_change=bool(states),
        in_charge=_in_charge_form(series),
        moves=[to for to in TOGETHER if any(to in rules.MOVES[state] for state in states)],
    )  # fmt: skip
    return page, status


@blueprint.post(f"{ONE}/state")
@open_to(Role.STAFF, Role.COORDINATOR)
def move(series_id: int) -> Answer:
    """All lessons that have not begun and may go there, at once."""
    series, form = series_queries.get(series_id), MoveSeriesForm()
    if not form.validate():
        return _page(series, 422, Refusal("Please choose one."))
    try:
        with transaction():
            moved = series_changes.move_lessons(series_id, form.state, by=current_actor(), now=clock.now())
    except Refusal as refusal:
        return _page(series_queries.get(series_id), 422, refusal)
    flash(_("%(count)s lessons were moved on.", count=len(moved)))
    return redirect(url_for(".show", series_id=series_id), 303)


series_change_views.install(blueprint, ONE)
series_more_views.install(blueprint, ONE)
