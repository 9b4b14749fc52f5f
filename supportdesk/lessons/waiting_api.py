"""The waiting list and its offers, for programs: what the pages do, by the same actions."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Response

from ..core import clock
from ..core.access import Actor, Role, current_actor, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Nothing, page_of
from ..core.api.writing import Answer, one_external_id, write
from ..core.edits import at_field
from ..core.errors import Refusal
from ..people.looking import note_the_look
from . import booking_queries, queue, waiting
from . import offers as actions
from . import waiting_queries as queries
from .booking_api import for_programs
from .waiting_models import Offer, Waiting, WaitingMember
from .waiting_schemas import (
    AcceptedSchema,
    AcceptSchema,
    KeptWaitingSchema,
    NewWaitingSchema,
    OffersAskedSchema,
    OfferSchema,
    WaitingAskedSchema,
    WaitingReasonSchema,
    WaitingSchema,
)

waiting_list = ApiBlueprint("waiting-list", "The waiting list: residents who wait for a lesson together")
offers = ApiBlueprint("offers", "Offers: free seats kept for somebody who waits")

KEPT, WAITING, OFFER, ACCEPTED = KeptWaitingSchema(), WaitingSchema(), OfferSchema(), AcceptedSchema()
ONE_WAITING = "/waiting-list/<int(max=2147483647):waiting_id>"
ONE_OFFER = "/offers/<int(max=2147483647):offer_id>"


@waiting_list.route("/waiting-list", methods=["GET"])
@open_to(Role.STAFF, scope="read:waiting-list")
@waiting_list.arguments(WaitingAskedSchema(), location="query")
@waiting_list.response(200, page_of(WaitingSchema))
def list_waiting(asked: dict[str, Any]) -> dict[str, Any]:
    """Who waits, in the order in which they joined, each with the position in the queue of the lesson. Whoever reads
    what one resident waits for is recorded, as on that person's page."""
    found = sa.select(Waiting).options(*queue.PARTS)
    if "lesson_id" in asked:
        with at_field("lesson_id"):
            booking_queries.get_lesson(asked["lesson_id"])
        found = found.where(Waiting.lesson_id == asked["lesson_id"])
    if "resident_id" in asked:
        with at_field("resident_id"):
            booking_queries.get_residents([asked["resident_id"]])
        note_the_look(asked["resident_id"], by=current_actor(), now=clock.now())
        mine = sa.select(WaitingMember.waiting_id).where(WaitingMember.resident_id == asked["resident_id"])
        found = found.where(Waiting.id.in_(mine))
    if not asked["ended"]:
        found = found.where(Waiting.ended_at.is_(None))
    listed = page(found, (Waiting.id,), limit=asked["limit"], cursor=asked.get("cursor"))
    return listed | {"items": _with_positions(listed["items"])}


@waiting_list.route(ONE_WAITING, methods=["GET"])
@open_to(Role.STAFF, scope="read:waiting-list")
@waiting_list.response(200, WAITING)
def one_waiting(waiting_id: int) -> dict[str, Any]:
    """One entry, whether they still wait or not."""
    return _with_positions([queries.get_waiting(waiting_id)])[0]


@waiting_list.route("/waiting-list", methods=["POST"])
@open_to(Role.STAFF, scope="write:waiting-list")
@waiting_list.arguments(NewWaitingSchema())
@waiting_list.response(201, KEPT)
@waiting_list.alt_response(200, schema=KEPT, description="There was one with this external_id; nothing was changed.")
def wait(sent: dict[str, Any]) -> Response:
    """Put a party at the end of the queue of a full lesson. 409 `seats-free` where they can be booked, 409
    `already-waiting` with the entries that are there."""
    external_id = sent.pop("external_id", None)
    lesson_id, resident_ids = sent.pop("lesson_id"), sent.pop("resident_ids")

    def act(by: Actor, now: datetime) -> Answer:
        known = queries.waiting_by_external_id(external_id)
        if known is not None:
            if (known.lesson_id, [each.resident_id for each in known.members]) != (lesson_id, resident_ids):
                raise Refusal("This external_id is of another entry of the waiting list.", code="other-body")
            return KEPT.dump(known), 200
        with at_field("lesson_id"):
            booking_queries.get_lesson(lesson_id)
        with for_programs(), one_external_id() if external_id else contextlib.nullcontext():
            made = waiting.join(lesson_id, resident_ids, external_id=external_id, **sent, by=by, now=now)
        return KEPT.dump(made), 201

    return write(act)


