"""Where the provider asks what a call says when it is taken, and brings the keys that were pressed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Response, request

from ..core import clock
from ..core.access import open_to_everybody
from ..core.db import transaction
from ..core.errors import Refusal
from ..core.japan import phone
from ..messages import hooks
from ..messages.providers.voice import dial, gather, hangup, pause, say, twiml
from . import asked, dialogue_actions, wording
from . import dialogue as queries
from . import dialogue_rules as rules
from .asked import Setting
from .dialogue import Call
from .dialogue_rules import BEGIN, State, Turn

blueprint = hooks.door("dialogue")

ANSWERED = "completed"
"""What a Dial is called that somebody took."""


@blueprint.post("/call/<token>")
@open_to_everybody
@hooks.signed
def taken(token: str) -> Response:
    """Somebody, or a machine, has taken the call. It may be asked for more than once."""
    return _as_it_stands(token)


@blueprint.post("/call/<token>/keys/<turn>")
@open_to_everybody
@hooks.signed
def keys(token: str, turn: str) -> Response:
    """What was pressed at this turn; nothing, if nobody did in time. The same turn and keys once more do nothing more,
    and are answered alike."""
    asked_at = rules.read_turn(turn)
    if asked_at is None:
        return _as_it_stands(token)
    after = rules.press(asked_at, request.form.get("Digits", ""))
    try:
        with transaction():
            now = clock.now()
            return _after(token, after, asked.setting(now), now)
    except Refusal:
        return _as_it_stands(token)  # somebody has cancelled at the same moment: the call tells how it stands


def _as_it_stands(token: str) -> Response:
    """What the call tells from its beginning on."""
    now = clock.now()
    by = asked.setting(now)
    return _at(BEGIN, queries.find(token, by, now), by, now)


def _after(token: str, after: Turn, by: Setting, now: datetime) -> Response:
    """Do what the turn after a key means, and say so."""
    call = queries.find(token, by, now)
    if call and call.asks:
        dialogue_actions.take_key(call, after, by, now=now)
        return _at(after, call, by, now)
    if call is None and after.state is State.NOT_COMING and (persons := queries.cancelled_by(token)):
        values = queries.values_of(by.office) | {"persons": wording.spoken_persons(persons)}
        return _last(rules.words(after, (), values, office_open=False))
    return _at(BEGIN, call, by, now)


@blueprint.post("/call/<token>/person")
@open_to_everybody
@hooks.signed
def person(token: str) -> Response:
    """How the office took a caller who wished to speak with somebody."""
    if request.form.get("DialCallStatus") == ANSWERED:
        return hooks.spoken(hangup())
    now = clock.now()
    with transaction():
        by = asked.setting(now)
        call = queries.find(token, by, now)
        if call:
            dialogue_actions.promise_to_ring(call, by, now=now)
    return _last(rules.NOBODY_FREE) if call else _at(BEGIN, call, by, now)


def _at(turn: Turn, call: Call | None, by: Setting, now: datetime) -> Response:
    """What the call says at this turn, and where it goes on."""
    if call is None:
        return _last(rules.filled(rules.NOTHING_TO_SAY, queries.values_of(by.office)))
    if not call.asks:
        return Response(twiml(call.sentences), mimetype="text/xml")
    office_open = queries.office_is_open(by, now)
    said = rules.words(turn, call.sentences, call.values, office_open=office_open)
    if turn.listens:
        action = hooks.address("call", call.token, "keys", str(turn))
        return hooks.spoken(gather(pause(), say(said), action=action))
    if turn.state is State.PERSON and office_open:
        number = phone.parse(by.office.telephone).e164
        return hooks.spoken(say(said), dial(number, action=hooks.address("call", call.token, "person")))
    return _last(said)


def _last(sentences: Sequence[str]) -> Response:
    return hooks.spoken(pause(), say(sentences), hangup())
