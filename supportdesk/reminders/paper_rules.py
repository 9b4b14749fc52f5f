"""Pure decisions about what is told on paper: which sheet, what stands on it, and who may get one.

Sources: office practice 6 and 8 (the FAX sheet is a step like any other; nothing on paper to whom contact is stopped)
and 11 (an open postcard names no course and nothing to bring).
"""

from __future__ import annotations

from enum import StrEnum

from ..core.errors import Refusal
from ..people.rules import Wish
from .rules import PersonOutcome

CONTACT_STOPPED = "Contact with this person is stopped. Nothing leaves for them, on paper either."


class Paper(StrEnum):
    """What a person prints and hands over, posts or sends."""

    FAX = "fax"
    """A sheet of A4, answered by FAX."""
    CARD = "card"
    """A card of A6 in large print, handed over or in an envelope."""
    POSTCARD = "postcard"
    """The same for an open postcard, which others read too."""

    @property
    def way(self) -> Wish:
        """By which it counts as sent."""
        return Wish.FAX if self is Paper.FAX else Wish.CARD

    @property
    def is_open(self) -> bool:
        """Whether others read it on its way."""
        return self is Paper.POSTCARD


def why_no_paper(*, stopped: bool, cancelled: bool, over: bool) -> Refusal | None:
    """Why no paper may be printed about a booking, or None."""
    if stopped:
        return Refusal(CONTACT_STOPPED, code="contact-stopped")
    if cancelled:
        return Refusal("This booking or its lesson is cancelled. Please tell them in person.", code="cancelled")
    return Refusal("This lesson has begun already.", code="lesson-started") if over else None


def check_contact(outcome: PersonOutcome, way: Wish | None, *, with_family: bool, has_family: bool) -> None:
    """Raises Refusal when a contact by a person cannot have been so."""
    if with_family and not has_family:
        raise Refusal("No family contact is written down for this person.", code="no-family")
    if way is not None and (way not in (Wish.FAX, Wish.CARD) or outcome is not PersonOutcome.HANDED_OVER):
        raise Refusal("Only a FAX or a card can be sent on paper.", code="not-on-paper")
