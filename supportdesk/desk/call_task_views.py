"""Pages about call tasks: write one down, look at one, note how the call ended. The list of those that wait is 要対応
(front). Their notes are what somebody said, so staff alone read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, history
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import NotFound, Refusal
from ..core.operations import once
from ..core.paging import page_of
from ..lessons.booking_forms import row_id
from ..office import queries as office_queries
from ..office import settings as office_settings
from ..office.rules import CALL, next_opening
from ..people import queries as residents
from ..people.models import Resident
from . import call_task_queries as queries
from . import call_task_words as words
from . import call_tasks as actions
from .call_task_forms import CallTaskForm, CallTaskOutcomeForm
from .call_task_models import CallTask
from .call_task_rules import CallTaskOutcome

blueprint = Blueprint("call_tasks", __name__)

Answer = str | Response | tuple[str, int]
# A call that is written down is asked for within so long; whoever writes it may say another hour.
SOON = timedelta(hours=2)


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"call_task_end_words": words.CALL_TASK_END}


@blueprint.get("/call-tasks")
@open_to(Role.STAFF)
def index() -> str:
    """Calls that are done, the newest first; those that wait stand in 要対応."""
    done = queries.chosen(ended=True).order_by(CallTask.ended_at.desc(), CallTask.id.desc())
    return render_template("desk/call_tasks.html", page=page_of(done))


@blueprint.route("/call-tasks/new", methods=["GET", "POST"])
@open_to(Role.STAFF)
def new() -> Answer:
    """電話連絡を追加: somebody is to be rung, by anybody on duty."""
    resident, actor, now = _resident(), current_actor(), clock.now()
    form = CallTaskForm(**_soon(now))
    if form.validate_on_submit():

        def act() -> dict[str, Any]:
            task = actions.write_down(
                resident_id=resident.id if resident else None, number=form.e164(), note=form.note.data or "",
                due_at=form.due_at(), key=form.operation.data or "", by=actor, now=now,
            )  # fmt: skip
            return {"id": task.id}

        try:
            body = [resident.id if resident else None, form.number.data, form.note.data, form.due_day.data]
            with transaction():
                once(form.operation.data, [*body, form.due_time.data], act, by=actor, now=now)
            flash(_("Written down. It stands under Needs a person."))
            return redirect(url_for("front.action_items"), 303)
        except Refusal as refusal:
            form.refuse(refusal)
            resident = _resident()
    page = render_template("desk/call_task_new.html", form=form, resident=resident)
    return page, 422 if form.errors or form.form_errors else 200


@blueprint.route("/call-tasks/<int(max=2147483647):task_id>", methods=["GET", "POST"])
@open_to(Role.STAFF)
def show(task_id: int) -> Answer:
    """One call: what about, what was tried, and how it ended."""
    task, actor, now = queries.get(task_id), current_actor(), clock.now()
    form = CallTaskOutcomeForm(tries=task.tries)
    if form.validate_on_submit():
        outcome = CallTaskOutcome(form.outcome.data)

        def act() -> dict[str, Any]:
            actions.note_outcome(task_id, outcome, form.note.data or "", tries=form.tries.data, by=actor, now=now)
            return {"id": task_id}

        try:
            with transaction():
                once(form.operation.data, [task_id, outcome, form.note.data], act, by=actor, now=now)
            flash(_("Noted: %(outcome)s.", outcome=words.CALL_TASK_OUTCOME[outcome]))
            return redirect(url_for(".show", task_id=task_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
            task = queries.get(task_id)
    page = render_template("desk/call_task.html", task=task, form=form, events=history.of(actions.about(task_id)))
    return page, 422 if form.errors or form.form_errors else 200


def _resident() -> Resident | None:
    """Whom the address names. Raises NotFound for somebody who is not there."""
    if "resident" not in request.args:
        return None
    try:
        return residents.get(row_id(request.args["resident"]))
    except ValueError:
        raise NotFound("There is no such resident.") from None


def _soon(now: datetime) -> dict[str, str]:
    """A deadline to begin with, in the hours in which people are rung."""
    closed = office_queries.all_closed_days()
    due = clock.local(next_opening(office_settings.current(), CALL, now + SOON, closed))
    return {"due_day": f"{due:%Y-%m-%d}", "due_time": f"{due:%H:%M}"}
