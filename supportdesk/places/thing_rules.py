"""Pure decisions about things that are taken along to a lesson."""

from __future__ import annotations

from enum import StrEnum

from ..core.errors import Refusal

MOST_AT_ONCE = 50


class Equipment(StrEnum):
    """What a thing is for. The first three are also what a course may need; the first two what a hall may have."""

    WIFI = "wifi"
    SCREEN = "screen"
    LOAN_PHONE = "loan_phone"
    HEARING_AID = "hearing_aid"
    POWER = "power"
    OTHER = "other"


def labels(first: str, count: int) -> list[str]:
    """What so many new pieces are called: each has a label of its own, since each is in one place at a time.

    One piece is called as typed, several 貸出用スマホ 1, 貸出用スマホ 2, …  Raises Refusal for none or too many.
    """
    if not 1 <= count <= MOST_AT_ONCE:
        raise Refusal(
            "Please write a number from %(least)s to %(most)s.", field="count", least=1, most=MOST_AT_ONCE
        )
    return [first] if count == 1 else [f"{first} {number}" for number in range(1, count + 1)]
