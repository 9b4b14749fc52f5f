"""No My Number gets in, however it is written; telephone numbers do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.core.japan import my_number
from tests.core.japan.reference import rows

ELEVEN = st.text(st.sampled_from("0123456789"), min_size=11, max_size=11).filter(
    lambda digits: int(digits) > 0
)
BETWEEN = st.sampled_from(["", " ", "　", "-", "－", "ー", "‐", "−", " - ", "\n", "\u200b", "・"])
WIDTH = st.sampled_from(["0123456789", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "⓪①②③④⑤⑥⑦⑧⑨"])


@pytest.mark.parametrize("row", rows("my_number_vectors"), ids=lambda row: row["input"])
def test_my_number_as_in_the_reference(row):
    assert my_number.contains_my_number(row["input"]) is row["should_block"]


@pytest.mark.parametrize(
    "row",
    [row for row in rows("my_number_vectors") if row["input"].isascii() and row["input"].isdigit()],
    ids=lambda row: row["input"],
)
def test_check_digit_as_in_the_reference(row):
    number = row["input"]
    right = len(number) == 12 and my_number.check_digit(number[:11]) == int(number[11])
    assert right is row["check_digit_ok"]


@given(ELEVEN, st.data())
def test_a_number_with_the_right_check_digit_is_found_in_any_formatting(eleven, data):
    number = eleven + str(my_number.check_digit(eleven))
    written = "".join(data.draw(WIDTH)[int(digit)] + data.draw(BETWEEN) for digit in number)
    assert my_number.contains_my_number(f"番号は{written}です")


@given(ELEVEN, st.integers(1, 9))
def test_a_number_with_a_wrong_check_digit_is_let_through(eleven, off):
    wrong = (my_number.check_digit(eleven) + off) % 10
    assert not my_number.contains_my_number(f"{eleven}{wrong}")


@pytest.mark.parametrize(
    "note",
    ["1234-5678-9018 090-0000-0001", "090-0000-0001 123456789018", "1234 5678 9018 0957-00-0001",
     "+81 90-0000-0001 1234-5678-9018", "+81(0)957-00-0001\n123456789018"],
)  # fmt: skip
def test_a_telephone_number_beside_it_hides_nothing(note):
    assert my_number.contains_my_number(note)


@pytest.mark.parametrize(
    "note", ["+81 90 0000 0000", "＋８１（０）９０－００００－００００", "090-0000-0001 0957-00-0001"]
)
def test_telephone_numbers_are_let_through(note):
    assert not my_number.contains_my_number(note)


@pytest.mark.parametrize("eleven", ["1234567890", "123456789012", "1234567890x", "１２３４５６７８９０１"])
def test_a_check_digit_is_reckoned_of_eleven_digits_only(eleven):
    with pytest.raises(ValueError, match="eleven digits"):
        my_number.check_digit(eleven)
