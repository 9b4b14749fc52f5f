"""Pure decisions about people."""

from __future__ import annotations

from enum import StrEnum


class Wish(StrEnum):
    """How a person wishes to be reminded."""

    TEXT = "text"
    CALL = "call"
    PERSON = "person"
    FAX = "fax"
    CARD = "card"
    NONE = "none"


class NumberKind(StrEnum):
    MOBILE = "mobile"
    LANDLINE = "landline"
    IP = "ip"
    FAX = "fax"


class ContactScope(StrEnum):
    """How much a family contact may be told (office practice 4)."""

    PLACE_AND_TIME = "place-and-time"
    MAY_CHANGE = "may-change"
    MAY_HEAR = "may-hear"


class ContactTiming(StrEnum):
    """When a family contact is told, seen from the resident."""

    INSTEAD = "instead"
    AFTER = "after"
    TOGETHER = "together"


class ConsentHow(StrEnum):
    SPOKEN = "spoken"
    PAPER = "paper"
    FAMILY = "family"


class StopReason(StrEnum):
    """Why nothing leaves for a person any more (office practice 8)."""

    DIED = "died"
    MOVED_AWAY = "moved-away"
    CARE_HOME = "care-home"
    WISH = "wish"


class Need(StrEnum):
    HEARING = "hearing"
    SIGHT = "sight"
    HAND = "hand"
    MOBILITY = "mobility"
    COMPANION = "companion"
    EASY_JAPANESE = "easy_japanese"
    TRANSPORT = "transport"
    SIGN = "sign"


AGE_BANDS = (
    "0-17", "18-29", "30-39", "40-49", "50-59", "60-64", "65-69", "70-74", "75-79", "80-84", "85+",
)  # fmt: skip
