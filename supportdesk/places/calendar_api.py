"""Opening days of venues and permits to use halls, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Nothing, page_of
from ..core.api.writing import Answer, one_external_id, write
from ..core.errors import NotFound, Refusal
from . import calendar_actions, calendar_queries, permit_actions, queries
from .calendar_schemas import (
    EditPermitSchema,
    MovePermitSchema,
    NewPermitSchema,
    OpeningSchema,
    OtherDaySchema,
    PermitsAskedSchema,
    PermitSchema,
    SetWeekSchema,
)
from .models import Permit
from .opening_rules import Hours
from .permit_actions import PermitData
from .permit_rules import PermitState

opening = ApiBlueprint("opening", "Days on which venues are open")
permits = ApiBlueprint("permits", "Permits to use halls")

OPENING, PERMIT = OpeningSchema(), PermitSchema()
VENUE = "/venues/<int(max=2147483647):venue_id>"
ONE_PERMIT = "/permits/<int(max=2147483647):permit_id>"


# ---- opening days


@opening.route(f"{VENUE}/opening", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:venues")
@opening.response(200, OPENING)
def opening_of(venue_id: int) -> dict[str, Any]:
    """The week of a venue, and the days from today on that have other hours."""
    return _opening(venue_id, clock.local_date(clock.now()))


@opening.route(f"{VENUE}/opening", methods=["PATCH"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:venues")
@opening.arguments(SetWeekSchema())
@opening.response(200, OPENING)
def set_week(sent: dict[str, Any], venue_id: int) -> Response:
    """Set the whole week of a venue as it was in the version named."""
    hours = {each["weekday"]: Hours(each["opens"], each["closes"]) for each in sent["week"]}

    def act(by: Actor, now: datetime) -> Answer:
        if len(hours) != len(sent["week"]):
            raise Refusal("Each day of the week stands there once.", code="weekday-twice", field="week")
        try:
            calendar_actions.set_week(
                venue_id, hours, sent["closed_on_holidays"], sent["version"], by=by, now=now
            )
        except Refusal as refusal:
            refusal.field = refusal.field and "week"
            raise
        return OPENING.dump(_opening(venue_id, clock.local_date(now))), 200

    return write(act)


@opening.route(f"{VENUE}/days", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:venues")
@opening.arguments(OtherDaySchema())
@opening.response(201, OPENING)
def open_on(sent: dict[str, Any], venue_id: int) -> Response:
    """Other hours on one day."""

    def act(by: Actor, now: datetime) -> Answer:
        hours = Hours(sent["opens"], sent["closes"])
        calendar_actions.open_on(venue_id, sent["day"], hours, sent.get("note", ""), by=by, now=now)
        return OPENING.dump(_opening(venue_id, clock.local_date(now))), 201

    return write(act)


@opening.route(f"{VENUE}/days/<string(maxlength=10):day>/take-back", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:venues")
@opening.arguments(Nothing())
@opening.response(200, OPENING)
def take_day_back(_sent: dict[str, Any], venue_id: int, day: str) -> Response:
    """The usual hours count again on that day (2026-07-15)."""

    def act(by: Actor, now: datetime) -> Answer:
        try:
            which = date.fromisoformat(day)
        except ValueError:
            raise NotFound("This entry does not exist.") from None
        calendar_actions.take_day_back(venue_id, which, by=by, now=now)
        return OPENING.dump(_opening(venue_id, clock.local_date(now))), 200

    return write(act)


def _opening(venue_id: int, today: date) -> dict[str, Any]:
    venue = queries.venue(venue_id)
    week = calendar_queries.weekly_hours([venue_id]).get(venue_id, {})
    return {
        "venue_id": venue_id,
        "version": venue.version,
        "week": [{"weekday": day, "opens": hours.opens, "closes": hours.closes} for day, hours in week.items()],
        "closed_on_holidays": venue.closed_on_holidays,
        "days": calendar_queries.other_days([venue_id], today),
    }


# ---- permits


@permits.route("/permits", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:permits")
@permits.arguments(PermitsAskedSchema(), location="query")
@permits.response(200, page_of(PermitSchema))
def list_permits(asked: dict[str, Any]) -> dict[str, Any]:
    """Permits in the order in which they were added."""
    found = calendar_queries.permits(asked.get("state"), venue_id=asked.get("venue_id"))
    return page(found, (Permit.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@permits.route(ONE_PERMIT, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:permits")
@permits.response(200, PERMIT)
def one_permit(permit_id: int) -> Permit:
    """One permit."""
    return calendar_queries.permit(permit_id)


@permits.route("/permits", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:permits")
@permits.arguments(NewPermitSchema())
@permits.response(201, PERMIT)
@permits.alt_response(200, schema=PERMIT, description="There was one with this external_id; it is as sent now.")
def add_permit(sent: dict[str, Any]) -> Response:
    """Write down a permit; with the external_id of one that is there, change that."""
    external_id, state = sent.pop("external_id", None), sent.pop("state", PermitState.PROVISIONAL)
    given = {"last": sent["first"]} | sent

    def act(by: Actor, now: datetime) -> Answer:
        known = calendar_queries.permit_by_external_id(external_id)
        if known is not None:
            data = replace(permit_actions.data_of(known), **given)
            return PERMIT.dump(permit_actions.edit_permit(known.id, data, known.version, by=by, now=now)), 200
        with one_external_id():
            permit = permit_actions.add_permit(PermitData(**given), state, external_id=external_id, by=by, now=now)
        return PERMIT.dump(permit), 201

    return write(act)


@permits.route(ONE_PERMIT, methods=["PATCH"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:permits")
@permits.arguments(EditPermitSchema())
@permits.response(200, PERMIT)
def edit_permit(sent: dict[str, Any], permit_id: int) -> Response:
    """Change a permit as it was in the version named. Its state moves by an act of its own."""
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        data = replace(permit_actions.data_of(calendar_queries.permit(permit_id)), **sent)
        return PERMIT.dump(permit_actions.edit_permit(permit_id, data, version, by=by, now=now)), 200

    return write(act)


@permits.route(f"{ONE_PERMIT}/state", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:permits")
@permits.arguments(MovePermitSchema())
@permits.response(200, PERMIT)
def move_permit(sent: dict[str, Any], permit_id: int) -> Response:
    """Move a permit to its next state, or a step back."""
    return write(
        lambda by, now: (PERMIT.dump(permit_actions.move_permit(permit_id, **sent, by=by, now=now)), 200)
    )
