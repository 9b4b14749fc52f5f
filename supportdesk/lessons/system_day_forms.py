"""What is asked about a day on which the card system stands still."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from .closed_day_forms import CloseDaysForm


class SystemDaysForm(CloseDaysForm):
    """A day or a range. `anyway` is asked only when the counter is booked then."""

    anyway = BooleanField(_l("Put these days in all the same"))
