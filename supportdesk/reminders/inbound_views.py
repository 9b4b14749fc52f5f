"""電話の記録: the calls and texts that came in, for staff. What is to be done about them stands under 要対応."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template

from ..core import clock
from ..core.access import Role, open_to
from ..core.paging import page_of
from . import inbound_queries as queries
from . import inbound_words as words
from .inbound_rules import KEYS, LONGEST_TURN, Step

blueprint = Blueprint("inbound", __name__, url_prefix="/incoming")


@blueprint.get("")
@open_to(Role.STAFF)
def calls() -> str:
    """Who rang our number, and what came of it."""
    page = page_of(queries.calls())
    begun_since = clock.now() - LONGEST_TURN
    waiting = {*KEYS, Step.PUT_THROUGH}
    on_the_line = {
        call.id
        for call in page.items
        if call.ended_at is None and call.step in waiting and call.changed_at > begun_since
    }
    return render_template(
        "reminders/incoming_calls.html", page=page, rows=queries.with_calls(page.items), on_the_line=on_the_line,
        outcomes=words.OUTCOME, tones=words.TONE, **_can_be_reached(),
    )  # fmt: skip


@blueprint.get("/texts")
@open_to(Role.STAFF)
def texts() -> str:
    """Who wrote to us, and what."""
    page = page_of(queries.texts())
    return render_template(
        "reminders/incoming_texts.html", page=page, rows=queries.with_texts(page.items), meanings=words.MEANING,
        tones=words.MEANING_TONE, **_can_be_reached(),
    )  # fmt: skip


def _can_be_reached() -> dict[str, Any]:
    """Whether a provider could tell us of a call or a text at all: outbound only, the page says why it is empty."""
    settings = current_app.config["SUPPORTDESK"]
    return {"outbound_only": settings.provider != "off" and settings.public_base_url is None}
