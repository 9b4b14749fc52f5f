"""What waits for a person, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, current_app

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint, keyless
from ..core.api.cursors import page, page_of_reckoned
from ..core.api.schemas import Asked, Nothing, page_of
from ..core.api.writing import Answer, write
from ..core.errors import Refusal
from ..lessons import least_queries
from ..lessons.least_queries import ToDecide
from ..lessons.models import Booking, Lesson
from ..messages import looking_again, switchboard
from ..messages.models import Message
from ..reminders import actions, sending_again
from ..reminders.rules import MINUTES_FOR_A_PERSON
from ..reminders.schemas import NotedContactSchema, NotedDutyContactSchema
from . import worklist, worklist_over
from . import worklist_queries as queries
from .schemas import DutyOutcomeSchema
from .worklist_models import WorkClosed
from .worklist_queries import Line
from .worklist_rules import CallOutcome
from .worklist_schemas import (
    ActionItemSchema,
    CancelByCallSchema,
    ClosedItemSchema,
    CloseSchema,
    CountSchema,
    KeySchema,
    LookedSchema,
    OutcomeSchema,
    OverItemSchema,
    SendAgainSchema,
    TakenBackSchema,
    UnknownMessageSchema,
)

action_items = ApiBlueprint("action-items", "Action items: all that waits for a person, with reason and deadline")

CONTACT = NotedContactSchema()
DUTY_CONTACT = NotedDutyContactSchema()
OFFICE = (Role.STAFF, Role.COORDINATOR, Role.MANAGER)
ONE_BOOKING = "/action-items/<int(max=2147483647):booking_id>"


@dataclass(frozen=True)
class Decision:
    """What is to be decided about a lesson, as an item of the list."""

    what: ToDecide
    key: str = ""
    kind: str = "decision"
    minutes: int = MINUTES_FOR_A_PERSON
    item: None = None
    task: None = None
    taken: None = None

    @property
    def deadline(self) -> datetime:
        return self.what.deadline

    @property
    def place(self) -> tuple[datetime, str, int, int]:
        """Where it stands in the list, as Line.place."""
        return self.deadline, self.what.question.value, self.what.lesson.id, 0


@action_items.route("/action-items", methods=["GET"])
@open_to(*OFFICE, scope="read:action-items")
@action_items.arguments(Asked(), location="query")
@action_items.response(200, page_of(ActionItemSchema))
def list_action_items(asked: dict[str, Any]) -> dict[str, Any]:
    """All that waits for a person, the nearest deadline first: whom to tell about a lesson, a seat that is offered, a
    draw or a duty, whom to call for another reason, and what is to be decided about lessons."""
    now = clock.now()
    items: list[Line | Decision] = [*queries.lines(now), *map(Decision, least_queries.to_decide(now))]
    return page_of_reckoned(
        sorted(items, key=lambda item: item.place),
        lambda item: item.place,
        (Lesson.starts_at, Message.matter, Booking.id, Booking.id),
        limit=asked["limit"],
        cursor=asked.get("cursor"),
    )


@action_items.route(f"{ONE_BOOKING}/outcome", methods=["POST"])
@open_to(*OFFICE, scope="write:action-items")
@action_items.arguments(OutcomeSchema())
@action_items.response(201, CONTACT)
def note_outcome(sent: dict[str, Any], booking_id: int) -> Response:
    """Note how a person's contact ended, and what follows from it."""
    outcome = CallOutcome(sent.pop("outcome"))

    def act(by: Actor, now: datetime) -> Answer:
        return CONTACT.dump(worklist.note_outcome(booking_id, outcome, **sent, by=by, now=now)), 201

    return write(act)


@action_items.route(f"{ONE_BOOKING}/cancel", methods=["POST"])
@open_to(Role.STAFF, scope="write:action-items")
@action_items.arguments(CancelByCallSchema())
@action_items.response(201, CONTACT)
def cancel_by_call(sent: dict[str, Any], booking_id: int) -> Response:
    """They said on the telephone that they do not come: the booking is cancelled, and the contact noted."""

    def act(by: Actor, now: datetime) -> Answer:
        return CONTACT.dump(worklist.note_that_they_cancel(booking_id, **sent, by=by, now=now)), 201

    return write(act)


@action_items.route("/action-items/contacts/<int(max=2147483647):contact_id>/take-back", methods=["POST"])
@open_to(*OFFICE, scope="write:action-items")
@action_items.arguments(Nothing())
@action_items.response(200, TakenBackSchema())
def take_back(_sent: dict[str, Any], contact_id: int) -> Response:
    """Undo the caller's own note of a contact, within some minutes."""

    def act(by: Actor, now: datetime) -> Answer:
        return {"booking_id": worklist.take_back(contact_id, by=by, now=now)}, 200

    return write(act)


@action_items.route("/action-items/take", methods=["POST"])
@open_to(*OFFICE, scope="write:action-items")
@action_items.arguments(KeySchema())
@action_items.response(200, KeySchema())
def take(sent: dict[str, Any]) -> Response:
    """"I take this": others see it for a quarter of an hour."""

    def act(by: Actor, now: datetime) -> Answer:
        worklist.take(sent["key"], by=by, now=now)
        return sent, 200

    return write(act)


