"""How the desk screen names what stands in a record."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..people.rules import ContactScope, Need, NumberKind, StopReason
from ..visits.rules import Attendance, HowItWent

NEEDS = {
    Need.HEARING: _l("Hard of hearing"),
    Need.SIGHT: _l("Weak sight"),
    Need.HAND: _l("Hands shake"),
    Need.MOBILITY: _l("Walking is hard"),
    Need.COMPANION: _l("Comes with a helper"),
    Need.EASY_JAPANESE: _l("Easy Japanese"),
    Need.TRANSPORT: _l("Needs a ride"),
    Need.SIGN: _l("Sign language"),
}
SCOPES = {
    ContactScope.PLACE_AND_TIME: _l("may be told day and place only"),
    ContactScope.MAY_CHANGE: _l("may change bookings"),
    ContactScope.MAY_HEAR: _l("may hear about consultations"),
}
STOPS = {
    StopReason.DIED: _l("died"),
    StopReason.MOVED_AWAY: _l("moved away"),
    StopReason.CARE_HOME: _l("moved into a care home"),
    StopReason.WISH: _l("own wish"),
}
KINDS = {
    NumberKind.MOBILE: _l("mobile"),
    NumberKind.LANDLINE: _l("landline"),
    NumberKind.IP: _l("IP telephone"),
    NumberKind.FAX: _l("FAX"),
}
ATTENDANCE = {
    Attendance.CAME: _l("came"),
    Attendance.ABSENT_NOTIFIED: _l("absent, had told us"),
    Attendance.NO_SHOW: _l("absent without notice"),
}
HOW_IT_WENT = {
    HowItWent.ALONE: _l("can do it alone"),
    HowItWent.WITH_HELP: _l("can do it with help"),
    HowItWent.NOT_YET: _l("not yet"),
    HowItWent.REFERRED: _l("somebody else has to help"),
}
