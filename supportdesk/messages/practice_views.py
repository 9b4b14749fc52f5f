"""The practice telephone's pages: a shelf of drawn telephones, and one of them in the hand."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import current_actor, open_to
from ..core.db import transaction
from ..core.history import record
from ..core.japan import phone
from ..core.paging import page_of
from . import practice, practice_call_views, practice_queries, practice_shelf, practice_words
from .practice_forms import BehaviourForm
from .practice_pages import AUDIENCE, line_of, telephone_page
from .practice_rules import ProviderTrouble

blueprint = Blueprint("practice", __name__, url_prefix="/practice")

PER_SHELF = 24


@blueprint.before_request
def only_where_the_office_rehearses() -> None:
    if current_app.config["SUPPORTDESK"].provider != "practice":
        abort(404)


@blueprint.get("")
@open_to(*AUDIENCE)
def shelf() -> str:
    """All drawn telephones, those that ring first, then those with the newest news."""
    typed = request.args.get("q", "").strip()
    page = page_of(practice_queries.telephones(typed), scalars=False, per_page=PER_SHELF)
    return render_template(
        "practice/shelf.html",
        page=page,
        latest=practice_queries.latest_of([line.number for line, _ringing in page.items]),
        typed=typed,
        trouble=practice.trouble(),
        troubles=practice_words.TROUBLE,
        states=practice_words.STATE,
        may_be_called=phone.may_be_called,
    )


@blueprint.post("/provider")
@open_to(*AUDIENCE)
def set_provider() -> Response:
    """How the provider as a whole behaves from now on."""
    try:
        trouble = ProviderTrouble(request.form.get("trouble", ""))
    except ValueError:
        abort(400)
    with transaction():
        practice_shelf.let_provider(trouble, now=clock.now())
    flash(_("The practice telephone company: %(state)s", state=practice_words.TROUBLE[trouble]))
    return redirect(url_for(".shelf"), 303)


@blueprint.post("/clear")
@open_to(*AUDIENCE)
def clear() -> Response:
    """Take away what was practised on telephones, and begin to rehearse anew."""
    now = clock.now()
    with transaction():
        gone = practice_shelf.clear(now)
        record("practice.cleared", "office:practice", by=current_actor(), now=now, count=gone)
    flash(_("The drawn telephones are as new. Bookings and messages of the office are as they were."))
    back = "rehearsal.steps" if request.form.get("back") == "rehearsal" else ".shelf"
    return redirect(url_for(back), 303)


@blueprint.get("/<int(max=2147483647):line_id>")
@open_to(*AUDIENCE)
def telephone(line_id: int) -> str:
    """One telephone: the call that rings or speaks, and what came before."""
    return telephone_page(line_of(line_id))


@blueprint.post("/<int(max=2147483647):line_id>/behaviour")
@open_to(*AUDIENCE)
def set_behaviour(line_id: int) -> Response | tuple[str, int]:
    """How this telephone takes what comes from now on."""
    line, form = line_of(line_id), BehaviourForm()
    if not form.validate():
        return telephone_page(line, behaviour=form), 422
    with transaction():
        line = line_of(line_id)
        line.behaviour, line.delay = form.behaviour.data, form.delay.data
    flash(_("This telephone behaves like this from the next message on."))
    return redirect(url_for(".telephone", line_id=line_id), 303)


practice_call_views.install(blueprint)
