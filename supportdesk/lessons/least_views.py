"""The page on which it is decided whether a lesson below its least number is held."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import StringField

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.edits import at_field
from ..core.errors import Refusal
from ..core.forms import OnceForm
from ..core.operations import once
from . import least, timetable
from . import least_queries as queries
from .least_words import LEAST_ANSWER
from .rules import parse_moment

blueprint = Blueprint("least", __name__)


class DecideForm(OnceForm):
    until = StringField(_l("Booking closes"))


@blueprint.route("/lessons/<int(max=2147483647):lesson_id>/decide", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def decide(lesson_id: int) -> str | Response | tuple[str, int]:
    """Held all the same, or booking stays open for longer; that it is cancelled has its own page."""
    timetable.lesson(lesson_id)
    form = DecideForm()
    if form.validate_on_submit():
        try:
            _act(form, lesson_id)
            return redirect(url_for("lessons.lesson", lesson_id=lesson_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    lesson, now = timetable.lesson(lesson_id), clock.now()
    asked_for, deadline = queries.least_of(lesson, now)
    page = render_template(
        "lessons/decide.html", form=form, lesson=lesson, asked_for=asked_for, deadline=deadline, now=now,
        decided=queries.decisions_of(lesson_id), answers=LEAST_ANSWER,
    )  # fmt: skip
    return page, 422 if form.is_submitted() else 200


def _act(form: DecideForm, lesson_id: int) -> None:
    """Do what the pressed button says, once. Raises Refusal."""
    by, now, longer = current_actor(), clock.now(), request.form.get("act") == "extend"
    with at_field("until"):
        until = parse_moment(form.until.data or "") if longer else None

    def act() -> dict[str, int]:
        if until is not None:
            return {"decision": least.extend(lesson_id, until, by=by, now=now).id}
        return {"decision": least.hold(lesson_id, by=by, now=now).id}

    with transaction():
        once(form.operation.data or "", {"decide": lesson_id, "until": until}, act, by=by, now=now)
    flash(_("Booking stays open for longer.") if longer else _("Noted: the lesson is held."))
