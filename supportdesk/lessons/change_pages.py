"""Where a page leads that has changed lessons in which people are booked."""

from __future__ import annotations

from collections.abc import Collection

from flask import url_for

from . import change_queries


def after(lesson_ids: Collection[int], otherwise: str, *, before: int | None = None) -> str:
    """The page of the change by which they are told, if one waits for its release that did not wait `before`; else the
    page that the act leads to by itself."""
    change_id = change_queries.unreleased_of(lesson_ids)
    if change_id is None or change_id == before:
        return otherwise
    return url_for("changes.show", change_id=change_id)
