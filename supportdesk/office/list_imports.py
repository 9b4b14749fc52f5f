"""Districts and topics from tables; the code of an entry is its external_id."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

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


@dataclass(frozen=True)
class DistrictImporter:
    by: Actor
    now: datetime
    columns = DISTRICT_COLUMNS

    def put(self, row: dict[str, Any]) -> Outcome:
        """Add or change one district. Raises Refusal."""
        given = {one.name: row[one.name] for one in fields(DistrictData) if one.name in row}
        code = row["external_id"]
        known = db.session.get(District, code)
        if known is None:
            actions.add_district(code, DistrictData(**given), by=self.by, now=self.now)
            return Outcome.ADDED
        data, before = replace(actions.district_data(known), **given), known.version
        actions.edit_district(code, data, before, by=self.by, now=self.now)
        return Outcome.CHANGED if known.version != before else Outcome.SAME


@dataclass(frozen=True)
class TopicImporter:
    by: Actor
    now: datetime
    columns = TOPIC_COLUMNS

    def put(self, row: dict[str, Any]) -> Outcome:
        """Add or change one topic. Raises Refusal."""
        given = {one.name: row[one.name] for one in fields(TopicData) if one.name in row}
        code = row["external_id"]
        known = db.session.get(Topic, code)
        if known is None:
            actions.add_topic(code, TopicData(**given), by=self.by, now=self.now)
            return Outcome.ADDED
        data, before = replace(actions.topic_data(known), **given), known.version
        actions.edit_topic(code, data, before, by=self.by, now=self.now)
        return Outcome.CHANGED if known.version != before else Outcome.SAME
