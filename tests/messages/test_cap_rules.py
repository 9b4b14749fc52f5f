"""Caps: which of the due messages may go at once, and which ask for a person."""

from __future__ import annotations

import pytest

from supportdesk.messages.cap_rules import Cap, Caps, Due, allowed, asks_for_a_person, town_cap
from supportdesk.messages.rules import MessageStatus

CAPS = Caps(to_number=3, about=4, in_hour=5, in_day=20)


def due(identity: int, number: str = "", about: str = "", sent_to_number: int = 0, sent_about: int = 0) -> Due:
    return Due(identity, number or f"n{identity}", about or f"b{identity}", sent_to_number, sent_about)


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
