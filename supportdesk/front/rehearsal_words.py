"""What is said of each step of a rehearsal: who does it, what, and what is to be seen where."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l

from .rehearsal_rules import RehearsalStep

CLERK, RESIDENT, MANAGER = _l("Clerk"), _l("Plays a resident"), _l("Manager")


class Words(NamedTuple):
    who: Any
    does: Any
    sees: Any


REHEARSAL = {
    RehearsalStep.SEND: Words(
        CLERK,
        _l("Open “What would go out” and let it go at once to the practice telephones."),
        _l("“What would go out” says how many were handed over."),
    ),
    RehearsalStep.TEXT: Words(
        RESIDENT,
        _l("Read the text on this mobile. Does it say who writes, the day and the place?"),
        _l("The resident's page: sent (no reply)."),
    ),
    RehearsalStep.CALL: Words(
        RESIDENT,
        _l("Take the call and listen to the end, then hang up."),
        _l("The booking's light: somebody picked up."),
    ),
    RehearsalStep.KEY: Words(
        RESIDENT,
        _l("Where the call asks for a key, press 1 (will come). Only those are asked who wished so."),
        _l("The booking's light: confirmed by the resident."),
    ),
    RehearsalStep.NO_ANSWER: Words(
        RESIDENT,
        _l("Let the call ring out."),
        _l("The booking's light: not reached, and when it is tried again."),
    ),
    RehearsalStep.MACHINE: Words(
        RESIDENT,
        _l("Let the answering machine take the call, and look at what it recorded."),
        _l("The booking's light says no more than that somebody picked up."),
    ),
    RehearsalStep.OFF: Words(
        RESIDENT,
        _l("Set this mobile to “switched off or out of reach”; then the clerk sends once more."),
        _l("“Needs a person”: the text did not arrive."),
    ),
    RehearsalStep.RING_US: Words(
        RESIDENT,
        _l("Ring the office from this telephone, also once with the number withheld."),
        _l("In office hours a colleague is rung; else “Needs a person” has the wish to be called."),
    ),
    RehearsalStep.REPLY: Words(
        RESIDENT,
        _l("Answer the text from this mobile, with “やめます” for instance."),
        _l("“Needs a person”: the reply. The booking itself stays."),
    ),
    RehearsalStep.PERSON: Words(
        CLERK,
        _l("Take a call from “Needs a person”, and note how it ended."),
        _l("It is gone from “Needs a person”, and “Today” counts one less."),
    ),
    RehearsalStep.TRIAL: Words(
        CLERK,
        _l("Open this resident's page and do the test of the telephone together; note what was seen."),
        _l("The resident's page: tested together."),
    ),
    RehearsalStep.UNKNOWN: Words(
        MANAGER,
        _l("On the shelf, let the telephone company be broken; the clerk sends. Then set it right again."),
        _l("“Needs a person”: unknown whether it arrived. Nothing is sent twice by itself."),
    ),
    RehearsalStep.STOPPED: Words(
        MANAGER,
        _l("Let the telephone company refuse our sign-in; the clerk sends. Then set it right again."),
        _l("“Today” says in red that sending is stopped."),
    ),
    RehearsalStep.RELEASED: Words(
        MANAGER,
        _l("Let sending go on again, in the settings of the office."),
        _l("“Today”: sending goes on, and what was held back leaves."),
    ),
}
