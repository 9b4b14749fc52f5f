"""The pages of venues and rooms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..core import clock, conflicts
from ..core.access import Role, current_actor, open_to
from ..core.db import db, transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.forms import VersionedForm
from ..core.i18n import WEEKDAYS
from ..core.operations import once
from ..core.paging import page_of
from ..office import queries as office
from . import actions, calendar_queries, models, queries, rules
from .forms import AddRoomForm, AddVenueForm, EditRoomForm, EditVenueForm
from .words import PERMIT_STATE, PERMIT_TONE

blueprint = Blueprint("places", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/venues")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def venues() -> Answer:
    district, closed_too = request.args.get("district", "")[:8], request.args.get("closed") == "1"
    return render_template(
        "places/venues.html",
        page=page_of(queries.venues(district, closed_too=closed_too)),
        districts=office.districts(),
        district=district,
        closed_too=closed_too,
    )


@blueprint.get("/venues/<int(max=2147483647):venue_id>")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def venue(venue_id: int) -> Answer:
    found = queries.venue(venue_id)
    district = next((row.name for row in office.districts() if row.code == found.district_code), "")
    today = clock.local_date(clock.now())
    return render_template(
        "places/venue.html", venue=found, district=district,
        english_name=rules.english_name(found.name_en, found.name_kana),
        branch=office.branch(found.branch_id).name if found.branch_id else "",
        form=VersionedForm(obj=found), weekdays=WEEKDAYS,
        week=calendar_queries.weekly_hours([venue_id]).get(venue_id, {}),
        days=calendar_queries.other_days([venue_id], today), closures=calendar_queries.closures([venue_id], today),
        permits=calendar_queries.permits_touching([room.id for room in found.rooms], today),
        states=PERMIT_STATE, tones=PERMIT_TONE,
    )  # fmt: skip


@blueprint.route("/venues/new", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def add_venue() -> Answer:
    form = AddVenueForm()
    form.offer(office.districts_to_choose(), office.branches())
    if form.validate_on_submit():
        by, now = current_actor(), clock.now()
        try:
            with transaction():
                added, _ran = once(
                    form.operation.data, request.form,
                    lambda: {"id": actions.add_venue(form.venue(), by=by, now=now).id}, by=by, now=now,
                )  # fmt: skip
            return redirect(url_for(".venue", venue_id=added["id"]), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return render_template("places/venue_form.html", form=form, venue=None), 422 if form.is_submitted() else 200


@blueprint.route("/venues/<int(max=2147483647):venue_id>/edit", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def edit_venue(venue_id: int) -> Answer:
    known = queries.venue(venue_id)
    form = EditVenueForm(obj=known)
    form.offer(office.districts_to_choose(known.district_code), office.branches(closed_too=True))
    conflict = None
    if form.validate_on_submit():
        try:
            with transaction():
                actions.edit_venue(
                    venue_id, form.venue(), form.known_version, by=current_actor(), now=clock.now()
                )
            return redirect(url_for(".venue", venue_id=venue_id), 303)
        except ChangedMeanwhile:
            row = queries.venue(venue_id)
            stored = EditVenueForm(formdata=None, obj=row)
            stored.offer(office.districts_to_choose(row.district_code), office.branches(closed_too=True))
            conflict = conflicts.between(form, stored, f"venue:{venue_id}", row.version)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template(
        "places/venue_form.html", form=form, venue=queries.venue(venue_id), conflict=conflict
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/venues/<int(max=2147483647):venue_id>/close")
@open_to(Role.STAFF, Role.COORDINATOR)
def close_venue(venue_id: int) -> Answer:
    return _switch(venue_id, actions.close_venue)


@blueprint.post("/venues/<int(max=2147483647):venue_id>/reopen")
@open_to(Role.STAFF, Role.COORDINATOR)
def reopen_venue(venue_id: int) -> Answer:
    return _switch(venue_id, actions.reopen_venue)


def _switch(venue_id: int, act: Callable[..., models.Venue]) -> Answer:
    form = VersionedForm()
    with transaction():
        act(venue_id, form.known_version, by=current_actor(), now=clock.now())
    return redirect(url_for(".venue", venue_id=venue_id), 303)


@blueprint.route("/venues/<int(max=2147483647):venue_id>/rooms/new", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def add_room(venue_id: int) -> Answer:
    found, form = queries.venue(venue_id), AddRoomForm()
    if form.validate_on_submit():
        by, now = current_actor(), clock.now()

        def act() -> dict[str, Any]:
            return {"id": actions.add_room(venue_id, form.room(), by=by, now=now).id}

        try:
            with transaction():
                once(form.operation.data, request.form, act, by=by, now=now)
            return redirect(url_for(".venue", venue_id=venue_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template("places/room_form.html", form=form, venue=found, room=None)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/rooms/<int(max=2147483647):room_id>/edit", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def edit_room(room_id: int) -> Answer:
    row = queries.room(room_id)
    venue_id, form, conflict = row.venue_id, EditRoomForm(obj=row), None
    if form.validate_on_submit():
        try:
            with transaction():
                actions.edit_room(room_id, form.room(), form.known_version, by=current_actor(), now=clock.now())
            return redirect(url_for(".venue", venue_id=venue_id), 303)
        except ChangedMeanwhile:
            db.session.expire_all()
            row = queries.room(room_id)
            stored = EditRoomForm(formdata=None, obj=row)
            conflict = conflicts.between(form, stored, f"venue:{venue_id}", row.version)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template(
        "places/room_form.html", form=form, venue=queries.venue(venue_id), room=row, conflict=conflict
    )
    return page, 422 if form.is_submitted() else 200
