"""`supportdesk user …`: accounts from the command line, for the day when nobody can sign in. Inside an app
context."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from ..accounts import actions, queries
from ..accounts.actions import Account
from ..core import clock
from ..core.access import HOUSE, Role
from ..core.db import transaction
from ..core.errors import NotFound, Refusal
from ..core.japan.text import clean_line


def user_add(
    username: str,
    name: str,
    roles: Collection[Role],
    first_day: date | None = None,
    last_day: date | None = None,
) -> str:
    """Add a person (from today, unless a first day is named); prints and gives the one-time code. Raises
    Refusal."""
    now = clock.now()
    if not set(roles) <= set(Role):
        raise Refusal("Please write one of these words: %(words)s.", code="no-such-word", words=", ".join(Role))
    account = Account(clean_line(name), frozenset(roles), first_day or clock.local_date(now), last_day)
    with transaction():
        user = actions.add_user(username, account, by=HOUSE, now=now)
        code = actions.give_one_time_code(user.id, by=HOUSE, now=now)
    print(f"Added {user.username} ({', '.join(sorted(account.roles))}).")
    _print_code(code)
    return code


def user_disable(username: str) -> None:
    """Disable a person, who is signed out everywhere. Raises Refusal."""
    with transaction():
        actions.disable(_id_of(username), by=HOUSE, now=clock.now())
    print(f"Disabled {username}; signed out everywhere.")


def user_reset(username: str) -> str:
    """Make a new one-time code, and enable the account if need be; prints and gives the code. Raises
    Refusal."""
    now = clock.now()
    with transaction():
        user_id = _id_of(username)
        actions.enable(user_id, by=HOUSE, now=now)
        code = actions.give_one_time_code(user_id, by=HOUSE, now=now)
    print(f"A new one-time code for {username}.")
    _print_code(code)
    return code


def _id_of(username: str) -> int:
    user = queries.by_username(username)
    if user is None:
        raise NotFound("There is no such account.")
    return user.id


def _print_code(code: str) -> None:
    print(f"One-time code: {code} (works once, for 24 hours; to be used at /account/code)")
