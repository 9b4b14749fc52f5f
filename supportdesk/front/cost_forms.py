"""What is asked on the page of costs."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..core.answers import NEEDED, NumberField
from ..core.forms import DeskForm


class OnTopForm(DeskForm):
    yen = NumberField(_l("Allowed on top this month, in yen"), [NEEDED])
