"""Caps: which of the due messages may go at once, and which ask for a person."""

from __future__ import annotations

from typing import Any

import pytest

from supportdesk.messages.cap_rules import Cap, Caps, Due, asks_for_a_person, town_cap
from supportdesk.messages.cap_rules import allowed as may_go
from supportdesk.messages.cost_rules import Price
from supportdesk.messages.rules import MessageStatus

CAPS = Caps(to_number=3, about=4, in_hour=5, in_day=20)


def allowed(dues: list[Due], caps: Caps, spent: int = 0) -> list[int]:
    return [one.id for one in may_go(dues, caps, spent)]


def due(
    identity: int, number: str = "", about: str = "", sent_to_number: int = 0, sent_about: int = 0, **more: Any
) -> Due:
    return Due(identity, number or f"n{identity}", about or f"b{identity}", sent_to_number, sent_about, **more)


def test_each_message_to_a_number_counts_for_those_behind_it() -> None:
    assert allowed([due(n, number="one", sent_to_number=1) for n in (1, 2, 3)], CAPS) == [1, 2]


def test_each_message_about_a_booking_counts_for_those_behind_it() -> None:
    assert allowed([due(n, about="one", sent_about=3) for n in (1, 2)], CAPS) == [1]


def test_what_is_kept_back_stands_in_nobodys_way() -> None:
    full = due(1, sent_to_number=3)

    assert allowed([full, due(2), due(3, sent_about=4), due(4)], CAPS) == [2, 4]


def test_what_one_cap_keeps_back_does_not_count_for_the_other() -> None:
    about_is_full = due(1, number="one", sent_about=4)

    assert allowed([about_is_full, *(due(n, number="one") for n in (2, 3, 4, 5))], CAPS) == [2, 3, 4]


@pytest.mark.parametrize(
    ("in_hour", "today", "reached"), [(4, 19, None), (5, 19, Cap.HOUR), (4, 20, Cap.DAY), (5, 20, Cap.DAY)]
)
def test_the_towns_caps(in_hour: int, today: int, reached: Cap | None) -> None:
    assert town_cap(in_hour, today, CAPS) is reached


@pytest.mark.parametrize(
    ("status", "reason", "asks"),
    [
        (MessageStatus.PLANNED, Cap.NUMBER, True),
        (MessageStatus.PLANNED, Cap.BOOKING, True),
        (MessageStatus.PLANNED, Cap.DAY, True),
        (MessageStatus.PLANNED, Cap.MONTH, True),
        (MessageStatus.PLANNED, Cap.HOUR, False),
        (MessageStatus.PLANNED, None, False),
        (MessageStatus.MISSED, Cap.HOUR, True),
        (MessageStatus.MISSED, "too-late", False),
        (MessageStatus.ACCEPTED, Cap.NUMBER, False),
    ],
)
def test_a_cap_of_the_hour_lifts_by_itself_and_the_others_ask_for_a_person(
    status: MessageStatus, reason: str | None, asks: bool
) -> None:
    assert asks_for_a_person(status, reason) is asks


MONTH = Caps(9, 9, 99, 99, in_month=10_000, price=Price(12, 25))


def test_a_month_ends_with_the_message_that_does_not_fit_any_more() -> None:
    """Sen: 12 yen a text, 25 a call."""
    dues = [due(1, sen=2500), due(2, sen=1200), due(3, sen=1200)]

    assert allowed(dues, MONTH, spent=6500) == [1]
    assert allowed(dues, MONTH, spent=8000) == [2]
    assert not MONTH.month_is_full(8800)
    assert MONTH.month_is_full(8801)


def test_what_a_person_released_goes_though_the_month_is_full_and_counts() -> None:
    dues = [due(1, sen=2500, released=True), due(2, sen=1200)]

    assert allowed(dues, MONTH, spent=8000) == [1]


def test_without_a_limit_no_month_is_full() -> None:
    assert allowed([due(1, sen=10**9)], CAPS, spent=10**12) == [1]
    assert not CAPS.month_is_full(10**12)
