"""The office's closed days, for programs. In this room, as its page, since closing asks for lessons first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Nothing, page_of
from ..core.api.writing import Answer, write
from ..core.errors import NotFound, Refusal
from ..office import closed_day_actions as actions
from ..office import closed_day_rules, queries
from ..office.models import ClosedDay
from . import timetable
from .closed_day_schemas import CloseDaysSchema, ClosedDaysAskedSchema, ClosedDaySchema, DaysClosedSchema

closed_days = ApiBlueprint("closed-days", "Days on which the office is closed besides weekends and holidays")

CLOSED, DAYS = ClosedDaySchema(), DaysClosedSchema()


@closed_days.route("/closed-days", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:closed-days")
@closed_days.arguments(ClosedDaysAskedSchema(), location="query")
@closed_days.response(200, page_of(ClosedDaySchema))
def list_closed_days(asked: dict[str, Any]) -> dict[str, Any]:
    """Closed days in their order, from today on unless another day is named."""
    query = sa.select(ClosedDay).where(ClosedDay.day >= asked.get("first_day", clock.local_date(clock.now())))
    if "last_day" in asked:
        query = query.where(ClosedDay.day <= asked["last_day"])
    return page(query, (ClosedDay.day,), limit=asked["limit"], cursor=asked.get("cursor"))


@closed_days.route("/closed-days", methods=["POST"])
@open_to(Role.MANAGER, scope="write:closed-days")
@closed_days.arguments(CloseDaysSchema())
@closed_days.response(201, DAYS)
def close_days(sent: dict[str, Any]) -> Response:
    """Close a day or several. Where lessons are planned on them: 409 `lessons-held` with how many, unless `anyway`;
    closing cancels none."""
    first, last = sent["first"], sent.get("last", sent["first"])

    def act(by: Actor, now: datetime) -> Answer:
        if not sent["anyway"]:
            _check_lessons(first, last, clock.local_date(now))
        return DAYS.dump({"days": actions.close_days(first, last, sent["reason"], by=by, now=now)}), 201

    return write(act)


def _check_lessons(first: date, last: date, today: date) -> None:
    closed = [row.day for row in queries.closed_days(first, last)]
    held = timetable.lessons_on(closed_day_rules.days_to_close(first, last, today, closed))
    if held:
        raise Refusal(
            "%(count)s lessons are planned on these days. Send `anyway` if the office closes all the same.",
            code="lessons-held", count=sum(held.values()),
        )  # fmt: skip


@closed_days.route("/closed-days/<string(maxlength=10):day>/open", methods=["POST"])
@open_to(Role.MANAGER, scope="write:closed-days")
@closed_days.arguments(Nothing())
@closed_days.response(200, CLOSED, description="It is open; this is what it was.")
def open_day(_sent: dict[str, Any], day: str) -> Response:
    """Take a closed day (2026-08-12) back."""

    def act(by: Actor, now: datetime) -> Answer:
        which = _day(day)
        was = [CLOSED.dump(row) for row in queries.closed_days(which, which)]
        actions.open_day(which, by=by, now=now)
        return was[0], 200

    return write(act)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise NotFound("This entry does not exist.") from None
