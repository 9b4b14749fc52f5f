"""The form of the page 「市からの連絡か確かめる」."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from ..core.answers import NEEDED
from ..core.forms import DeskForm


class AskForm(DeskForm):
    """A number or a name. Sent by POST, so that neither stands in an address or a log."""

    q = StringField(_l("Telephone number or name"), [NEEDED])
    resident = HiddenField()
