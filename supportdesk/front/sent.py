"""送信の記録: every text and call, what became of it, and what the provider said; for whoever looks after sending.

Names nobody and shows no number whole: the booking's page does, to those who may open it.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.datastructures import MultiDict

from ..core import clock
from ..core.access import Role, open_to
from ..core.paging import page_of
from ..messages import queries, resting
from ..messages import words as message_words
from ..messages.models import Message
from ..messages.rules import last_digits
from ..reminders import words as reminder_words
from ..reminders.rules import Matter, StepName
from .sent_forms import SentForm

blueprint = Blueprint("sent", __name__)


@blueprint.get("/messages")
@open_to(Role.ADMIN, Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def index() -> tuple[str, int]:
    """The newest first, of the last thirty days unless another day is asked for."""
    now = clock.now()
    form = SentForm(MultiDict(request.args))
    wanted = form.wanted(now)
    newest_first = (Message.created_at.desc(), Message.id.desc())
    page = page_of(queries.record(**wanted).order_by(*newest_first)) if wanted else None
    shown = render_template(
        "front/sent.html",
        form=form,
        page=page,
        rests=resting.standing(now),
        channel_words=message_words.CHANNEL,
        status_words=message_words.MESSAGE_STATUS,
        problem=message_words.problem,
        step_of=step_of,
        booking_of=booking_of,
        last_digits=last_digits,
    )
    return shown, 200 if page else 422


def step_of(message: Message) -> str:
    """Which step of which matter it is, in words; of one that this version does not know, its own name."""
    try:
        return str(reminder_words.STEP[Matter(message.matter), StepName(message.step)])
    except (ValueError, KeyError):
        return f"{message.matter} {message.step}"


def booking_of(message: Message) -> int | None:
    """The booking it is about, if it is about one."""
    kind, _, number = message.about.partition(":")
    return int(number) if kind == "booking" and number.isdecimal() else None
