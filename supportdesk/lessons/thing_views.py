"""The pages of things. In this room, since they show which lesson has each of them on which day."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, conflicts
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.forms import VersionedForm
from ..core.japan.calendar import parse_day
from ..core.operations import once
from ..core.paging import page_of
from ..places import thing_actions, thing_queries
from ..places.calendar_forms import AddThingForm, EditThingForm, OutOfUseForm, thing_answers
from ..places.words import EQUIPMENT
from . import things_taken

blueprint = Blueprint("things", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/things")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def index() -> Answer:
    """All things, and where they are on one day."""
    today, error = clock.local_date(clock.now()), ""
    day, typed = today, request.args.get("day", "")[:40]
    if typed:
        try:
            day = parse_day(typed)
        except Refusal as refusal:
            error = _(refusal.message, **refusal.params)
    return render_template(
        "lessons/things.html", page=page_of(thing_queries.things(out_of_use_too=True)), kinds=EQUIPMENT, day=day,
        typed=typed or f"{day:%Y-%m-%d}", error=error, taken=things_taken.on(day),
    ), 422 if error else 200  # fmt: skip


@blueprint.route("/things/new", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def add() -> Answer:
    form = AddThingForm()
    if form.validate_on_submit():
        by, now = current_actor(), clock.now()

        def act() -> dict[str, Any]:
            added = thing_actions.add_things(form.thing(), form.count.data or 0, by=by, now=now)
            return {"ids": [one.id for one in added]}

        try:
            with transaction():
                once(form.operation.data, request.form, act, by=by, now=now)
            return redirect(url_for(".index"), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return render_template("lessons/thing_form.html", form=form, thing=None), 422 if form.is_submitted() else 200


@blueprint.route("/things/<int(max=2147483647):thing_id>", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def edit(thing_id: int) -> Answer:
    """One thing: what is known of it, and the lessons to which it goes."""
    form, conflict = EditThingForm(data=thing_answers(thing_queries.thing(thing_id))), None
    if form.validate_on_submit():
        try:
            with transaction():
                thing_actions.edit_thing(
                    thing_id, form.thing(), form.known_version, by=current_actor(), now=clock.now()
                )
            return redirect(url_for(".index"), 303)
        except ChangedMeanwhile:
            row = thing_queries.thing(thing_id)
            stored = EditThingForm(formdata=None, data=thing_answers(row))
            conflict = conflicts.between(form, stored, f"thing:{thing_id}", row.version)
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(thing_id, form, OutOfUseForm(formdata=None), conflict=conflict), 422 if form.is_submitted() else 200


@blueprint.post("/things/<int(max=2147483647):thing_id>/out-of-use")
@open_to(Role.STAFF, Role.COORDINATOR)
def take_out_of_use(thing_id: int) -> Answer:
    form = OutOfUseForm()
    if form.validate():
        try:
            with transaction():
                thing_actions.take_out_of_use(
                    thing_id, form.out_of_use_reason.data, form.known_version, by=current_actor(), now=clock.now()
                )
            return redirect(url_for(".edit", thing_id=thing_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    stored = EditThingForm(formdata=None, data=thing_answers(thing_queries.thing(thing_id)))
    return _page(thing_id, stored, form), 422


@blueprint.post("/things/<int(max=2147483647):thing_id>/use-again")
@open_to(Role.STAFF, Role.COORDINATOR)
def use_again(thing_id: int) -> Answer:
    form = VersionedForm()
    with transaction():
        thing_actions.use_again(thing_id, form.known_version, by=current_actor(), now=clock.now())
    return redirect(url_for(".edit", thing_id=thing_id), 303)


def _page(thing_id: int, form: EditThingForm, out_form: OutOfUseForm, **more: Any) -> str:
    today: date = clock.local_date(clock.now())
    return render_template(
        "lessons/thing_form.html", form=form, thing=thing_queries.thing(thing_id), out_form=out_form,
        affected=page_of(things_taken.lessons_with(thing_id, today)), **more,
    )  # fmt: skip
