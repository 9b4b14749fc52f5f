"""Where a provider reports. Trusted by its signature alone; answers at once, whatever it hears."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import OperationalError

from ..core import clock, tally
from ..core.access import open_to_everybody
from ..core.db import transaction
from .delivery import Desk
from .reports import take_report
from .switchboard import EXTENSION

log = logging.getLogger(__name__)

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks/twilio")


@blueprint.post("/status/<token>")
@open_to_everybody
def status(token: str) -> Response:
    """A status callback. 403 without a valid signature of the active provider, else 204, also for what we do not
    know; a database that cannot be written makes it 503, so that the provider tries again."""
    desk: Desk | None = current_app.extensions[EXTENSION]
    form = request.form.to_dict()
    now = clock.now()
    if desk is None or not desk.provider.signature_is_valid(_public_address(desk), form, dict(request.headers)):
        with transaction():
            tally.count(tally.BAD_SIGNATURE, clock.local_date(now))
        return Response(status=403)
    report = desk.provider.read_callback(form, token)
    if report is not None:
        with transaction():
            take_report(report, now=now)
    return Response(status=204)


@blueprint.errorhandler(OperationalError)
def not_kept(problem: OperationalError) -> Response:
    """Nobody reads a page here; a provider sees 5xx and comes again."""
    log.error("a callback was not kept: %s", type(problem).__name__)
    return Response(status=503)


def _public_address(desk: Desk) -> str:
    """The address the provider was given: from the setting, never from the request's own headers."""
    return f"{desk.public_base_url or ''}{request.full_path.rstrip('?')}"
