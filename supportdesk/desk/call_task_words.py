"""What a call task's kind and ends are called on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .call_task_rules import CallTaskEnd, CallTaskKind, CallTaskOutcome

CALL_TASK_KIND = {
    CallTaskKind.WISH: _l("Wishes to be called back"),
    CallTaskKind.REPLY: _l("Answered a text of ours"),
    CallTaskKind.CORRECTION: _l("Was told something that is not so any more"),
    CallTaskKind.FOLLOW_UP: _l("Is all well?"),
    CallTaskKind.BY_HAND: _l("Call that a colleague wrote down"),
}
CALL_TASK_OUTCOME = {
    CallTaskOutcome.TALKED: _l("Talked"),
    CallTaskOutcome.ANSWERING_MACHINE: _l("Machine"),
    CallTaskOutcome.NO_ANSWER: _l("No answer"),
    CallTaskOutcome.WRONG_NUMBER: _l("Wrong number"),
    CallTaskOutcome.NOT_NEEDED: _l("Not needed any more"),
}
CALL_TASK_END = {
    CallTaskEnd.TALKED: _l("Talked"),
    CallTaskEnd.WRONG_NUMBER: _l("Wrong number"),
    CallTaskEnd.NOT_NEEDED: _l("Not needed any more"),
    CallTaskEnd.OVER: _l("Closed, since it was over"),
}
