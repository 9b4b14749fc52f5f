"""What is looked for in the record of sending."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField

from ..core import clock
from ..core.answers import at_most, choices
from ..core.errors import Refusal
from ..core.forms import DeskForm
from ..core.japan.calendar import parse_day
from ..core.japan.text import nfkc
from ..messages.rules import MessageStatus
from ..messages.words import MESSAGE_STATUS

# A look at the record goes this far back unless another day is asked for.
DAYS_BACK = 30


class SentForm(DeskForm):
    """Asked with GET, so that the address can be kept."""

    class Meta:
        csrf = False

    day = StringField(_l("Since which day"))
    status = SelectField(
        _l("What became of it"), choices=choices(MESSAGE_STATUS, _l("Everything")), validate_choice=False
    )
    code = StringField(_l("Code of the telephone provider"), [at_most(16)])
    digits = StringField(_l("Last four digits of the number"), [at_most(8)])

    def wanted(self, now: datetime) -> dict[str, Any] | None:
        """What messages.queries.record takes, or None when something was refused; the reason stands at its field."""
        if not self.validate():
            return None
        try:
            day = parse_day(self.day.data) if self.day.data else clock.local_date(now) - timedelta(days=DAYS_BACK)
        except Refusal as refusal:
            refusal.field = "day"
            self.refuse(refusal)
            return None
        status = self.status.data if self.status.data in list(MessageStatus) else None
        return {
            "since": clock.at(day, time.min),
            "status": MessageStatus(status) if status else None,
            "code": nfkc(self.code.data or "").strip() or None,
            "number_ends_in": nfkc(self.digits.data or "").strip() or None,
        }
