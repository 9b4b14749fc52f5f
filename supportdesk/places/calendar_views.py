"""The page of the days on which a venue is open: its week, and other hours on single days."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..core import clock, conflicts
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.i18n import WEEKDAYS
from ..core.operations import once
from . import calendar_actions, calendar_queries, queries
from .calendar_forms import OtherDayForm, TakeDayBackForm, WeekForm, week_answers

blueprint = Blueprint("opening", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/venues/<int(max=2147483647):venue_id>/opening")
@open_to(Role.STAFF, Role.COORDINATOR)
def opening(venue_id: int) -> Answer:
    return _page(venue_id, _stored(venue_id), OtherDayForm(formdata=None))


@blueprint.post("/venues/<int(max=2147483647):venue_id>/opening")
@open_to(Role.STAFF, Role.COORDINATOR)
def set_week(venue_id: int) -> Answer:
    form, conflict = WeekForm(), None
    if form.validate():
        try:
            week = form.week()
            with transaction():
                calendar_actions.set_week(
                    venue_id, week, form.closed_on_holidays.data, form.known_version,
                    by=current_actor(), now=clock.now(),
                )  # fmt: skip
            return _back(venue_id)
        except ChangedMeanwhile:
            stored = _stored(venue_id)
            conflict = conflicts.between(form, stored, f"venue:{venue_id}", int(stored.version.data))
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(venue_id, form, OtherDayForm(formdata=None), conflict=conflict), 422


@blueprint.post("/venues/<int(max=2147483647):venue_id>/days")
@open_to(Role.STAFF, Role.COORDINATOR)
def open_on(venue_id: int) -> Answer:
    form = OtherDayForm()
    if form.validate():
        by, now = current_actor(), clock.now()

        def act() -> dict[str, Any]:
            day, hours = form.other_day()
            calendar_actions.open_on(venue_id, day, hours, form.note.data, by=by, now=now)
            return {}

        try:
            with transaction():
                once(form.operation.data, request.form, act, by=by, now=now)
            return redirect(url_for(".opening", venue_id=venue_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(venue_id, _stored(venue_id), form), 422


@blueprint.post("/venues/<int(max=2147483647):venue_id>/days/take-back")
@open_to(Role.STAFF, Role.COORDINATOR)
def take_day_back(venue_id: int) -> Answer:
    form = TakeDayBackForm()
    try:
        day = date.fromisoformat(form.day.data or "")
    except ValueError:
        abort(400)
    with transaction():
        calendar_actions.take_day_back(venue_id, day, by=current_actor(), now=clock.now())
    return redirect(url_for(".opening", venue_id=venue_id), 303)


def _stored(venue_id: int) -> WeekForm:
    venue = queries.venue(venue_id)
    week = week_answers(calendar_queries.weekly_hours([venue_id]).get(venue_id, {}))
    return WeekForm(formdata=None, obj=venue, data=week)


def _page(venue_id: int, form: WeekForm, day_form: OtherDayForm, **more: Any) -> str:
    today = clock.local_date(clock.now())
    return render_template(
        "places/opening.html", venue=queries.venue(venue_id), form=form, day_form=day_form, weekdays=WEEKDAYS,
        days=calendar_queries.other_days([venue_id], today), **more,
    )  # fmt: skip


def _back(venue_id: int) -> Response:
    return redirect(url_for("places.venue", venue_id=venue_id), 303)
