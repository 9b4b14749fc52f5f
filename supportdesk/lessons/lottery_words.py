"""What the ways of giving seats and the ends of an entry are called on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .lottery_rules import Admission

ADMISSION = {
    Admission.FIRST_COME: _l("first come, first served"),
    Admission.LOTTERY: _l("by lot, after booking has closed"),
}
