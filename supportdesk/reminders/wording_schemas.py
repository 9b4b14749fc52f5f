"""The shape of the words of messages below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Number, OneOf, Part, Text
from ..core.api.schemas import AnswerSchema, ApiSchema
from ..messages.rules import Language
from .wording_rules import Template


class WordingLanguageSchema(ApiSchema):
    language = OneOf(Language, load_default=Language.JAPANESE, about="of the words; calls are in Japanese alone")


class TryWordsSchema(ApiSchema):
    words = Text(1000, required=True)


class SeenWordsSchema(ApiSchema):
    """Words as the caller has seen them: 0 while the office never changed them."""

    version = Number(0, required=True)


class ChangeWordsSchema(TryWordsSchema, SeenWordsSchema):
    pass


class BrokenRuleSchema(AnswerSchema):
    code = fields.String(required=True)
    message = fields.String(required=True)


class TriedWordsSchema(AnswerSchema):
    """What words become with the town's longest venue on a day that takes most room. `units` and `parts` are those of a
    text (one to 70 units, two to 134; an English one to 160, never two), and null of a call."""

    words = fields.String(required=True)
    said = fields.List(fields.String(), required=True, metadata={"description": "a text, or a call's sentences"})
    units = fields.Integer(required=True, allow_none=True)
    parts = fields.List(
        fields.String(), required=True, allow_none=True, metadata={"description": "as an old telephone shows them"}
    )
    yen = fields.Integer(
        required=True, allow_none=True, metadata={"description": "of one message; null while no price is written down"}
    )
    problems = fields.List(Part(BrokenRuleSchema), required=True)


class WordingSchema(TriedWordsSchema):
    name = OneOf(Template, required=True)
    language = OneOf(Language, required=True)
    spoken = fields.Boolean(required=True)
    default = fields.String(required=True)
    own = fields.Boolean(required=True, metadata={"description": "whether these are the office's own words"})
    placeholders = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    version = fields.Integer(required=True)
