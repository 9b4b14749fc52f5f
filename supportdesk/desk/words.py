"""What a help request's status and channel are called on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .rules import RequestChannel, RequestStatus

REQUEST_STATUS = {
    RequestStatus.NEW: _l("Received"),
    RequestStatus.IN_PROGRESS: _l("Being worked on"),
    RequestStatus.WAITING_RESIDENT: _l("Waiting for the person"),
    RequestStatus.HANDED_OVER: _l("Passed on"),
    RequestStatus.DONE: _l("Done"),
}
# For components/status.html.
REQUEST_TONE = {
    RequestStatus.NEW: "wait",
    RequestStatus.IN_PROGRESS: "wait",
    RequestStatus.WAITING_RESIDENT: "wait",
    RequestStatus.HANDED_OVER: "ok",
    RequestStatus.DONE: "off",
}
REQUEST_CHANNEL = {
    RequestChannel.PHONE: _l("Telephone"),
    RequestChannel.COUNTER: _l("Came to the office"),
    RequestChannel.PAPER: _l("Paper slip"),
}
