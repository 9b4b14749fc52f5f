"""What the words about supporters are called on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .supporter_queries import Papers
from .supporter_rules import NoDuty, SupporterKind

SUPPORTER_KIND = {
    SupporterKind.VOLUNTEER: _l("Volunteer of the town"),
    SupporterKind.DIGITAL_PROMOTER: _l("Digital promoter"),
    SupporterKind.STAFF: _l("Member of staff"),
    SupporterKind.CONTRACTOR: _l("Contractor's person"),
}
NO_DUTY = {
    NoDuty.LEFT: _l("Has left"),
    NoDuty.NO_TERM: _l("No term"),
    NoDuty.NO_PLEDGE: _l("Pledge missing"),
    NoDuty.NO_INSURANCE: _l("Not insured"),
    NoDuty.OFF: _l("Day off"),
    NoDuty.NOT_AVAILABLE: _l("Outside the hours"),
}
PAPERS = {
    Papers.MISSING: _l("Missing today"),
    Papers.NEXT_YEAR: _l("Not renewed for the next fiscal year"),
}
SUPPORTER_HISTORY = {
    "supporter.added": _l("Supporter added"),
    "supporter.edited": _l("Supporter's record changed"),
    "supporter.term": _l("Term entered"),
    "supporter.term-taken-back": _l("Term taken back"),
    "supporter.off": _l("Dates off entered"),
    "supporter.off-taken-back": _l("Dates off taken back"),
    "supporter.ended": _l("Service ended"),
    "supporter.came-back": _l("With us again"),
}
