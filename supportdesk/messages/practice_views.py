"""The practice telephone's pages: a shelf of drawn telephones, and one of them in the hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, open_to
from ..core.db import db, transaction
from ..core.errors import Refusal
from ..core.japan import phone
from ..core.japan.text import nfkc
from ..core.paging import Page, page_of
from . import practice, switchboard
from .models import PracticeExchange, PracticeLine
from .providers import sms
from .providers.base import Channel, Delivery, is_final
from .providers.twiml_reader import Step, Verb, read_twiml
from .rules import LineBehaviour

blueprint = Blueprint("practice", __name__, url_prefix="/practice")

AUDIENCE = (Role.ADMIN, Role.STAFF, Role.COORDINATOR, Role.MANAGER)
PER_SHELF = 24
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
# As many as a person looks back through; what was sent stands in the record of messages.
LATEST = 30

BEHAVIOURS = {
    LineBehaviour.NORMAL: _l("Works as usual"),
    LineBehaviour.OFF: _l("Is switched off: texts do not arrive, nobody takes a call"),
    LineBehaviour.NOT_IN_USE: _l("The number is not in use"),
    LineBehaviour.REFUSES_TEXTS: _l("Cannot receive texts"),
    LineBehaviour.OPTED_OUT: _l("Refuses texts from this office"),
    LineBehaviour.LOSES_ANSWERS: _l("Takes what comes, but the provider's answer is lost"),
    LineBehaviour.LOSES_NEWS: _l("Takes what comes, but the office never hears of it"),
}
STATES = {
    Delivery.QUEUED: _l("Will ring in a moment"),
    Delivery.RINGING: _l("Ringing now"),
    Delivery.IN_PROGRESS: _l("On the telephone"),
    Delivery.COMPLETED: _l("The call has ended"),
    Delivery.BUSY: _l("The line was busy"),
    Delivery.NO_ANSWER: _l("Nobody took the call"),
    Delivery.DELIVERED: _l("Arrived"),
    Delivery.UNDELIVERED: _l("Did not arrive"),
}
# What a hand may do with a call.
ACTS: dict[str, tuple[Delivery, dict[str, object]]] = {
    "answer": (Delivery.IN_PROGRESS, {}),
    "leave": (Delivery.NO_ANSWER, {}),
    "busy": (Delivery.BUSY, {}),
    "machine": (Delivery.COMPLETED, {"details": {"machine": True}}),
    "hang-up": (Delivery.COMPLETED, {}),
}


@blueprint.before_request
def only_where_the_office_rehearses() -> None:
    if current_app.config["SUPPORTDESK"].provider != "practice":
        abort(404)


@blueprint.get("")
@open_to(*AUDIENCE)
def shelf() -> str:
    """All drawn telephones, those that ring first, then those with the newest news."""
    typed = request.args.get("q", "").strip()
    page = _telephones(typed)
    latest = _latest_of([line.number for line, *_rest in page.items])
    return render_template(
        "practice/shelf.html", page=page, latest=latest, typed=typed, states=STATES, may_be_called=phone.may_be_called
    )


@blueprint.get("/<int(max=2147483647):line_id>")
@open_to(*AUDIENCE)
def telephone(line_id: int) -> str:
    """One telephone: the call that rings or speaks, and what came before."""
    line = _line(line_id)
    exchanges = db.session.scalars(
        sa.select(PracticeExchange)
        .where(PracticeExchange.number == line.number)
        .order_by(PracticeExchange.created_at.desc(), PracticeExchange.sid)
        .limit(LATEST)
    ).all()
    calls = [one for one in exchanges if one.channel is Channel.VOICE]
    call = next((one for one in reversed(calls) if not is_final(Delivery(one.state))), None)
    said = max(1, request.args.get("said", 1, type=int))
    return render_template(
        "practice/telephone.html",
        line=line,
        kind=phone.may_be_called(line.number),
        call=call,
        steps=_spoken(call) if call else [],
        takes_keys=call is not None and any(step.verb is Verb.GATHER for step in read_twiml(call.twiml)),
        said=said,
        past=[one for one in exchanges if one is not call],
        is_old=request.args.get("old") == "1",
        parts=sms.parts,
        states=STATES,
        behaviours=BEHAVIOURS,
        keys=KEYS,
    )


@blueprint.post("/<int(max=2147483647):line_id>/calls/<sid>")
@open_to(*AUDIENCE)
def handle_call(line_id: int, sid: str) -> Response:
    """Take the call, let it ring, be busy, let a machine answer, hang up, or lose the office's news of it."""
    act = request.form.get("act", "")
    if act == "lose-news":
        return _do(line_id, lambda: practice.lose_news(sid), sid)
    if act not in ACTS:
        abort(400)
    new, values = ACTS[act]
    return _do(line_id, lambda: practice.turn(sid, new, now=clock.now(), **values), sid)


