"""Which program sends this request: its token, read anew each time, so that a revoked one ends at once."""

from __future__ import annotations

import logging
from datetime import datetime

import sqlalchemy as sa
from flask import request
from sqlalchemy.exc import OperationalError

from ..core import clock
from ..core.access import Actor
from ..core.db import own_connection
from . import tokens
from .models import ApiToken
from .token_rules import NOTED_EVERY

log = logging.getLogger(__name__)


def load_program() -> Actor | None:
    """The program whose token came with the request."""
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        return None
    now = clock.now()
    found = tokens.program_of(sent.token, now)
    if found is None:
        return None
    row, program = found
    if row.last_used_at is None or now - row.last_used_at >= NOTED_EVERY:
        _note_use(row.id, now)
    return program


def _note_use(token_id: int, now: datetime) -> None:
    """At most once a minute, however many requests come at once; a lost note fails no request."""
    stale = ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at <= now - NOTED_EVERY)
    try:
        with own_connection(writing=True) as connection:
            connection.execute(sa.update(ApiToken).where(ApiToken.id == token_id, stale).values(last_used_at=now))
    except OperationalError as problem:
        log.warning("the use of a token was not noted: %s", type(problem).__name__)
