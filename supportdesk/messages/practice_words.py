"""What the practice telephone's pages call what a line, a call and the rehearsed provider do."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .practice_rules import DELAYS, ProviderTrouble
from .providers.base import Delivery
from .rules import LineBehaviour

BEHAVIOUR = {
    LineBehaviour.NORMAL: _l("Works as usual"),
    LineBehaviour.BUSY: _l("Is always busy"),
    LineBehaviour.NO_ANSWER: _l("Nobody takes calls"),
    LineBehaviour.MACHINE: _l("An answering machine takes calls and records at once"),
    LineBehaviour.MACHINE_BEEP: _l("An answering machine takes calls, speaks first and then beeps"),
    LineBehaviour.OFF: _l("Is switched off or out of reach: texts do not arrive, nobody takes a call"),
    LineBehaviour.NOT_IN_USE: _l("The number is not in use"),
    LineBehaviour.REFUSES_TEXTS: _l("Cannot receive texts: the provider says so at once"),
    LineBehaviour.LANDLINE: _l("Cannot receive texts: it turns out on the way"),
    LineBehaviour.BLOCKED: _l("The telephone company blocks our texts"),
    LineBehaviour.UNKNOWN_HANDSET: _l("The telephone company does not know this handset"),
    LineBehaviour.OPTED_OUT: _l("Refuses texts from this office"),
    LineBehaviour.LOSES_ANSWERS: _l("Takes what comes, but the provider's answer is lost"),
    LineBehaviour.LOSES_NEWS: _l("Takes what comes, but the office never hears of it"),
}
_DELAY = (_l("At once"), _l("10 seconds later"), _l("1 minute later"), _l("5 minutes later"))
DELAY = dict(zip(DELAYS, _DELAY, strict=True))
STATE = {
    Delivery.QUEUED: _l("Will ring in a moment"),
    Delivery.RINGING: _l("Ringing now"),
    Delivery.IN_PROGRESS: _l("On the telephone"),
    Delivery.COMPLETED: _l("The call has ended"),
    Delivery.BUSY: _l("The line was busy"),
    Delivery.NO_ANSWER: _l("Nobody took the call"),
    Delivery.SENT: _l("On its way"),
    Delivery.DELIVERED: _l("Arrived"),
    Delivery.UNDELIVERED: _l("Did not arrive"),
}
COLLEAGUE = {
    Delivery.COMPLETED: _l("A colleague took the call"),
    Delivery.BUSY: _l("The office's line was busy"),
    Delivery.NO_ANSWER: _l("Nobody at the office took the call"),
}
TROUBLE = {
    ProviderTrouble.NONE: _l("Works as usual"),
    ProviderTrouble.BROKEN: _l("Is broken (answers 500)"),
    ProviderTrouble.SILENT: _l("Takes what we send and does not answer"),
    ProviderTrouble.GONE: _l("Cannot be reached at all"),
    ProviderTrouble.BUSY: _l("Is too busy (429, again in 30 seconds)"),
    ProviderTrouble.CREDENTIALS: _l("Does not accept our sign-in"),
}
