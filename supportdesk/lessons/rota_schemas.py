"""The shape of the rota below /api. Supporters are named by their ids; who they are stands at /supporters."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from marshmallow import fields

from ..core.api.fields import Day, Moment, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked
from ..people.supporter_rules import NoDuty
from . import rota_words
from .models import Lesson
from .rota_rules import MOST_NEEDED

MOST_AT_ONCE = 200


class _Days(ApiSchema):
    first_day = Day(about="today if not given")
    last_day = Day(about="four weeks after it if not given")
    district = Text(8)


class GapsAskedSchema(_Days, Asked):
    pass


class ProposalAskedSchema(_Days):
    pass


class GapSchema(AnswerSchema):
    """A lesson to come, how many supporters it needs and how many are missing."""

    lesson_id = fields.Integer(attribute="id", required=True)
    starts_at = Moment(required=True)
    needed = fields.Integer(attribute="needs_supporters", required=True)
    missing = fields.Integer(attribute="supporters_missing", required=True)
    supporter_ids = fields.Function(
        lambda lesson: _on_duty(lesson), metadata={"type": "array", "items": {"type": "integer"}}
    )


class WaySchema(AnswerSchema):
    """Another duty of that day, from or to which the time is too short: `minutes` in between, `needed` for the way."""

    lesson_id = fields.Integer(attribute="duty.lesson_id", required=True)
    comes_before = fields.Boolean(required=True)
    minutes = fields.Integer(required=True)
    needed = fields.Integer(required=True)


class SuggestionSchema(AnswerSchema):
    """Somebody who may help, the best first. `turns` are those of the four weeks before and after; the distance is a
    straight line between the centres of two districts; `unwilling`: said no, or cannot come. `why` says it in words."""

    supporter_id = fields.Integer(attribute="candidate.id", required=True)
    knows_the_topic = fields.Boolean(required=True)
    turns = fields.Integer(required=True)
    turns_this_year = fields.Integer(attribute="candidate.turns_this_year", required=True)
    kilometres = fields.Function(
        lambda one: None if one.kilometres is None else round(one.kilometres, 1),
        metadata={"type": ["number", "null"]},
    )
    unwilling = fields.Boolean(required=True)
    ways = fields.List(Part(WaySchema), required=True)
    why = fields.Function(lambda one: rota_words.why(one), metadata={"type": "string"})


class UnableSchema(AnswerSchema):
    """Somebody who may not help: `why`, and in words; `lesson_id` is the one that has them at that time."""

    supporter_id = fields.Integer(attribute="candidate.id", required=True)
    why = fields.List(OneOf(NoDuty), required=True)
    lesson_id = fields.Function(
        lambda one: one.busy.lesson_id if one.busy else None, metadata={"type": ["integer", "null"]}
    )
    reason = fields.Function(lambda one: "、".join(rota_words.why_not(one)), metadata={"type": "string"})


class CannotComeSchema(AnswerSchema):
    supporter_id = fields.Integer(required=True)
    reason = fields.String(required=True)
    told_at = Moment(required=True)
    told_by = fields.String(required=True)


class LessonDutiesSchema(AnswerSchema):
    """Who helps in one lesson, who could, and who cannot."""

    lesson = Part(GapSchema, required=True)
    cannot_come = fields.List(Part(CannotComeSchema), attribute="told", required=True)
    suggestions = fields.List(Part(SuggestionSchema), attribute="answer.suggestions", required=True)
    unable = fields.List(Part(UnableSchema), attribute="answer.unable", required=True)


class ProposedSchema(AnswerSchema):
    lesson_id = fields.Integer(attribute="opening.duty.lesson_id", required=True)
    missing = fields.Integer(attribute="opening.missing", required=True)
    chosen = fields.List(Part(SuggestionSchema), required=True)


class ProposalSchema(AnswerSchema):
    lessons = fields.List(Part(ProposedSchema), required=True)


class PutSchema(ApiSchema):
    supporter_id = Number(1, required=True)
    override_reason = Text(200, load_default="", about="why it is to be so, though the way is too long")


class TellSchema(ApiSchema):
    supporter_id = Number(1, required=True)
    reason = Text(200, load_default="")


class DeclinedSchema(ApiSchema):
    supporter_id = Number(1, required=True)


class NeededSchema(ApiSchema):
    """null: as many as the course says."""

    needed = Number(0, MOST_NEEDED, required=True, allow_none=True)


class ChoiceSchema(ApiSchema):
    lesson_id = Number(1, required=True)
    supporter_id = Number(1, required=True)


class FillSchema(ApiSchema):
    choices = Several(Part(ChoiceSchema), MOST_AT_ONCE, required=True)


class DoneSchema(AnswerSchema):
    """What became of one choice; `code` and `message` say why somebody was not put on duty."""

    lesson_id = fields.Integer(required=True)
    supporter_id = fields.Integer(required=True)
    on_duty = fields.Function(lambda one: one.refusal is None, metadata={"type": "boolean"})
    code = fields.Function(
        lambda one: one.refusal.code if one.refusal else None, metadata={"type": ["string", "null"]}
    )
    message = fields.Function(lambda one: _said(one.refusal), metadata={"type": ["string", "null"]})


class FilledSchema(AnswerSchema):
    done = fields.List(Part(DoneSchema), required=True)


def _on_duty(lesson: Lesson) -> list[int]:
    return sorted(row.supporter_id for row in lesson.supporters)


def _said(refusal: Any) -> str | None:
    return gettext(refusal.message, **refusal.params) if refusal else None
