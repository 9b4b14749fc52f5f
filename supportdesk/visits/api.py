"""The day sheet, for programs: what the pages do, by the same actions. A tablet that was offline will send its records
to an address of its own, /visits/sync, which comes with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response

from ..core import chance, clock
from ..core.access import Actor, Role, current_actor, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.schemas import Nothing
from ..core.api.writing import Answer, write
from ..core.errors import Refusal
from ..lessons.api import ONE_LESSON
from . import actions, queries
from .actions import Practice
from .looking import open_sheet
from .models import Visit
from .queries import Sheet
from .rules import ReferralPlace
from .schemas import (
    ClosedSchema,
    KeptVisitSchema,
    LogSchema,
    MarkedSchema,
    MarkSchema,
    RateSchema,
    SheetSchema,
    WalkInSchema,
)

visits = ApiBlueprint("visits", "Visits: who came to a lesson, what was practised, how it went")

KEPT, MARKED, CLOSED, NOTHING = KeptVisitSchema(), MarkedSchema(), ClosedSchema(), Nothing()
SHEET = f"{ONE_LESSON}/visits"


@visits.route(SHEET, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="read:visits")
@visits.response(200, SheetSchema())
def sheet(lesson_id: int) -> Sheet:
    """The day sheet of one lesson: everybody with a booking, and the walk-ins, each with the record if there is one.
    Reading it is recorded."""
    return queries.sheet_of(open_sheet(lesson_id, by=current_actor(), now=clock.now()))


@visits.route(f"{SHEET}/mark", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:visits")
@visits.arguments(MarkSchema())
@visits.response(200, KEPT)
def mark(sent: dict[str, Any], lesson_id: int) -> Response:
    """Came, absent with notice, absent without. The last one counts, whoever says it."""
    booking_id, key = _who(sent)
    return _record(
        lesson_id, lambda by, now: actions.mark(lesson_id, booking_id, sent["attendance"], key=key, by=by, now=now)
    )


@visits.route(f"{SHEET}/rate", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:visits")
@visits.arguments(RateSchema())
@visits.response(200, KEPT)
def rate(sent: dict[str, Any], lesson_id: int) -> Response:
    """How it went. Who practised came."""
    booking_id, key = _who(sent)
    return _record(
        lesson_id, lambda by, now: actions.rate(lesson_id, booking_id, sent["how_it_went"], key=key, by=by, now=now)
    )


@visits.route(f"{SHEET}/log", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:visits")
@visits.arguments(LogSchema())
@visits.response(200, KEPT)
def log(sent: dict[str, Any], lesson_id: int) -> Response:
    """What was practised, how it went, who helps on, a note."""
    booking_id, key = _who(sent)
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Visit:
        practice = replace(_practice(queries.record(lesson_id, booking_id, key)), **sent)
        return actions.log(lesson_id, booking_id, practice, key=key, version=version, by=by, now=now)

    return _record(lesson_id, act)


@visits.route(f"{SHEET}/walk-in", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:visits")
@visits.arguments(WalkInSchema())
@visits.response(201, KEPT)
def walk_in(sent: dict[str, Any], lesson_id: int) -> Response:
    """Somebody came without a booking."""
    key = sent.pop("key", None) or chance.record_key()
    return _record(lesson_id, lambda by, now: actions.add_walk_in(key, lesson_id, **sent, by=by, now=now), 201)


@visits.route(f"{SHEET}/all-came", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:visits")
@visits.arguments(NOTHING)
@visits.response(200, MARKED)
def all_came(_sent: dict[str, Any], lesson_id: int) -> Response:
    """Everybody with a booking who is not marked yet came. The records that were marked by this."""

    def act(by: Actor, now: datetime) -> Answer:
        queries.lesson(lesson_id, by=by, now=now)
        return MARKED.dump({"visits": actions.mark_all_came(lesson_id, by=by, now=now)}), 200

    return write(act)


@visits.route(f"{SHEET}/close", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:visits")
@visits.arguments(NOTHING)
@visits.response(200, CLOSED)
def close(_sent: dict[str, Any], lesson_id: int) -> Response:
    """The lesson was held. Who came and has nothing written gets what the course lists. May be called again."""

    def act(by: Actor, now: datetime) -> Answer:
        lesson = queries.lesson(lesson_id, by=by, now=now)
        unmarked = actions.close_sheet(lesson_id, by=by, now=now)
        return CLOSED.dump({"unmarked": unmarked, "state": lesson.state}), 200

    return write(act)


def _record(lesson_id: int, act: Callable[[Actor, datetime], Visit], status: int = 200) -> Response:
    def acted(by: Actor, now: datetime) -> Answer:
        queries.lesson(lesson_id, by=by, now=now)
        return KEPT.dump(act(by, now)), status

    return write(acted)


def _who(sent: dict[str, Any]) -> tuple[int | None, str]:
    """Whose record, taken out of the body: booking and key. Raises Refusal for nobody."""
    booking_id, key = sent.pop("booking_id", None), sent.pop("key", None)
    if booking_id is None and key is None:
        raise Refusal("Please name the booking, or the key of a walk-in.", code="nobody", field="booking_id")
    return booking_id, key or chance.record_key()


def _practice(known: Visit | None) -> Practice:
    if known is None:
        return Practice()
    place = ReferralPlace(known.referred_to) if known.referred_to else None
    return Practice(known.practised, known.how_it_went, place, known.minutes, known.note)
