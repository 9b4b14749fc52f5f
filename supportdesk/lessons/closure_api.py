"""Closures of venues, for programs. In this room, as their page, since closing asks for lessons first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Nothing, page_of
from ..core.api.writing import Answer, write
from ..core.db import db
from ..core.errors import Refusal
from ..places import calendar_actions, opening_rules
from ..places.calendar_actions import ClosureData
from ..places.models import Closure
from . import timetable
from .closure_schemas import AddClosureSchema, ClosuresAskedSchema, ClosureSchema

closures = ApiBlueprint("closures", "Days on which a venue or a room cannot be used")

CLOSURE = ClosureSchema()


@closures.route("/closures", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:venues")
@closures.arguments(ClosuresAskedSchema(), location="query")
@closures.response(200, page_of(ClosureSchema))
def list_closures(asked: dict[str, Any]) -> dict[str, Any]:
    """Closures in the order in which they were added."""
    query = sa.select(Closure).where(Closure.last >= asked.get("first_day", clock.local_date(clock.now())))
    if "venue_id" in asked:
        query = query.where(Closure.venue_id == asked["venue_id"])
    if not asked["lifted"]:
        query = query.where(Closure.lifted_at.is_(None))
    return page(query, (Closure.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@closures.route("/closures", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:venues")
@closures.arguments(AddClosureSchema())
@closures.response(201, CLOSURE)
def add_closure(sent: dict[str, Any]) -> Response:
    """Close a venue or a room. Where lessons are planned there: 409 `lessons-held` with how many, unless `anyway`;
    closing cancels none."""
    data = ClosureData(sent["first"], sent.get("last", sent["first"]), sent["reason"], sent.get("room_id"))
    venue_id = sent["venue_id"]

    def act(by: Actor, now: datetime) -> Answer:
        opening_rules.check_closure(data.first, data.last, clock.local_date(now))
        if not sent["anyway"]:
            _check_lessons(venue_id, data)
        return CLOSURE.dump(calendar_actions.add_closure(venue_id, data, by=by, now=now)), 201

    return write(act)


def _check_lessons(venue_id: int, data: ClosureData) -> None:
    query = timetable.lessons_at(venue_id, data.room_id, data.first, data.last).order_by(None)
    held = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
    if held:
        raise Refusal(
            "%(count)s lessons are planned there on these days. Send `anyway` if it closes all the same.",
            code="lessons-held", count=held,
        )  # fmt: skip


@closures.route("/closures/<int(max=2147483647):closure_id>/lift", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:venues")
@closures.arguments(Nothing())
@closures.response(200, CLOSURE)
def lift_closure(_sent: dict[str, Any], closure_id: int) -> Response:
    """It can be used again after all."""
    return write(lambda by, now: (CLOSURE.dump(calendar_actions.lift_closure(closure_id, by=by, now=now)), 200))
