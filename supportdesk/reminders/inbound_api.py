"""Calls and texts that came in, for programs. Only read: what is done about them are call tasks."""

from __future__ import annotations

from typing import Any

from ..core.access import Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import page_of
from . import inbound_queries as queries
from .inbound_models import InboundCall, InboundText
from .inbound_schemas import CameInAskedSchema, IncomingCallSchema, IncomingTextSchema

incoming_calls = ApiBlueprint("incoming-calls", "Calls to our number, and what came of them")
incoming_texts = ApiBlueprint("incoming-texts", "Texts to our number, and what they say")


@incoming_calls.route("/incoming-calls", methods=["GET"])
@open_to(Role.STAFF, scope="read:incoming-calls")
@incoming_calls.arguments(CameInAskedSchema(), location="query")
@incoming_calls.response(200, page_of(IncomingCallSchema))
def list_incoming_calls(asked: dict[str, Any]) -> dict[str, Any]:
    """Calls, the newest first."""
    found = queries.calls()
    if "since" in asked:
        found = found.where(InboundCall.began_at >= asked["since"])
    keys = (InboundCall.began_at, InboundCall.id)
    told = page(found, keys, limit=asked["limit"], cursor=asked.get("cursor"), newest_first=True)
    return told | {"items": queries.with_calls(told["items"])}


@incoming_texts.route("/incoming-texts", methods=["GET"])
@open_to(Role.STAFF, scope="read:incoming-texts")
@incoming_texts.arguments(CameInAskedSchema(), location="query")
@incoming_texts.response(200, page_of(IncomingTextSchema))
def list_incoming_texts(asked: dict[str, Any]) -> dict[str, Any]:
    """Texts in the words of whoever wrote them, the newest first."""
    found = queries.texts()
    if "since" in asked:
        found = found.where(InboundText.at >= asked["since"])
    keys = (InboundText.at, InboundText.id)
    told = page(found, keys, limit=asked["limit"], cursor=asked.get("cursor"), newest_first=True)
    return told | {"items": queries.with_texts(told["items"])}
