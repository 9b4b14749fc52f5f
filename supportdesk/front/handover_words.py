"""What the parts of a hand-over are called on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .handover_rules import Choice, HandOverState, ItemKind, ItemOutcome

STATE = {
    HandOverState.PREPARED: _l("prepared for its day"),
    HandOverState.DONE: _l("handed over"),
    HandOverState.WITHDRAWN: _l("taken back"),
}
TONE = {HandOverState.PREPARED: "wait", HandOverState.DONE: "ok", HandOverState.WITHDRAWN: "off"}
KIND = {
    ItemKind.REQUEST: _l("Help requests in work"),
    ItemKind.CALL_BACK: _l("Help requests that wait for the person"),
    ItemKind.PERSON: _l("People to be told"),
    ItemKind.SERIES: _l("Series"),
    ItemKind.DUTY: _l("Duties in the rota"),
    ItemKind.REGULAR_DUTY: _l("Regular duties of series"),
}
CHOICE = {
    Choice.HAND_OVER: _l("hand over"),
    Choice.LEAVE: _l("leave as it is"),
    Choice.OPEN: _l("leave it to nobody"),
}
OUTCOME = {
    ItemOutcome.HANDED_OVER: _l("handed over"),
    ItemOutcome.LEFT: _l("stayed"),
    ItemOutcome.OPENED: _l("now nobody's"),
}