@action_items.route("/action-items/let-go", methods=["POST"])
@open_to(*OFFICE, scope="write:action-items")
@action_items.arguments(KeySchema())
@action_items.response(200, KeySchema())
def let_go(sent: dict[str, Any]) -> Response:
    """Give back what the caller has taken."""

    def act(by: Actor, now: datetime) -> Answer:
        worklist.let_go(sent["key"], by=by, now=now)
        return sent, 200

    return write(act)


@action_items.route("/action-items/printed", methods=["POST"])
@open_to(*OFFICE, scope="write:action-items")
@action_items.arguments(CountSchema())
@action_items.response(200, CountSchema())
def note_the_printing(sent: dict[str, Any]) -> Response:
    """Note that a list of so many items was put on paper."""

    def act(by: Actor, now: datetime) -> Answer:
        worklist.note_the_printing(sent["count"], by=by, now=now)
        return sent, 200

    return write(act)


@action_items.route("/action-items/over", methods=["GET"])
@open_to(*OFFICE, scope="read:action-items")
@action_items.arguments(Asked(), location="query")
@action_items.response(200, page_of(OverItemSchema))
def list_over(asked: dict[str, Any]) -> dict[str, Any]:
    """Whom nobody had told when the lesson began, and that nobody has closed; the oldest first."""
    return page_of_reckoned(
        worklist_over.over(clock.now()),
        lambda one: (one.starts_at, one.key),
        (WorkClosed.starts_at, WorkClosed.key),
        limit=asked["limit"],
        cursor=asked.get("cursor"),
    )


@action_items.route("/action-items/over/close", methods=["POST"])
@open_to(*OFFICE, scope="write:action-items")
@action_items.arguments(CloseSchema())
@action_items.response(200, CountSchema())
def close_over(sent: dict[str, Any]) -> Response:
    """Close what is over, with a reason; gives how many were closed by this."""

    def act(by: Actor, now: datetime) -> Answer:
        found = worklist_over.named(worklist_over.over(now), sent["keys"])
        return {"count": worklist.close(found, sent["reason"], by=by, now=now)}, 200

    return write(act)


@action_items.route("/action-items/closed", methods=["GET"])
@open_to(*OFFICE, scope="read:action-items")
@action_items.arguments(Asked(), location="query")
@action_items.response(200, page_of(ClosedItemSchema))
def list_closed(asked: dict[str, Any]) -> dict[str, Any]:
    """What was closed, by whom and why, the newest first."""
    return page(
        worklist_over.closings(), (WorkClosed.at, WorkClosed.id), limit=asked["limit"], cursor=asked.get("cursor"),
        newest_first=True,
    )  # fmt: skip


@action_items.route("/action-items/unknown", methods=["GET"])
@open_to(*OFFICE, scope="read:action-items")
@action_items.arguments(Asked(), location="query")
@action_items.response(200, page_of(UnknownMessageSchema))
def list_unknown(asked: dict[str, Any]) -> dict[str, Any]:
    """Messages still of use of which nobody knows whether they left."""
    return page_of_reckoned(
        sending_again.unknown(clock.now()),
        lambda message: (message.due_at, message.id),
        (Message.due_at, Message.id),
        limit=asked["limit"],
        cursor=asked.get("cursor"),
    )


@action_items.route("/action-items/unknown/look", methods=["POST"])
@open_to(*OFFICE, scope="write:action-items")
@keyless
@action_items.response(200, LookedSchema())
def look_for_unknown() -> looking_again.Looked:
    """Read the provider's list for the next block of them."""
    desk = current_app.extensions[switchboard.EXTENSION]
    if desk is None:
        raise Refusal("No telephone company is connected, so there is no list to read.", code="no-provider")
    return looking_again.look_again([message.id for message in sending_again.unknown(clock.now())], desk)


@action_items.route("/action-items/unknown/send-again", methods=["POST"])
@open_to(*OFFICE, scope="write:action-items")
@action_items.arguments(SendAgainSchema())
@action_items.response(200, CountSchema())
def send_again(sent: dict[str, Any]) -> Response:
    """Send once more what the provider's list does not name; the first may have left all the same."""

    def act(by: Actor, now: datetime) -> Answer:
        return {"count": sending_again.send_again(set(sent["message_ids"]), by=by, now=now)}, 200

    return write(act)


@action_items.route(
    "/action-items/duties/<int(max=2147483647):lesson_id>/<int(max=2147483647):supporter_id>/outcome", methods=["POST"]
)
@open_to(*OFFICE, scope="write:action-items")
@action_items.arguments(DutyOutcomeSchema())
@action_items.response(201, DUTY_CONTACT)
def note_duty_outcome(sent: dict[str, Any], lesson_id: int, supporter_id: int) -> Response:
    """Note how a person's contact with a supporter about a duty ended."""

    def act(by: Actor, now: datetime) -> Answer:
        noted = actions.note_duty_contact(lesson_id, supporter_id, **sent, by=by, now=now)
        return DUTY_CONTACT.dump(noted), 201

    return write(act)
