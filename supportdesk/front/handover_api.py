"""Hand-overs, for programs: what the pages do, by the same actions. A program is nobody's own, so a manager's only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Asked, Nothing, page_of
from ..core.api.writing import Answer, write
from . import handover
from . import handover_queries as queries
from . import handover_rules as rules
from .handover import HandOverData
from .handover_models import HandOver, HandOverItem
from .handover_queries import Found
from .handover_rules import DutyChoice, ItemKind, Plan
from .handover_schemas import (
    HandOverItemSchema,
    HandOversAskedSchema,
    HandOverSchema,
    NewHandOverSchema,
    SentHandOverSchema,
    ToHandOverSchema,
)

hand_overs = ApiBlueprint("hand-overs", "Hand-overs: what one person has goes to another in one act")

ONE = "/hand-overs/<int(max=2147483647):hand_over_id>"
HAND_OVER = HandOverSchema()


@hand_overs.route("/hand-overs", methods=["GET"])
@open_to(Role.MANAGER, scope="read:hand-overs")
@hand_overs.arguments(HandOversAskedSchema(), location="query")
@hand_overs.response(200, page_of(HandOverSchema))
def list_hand_overs(asked: dict[str, Any]) -> dict[str, Any]:
    """Hand-overs in the order in which they were prepared."""
    found = queries.all_hand_overs(asked.get("user_id"))
    return page(found, (HandOver.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@hand_overs.route(ONE, methods=["GET"])
@open_to(Role.MANAGER, scope="read:hand-overs")
@hand_overs.response(200, HAND_OVER)
def one_hand_over(hand_over_id: int) -> HandOver:
    """One hand-over."""
    return queries.get(hand_over_id)


@hand_overs.route(f"{ONE}/items", methods=["GET"])
@open_to(Role.MANAGER, scope="read:hand-overs")
@hand_overs.arguments(Asked(), location="query")
@hand_overs.response(200, page_of(HandOverItemSchema))
def items(asked: dict[str, Any], hand_over_id: int) -> dict[str, Any]:
    """What was handed over and what stayed, in the order of the paper."""
    queries.get(hand_over_id)
    found = queries.items(hand_over_id)
    return page(found, (HandOverItem.place,), limit=asked["limit"], cursor=asked.get("cursor"))


@hand_overs.route("/hand-overs/preview", methods=["POST"])
@open_to(Role.MANAGER, scope="read:hand-overs")
@hand_overs.arguments(SentHandOverSchema())
@hand_overs.response(200, ToHandOverSchema())
def preview(sent: dict[str, Any]) -> Found:
    """What there is to hand over, and what stands against it. Nothing is saved."""
    now = clock.now()
    data = _data(sent, clock.local_date(now))
    rules.check_day(data.on, clock.local_date(now))
    return queries.found(data.from_id, data.to_id, data.plan, data.on, now)


@hand_overs.route("/hand-overs", methods=["POST"])
@open_to(Role.MANAGER, scope="write:hand-overs")
@hand_overs.arguments(NewHandOverSchema())
@hand_overs.response(201, HAND_OVER)
def add_hand_over(sent: dict[str, Any]) -> Response:
    """Hand over now, or prepare it for a day. 409 `unsettled` while something cannot go the way that was chosen."""

    def act(by: Actor, now: datetime) -> Answer:
        data = _data(sent, clock.local_date(now))
        return HAND_OVER.dump(handover.hand_over(data, seen=sent.get("seen"), by=by, now=now)), 201

    return write(act)


@hand_overs.route(f"{ONE}/withdraw", methods=["POST"])
@open_to(Role.MANAGER, scope="write:hand-overs")
@hand_overs.arguments(Nothing())
@hand_overs.response(200, HAND_OVER)
def withdraw(_sent: dict[str, Any], hand_over_id: int) -> Response:
    """Take back what was prepared and has not been carried out."""

    def act(by: Actor, now: datetime) -> Answer:
        handover.withdraw(hand_over_id, by=by, now=now)
        return HAND_OVER.dump(queries.get(hand_over_id)), 200

    return write(act)


def _data(sent: dict[str, Any], today: date) -> HandOverData:
    plan = Plan(
        {ItemKind(one["kind"]): one["choice"] for one in sent["kinds"]},
        {one["lesson_id"]: DutyChoice(one["choice"], one["reason"].strip()) for one in sent["duties"]},
    )
    return HandOverData(sent["from_id"], sent["to_id"], sent.get("on") or today, plan, sent.get("note", ""))
