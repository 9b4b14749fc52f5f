"""Where the provider hands over a text that came in. Nothing is answered by text: each answer would cost, and a person
reads it."""

from __future__ import annotations

from flask import Response, request

from ..core import clock
from ..core.access import open_to_everybody
from ..core.db import transaction
from ..messages.hooks import door, signed, spoken
from . import inbound_texts
from .inbound_call_hooks import LONGEST_SID

blueprint = door("inbound_texts")


@blueprint.post("/sms")
@open_to_everybody
@signed
def sms() -> Response:
    """A text came in; the same one may come twice. Answered with a document without any verb."""
    form = request.form
    sid = form.get("MessageSid") or form.get("SmsSid", "")
    if 0 < len(sid) <= LONGEST_SID:
        with transaction():
            inbound_texts.take(
                sid, form.get("From", ""), form.get("Body", ""), form.get("OptOutType", ""), now=clock.now()
            )
    return spoken()
