"""What happens to districts and topics: added, changed, taken out of use, used again, removed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from importlib import resources
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ..core import history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import apply, at_field, fitting, for_editing
from ..core.errors import Refusal
from ..core.japan.text import to_katakana
from . import list_rules as rules
from .models import District, Topic
from .queries import Listed


@dataclass(frozen=True)
class DistrictData:
    """A district as it is typed or imported; in decimal degrees (WGS 84). No place in the list: the last one."""

    name: str
    name_kana: str
    latitude: float
    longitude: float
    town_name: str = ""
    sort_order: int | None = None


@dataclass(frozen=True)
class TopicData:
    """A topic as it is typed or imported. No place in the list: the last one."""

    label: str
    group: str
    first_route: str
    urgent: bool = False
    staff_note: str = ""
    sort_order: int | None = None


def district_data(row: District) -> DistrictData:
    """A stored district as it would be typed, so that a part of it can be replaced."""
    return DistrictData(**{one.name: getattr(row, one.name) for one in fields(DistrictData)})


def topic_data(row: Topic) -> TopicData:
    """A stored topic as it would be typed, so that a part of it can be replaced."""
    return TopicData(**{one.name: getattr(row, one.name) for one in fields(TopicData)})


def add_district(code: str, data: DistrictData, *, by: Actor, now: datetime) -> District:
    """A new district; without a code it gets one. Raises Refusal with the field at fault."""
    return _add(District, "D", code, _district(data), by=by, now=now)


def edit_district(code: str, data: DistrictData, version: int, *, by: Actor, now: datetime) -> District:
    """Raises NotFound, ChangedMeanwhile, Refusal."""
    row = for_editing(District, code, version)
    return _edit(row, _district(_placed(data, row)), by=by, now=now)


def add_topic(code: str, data: TopicData, *, by: Actor, now: datetime) -> Topic:
    """A new topic; without a code it gets one. Raises Refusal with the field at fault."""
    return _add(Topic, "T", code, _topic(data), by=by, now=now)


def edit_topic(code: str, data: TopicData, version: int, *, by: Actor, now: datetime) -> Topic:
    """Whoever saves a proposed topic has seen it. Raises NotFound, ChangedMeanwhile, Refusal."""
    row = for_editing(Topic, code, version)
    return _edit(row, _topic(_placed(data, row)) | {"proposed": False}, by=by, now=now)


def retire(model: type[Listed], code: str, version: int, *, by: Actor, now: datetime) -> None:
    """Offer it nowhere any more; what has it keeps it. Raises NotFound, ChangedMeanwhile."""
    row = for_editing(model, code, version)
    if row.retired_at is None:
        row.retired_at = now
        db.session.flush()
        act = "district.retired" if isinstance(row, District) else "topic.retired"
        history.record(act, subject(row), by=by, now=now, version=row.version)


def use_again(model: type[Listed], code: str, version: int, *, by: Actor, now: datetime) -> None:
    """The way back from an entry taken out of use. Raises NotFound, ChangedMeanwhile."""
    row = for_editing(model, code, version)
    if row.retired_at is not None:
        row.retired_at = None
        db.session.flush()
        act = "district.reused" if isinstance(row, District) else "topic.reused"
        history.record(act, subject(row), by=by, now=now, version=row.version)


def remove(model: type[Listed], code: str, version: int, *, by: Actor, now: datetime) -> None:
    """Take away what was entered by mistake. Whether anything uses it is asked of the database, since the rooms that
    do stand to the right. Raises NotFound, ChangedMeanwhile, Refusal `in-use`."""
    row = for_editing(model, code, version)
    name = row.name if isinstance(row, District) else row.label
    try:
        with db.session.begin_nested():
            db.session.delete(row)
    except IntegrityError:
        raise Refusal("This is in use already. Please take it out of use instead.", code="in-use") from None
    act = "district.removed" if isinstance(row, District) else "topic.removed"
    history.record(act, subject(row), by=by, now=now, name=name)


def add_usual_topics(*, by: Actor, now: datetime) -> int:
    """Put the packaged topics into a town that has none, each marked as proposed; gives how many.

    Raises Refusal `topics-there`: a list that the office has begun is not mixed with another one.
    """
    if db.session.scalar(sa.select(sa.func.count()).select_from(Topic)):
        raise Refusal("There are topics already.", code="topics-there")
    rows = json.loads(resources.files("supportdesk").joinpath("sample_town", "topics.json").read_text("utf-8"))
    for place, row in enumerate(rows, start=1):
        data = TopicData(
            row["label"], row["group"], row["first_route"], row["urgent_default"], row["staff_note"], place
        )
        _add(Topic, "T", row["topic_code"], _topic(data) | {"proposed": True}, by=by, now=now)
    return len(rows)


def subject(row: District | Topic) -> str:
    """The key under which the history knows an entry."""
    return f"{row.__tablename__}:{row.code}"


def _placed(data: Any, row: District | Topic) -> Any:
    return replace(data, sort_order=row.sort_order) if data.sort_order is None else data


def _district(data: DistrictData) -> dict[str, Any]:
    values = fitting(District, asdict(data), needed=("name", "name_kana"))
    with at_field("name_kana"):
        values["name_kana"] = to_katakana(values["name_kana"])
    with at_field("latitude"):
        rules.check_point(values["latitude"], values["longitude"])
    return _with_place(District, values)


def _topic(data: TopicData) -> dict[str, Any]:
    values = fitting(Topic, asdict(data), needed=("label", "group"))
    values["first_route"] = rules.referral_place(values["first_route"]).value
    return _with_place(Topic, values)


def _with_place(model: type[Listed], values: dict[str, Any]) -> dict[str, Any]:
    if values["sort_order"] is None:
        last = db.session.scalar(sa.select(sa.func.max(model.sort_order))) or 0
        values["sort_order"] = min(last + 1, rules.LAST_PLACE)
    rules.check_place(values["sort_order"])
    return values


def _add(
    model: type[Listed], letter: str, code: str, values: dict[str, Any], *, by: Actor, now: datetime
) -> Listed:
    if code.strip():
        kept = rules.code(code, model.__table__.c.code.type.length)  # type: ignore[attr-defined]
    else:
        kept = rules.free_code(letter, db.session.scalars(sa.select(model.code)).all())
    row = model(code=kept, **values)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        raise Refusal("There is an entry with this code already.", code="code-taken", field="code") from None
    act = "district.added" if isinstance(row, District) else "topic.added"
    history.record(act, subject(row), by=by, now=now)
    return row


def _edit(row: Listed, values: dict[str, Any], *, by: Actor, now: datetime) -> Listed:
    changed = apply(row, values)
    if changed:
        db.session.flush()
        act = "district.edited" if isinstance(row, District) else "topic.edited"
        history.record(act, subject(row), by=by, now=now, version=row.version, changed=changed)
    return row
