"""What waits for a person, for programs: what the page does, by the same action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page_of_reckoned
from ..core.api.schemas import Asked, page_of
from ..core.api.writing import Answer, write
from ..lessons import least_queries
from ..lessons.least_queries import ToDecide
from ..lessons.least_rules import Question
from ..lessons.models import Booking, Lesson
from ..messages.models import Message
from ..reminders import actions, queries
from ..reminders.rules import MINUTES_FOR_A_PERSON
from ..reminders.schemas import NotedContactSchema, NotedDutyContactSchema
from .schemas import ActionItemSchema, DutyOutcomeSchema, OutcomeSchema

action_items = ApiBlueprint("action-items", "Action items: all that waits for a person, with reason and deadline")

CONTACT = NotedContactSchema()
DUTY_CONTACT = NotedDutyContactSchema()
OFFICE = (Role.STAFF, Role.COORDINATOR, Role.MANAGER)


@dataclass(frozen=True)
class Decision:
    """What is to be decided about a lesson, as an item of the list."""

    what: ToDecide
    booking_id: None = None
    offer_id: None = None
    entry_id: None = None
    won: None = None
    resident_id: None = None
    supporter_id: None = None
    way: None = None
    number: str = ""
    attempts: int = 0
    minutes: int = MINUTES_FOR_A_PERSON
    family: tuple[()] = ()
    card_in_time: bool = False

    @property
    def lesson_id(self) -> int:
        return self.what.lesson.id

    @property
    def starts_at(self) -> datetime:
        return self.what.lesson.starts_at

    @property
    def why(self) -> Question:
        return self.what.question

    @property
    def deadline(self) -> datetime:
        return self.what.deadline

    @property
    def persons(self) -> int:
        return self.what.asked_for

    @property
    def place(self) -> tuple[datetime, str, int, int]:
        """Where it stands in the list, as Item.place."""
        return self.deadline, self.why.value, self.lesson_id, 0


@action_items.route("/action-items", methods=["GET"])
@open_to(*OFFICE, scope="read:action-items")
@action_items.arguments(Asked(), location="query")
@action_items.response(200, page_of(ActionItemSchema))
def list_action_items(asked: dict[str, Any]) -> dict[str, Any]:
    """Whom a person must tell about a lesson, a seat that is offered, a draw or a duty, and what is to be decided about
    lessons, the nearest deadline first."""
    now = clock.now()
    items: list[queries.Item | Decision] = [*queries.needs_person(now), *map(Decision, least_queries.to_decide(now))]
    return page_of_reckoned(
        sorted(items, key=lambda item: item.place),
        lambda item: item.place,
        (Lesson.starts_at, Message.matter, Booking.id, Booking.id),
        limit=asked["limit"],
        cursor=asked.get("cursor"),
    )


@action_items.route("/action-items/<int(max=2147483647):booking_id>/outcome", methods=["POST"])
@open_to(*OFFICE, scope="write:action-items")
@action_items.arguments(OutcomeSchema())
@action_items.response(201, CONTACT)
def note_outcome(sent: dict[str, Any], booking_id: int) -> Response:
    """Note how a person's contact ended."""

    def act(by: Actor, now: datetime) -> Answer:
        return CONTACT.dump(actions.note_contact(booking_id, **sent, by=by, now=now)), 201

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
