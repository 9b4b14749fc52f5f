"""The question who is in charge (担当) of a request or a series."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField

from ..core.answers import choices
from ..core.forms import DeskForm
from .models import User

WHOSE = {"": _l("Everybody's"), "mine": _l("Mine"), "nobody": _l("Nobody's")}


class InChargeForm(DeskForm):
    """`seen` is who was in charge when the page was opened."""

    user_id = SelectField(_l("Person in charge"), choices=[], default="")
    seen = HiddenField(default="")

    def offer(self, people: Sequence[User], now_there: User | None) -> InChargeForm:
        """Fill the list. Who is in charge stands in it also when the account is over."""
        names = {str(one.id): one.name for one in people}
        if now_there is not None:
            names.setdefault(str(now_there.id), now_there.name)
        self.user_id.choices = choices(names, _l("Nobody"))
        if not self.is_submitted():
            self.user_id.data = self.seen.data = str(now_there.id) if now_there else ""
        return self

    @property
    def chosen_id(self) -> int | None:
        return _id_of(self.user_id.data)

    @property
    def seen_id(self) -> int | None:
        return _id_of(self.seen.data)


def _id_of(typed: str | None) -> int | None:
    """Nine digits fit the databases' integers; all else is nobody's number."""
    return int(typed) if typed and typed.isascii() and typed.isdecimal() and len(typed) <= 9 else None
