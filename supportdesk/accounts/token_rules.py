"""What a program's token may be, and when it is good."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from ..core.errors import Refusal

# A volunteer's rights hang on a person's venues, an administrator's and an auditor's lead to pages alone.
ROLES = ("staff", "coordinator", "manager")

LONGEST_NAME = 60
NOTED_EVERY = timedelta(minutes=1)


def check_token(
    *, name: str, roles: Collection[str], scopes: Collection[str], known: Collection[str], last_day: date | None,
    today: date,
) -> None:  # fmt: skip
    """Raises Refusal unless it has a name, roles a program may have, scopes that exist, and a last day to come."""
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refusal("Please write a name of at most %(most)s characters.", code="bad-name", most=LONGEST_NAME)
    if not roles or set(roles) - set(ROLES):
        raise Refusal("A token has one or more of these roles: %(roles)s.", code="bad-role", roles=", ".join(ROLES))
    if not scopes or set(scopes) - set(known):
        raise Refusal(
            "A token has one or more of these scopes: %(scopes)s.", code="bad-scope", scopes=", ".join(sorted(known))
        )
    if last_day is not None and last_day < today:
        raise Refusal("This day has passed already.", code="in-the-past")


def is_good(*, revoked_at: datetime | None, last_day: date | None, today: date) -> bool:
    """Whether a token opens anything on this day (its last day counts)."""
    return revoked_at is None and (last_day is None or today <= last_day)
