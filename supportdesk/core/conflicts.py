"""What the second of two editors sees: what the first one saved, beside what the second one typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, Field, HiddenField, SelectFieldBase, SelectMultipleField

from . import history
from .forms import VersionedForm


@dataclass(frozen=True)
class Change:
    """One thing that two records say differently, in words."""

    label: str
    theirs: str
    yours: str


@dataclass(frozen=True)
class Conflict:
    """Who saved in between, when, and what differs now."""

    changes: list[Change]
    name: str
    at: datetime | None


def between(typed: VersionedForm, stored: VersionedForm, subject: str, version: int) -> Conflict:
    """Compare the form as typed with the same form filled from the row as it stands, and let the typed one be saved
    over it: whoever has seen the difference may decide."""
    typed.version.data = str(version)
    changes = [
        Change(field.label.text, shown(stored[field.name]), shown(field))
        for field in typed
        if not isinstance(field, HiddenField) and shown(stored[field.name]) != shown(field)
    ]
    return conflict(changes, subject, version)


def conflict(changes: list[Change], subject: str, version: int) -> Conflict:
    """These differences, with who made that version of the subject, as far as its history names versions."""
    saved = next((row for row in history.of(subject) if row.details.get("version") == version), None)
    return Conflict(changes, saved.actor_name if saved else "", saved.at if saved else None)


def shown(field: Field) -> str:
    """What a field holds, in the words of its page."""
    if isinstance(field, BooleanField):
        return _("Yes") if field.data else _("No")
    if isinstance(field, SelectFieldBase):
        several = isinstance(field, SelectMultipleField)
        chosen = field.data or [] if several else ["" if field.data is None else field.data]
        labels: dict[Any, Any] = {choice.value: choice.label for choice in field.choices}
        # In the order of the list: the same boxes ticked in another order are no difference.
        listed = [value for value in labels if value in chosen]
        unlisted = [value for value in chosen if value not in labels]
        return "、".join(str(labels.get(value, value)) for value in listed + unlisted)
    return "" if field.data is None else str(field.data).strip()
