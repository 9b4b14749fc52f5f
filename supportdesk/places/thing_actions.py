"""What happens to things that are taken along to lessons."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from ..core import history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import apply, fitting, for_editing
from ..core.errors import Refusal
from . import thing_rules
from .models import Thing
from .thing_rules import Equipment


@dataclass(frozen=True)
class ThingData:
    """A thing as it is typed."""

    equipment: Equipment
    label: str
    kept_at: str = ""
    note: str = ""


def data_of(thing: Thing) -> ThingData:
    """A stored thing as it would be typed, so that a part of it can be replaced."""
    return ThingData(**{one.name: getattr(thing, one.name) for one in fields(ThingData)})


def add_things(
    data: ThingData, count: int = 1, *, external_id: str | None = None, by: Actor, now: datetime
) -> list[Thing]:
    """So many new pieces, each with its own label. Raises Refusal with the field at fault, and adds none then."""
    things = []
    for label in thing_rules.labels(data.label.strip(), count):
        thing = Thing(external_id=external_id)
        _save(thing, _thing(data) | fitting(Thing, {"label": label}, needed=("label",)))
        history.record("thing.added", f"thing:{thing.id}", by=by, now=now)
        things.append(thing)
    return things


def edit_thing(thing_id: int, data: ThingData, version: int, *, by: Actor, now: datetime) -> Thing:
    """Raises NotFound, ChangedMeanwhile, Refusal."""
    thing = for_editing(Thing, thing_id, version)
    changed = _save(thing, _thing(data))
    if changed:
        changed.pop("note", None)
        history.record(
            "thing.edited", f"thing:{thing.id}", by=by, now=now, version=thing.version, changed=changed
        )
    return thing


def take_out_of_use(thing_id: int, reason: str, version: int, *, by: Actor, now: datetime) -> Thing:
    """Broken, lost or given back: it is offered no more. Lessons that would take it along keep it, and say so.

    Raises NotFound, ChangedMeanwhile, Refusal.
    """
    thing = for_editing(Thing, thing_id, version)
    kept = fitting(Thing, {"out_of_use_reason": reason}, needed=("out_of_use_reason",))
    if thing.out_of_use_at is None:
        apply(thing, {"out_of_use_at": now, **kept})
        db.session.flush()
        history.record("thing.out-of-use", f"thing:{thing.id}", by=by, now=now, version=thing.version)
    return thing


def use_again(thing_id: int, version: int, *, by: Actor, now: datetime) -> Thing:
    """Mended or found. Raises NotFound, ChangedMeanwhile."""
    thing = for_editing(Thing, thing_id, version)
    if thing.out_of_use_at is not None:
        apply(thing, {"out_of_use_at": None, "out_of_use_reason": ""})
        db.session.flush()
        history.record("thing.used-again", f"thing:{thing.id}", by=by, now=now, version=thing.version)
    return thing


def _thing(data: ThingData) -> dict[str, Any]:
    return fitting(Thing, asdict(data), needed=("label",))


def _save(thing: Thing, values: dict[str, Any]) -> dict[str, list[Any]]:
    try:
        with db.session.begin_nested():
            changed = apply(thing, values)
            db.session.add(thing)
    except IntegrityError as error:
        if "label" not in str(error.orig):
            raise  # another's external_id: the edge has its own words for that
        raise Refusal(
            "There is a thing with the label %(label)s already.",
            code="label-exists", field="label", label=values["label"],
        ) from None  # fmt: skip
    return changed
