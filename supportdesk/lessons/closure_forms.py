"""What is asked about a closure of a venue."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField

from ..core.answers import NEEDED, at_most, choices
from ..core.edits import at_field
from ..core.forms import OnceForm
from ..core.japan.calendar import parse_day
from ..places.calendar_actions import ClosureData
from ..places.models import Room


class ClosureForm(OnceForm):
    """A day or a range. `anyway` is asked only when lessons lie on it."""

    room_id = SelectField(_l("What is closed"), choices=[])
    first = StringField(_l("Day (or the first of several)"), [NEEDED])
    last = StringField(_l("Last day, if there are several"))
    reason = StringField(_l("Reason"), [NEEDED, at_most(100)])
    anyway = BooleanField(_l("Close it all the same"))

    def offer(self, rooms: Sequence[Room]) -> None:
        """Fill the list."""
        self.room_id.choices = choices({str(row.id): row.name for row in rooms}, _l("The whole venue"))
        self.room_id.data = self.room_id.data or ""

    def closure(self) -> ClosureData:
        """What was typed, read. Raises Refusal at the field that cannot be read."""
        with at_field("first"):
            first = parse_day(self.first.data or "")
        with at_field("last"):
            last = parse_day(self.last.data) if (self.last.data or "").strip() else first
        room_id = int(self.room_id.data) if self.room_id.data else None
        return ClosureData(first=first, last=last, reason=self.reason.data or "", room_id=room_id)
