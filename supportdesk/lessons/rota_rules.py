"""Pure decisions about who helps in a lesson: how many are needed, and who is told what when somebody cannot come."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from ..core import clock
from ..core.errors import NotAllowed, Refusal
from ..core.japan import calendar

# More than any lesson has seats for; a slip of the finger is told.
MOST_NEEDED = 50


def needed(seats: int, learners_per_supporter: int, otherwise: int | None = None) -> int:
    """How many supporters a lesson needs: one for so many learners as its course says, or the number that somebody
    wrote down for this lesson.

    Reckoned from the seats, not from what is booked: the rota is made before booking opens, when nothing is booked, and
    somebody who was asked for four weeks ahead is not sent home for two seats that stayed empty. Whoever sees that a
    lesson stays small writes a smaller number.
    """
    return -(-seats // learners_per_supporter) if otherwise is None else otherwise


def check_needed(number: int | None) -> None:
    """Raises Refusal for a number that cannot be meant. None is the course's own; 0 is a lesson of staff alone."""
    if number is not None and not 0 <= number <= MOST_NEEDED:
        raise Refusal("Please write a number from %(least)s to %(most)s.", field="needed", least=0, most=MOST_NEEDED)


def check_not_begun(starts_at: datetime, now: datetime) -> None:
    """Raises Refusal for a lesson that has begun: who came and who did not is written on its sheet."""
    if starts_at <= now:
        raise Refusal("This lesson has begun already.", code="lesson-begun")


def is_soon(starts_at: datetime, now: datetime, closed: Collection[date] = ()) -> bool:
    """Whether nobody can wait any longer with asking: the working day before the lesson has come."""
    return clock.local_date(now) >= calendar.working_days_before(clock.local_date(starts_at), 1, closed)


def check_may_end(*, for_office: bool, own: bool) -> None:
    """Raises NotAllowed. The office ends any duty, a supporter their own."""
    if not for_office and not own:
        raise NotAllowed("This is not your own duty.")


def check_still_missing(missing: int) -> None:
    """Raises Refusal when nobody is missing any more: somebody else was faster."""
    if missing <= 0:
        raise Refusal(
            "Nobody is missing in this lesson any more. If one more is to come, write a greater number first.",
            code="nobody-missing",
        )
