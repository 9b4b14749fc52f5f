"""The shape of what waits for a person below /api."""

from __future__ import annotations

from ..core.api.fields import OneOf, Text
from ..core.api.schemas import ApiSchema
from ..reminders.rules import PersonOutcome


class DutyOutcomeSchema(ApiSchema):
    """How a person's contact ended. After talked and handed-over nothing more is sent for this start of the lesson."""

    outcome = OneOf(PersonOutcome, required=True)
    note = Text(400, load_default="")
