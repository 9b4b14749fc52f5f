"""Pure decisions about venues and rooms."""

from __future__ import annotations

from ..core.errors import Refusal
from ..core.japan.text import digits_of

# With ten letters or fewer every reminder stays one text of 70 units (worst case of the message templates).
SHORT_NAME_LETTERS = 10
MOST_SEATS = 500


def short_name(typed: str, name: str) -> str:
    """The name for texts: the one typed, else the full name if it is short enough. Raises Refusal."""
    short = typed or name
    if len(short) > SHORT_NAME_LETTERS:
        raise Refusal(
            "The short name goes into text messages. Please write at most %(most)s characters.",
            code="short-name", field="short_name", most=SHORT_NAME_LETTERS,
        )  # fmt: skip
    return short


def postal_code(typed: str) -> str:
    """859-2601, or "" for none. Raises Refusal unless there are seven digits."""
    if not typed:
        return ""
    digits = digits_of(typed)
    if len(digits) != 7:
        raise Refusal("A postal code has 7 digits, like 859-2601.", code="postal-code", field="postal_code")
    return f"{digits[:3]}-{digits[3:]}"


def check_room_seats(seats: int) -> None:
    """Raises Refusal unless 1 to 500 people fit."""
    if not 1 <= seats <= MOST_SEATS:
        raise Refusal("Please write a number from %(least)s to %(most)s.", field="seats", least=1, most=MOST_SEATS)


def check_parking(spaces: int | None) -> None:
    """Raises Refusal for fewer than none or more than 9999."""
    if spaces is not None and not 0 <= spaces <= 9999:
        raise Refusal("Please write a number from %(least)s to %(most)s.", field="parking", least=0, most=9999)
