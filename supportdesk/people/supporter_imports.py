"""Supporters from a table."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from ..core.access import Actor
from ..core.errors import Refusal
from ..core.japan import calendar
from ..core.table_files import Column, Outcome, external_id, number, several, yes_or_no
from . import supporter_actions as actions
from . import supporter_queries as queries
from .imports import language, word
from .models import Supporter
from .rules import Wish
from .supporter_data_rules import SupporterData, whole_year
from .supporter_rules import SupporterKind


def _day(cell: str) -> date | None:
    return calendar.parse_day(cell) if cell else None


def _kind(cell: str) -> SupporterKind:
    return word(SupporterKind, cell) if cell else SupporterKind.VOLUNTEER


def _wish(cell: str) -> Wish:
    return word(Wish, cell) if cell else Wish.PERSON


def _or_none(cell: str) -> str | None:
    return cell or None


_TERM = ("from_day", "until_day", "insured_on")
COLUMNS = (
    Column("external_id", required=True, read=external_id),
    Column("name", required=True),
    Column("kana", required=True),
    Column("kind", read=_kind),
    Column("district_code", ("district",), read=_or_none),
    Column("telephone"),
    Column("fax", read=yes_or_no),
    Column("wish", read=_wish),
    Column("language", read=language),
    Column("badge"),
    Column("trained_on", read=_day),
    Column("pledged_on", read=_day),
    Column("skills", read=several),
    Column("fiscal_year", read=number),
    *(Column(name, read=_day) for name in _TERM),
)


@dataclass(frozen=True)
class SupporterImporter:
    """One term a row, where its fiscal year is given; days left empty are those of the whole year. What a file does not
    hold (hours, dates off, the account) stays as it is in the record."""

    by: Actor
    now: datetime
    columns = COLUMNS

    def put(self, row: dict[str, Any]) -> Outcome:
        """Add or change one supporter. Raises Refusal."""
        given = {one.name: row[one.name] for one in fields(SupporterData) if one.name in row}
        known = queries.by_external_id(row["external_id"])
        if known is None:
            data = SupporterData(**given)
            supporter = actions.add_supporter(data, external_id=row["external_id"], by=self.by, now=self.now)
            self._term(supporter, row)
            return Outcome.ADDED
        data = replace(actions.data_of(known), **given)
        before = known.version
        supporter = actions.edit_supporter(known.id, data, before, by=self.by, now=self.now)
        changed = self._term(supporter, row) or supporter.version != before
        return Outcome.CHANGED if changed else Outcome.SAME

    def _term(self, supporter: Supporter, row: dict[str, Any]) -> bool:
        """Enter the row's term; whether it says something new."""
        year = row.get("fiscal_year")
        if year is None:
            if any(row.get(name) for name in _TERM):
                raise Refusal("Please fill this in.", code="empty", field="fiscal_year")
            return False
        if not 2000 <= year <= 2200:
            raise Refusal("Please choose a fiscal year from the list.", code="fiscal-year", field="fiscal_year")
        days = {name: row[name] for name in _TERM if row.get(name)}
        before = queries.papers_of(supporter).terms
        actions.set_term(supporter.id, replace(whole_year(year), **days), by=self.by, now=self.now)
        return queries.papers_of(supporter).terms != before