@blueprint.post("/<int(max=2147483647):line_id>/calls/<sid>/keys")
@open_to(*AUDIENCE)
def press_key(line_id: int, sid: str) -> Response:
    key = request.form.get("key", "")
    if key not in KEYS:
        abort(400)
    return _do(line_id, lambda: practice.press(sid, key, now=clock.now()), sid)


@blueprint.post("/<int(max=2147483647):line_id>/behaviour")
@open_to(*AUDIENCE)
def set_behaviour(line_id: int) -> Response:
    """How this telephone takes what comes from now on."""
    try:
        behaviour = LineBehaviour(request.form.get("behaviour", ""))
    except ValueError:
        abort(400)
    with transaction():
        _line(line_id).behaviour = behaviour
    flash(_("This telephone behaves like this from the next message on."))
    return redirect(url_for(".telephone", line_id=line_id), 303)


def _do(line_id: int, act: Callable[[], None], sid: str) -> Response:
    """One act on one call; the office hears of it at once, like from a real provider."""
    said = request.args.get("said", type=int)
    try:
        with transaction():
            act()
    except Refusal as refusal:
        flash(_(refusal.message, **refusal.params), "error")
    else:
        switchboard.report_practice_telephone(current_app.config["SUPPORTDESK"], sid)
    return redirect(url_for(".telephone", line_id=line_id, said=said), 303)


def _line(line_id: int) -> PracticeLine:
    return db.session.get(PracticeLine, line_id) or abort(404)


def _telephones(typed: str) -> Page:
    rings = sa.and_(
        PracticeExchange.channel == Channel.VOICE,
        PracticeExchange.state.in_((Delivery.QUEUED, Delivery.RINGING, Delivery.IN_PROGRESS)),
    )
    ringing = sa.func.max(sa.case((rings, 1), else_=0)).label("ringing")
    latest = sa.func.max(PracticeExchange.created_at).label("latest")
    query: Any = (
        sa.select(PracticeLine, ringing, latest)
        .outerjoin(PracticeExchange, PracticeExchange.number == PracticeLine.number)
        .group_by(PracticeLine.id)
        .order_by(ringing.desc(), latest.desc().nulls_last(), PracticeLine.id)
    )
    if typed:
        digits = "".join(character for character in nfkc(typed) if character in "0123456789")
        # Kept as +81957…, typed as 0957…; without a digit there is nothing that could be found.
        query = query.where(PracticeLine.number.contains(digits.removeprefix("0")) if digits else sa.false())
    return page_of(query, scalars=False, per_page=PER_SHELF)


def _latest_of(numbers: list[str]) -> dict[str, PracticeExchange]:
    newest = (
        sa.select(PracticeExchange.number, sa.func.max(PracticeExchange.created_at).label("at"))
        .where(PracticeExchange.number.in_(numbers))
        .group_by(PracticeExchange.number)
        .subquery()
    )
    rows = db.session.scalars(
        sa.select(PracticeExchange).join(
            newest, (PracticeExchange.number == newest.c.number) & (PracticeExchange.created_at == newest.c.at)
        )
    )
    return {row.number: row for row in rows}


def _spoken(call: PracticeExchange) -> list[Step]:
    """What the call says, sentence by sentence, also what it says while it listens for keys."""
    steps = [inner for step in read_twiml(call.twiml) for inner in (step, *step.inside)]
    return [step for step in steps if step.verb is Verb.SAY]
