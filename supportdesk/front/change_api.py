"""Changes that reach people, for programs: the acts of their pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page, page_of_reckoned
from ..core.api.schemas import Asked, Nothing, page_of
from ..core.api.writing import Answer, write
from ..lessons import cancelling, change_queries, waiting
from ..lessons import change_rules as rules
from ..lessons.change_models import Change
from ..lessons.models import Booking, Lesson
from ..lessons.waiting_schemas import KeptWaitingSchema
from ..reminders import change_actions as actions
from ..reminders import change_queries as queries
from ..reminders.change_preview_queries import Preview
from ..reminders.change_queries import Person
from . import change_pages
from .change_schemas import (
    AfterAllSchema,
    BeforeCancellingSchema,
    CancelTogetherSchema,
    ChangeMadeSchema,
    ChangePersonSchema,
    ChangePreviewSchema,
    ChangeSchema,
    FewerSeatsSchema,
    LastBookedSchema,
    LessonsTogetherSchema,
    ReleaseChangeSchema,
    SettleTransportSchema,
    TransportSettledSchema,
    WithInsteadSchema,
)

changes = ApiBlueprint("changes", "Cancelled and moved lessons: who is told, who released it, who was not reached")

ONE_CHANGE = "/changes/<int(max=2147483647):change_id>"
OFFICE = (Role.STAFF, Role.COORDINATOR, Role.MANAGER)
CHANGE, MADE, SETTLED, WAITING = ChangeSchema(), ChangeMadeSchema(), TransportSettledSchema(), KeptWaitingSchema()


@changes.route("/changes", methods=["GET"])
@open_to(*OFFICE, scope="read:changes")
@changes.arguments(Asked(), location="query")
@changes.response(200, page_of(ChangeSchema))
def list_changes(asked: dict[str, Any]) -> dict[str, Any]:
    """All changes, the newest first."""
    return page(
        change_queries.changes(), (Change.id,), limit=asked["limit"], cursor=asked.get("cursor"), newest_first=True
    )


@changes.route("/changes/preview", methods=["POST"])
@open_to(*OFFICE, scope="read:changes")
@changes.arguments(LessonsTogetherSchema())
@changes.response(200, BeforeCancellingSchema())
def before_cancelling(sent: dict[str, Any]) -> dict[str, Any]:
    """What would happen if these lessons were cancelled, and what may be named instead. Changes nothing."""
    rules.check_together(sent["lesson_ids"])
    lessons = change_queries.lessons_to_cancel(sent["lesson_ids"])
    found = change_pages.before(lessons, _by_lesson(sent["alternatives"]), clock.now())
    return {
        "preview": found.preview,
        "offers": [{"lesson_id": key, "alternatives": offered} for key, offered in found.offers.items()],
    }


@changes.route("/changes", methods=["POST"])
@open_to(*OFFICE, scope="write:changes")
@changes.arguments(CancelTogetherSchema())
@changes.response(201, MADE)
def cancel_together(sent: dict[str, Any]) -> Response:
    """Cancel one lesson or several as one change. Nobody is told before it is released."""

    def act(by: Actor, now: datetime) -> Answer:
        change = actions.cancel_together(
            sent["lesson_ids"], sent["reason"], _by_lesson(sent["alternatives"]), by=by, now=now
        )
        return MADE.dump({"change": change}), 201

    return write(act)


@changes.route(ONE_CHANGE, methods=["GET"])
@open_to(*OFFICE, scope="read:changes")
@changes.response(200, CHANGE)
def one_change(change_id: int) -> Change:
    return change_queries.change(change_id)


@changes.route(f"{ONE_CHANGE}/preview", methods=["GET"])
@open_to(*OFFICE, scope="read:changes")
@changes.response(200, ChangePreviewSchema())
def before_release(change_id: int) -> Preview:
    """What a release would do now, with the lessons that are kept to be named instead."""
    return actions.preview_of(change_queries.change(change_id), None, clock.now())[0]


@changes.route(f"{ONE_CHANGE}/alternatives", methods=["POST"])
@open_to(*OFFICE, scope="write:changes")
@changes.arguments(WithInsteadSchema())
@changes.response(200, CHANGE)
def name_alternatives(sent: dict[str, Any], change_id: int) -> Response:
    """Keep which lessons are to be named instead, until it is released."""
    chosen = _by_lesson(sent["alternatives"])
    return write(
        lambda by, now: (CHANGE.dump(actions.name_alternatives(change_id, chosen, by=by, now=now)), 200)
    )


@changes.route(f"{ONE_CHANGE}/release", methods=["POST"])
@open_to(Role.MANAGER, scope="write:changes")
@changes.arguments(ReleaseChangeSchema())
@changes.response(200, CHANGE)
def release(sent: dict[str, Any], change_id: int) -> Response:
    """Let those concerned be told, in the name of the token. 409 `look-again` when it is not what was `seen`."""
    chosen = _by_lesson(sent["alternatives"]) if "alternatives" in sent else None

    def act(by: Actor, now: datetime) -> Answer:
        actions.release(change_id, chosen, seen=sent["seen"], by=by, now=now)
        return CHANGE.dump(change_queries.change(change_id)), 200

    return write(act)


@changes.route(f"{ONE_CHANGE}/after-all", methods=["POST"])
@open_to(*OFFICE, scope="write:changes")
@changes.arguments(AfterAllSchema())
@changes.response(201, MADE)
def after_all(sent: dict[str, Any], change_id: int) -> Response:
    """Cancelled lessons of this change are held after all. Gives the change by which those are told who may have heard
    otherwise."""

    def act(by: Actor, now: datetime) -> Answer:
        rules.check_of_change(sent["lesson_ids"], actions.parts_of(change_queries.change(change_id)))
        change = cancelling.take_place_after_all(sent["lesson_ids"], sent["override_reason"], by=by, now=now)
        return MADE.dump({"change": change}), 201

    return write(act)


@changes.route(f"{ONE_CHANGE}/people", methods=["GET"])
@open_to(*OFFICE, scope="read:changes")
@changes.arguments(Asked(), location="query")
@changes.response(200, page_of(ChangePersonSchema))
def people_of_change(asked: dict[str, Any], change_id: int) -> dict[str, Any]:
    """All whom a change concerns and how far they have come to know, by how soon it matters."""
    return _people(change_pages.people_of(change_queries.change(change_id), clock.now()), asked)


@changes.route("/changes/not-reached", methods=["GET"])
@open_to(*OFFICE, scope="read:changes")
@changes.arguments(Asked(), location="query")
@changes.response(200, page_of(ChangePersonSchema))
def not_reached(asked: dict[str, Any]) -> dict[str, Any]:
    """Everybody who is not known to have heard of a change. How a call ended goes to /action-items."""
    return _people(queries.not_reached(clock.now()), asked)


@changes.route("/changes/fewer-seats", methods=["GET"])
@open_to(*OFFICE, scope="read:changes")
@changes.arguments(FewerSeatsSchema(), location="query")
@changes.response(200, LastBookedSchema())
def fewer_seats(asked: dict[str, Any]) -> dict[str, Any]:
    """Who would have no place if a lesson had so many seats, the last booked first. Changes nothing."""
    found = change_queries.last_booked(asked["lesson_id"], asked["seats"])
    return {"booking_ids": [booking.id for booking in found]}


@changes.route("/changes/transport", methods=["POST"])
@open_to(*OFFICE, scope="write:changes")
@changes.arguments(SettleTransportSchema())
@changes.response(200, SETTLED)
def settle_transport(sent: dict[str, Any]) -> Response:
    """The transport of a resident whose lesson changed is put right."""

    def act(by: Actor, now: datetime) -> Answer:
        actions.settle_transport(sent["booking_id"], sent["event_id"], by=by, now=now)
        return SETTLED.dump(sent), 200

    return write(act)


@changes.route("/changes/waiting/<int(max=2147483647):waiting_id>/told", methods=["POST"])
@open_to(*OFFICE, scope="write:changes")
@changes.arguments(Nothing())
@changes.response(200, WAITING)
def waiting_told(_sent: dict[str, Any], waiting_id: int) -> Response:
    """Those to whom a seat was offered in a lesson that was cancelled, or who had entered it, know it now."""
    return write(lambda by, now: (WAITING.dump(waiting.told_it_is_over(waiting_id, by=by, now=now)), 200))


def _by_lesson(sent: Sequence[dict[str, Any]]) -> dict[int, int | None]:
    return {one["lesson_id"]: one["instead_id"] for one in sent}


def _people(found: Sequence[Person], asked: dict[str, Any]) -> dict[str, Any]:
    return page_of_reckoned(
        found,
        lambda person: (person.deadline, person.lesson_id, person.booking_id),
        (Lesson.starts_at, Lesson.id, Booking.id),
        limit=asked["limit"],
        cursor=asked.get("cursor"),
    )
