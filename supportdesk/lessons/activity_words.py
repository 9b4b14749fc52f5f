"""Why a duty is not in the record of activity, as pages say it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .activity_rules import NotCounted

NOT_COUNTED = {
    NotCounted.CANCELLED: _l("The lesson was cancelled"),
    NotCounted.TO_COME: _l("The lesson is still to come"),
    NotCounted.NOT_RECORDED: _l("The lesson is not recorded as held yet"),
}
