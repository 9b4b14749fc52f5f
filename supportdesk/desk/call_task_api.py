"""Call tasks, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from ..core import chance
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Nothing, page_of
from ..core.api.writing import Answer, write
from ..core.edits import at_field
from ..core.errors import Refusal
from ..core.japan import phone
from ..core.japan.text import clean_text
from . import call_task_queries as queries
from . import call_tasks as actions
from .call_task_models import CallTask
from .call_task_schemas import (
    CallTaskOutcomeSchema,
    CallTasksAskedSchema,
    CallTaskSchema,
    NewCallTaskSchema,
    NotedCallTaskSchema,
)

call_tasks = ApiBlueprint("call-tasks", "Call tasks: calls that somebody on duty makes, beside those for bookings")

TASK, NOTED = CallTaskSchema(), NotedCallTaskSchema()
OFFICE = (Role.STAFF, Role.COORDINATOR, Role.MANAGER)
ONE = "/call-tasks/<int(max=2147483647):task_id>"


@call_tasks.route("/call-tasks", methods=["GET"])
@open_to(Role.STAFF, scope="read:call-tasks")
@call_tasks.arguments(CallTasksAskedSchema(), location="query")
@call_tasks.response(200, page_of(CallTaskSchema))
def list_call_tasks(asked: dict[str, Any]) -> dict[str, Any]:
    """The calls to be made, the nearest deadline first; or those that are done."""
    found = queries.chosen(ended=asked["ended"])
    return page(found, (CallTask.due_at, CallTask.id), limit=asked["limit"], cursor=asked.get("cursor"))


@call_tasks.route(ONE, methods=["GET"])
@open_to(Role.STAFF, scope="read:call-tasks")
@call_tasks.response(200, TASK)
def one_call_task(task_id: int) -> CallTask:
    """One call, with number and note."""
    return queries.get(task_id)


@call_tasks.route("/call-tasks", methods=["POST"])
@open_to(Role.STAFF, scope="write:call-tasks")
@call_tasks.arguments(NewCallTaskSchema())
@call_tasks.response(201, TASK)
@call_tasks.alt_response(200, schema=TASK, description="It was written down already; nothing was done.")
def add_call_task(sent: dict[str, Any]) -> Response:
    """Write down that somebody is to be rung. The same external_id with the same contents is answered with the task
    that is there, and with other contents refused."""
    external_id = sent.pop("external_id", None)
    with at_field("number"):
        number = phone.parse(sent["number"]).e164 if sent["number"].strip() else ""

    def act(by: Actor, now: datetime) -> Answer:
        known = queries.by_key(external_id)
        if known is not None:
            _check_same(known, sent, number)
            return TASK.dump(known), 200
        try:
            made = actions.write_down(
                resident_id=sent["resident_id"], number=number, note=sent["note"], due_at=sent["due_at"],
                key=external_id or chance.operation_key(), by=by, now=now,
            )  # fmt: skip
        except Refusal as refusal:
            # Day and hour are two fields of the page, and one of ours.
            refusal.field = "due_at" if refusal.field in ("due_day", "due_time") else refusal.field
            raise
        return TASK.dump(made), 201

    return write(act)


@call_tasks.route(f"{ONE}/outcome", methods=["POST"])
@open_to(*OFFICE, scope="write:call-tasks")
@call_tasks.arguments(CallTaskOutcomeSchema())
@call_tasks.response(200, NOTED)
def note_call_task(sent: dict[str, Any], task_id: int) -> Response:
    """Note how the call ended."""

    def act(by: Actor, now: datetime) -> Answer:
        return NOTED.dump(actions.note_outcome(task_id, **sent, by=by, now=now)), 200

    return write(act)


@call_tasks.route(f"{ONE}/take-back", methods=["POST"])
@open_to(*OFFICE, scope="write:call-tasks")
@call_tasks.arguments(Nothing())
@call_tasks.response(200, NOTED)
def take_back_call_task(_sent: dict[str, Any], task_id: int) -> Response:
    """Undo the caller's own last note on a task, within some minutes."""

    def act(by: Actor, now: datetime) -> Answer:
        return NOTED.dump(actions.take_back(task_id, by=by, now=now)), 200

    return write(act)


def _check_same(known: CallTask, sent: dict[str, Any], number: str) -> None:
    same = known.resident_id == sent["resident_id"] and known.due_at == sent["due_at"]
    if not same or known.note != clean_text(sent["note"]) or (number and number != known.number):
        raise Refusal(
            "A call task with this external_id was written down already, and it says something else.",
            code="received-otherwise",
            id=known.id,
        )
