"""The rehearsal of a whole office: what each does at which drawn telephone, and what has been seen to happen. That is
read from the database and never ticked by hand: who only thinks that it worked would tick it too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, current_app, render_template

from ..core.access import open_to
from ..messages.practice_pages import AUDIENCE
from . import rehearsal_queries as queries
from . import rehearsal_words as words
from .rehearsal_rules import AT, RehearsalStep

blueprint = Blueprint("rehearsal", __name__, url_prefix="/practice/rehearsal")


@blueprint.before_request
def only_where_the_office_rehearses() -> None:
    if current_app.config["SUPPORTDESK"].provider != "practice":
        abort(404)


@blueprint.get("")
@open_to(*AUDIENCE)
def steps() -> str:
    """The steps, and which of them have been seen to happen."""
    return render_template("front/rehearsal/steps.html", **_shown())


@blueprint.get("/paper")
@open_to(*AUDIENCE)
def paper() -> str:
    """The same on A4, with room for who plays whom."""
    return render_template("front/rehearsal/paper.html", **_shown())


def _shown() -> dict[str, Any]:
    begun: datetime | None = queries.begun()
    return {
        "begun": begun,
        "steps": [(step, words.REHEARSAL[step], AT.get(step)) for step in RehearsalStep],
        "seen": queries.seen(begun) if begun else {},
        "telephones": queries.telephones(),
    }
