"""A hand on a drawn telephone: calls are taken, keys pressed, the office is rung and written to."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import open_to
from ..core.db import db, transaction
from ..core.errors import Refusal
from . import practice, practice_calls, practice_incoming, switchboard
from .models import PracticeExchange
from .practice_forms import RingForm, TextForm
from .practice_pages import AUDIENCE, KEYS, line_of, telephone_page
from .practice_wire import Wire
from .providers.base import Delivery

LINE = "/<int(max=2147483647):line_id>"
CALL = f"{LINE}/calls/<string(maxlength=48):sid>"

# How a call ends, or a colleague's, when such a button is pressed.
_ENDS = {"leave": Delivery.NO_ANSWER, "busy": Delivery.BUSY, "hang-up": Delivery.COMPLETED}
_COLLEAGUE = {f"colleague-{end}": end for end in (Delivery.COMPLETED, Delivery.BUSY, Delivery.NO_ANSWER)}


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule(CALL, "handle_call", handle_call, methods=["POST"])
    blueprint.add_url_rule(f"{CALL}/keys", "press_key", press_key, methods=["POST"])
    blueprint.add_url_rule(f"{LINE}/ring", "ring", ring, methods=["POST"])
    blueprint.add_url_rule(f"{LINE}/text", "text", text, methods=["POST"])


@open_to(*AUDIENCE)
def handle_call(line_id: int, sid: str) -> Response:
    """Take the call, let it ring, be busy, let a machine answer, wait, speak, hang up, or lose the news of it."""
    act, at, now = request.form.get("act", ""), request.form.get("at", ""), clock.now()
    wire = _wire()

    def turned(end: Delivery) -> None:
        with transaction():
            practice.turn(sid, end, now=now)

    def lost() -> None:
        with transaction():
            practice.lose_news(sid)

    acts: dict[str, Callable[[], None]] = {
        "answer": lambda: practice_calls.take(wire, sid, now=now),
        "machine": lambda: practice_calls.by_machine(wire, sid, now=now, beep=False),
        "machine-beep": lambda: practice_calls.by_machine(wire, sid, now=now, beep=True),
        "go-on": lambda: practice_calls.go_on(wire, sid, at=at, now=now),
        "speak": lambda: practice_calls.speak(wire, sid, at=at, hang_up=False, now=now),
        "speak-hang-up": lambda: practice_calls.speak(wire, sid, at=at, hang_up=True, now=now),
        "lose-news": lost,
    }
    if act in _ENDS:
        return _do(line_id, sid, lambda: turned(_ENDS[act]))
    if act in _COLLEAGUE:
        return _do(line_id, sid, lambda: practice_calls.colleague(wire, sid, _COLLEAGUE[act], at=at, now=now))
    return _do(line_id, sid, acts.get(act) or abort(400))


@open_to(*AUDIENCE)
def press_key(line_id: int, sid: str) -> Response:
    """A key of the keypad."""
    key, at, said = request.form.get("key", ""), request.form.get("at", ""), request.args.get("said", 1, type=int)
    if key not in KEYS:
        abort(400)
    return _do(line_id, sid, lambda: practice_calls.press(_wire(), sid, key, at=at, said=said, now=clock.now()))


@open_to(*AUDIENCE)
def ring(line_id: int) -> Response | tuple[str, int]:
    """Ring the office from this telephone."""
    line, form = line_of(line_id), RingForm()
    try:
        if form.validate():
            practice_incoming.ring_the_office(_wire(), line.number, withheld=form.withheld.data, now=clock.now())
            return redirect(url_for("practice.telephone", line_id=line_id), 303)
    except Refusal as refusal:
        form.refuse(refusal)
    return telephone_page(line_of(line_id), ring=form), 422


@open_to(*AUDIENCE)
def text(line_id: int) -> Response | tuple[str, int]:
    """Send a text to the office from this telephone."""
    line, form = line_of(line_id), TextForm()
    try:
        if form.validate():
            taken = practice_incoming.text_the_office(_wire(), line.number, form.body.data, now=clock.now())
            if taken:
                flash(_("The text has been sent to the office."))
            else:
                flash(_("The office did not take the text. It is not set up to receive texts."), "error")
            return redirect(url_for("practice.telephone", line_id=line_id), 303)
    except Refusal as refusal:
        form.refuse(refusal)
    return telephone_page(line_of(line_id), text=form), 422


def _do(line_id: int, sid: str, act: Callable[[], None]) -> Response:
    """One act on one call; the office hears of it at once, like from a real provider."""
    before = _place(sid)
    try:
        act()
    except Refusal as refusal:
        flash(_(refusal.message, **refusal.params), "error")
    else:
        switchboard.report_practice_telephone(current_app.config["SUPPORTDESK"], sid)
    # The sentence that is spoken stays while the call is where it was.
    said = request.args.get("said", type=int) if _place(sid) == before else None
    return redirect(url_for("practice.telephone", line_id=line_id, said=said), 303)


def _place(sid: str) -> tuple[int, int] | None:
    row = db.session.get(PracticeExchange, sid, populate_existing=True)
    return (len(row.heard), row.place) if row else None


def _wire() -> Wire:
    return switchboard.practice_wire_of(current_app.config["SUPPORTDESK"])
