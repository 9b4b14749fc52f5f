"""Numbers that nobody may be called under are refused wherever a number is typed, with a sentence at the field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.core.japan import phone
from supportdesk.office import setting_rules
from supportdesk.people import rules, supporter_data_rules
from supportdesk.people.rules import FamilyData, ResidentData, TelephoneData
from supportdesk.people.supporter_data_rules import SupporterData

TODAY = date(2026, 7, 6)
NOT_ALLOWED = (
    "110", "118", "119", "171", "188", "189", "#9110", "０１２０－０００－００１", "0800-000-0001", "0570-000-001",
    "0990-000-001", "020-0000-0001", "0170-000-001", "0180-00-0001", "+1 415 555 0100", "010-1-415-555-0100",
    "184-110", "186 0120-000-001",
)  # fmt: skip


def of_resident(typed: str) -> None:
    rules.check(ResidentData("ホンダ", telephones=(TelephoneData(typed),)), today=TODAY)


def of_family(typed: str) -> None:
    rules.check(ResidentData("ホンダ", no_telephone=True, family=(FamilyData("娘", telephone=typed),)), today=TODAY)


def of_supporter(typed: str) -> None:
    supporter_data_rules.check(SupporterData("支援 花子", "シエン ハナコ", telephone=typed), TODAY)


def of_office(typed: str) -> None:
    setting_rules.telephone(typed)


@pytest.mark.parametrize("typed", NOT_ALLOWED)
@pytest.mark.parametrize(
    ("enter", "field"),
    [
        (of_resident, "telephones-0-typed"),
        (of_family, "family-0-telephone"),
        (of_supporter, "telephone"),
        (of_office, None),
    ],
)
def test_a_number_that_may_not_be_called_is_refused_at_its_field(
    enter: Callable[[str], None], field: str | None, typed: str
) -> None:
    with pytest.raises(Refusal) as refused:
        enter(typed)
    assert refused.value.field == field
    assert refused.value.code.startswith("phone-")


@pytest.mark.parametrize("typed", ["090-0000-0001", "0957-00-0001", "050-0000-0001", "184-0957-00-0001"])
def test_a_persons_own_number_is_taken_and_the_prefix_that_hides_it_left_out(typed: str) -> None:
    of_resident(typed), of_family(typed), of_supporter(typed)
    assert phone.may_be_called(phone.parse(typed).e164) is not None


@pytest.mark.parametrize(
    "kept",
    ["+81110", "+81119", "+81188", "+81120000001", "+818000000001", "+81570000001", "+81990000001", "+812000000001",
     "+81170000001", "+81184957000001", "+14155550100", "0957000001", ""],
)  # fmt: skip
def test_what_is_kept_all_the_same_is_not_called(kept: str) -> None:
    assert phone.may_be_called(kept) is None


@pytest.mark.parametrize(
    ("prefix", "may"),
    [("+81", True), ("+8190", True), ("+81957", True), ("+8150", True), ("+81120", False), ("+81570", False),
     ("+81800", False), ("+8120", False), ("+1", False)],
)  # fmt: skip
def test_which_beginnings_a_callable_number_may_have(prefix: str, may: bool) -> None:
    assert phone.may_begin_a_number(prefix) is may
