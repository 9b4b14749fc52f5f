"""Web sessions in the database: the cookie is a random id, the table keeps its SHA-256, a deleted row ends access.

A connection of its own, so that saving a session never touches the request's transaction. Flask-Session's database
backend was turned down: it commits the app's own session and knows no user to revoke by (docs/decisions).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, Request, Response, g
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import CallbackDict

from ..core import chance, clock
from ..core.db import db, is_sqlite, turn
from .models import WebSession

log = logging.getLogger(__name__)

COOKIE = "supportdesk"
IDLE = timedelta(hours=8)
AT_MOST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)

_json = TaggedJSONSerializer()


class StoredSession(CallbackDict[str, Any], SessionMixin):
    """A session as Flask knows it, with the id of its row."""

    def __init__(self, data: dict[str, Any] | None = None, identity: str | None = None) -> None:
        def changed(itself: StoredSession) -> None:
            itself.modified = True

        super().__init__(data or {}, changed)
        self.identity = identity
        self.new = identity is None
        self.modified = False
        self.renewed_from: str | None = None
        self.created_at: datetime | None = None
        self.seen_at: datetime | None = None

    def renew(self) -> None:
        """Give the session a new id (at sign-in, against fixation)."""
        self.renewed_from, self.identity, self.modified = self.identity, None, True


def hash_of(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()


class DatabaseSessions(SessionInterface):
    def open_session(self, app: Flask, request: Request) -> StoredSession:
        identity = request.cookies.get(COOKIE)
        if not identity or request.endpoint == "static":
            return StoredSession()
        now = clock.now()
        with _own_connection() as connection:
            row = connection.execute(
                sa.select(WebSession.data, WebSession.created_at, WebSession.seen_at).where(
                    WebSession.id_hash == hash_of(identity), WebSession.expires_at > now
                )
            ).first()
        if row is None:
            return StoredSession()
        stored = StoredSession(_json.loads(row.data), identity)
        stored.created_at, stored.seen_at = row.created_at, row.seen_at
        return stored

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, StoredSession)
        if g.get("without_database"):
            return  # the page that says so must not fail for the same reason
        now = clock.now()
        if session.accessed:
            response.vary.add("Cookie")
        if not session:
            if session.modified and (session.identity or session.renewed_from):
                self._forget(session)
                response.delete_cookie(COOKIE, path="/")
            return
        seen_lately = session.seen_at is not None and now - session.seen_at < SEEN_EVERY
        if not session.modified and seen_lately:
            return
        # A library view may still hold a read (or, after a failure, the write lock) in the request's own session.
        db.session.rollback()
        if session.identity and session.renewed_from is None:
            try:
                self._refresh(session, now)
            except OperationalError as problem:
                # The page is made, and what was sent may be saved: a lost "last seen" or note must not undo the answer.
                log.warning("a web session was not refreshed: %s", type(problem).__name__)
            return
        self._insert(session, now)
        response.set_cookie(
            COOKIE,
            session.identity or "",
            httponly=True,
            secure=self.get_cookie_secure(app),
            samesite="Lax",
            path="/",
        )

    def _insert(self, session: StoredSession, now: datetime) -> None:
        old, session.identity = session.renewed_from, chance.token()
        with _own_connection(writing=True) as connection:
            if old:
                connection.execute(sa.delete(WebSession).where(WebSession.id_hash == hash_of(old)))
            connection.execute(
                sa.insert(WebSession).values(
                    id_hash=hash_of(session.identity),
                    user_id=session.get("user_row"),
                    data=_json.dumps(dict(session)),
                    created_at=now,
                    seen_at=now,
                    expires_at=now + IDLE,
                )
            )

    def _refresh(self, session: StoredSession, now: datetime) -> None:
        """An UPDATE that never inserts: a row that vanished (disabled, password changed) stays gone."""
        expires_at = min(now + IDLE, (session.created_at or now) + AT_MOST)
        with _own_connection(writing=True) as connection:
            connection.execute(
                sa.update(WebSession)
                .where(WebSession.id_hash == hash_of(session.identity or ""))
                .values(data=_json.dumps(dict(session)), seen_at=now, expires_at=expires_at)
            )

    def _forget(self, session: StoredSession) -> None:
        gone = [hash_of(identity) for identity in (session.identity, session.renewed_from) if identity]
        with _own_connection(writing=True) as connection:
            connection.execute(sa.delete(WebSession).where(WebSession.id_hash.in_(gone)))


@contextmanager
def _own_connection(writing: bool = False) -> Iterator[sa.Connection]:
    queued = writing and is_sqlite()
    with turn(db.engine) if queued else nullcontext(), db.engine.connect() as connection:
        if queued:
            connection = connection.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        with connection.begin():
            yield connection
