"""What the waiting list, its offers and their ends are called on pages, and what happened to them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .waiting_rules import OfferAnswer, OfferState, WaitEnd

WAIT_END = {
    WaitEnd.BOOKED: _l("Booked from the waiting list"),
    WaitEnd.DECLINED: _l("Declined the seat"),
    WaitEnd.EXPIRED: _l("Did not answer the offer in time"),
    WaitEnd.NOT_REACHED: _l("Could not be reached about the seat"),
    WaitEnd.TAKEN_OUT: _l("Taken out of the waiting list"),
    WaitEnd.CONTACT_STOPPED: _l("Left the waiting list: contact is stopped"),
    WaitEnd.LESSON_OVER: _l("The lesson has begun or was cancelled"),
}

OFFER_STATE = {
    OfferState.STANDING: _l("Seat offered"),
    OfferState.ACCEPTED: _l("Accepted"),
    OfferState.DECLINED: _l("Declined"),
    OfferState.EXPIRED: _l("No answer in time"),
    OfferState.NOT_REACHED: _l("Not reached"),
    OfferState.WITHDRAWN: _l("Withdrawn"),
}

OFFER_ANSWER = {
    OfferAnswer.ACCEPTS: _l("Accepts"),
    OfferAnswer.DECLINES: _l("Declines"),
    OfferAnswer.NOT_REACHED: _l("Not reached"),
}
