"""The base of every schema below /api: unknown fields are refused, an edit names its version."""

from __future__ import annotations

import functools
from typing import Any, ClassVar, NoReturn

from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, Schema, fields

from .fields import Number, Part, Several, Text


class ApiSchema(Schema):
    error_messages: ClassVar[dict[str, str]] = {  # type: ignore[misc]
        "unknown": _l("There is no such field."),
        "type": _l("This is of another kind than asked for."),
    }

    class Meta:
        unknown = RAISE


class AnswerSchema(Schema):
    """What goes out and never comes in: its texts are not asked for a My Number, so it cannot be loaded."""

    def load(self, *_given: Any, **_more: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is for answers; a body needs an ApiSchema")


class Nothing(ApiSchema):
    """A body without fields."""


class New(ApiSchema):
    """A body that makes something. The same `external_id` again changes it, as the import of a file does."""

    external_id = Text(60, least=1)


class Edit(ApiSchema):
    """A body that changes something: what is left out stays; `version` is the one that the caller has seen."""

    version = Number(1, required=True)

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = field_name == "version"


class Seen(ApiSchema):
    """A body that does something to a row as the caller has seen it."""

    version = Number(1, required=True)


class Asked(ApiSchema):
    """The query of a list."""

    limit = Number(1, 200, load_default=50)
    cursor = Text(400)


@functools.cache
def page_of(row: type[Schema]) -> Schema:
    """The schema of a page of rows, one for all lists of them. `next` is the address of the page that follows, null at
    the end."""
    name = row.__name__.removesuffix("Schema") + "PageSchema"
    page = type(name, (ApiSchema,), {"items": fields.List(Part(row)), "next": fields.String(allow_none=True)})
    made: Schema = page()
    return made


class ProblemErrorSchema(ApiSchema):
    field = fields.String()
    message = fields.String()


class ProblemSchema(ApiSchema):
    """RFC 9457. `code` is the stable word for programs, `detail` the sentence for people (Accept-Language: ja, en)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    errors = Several(Part(ProblemErrorSchema))
    params = fields.Dict()
    reference = fields.String()
