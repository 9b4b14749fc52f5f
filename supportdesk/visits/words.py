"""What stands on a day sheet: attendance, how it went, who helps on, and what matters in the room."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..people import words as people
from ..people.rules import Need
from .rules import Attendance, HowItWent, ReferralPlace

ATTENDANCE = {
    Attendance.CAME: _l("Came"),
    Attendance.ABSENT_NOTIFIED: _l("Absent (told us)"),
    Attendance.NO_SHOW: _l("Absent (no word)"),
}
HOW_IT_WENT = {
    HowItWent.ALONE: _l("Alone"),
    HowItWent.WITH_HELP: _l("With help"),
    HowItWent.NOT_YET: _l("Not yet"),
    HowItWent.REFERRED: _l("Refer on"),
}
REFERRAL_PLACE = {
    ReferralPlace.CLASS: _l("Another class"),
    ReferralPlace.DESK: _l("Consultation alone"),
    ReferralPlace.HOME: _l("A visit at home"),
    ReferralPlace.BRANCH: _l("Branch office"),
    ReferralPlace.COUNTER: _l("City counter"),
    ReferralPlace.TAX: _l("Tax section, tax office"),
    ReferralPlace.WELFARE: _l("Welfare section, welfare council, welfare commissioner"),
    ReferralPlace.COMMUNITY_CARE: _l("Community care centre"),
    ReferralPlace.SHOP: _l("The shop or company of the contract"),
    ReferralPlace.BANK: _l("Bank"),
    ReferralPlace.CONSUMER_CENTER: _l("Consumer centre (188)"),
    ReferralPlace.POLICE: _l("Police (#9110; 110 in a hurry)"),
    ReferralPlace.OTHER: _l("Somewhere else"),
}
# As everywhere, but said as what to do in the room where that helps a volunteer more than the name of a trouble.
NEED = people.NEED | {
    Need.HEARING: _l("Hard of hearing: write, speak up"),
    Need.SIGHT: _l("Hard of seeing: large letters"),
    Need.MOBILITY: _l("Walks with difficulty, wheelchair"),
}
