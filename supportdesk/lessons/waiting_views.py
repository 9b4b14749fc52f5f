"""Acts on the waiting list: take somebody out, move somebody to the front, note what came of an offer. The queue itself
stands on the lesson's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import NotFound, Refusal
from ..core.operations import once
from . import booking_queries, offers, waiting
from . import waiting_queries as queries
from . import waiting_words as words
from .waiting_forms import AnswerForm, ReasonForm
from .waiting_models import Offer, Waiting
from .waiting_rules import OfferAnswer, OfferState

blueprint = Blueprint("waiting", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.route("/waiting-list/<int(max=2147483647):waiting_id>/take-out", methods=["GET", "POST"])
@open_to(Role.STAFF)
def take_out(waiting_id: int) -> Answer:
    """Before the draw of a lottery this takes an entry back."""
    entry = queries.get_waiting(waiting_id).lesson.is_undrawn
    return _with_reason(
        waiting_id,
        lambda reason: waiting.take_out(waiting_id, reason, by=current_actor(), now=clock.now()),
        what="take-out",
        title=_("Withdraw") if entry else _("Take out of the waiting list"),
        done=_("The entry is withdrawn.") if entry else _("Taken out of the waiting list."),
    )


@blueprint.route("/waiting-list/<int(max=2147483647):waiting_id>/move-up", methods=["GET", "POST"])
@open_to(Role.STAFF)
def move_up(waiting_id: int) -> Answer:
    return _with_reason(
        waiting_id,
        lambda reason: waiting.move_up(waiting_id, reason, by=current_actor(), now=clock.now()),
        what="move-up",
        title=_("Move to the front of the waiting list"),
        done=_("Moved to the front of the waiting list."),
    )


def _with_reason(waiting_id: int, act: Callable[[str], Waiting], *, what: str, title: str, done: str) -> Answer:
    form = ReasonForm()
    if form.validate_on_submit():
        reason = form.reason.data
        try:
            with transaction():
                once(
                    form.operation.data or "", {what: waiting_id, "reason": reason},
                    lambda: {"waiting": act(reason).id}, by=current_actor(), now=clock.now(),
                )  # fmt: skip
            flash(done)
            return redirect(_queue_of(queries.get_waiting(waiting_id).lesson_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    entry = queries.get_waiting(waiting_id)
    page = render_template("lessons/waiting_reason.html", form=form, entry=entry, title=title)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/offers/<int(max=2147483647):offer_id>/answer")
@open_to(Role.STAFF)
def answer(offer_id: int) -> Response:
    """Note what came of an offer, and go back to the page on which the button stands."""
    form, offer = AnswerForm(), queries.get_offer(offer_id)
    if not form.validate():
        abort(400)
    what, by, now = form.answer.data, current_actor(), clock.now()

    def act() -> dict[str, Any]:
        if what is OfferAnswer.ACCEPTS:
            return {"bookings": [each.id for each in offers.accept(offer_id, by=by, now=now)]}
        note = offers.decline if what is OfferAnswer.DECLINES else offers.not_reached
        note(offer_id, by=by, now=now)
        return {"bookings": []}

    try:
        with transaction():
            came, _ran_now = once(form.operation.data or "", {"offer": offer_id, "answer": what}, act, by=by, now=now)
        flash(_said(what, queries.get_offer(offer_id), came["bookings"]))
    except NotFound:
        raise
    except Refusal as refusal:
        flash(_(refusal.message, **refusal.params), "error")
    return redirect(_back(form.back.data or "", offer), 303)


def _said(what: OfferAnswer, offer: Offer, booking_ids: list[int]) -> str:
    if booking_ids:
        return _("Booked. Booking number %(number)s.", number=booking_queries.shown_numbers(booking_ids))
    if offer.state is OfferState.STANDING:
        return _("Noted: %(outcome)s. Please try once more before the deadline.", outcome=words.OFFER_ANSWER[what])
    return _("Noted: %(outcome)s. The seat goes to the next who waits.", outcome=words.OFFER_ANSWER[what])


def _back(page: str, offer: Offer) -> str:
    """The page that a button was pressed on: of the list, or of one of the people, or else of the lesson."""
    if page == "items":
        return url_for("front.action_items")
    if page.startswith("resident:") and page[9:].isascii() and page[9:].isdigit() and len(page) < 19:
        return url_for("front.resident", resident_id=int(page[9:]))
    return _queue_of(offer.lesson_id)


def _queue_of(lesson_id: int) -> str:
    return url_for("lessons.lesson", lesson_id=lesson_id, _anchor="waiting")
