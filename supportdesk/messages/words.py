"""What a message's channel and status are called on pages."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from .providers import codes
from .providers.base import Channel
from .rules import Language, MessageStatus

CHANNEL = {
    Channel.SMS: _l("Text message"),
    Channel.VOICE: _l("Automatic call"),
}
LANGUAGE = {
    Language.JAPANESE: _l("Japanese"),
    Language.EASY: _l("Easy Japanese"),
    Language.ENGLISH: _l("English"),
}
# Never more than is known: `delivered` is a carrier's receipt, `answered` may have been an answering machine.
MESSAGE_STATUS = {
    MessageStatus.PLANNED: _l("Planned"),
    MessageStatus.CLAIMED: _l("Being sent"),
    MessageStatus.ACCEPTED: _l("Handed to the telephone company"),
    MessageStatus.SENT: _l("Sent (no reply)"),
    MessageStatus.DELIVERED: _l("Sent (receipt came, no reply)"),
    MessageStatus.ANSWERED: _l("The call was picked up"),
    MessageStatus.NOT_ANSWERED: _l("Nobody picked up"),
    MessageStatus.FAILED: _l("Did not arrive"),
    MessageStatus.REFUSED: _l("Could not be sent"),
    MessageStatus.UNKNOWN: _l("Unknown whether it arrived"),
    MessageStatus.WITHDRAWN: _l("Taken back before sending"),
    MessageStatus.MISSED: _l("Not sent in time"),
}


def problem(code: str | None) -> str:
    """What the provider's code of a message says, in words for staff; "" without one."""
    return _(codes.meaning(int(code)).words) if code else ""
