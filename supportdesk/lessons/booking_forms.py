"""The shape of what staff type about bookings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from ..core.answers import choices
from ..core.edits import at_field
from ..core.forms import OnceForm
from . import words
from .booking_rules import MOST_COMPANIONS
from .rules import BookedBy, BookingChannel, parse_moment
from .series_rules import Scope


def row_id(typed: str | int) -> int:
    """An id as it stands in a form or an address. Raises ValueError for what no table can hold."""
    number = int(typed)
    if not 0 < number < 2**31:
        raise ValueError("no such id")
    return number


class BookForm(OnceForm):
    booked_by = RadioField(
        _l("Who asks for the booking"),
        choices=choices(words.BOOKED_BY),
        coerce=BookedBy,
        default=BookedBy.SELF,
        validators=[DataRequired(_l("Please choose one."))],
    )
    caller = StringField(
        _l("Name of the one who asks, if it is somebody else"),
        default="",
        validators=[Length(max=80, message=_l("Please write at most %(max)d characters."))],
    )
    channel = RadioField(
        _l("How the booking came"),
        choices=choices(words.BOOKING_CHANNEL),
        coerce=BookingChannel,
        default=BookingChannel.PHONE,
        validators=[DataRequired(_l("Please choose one."))],
    )
    companions = IntegerField(
        _l("Companions without a record of their own"),
        default=0,
        validators=[
            InputRequired(_l("Please give a number; 0 if nobody comes along.")),
            NumberRange(0, MOST_COMPANIONS, _l("Please give a number from 0 to 5.")),
        ],
    )
    read_back = BooleanField(_l("Read back aloud"))
    text_wished = BooleanField(_l("A text message is wished"))
    override_reason = StringField(
        _l("Reason for booking outside the booking period, or past those who wait"), default=""
    )

    asked_at = StringField(_l("Time on the paper slip"), default="")

    def answers(self) -> dict[str, Any]:
        """What book_party asks for, by the names it has there."""
        booking = {name: self[name].data for name in ("read_back", "override_reason")}
        return self.answers_for_waiting() | booking

    def answers_for_waiting(self) -> dict[str, Any]:
        """What waiting.join asks for, by the names it has there."""
        return {name: self[name].data for name in ("booked_by", "caller", "channel", "companions", "text_wished")}

    def answers_for_entering(self) -> dict[str, Any]:
        """What lottery.enter asks for, by the names it has there. Raises Refusal at the field."""
        entry = {"override_reason": self.override_reason.data, "asked_at": read_slip(self.asked_at.data)}
        return self.answers_for_waiting() | entry


def read_slip(typed: str) -> datetime | None:
    """When somebody asked, as it stands on a paper slip; None if it is left empty. Raises Refusal at `asked_at`."""
    if not typed.strip():
        return None
    with at_field("asked_at"):
        return parse_moment(typed)


class CancelForm(OnceForm):
    reason = StringField(
        _l("Why the booking is cancelled"),
        validators=[DataRequired(_l("Please write why."))],
    )


class CancelSeriesForm(CancelForm):
    """Of a series that is booked as a whole, one lesson may be given up, or the rest."""

    scope = RadioField(
        _l("Which lessons"),
        choices=choices(words.BOOKED_SCOPE),
        coerce=Scope,
        validators=[DataRequired(_l("Please choose one."))],
    )


class MoveForm(OnceForm):
    """`lesson` gets its choices from the page: the lessons that can be booked now. The rules look again."""

    lesson = RadioField(
        _l("New lesson"),
        coerce=row_id,
        # The same form sent again finds its lesson full by the first and gone from the choices, and shall get
        # the first answer all the same.
        validate_choice=False,
        validators=[InputRequired(_l("Please choose a lesson."))],
    )
