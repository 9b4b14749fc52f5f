"""What the places are called to which a trouble is referred."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .list_rules import ReferralPlace

REFERRAL_PLACE = {
    ReferralPlace.CLASS: _l("Lesson in a class"),
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
