"""What happens to the tokens of programs: made, revoked; and which program one belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date, datetime

import sqlalchemy as sa

from ..core import chance, clock, history
from ..core.access import Actor, Role
from ..core.db import db, insert_or_leave, one_row
from ..core.errors import NotFound, Refusal
from ..core.japan.text import clean_line
from . import token_rules as rules
from .models import ApiToken

# Known by scanners for secrets, and by whoever finds one in a file.
MARK = "supportdesk_"
# Asked at every request, so it is built once.
_BY_HASH = sa.select(ApiToken).where(ApiToken.token_hash == sa.bindparam("sent"))


def add_token(
    name: str, roles: Collection[str], scopes: Collection[str], last_day: date | None, *,
    known_scopes: Collection[str], by: Actor, now: datetime,
) -> str:  # fmt: skip
    """Make a token, and give it: it cannot be shown again. A name is used once for ever, since the history names it.
    Raises Refusal."""
    name = clean_line(name)
    rules.check_token(
        name=name, roles=roles, scopes=scopes, known=known_scopes, last_day=last_day, today=clock.local_date(now)
    )
    token = MARK + chance.token()
    kept = {"roles": sorted(set(roles)), "scopes": sorted(set(scopes)), "last_day": last_day}
    if not insert_or_leave(ApiToken, name=name, token_hash=hash_of(token), created_at=now, **kept):
        raise Refusal("There is or was a token of this name already.", code="name-taken")
    told = kept | {"last_day": last_day.isoformat() if last_day else None}
    history.record("token.added", f"token:{_by_name(name).id}", by=by, now=now, **told)
    return token


def revoke_token(name: str, *, by: Actor, now: datetime) -> None:
    """End a token at once; saying it twice is no error. Raises NotFound."""
    found = _by_name(clean_line(name))
    still_good = sa.update(ApiToken).where(ApiToken.id == found.id, ApiToken.revoked_at.is_(None))
    if one_row(still_good.values(revoked_at=now)):
        history.record("token.revoked", f"token:{found.id}", by=by, now=now)


def all_tokens() -> list[ApiToken]:
    return list(db.session.scalars(sa.select(ApiToken).order_by(ApiToken.name)))


def program_of(token: str, now: datetime) -> tuple[ApiToken, Actor] | None:
    """The program whose good token this is."""
    row = db.session.scalar(_BY_HASH, {"sent": hash_of(token)})
    if row is None or not rules.is_good(
        revoked_at=row.revoked_at, last_day=row.last_day, today=clock.local_date(now)
    ):
        return None
    return row, Actor(None, row.name, frozenset(Role(role) for role in row.roles), frozenset(row.scopes))


def hash_of(token: str) -> str:
    """What is kept of a token. A plain digest: there is nothing to guess in 192 bits of chance."""
    return hashlib.sha256(token.encode()).hexdigest()


def _by_name(name: str) -> ApiToken:
    found = db.session.scalar(sa.select(ApiToken).where(ApiToken.name == name))
    if found is None:
        raise NotFound("There is no token of this name.")
    return found
