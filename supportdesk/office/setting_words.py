"""What the office's settings are called on pages, and how their values are said."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from ..core import filters
from ..core.history import HistoryRow
from . import setting_rules
from .rules import FeePer
from .setting_actions import FOR_TODAY, NOT_NAMED, SAMPLE_TOWN
from .setting_rules import Part
from .settings import WINDOWS, OfficeSettings

PART = {
    Part.NAME: _l("Name and telephone"),
    Part.WINDOWS: _l("Hours for sending"),
    Part.STEPS: _l("Days and times of notices"),
    Part.CHAIN: _l("What follows when nobody was reached"),
    Part.CAPS: _l("Limits and prices of sending"),
    Part.FEES: _l("Fees and travel of supporters"),
}
FEE_PER = {FeePer.TURN: _l("for each lesson"), FeePer.HOUR: _l("for each hour")}
SETTING = {
    "town": _l("Town"),
    "sender": _l("Sender in texts"),
    "sender_en": _l("Sender in English texts"),
    "sender_spoken": _l("Sender in calls (kana)"),
    "telephone": _l("Telephone of the office"),
    "hours": _l("Opening hours"),
    "text_window": _l("Hours for texts"),
    "call_window": _l("Hours for automatic calls"),
    "urgent_window": _l("Hours for cancellations and changes of place"),
    "desk_window": _l("Hours in which somebody takes the telephone"),
    "call_back_hours": _l("Calls are returned within (hours of the desk)"),
    "first_notice_working_days": _l("First notice, working days before"),
    "last_notice_working_days": _l("Last notice, working days before"),
    "notice_time": _l("Time of notices"),
    "second_try_time": _l("Time of the second call"),
    "first_notice_not_within_days": _l("No first notice when booked within (days)"),
    "decide_working_days": _l("Too few people: decide from, working days before"),
    "one_message_a_day": _l("Several bookings of one day on one number are one message"),
    "call_after_text": _l("A text that did not arrive is followed by an automatic call"),
    "text_wait_minutes": _l("Minutes without a receipt until a text counts as not arrived (0: never)"),
    "second_call": _l("A call that nobody takes is made once more at another time of the day"),
    "short_notice_hours": _l("Changes less than so many hours ahead: one try, then a person"),
    "posting_working_days": _l("A card is posted, working days before"),
    "read_back_confirms": _l("Reading back at booking is enough: no reminder follows"),
    "most_per_number_a_day": _l("For one number on one day"),
    "most_per_booking": _l("For one booking"),
    "most_per_hour": _l("In one hour, in all"),
    "most_per_day": _l("On one day, in all"),
    "texts_per_minute": _l("Texts in one minute"),
    "calls_per_minute": _l("Automatic calls in one minute"),
    "yen_per_text_part": _l("Price of one part of a text, in yen"),
    "yen_per_call": _l("Price of one automatic call, in yen"),
    "yen_per_dollar": _l("Yen for one dollar"),
    "most_yen_a_month": _l("In one calendar month, in yen"),
    "extra_yen": _l("Allowed on top this month, in yen"),
    "fee_yen": _l("Fee (yen)"),
    "fee_per": _l("The fee is paid"),
    "travel_yen": _l("Travel (yen)"),
}
BRANCH = {
    "name": _l("Name of the branch"),
    "telephone": _l("Telephone"),
    "hours": _l("Opening hours"),
    "address": _l("Address"),
    "landmark": _l("Landmark"),
    "sort_order": _l("Place in the list"),
}
SUBJECT = {f"office:{part}": word for part, word in PART.items()} | {
    "office:sending": _l("Sending"),
    "office:closed-days": _l("Closed days of the office"),
}


def shown(name: str, value: Any) -> str:
    """A setting's value as it may be typed again, that of a list in its words."""
    if name == "fee_per":
        return str(FEE_PER[FeePer(value)])
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return setting_rules.show_window(value) if name in WINDOWS else str(value)


