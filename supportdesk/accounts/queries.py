"""Reads about the people who work here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from ..core.access import Role
from ..core.db import db
from ..core.errors import NotFound
from ..core.japan.text import clean_line
from .models import OneTimeCode, User, UserRole
from .rules import Term, username_of


def by_username(typed: str) -> User | None:
    """The account of that user name, in whatever width and case it was typed."""
    return db.session.scalar(sa.select(User).where(User.username == username_of(typed)))


def anybody() -> bool:
    """Whether any account exists."""
    return db.session.scalar(sa.select(sa.exists().where(User.id.is_not(None)))) or False


def user(user_id: int) -> User:
    """Raises NotFound."""
    found = db.session.get(User, user_id)
    if found is None:
        raise NotFound("There is no such account.")
    return found


def people(search: str = "") -> sa.Select[tuple[User]]:
    """The people who work here, those in service first, by user name; `search` is a part of either name."""
    query = sa.select(User).order_by(User.active.desc(), User.username)
    name, username = clean_line(search), username_of(search)
    if name:
        query = query.where(
            User.name.contains(name, autoescape=True) | User.username.contains(username, autoescape=True)
        )
    return query


def other_administrators(user_id: int, today: date) -> int:
    """How many others could add people today: administrators in force who have chosen a password."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(User)
            .join(UserRole, sa.and_(UserRole.user_id == User.id, UserRole.name == Role.ADMIN))
            .where(
                User.id != user_id,
                User.active,
                User.password.is_not(None),
                User.first_day <= today,
                User.last_day.is_(None) | (User.last_day >= today),
            )
        )
        or 0
    )


def other_terms(user_id: int) -> Sequence[Term]:
    """The first and last days of all other administrators who are not disabled and have chosen a password."""
    query = (
        sa.select(User.first_day, User.last_day)
        .join(UserRole, sa.and_(UserRole.user_id == User.id, UserRole.name == Role.ADMIN))
        .where(User.id != user_id, User.active, User.password.is_not(None))
    )
    return [(first, last) for first, last in db.session.execute(query)]


def open_code(user_id: int, now: datetime) -> OneTimeCode | None:
    """The one-time code with which this person may still choose a password."""
    return db.session.scalar(
        sa.select(OneTimeCode).where(OneTimeCode.user_id == user_id, OneTimeCode.expires_at > now)
    )
