"""Things that are taken along, for programs. In this room, as their pages, since they say which lesson has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Seen, page_of
from ..core.api.writing import Answer, one_external_id, write
from ..core.errors import Refusal
from ..places import thing_actions as actions
from ..places import thing_queries as queries
from ..places.calendar_schemas import (
    EditThingSchema,
    NewThingSchema,
    OutOfUseSchema,
    ThingsAskedSchema,
    ThingSchema,
    ThingsSchema,
)
from ..places.models import Thing
from ..places.thing_actions import ThingData
from . import things_taken
from .thing_schemas import TakenAskedSchema, TakenSchema

things = ApiBlueprint("things", "Things that are taken along to lessons")

THING, THINGS, SEEN = ThingSchema(), ThingsSchema(), Seen()
ONE = "/things/<int(max=2147483647):thing_id>"


@things.route("/things", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:things")
@things.arguments(ThingsAskedSchema(), location="query")
@things.response(200, page_of(ThingSchema))
def list_things(asked: dict[str, Any]) -> dict[str, Any]:
    """Things in the order in which they were added."""
    found = queries.things(out_of_use_too=asked["out_of_use"])
    return page(found, (Thing.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@things.route("/things/taken", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:things")
@things.arguments(TakenAskedSchema(), location="query")
@things.response(200, TakenSchema())
def things_on(asked: dict[str, Any]) -> dict[str, Any]:
    """Where things are on one day: those that a lesson has, with the lesson. All others are at their place."""
    day = asked.get("day", clock.local_date(clock.now()))
    found = things_taken.on(day)
    return {
        "day": day,
        "taken": [
            {"thing_id": thing_id, "lesson_id": lesson.id, "starts_at": lesson.starts_at, "ends_at": lesson.ends_at}
            for thing_id, lessons in sorted(found.items())
            for lesson in lessons
        ],
    }


@things.route(ONE, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:things")
@things.response(200, THING)
def one_thing(thing_id: int) -> Thing:
    """One thing."""
    return queries.thing(thing_id)


@things.route("/things", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:things")
@things.arguments(NewThingSchema())
@things.response(201, THINGS)
@things.alt_response(200, schema=THINGS, description="There was one with this external_id; it is as sent now.")
def add_things(sent: dict[str, Any]) -> Response:
    """Add one piece or several; with the external_id of one that is there, change that."""
    external_id, count = sent.pop("external_id", None), sent.pop("count", 1)

    def act(by: Actor, now: datetime) -> Answer:
        if external_id and count != 1:
            raise Refusal("One external_id is for one piece.", code="several", field="count")
        known = queries.thing_by_external_id(external_id)
        if known is not None:
            data = replace(actions.data_of(known), **sent)
            return THINGS.dump({"things": [actions.edit_thing(known.id, data, known.version, by=by, now=now)]}), 200
        with one_external_id():
            added = actions.add_things(ThingData(**sent), count, external_id=external_id, by=by, now=now)
        return THINGS.dump({"things": added}), 201

    return write(act)


@things.route(ONE, methods=["PATCH"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:things")
@things.arguments(EditThingSchema())
@things.response(200, THING)
def edit_thing(sent: dict[str, Any], thing_id: int) -> Response:
    """Change a thing as it was in the version named."""
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        data = replace(actions.data_of(queries.thing(thing_id)), **sent)
        return THING.dump(actions.edit_thing(thing_id, data, version, by=by, now=now)), 200

    return write(act)


@things.route(f"{ONE}/out-of-use", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:things")
@things.arguments(OutOfUseSchema())
@things.response(200, THING)
def take_out_of_use(sent: dict[str, Any], thing_id: int) -> Response:
    """Offer it no more; lessons that would take it along keep it."""

    def act(by: Actor, now: datetime) -> Answer:
        thing = actions.take_out_of_use(thing_id, sent["reason"], sent["version"], by=by, now=now)
        return THING.dump(thing), 200

    return write(act)


@things.route(f"{ONE}/use-again", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:things")
@things.arguments(SEEN)
@things.response(200, THING)
def use_again(sent: dict[str, Any], thing_id: int) -> Response:
    """Offer it again."""
    return write(lambda by, now: (THING.dump(actions.use_again(thing_id, sent["version"], by=by, now=now)), 200))
