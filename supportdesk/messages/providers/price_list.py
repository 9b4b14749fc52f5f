"""Reading Twilio's price list for Japan (pricing.twilio.com, v1), which comes as JSON with numbers in texts.

There is a price for each carrier and kind of sender, and for each beginning of a number. Which of them a text or call
will meet is not known before, so the dearest counts, of numbers that we call at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ...core.japan import phone
from .base import Prices


def read(currency: object, texts: object, calls: object) -> Prices | None:
    """`texts`: `outbound_sms_prices`, `calls`: `outbound_prefix_prices`. None when one of them names no price."""
    text_prices = [price for carrier in _dicts(texts) for price in _prices(_dicts(carrier.get("prices")))]
    call_prices = list(_prices([entry for entry in _dicts(calls) if _is_called(entry.get("prefixes"))]))
    if not (isinstance(currency, str) and text_prices and call_prices):
        return None
    return Prices(currency, max(text_prices), max(call_prices))


def amount(text: object) -> Decimal | None:
    """A price as it stands in JSON, be it negative as in the resources of messages; None when it is none."""
    try:
        found = Decimal(str(text)) if text not in (None, "") else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _dicts(rows: object) -> Sequence[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _prices(rows: Sequence[dict[str, Any]]) -> Iterator[Decimal]:
    for row in rows:
        found = amount(row.get("current_price") or row.get("base_price"))
        if found is not None and found > 0:
            yield found


def _is_called(prefixes: object) -> bool:
    named = [str(prefix) for prefix in prefixes] if isinstance(prefixes, list) else []
    return any(phone.may_begin_a_number("+" + prefix) for prefix in named)
