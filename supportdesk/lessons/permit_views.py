"""The pages of the permits to use halls. In this room, since a permit shows the lessons that hang on it."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..core import clock, conflicts, history
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.operations import once
from ..core.paging import page_of
from ..places import calendar_queries, permit_actions, permit_rules, queries
from ..places.calendar_forms import AddPermitForm, EditPermitForm, MovePermitForm, permit_answers
from ..places.models import Permit
from ..places.permit_rules import PermitState
from ..places.words import PERMIT_HISTORY, PERMIT_STATE, PERMIT_TONE
from . import timetable
from .booking_forms import row_id

blueprint = Blueprint("permits", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/permits")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def index() -> Answer:
    """What must be done soonest stands first."""
    asked = request.args.get("state", "")
    state = PermitState(asked) if asked in set(PermitState) else None
    return render_template(
        "lessons/permits.html", page=page_of(calendar_queries.permits(state)), state=state, states=PERMIT_STATE,
        tones=PERMIT_TONE, today=clock.local_date(clock.now()),
        waiting=(PermitState.PROVISIONAL, PermitState.REQUESTED),
    )  # fmt: skip


@blueprint.route("/permits/new", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def add() -> Answer:
    """A room named in the address is chosen already."""
    form = AddPermitForm()
    form.offer(queries.rooms_to_choose())
    if not form.is_submitted():
        form.room_id.data = request.args.get("room", type=row_id)
    if form.validate_on_submit():
        by, now = current_actor(), clock.now()
        try:
            with transaction():
                added, _ran = once(
                    form.operation.data, request.form,
                    lambda: {"id": permit_actions.add_permit(form.permit(), form.chosen_state, by=by, now=now).id},
                    by=by, now=now,
                )  # fmt: skip
            return redirect(url_for(".show", permit_id=added["id"]), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template("lessons/permit_form.html", form=form, permit=None)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/permits/<int(max=2147483647):permit_id>")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def show(permit_id: int) -> Answer:
    return _page(calendar_queries.permit(permit_id))


@blueprint.route("/permits/<int(max=2147483647):permit_id>/edit", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def edit(permit_id: int) -> Answer:
    form, conflict = _form_of(calendar_queries.permit(permit_id), request.form or None), None
    if form.validate_on_submit():
        try:
            with transaction():
                permit_actions.edit_permit(
                    permit_id, form.permit(), form.known_version, by=current_actor(), now=clock.now()
                )
            return redirect(url_for(".show", permit_id=permit_id), 303)
        except ChangedMeanwhile:
            row = calendar_queries.permit(permit_id)
            conflict = conflicts.between(form, _form_of(row, None), f"permit:{permit_id}", row.version)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template(
        "lessons/permit_form.html", form=form, permit=calendar_queries.permit(permit_id), conflict=conflict
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/permits/<int(max=2147483647):permit_id>/state")
@open_to(Role.STAFF, Role.COORDINATOR)
def move(permit_id: int) -> Answer:
    form = MovePermitForm()
    if {form.seen.data, form.to.data} - set(PermitState):
        abort(400)
    try:
        with transaction():
            permit_actions.move_permit(
                permit_id, PermitState(form.to.data), PermitState(form.seen.data), by=current_actor(), now=clock.now()
            )
    except Refusal as refusal:
        return _page(calendar_queries.permit(permit_id), 422, refusal)
    return redirect(url_for(".show", permit_id=permit_id), 303)


def _form_of(row: Permit, typed: object) -> EditPermitForm:
    form = EditPermitForm(formdata=typed, data=permit_answers(row))
    form.offer(queries.rooms_to_choose(also=row.room_id))
    return form


def _page(permit: Permit, status: int = 200, refusal: Refusal | None = None) -> Answer:
    form = MovePermitForm(formdata=None)
    if refusal is not None:
        form.refuse(refusal)
    lessons = timetable.lessons_at(permit.room.venue_id, permit.room_id, permit.first, permit.last)
    page = render_template(
        "lessons/permit.html", permit=permit, form=form, states=PERMIT_STATE, tones=PERMIT_TONE,
        moves=permit_rules.MOVES[permit.state], happened=PERMIT_HISTORY, history=history.of(f"permit:{permit.id}"),
        affected=page_of(lessons),
    )  # fmt: skip
    return page, status
