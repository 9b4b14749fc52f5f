"""What messages cost, for programs: what the page says, and the same two acts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.schemas import Nothing
from ..core.api.writing import Answer, write
from ..office import settings as office_settings
from . import cost_actions, cost_queries, cost_rules, switchboard
from .cost_schemas import CostsSchema, OnTopSchema

message_costs = ApiBlueprint("message-costs", "What messages cost: this month and those before it")

COSTS = CostsSchema()


@message_costs.route("/message-costs", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:message-costs")
@message_costs.response(200, COSTS)
def show() -> dict[str, Any]:
    """This month's limit, what is spent and what is planned, the prices, and each month by way and matter."""
    return _costs(clock.now())


@message_costs.route("/message-costs/prices", methods=["POST"])
@open_to(Role.MANAGER, scope="write:message-costs")
@message_costs.arguments(Nothing())
@message_costs.response(200, COSTS)
def read_prices(_sent: dict[str, Any]) -> Response:
    """Read the provider's price list and write it down. 422 where there is none."""
    prices = switchboard.read_prices()

    def act(by: Actor, now: datetime) -> Answer:
        cost_actions.take_prices(prices, by=by, now=now)
        return COSTS.dump(_costs(now)), 200

    return write(act)


@message_costs.route("/message-costs/on-top", methods=["POST"])
@open_to(Role.MANAGER, scope="write:message-costs")
@message_costs.arguments(OnTopSchema())
@message_costs.response(200, COSTS)
def allow_on_top(sent: dict[str, Any]) -> Response:
    """Let this month cost more than its limit: so many yen on top, in all; 0 takes it back."""

    def act(by: Actor, now: datetime) -> Answer:
        cost_actions.allow_on_top(sent["yen"], by=by, now=now)
        return COSTS.dump(_costs(now)), 200

    return write(act)


def _costs(now: datetime) -> dict[str, Any]:
    office = office_settings.current()
    price = cost_rules.price_of(office)
    spent, planned = cost_queries.spent(now, price), cost_queries.planned(now, price).sen
    budget = cost_rules.Budget(cost_rules.limit_of(office, now), spent, planned)
    return {
        "month": cost_rules.named_month(cost_rules.month_of(now)),
        "limit_yen": budget.limit,
        "spent_yen": cost_rules.whole_yen(budget.spent),
        "planned_yen": cost_rules.whole_yen(budget.planned),
        "percent": budget.percent,
        "yen_per_text_part": price.text_part,
        "yen_per_call": price.call,
        "months": [
            {
                "month": cost_rules.named_month(line.month), "channel": line.channel, "matter": line.matter,
                "messages": line.messages, "segments": line.segments, "yen": cost_rules.whole_yen(line.sen),
            }
            for line in cost_queries.by_month(now, price)
        ],
    }  # fmt: skip
