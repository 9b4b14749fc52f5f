"""The shape of entries and draws below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked, New
from ..lessons.booking_rules import MOST_COMPANIONS
from ..lessons.rules import BookedBy, BookingChannel
from ..lessons.waiting_rules import WaitEnd
from ..reminders.light_rules import LightKind


class NewEntrySchema(New):
    """A party: all of it gets seats in the draw, or nobody. `asked_at` is for a paper slip that is typed later: when
    they asked; then that moment must lie in the booking period, and not this one."""

    resident_ids = Several(Number(1), required=True)
    companions = Number(0, MOST_COMPANIONS, load_default=0)
    booked_by = OneOf(BookedBy, required=True)
    caller = Text(80, load_default="", about="the name of the one who asks, if it is somebody else")
    channel = OneOf(BookingChannel, required=True)
    text_wished = Flag(load_default=False, about="the result by text message, where one may be sent")
    override_reason = Text(200, load_default="", about="enters outside the booking period, never after the draw")
    asked_at = Moment()


class KeptEntrySchema(AnswerSchema):
    """An entry without anybody's words. `number` is that of the slip until the draw, which keeps it; then the place on
    the waiting list. `resident_ids` are those who still come, while any does."""

    id = fields.Integer(required=True)
    number = fields.Integer(attribute="place", required=True)
    external_id = fields.String(required=True, allow_none=True)
    lesson_id = fields.Integer(required=True)
    resident_ids = fields.List(fields.Integer(), required=True)
    party = fields.String(required=True)
    companions = fields.Integer(required=True)
    booked_by = OneOf(BookedBy, required=True)
    channel = OneOf(BookingChannel, required=True)
    text_wished = Flag(required=True)
    asked_at = Moment(attribute="joined_at", required=True)
    entered_by = fields.String(attribute="joined_by", required=True)
    ended_at = Moment(required=True, allow_none=True)
    ended_how = OneOf(WaitEnd, required=True, allow_none=True)


class EntrySchema(KeptEntrySchema):
    """Names stand at /residents."""

    caller = fields.String(required=True)
    override_reason = fields.String(required=True)
    end_reason = fields.String(required=True)


class EntriesAskedSchema(Asked):
    ended = Flag(load_default=False, about="withdrawn ones and those who have a seat too")


class ToldLineSchema(AnswerSchema):
    """One line of the drawn list as persons have told it."""

    entry_id = fields.Integer(attribute="waiting_id", required=True)
    won = Flag(required=True)
    told_at = Moment(required=True, allow_none=True)
    told_by = fields.String(required=True)
    tries = fields.Integer(required=True)


class LineSchema(AnswerSchema):
    """`lot` is the SHA-256 of seed, hyphen and number, in hexadecimal; the smaller comes first."""

    entry_id = fields.Integer(attribute="line.waiting_id", required=True)
    number = fields.Integer(attribute="line.number", required=True)
    rank = fields.Integer(attribute="line.rank", required=True)
    seats = fields.Integer(attribute="line.seats", required=True)
    first_timers = Flag(attribute="line.first_timers", required=True)
    won = Flag(attribute="line.won", required=True)
    lot = fields.String(required=True)
    resident_ids = fields.List(fields.Integer(), required=True)
    told_at = Moment(attribute="line.told_at", required=True, allow_none=True)


class TellingSchema(AnswerSchema):
    entry_id = fields.Integer(required=True)
    light = OneOf(LightKind, required=True)


class DrawSchema(AnswerSchema):
    """`told` says, of those who are still to be told the result, how far that has come."""

    lesson_id = fields.Integer(required=True)
    seed = fields.String(required=True)
    seats = fields.Integer(required=True)
    first_timers_first = Flag(required=True)
    drawn_at = Moment(required=True)
    drawn_by = fields.String(required=True)
    entries = fields.List(Part(LineSchema), required=True)
    told = fields.List(Part(TellingSchema))


class ToldSchema(ApiSchema):
    told = Flag(required=True, about="false: nobody was reached")
