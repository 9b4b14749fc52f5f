"""Forms about help requests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField

from ..core.forms import DeskForm


class MoveForm(DeskForm):
    """Move a request on. `seen` is the status in which the clerk saw it."""

    seen = HiddenField()
    status = SelectField(_l("Status"))
    outcome = StringField(_l("What came of it, or where it went"))
