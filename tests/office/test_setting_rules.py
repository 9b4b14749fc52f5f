"""How the office's settings are read, what is refused with which reason, and what fits together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.office import setting_rules
from supportdesk.office.setting_rules import Part, read, window
from supportdesk.office.settings import OfficeSettings

OFFICE = OfficeSettings()
NAMED = {
    "town": "南島原市",
    "sender": "【南島原市】",
    "sender_en": "Minamishimabara City",
    "sender_spoken": "みなみしまばらし、しやくしょ",
    "telephone": "0957-00-0001",
    "hours": "平日 午前9時から午後5時まで",
}
WINDOWS = {
    "text_window": "09:30–18:00", "call_window": "10:00–12:00、13:30–18:00", "urgent_window": "07:00–20:00",
    "desk_window": "08:30–17:15", "call_back_hours": 4,
}  # fmt: skip
STEPS = {
    "first_notice_working_days": 3,
    "last_notice_working_days": 1,
    "notice_time": "10:00",
    "second_try_time": "15:00",
    "first_notice_not_within_days": 5,
    "decide_working_days": 3,
    "one_message_a_day": True,
}
CAPS = {"most_per_number_a_day": 3, "most_per_booking": 5, "most_per_hour": 500, "most_per_day": 2000,
        "texts_per_minute": 60, "calls_per_minute": 60,
        "yen_per_text_part": 0, "yen_per_call": 0, "yen_per_dollar": 0, "most_yen_a_month": 0}  # fmt: skip
CHAIN = {"call_after_text": True, "text_wait_minutes": 120, "second_call": True, "short_notice_hours": 24,
         "posting_working_days": 3, "read_back_confirms": False}  # fmt: skip
TYPED: dict[Part, dict[str, Any]] = {
    Part.NAME: NAMED, Part.WINDOWS: WINDOWS, Part.STEPS: STEPS, Part.CHAIN: CHAIN, Part.CAPS: CAPS,
}  # fmt: skip
NOON_AND_AFTER = (("10:00", "12:00"), ("13:30", "18:00"))


def refused(part: Part, **typed: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        read(part, TYPED[part] | typed, OFFICE)
    return refusal.value


@pytest.mark.parametrize("part", [Part.WINDOWS, Part.STEPS, Part.CHAIN, Part.CAPS])
def test_the_defaults_fit_together_as_they_are_shown(part: Part) -> None:
    assert read(part, TYPED[part], OFFICE) == OFFICE


def test_each_part_reads_what_no_other_part_reads() -> None:
    names = [name for readers in setting_rules.READERS.values() for name in readers]

    assert len(names) == len(set(names))


# Windows


@pytest.mark.parametrize(
    "typed",
    [
        "10:00–12:00、13:30–18:00",
        "１０：００〜１２：００、１３：３０～１８：００",
        "13:30-18:00, 10:00-12:00",
        "10時から12時まで 13時半から午後6時まで",
        "午前 10時 ー 正午　13:30—1800",
        "10:00 - 12:00\n13:30 - 18:00",
    ],
)
def test_hours_are_read_in_any_usual_writing_and_kept_in_the_order_of_the_day(typed: str) -> None:
    assert window(typed) == NOON_AND_AFTER


def test_what_is_shown_can_be_typed_again() -> None:
    assert window(setting_rules.show_window(NOON_AND_AFTER)) == NOON_AND_AFTER
    assert window("00:00–24:00") == (("00:00", "24:00"),)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "spans"),
        ("、、", "spans"),
        ("10:00", "not-a-span"),
        ("10:00–12:00–14:00", "not-a-span"),
        ("朝から晩まで", "not-a-time"),
        ("09:30–25:00", "not-a-time"),
        ("24:00–25:00", "not-a-time"),
        ("18:00–09:30", "end-first"),
        ("10:00–10:00", "end-first"),
        ("10:00–13:00、12:30–18:00", "overlap"),
        ("8:00–9:00、10:00–11:00、12:00–13:00、14:00–15:00、16:00–17:00", "spans"),
        ("あ" * 10_000, "not-a-span"),
    ],
)
def test_wrong_hours_are_refused_with_an_example(typed: str, code: str) -> None:
    refusal = refused(Part.WINDOWS, text_window=typed)

    assert (refusal.code, refusal.field) == (code, "text_window")
    assert "Example: " in refusal.message


def test_hours_that_touch_do_not_overlap() -> None:
    assert window("10:00–12:00、12:00–13:00") == (("10:00", "12:00"), ("12:00", "13:00"))


def test_the_hours_for_cancellations_hold_all_others() -> None:
    refusal = refused(Part.WINDOWS, urgent_window="10:00–18:00")

    assert (refusal.code, refusal.field, refusal.params["start"]) == ("urgent-too-short", "urgent_window", "09:30")


@pytest.mark.parametrize(
    ("field", "typed", "time"),
    [
        ("text_window", "13:00–18:00", "10:00"),
        ("call_window", "13:30–18:00", "10:00"),
        ("call_window", "10:00–15:00", "15:00"),
    ],
)
def test_hours_may_not_leave_a_step_outside(field: str, typed: str, time: str) -> None:
    refusal = refused(Part.WINDOWS, **{field: typed})

    assert (refusal.code, refusal.field, refusal.params["time"]) == ("step-outside", field, time)


# Steps


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("first_notice_working_days", 1, "first-not-before-last"),
        ("first_notice_working_days", 6, "out-of-range"),
        ("last_notice_working_days", 0, "out-of-range"),
        ("notice_time", "09:00", "step-outside"),
        ("notice_time", "12:30", "step-outside"),
        ("notice_time", "あさ", "not-a-time"),
        ("second_try_time", "10:00", "second-not-after"),
        ("second_try_time", "18:00", "step-outside"),
        ("first_notice_not_within_days", 31, "out-of-range"),
        ("first_notice_not_within_days", None, "out-of-range"),
        ("decide_working_days", 0, "out-of-range"),
        ("decide_working_days", 11, "out-of-range"),
    ],
)
def test_steps_that_do_not_fit_are_refused_at_their_field(field: str, typed: Any, code: str) -> None:
    refusal = refused(Part.STEPS, **{field: typed})

    assert (refusal.code, refusal.field) == (code, field)


def test_a_time_is_kept_in_one_form() -> None:
    changed = read(Part.STEPS, STEPS | {"notice_time": "午前11時", "second_try_time": "１６：３０"}, OFFICE)

    assert (changed.notice_time, changed.second_try_time) == ("11:00", "16:30")


# Caps


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("most_per_number_a_day", 0, "out-of-range"),
        ("most_per_number_a_day", 11, "out-of-range"),
        ("most_per_booking", 0, "out-of-range"),
        ("most_per_day", 499, "day-under-hour"),
    ],
)
def test_caps_that_do_not_fit_are_refused_at_their_field(field: str, typed: int, code: str) -> None:
    refusal = refused(Part.CAPS, **{field: typed})

    assert (refusal.code, refusal.field) == (code, field)


# Name and telephone


@pytest.mark.parametrize("typed", ["南島原市", "【南島原市】", "　【 南島原市 】", "[南島原市]"])
def test_a_sender_stands_in_its_brackets_however_it_was_typed(typed: str) -> None:
    assert read(Part.NAME, NAMED | {"sender": typed}, OFFICE).sender == "【南島原市】"


def test_a_number_is_kept_in_its_groups() -> None:
    assert read(Part.NAME, NAMED | {"telephone": "０９５７０００００１"}, OFFICE).telephone == "0957-00-0001"


def test_half_width_kana_is_read_as_kana() -> None:
    assert read(Part.NAME, NAMED | {"sender_en": "Ｍｉｎａｍｉ City: "}, OFFICE).sender_en == "Minami City"
    assert read(Part.NAME, NAMED | {"sender_spoken": "ｼﾔｸｼｮ､ ﾏﾄﾞｸﾞﾁ"}, OFFICE).sender_spoken == "シヤクショ、 マドグチ"


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("town", "", "empty"),
        ("town", "市" * 21, "too-long"),
        ("town", "\u200b", "empty"),
        ("sender", "", "sender"),
        ("sender", "【】", "sender"),
        ("sender", "南島原市スマホ相談窓口", "sender"),
        ("sender", "南【島】原", "sender"),
        ("sender_en", "", "sender-en"),
        ("sender_en", "南島原市", "sender-en"),
        ("sender_en", "a" * 25, "sender-en"),
        ("sender_en", "https://city", "sender-en"),
        ("sender_spoken", "市役所", "not-kana"),
        ("sender_spoken", "しやくしょ1", "not-kana"),
        ("sender_spoken", "、。", "not-kana"),
        ("sender_spoken", "", "empty"),
        ("telephone", "", "empty"),
        ("telephone", "0120-000-000", "phone-tollfree"),
        ("telephone", "00-0001", "phone-incomplete"),
        ("telephone", "0957-00-0001 内線12", "phone-invalid"),
        ("telephone", "110", "phone-short"),
        ("telephone", "あ" * 10_000, "phone-invalid"),
        ("hours", "", "empty"),
        ("hours", "時" * 61, "too-long"),
    ],
)
def test_a_wrong_name_or_number_is_refused_at_its_field(field: str, typed: str, code: str) -> None:
    refusal = refused(Part.NAME, **{field: typed})

    assert (refusal.code, refusal.field) == (code, field)


def test_a_new_office_has_a_made_up_name_and_telephone_until_both_are_set() -> None:
    assert setting_rules.made_up(OFFICE) == ["town", "telephone"]
    assert setting_rules.made_up(replace(OFFICE, town="南島原市")) == ["telephone"]
    assert setting_rules.made_up(replace(OFFICE, town="南島原市", telephone="0957-00-0001")) == []
