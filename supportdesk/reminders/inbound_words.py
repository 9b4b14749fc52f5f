"""What the steps of a call that came in, and what a text says, are called on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .inbound_rules import Step
from .inbound_text_rules import Meaning

# Once a call is over: what came of it. `talked` claims no more than that the office's line was open.
OUTCOME = {
    Step.MENU: _l("Hung up at the greeting"),
    Step.MENU_CLOSED: _l("Heard the hours and hung up"),
    Step.NUMBER: _l("Hung up while the booking number was asked"),
    Step.TELEPHONE: _l("Hung up while a number to call back was asked"),
    Step.BOOKING: _l("Heard the booking and hung up; nothing was changed"),
    Step.SURE: _l("Hung up before the cancellation was confirmed; nothing was changed"),
    Step.PUT_THROUGH: _l("Put through; how it ended was not reported"),
    Step.TALKED: _l("Put through to the office"),
    Step.WILL_COME: _l("Said that they will come"),
    Step.CANCELLED: _l("Cancelled the booking"),
    Step.KEPT: _l("Heard the booking; nothing was changed"),
    Step.WISHED: _l("Wishes to be called back"),
    Step.BUSY: _l("Nobody took it; to be called back"),
    Step.HOURS: _l("Heard the hours; their number is withheld"),
    Step.GONE_CANCELLED: _l("Asked about a booking that was cancelled"),
    Step.GONE_OVER: _l("Asked about a booking that is over"),
    Step.GONE_CALLED_OFF: _l("Heard that the lesson is cancelled"),
}
TONE = {
    Step.CANCELLED: "stop",
    Step.WISHED: "wait",
    Step.BUSY: "wait",
    Step.WILL_COME: "ok",
    Step.TALKED: "ok",
}
MEANING = {
    Meaning.STOP: _l("Wishes no messages any more"),
    Meaning.START: _l("Wishes messages again"),
    Meaning.YES: _l("Seems to say yes"),
    Meaning.NO: _l("Seems to say no"),
    Meaning.OTHER: _l("To be read"),
}
MEANING_TONE = {Meaning.STOP: "stop", Meaning.START: "ok"}
