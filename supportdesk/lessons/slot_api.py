"""Days of slots and people taken on the spot, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask import Response
from sqlalchemy.orm import selectinload

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import page_of
from ..core.api.writing import Answer, write
from ..core.errors import NotFound
from . import slot_days
from .api import ONE_LESSON
from .booking_api import BOOKED, bookings, for_programs
from .models import Lesson
from .schemas import LessonSchema
from .series_api import decisions_sent
from .series_schemas import LessonIdsSchema
from .slot_days import SlotsData
from .slot_rules import LessonKind, Times
from .slot_schemas import (
    MoveDaySchema,
    OnTheSpotSchema,
    SlotsAskedSchema,
    SlotsPreviewSchema,
    SlotsSchema,
)
from .walk_ins import squeeze_in

slots = ApiBlueprint("slots", "Slots: consultations, times at the counter, visits")

PREVIEW, LESSON_IDS = SlotsPreviewSchema(), LessonIdsSchema()


@slots.route("/slots", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:slots")
@slots.arguments(SlotsAskedSchema(), location="query")
@slots.response(200, page_of(LessonSchema))
def list_slots(asked: dict[str, Any]) -> dict[str, Any]:
    """Slots by their start, from today on unless another day is named. They are lessons: /lessons/{id} shows one,
    /lessons/{id}/bookings books it."""
    found = sa.select(Lesson).where(Lesson.slot_day >= asked.get("first_day", clock.local_date(clock.now())))
    if "last_day" in asked:
        found = found.where(Lesson.slot_day <= asked["last_day"])
    if "room_id" in asked:
        found = found.where(Lesson.room_id == asked["room_id"])
    if "kind" in asked:
        found = found.where(Lesson.kind == LessonKind(asked["kind"]))
    found = found.options(selectinload(Lesson.supporters), selectinload(Lesson.things))
    return page(found, (Lesson.starts_at, Lesson.id), limit=asked["limit"], cursor=asked.get("cursor"))


@slots.route("/slots/preview", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="read:slots")
@slots.arguments(SlotsSchema())
@slots.response(200, PREVIEW)
def preview(sent: dict[str, Any]) -> slot_days.SlotsPreview:
    """Each time of each day with what stands against it. Nothing is saved."""
    decisions = decisions_sent(sent)
    return slot_days.preview(_slots(sent), decisions, clock.now())


@slots.route("/slots", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:slots")
@slots.arguments(SlotsSchema())
@slots.response(201, LESSON_IDS)
def make_slots(sent: dict[str, Any]) -> Response:
    """Plan the slots, in preparation, all or none: the ids of those that were made; what is there already is left
    alone. 409 `unsettled` names the times against which something stands that nobody has decided."""
    decisions = decisions_sent(sent)

    def act(by: Actor, now: datetime) -> Answer:
        made = slot_days.make_slots(_slots(sent), decisions, by=by, now=now)
        return LESSON_IDS.dump({"lesson_ids": [one.id for one in made]}), 201

    return write(act)


@slots.route("/slots/<string(maxlength=10):day>/<int(max=2147483647):room_id>/state", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:slots")
@slots.arguments(MoveDaySchema())
@slots.response(200, LESSON_IDS)
def move_day(sent: dict[str, Any], day: str, room_id: int) -> Response:
    """Move all slots of a day (2026-07-15) in one room that may go there to a state: the ids of those that went."""

    def act(by: Actor, now: datetime) -> Answer:
        moved = slot_days.move_day(_day(day), room_id, sent["to"], by=by, now=now)
        return LESSON_IDS.dump({"lesson_ids": [one.id for one in moved]}), 200

    return write(act)


@bookings.route(f"{ONE_LESSON}/walk-ins", methods=["POST"])
@open_to(Role.STAFF, scope="write:bookings")
@bookings.arguments(OnTheSpotSchema())
@bookings.response(201, BOOKED)
def take_on_the_spot(sent: dict[str, Any], lesson_id: int) -> Response:
    """Take people without a booking into a slot of today that is not over, also when booking has closed. 409
    `tables-taken` when no table is free: `allowed_by` lets them in all the same, without a table."""
    resident_ids = sent.pop("resident_ids")

    def act(by: Actor, now: datetime) -> Answer:
        with for_programs():
            made = squeeze_in(lesson_id, resident_ids, **sent, by=by, now=now)
        return BOOKED.dump({"bookings": made}), 201

    return write(act)


def _slots(sent: dict[str, Any]) -> SlotsData:
    return SlotsData(
        course_id=sent["course_id"], room_id=sent.get("room_id"), days=tuple(sent["days"]),
        times=Times(
            sent["start"], sent["end"], sent["minutes"], sent.get("pause_start"), sent.get("pause_end")
        ),
        tables=sent["tables"], supporter_ids=tuple(sorted(set(sent["supporter_ids"]))), note=sent["note"],
    )  # fmt: skip


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise NotFound("This entry does not exist.") from None
