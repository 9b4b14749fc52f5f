"""How long the way between two duties takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.lessons.travel_rules import (
    NOWHERE,
    SETTING_UP_MINUTES,
    Place,
    Point,
    is_too_short,
    kilometres,
    minutes_between,
)

KUCHINOTSU, FUKAE = (32.611, 130.187), (32.717, 130.350)
POINTS = st.tuples(st.floats(32.4, 32.9), st.floats(129.9, 130.5))


def test_the_way_is_the_straight_line_between_the_centres() -> None:
    assert kilometres(KUCHINOTSU, FUKAE) == pytest.approx(19.3, abs=0.2)


def test_from_one_end_of_the_town_to_the_other_takes_most_of_an_hour() -> None:
    assert minutes_between(Place(1, KUCHINOTSU), Place(2, FUKAE)) == 54


def test_in_one_venue_touching_times_are_fine() -> None:
    here = Place(1, KUCHINOTSU)
    assert not is_too_short(timedelta(0), here, here)


def test_between_two_halls_of_one_district_one_packs_up_and_lays_out() -> None:
    here, there = Place(1, KUCHINOTSU), Place(2, KUCHINOTSU)
    assert is_too_short(timedelta(minutes=SETTING_UP_MINUTES - 1), here, there)
    assert not is_too_short(timedelta(minutes=SETTING_UP_MINUTES), here, there)


@pytest.mark.parametrize("there", [NOWHERE, Place(3)])
def test_where_a_district_is_not_known_nobody_is_warned(there: Place) -> None:
    assert kilometres(KUCHINOTSU, there.point) is None
    assert not is_too_short(timedelta(0), Place(1, KUCHINOTSU), there)


@given(POINTS, POINTS)
def test_the_way_there_is_as_long_as_the_way_back(one: Point, other: Point) -> None:
    there, back = minutes_between(Place(1, one), Place(2, other)), minutes_between(Place(2, other), Place(1, one))
    assert abs(there - back) <= 1
    assert there >= SETTING_UP_MINUTES