def meaning(part: Part, office: OfficeSettings) -> list[str]:
    """What this part says, in sentences with its values in them."""
    if part is Part.NAME:
        return [
            gettext(
                "Texts begin with %(sender)s, English ones with “%(english)s:”.",
                sender=office.sender, english=office.sender_en,
            ),
            gettext(
                "A call begins: 「こちらは、%(sender)sからの、自動のお電話です。」", sender=office.sender_spoken
            ),
        ]
    if part is Part.WINDOWS:
        return [
            gettext(
                "Texts leave within %(text)s, automatic calls within %(call)s. What falls due at another hour waits "
                "for the next opening.",
                text=shown("text_window", office.text_window), call=shown("call_window", office.call_window),
            ),
            gettext(
                "Only that a lesson is cancelled or held elsewhere may be told within %(urgent)s.",
                urgent=shown("urgent_window", office.urgent_window),
            ),
            gettext(
                "Who rings the number of the automatic calls within %(desk)s on a working day is put through. At other "
                "times the hours are said, and a call back can be asked for; it is due within %(hours)s hours of the "
                "desk.",
                desk=shown("desk_window", office.desk_window), hours=office.call_back_hours,
            ),
        ]
    if part is Part.STEPS:
        return [
            gettext(
                "A lesson is announced %(first)s and %(last)s working days before it, at %(time)s. A call that nobody "
                "takes on the last of these days is tried once more at %(again)s.",
                first=office.first_notice_working_days, last=office.last_notice_working_days,
                time=office.notice_time, again=office.second_try_time,
            ),
            gettext(
                "Who booked less than %(days)s days before the first notice gets the last one alone.",
                days=office.first_notice_not_within_days,
            ),
            gettext(
                "Whether a lesson is held for which too few people have asked is to be decided from %(days)s working "
                "days before it.",
                days=office.decide_working_days,
            ),
        ]
    if part is Part.CHAIN:
        return [_chain_in_words(office)]
    if part is Part.FEES:
        return [gettext("What stands at 0 is left blank on the record of activity, to be written in by hand.")]
    return [
        gettext(
            "What exceeds a limit is not sent and not lost: it waits until the limit allows it, and whom it would not "
            "reach in time stands under Needs a person."
        )
    ]


def _chain_in_words(office: OfficeSettings) -> str:
    steps = [gettext("text or automatic call, as they wish")]
    steps += [gettext("automatic call, if a text did not arrive")] if office.call_after_text else []
    steps += [gettext("second call at another time of the day")] if office.second_call else []
    steps.append(gettext("a person: call, family, FAX or card, before the lesson"))
    return gettext("In this order, until somebody was reached: %(steps)s.", steps=" → ".join(steps))


def changes(row: HistoryRow) -> list[tuple[str, str, str]]:
    """What a row of the history says of the office: the setting, before, after. Nothing for other rooms' rows."""
    words = {"office": SETTING, "branch": BRANCH}.get(row.subject.partition(":")[0])
    if words is None:
        return []
    changed = [
        (str(words[name]), shown(name, before), shown(name, after))
        for name, (before, after) in row.details.get("changed", {}).items()
        if name in words
    ]
    days = "、".join(filters.day(date.fromisoformat(day)) for day in row.details.get("days", ()))
    if row.action == "office.days-closed":
        changed.append((gettext("Day"), gettext("open"), gettext("closed: %(days)s", days=days)))
    elif row.action == "office.day-opened":
        changed.append((gettext("Day"), gettext("closed"), gettext("open: %(days)s", days=days)))
    elif row.action == "sending.stopped":
        said = hold_reason(row.details["reason"], row.details.get("ends", ""))
        changed.append((gettext("Sending"), gettext("as planned"), said))
    elif row.action == "sending.released":
        changed.append((gettext("Sending"), gettext("Sending is stopped"), gettext("as planned")))
    return changed


def hold_reason(reason: str, ends: str = "") -> str:
    """Why sending is stopped: a person's own words, or the house's; and until when, if it ends by itself."""
    why = _hold_reason(reason)
    if not ends:
        return why
    return gettext("%(why)s (until %(when)s)", why=why, when=filters.when(datetime.fromisoformat(ends)))


def _hold_reason(reason: str) -> str:
    if reason == FOR_TODAY:
        return gettext("Stopped for today")
    if reason == NOT_NAMED:
        return gettext("The name and telephone of the office are not set yet")
    if reason == SAMPLE_TOWN:
        return gettext("This is sample data, and real telephones would be called")
    if reason.startswith("provider:"):
        return gettext("The telephone company refuses our account (code %(code)s)", code=reason.partition(":")[2])
    return reason
