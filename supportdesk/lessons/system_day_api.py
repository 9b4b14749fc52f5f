"""Days on which the card system stands still, for programs. In this room, as their page, since putting one in asks for
lessons first."""

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
from ..office import closed_day_rules, queries
from ..office import system_day_actions as actions
from ..office.models import SystemDay
from . import slot_queries
from .slot_schemas import SystemDaysAskedSchema, SystemDaySchema, SystemDaysPutInSchema, SystemDaysSchema

system_days = ApiBlueprint("system-days", "Days on which the card system stands still")

SYSTEM_DAY, PUT_IN = SystemDaySchema(), SystemDaysPutInSchema()


@system_days.route("/system-days", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:system-days")
@system_days.arguments(SystemDaysAskedSchema(), location="query")
@system_days.response(200, page_of(SystemDaySchema))
def list_system_days(asked: dict[str, Any]) -> dict[str, Any]:
    """The days in their order, from today on unless another day is named."""
    query = sa.select(SystemDay).where(SystemDay.day >= asked.get("first_day", clock.local_date(clock.now())))
    return page(query, (SystemDay.day,), limit=asked["limit"], cursor=asked.get("cursor"))


@system_days.route("/system-days", methods=["POST"])
@open_to(Role.MANAGER, scope="write:system-days")
@system_days.arguments(SystemDaysSchema())
@system_days.response(201, PUT_IN)
def add_system_days(sent: dict[str, Any]) -> Response:
    """Put in a day or several. Where the counter is planned on them: 409 `counter-planned` with the lessons, unless
    `anyway`; nothing is cancelled by it."""
    first, last = sent["first"], sent.get("last", sent["first"])

    def act(by: Actor, now: datetime) -> Answer:
        if not sent["anyway"]:
            _check_counter(first, last, clock.local_date(now))
        return PUT_IN.dump({"days": actions.add_system_days(first, last, sent["reason"], by=by, now=now)}), 201

    return write(act)


def _check_counter(first: date, last: date, today: date) -> None:
    planned = slot_queries.at_counters(closed_day_rules.coming_days(first, last, today))
    if planned:
        raise Refusal(
            "The counter is planned on these days (booked: %(count)s). Send `anyway` if the system stands still all "
            "the same.",
            code="counter-planned", count=sum(day.taken for day in planned),
            lesson_ids=[slot.id for day in planned for slot in day.slots],
        )  # fmt: skip


@system_days.route("/system-days/<string(maxlength=10):day>/remove", methods=["POST"])
@open_to(Role.MANAGER, scope="write:system-days")
@system_days.arguments(Nothing())
@system_days.response(200, SYSTEM_DAY, description="The system works on that day; this is what it was.")
def remove_system_day(_sent: dict[str, Any], day: str) -> Response:
    """Take a day (2026-08-12) back."""

    def act(by: Actor, now: datetime) -> Answer:
        try:
            which = date.fromisoformat(day)
        except ValueError:
            raise NotFound("This entry does not exist.") from None
        was = [SYSTEM_DAY.dump(row) for row in queries.system_days(which, which)]
        actions.remove_system_day(which, by=by, now=now)
        return was[0], 200

    return write(act)
