"""The rota, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import page_of
from ..core.api.writing import Answer, write
from ..core.errors import Refusal
from . import rota, rota_queries
from .models import Lesson
from .rota_queries import LessonRota
from .rota_schemas import (
    CannotComeSchema,
    DeclinedSchema,
    FilledSchema,
    FillSchema,
    GapsAskedSchema,
    GapSchema,
    LessonDutiesSchema,
    NeededSchema,
    ProposalAskedSchema,
    ProposalSchema,
    PutSchema,
    TellSchema,
)

duties = ApiBlueprint("duties", "Duties: who helps in which lesson, where somebody is missing, and who could")

GAP, FILLED, CANNOT_COME = GapSchema(), FilledSchema(), CannotComeSchema()
OF_LESSON = "/lessons/<int(max=2147483647):lesson_id>/duties"
USUAL_SPAN, LONGEST_SPAN = timedelta(weeks=4), timedelta(days=100)


@duties.route("/duties/gaps", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:duties")
@duties.arguments(GapsAskedSchema(), location="query")
@duties.response(200, page_of(GapSchema))
def list_gaps(asked: dict[str, Any]) -> dict[str, Any]:
    """Classes to come in which somebody is missing, soonest first."""
    now = clock.now()
    first, last = _days(asked, now)
    end = clock.at(last + timedelta(days=1), time())
    start = max(now, clock.at(first, time()))
    query = rota_queries.gaps(start, end, district_code=asked.get("district", "")).where(rota_queries.CLASSES)
    return page(query, (Lesson.starts_at, Lesson.id), limit=asked["limit"], cursor=asked.get("cursor"))


@duties.route("/duties/proposal", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="read:duties")
@duties.arguments(ProposalAskedSchema(), location="query")
@duties.response(200, ProposalSchema())
def propose(asked: dict[str, Any]) -> dict[str, Any]:
    """Somebody for every gap of these days, at most 100, with turns shared over all of them. Nothing is saved."""
    now = clock.now()
    first, last = _days(asked, now)
    if last - first > LONGEST_SPAN:
        raise Refusal("Please ask for at most %(most)s days.", field="last_day", most=LONGEST_SPAN.days)
    found = rota_queries.proposal(first, last, now, asked.get("district", ""))
    return {"lessons": [filled for _lesson, filled in found]}


@duties.route("/duties/fill", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:duties")
@duties.arguments(FillSchema())
@duties.response(200, FILLED)
def fill(sent: dict[str, Any]) -> Response:
    """Put many on duty in one act. Each who cannot be put is told with the reason and keeps nobody else back."""
    pairs = [(one["lesson_id"], one["supporter_id"]) for one in sent["choices"]]
    return write(lambda by, now: (FILLED.dump({"done": rota.fill(pairs, by=by, now=now)}), 200))


@duties.route(OF_LESSON, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:duties")
@duties.response(200, LessonDutiesSchema())
def duties_of_lesson(lesson_id: int) -> LessonRota:
    """Who helps in one lesson, whom to ask and why they, and who may not."""
    return rota_queries.of_lesson(lesson_id, clock.now())


@duties.route(OF_LESSON, methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:duties")
@duties.arguments(PutSchema())
@duties.response(200, GAP)
def put_on_duty(sent: dict[str, Any], lesson_id: int) -> Response:
    """Put a supporter on duty where somebody is missing. Where the way is too long: 422 `reason-needed`."""
    supporter_id, reason = sent["supporter_id"], sent["override_reason"]

    def act(by: Actor, now: datetime) -> Answer:
        return GAP.dump(rota.put_on_duty(lesson_id, supporter_id, reason, by=by, now=now)), 200

    return write(act)


@duties.route(f"{OF_LESSON}/cannot-come", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:duties")
@duties.arguments(TellSchema())
@duties.response(201, CANNOT_COME)
def cannot_come(sent: dict[str, Any], lesson_id: int) -> Response:
    """A supporter cannot come: the duty ends, and the lesson has a gap."""
    return write(
        lambda by, now: (
            CANNOT_COME.dump(rota.cannot_come(lesson_id, sent["supporter_id"], sent["reason"], by=by, now=now)), 201,
        )
    )  # fmt: skip


@duties.route(f"{OF_LESSON}/declined", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:duties")
@duties.arguments(DeclinedSchema())
@duties.response(200, DeclinedSchema())
def note_declined(sent: dict[str, Any], lesson_id: int) -> Response:
    """A supporter was asked and said no. Said twice, the first note stays."""

    def act(by: Actor, now: datetime) -> Answer:
        rota.note_declined(lesson_id, sent["supporter_id"], by=by, now=now)
        return {"supporter_id": sent["supporter_id"]}, 200

    return write(act)


@duties.route(f"{OF_LESSON}/needed", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:duties")
@duties.arguments(NeededSchema())
@duties.response(200, GAP)
def set_needed(sent: dict[str, Any], lesson_id: int) -> Response:
    """How many supporters this lesson needs; null: as many as its course says."""
    return write(lambda by, now: (GAP.dump(rota.set_needed(lesson_id, sent["needed"], by=by, now=now)), 200))


def _days(asked: dict[str, Any], now: datetime) -> tuple[date, date]:
    first = asked.get("first_day") or clock.local_date(now)
    return first, asked.get("last_day") or first + USUAL_SPAN
