"""Forms about help requests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField

from ..core.forms import DeskForm
from .rules import RequestChannel, RequestStatus

STATUS_WORDS = {
    RequestStatus.NEW: _l("Received"),
    RequestStatus.IN_PROGRESS: _l("Being worked on"),
    RequestStatus.WAITING_RESIDENT: _l("Waiting for the person"),
    RequestStatus.HANDED_OVER: _l("Passed on"),
    RequestStatus.DONE: _l("Done"),
}
STATUS_TONES = {
    RequestStatus.NEW: "wait",
    RequestStatus.IN_PROGRESS: "wait",
    RequestStatus.WAITING_RESIDENT: "wait",
    RequestStatus.HANDED_OVER: "ok",
    RequestStatus.DONE: "off",
}
CHANNEL_WORDS = {
    RequestChannel.PHONE: _l("Telephone"),
    RequestChannel.COUNTER: _l("Came to the office"),
    RequestChannel.PAPER: _l("Paper slip"),
}


class MoveForm(DeskForm):
    """Move a request on. `seen` is the status in which the clerk saw it."""

    seen = HiddenField()
    status = SelectField(_l("Status"))
    outcome = StringField(_l("What came of it, or where it went"))
