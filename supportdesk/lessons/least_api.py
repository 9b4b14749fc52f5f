"""What the noun `lessons` has of decisions below the least number, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.writing import Answer, write
from ..core.errors import Refusal
from . import least, timetable
from . import least_queries as queries
from .api import ONE_LESSON, lessons
from .least_rules import LeastAnswer
from .least_schemas import AnswerLeastSchema, LeastDecisionSchema, LeastDecisionsSchema

DECISION = LeastDecisionSchema()


@lessons.route(f"{ONE_LESSON}/decision", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:lessons")
@lessons.response(200, LeastDecisionsSchema())
def decisions_of_lesson(lesson_id: int) -> dict[str, Any]:
    """Whether it is to be decided now if a lesson with few people is held, and what was decided."""
    lesson = timetable.lesson(lesson_id)
    asked_for, deadline = queries.least_of(lesson, clock.now())
    decided = queries.decisions_of(lesson_id)
    return {"asked_for": asked_for, "least": lesson.least, "deadline": deadline, "decided": decided}


@lessons.route(f"{ONE_LESSON}/decision", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:lessons")
@lessons.arguments(AnswerLeastSchema())
@lessons.response(201, DECISION)
def decide(sent: dict[str, Any], lesson_id: int) -> Response:
    """The lesson is held all the same, or its booking stays open for longer."""

    def act(by: Actor, now: datetime) -> Answer:
        if sent["answer"] is LeastAnswer.HOLD:
            return DECISION.dump(least.hold(lesson_id, by=by, now=now)), 201
        if "until" not in sent:
            raise Refusal("Please fill this in.", code="empty", field="until")
        return DECISION.dump(least.extend(lesson_id, sent["until"], by=by, now=now)), 201

    return write(act)
