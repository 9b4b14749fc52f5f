"""Where a provider reports, and asks what a call shall say. Trusted by its signature alone; answers at once, whatever
it hears.

A room to the right that speaks in calls makes its own door with `door(…)`, guards each view with `@signed` and answers
with `spoken(…)`; `address(…)` is the same door as the provider is given it. Its blueprint stands in HOOKS (app.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import OperationalError

from ..core import clock, tally
from ..core.access import open_to_everybody
from ..core.db import db, transaction
from .delivery import Desk
from .models import Message
from .providers.voice import VerbXml, document, hangup, twiml
from .reports import take_report
from .switchboard import EXTENSION

log = logging.getLogger(__name__)

PREFIX = "/hooks/twilio"

Hook = Callable[..., Response]


def door(name: str) -> Blueprint:
    """A blueprint below the hooks' address. A database that cannot be read or written makes its answer 503."""
    made = Blueprint(name, __name__, url_prefix=PREFIX)
    made.register_error_handler(OperationalError, not_kept)
    return made


def signed(view: Hook) -> Hook:
    """Let through what the active provider has signed; all else is counted, and answered with 403."""

    @wraps(view)
    def guarded(**parts: str) -> Response:
        desk: Desk | None = current_app.extensions[EXTENSION]
        asked_for = f"{_base(desk)}{request.full_path.rstrip('?')}"
        form = request.form.to_dict()
        if desk is None or not desk.provider.signature_is_valid(asked_for, form, dict(request.headers)):
            with transaction():
                tally.count(tally.BAD_SIGNATURE, clock.local_date(clock.now()))
            return Response(status=403)
        return view(**parts)

    return guarded


def address(*parts: str) -> str:
    """The public address of a hook, as the provider is given it: `address("call", token)`. The parts are of
    [A-Za-z0-9_-] alone, since others are signed in another way of writing than they arrive in."""
    return "/".join((f"{_base(current_app.extensions[EXTENSION])}{PREFIX}", *parts))


def spoken(*verbs: VerbXml) -> Response:
    """What a call does next."""
    return Response(document(*verbs), mimetype="text/xml")


def not_kept(problem: OperationalError) -> Response:
    """Nobody reads a page here; a provider sees 5xx and comes again."""
    log.error("a callback was not kept: %s", type(problem).__name__)
    return Response(status=503)


def _base(desk: Desk | None) -> str:
    """The address the provider was given: from the setting, never from the request's own headers."""
    return (desk.public_base_url if desk else None) or ""


blueprint = door("hooks")


@blueprint.post("/status/<token>")
@open_to_everybody
@signed
def status(token: str) -> Response:
    """A status callback. 403 without a valid signature of the active provider, else 204, also for what we do not
    know; a database that cannot be written makes it 503, so that the provider tries again."""
    desk: Desk = current_app.extensions[EXTENSION]
    report = desk.provider.read_callback(request.form.to_dict(), token)
    if report is not None:
        with transaction():
            take_report(report, now=clock.now())
    return Response(status=204)


@blueprint.post("/sentences/<token>")
@open_to_everybody
@signed
def sentences(token: str) -> Response:
    """What a call says whose own address gave no usable answer: its message as it was planned, without any key. Asks
    for as little as can be, since something is wrong already."""
    planned = db.session.scalar(sa.select(Message.sentences).filter_by(token=token))
    return Response(twiml(planned), mimetype="text/xml") if planned else spoken(hangup())
