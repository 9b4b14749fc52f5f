"""Messages, for programs: what leaves the house and what became of it. Only read: what is said to whom follows from the
bookings, and whether anything is sent at all is for people at the command line."""

from __future__ import annotations

from typing import Any

from ..core.access import Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import page_of
from ..core.db import db
from ..core.errors import NotFound
from . import queries
from .models import Message
from .schemas import MessagesAskedSchema, MessageSchema

messages = ApiBlueprint("messages", "Messages: what leaves the house, and what became of it")


@messages.route("/messages", methods=["GET"])
@open_to(Role.ADMIN, Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:messages")
@messages.arguments(MessagesAskedSchema(), location="query")
@messages.response(200, page_of(MessageSchema))
def list_messages(asked: dict[str, Any]) -> dict[str, Any]:
    """Messages, the newest first."""
    filters = ("status", "code", "number_ends_in", "since")
    found = queries.record(**{name: asked[name] for name in filters if name in asked})
    keys = (Message.created_at, Message.id)
    return page(found, keys, limit=asked["limit"], cursor=asked.get("cursor"), newest_first=True)


@messages.route("/messages/<int(max=2147483647):message_id>", methods=["GET"])
@open_to(Role.ADMIN, Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:messages")
@messages.response(200, MessageSchema())
def one_message(message_id: int) -> Message:
    """One message."""
    found = db.session.get(Message, message_id)
    if found is None:
        raise NotFound("This entry does not exist.")
    return found
