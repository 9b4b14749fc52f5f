"""What is asked about the office's settings and the sending hold."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField

from ..core.answers import NEEDED, NumberField, at_most, choices
from ..core.forms import DeskForm, VersionedForm
from .setting_actions import REASON_LETTERS
from .setting_rules import READERS, Part
from .setting_words import FEE_PER, SETTING, shown
from .settings import WINDOWS, OfficeSettings


class NameForm(VersionedForm):
    town = StringField(SETTING["town"], [NEEDED])
    sender = StringField(SETTING["sender"], [NEEDED])
    sender_en = StringField(SETTING["sender_en"], [NEEDED])
    sender_spoken = StringField(SETTING["sender_spoken"], [NEEDED])
    telephone = StringField(SETTING["telephone"], [NEEDED])
    hours = StringField(SETTING["hours"], [NEEDED])


class WindowsForm(VersionedForm):
    text_window = StringField(SETTING["text_window"], [NEEDED])
    call_window = StringField(SETTING["call_window"], [NEEDED])
    urgent_window = StringField(SETTING["urgent_window"], [NEEDED])
    desk_window = StringField(SETTING["desk_window"], [NEEDED])
    call_back_hours = NumberField(SETTING["call_back_hours"], [NEEDED])


class StepsForm(VersionedForm):
    first_notice_working_days = NumberField(SETTING["first_notice_working_days"], [NEEDED])
    last_notice_working_days = NumberField(SETTING["last_notice_working_days"], [NEEDED])
    notice_time = StringField(SETTING["notice_time"], [NEEDED])
    second_try_time = StringField(SETTING["second_try_time"], [NEEDED])
    first_notice_not_within_days = NumberField(SETTING["first_notice_not_within_days"], [NEEDED])
    decide_working_days = NumberField(SETTING["decide_working_days"], [NEEDED])
    one_message_a_day = BooleanField(SETTING["one_message_a_day"])


class ChainForm(VersionedForm):
    call_after_text = BooleanField(SETTING["call_after_text"])
    text_wait_minutes = NumberField(SETTING["text_wait_minutes"], [NEEDED])
    second_call = BooleanField(SETTING["second_call"])
    short_notice_hours = NumberField(SETTING["short_notice_hours"], [NEEDED])
    posting_working_days = NumberField(SETTING["posting_working_days"], [NEEDED])
    read_back_confirms = BooleanField(SETTING["read_back_confirms"])


class CapsForm(VersionedForm):
    most_per_number_a_day = NumberField(SETTING["most_per_number_a_day"], [NEEDED])
    most_per_booking = NumberField(SETTING["most_per_booking"], [NEEDED])
    most_per_hour = NumberField(SETTING["most_per_hour"], [NEEDED])
    most_per_day = NumberField(SETTING["most_per_day"], [NEEDED])
    texts_per_minute = NumberField(SETTING["texts_per_minute"], [NEEDED])
    calls_per_minute = NumberField(SETTING["calls_per_minute"], [NEEDED])
    yen_per_text_part = NumberField(SETTING["yen_per_text_part"], [NEEDED])
    yen_per_call = NumberField(SETTING["yen_per_call"], [NEEDED])
    yen_per_dollar = NumberField(SETTING["yen_per_dollar"], [NEEDED])
    most_yen_a_month = NumberField(SETTING["most_yen_a_month"], [NEEDED])


class FeesForm(VersionedForm):
    fee_yen = NumberField(SETTING["fee_yen"], [NEEDED])
    fee_per = SelectField(SETTING["fee_per"], choices=choices(FEE_PER))
    travel_yen = NumberField(SETTING["travel_yen"], [NEEDED])


FORMS: dict[Part, type[VersionedForm]] = {
    Part.NAME: NameForm,
    Part.WINDOWS: WindowsForm,
    Part.STEPS: StepsForm,
    Part.CHAIN: ChainForm,
    Part.CAPS: CapsForm,
    Part.FEES: FeesForm,
}


def answers(part: Part, office: OfficeSettings) -> dict[str, Any]:
    """What the form of a part shows of the settings as they are."""
    values = {name: getattr(office, name) for name in READERS[part]}
    return {name: shown(name, value) if name in WINDOWS else value for name, value in values.items()}


class HoldForm(DeskForm):
    """Knows for which reason sending was stopped when it was opened ("": it was not)."""

    seen = HiddenField(default="")


class StopForm(HoldForm):
    reason = StringField(_l("Reason"), [NEEDED, at_most(REASON_LETTERS)])


class StopTodayForm(DeskForm):
    """One button, so that nobody looks for words first."""
