"""Reports of impostors: taken at the desk, weighed together, and seen by a manager."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Actor, Role, current_actor, open_to
from ..core.db import transaction
from ..core.edits import at_field
from ..core.errors import Refusal
from ..core.japan import calendar
from ..core.operations import once
from ..core.paging import page_of
from . import impostor_queries, impostors
from .impostor_forms import ReportForm, SeenForm
from .impostor_rules import ALARM_FROM, Story
from .impostor_words import STORY

blueprint = Blueprint("impostors", __name__)

DESK = (Role.STAFF, Role.COORDINATOR, Role.MANAGER)


@blueprint.get("/impostors")
@open_to(*DESK)
def index() -> str:
    """All reports, the newest first; above them what is alike, and what may be done about it."""
    return _page(ReportForm(formdata=None))


@blueprint.post("/impostors")
@open_to(*DESK)
def add() -> Response | tuple[str, int]:
    """Take a report."""
    form, actor, now = ReportForm(), current_actor(), clock.now()
    if not form.validate():
        return _page(form), 422
    try:
        with transaction():
            once(form.operation.data, form.typed, lambda: _take(form, actor, now), by=actor, now=now)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(form), 422
    flash(_("The report is taken. Ask them to hang up on such calls, and to ring the number that we publish."))
    return redirect(url_for(".index"), 303)


def _take(form: ReportForm, actor: Actor, now: datetime) -> dict[str, Any]:
    made = impostors.take_report(
        Story(form.story.data),
        form.text.data,
        number=form.number.data,
        happened_at=_when(form, now),
        gave=form.gave.data,
        by=actor,
        now=now,
        resident_id=form.resident_id,
    )
    return {"report": made.id}


def _when(form: ReportForm, now: datetime) -> datetime | None:
    """When it happened, as it was typed. A day alone is its noon, today alone just now."""
    if not form.day.data.strip():
        return None
    with at_field("day"):
        day = calendar.parse_day(form.day.data)
    if not form.hour.data.strip():
        return None if day == clock.local_date(now) else clock.at(day, time(12))
    with at_field("hour"):
        return clock.at(day, calendar.parse_time(form.hour.data))


@blueprint.post("/impostors/seen")
@open_to(Role.MANAGER)
def seen() -> Response:
    """A manager has seen what is alike; the alarm about it ends."""
    form = SeenForm()
    named = (form.reports.data or "").split(",")
    ids = [int(each) for each in named if each.isascii() and each.isdigit() and len(each) < 10]
    with transaction():
        impostors.note_seen(ids, by=current_actor(), now=clock.now())
    flash(_("Noted that you have seen it."))
    return redirect(url_for(".index"), 303)


@blueprint.get("/impostors/notices")
@open_to(*DESK)
def notices() -> str:
    """Ready texts for the loudspeakers, the newsletter, the police and the consumer centre; also to print."""
    now = clock.now()
    lately = impostor_queries.of_last_days(now)
    return render_template(
        "desk/impostors/notices.html", reports=lately, counts=impostor_queries.counts(lately), now=now,
        story_words=STORY,
    )  # fmt: skip


def _page(form: ReportForm) -> str:
    now = clock.now()
    return render_template(
        "desk/impostors/index.html",
        form=form,
        page=page_of(impostor_queries.listed()),
        alarms=impostor_queries.alarms(now),
        seen_form=SeenForm(formdata=None),
        story_words=STORY,
        alarm_from=ALARM_FROM,
        typed=request.method == "POST",
        now=now,
    )
