"""Where the provider asks what to say to somebody who rings our number. Each answer is one document; what it leads on
to carries the turn in its address, so that a request that comes twice hears the same again and acts once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from flask import Response, request
from sqlalchemy.exc import OperationalError

from ..core import clock
from ..core.access import open_to_everybody
from ..core.db import transaction
from ..core.japan import phone
from ..messages.hooks import address, door, signed, spoken
from ..messages.providers.voice import WAIT_FOR_A_KEY, VerbXml, dial, gather, hangup, pause, say
from ..office import queries as office
from ..office import settings as office_settings
from . import inbound_calls as actions
from . import inbound_queries, inbound_wording
from .inbound_models import InboundCall
from .inbound_rules import KEYS, State, Step

log = logging.getLogger(__name__)

blueprint = door("inbound_calls")

LONGEST_SID = 64
# Whoever waits for a person shall not wait long for the machine.
WAIT_AT_THE_MENU = 4
ANSWERED = ("completed", "answered")
OVER = ("completed", "busy", "no-answer", "failed", "canceled")


@blueprint.post("/voice")
@open_to_everybody
@signed
def voice() -> Response:
    """Somebody rings."""
    return _answer(lambda call, now: call)


@blueprint.post("/voice/<turn>")
@open_to_everybody
@signed
def keys(turn: str) -> Response:
    """Keys were pressed, or none in time."""
    pressed = request.form.get("Digits", "")
    return _answer(lambda call, now: actions.press(call, _number(turn), pressed, now=now))


@blueprint.post("/voice/<turn>/dialled")
@open_to_everybody
@signed
def dialled(turn: str) -> Response:
    """The office's telephone was rung, or the caller hung up before."""
    answered = request.form.get("DialCallStatus", "") in ANSWERED
    return _answer(lambda call, now: actions.dialled(call, _number(turn), answered, now=now))


@blueprint.post("/voice/ended")
@open_to_everybody
@signed
def ended() -> Response:
    """The line is closed: the last status of the call, where the provider was asked to tell it."""
    if request.form.get("CallStatus", "") in OVER:
        with transaction():
            actions.end(request.form.get("CallSid", ""), now=clock.now())
    return Response(status=204)


@blueprint.post("/voice-fallback")
@open_to_everybody
@signed
def fallback() -> Response:
    """What the provider asks for when an answer of ours failed. Asks nothing of the database."""
    return _unavailable()


@blueprint.errorhandler(OperationalError)
def not_now(problem: OperationalError) -> Response:
    """A database that cannot be written: the caller hears plain words, and not the provider's English."""
    log.error("a call could not be answered: %s", type(problem).__name__)
    return _unavailable()


def _unavailable() -> Response:
    return spoken(pause(), say(inbound_wording.packaged(inbound_wording.UNAVAILABLE).splitlines()), hangup())


def _answer(act: Callable[[InboundCall, datetime], InboundCall]) -> Response:
    sid, now = request.form.get("CallSid", ""), clock.now()
    if not 0 < len(sid) <= LONGEST_SID:
        return spoken(hangup())
    with transaction():
        call = act(actions.ring(sid, request.form.get("From", ""), now=now), now)
        settings, closed = office_settings.current(), office.all_closed_days()
        telephone = phone.parse(settings.telephone).e164
        if call.step is Step.PUT_THROUGH and telephone == request.form.get("To"):
            # The number that is rung is the office's own: dialled from here it would ring here again, for ever.
            call = actions.dialled(call, call.turn, False, now=now)
        booked = inbound_queries.booked(call)
    said = inbound_wording.sentences(State(call.step, call.misses, call.slips), settings, now, closed, booked)
    return spoken(*_verbs(call, said, telephone))


def _verbs(call: InboundCall, said: Sequence[str], telephone: str) -> Iterator[VerbXml]:
    """What the provider does where the call stands."""
    turn = str(call.turn)
    if not call.turn:
        # The first second is silent, since people first bring the receiver to the ear.
        yield pause()
    if wanted := KEYS.get(call.step):
        seconds = WAIT_AT_THE_MENU if call.step is Step.MENU else WAIT_FOR_A_KEY
        yield gather(say(said), action=address("voice", turn), digits=wanted, seconds=seconds)
        return
    if said:
        yield say(said)
    yield dial(telephone, action=address("voice", turn, "dialled")) if call.step is Step.PUT_THROUGH else hangup()


def _number(turn: str) -> int:
    """The turn in an address; -1, which no call has, for what is none."""
    return int(turn) if turn.isascii() and turn.isdigit() and len(turn) < 6 else -1
