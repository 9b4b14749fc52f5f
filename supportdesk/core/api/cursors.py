"""Lists in pages that neither skip nor repeat a row while others write: a cursor names the last row seen, not a place.

`OFFSET` counts rows, so that one added in front shifts every later page, and reads all that it leaves out. A cursor is
the sort keys of the last row, not secret and not signed: whoever makes one up sees nothing but a page of the same list.
It stands in addresses, which are logged elsewhere: no list is sorted by what is personal.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import request, url_for
from sqlalchemy.orm import InstrumentedAttribute

from ..db import UTCDateTime, db
from ..errors import Refusal

GREATEST_ID = 2_147_483_647

Key = InstrumentedAttribute[Any]
Row = TypeVar("Row")


def page(
    query: sa.Select[Any], keys: Sequence[Key], *, limit: int, cursor: str | None, newest_first: bool = False
) -> dict[str, Any]:
    """One page of the rows of `query`, as {items, next}. In one query, plus those of its eager loads.

    `keys` are the columns of the order, never null, the last one unique; an index must begin with them (or with what
    the query asks for, then them). Raises Refusal at `cursor` for one that is none of this list's.
    """
    columns = sa.tuple_(*keys)
    if cursor:
        last = sa.tuple_(*[sa.literal(value, key.type) for value, key in zip(_read(cursor, keys), keys, strict=True)])
        query = query.where(columns < last if newest_first else columns > last)
    order = [key.desc() if newest_first else key.asc() for key in keys]
    rows = db.session.scalars(query.order_by(None).order_by(*order).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return {"items": rows, "next": _href([getattr(rows[-1], key.key) for key in keys]) if more else None}


def page_of_reckoned(
    rows: Sequence[Row], place: Callable[[Row], tuple[Any, ...]], keys: Sequence[Key], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """One page of rows that no single query gives. They come in the order of `place`, whose values are of the kinds of
    the columns `keys`."""
    if cursor:
        last = tuple(_read(cursor, keys))
        rows = [row for row in rows if place(row) > last]
    more = len(rows) > limit
    rows = rows[:limit]
    return {"items": rows, "next": _href(place(rows[-1])) if more else None}


def _href(last: Sequence[Any]) -> str:
    asked = request.args.to_dict(flat=False)
    kept: dict[str, Any] = {**(request.view_args or {}), **asked, "cursor": _written(last)}
    return url_for(request.endpoint or "", **kept)


def _written(values: Sequence[Any]) -> str:
    told = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def _read(cursor: str, keys: Sequence[Key]) -> list[Any]:
    try:
        told = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(told, list) or len(told) != len(keys):
            raise ValueError("not the keys of this list")
        return [_value(value, key) for value, key in zip(told, keys, strict=True)]
    except (ValueError, TypeError, RecursionError):
        raise Refusal(
            "This cursor is not one of this list. Please begin again without it.", code="bad-cursor", field="cursor"
        ) from None


def _value(value: Any, key: Key) -> Any:
    if isinstance(key.type, UTCDateTime):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a cursor's instant has its offset")
        return moment
    kind = key.type.python_type
    if kind is date:
        return date.fromisoformat(value)
    if type(value) is not kind or (kind is int and not 0 <= value <= GREATEST_ID):
        raise ValueError("a key of another kind")
    if kind is str and not value.isprintable():
        raise ValueError("a key that no database keeps")
    return value
