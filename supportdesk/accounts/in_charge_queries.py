"""Who may be put in charge of a request or a series (担当), and how lists are asked for what one person has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from ..core.access import Role
from ..core.db import db
from ..core.errors import Refusal
from .models import User, UserRole

# Asked for as a person's number: what nobody is in charge of. No account has it.
NOBODY = 0
# A page asks for these by a word, so that an address that is passed on shows everybody their own.
WHOSE = ("mine", "nobody")


def people(roles: Collection[Role], today: date) -> Sequence[User]:
    """Those who have one of these roles and whose account is in force on a day, by name."""
    has_role = sa.exists().where(UserRole.user_id == User.id, UserRole.name.in_(roles))
    query = sa.select(User).options(sa.orm.lazyload(User.roles)).where(has_role, *_in_force(today))
    return db.session.scalars(query.order_by(User.name, User.id)).all()


def check(user_id: int | None, roles: Collection[Role], today: date) -> None:
    """Raises Refusal `not-in-service` unless it is nobody, or somebody who has one of these roles and whose account is
    in force."""
    if user_id is None:
        return
    found = sa.select(UserRole.user_id).join(User, User.id == UserRole.user_id)
    found = found.where(User.id == user_id, UserRole.name.in_(roles), *_in_force(today)).limit(1)
    if db.session.scalar(found) is None:
        raise Refusal(
            "This person cannot be in charge here: the account is not in force, or has not the role for it.",
            code="not-in-service", field="user_id",
        )  # fmt: skip


def asked_for(word: str, me: int | None) -> int | None:
    """Whose things a page was asked for: mine, nobody's, or (any other word) everybody's."""
    return {"mine": me, "nobody": NOBODY}.get(word)


def of_whom(column: Any, in_charge_id: int) -> sa.ColumnElement[bool]:
    """The condition for what one person, or NOBODY, is in charge of."""
    condition: sa.ColumnElement[bool] = column.is_(None) if in_charge_id == NOBODY else column == in_charge_id
    return condition


def _in_force(today: date) -> tuple[sa.ColumnElement[bool], ...]:
    return User.active.is_(True), User.first_day <= today, User.last_day.is_(None) | (User.last_day >= today)
