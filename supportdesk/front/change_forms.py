"""What is asked on the pages of changes. Which lesson is named instead is asked once for each lesson, so those answers
are read by name."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import NumberRange
from wtforms.widgets import HiddenInput

from ..core.answers import NEEDED, at_most
from ..core.forms import OnceForm
from ..lessons.booking_forms import row_id

ALTERNATIVE = "instead-"
NONE_INSTEAD = "0"


class CancelTogetherForm(OnceForm):
    """Why the lessons are cancelled. `seen`: the preview that stood on the page."""

    seen = HiddenField(default="")
    reason = StringField(_l("Reason"), [NEEDED, at_most(200)])


class ReleaseForm(OnceForm):
    seen = HiddenField(default="")


class AfterAllForm(OnceForm):
    """`override_reason` is asked only where something stands against it."""

    override_reason = StringField(_l("Why it is held all the same"), [at_most(200)])


class TransportForm(OnceForm):
    """Whose transport is put right, after which change."""

    booking = IntegerField(validators=[NumberRange(1, 2**31 - 1)], widget=HiddenInput())
    event = IntegerField(validators=[NumberRange(1, 2**31 - 1)], widget=HiddenInput())


def alternatives(answers: Mapping[str, str]) -> dict[int, int | None]:
    """The lesson to be named instead, by the lesson; None for none. What is no number is left out."""
    found: dict[int, int | None] = {}
    for name, typed in answers.items():
        if name.startswith(ALTERNATIVE):
            try:
                found[row_id(name.removeprefix(ALTERNATIVE))] = None if typed == NONE_INSTEAD else row_id(typed)
            except ValueError:
                continue
    return found
