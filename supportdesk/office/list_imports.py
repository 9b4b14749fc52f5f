"""Districts and topics from tables; the code of an entry is its external_id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from ..core.access import Actor
from ..core.db import db
from ..core.errors import Refusal
from ..core.japan.text import nfkc
from ..core.table_files import Column, Outcome, number, yes_or_no
from . import list_actions as actions
from . import list_rules as rules
from .list_actions import DistrictData, TopicData
from .models import District, Topic


def _degrees(cell: str) -> float:
    try:
        return float(nfkc(cell))
    except ValueError:
        raise Refusal("Please write decimal degrees, like 32.611.", code="not-degrees") from None


def _district_code(cell: str) -> str:
    return rules.code(cell, 8)


def _topic_code(cell: str) -> str:
    return rules.code(cell, 16)


# The aliases are the columns of the reference data and of lists made for it.
DISTRICT_COLUMNS = (
    Column("external_id", ("district_code", "code"), required=True, read=_district_code),
    Column("name", (), required=True),
    Column("name_kana", (), required=True),
    Column("latitude", ("center_lat",), required=True, read=_degrees),
    Column("longitude", ("center_lng",), required=True, read=_degrees),
    Column("town_name"),
    Column("sort_order", read=number),
)
TOPIC_COLUMNS = (
    Column("external_id", ("topic_code", "code"), required=True, read=_topic_code),
    Column("label", (), required=True),
    Column("group", (), required=True),
    Column("first_route", (), required=True),
    Column("urgent", ("urgent_default",), read=yes_or_no),
    Column("staff_note"),
    Column("sort_order", read=number),
)


class _List(NamedTuple):
    """One of the office's lists, and the actions that keep it."""

    kept: type[Any]
    data: type[Any]
    data_of: Callable[[Any], Any]
    add: Callable[..., Any]
    edit: Callable[..., Any]


@dataclass(frozen=True)
class _Importer:
    by: Actor
    now: datetime
    of: ClassVar[_List]

    def put(self, row: dict[str, Any]) -> Outcome:
        """Add or change one entry. Raises Refusal."""
        given = {one.name: row[one.name] for one in fields(self.of.data) if one.name in row}
        code = row["external_id"]
        known = db.session.get(self.of.kept, code)
        if known is None:
            self.of.add(code, self.of.data(**given), by=self.by, now=self.now)
            return Outcome.ADDED
        data, before = replace(self.of.data_of(known), **given), known.version
        self.of.edit(code, data, before, by=self.by, now=self.now)
        return Outcome.CHANGED if known.version != before else Outcome.SAME


class DistrictImporter(_Importer):
    columns = DISTRICT_COLUMNS
    of = _List(District, DistrictData, actions.district_data, actions.add_district, actions.edit_district)


class TopicImporter(_Importer):
    columns = TOPIC_COLUMNS
    of = _List(Topic, TopicData, actions.topic_data, actions.add_topic, actions.edit_topic)
