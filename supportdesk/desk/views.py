"""Help requests: the list and one of them. Texts are notes of a consultation, so staff alone read them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..accounts import in_charge_queries
from ..accounts.in_charge_forms import WHOSE, InChargeForm
from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.answers import choices
from ..core.db import transaction
from ..core.errors import Refusal
from ..core.paging import page_of
from ..office import queries as office
from ..office.list_words import REFERRAL_PLACE
from . import actions, forms, queries, words
from .models import HelpRequest
from .rules import ALLOWED_MOVES, ENDED, RequestStatus

blueprint = Blueprint("desk", __name__)


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    """How pages, of front too, name a request's status and channel."""
    return {
        "request_status_words": words.REQUEST_STATUS,
        "request_status_tones": words.REQUEST_TONE,
        "request_channel_words": words.REQUEST_CHANNEL,
    }


@blueprint.get("/requests")
@open_to(Role.STAFF)
def index() -> str:
    status = request.args.get("status", "")
    wanted = RequestStatus(status) if status in list(RequestStatus) else None
    topic_code, whose = request.args.get("topic", ""), request.args.get("whose", "")
    in_charge_id = in_charge_queries.asked_for(whose, current_actor().id)
    return render_template(
        "desk/index.html",
        page=page_of(queries.listed(wanted, topic_code or None, in_charge_id)),
        topics=office.topics(),
        wanted=wanted,
        topic_code=topic_code,
        whose=whose,
        whose_words=WHOSE,
    )


@blueprint.get("/requests/<int(max=2147483647):request_id>")
@open_to(Role.STAFF)
def show(request_id: int) -> str:
    found = queries.get(request_id)
    return _page(found, _form(found))


@blueprint.post("/requests/<int(max=2147483647):request_id>")
@open_to(Role.STAFF)
def move(request_id: int) -> Response | tuple[str, int]:
    """Move a request on, and say what came of it."""
    form = _form(queries.get(request_id))
    if form.validate():
        try:
            with transaction():
                old, new = RequestStatus(form.seen.data), RequestStatus(form.status.data)
                actions.move_status(request_id, old, new, form.outcome.data or "", by=current_actor(), now=clock.now())
            flash(_("Saved."))
            return redirect(url_for(".show", request_id=request_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(queries.get(request_id), form), 422


@blueprint.post("/requests/<int(max=2147483647):request_id>/in-charge")
@open_to(Role.STAFF)
def put_in_charge(request_id: int) -> Response | tuple[str, int]:
    """Give a request to somebody else, or to nobody."""
    found = queries.get(request_id)
    form = _in_charge_form(found)
    if form.validate():
        try:
            with transaction():
                actions.put_in_charge(
                    request_id, form.chosen_id, seen=form.seen_id, by=current_actor(), now=clock.now()
                )  # fmt: skip
            flash(_("Saved."))
            return redirect(url_for(".show", request_id=request_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    found = queries.get(request_id)
    return _page(found, _form(found), form), 422


def _in_charge_form(found: HelpRequest) -> InChargeForm:
    people = in_charge_queries.people({Role.STAFF}, clock.local_date(clock.now()))
    return InChargeForm().offer(people, found.in_charge)


def _form(found: HelpRequest) -> forms.MoveForm:
    form = forms.MoveForm(seen=found.status.value)
    # From where the clerk saw it; whether it is still there is asked when it moves.
    seen = RequestStatus(form.seen.data) if form.seen.data in list(RequestStatus) else found.status
    form.seen.data = seen.value
    allowed = ALLOWED_MOVES[seen]
    form.status.choices = choices({each: word for each, word in words.REQUEST_STATUS.items() if each in allowed})
    return form


def _page(found: HelpRequest, form: forms.MoveForm, in_charge: InChargeForm | None = None) -> str:
    return render_template(
        "desk/show.html", request_=found, form=form, places=REFERRAL_PLACE,
        in_charge=in_charge or _in_charge_form(found), over=found.status in ENDED,
    )  # fmt: skip
