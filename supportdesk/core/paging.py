"""Long lists come in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import request, url_for

from .db import db

PER_PAGE = 50


@dataclass(frozen=True)
class Page:
    """One page of a list, with the addresses of its neighbours; `at`: the endpoint that shows it, where another one
    answers this request."""

    items: Sequence[Any]
    number: int
    pages: int
    total: int
    at: str = ""

    @property
    def prev_href(self) -> str | None:
        return self._href(self.number - 1) if self.number > 1 else None

    @property
    def next_href(self) -> str | None:
        return self._href(self.number + 1) if self.number < self.pages else None

    def _href(self, number: int) -> str:
        of_address = {} if self.at else request.view_args or {}
        kept = {**of_address, **request.args.to_dict(flat=False), "page": number}
        return url_for(self.at or request.endpoint or "", **kept)


def page_of(query: sa.Select[*tuple[Any, ...]], *, scalars: bool = True, per_page: int = PER_PAGE) -> Page:
    """The page that the request's `page` names (1 when it names none or nonsense), in two queries."""
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    number, pages = _wanted(total, per_page)
    chosen = query.limit(per_page).offset((number - 1) * per_page)
    items = db.session.scalars(chosen).all() if scalars else db.session.execute(chosen).all()
    return Page(items, number, pages, total)


def page_of_list(found: Sequence[Any], *, at: str = "") -> Page:
    """The same of a list that had to be worked out as a whole; `at` as in Page."""
    number, pages = _wanted(len(found), PER_PAGE)
    return Page(found[(number - 1) * PER_PAGE : number * PER_PAGE], number, pages, len(found), at)


def _wanted(total: int, per_page: int) -> tuple[int, int]:
    """The number of the page asked for, and how many there are."""
    pages = max(1, -(-total // per_page))
    return min(max(1, request.args.get("page", 1, type=int)), pages), pages
