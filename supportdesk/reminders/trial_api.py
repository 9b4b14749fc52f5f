"""What the noun `residents` has of this room: 連絡テスト, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Response

from ..core.access import Actor, Role, open_to
from ..core.api.cursors import page
from ..core.api.schemas import page_of
from ..core.api.writing import Answer, write
from ..core.edits import at_field
from ..core.errors import NotFound
from ..core.japan import phone
from ..messages.models import Message
from ..messages.rules import last_digits
from ..people import queries as people
from ..people.api import ONE, residents
from . import trial_actions, trial_queries
from .models import Trial
from .trial_rules import TrialOutcome, TrialStep
from .trial_schemas import NoteTrialSchema, StartTrialSchema, TrialsAskedSchema, TrialSchema

TRIAL = TrialSchema()
OF_RESIDENT = f"{ONE}/trials"


@residents.route(OF_RESIDENT, methods=["GET"])
@open_to(Role.STAFF, scope="read:residents")
@residents.arguments(TrialsAskedSchema(), location="query")
@residents.response(200, page_of(TrialSchema))
def list_trials(asked: dict[str, Any], resident_id: int) -> dict[str, Any]:
    """The tests of a person's telephones, the newest first."""
    people.get(resident_id)
    found = trial_queries.of_resident(resident_id)
    answer = page(found, (Trial.id,), limit=asked["limit"], cursor=asked.get("cursor"), newest_first=True)
    return answer | {"items": _shown(answer["items"])}


@residents.route(OF_RESIDENT, methods=["POST"])
@open_to(Role.STAFF, scope="write:residents")
@residents.arguments(StartTrialSchema())
@residents.response(201, TRIAL)
def start_trial(sent: dict[str, Any], resident_id: int) -> Response:
    """Send a test to one of a person's numbers now, while they sit beside somebody of the office."""

    def act(by: Actor, now: datetime) -> Answer:
        with at_field("number"):
            number = phone.parse(sent["number"]).e164
        line = next((row for row in people.get(resident_id).telephones if row.number == number), None)
        if line is None:
            raise NotFound("This number does not stand in the record any more.")
        ways = [TrialStep(way) for way in sent["ways"]]
        return TRIAL.dump(_shown([trial_actions.start_trial(line.id, ways, by=by, now=now)])[0]), 201

    return write(act)


@residents.route(f"{OF_RESIDENT}/<int(max=2147483647):trial_id>/outcome", methods=["POST"])
@open_to(Role.STAFF, scope="write:residents")
@residents.arguments(NoteTrialSchema())
@residents.response(200, TRIAL)
def note_trial(sent: dict[str, Any], resident_id: int, trial_id: int) -> Response:
    """Note what the person saw. Only `registered` makes the number a tried one."""

    def act(by: Actor, now: datetime) -> Answer:
        if people.telephone(trial_queries.get(trial_id).telephone_id).resident_id != resident_id:
            raise NotFound("There is no such test.")
        outcome = TrialOutcome(sent["outcome"])
        return TRIAL.dump(_shown([trial_actions.note_trial(trial_id, outcome, by=by, now=now)])[0]), 200

    return write(act)


def _shown(trials: Sequence[Trial]) -> list[Mapping[str, Any]]:
    messages = trial_queries.messages_of(trials)
    return [_one(trial, messages[trial.id]) for trial in trials]


def _one(trial: Trial, messages: Sequence[Message]) -> Mapping[str, Any]:
    named = {column.key: getattr(trial, column.key) for column in Trial.__table__.columns}
    return named | {
        "number_ends_in": last_digits(messages[0].number) if messages else "",
        "messages": messages,
    }
