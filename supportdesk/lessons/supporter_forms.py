"""The form of a supporter's last day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from ..core.answers import NEEDED, at_most
from ..core.edits import at_field
from ..core.forms import VersionedForm
from ..core.japan.calendar import parse_day


class EndForm(VersionedForm):
    left_on = StringField(_l("Last day of service"), [NEEDED, at_most(40)])
    seen = HiddenField()

    def last_day(self) -> date:
        """Raises Refusal."""
        with at_field("left_on"):
            return parse_day(self.left_on.data or "")

    def seen_ids(self) -> list[int]:
        """The lessons that the page showed."""
        return [int(one) for one in (self.seen.data or "").split() if one.isascii() and one.isdigit() and len(one) < 10]

    def show(self, lesson_ids: Iterable[int]) -> None:
        """What the page shows now."""
        self.seen.data = " ".join(str(one) for one in lesson_ids)
