"""The shape of residents below /api. How much of a person each shape shows is explained in docs/api.md."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from marshmallow import ValidationError, fields

from ..core.api.fields import Day, Flag, Moment, Number, OneOf, Part, Several, Text
from ..core.api.schemas import ApiSchema, Asked, Edit, New
from ..core.errors import Refusal
from ..messages.rules import Language
from . import rules
from .forms import MOST_ROWS
from .rules import AGE_BANDS, ConsentHow, ContactScope, ContactTiming, Need, NumberKind, OwnChain, StopReason, Wish

KANA = {"pattern": "^[ぁ-ゖァ-ヶー・ 　]*$"}


class Year(Number):
    """A year in digits, or as a form takes it: 昭和16年, S16."""

    def __init__(self, **more: Any) -> None:
        super().__init__(rules.EARLIEST_BIRTH, 2199, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> int:
        if isinstance(value, str):
            try:
                value = rules.read_birth_year(value)
            except Refusal as refusal:
                raise ValidationError(gettext(refusal.message, **refusal.params)) from None
        return super()._deserialize(value, attr, data, **more)


class FoundTelephoneSchema(ApiSchema):
    number = Text(40, required=True, about="as it would be typed; goes out as E.164 (+81…)")
    kind = OneOf(NumberKind, about="fax must be said; the other kinds are read from the number")
    whose = Text(40)


class TelephoneSchema(FoundTelephoneSchema):
    tried_on = Day(allow_none=True, about="the day on which a text was tried together")
    texts_agreed_on = Day(allow_none=True, about="the day on which the person said yes to texts")


class ContactSchema(ApiSchema):
    name = Text(80)
    relation = Text(20)
    number = Text(40, about="as it would be typed; goes out as E.164 (+81…)")
    scope = OneOf(ContactScope, about="what may be told")
    timing = OneOf(ContactTiming, about="when to tell, seen from the resident")


class PersonFields(ApiSchema):
    family_kana = Text(40, required=True, shape=KANA)
    given_kana = Text(40, shape=KANA)
    family_name = Text(40)
    given_name = Text(40)
    birth_year = Year(allow_none=True)
    age_band = OneOf(AGE_BANDS, allow_none=True)
    district_code = Text(8, allow_none=True)
    town = Text(80)
    house_name = Text(40, about="屋号")
    landmark = Text(80)
    language = OneOf(Language, about="in what texts to them are written: Japanese, easy Japanese or English")
    no_telephone = Flag(about="expressly none; otherwise a number, a family contact or a town is needed")
    do_not_call = Flag()


class ResidentFields(PersonFields):
    """All that the page's form asks."""

    postal_code = Text(12)
    street = Text(80)
    building = Text(80)
    wish = OneOf(Wish, about="how the person wishes to be reminded")
    own_chain = OneOf(OwnChain, about="how it goes on when that reached nobody")
    consent_on = Day(allow_none=True)
    consent_how = OneOf(ConsentHow, allow_none=True)
    do_not_call_reason = Text(100)
    contact_from = Text(40, about="reachable from this time of the day on; \"\": at any")
    contact_until = Text(40, about="reachable until this time of the day")
    contact_not_on = Text(7, about="the weekdays on which not, as digits, Monday 0")
    keys = Flag(about="chose to answer automatic calls by key; without it no call asks for one")
    note = Text(2000)
    telephones = Several(Part(TelephoneSchema), MOST_ROWS, about="the whole list")
    family = Several(Part(ContactSchema), MOST_ROWS, about="the whole list")


class SentResidentFields(ResidentFields):
    needs = Several(OneOf(Need), about="the whole list")


class NewResidentSchema(SentResidentFields, New):
    confirmed = Flag(load_default=False, about="add although somebody who is there may be the same person")


class EditResidentSchema(SentResidentFields, Edit):
    pass


class StopSchema(ApiSchema):
    reason = OneOf(StopReason, required=True)


class ResumeSchema(ApiSchema):
    """Nothing needs to be said."""


class ListedResidentSchema(ApiSchema):
    """That somebody is there: no name, no number."""

    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    district_code = fields.String(required=True, allow_none=True)
    stopped_at = Moment(required=True, allow_none=True)
    stop_reason = OneOf(StopReason, required=True, allow_none=True)
    version = fields.Integer(required=True)


class FoundResidentSchema(PersonFields):
    """What tells name twins apart."""

    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    stopped_at = Moment(required=True, allow_none=True)
    telephones = fields.List(Part(FoundTelephoneSchema), required=True)


class ResidentSchema(ResidentFields):
    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    note = Text(2000, required=True, allow_none=True, about="null unless the role is staff")
    needs = fields.Function(
        lambda resident: [row.need for row in resident.needs],
        metadata={"type": "array", "items": {"type": "string", "enum": [need.value for need in Need]}},
    )
    stopped_at = Moment(required=True, allow_none=True)
    stop_reason = OneOf(StopReason, required=True, allow_none=True)
    created_at = Moment(required=True)
    version = fields.Integer(required=True)


class ResidentsAskedSchema(Asked):
    district = Text(8)


class SearchSchema(ApiSchema):
    text = Text(
        100, least=1, required=True, about="kana, kanji, 屋号, year of birth, or three digits of a number; all must fit"
    )
    limit = Number(1, 50, load_default=20)


class FoundSchema(ApiSchema):
    items = fields.List(Part(FoundResidentSchema), required=True)
