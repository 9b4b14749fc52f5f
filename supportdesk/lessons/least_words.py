"""What was decided about a lesson below its least number, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .least_rules import LeastAnswer, Question

LEAST_ANSWER = {
    LeastAnswer.HOLD: _l("It is held"),
    LeastAnswer.EXTEND: _l("Booking stays open for longer"),
}
QUESTION = {
    Question.LEAST: _l("Fewer people have asked than it is held from"),
    Question.DRAW: _l("The draw is still to be made"),
}
