"""What is asked about a closed day of the office."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField

from ..core.answers import NEEDED, at_most
from ..core.edits import at_field
from ..core.errors import Refusal
from ..core.forms import DeskForm
from ..core.japan.calendar import parse_day
from ..office.closed_day_actions import REASON_LETTERS


class CloseDaysForm(DeskForm):
    """A day or a range. `anyway` is asked only when lessons lie on it."""

    first = StringField(_l("Day (or the first of several)"), [NEEDED])
    last = StringField(_l("Last day, if there are several"))
    reason = StringField(_l("Reason"), [NEEDED, at_most(REASON_LETTERS)])
    anyway = BooleanField(_l("Close these days all the same"))

    def days(self) -> tuple[date, date] | None:
        """The days that were typed, or None when one was refused; the reason then stands at its field."""
        try:
            with at_field("first"):
                first = parse_day(self.first.data or "")
            with at_field("last"):
                last = parse_day(self.last.data) if self.last.data and self.last.data.strip() else first
        except Refusal as refusal:
            self.refuse(refusal)
            return None
        return first, last


class OpenDayForm(DeskForm):
    day = StringField()
