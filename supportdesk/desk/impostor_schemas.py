"""The shape of reports of impostors below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, OneOf, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked, New
from ..core.forms import LINE, TEXT
from .impostor_rules import Story


class NewImpostorReportSchema(New):
    story = OneOf(Story, required=True)
    number = Text(LINE, about="as their telephone showed it, of any kind; empty if it showed none")
    happened_at = Moment(allow_none=True, about="in the last 60 days; null for just now")
    text = Text(TEXT, about="what was said, in their words; needed for the story other")
    gave = Flag(about="they have told or paid something")
    resident_id = Number(1, allow_none=True, about="null while nobody knows who it is")


class ImpostorReportSchema(AnswerSchema):
    """A report without its words, which are for the pages."""

    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    story = OneOf(Story, required=True)
    number_shown = fields.String(required=True)
    happened_at = Moment(required=True)
    gave = Flag(required=True)
    resident_id = fields.Integer(required=True, allow_none=True)
    taken_at = Moment(required=True)
    seen_at = Moment(required=True, allow_none=True)


class ImpostorReportsAskedSchema(Asked):
    story = OneOf(Story)
    since = Moment(about="those that happened at this instant or later")


class SeenReportsSchema(ApiSchema):
    ids = Several(Number(1), required=True, most=500)


class FreshlySeenSchema(AnswerSchema):
    """How many of them no manager had seen before."""

    fresh = fields.Integer(required=True)
