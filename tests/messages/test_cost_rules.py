"""What messages cost, and how a month stands: pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.messages import cost_rules
from supportdesk.messages.cost_rules import Budget, Price
from supportdesk.messages.providers import price_list
from supportdesk.messages.providers.base import Channel, Prices
from supportdesk.office.settings import OfficeSettings

JULY = datetime(2026, 7, 31, 14, 59, tzinfo=UTC)  # 23:59 in Tokyo
TEXTS = [
    {"carrier": "KDDI", "prices": [{"number_type": "mobile", "base_price": "0.0812", "current_price": "0.0784"}]},
    {"carrier": "NTT DOCOMO", "prices": [{"number_type": "mobile", "current_price": "0.0801"}, {"current_price": "x"}]},
]
CALLS = [
    {"prefixes": ["81"], "base_price": "0.0746", "current_price": "0.0746", "friendly_name": "Japan"},
    {"prefixes": ["8170", "8180", "8190"], "current_price": "0.178"},
    # Dearer still, and none that we call.
    {"prefixes": ["81120", "81800"], "current_price": "0.9"},
    {"prefixes": ["81570", "81990"], "current_price": "4.5"},
]


def test_a_text_costs_by_its_parts_and_a_call_once() -> None:
    price = Price(12, 25)

    assert (price.sen(Channel.SMS, 2), price.sen(Channel.VOICE, 0)) == (2400, 2500)
    assert Price(0, 25).sen(Channel.SMS, 2) is None


def test_a_text_that_the_provider_counts_otherwise_costs_what_it_counts() -> None:
    assert cost_rules.as_billed(2400, 2, 3) == 3600
    assert cost_rules.as_billed(None, 2, 3) is None


@pytest.mark.parametrize(
    ("price", "currency", "sen"),
    [("-0.0784", "USD", 1216), ("0.0784", "usd", 1216), ("-12", "JPY", 1200), ("-0.1", "EUR", None)],
)
def test_the_providers_own_price_in_sen(price: str, currency: str, sen: int | None) -> None:
    assert cost_rules.reported(Decimal(price), currency, 155) == sen


def test_the_list_gives_the_dearest_price_of_what_we_send_and_call() -> None:
    assert price_list.read("USD", TEXTS, CALLS) == Prices("USD", Decimal("0.0801"), Decimal("0.178"))


@pytest.mark.parametrize(
    ("currency", "texts", "calls"), [(None, TEXTS, CALLS), ("USD", [], CALLS), ("USD", TEXTS, CALLS[2:]), ("USD", 7, 7)]
)
def test_a_list_without_a_price_is_none(currency: Any, texts: Any, calls: Any) -> None:
    assert price_list.read(currency, texts, calls) is None


def test_prices_become_whole_yen_rounded_up_and_a_call_is_two_minutes() -> None:
    prices = Prices("USD", Decimal("0.0801"), Decimal("0.178"))

    assert cost_rules.in_yen(prices, 155) == Price(13, 56)
    with pytest.raises(Refusal) as refused:
        cost_rules.in_yen(prices, 0)
    assert (refused.value.code, refused.value.field) == ("no-rate", "yen_per_dollar")


def test_a_month_warns_at_four_fifths_and_is_reached_at_its_limit() -> None:
    assert not Budget(1000, 79_999).warns
    assert (Budget(1000, 80_000).warns, Budget(1000, 80_000).percent) == (True, 80)
    assert (Budget(1000, 99_999).reached, Budget(1000, 100_000).reached) == (False, True)
    assert not Budget(0, 10**9).warns


def test_a_forecast_says_by_how_much_the_month_would_pass_its_limit() -> None:
    month = Budget(1000, 60_000, 30_000)

    assert (month.exceeded_by(), month.exceeded_by(10_000), month.exceeded_by(10_001)) == (0, 0, 1)
    assert Budget(0, 60_000, 10**9).exceeded_by(10**9) == 0


def test_a_month_is_the_towns_and_what_was_allowed_on_top_ends_with_it() -> None:
    office = OfficeSettings(most_yen_a_month=1000, extra_yen=500, extra_yen_month="2026-07")

    assert cost_rules.month_of(JULY) == date(2026, 7, 1)
    assert cost_rules.limit_of(office, JULY) == 1500
    assert cost_rules.limit_of(office, datetime(2026, 7, 31, 15, tzinfo=UTC)) == 1000
    assert cost_rules.limit_of(OfficeSettings(extra_yen=500, extra_yen_month="2026-07"), JULY) == 0
    assert cost_rules.months(JULY)[::12] == [date(2026, 7, 1), date(2025, 7, 1)]
