"""What persons decide about the cost of messages. The prices are read by the edge, before any transaction."""

from __future__ import annotations

from datetime import datetime

from ..core.access import Actor
from ..core.errors import Refusal
from ..office import setting_actions
from ..office import settings as office_settings
from . import cost_rules
from .cost_rules import Price
from .providers.base import Prices


def take_prices(prices: Prices | None, *, by: Actor, now: datetime) -> Price:
    """Write down what the provider's list says, in whole yen, rounded up.

    Raises Refusal `no-prices` when the provider named none, `no-rate` when nobody has said what a dollar costs.
    """
    if prices is None:
        raise Refusal(
            "The telephone company gave no price list. Please write the prices down by hand, as the contract says.",
            code="no-prices",
        )
    price = cost_rules.in_yen(prices, office_settings.current().yen_per_dollar)
    setting_actions.set_prices(price.text_part, price.call, by=by, now=now)
    return price


def allow_on_top(yen: int, *, by: Actor, now: datetime) -> None:
    """Let this month cost so many yen above its limit, in all: pressing twice allows it once. 0 takes it back.

    Raises Refusal.
    """
    setting_actions.allow_on_top(yen, cost_rules.named_month(cost_rules.month_of(now)), by=by, now=now)
