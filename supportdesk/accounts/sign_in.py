"""Signing in and out, by the sign-in library; and who the person of a request is."""

from __future__ import annotations

from flask import Flask, session

from ..core.access import Actor
from ..core.db import db
from .models import User
from .web_sessions import DatabaseSessions


def install(app: Flask) -> None:
    app.session_interface = DatabaseSessions()


def load_actor() -> Actor | None:
    """The signed-in person, read anew at every request, so that a disabled account ends at once."""
    user = db.session.get(User, session["user_row"]) if "user_row" in session else None
    if user is None or not user.active:
        return None
    return Actor(user.id, user.name, user.role_set)
