"""What the noun `residents` has of numbers that were found to be wrong, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response
from marshmallow import fields

from ..core.access import Actor, Role, open_to
from ..core.api.fields import Flag, Text
from ..core.api.schemas import AnswerSchema, ApiSchema
from ..core.api.writing import Answer, write
from ..core.edits import at_field
from ..core.japan import phone
from . import number_actions
from .api import ONE, residents


class WrongNumberSchema(ApiSchema):
    """Whether somebody else answered at this number of theirs. Nothing automatic goes to one that is wrong."""

    number = Text(40, required=True, about="as it would be typed")
    wrong = Flag(required=True)


class NumberNotedSchema(AnswerSchema):
    """`noted` is false when it was known already."""

    noted = fields.Boolean(required=True)


@residents.route(f"{ONE}/wrong-number", methods=["POST"])
@open_to(Role.STAFF, scope="write:residents")
@residents.arguments(WrongNumberSchema())
@residents.response(200, NumberNotedSchema())
def note_wrong_number(sent: dict[str, Any], resident_id: int) -> Response:
    """Note that a number is not theirs, or that it is after all."""
    with at_field("number"):
        number = phone.parse(sent["number"]).e164

    def act(by: Actor, now: datetime) -> Answer:
        noted = number_actions.mark_wrong if sent["wrong"] else number_actions.say_it_is_right
        return {"noted": noted(resident_id, number, by=by, now=now)}, 200

    return write(act)
