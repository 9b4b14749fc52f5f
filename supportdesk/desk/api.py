"""Help requests, for programs: what the pages do, by the same actions."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from flask import Response

from ..accounts.in_charge_schemas import InChargeSchema
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import page_of
from ..core.api.writing import Answer, one_external_id, write
from ..core.db import db
from ..core.errors import Refusal
from ..core.japan.text import clean_text
from . import actions, queries
from .models import HelpRequest
from .schemas import (
    HelpRequestsAskedSchema,
    HelpRequestSchema,
    MoveRequestSchema,
    NewHelpRequestSchema,
    ReceivedSchema,
)

help_requests = ApiBlueprint("help-requests", "Help requests: the trouble somebody brings, and what came of it")

RECEIVED = ReceivedSchema()
ONE = "/help-requests/<int(max=2147483647):request_id>"


@help_requests.route("/help-requests", methods=["GET"])
@open_to(Role.STAFF, scope="read:help-requests")
@help_requests.arguments(HelpRequestsAskedSchema(), location="query")
@help_requests.response(200, page_of(HelpRequestSchema))
def list_help_requests(asked: dict[str, Any]) -> dict[str, Any]:
    """Requests of one status, those that wait longest first; without a status all that are not done."""
    found = queries.chosen(asked.get("status"), asked.get("topic"), asked.get("in_charge_id"))
    return page(found, (HelpRequest.received_at, HelpRequest.id), limit=asked["limit"], cursor=asked.get("cursor"))


@help_requests.route(ONE, methods=["GET"])
@open_to(Role.STAFF, scope="read:help-requests")
@help_requests.response(200, HelpRequestSchema())
def one_help_request(request_id: int) -> HelpRequest:
    """One request in the caller's words."""
    return queries.get(request_id)


@help_requests.route("/help-requests", methods=["POST"])
@open_to(Role.STAFF, scope="write:help-requests")
@help_requests.arguments(NewHelpRequestSchema())
@help_requests.response(201, RECEIVED)
@help_requests.alt_response(200, schema=RECEIVED, description="It was received already; nothing was done.")
def receive_help_request(sent: dict[str, Any]) -> Response:
    """Note somebody's trouble. A request is not changed afterwards: the same external_id with the same contents is
    answered with the request that is there, and with other contents refused."""
    external_id = sent.pop("external_id", None)
    trouble = {"resident_id": None, "topic_code": None, "text": "", "urgent": False, "booking_id": None} | sent

    def act(by: Actor, now: datetime) -> Answer:
        known = queries.by_external_id(external_id)
        if known is not None:
            _check_same(known, trouble)
            return RECEIVED.dump(known), 200
        with one_external_id() if external_id else contextlib.nullcontext():
            made = actions.receive_request(**trouble, external_id=external_id, by=by, now=now)
        return RECEIVED.dump(made), 201

    return write(act)


@help_requests.route(f"{ONE}/status", methods=["POST"])
@open_to(Role.STAFF, scope="write:help-requests")
@help_requests.arguments(MoveRequestSchema())
@help_requests.response(200, RECEIVED)
def move_help_request(sent: dict[str, Any], request_id: int) -> Response:
    """Move a request on from the status in which it was seen, and say what came of it."""

    def act(by: Actor, now: datetime) -> Answer:
        actions.move_status(request_id, sent["seen"], sent["to"], sent.get("outcome", ""), by=by, now=now)
        return RECEIVED.dump(db.session.get(HelpRequest, request_id, populate_existing=True)), 200

    return write(act)


@help_requests.route(f"{ONE}/in-charge", methods=["POST"])
@open_to(Role.STAFF, scope="write:help-requests")
@help_requests.arguments(InChargeSchema())
@help_requests.response(200, RECEIVED)
def put_in_charge(sent: dict[str, Any], request_id: int) -> Response:
    """Give a request that is not done to somebody who works at the desk, or to nobody."""

    def act(by: Actor, now: datetime) -> Answer:
        actions.put_in_charge(request_id, sent["user_id"], seen=sent["seen"], by=by, now=now)
        return RECEIVED.dump(db.session.get(HelpRequest, request_id, populate_existing=True)), 200

    return write(act)


def _check_same(known: HelpRequest, sent: dict[str, Any]) -> None:
    # Its topic may have made it urgent, whatever the topic is now.
    urgent = sent["urgent"] or known.urgent
    kept = sent | {"text": clean_text(sent["text"]), "urgent": urgent}
    if any(getattr(known, name) != value for name, value in kept.items()):
        raise Refusal(
            "A help request with this external_id was received already, and it says something else.",
            code="received-otherwise",
            id=known.id,
        )
