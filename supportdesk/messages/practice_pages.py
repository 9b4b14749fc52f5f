"""The page of one drawn telephone, which several acts show again when something typed was refused."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request

from ..core.access import Role
from ..core.db import db
from ..core.japan import phone
from . import practice_calls, practice_queries, practice_words
from .models import PracticeLine
from .practice_forms import BehaviourForm, RingForm, TextForm
from .providers import sms
from .providers.base import Channel, Delivery, is_final

AUDIENCE = (Role.ADMIN, Role.STAFF, Role.COORDINATOR, Role.MANAGER)
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")


def line_of(line_id: int) -> PracticeLine:
    """The drawn telephone. Ends with 404 where there is none."""
    return db.session.get(PracticeLine, line_id) or abort(404)


def telephone_page(line: PracticeLine, **typed: Any) -> str:
    """The page of one telephone; `typed`: forms of it that were refused, by name."""
    exchanges = practice_queries.exchanges_of(line.number)
    calls = [one for one in exchanges if one.channel is Channel.VOICE]
    call = next((one for one in reversed(calls) if not is_final(Delivery(one.state))), None)
    forms = {
        "behaviour": BehaviourForm(formdata=None, obj=line),
        "ring": RingForm(formdata=None),
        "text": TextForm(formdata=None),
    } | typed
    return render_template(
        "practice/telephone.html",
        line=line,
        kind=phone.may_be_called(line.number),
        call=call,
        part=practice_calls.here(call) if call else None,
        at=practice_calls.seen_at(call) if call else "",
        said=max(1, request.args.get("said", 1, type=int)),
        past=[one for one in exchanges if one is not call],
        is_old=request.args.get("old") == "1",
        parts=sms.parts,
        states=practice_words.STATE,
        colleague=practice_words.COLLEAGUE,
        forms=forms,
        keys=KEYS,
    )
