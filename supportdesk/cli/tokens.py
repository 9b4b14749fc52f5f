"""`supportdesk token …`: what programs may do. From the command line alone, so that no page hands out keys. Inside an
app context."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from flask import Flask

from ..accounts import tokens
from ..core import clock
from ..core.access import HOUSE, all_scopes
from ..core.db import transaction


def add(app: Flask, name: str, roles: Collection[str], scopes: Collection[str], last_day: date | None) -> None:
    """Make a token and print it, this once. Raises Refusal."""
    with transaction():
        token = tokens.add_token(
            name, roles, scopes, last_day, known_scopes=all_scopes(app), by=HOUSE, now=clock.now()
        )
    print(token)
    print("This token is shown this once. Keep it where only the program can read it.")


def revoke(name: str) -> None:
    """End a token. Raises NotFound."""
    with transaction():
        tokens.revoke_token(name, by=HOUSE, now=clock.now())
    print(f"Revoked {name}. It opens nothing any more.")


def show() -> None:
    """Print every token: its name, roles, scopes, last day, last use."""
    for row in tokens.all_tokens():
        ends = f"through {row.last_day}" if row.last_day else "no last day"
        if row.revoked_at:
            ends = f"revoked {_moment(row.revoked_at)}"
        print(f"{row.name}: {', '.join(row.roles)}; {', '.join(row.scopes)}; {ends}; used {_moment(row.last_used_at)}")


def _moment(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else "never"
