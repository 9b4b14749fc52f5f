"""How long the way between two duties takes: pure decisions.

No road map is kept and no network asked: what is known of a venue is its district, and of a district its centre. The
way is the straight line between two centres; it is said to be one wherever it is shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from ..office.list_rules import distance

# One degree of latitude.
KILOMETRES_PER_DEGREE = 111.2
# A car on country roads makes about 40 km in an hour, and roads between two centres on a hilly coast are about a third
# longer than the straight line: 30 km of straight line in an hour. Sooner too slow than too fast: whoever arrives
# early waits, whoever arrives late lets eight people wait.
STRAIGHT_KILOMETRES_PER_HOUR = 30
# To pack up in one hall and lay out in the other, in whatever district it is.
SETTING_UP_MINUTES = 15

# Latitude and longitude of a district's centre; None where a venue or a person has no district.
Point = tuple[float, float] | None


@dataclass(frozen=True)
class Place:
    """Where a lesson is held: the venue, and the centre of its district."""

    venue_id: int
    point: Point = None


# A place of which nothing is known: nobody is warned of the way to it.
NOWHERE = Place(0)


def kilometres(here: Point, there: Point) -> float | None:
    """The straight line between two centres; None if one of them is not known."""
    if here is None or there is None:
        return None
    return distance(*here, *there) * KILOMETRES_PER_DEGREE


def minutes_between(here: Place, there: Place) -> int:
    """How long somebody needs from the end of a lesson in one place to the beginning of one in the other. Within one
    venue nothing, so that touching times are fine there; where a district is not known nobody is warned."""
    if here.venue_id == there.venue_id:
        return 0
    line = kilometres(here.point, there.point)
    return 0 if line is None else SETTING_UP_MINUTES + math.ceil(line * 60 / STRAIGHT_KILOMETRES_PER_HOUR)


def is_too_short(between: timedelta, here: Place, there: Place) -> bool:
    """Whether that time does not suffice for the way."""
    return between < timedelta(minutes=minutes_between(here, there))
