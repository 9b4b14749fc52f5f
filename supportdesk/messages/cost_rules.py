"""Pure decisions about what messages cost: by the office's prices, by the provider's own word, and by the month.

Money is counted in sen, hundredths of a yen, so that prices in dollars keep their fractions; pages say whole yen,
rounded up. What a message costs is written on it when it is claimed, since prices change and past months do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from ..core.clock import at, local_date
from ..core.errors import Refusal
from .providers.base import Channel, Prices
from .rules import MessageStatus

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings

SEN = 100
WARN_PERCENT = 80
# A call that was not taken is not billed (telephony facts c); what the provider itself says holds above this.
FREE_CALLS = frozenset({MessageStatus.NOT_ANSWERED, MessageStatus.FAILED})
# A call says everything twice, slowly: more than one minute, and started minutes are billed.
MINUTES_OF_A_CALL = 2
MONTHS_SHOWN = 13
MOST_ON_TOP = 10_000_000


@dataclass(frozen=True)
class Price:
    """Yen for one part of a text, and for one call; 0 while nobody has written it down."""

    text_part: int
    call: int

    def sen(self, channel: Channel, segments: int) -> int | None:
        """What one costs; None while its price is not known."""
        yen = segments * self.text_part if channel is Channel.SMS else self.call
        return yen * SEN if yen else None


NO_PRICE = Price(0, 0)


def price_of(office: OfficeSettings) -> Price:
    return Price(office.yen_per_text_part, office.yen_per_call)


def whole_yen(sen: int) -> int:
    """Rounded up: a page that says too much before pressing is the better one."""
    return -(-sen // SEN)


def as_billed(sen: int | None, counted: int, billed: int) -> int | None:
    """What a text costs whose parts the provider counted otherwise than we did."""
    return sen if sen is None or not counted else sen * billed // counted


def reported(price: Decimal, currency: str, yen_per_dollar: int) -> int | None:
    """The provider's own price (never below 0, whatever its sign) in sen; None when it cannot be turned into yen."""
    rate = {"JPY": 1, "USD": yen_per_dollar}.get(currency.upper(), 0)
    return int((abs(price) * rate * SEN).to_integral_value(ROUND_CEILING)) if rate else None


def in_yen(prices: Prices, yen_per_dollar: int) -> Price:
    """Whole yen, rounded up. Raises Refusal `no-rate` when the office has not written down what a dollar costs."""
    rate = {"JPY": 1, "USD": yen_per_dollar}.get(prices.currency.upper(), 0)
    if not rate:
        raise Refusal(
            "The prices are in %(currency)s. Please write down first how many yen a dollar is.",
            code="no-rate", field="yen_per_dollar", currency=prices.currency,
        )  # fmt: skip
    call_price = prices.call_minute * MINUTES_OF_A_CALL
    text, call = ((one * rate).to_integral_value(ROUND_CEILING) for one in (prices.text_part, call_price))
    return Price(int(text), int(call))


# ---- months


def month_of(now: datetime) -> date:
    """The first day of the town's month."""
    return local_date(now).replace(day=1)


def month_start(now: datetime) -> datetime:
    return at(month_of(now), time.min)


def next_month(first: date, by: int = 1) -> date:
    months = first.year * 12 + first.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


def months(now: datetime, count: int = MONTHS_SHOWN) -> Sequence[date]:
    """This month and those before it, the newest first."""
    return [next_month(month_of(now), -back) for back in range(count)]


def named_month(first: date) -> str:
    """How a month stands in a setting: 2026-07."""
    return f"{first:%Y-%m}"


@dataclass(frozen=True)
class Line:
    """One month, way and matter: how many messages left, in how many parts, at what cost in sen."""

    month: date
    channel: Channel
    matter: str
    messages: int
    segments: int
    sen: int


@dataclass(frozen=True)
class Budget:
    """How a month stands. `limit`: whole yen, 0 when the office has set none; `spent` and `planned` in sen."""

    limit: int
    spent: int
    planned: int = 0

    @property
    def percent(self) -> int:
        """How much of the limit is spent, in whole percent, rounded down; 0 without a limit."""
        return self.spent * 100 // (self.limit * SEN) if self.limit else 0

    @property
    def warns(self) -> bool:
        return bool(self.limit) and self.percent >= WARN_PERCENT

    @property
    def reached(self) -> bool:
        return bool(self.limit) and self.spent >= self.limit * SEN

    def exceeded_by(self, sen: int = 0) -> int:
        """By how many whole yen the month would pass its limit with all that is planned and this; 0 if it would not."""
        return max(0, whole_yen(self.spent + self.planned + sen - self.limit * SEN)) if self.limit else 0


def limit_of(office: OfficeSettings, now: datetime) -> int:
    """The month's limit in yen with what a person has allowed on top for this month; 0 when there is none."""
    if not office.most_yen_a_month:
        return 0
    on_top = office.extra_yen if office.extra_yen_month == named_month(month_of(now)) else 0
    return office.most_yen_a_month + on_top
