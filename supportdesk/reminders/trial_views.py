"""連絡テスト: the page on which a telephone is tried with its owner."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import NotFound, Refusal
from ..core.japan import phone
from ..core.operations import once
from ..messages import cap_rules, switchboard
from ..messages.rules import MessageStatus
from ..people import queries as people
from ..people.models import Telephone
from . import trial_actions, trial_queries, trial_words
from .trial_forms import NoteTrialForm, StartTrialForm
from .trial_rules import TrialStep

blueprint = Blueprint("trials", __name__)

TELEPHONE = (
    "/residents/<int(max=2147483647):resident_id>/telephones/<int(max=2147483647):telephone_id>/trial"
)
_UNDER_WAY = {MessageStatus.PLANNED, MessageStatus.CLAIMED, MessageStatus.ACCEPTED, MessageStatus.SENT}


@blueprint.get(TELEPHONE)
@open_to(Role.STAFF)
def telephone(resident_id: int, telephone_id: int) -> str:
    """One telephone: the test that is on, or one to begin, and how those before ended."""
    return _page(_telephone(resident_id, telephone_id))


@blueprint.get(f"{TELEPHONE}/progress")
@open_to(Role.STAFF)
def progress(resident_id: int, telephone_id: int) -> str:
    """How far the test is: the part of the page that changes by itself."""
    return render_template("reminders/_trial_progress.html", **_facts(_telephone(resident_id, telephone_id)))


@blueprint.post(TELEPHONE)
@open_to(Role.STAFF)
def start(resident_id: int, telephone_id: int) -> Response | tuple[str, int]:
    """Send the test now."""
    line, form, by, now = _telephone(resident_id, telephone_id), StartTrialForm(), current_actor(), clock.now()
    try:
        if not form.validate():
            return _page(line, start=form), 422
        ways = [TrialStep(way) for way in form.ways.data or ()]
        with transaction():
            once(
                form.operation.data,
                [telephone_id, ways],
                lambda: {"trial": trial_actions.start_trial(telephone_id, ways, by=by, now=now).id},
                by=by,
                now=now,
            )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(_telephone(resident_id, telephone_id), start=form), 422
    flash(_("The test is being sent. It arrives in about half a minute."))
    return _back(resident_id, telephone_id)


@blueprint.post(f"{TELEPHONE}/outcome")
@open_to(Role.STAFF)
def note(resident_id: int, telephone_id: int) -> Response | tuple[str, int]:
    """Note what they saw."""
    line, form = _telephone(resident_id, telephone_id), NoteTrialForm()
    trial_id = request.args.get("trial", 0, type=int)
    if trial_id not in {trial.id for trial in trial_queries.trials_of(telephone_id)}:
        raise NotFound("There is no such test.")
    try:
        if not form.validate():
            return _page(line, note=form), 422
        with transaction():
            trial_actions.note_trial(trial_id, form.outcome.data, by=current_actor(), now=clock.now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(_telephone(resident_id, telephone_id), note=form), 422
    flash(_("Noted: %(outcome)s.", outcome=trial_words.TRIAL_OUTCOME[form.outcome.data]))
    return _back(resident_id, telephone_id)


def _telephone(resident_id: int, telephone_id: int) -> Telephone:
    line = people.telephone(telephone_id)
    if line.resident_id != resident_id:
        raise NotFound("This number does not stand in the record any more.")
    return line


def _page(line: Telephone, **typed: Any) -> str:
    forms = {"start": StartTrialForm(formdata=None), "note": NoteTrialForm(formdata=None)} | typed
    if "start" not in typed:
        forms["start"].ways.data = [_usual(line)]
    return render_template("reminders/trial.html", forms=forms, **_facts(line))


def _facts(line: Telephone) -> dict[str, Any]:
    trials = trial_queries.trials_of(line.id)
    on = next((trial for trial in trials if trial.outcome is None), None)
    messages = trial_queries.messages_of([on])[on.id] if on else []
    return {
        "line": line,
        "person": line.resident,
        "trials": trials,
        "on": on,
        "messages": messages,
        "under_way": any(message.status in _UNDER_WAY for message in messages),
        "senders": switchboard.senders(current_app.config["SUPPORTDESK"]),
        "caps": set(cap_rules.Cap),
        "outcomes": trial_words.TRIAL_OUTCOME,
        "ways": trial_words.TRIAL_STEP,
    }


def _usual(line: Telephone) -> TrialStep:
    return TrialStep.TEXT if phone.may_be_called(line.number) is phone.PhoneKind.MOBILE else TrialStep.CALL


def _back(resident_id: int, telephone_id: int) -> Response:
    return redirect(url_for("trials.telephone", resident_id=resident_id, telephone_id=telephone_id), 303)
