"""The shape of hand-overs below /api."""

from __future__ import annotations

from flask_babel import gettext
from marshmallow import fields

from ..core.api.fields import Day, Moment, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked
from ..core.errors import Refusal
from ..core.forms import TEXT
from ..lessons.series_schemas import AgainstSchema
from .handover_forms import LONGEST_REASON, MOST_DUTIES
from .handover_rules import CHOSEN, Choice, HandOverState, ItemKind, ItemOutcome

INTEGERS = {"type": "array", "items": {"type": "integer"}}
KINDS = tuple(kind.value for kind in CHOSEN)


def _said(why: Refusal) -> str:
    return gettext(why.message, **why.params)


class HandOverKindSchema(ApiSchema):
    kind = OneOf(KINDS, required=True)
    choice = OneOf(Choice, required=True)


class HandOverDutySchema(ApiSchema):
    """`reason` passes over what may be passed over."""

    lesson_id = Number(1, required=True)
    choice = OneOf(Choice, required=True)
    reason = Text(LONGEST_REASON, load_default="")


class SentHandOverSchema(ApiSchema):
    """What is not named is handed over. Without `on` it takes effect now."""

    from_id = Number(1, required=True, about="the account of who hands over")
    to_id = Number(1, required=True, about="the account of who takes over")
    on = Day(about="from which day on; today or later")
    kinds = Several(Part(HandOverKindSchema), len(KINDS), load_default=list)
    duties = Several(Part(HandOverDutySchema), MOST_DUTIES, load_default=list)


class NewHandOverSchema(SentHandOverSchema):
    note = Text(TEXT, load_default="")
    seen = Text(64, about="as the preview gave it: if duties or series are not any more what was seen, 409")


class HandOverSchema(AnswerSchema):
    id = fields.Integer(required=True)
    from_id = fields.Integer(required=True)
    from_name = fields.String(required=True)
    to_id = fields.Integer(required=True)
    to_name = fields.String(required=True)
    on = Day(attribute="takes_effect_on", required=True)
    state = OneOf(HandOverState, required=True)
    note = fields.String(required=True)
    prepared_at = Moment(required=True)
    prepared_by = fields.String(required=True)
    ended_at = Moment(required=True, allow_none=True)


class HandOverItemSchema(AnswerSchema):
    """One thing as it was when it was handed over. `about_id` is the help request, the resident (`person`), the series
    or the lesson; `why` says why it stayed."""

    place = fields.Integer(required=True)
    kind = OneOf(ItemKind, required=True)
    about_id = fields.Integer(required=True)
    label = fields.String(required=True)
    urgent = fields.Boolean(required=True)
    since = Moment(required=True, allow_none=True)
    due_at = Moment(required=True, allow_none=True)
    outcome = OneOf(ItemOutcome, required=True)
    why = fields.String(required=True)


class DutyToHandOverSchema(AnswerSchema):
    """One duty as it would be with the other."""

    lesson_id = fields.Function(lambda duty: duty.lesson.id, metadata={"type": "integer"})
    starts_at = fields.Function(lambda duty: duty.lesson.starts_at.isoformat(), metadata={"type": "string"})
    conflicts = fields.List(Part(AgainstSchema), required=True)
    may_go = fields.Function(lambda duty: duty.refusal is None, metadata={"type": "boolean"})


class ToHandOverSchema(AnswerSchema):
    """What there is to hand over. `against`: kinds that cannot go to this person, and why."""

    counts = fields.Function(
        lambda found: {kind.value: count for kind, count in found.counts.items()},
        metadata={"type": "object", "additionalProperties": {"type": "integer"}},
    )
    against = fields.Function(
        lambda found: {kind.value: _said(why) for kind, why in found.against.items()},
        metadata={"type": "object", "additionalProperties": {"type": "string"}},
    )
    duties = fields.List(Part(DutyToHandOverSchema), required=True)
    series_ids = fields.Function(lambda found: [one.id for one in found.series], metadata=INTEGERS)
    regular_duty_series_ids = fields.Function(lambda found: [one.id for one in found.regular], metadata=INTEGERS)
    seen = fields.String(required=True)


class HandOversAskedSchema(Asked):
    user_id = Number(1, about="those from or to this account")
