"""What a planner decides for each of several dates, as typed on one page: a small form for each date."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectChoice, SelectField, StringField
from wtforms.widgets import Select

from ..core.answers import at_most, choices
from ..core.edits import at_field
from ..core.errors import Refusal
from ..core.forms import DeskForm
from ..core.japan import calendar
from ..places.models import Room
from .decision_rules import Choice, Decision
from .series_rules import MOST_DATES
from .several import Row
from .words import CHOICE

_KEY = re.compile(r"row-([0-9-]{1,12})-choice")


@functools.lru_cache(maxsize=4096)
def _option(value: Any, label: str, selected: bool) -> Markup:
    if selected:
        return Markup('<option selected value="{}">{}</option>').format(value, label)
    return Markup('<option value="{}">{}</option>').format(value, label)


class _SameForAll(Select):
    """A list that stands on a page 500 times: each of its options is written once."""

    @classmethod
    def render_option(cls, choice: Any) -> Markup:
        return _option(choice.value, str(choice.label), choice.selected)


class RowForm(DeskForm):
    """The decision about one date; its fields are named `row-2026-07-15-choice`."""

    class Meta:
        csrf = False

    choice = SelectField(_l("What to do"), choices=[], default=Choice.KEEP.value, widget=_SameForAll())
    reason = StringField(_l("Why it is held all the same"), [at_most(200)])
    room_id = SelectField(_l("Other room"), choices=[], validate_choice=False, widget=_SameForAll())
    day = StringField(_l("Other day"), [at_most(40)])
    start = StringField(_l("Other hour"), [at_most(40)])
    seen = HiddenField()

    def decision(self) -> Decision:
        """What was chosen, read. Raises Refusal at the field that cannot be read."""
        chosen = Choice(self.choice.data)
        room = str(self.room_id.data or "")
        return Decision(
            choice=chosen,
            reason=self.reason.data or "",
            room_id=int(room) if chosen is Choice.ROOM and re.fullmatch("[0-9]{1,9}", room, re.ASCII) else None,
            day=_day(self.day.data) if chosen is Choice.MOVE else None,
            start=_start(self.start.data) if chosen is Choice.MOVE else None,
            seen=self.seen.data or "",
        )


def _day(typed: str | None) -> date | None:
    if not (typed or "").strip():
        return None
    with at_field("day"):
        return calendar.parse_day(typed or "")


def _start(typed: str | None) -> time | None:
    if not (typed or "").strip():
        return None
    with at_field("start"):
        return calendar.parse_time(typed or "")


@dataclass(frozen=True)
class Shown:
    """One date on the page. `open`: with all that can be decided about it; a date that nothing stands against shows
    its choice alone, so that 500 of them are still a page. `number` counts those that are held."""

    row: Row
    form: RowForm
    number: int | None
    open: bool


class DecidedRows:
    """The decisions of one page. `good` says whether all of them could be read."""

    def __init__(
        self, typed: MultiDict[str, str], rooms: Sequence[Room], wording: Mapping[Choice, Any] = CHOICE
    ) -> None:
        self._choices = choices(wording)
        self._rooms = [SelectChoice("", _("Not chosen"))]
        self._rooms += [SelectChoice(str(row.id), f"{row.venue.name} {row.name}") for row in rooms]
        known = {str(row.id) for row in rooms}
        self._forms: dict[str, RowForm] = {}
        self.decisions: dict[str, Decision] = {}
        self.good = True
        keys = [found[1] for name in typed if (found := _KEY.fullmatch(name))]
        for key in keys[:MOST_DATES]:
            form = self._forms[key] = self._form(key, typed)
            if not form.validate():
                self.good = False
                continue
            try:
                decision = form.decision()
                if decision.room_id is not None and str(decision.room_id) not in known:
                    raise Refusal("There is no such room.", code="no-room", field="room_id")
                self.decisions[key] = decision
            except Refusal as refusal:
                self.good = False
                self._refuse(key, form, refusal)

    def leave_out(self, rows: Sequence[Row]) -> None:
        """Decide that none of the rows that something stands against is held."""
        for row in rows:
            if row.refusal:
                key = row.wanted.key
                form = self._forms.setdefault(key, self._form(key, None))
                form.choice.data = Choice.SKIP.value
                self.decisions[key] = Decision(Choice.SKIP)

    def shown(self, rows: Sequence[Row], *, refused: bool) -> list[Shown]:
        """The rows with their forms. `refused`: somebody wanted to save, and is told at each date why that will not do;
        at a first look the conflicts alone say it."""
        found, number = [], 0
        for row in rows:
            form = self._forms.setdefault(row.wanted.key, self._form(row.wanted.key, None))
            number += row.data is not None
            if row.refusal and refused and not form.errors:
                self._refuse(row.wanted.key, form, row.refusal)
            self._fill(form, row)
            otherwise = form.choice.data in (Choice.ROOM.value, Choice.MOVE.value)
            opened = bool(row.refusal or row.kinds or form.errors or form.reason.data or otherwise)
            found.append(Shown(row, form, number if row.data else None, opened))
        return found

    def _form(self, key: str, typed: Mapping[str, str] | None) -> RowForm:
        form = RowForm(formdata=typed, prefix=f"row-{key}-")
        form.choice.choices, form.room_id.choices = self._choices, self._rooms
        return form

    @staticmethod
    def _refuse(key: str, form: RowForm, refusal: Refusal) -> None:
        field = form[refusal.field] if refusal.field in ("reason", "room_id", "day", "start") else form.choice
        field.errors = [*field.errors, _(refusal.message, **refusal.params)]

    @staticmethod
    def _fill(form: RowForm, row: Row) -> None:
        """What was not asked before is filled in with the date as it is planned."""
        planned = row.data or row.wanted.data
        form.seen.data = row.kinds
        if not form.day.raw_data:
            form.day.data = f"{planned.day:%Y-%m-%d}"
        if not form.start.raw_data:
            form.start.data = f"{planned.start:%H:%M}"
        if not form.reason.raw_data:
            form.reason.data = row.decision.reason
