"""The shape of changes, of what a release would do, and of whom it concerns below /api."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema
from ..messages.rules import Language, last_digits
from ..people.rules import Wish
from ..reminders.change_rules import NewsKind, Reached
from ..reminders.rules import Why
from .change_words import REACHED


class InsteadSchema(ApiSchema):
    lesson_id = Number(1, required=True)
    instead_id = Number(1, required=True, allow_none=True, about="the lesson that is named instead; null for none")


class WithInsteadSchema(ApiSchema):
    alternatives = Several(
        Part(InsteadSchema), load_default=list, about="what is named instead of which lesson; a lesson left out: none"
    )


class LessonsTogetherSchema(WithInsteadSchema):
    lesson_ids = Several(Number(1), required=True)


class CancelTogetherSchema(LessonsTogetherSchema):
    reason = Text(200, least=1, required=True)


class ReleaseChangeSchema(ApiSchema):
    alternatives = Several(Part(InsteadSchema), about="as above; left out: those that are kept with the change")
    seen = Text(80, load_default=None, allow_none=True, about="`seen` of the preview that the caller looked at")


class AfterAllSchema(ApiSchema):
    lesson_ids = Several(Number(1), required=True)
    override_reason = Text(200, load_default="")


class ChangedLessonSchema(AnswerSchema):
    """How one lesson stood before and after. `id` is the event that answers about people name."""

    id = fields.Integer(required=True)
    lesson_id = fields.Integer(required=True)
    from_starts_at = Moment(required=True)
    from_venue_id = fields.Integer(required=True)
    from_cancelled = Flag(required=True)
    starts_at = Moment(required=True)
    venue_id = fields.Integer(required=True)
    cancelled = Flag(required=True)
    alternative_id = fields.Integer(required=True, allow_none=True)


class ChangeSchema(AnswerSchema):
    id = fields.Integer(required=True)
    reason = fields.String(required=True)
    made_at = Moment(required=True)
    made_by = fields.String(required=True)
    released_at = Moment(required=True, allow_none=True)
    released_by = fields.String(required=True)
    lessons = fields.List(Part(ChangedLessonSchema), attribute="parts", required=True)


class ChangeMadeSchema(AnswerSchema):
    """`change` is null where nobody has to be told."""

    change = Part(ChangeSchema, required=True, allow_none=True)


class SaidSchema(AnswerSchema):
    """What is said to `people` in `messages`; a call's sentences one by one."""

    lesson_id = fields.Integer(required=True)
    by_text = Flag(required=True)
    language = OneOf(Language, required=True)
    said = fields.List(fields.String(), required=True)
    units = fields.Integer(required=True)
    segments = fields.Integer(required=True)
    people = fields.Integer(required=True)
    messages = fields.Integer(required=True)


class ChangePreviewSchema(AnswerSchema):
    """What a release would do now. `yen` is null while no price is written down. Send `seen` with the release: if it is
    not that any more, nothing goes out."""

    by_text = fields.Integer(required=True)
    by_call = fields.Integer(required=True)
    by_hand = fields.Integer(required=True)
    knowing = fields.Integer(required=True)
    stopped = fields.Integer(required=True)
    texts = fields.Integer(required=True)
    segments = fields.Integer(required=True)
    calls = fields.Integer(required=True)
    last_at = Moment(attribute="turns.last_at", required=True, allow_none=True, about="when the last would leave")
    late = fields.Integer(attribute="turns.late", required=True)  # for whom no turn comes in the hours
    yen = fields.Integer(required=True, allow_none=True)
    seen = fields.String(required=True)
    samples = fields.List(Part(SaidSchema), required=True)


class AlternativeLessonSchema(AnswerSchema):
    lesson_id = fields.Integer(attribute="lesson.id", required=True)
    starts_at = Moment(attribute="lesson.starts_at", required=True)
    venue_id = fields.Integer(attribute="lesson.venue_id", required=True)
    free = fields.Integer(required=True)
    same_course = Flag(required=True)
    rank = fields.Integer(required=True, metadata={"description": "how many districts lie nearer"})


class AlternativesSchema(AnswerSchema):
    lesson_id = fields.Integer(required=True)
    alternatives = fields.List(Part(AlternativeLessonSchema), required=True)


class BeforeCancellingSchema(AnswerSchema):
    preview = Part(ChangePreviewSchema, required=True)
    offers = fields.List(Part(AlternativesSchema), required=True)


def _kind(person: Any) -> NewsKind | None:
    return person.news.kind if person.news else None


class ChangePersonSchema(AnswerSchema):
    """One booking of a changed lesson and how far its people have come to know, also in words. Name and numbers stand
    at /residents, where a look is recorded. `starts_at` is the start as they know it."""

    booking_id = fields.Integer(required=True)
    resident_id = fields.Integer(required=True)
    lesson_id = fields.Integer(required=True)
    event_id = fields.Integer(required=True)
    starts_at = Moment(required=True)
    kind = fields.Function(_kind, metadata={"type": ["string", "null"], "enum": [*map(str, NewsKind), None]})
    reached = OneOf(Reached, required=True)
    state = fields.Function(lambda person: str(REACHED[person.reached]), metadata={"type": "string"})
    why = OneOf(Why, required=True, allow_none=True)
    way = OneOf(Wish, required=True)
    number_ends_in = fields.Function(lambda person: last_digits(person.number), metadata={"type": "string"})
    due_at = Moment(required=True, allow_none=True)
    deadline = Moment(required=True)
    attempts = fields.Integer(required=True)
    transport = Flag(required=True)
    transport_settled = Flag(required=True)


class SettleTransportSchema(ApiSchema):
    booking_id = Number(1, required=True)
    event_id = Number(1, required=True)


class TransportSettledSchema(AnswerSchema):
    booking_id = fields.Integer(required=True)
    event_id = fields.Integer(required=True)


class FewerSeatsSchema(ApiSchema):
    lesson_id = Number(1, required=True)
    seats = Number(0, 500, required=True)


class LastBookedSchema(AnswerSchema):
    booking_ids = fields.List(fields.Integer(), required=True)
