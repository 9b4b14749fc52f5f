"""The form that a provider posts when a message or call moves on, read and written in one place.

The practice telephone writes the same form that Twilio does, so one reader serves both. New fields appear
without notice and are passed over. `RawDlrDoneDate` is never read: it names no time zone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from .base import Channel, Delivery, ReportedStatus

log = logging.getLogger(__name__)

CALL_EVENTS = ("initiated", "ringing", "answered", "completed")
"""The moments of a call that we ask to be told of; without them only the last would be."""

_SAME_STATES = {
    "accepted": Delivery.QUEUED,
    "scheduled": Delivery.QUEUED,
    "initiated": Delivery.QUEUED,
    "answered": Delivery.IN_PROGRESS,
    "read": Delivery.DELIVERED,
    "partially_delivered": Delivery.UNDELIVERED,
}
# As the columns hold it; Twilio's have 34 characters.
_LONGEST_SID = 48


def state(word: str) -> Delivery:
    """Our word for a status of the provider. One that we do not know is the lowest: it moves nothing."""
    if word in _SAME_STATES:
        return _SAME_STATES[word]
    try:
        return Delivery(word)
    except ValueError:
        log.warning("unknown status word from the provider: %.40r", word)
        return Delivery.QUEUED


def read(form: Mapping[str, str], token: str | None) -> ReportedStatus | None:
    """The news in a callback's form, or None when it names no message or call, or no status."""
    sid = form.get("MessageSid") or form.get("SmsSid") or form.get("CallSid")
    word = form.get("MessageStatus") or form.get("SmsStatus") or form.get("CallStatus")
    if not sid or not word or len(sid) > _LONGEST_SID:
        return None
    return ReportedStatus(
        sid=sid,
        state=state(word),
        token=token,
        code=_number(form.get("ErrorCode")),
        at=_instant(form.get("Timestamp")),
        sender=form.get("From", "")[:40] or None,
    )


def write(channel: Channel, status: ReportedStatus, *, to: str, sender: str) -> dict[str, str]:
    """The form that carries this news, with the fields Twilio sends."""
    kind = "Message" if channel is Channel.SMS else "Call"
    form = {f"{kind}Sid": status.sid, f"{kind}Status": status.state.value, "To": to, "From": sender}
    if channel is Channel.SMS:
        form |= {"SmsSid": status.sid, "SmsStatus": status.state.value}
    elif status.at:
        form["Timestamp"] = format_datetime(status.at.astimezone(UTC))
    if status.code is not None:
        form["ErrorCode"] = str(status.code)
    return form


def _number(text: str | None) -> int | None:
    # isascii: isdigit() alone lets ² through, at which int() stumbles.
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None


def _instant(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found and found.tzinfo else None
