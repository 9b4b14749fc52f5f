from __future__ import annotations

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.office import list_rules as rules
from supportdesk.office.list_rules import ReferralPlace
from supportdesk.office.list_words import REFERRAL_PLACE


@pytest.mark.parametrize(
    "typed", ["32.611, 130.187", "３２．６１１，１３０．１８７", " 32.611 130.187 ", "32.611、130.187 "]
)
def test_a_place_is_read_as_a_map_gives_it(typed: str) -> None:
    assert rules.parse_point(typed) == (32.611, 130.187)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "not-a-point"),
        ("口之津", "not-a-point"),
        ("32.611", "not-a-point"),
        ("nan, nan", "not-a-point"),
        ("130.187, 32.611", "point-exchanged"),
        ("0, 0", "not-in-japan"),
        ("48.85, 2.35", "not-in-japan"),
        ("999, 999", "not-in-japan"),
    ],
)
def test_what_is_no_place_in_japan_is_refused_with_its_reason(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.parse_point(typed)

    assert refused.value.code == code


def test_nan_from_a_file_is_no_place_either() -> None:
    with pytest.raises(Refusal):
        rules.check_point(float("nan"), 130.0)


@pytest.mark.parametrize(("typed", "kept"), [("kcn", "KCN"), (" ＫＣＮ ", "KCN"), ("MN_APPLY", "MN_APPLY")])
def test_a_code_is_kept_in_capitals(typed: str, kept: str) -> None:
    assert rules.code(typed, 8) == kept


@pytest.mark.parametrize("typed", ["口之津", "A/B", "A B", "../x", "ABCDEFGHI", "<b>"])
def test_a_code_that_cannot_stand_in_an_address_or_is_too_long_is_refused(typed: str) -> None:
    with pytest.raises(Refusal):
        rules.code(typed, 8)


def test_an_entry_without_a_code_gets_the_next_free_one() -> None:
    assert rules.free_code("D", []) == "D1"
    assert rules.free_code("D", ["D1", "KCN", "D9", "DX", "T12"]) == "D10"


@pytest.mark.parametrize("place", [0, -1, 10_000])
def test_a_place_in_the_list_is_a_number_of_four_digits_at_most(place: int) -> None:
    with pytest.raises(Refusal):
        rules.check_place(place)


def test_every_place_to_refer_to_has_its_name() -> None:
    assert set(REFERRAL_PLACE) == set(ReferralPlace)
    with pytest.raises(Refusal):
        rules.referral_place("moon")
