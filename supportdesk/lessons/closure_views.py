"""Closing a venue, for some days or for good. In this room, since the lessons that lie there are shown first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import Refusal
from ..core.forms import VersionedForm
from ..core.operations import once
from ..core.paging import page_of
from ..places import calendar_actions, opening_rules, queries
from ..places.calendar_actions import ClosureData
from . import change_queries, timetable
from .closure_forms import ClosureForm

blueprint = Blueprint("closures", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.route("/venues/<int(max=2147483647):venue_id>/closures/new", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def add(venue_id: int) -> Answer:
    """Close a venue or a room. Lessons on these days are named first: closing does not cancel them."""
    venue, form, affected = queries.venue(venue_id), ClosureForm(), None
    form.offer(venue.rooms)
    if form.validate_on_submit():
        by, now = current_actor(), clock.now()
        try:
            data = form.closure()
            opening_rules.check_closure(data.first, data.last, clock.local_date(now))
            affected = page_of(timetable.lessons_at(venue_id, data.room_id, data.first, data.last))
            if affected.total and not form.anyway.data:
                raise Refusal(
                    "Lessons are planned there on these days. Tick the box if it closes all the same.",
                    code="lessons-held", field="anyway",
                )  # fmt: skip

            def act() -> dict[str, Any]:
                return {"id": calendar_actions.add_closure(venue_id, data, by=by, now=now).id}

            with transaction():
                once(form.operation.data, request.form, act, by=by, now=now)
            return redirect(_after(venue_id, data, now), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template("lessons/closure_form.html", form=form, venue=queries.venue(venue_id), affected=affected)
    return page, 422 if form.is_submitted() else 200


def _after(venue_id: int, data: ClosureData, now: datetime) -> str:
    """To the page on which the lessons that stand there are cancelled, if there are any."""
    if not change_queries.lessons_of_closure(venue_id, data.room_id, data.first, data.last, now):
        return url_for("places.venue", venue_id=venue_id)
    return url_for("changes.new", venue=venue_id, first=data.first, last=data.last, room=data.room_id)


@blueprint.post("/closures/<int(max=2147483647):closure_id>/lift")
@open_to(Role.STAFF, Role.COORDINATOR)
def lift(closure_id: int) -> Answer:
    with transaction():
        closure = calendar_actions.lift_closure(closure_id, by=current_actor(), now=clock.now())
    cancelled = change_queries.cancelled_there(
        closure.venue_id, closure.room_id, closure.first, closure.last, clock.now()
    )
    if cancelled:
        flash(_("%(count)s lessons there stay cancelled. Each of their pages leads to holding it after all.",
                count=cancelled), "warning")  # fmt: skip
    return redirect(url_for("places.venue", venue_id=closure.venue_id), 303)


@blueprint.get("/venues/<int(max=2147483647):venue_id>/out-of-use")
@open_to(Role.STAFF, Role.COORDINATOR)
def out_of_use(venue_id: int) -> Answer:
    """Ask once more before a venue takes no new lessons, with those that are planned there."""
    venue = queries.venue(venue_id)
    affected = page_of(timetable.lessons_at(venue_id, None, clock.local_date(clock.now())))
    return render_template(
        "lessons/venue_out_of_use.html", venue=venue, form=VersionedForm(obj=venue), affected=affected
    )
