"""For the machine that watches this one: does the process live, is the town ready. Nothing personal."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from ..core import beat, clock, schema
from ..core.access import open_to_everybody
from ..messages.switchboard import EXTENSION
from ..office import settings as office_settings

blueprint = Blueprint("health", __name__)

# In ticks: a beat that is later than this means that the jobs stand still.
BEATS_MISSED = 8


@blueprint.get("/healthz")
@open_to_everybody
def alive() -> ResponseReturnValue:
    return jsonify(status="ok")


@blueprint.get("/readyz")
@open_to_everybody
def ready() -> ResponseReturnValue:
    """200 when database, schema, jobs and sending are as they should be, else 503 with the reasons."""
    try:
        found, reasons = _look()
    except SQLAlchemyError as problem:
        found, reasons = {}, [f"database: {type(problem).__name__}"]
    return jsonify(status="ok" if not reasons else "not ready", reasons=reasons, **found), 503 if reasons else 200


def _look() -> tuple[dict[str, object], list[str]]:
    settings = current_app.config["SUPPORTDESK"]
    last = beat.last()
    age = None if last is None else int((clock.now() - last).total_seconds())
    office = office_settings.current()
    reasons = []
    if age is None or age > timedelta(seconds=settings.tick_seconds * BEATS_MISSED).total_seconds():
        reasons.append("jobs: no tick lately")
    if office.sending_hold:
        reasons.append("hold: all sending is stopped")
    if current_app.extensions[EXTENSION] is None:
        reasons.append("provider: off")
    found = {
        "schema": schema.revision(),
        "tick_age_seconds": age,
        "hold": bool(office.sending_hold),
        "provider": settings.provider,
    }
    return found, reasons