@waiting_list.route(f"{ONE_WAITING}/take-out", methods=["POST"])
@open_to(Role.STAFF, scope="write:waiting-list")
@waiting_list.arguments(WaitingReasonSchema())
@waiting_list.response(200, KEPT)
def take_out(sent: dict[str, Any], waiting_id: int) -> Response:
    """They wait no longer. An offer that stands for them is withdrawn."""
    return write(lambda by, now: (KEPT.dump(waiting.take_out(waiting_id, sent["reason"], by=by, now=now)), 200))


@waiting_list.route(f"{ONE_WAITING}/move-up", methods=["POST"])
@open_to(Role.STAFF, scope="write:waiting-list")
@waiting_list.arguments(WaitingReasonSchema())
@waiting_list.response(200, KEPT)
def move_up(sent: dict[str, Any], waiting_id: int) -> Response:
    """They are the next to be offered seats for which they fit."""
    return write(lambda by, now: (KEPT.dump(waiting.move_up(waiting_id, sent["reason"], by=by, now=now)), 200))


@offers.route("/offers", methods=["GET"])
@open_to(Role.STAFF, scope="read:offers")
@offers.arguments(OffersAskedSchema(), location="query")
@offers.response(200, page_of(OfferSchema))
def list_offers(asked: dict[str, Any]) -> dict[str, Any]:
    """Offers in the order in which they were made."""
    found = sa.select(Offer)
    if "lesson_id" in asked:
        with at_field("lesson_id"):
            booking_queries.get_lesson(asked["lesson_id"])
        found = found.where(Offer.lesson_id == asked["lesson_id"])
    if "state" in asked:
        found = found.where(Offer.state == asked["state"])
    return page(found, (Offer.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@offers.route(ONE_OFFER, methods=["GET"])
@open_to(Role.STAFF, scope="read:offers")
@offers.response(200, OFFER)
def one_offer(offer_id: int) -> Offer:
    """One offer, whether it stands or not."""
    return queries.get_offer(offer_id)


@offers.route(f"{ONE_OFFER}/accept", methods=["POST"])
@open_to(Role.STAFF, scope="write:offers")
@offers.arguments(AcceptSchema())
@offers.response(201, ACCEPTED)
def accept(sent: dict[str, Any], offer_id: int) -> Response:
    """Book those to whom the seats were offered, all of them. Nothing but a person's word is an answer."""

    def act(by: Actor, now: datetime) -> Answer:
        with for_programs():
            made = actions.accept(offer_id, read_back=sent["read_back"], by=by, now=now)
        return ACCEPTED.dump({"offer": queries.get_offer(offer_id), "bookings": made}), 201

    return write(act)


@offers.route(f"{ONE_OFFER}/decline", methods=["POST"])
@open_to(Role.STAFF, scope="write:offers")
@offers.arguments(Nothing())
@offers.response(200, OFFER)
def decline(sent: dict[str, Any], offer_id: int) -> Response:
    """They do not want the seats, which go to the next who waits. Nobody is offered a seat in one lesson twice."""
    return write(lambda by, now: (OFFER.dump(actions.decline(offer_id, by=by, now=now)), 200))


@offers.route(f"{ONE_OFFER}/not-reached", methods=["POST"])
@open_to(Role.STAFF, scope="write:offers")
@offers.arguments(Nothing())
@offers.response(200, OFFER)
def not_reached(sent: dict[str, Any], offer_id: int) -> Response:
    """A person tried to tell them in vain. After the second time the seats go to the next who waits."""
    return write(lambda by, now: (OFFER.dump(actions.not_reached(offer_id, by=by, now=now)), 200))


def _with_positions(entries: Sequence[Waiting]) -> list[dict[str, Any]]:
    positions = queries.positions(entries)
    return [{**_columns(entry), "position": positions.get(entry.id)} for entry in entries]


def _columns(entry: Waiting) -> dict[str, Any]:
    """What the schema reads of an entry."""
    names = [column.key for column in sa.inspect(Waiting).column_attrs]
    return {name: getattr(entry, name) for name in (*names, "resident_ids", "offer")}
