"""What the states of permits and the kinds of things are called on pages, and what happened to them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .permit_rules import PermitState
from .thing_rules import Equipment

PERMIT_STATE = {
    PermitState.PROVISIONAL: _l("provisionally booked"),
    PermitState.REQUESTED: _l("permit requested"),
    PermitState.GRANTED: _l("permit granted"),
    PermitState.CANCELLED: _l("permit cancelled"),
}

# For components/status.html.
PERMIT_TONE = {
    PermitState.PROVISIONAL: "wait",
    PermitState.REQUESTED: "wait",
    PermitState.GRANTED: "ok",
    PermitState.CANCELLED: "stop",
}

PERMIT_HISTORY = {
    "permit.added": _l("written down"),
    "permit.edited": _l("changed"),
    "permit.moved": _l("state changed"),
}

EQUIPMENT = {
    Equipment.WIFI: _l("Mobile router"),
    Equipment.SCREEN: _l("Projector"),
    Equipment.LOAN_PHONE: _l("Phone to lend"),
    Equipment.HEARING_AID: _l("Hearing support"),
    Equipment.POWER: _l("Extension lead"),
    Equipment.OTHER: _l("Other thing"),
}
