"""Pure decisions about the office's two lists: where a topic goes first, what a code is, where a district lies."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan.text import nfkc

LAST_PLACE = 9999
# Japan from end to end, without the seas around it.
LATITUDES, LONGITUDES = (20.0, 46.0), (122.0, 154.0)

_CODE = re.compile(r"[A-Z0-9_]+")
_POINT = re.compile(r"([+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?)\s*[,、 ]\s*([+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?)")


class ReferralPlace(StrEnum):
    """つなぎ先: who helps, at first or on from a class (office practice 22)."""

    CLASS = "class"
    DESK = "desk"
    HOME = "home"
    BRANCH = "branch"
    COUNTER = "counter"
    TAX = "tax"
    WELFARE = "welfare"
    COMMUNITY_CARE = "community_care"
    SHOP = "shop"
    BANK = "bank"
    CONSUMER_CENTER = "consumer_center"
    POLICE = "police"
    OTHER = "other"


def code(typed: str, longest: int) -> str:
    """The code as it is kept, in capitals; files name the entry by it. Raises Refusal."""
    kept = nfkc(typed).strip().upper()
    if not _CODE.fullmatch(kept):
        raise Refusal(
            "Please write the code in letters A to Z, digits and _, like KCN.", code="not-a-code", field="code"
        )
    if len(kept) > longest:
        raise Refusal(
            "Please write at most %(most)s characters (now %(now)s).",
            code="too-long", field="code", most=longest, now=len(kept),
        )  # fmt: skip
    return kept


def free_code(letter: str, taken: Collection[str]) -> str:
    """D1, D2, …: a code for an entry that was given none."""
    used = [int(one[1:]) for one in taken if re.fullmatch(letter + "[0-9]{1,6}", one)]
    return f"{letter}{max(used, default=0) + 1}"


def parse_point(typed: str) -> tuple[float, float]:
    """Latitude and longitude of `32.611, 130.187`, as a map on the screen gives them. Raises Refusal."""
    found = _POINT.fullmatch(nfkc(typed).strip())
    if found is None:
        raise Refusal("Please write latitude and longitude like 32.611, 130.187.", code="not-a-point")
    latitude, longitude = float(found[1]), float(found[2])
    check_point(latitude, longitude)
    return latitude, longitude


def check_point(latitude: float, longitude: float) -> None:
    """Raises Refusal for a place outside Japan; says so if the two were exchanged."""
    if _within(latitude, LATITUDES) and _within(longitude, LONGITUDES):
        return
    if _within(longitude, LATITUDES) and _within(latitude, LONGITUDES):
        raise Refusal(
            "The latitude comes first, then the longitude: %(latitude)s, %(longitude)s.",
            code="point-exchanged", latitude=longitude, longitude=latitude,
        )  # fmt: skip
    raise Refusal(
        "This place is not in Japan. Please write latitude and longitude like 32.611, 130.187.",
        code="not-in-japan",
    )  # fmt: skip


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def check_place(place: int) -> None:
    """Raises Refusal unless the place in the list is a number from 1 to 9999."""
    if not 1 <= place <= LAST_PLACE:
        raise Refusal("Please write a number from %(least)s to %(most)s.", field="sort_order", least=1, most=LAST_PLACE)


def referral_place(typed: str) -> ReferralPlace:
    """Raises Refusal for a place that is none of ours."""
    if typed not in set(ReferralPlace):
        raise Refusal("There is no such place to refer to.", code="no-place", field="first_route")
    return ReferralPlace(typed)


def distance(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """How far apart two places of one town are, in degrees of latitude; enough to say which is nearer."""
    east = (to_longitude - longitude) * math.cos(math.radians(latitude))
    return math.hypot(to_latitude - latitude, east)
