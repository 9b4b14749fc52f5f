"""Telephone numbers as clerks type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.core.japan import phone
from supportdesk.core.japan.phone import PhoneKind, PhoneRefused, RefusedAs
from tests.core.japan.reference import rows

ALL = rows("phone_vectors")
KINDS = {kind.value for kind in PhoneKind}


@pytest.mark.parametrize("row", [row for row in ALL if row["kind"] in KINDS], ids=lambda row: row["input"])
def test_a_number_is_read_as_in_the_reference(row):
    read = phone.parse(row["input"])
    assert (read.e164, read.display, read.kind, read.sms_capable) == (
        row["e164"], row["display"], row["kind"], row["sms_capable"],
    )  # fmt: skip
    assert phone.may_be_called(read.e164) == row["kind"]


@pytest.mark.parametrize(
    "row", [row for row in ALL if row["kind"] not in KINDS], ids=lambda row: row["input"]
)
def test_a_number_is_refused_as_in_the_reference(row):
    with pytest.raises(PhoneRefused) as refused:
        phone.parse(row["input"])
    assert refused.value.kind == row["kind"]
    assert phone.may_be_called(row["e164"]) is None


def test_the_refused_free_dial_number_is_still_shown_in_groups():
    assert phone.display("+81120000001") == "0120-000-001"


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("090・0000・0001", "+819000000001"),
        ("娘 090-0000-0001", "+819000000001"),
        ("TEL:0957-00-0001(自宅)", "+81957000001"),
        ("0957の00の0001", "+81957000001"),
        ("+81(0)90-0000-0001", "+819000000001"),
        ("819000000001", "+819000000001"),
        ("81-957-00-0001", "+81957000001"),
        ("010-81-90-0000-0001", "+819000000001"),
        ("9000000001", "+819000000001"),
        ("957000001", "+81957000001"),
        ("060-0000-0001", "+816000000001"),
        ("03-1234-5678", "+81312345678"),
        ("090.0000.0001", "+819000000001"),
    ],
)
def test_a_number_is_understood_as_people_write_it(typed, e164):
    assert phone.parse(typed).e164 == e164


@pytest.mark.parametrize("typed", ["184-0957-00-0001", "1860957000001", "186 +81 957 00 0001"])
def test_a_hidden_caller_prefix_is_left_out_and_said(typed):
    assert phone.parse(typed) == phone.Phone("+81957000001", "0957-00-0001", PhoneKind.LANDLINE, True)


def test_without_an_area_code_the_towns_own_is_suggested_not_added():
    with pytest.raises(PhoneRefused) as refused:
        phone.parse("６２－１２３４")
    assert (refused.value.kind, refused.value.suggestion) == (RefusedAs.INCOMPLETE, "0957-62-1234")
    assert (
        refused.value.message % refused.value.params
        == "The area code is missing. Is the number 0957-62-1234?"
    )
    assert phone.parse(refused.value.suggestion).kind is PhoneKind.LANDLINE


def test_another_town_suggests_its_own_area_code():
    with pytest.raises(PhoneRefused) as refused:
        phone.parse("1234-5678", area_code="03")
    assert refused.value.suggestion == "03-1234-5678"


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("090-0000-0001 / 0957-00-0001", "invalid"),
        ("090-0000-0001 0957-00-0001", "invalid"),
        ("090-0000-0001\n0957-00-0001", "invalid"),
        ("0957-00-0001〜2", "invalid"),
        ("0957-00-0001 内線12", "invalid"),
        ("0957-00-0001 ext.5", "invalid"),
        ("O90-0000-0001", "invalid"),
        ("０９０－００００－００Ｏ１", "invalid"),
        ("090-0000-000l", "invalid"),
        ("非通知", "invalid"),
        ("٠٩٠٠٠٠٠٠٠٠١", "invalid"),
        ("020-1234-5678", "invalid"),
        ("0170-12-3456", "invalid"),
        ("090-0000-00011", "invalid"),
        ("", "none"),
        ("　－　", "none"),
        ("電話なし", "none"),
        ("0120-000-001", "tollfree"),
        ("+81 120 000 001", "tollfree"),
        ("0800-000-0001", "tollfree"),
        ("0570-000-001", "premium"),
        ("0990-000-001", "premium"),
        ("110", "short"),
        ("119", "short"),
        ("118", "short"),
        ("171", "short"),
        ("１８９", "short"),
        ("＃９１１０", "short"),
        ("+1 202 555 0100", "foreign"),
        ("010-1-202-555-0100", "foreign"),
        ("+266696687", "foreign"),
    ],
)
def test_what_is_no_number_of_a_resident_is_refused_with_the_reason(typed, kind):
    with pytest.raises(PhoneRefused) as refused:
        phone.parse(typed)
    assert refused.value.kind == kind
    assert refused.value.code == f"phone-{kind}"


@given(st.text())
def test_any_text_is_read_or_refused_with_a_sentence(typed):
    try:
        read = phone.parse(typed)
    except PhoneRefused as refused:
        assert refused.message.endswith((".", "?"))
    else:
        assert phone.may_be_called(read.e164) is read.kind


@given(
    st.sampled_from(["060", "070", "080", "090", "050", "0957"]), st.integers(0, 9999), st.integers(0, 9999)
)
def test_a_number_shown_is_read_back_as_the_same(prefix, middle, last):
    typed = f"{prefix}-{middle:04}-{last:04}" if prefix != "0957" else f"0957-{middle % 100:02}-{last:04}"
    if typed.startswith("080-0"):
        typed = "080-1" + typed[5:]
    read = phone.parse(typed)
    assert phone.parse(read.display) == read
    assert phone.parse(read.e164) == read


@pytest.mark.parametrize(
    "number",
    ["", "090-0000-0001", "+12025550100", "+81120000001", "+818000000001", "+81570000001", "+812012345678",
     "+81110", "+8190000000011", "+81900000000１", "+819000000001\n"],
)  # fmt: skip
def test_nothing_but_a_plain_japanese_number_may_be_called(number):
    assert phone.may_be_called(number) is None
