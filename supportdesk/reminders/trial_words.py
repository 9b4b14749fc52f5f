"""What the outcomes and ways of a 連絡テスト are called on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .trial_rules import TrialOutcome, TrialStep

TRIAL_OUTCOME = {
    TrialOutcome.REGISTERED: _l("It arrived, and the sender is in their telephone book"),
    TrialOutcome.DID_NOT_ARRIVE: _l("It did not arrive"),
    TrialOutcome.NOT_TRIED: _l("Not tried after all"),
}
TRIAL_STEP = {
    TrialStep.TEXT: _l("Text"),
    TrialStep.CALL: _l("Call"),
}
