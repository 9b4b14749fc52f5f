"""What stands on a day sheet: attendance, how it went, who helps on, and what matters in the room."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..office import list_words as office
from ..office.list_rules import ReferralPlace
from ..people import words as people
from ..people.rules import Need
from .rules import Attendance, HowItWent

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
# From a class one refers to another class.
REFERRAL_PLACE = office.REFERRAL_PLACE | {ReferralPlace.CLASS: _l("Another class")}
# As everywhere, but said as what to do in the room where that helps a volunteer more than the name of a trouble.
NEED = people.NEED | {
    Need.HEARING: _l("Hard of hearing: write, speak up"),
    Need.SIGHT: _l("Hard of seeing: large letters"),
    Need.MOBILITY: _l("Walks with difficulty, wheelchair"),
}
