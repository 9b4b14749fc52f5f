"""Pure decisions about changes that reach people: what of a lesson residents know, and what may be changed at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..core.errors import NotAllowed, Refusal

# An alternative further away than this is another plan, not an alternative.
ALTERNATIVE_WITHIN = timedelta(weeks=6)
MOST_ALTERNATIVES = 5
MOST_LESSONS = 100


@dataclass(frozen=True)
class Standing:
    """What residents are told of a lesson: when and where it is held, or that it is not. The room is not among it: it
    stands on the door. `is_slot`: it is no class, and is called a booking alone."""

    starts_at: datetime
    venue_id: int
    cancelled: bool = False
    venue: str = field(default="", compare=False)
    venue_kana: str = field(default="", compare=False)
    is_slot: bool = field(default=False, compare=False)
    venue_en: str = field(default="", compare=False)

    def same_as(self, other: Standing) -> bool:
        """A cancelled lesson is cancelled, whenever it was to be."""
        return self == other or (self.cancelled and other.cancelled)


@dataclass(frozen=True)
class Event:
    """One change of a lesson, with the lesson that is named instead, while it can be booked. `id` 0 stands for a
    cancelling that was written down nowhere."""

    id: int
    change_id: int
    at: datetime
    last_booking_id: int
    before: Standing
    after: Standing
    released_at: datetime | None = None
    instead: Standing | None = None


def applies(event: Event, booking_id: int, booked_at: datetime) -> bool:
    """Whether this booking was made before the change. Whoever was booked by a page that was older counts too."""
    return booking_id <= event.last_booking_id or booked_at < event.at


def check_together(lesson_ids: Sequence[int]) -> None:
    """Raises Refusal for none or for too many lessons at once."""
    if not 1 <= len(set(lesson_ids)) <= MOST_LESSONS:
        raise Refusal(
            "Please choose from %(least)s to %(most)s lessons.", code="lessons", least=1, most=MOST_LESSONS
        )


def check_of_change(lesson_ids: Sequence[int], of_change: Sequence[int]) -> None:
    """Raises Refusal for a lesson that this change is not about."""
    if set(lesson_ids) - set(of_change):
        raise Refusal("This lesson is not one of this change.", code="not-of-change")


def check_may_release(*, manager: bool) -> None:
    """Raises NotAllowed. Whoever releases sees how many are told, by which way and at what cost, and gives their name
    for it (office practice 10, 23)."""
    if not manager:
        raise NotAllowed("Only a manager may let this go out.", code="role-missing")


def check_may_take_place(*, cancelled: bool, starts_at: datetime, now: datetime) -> None:
    """Raises Refusal unless a cancelled lesson can still take place after all."""
    if not cancelled:
        raise Refusal("This lesson is not cancelled.", code="not-cancelled")
    if starts_at <= now:
        raise Refusal("Its time has passed. Please plan a new lesson.", code="in-the-past")
