"""What the noun `lessons` has of lotteries, for programs: what the pages do, by the same actions."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Nothing, page_of
from ..core.api.writing import Answer, one_external_id, write
from ..core.errors import Refusal
from ..lessons import booking_queries, lottery, lottery_queries, queue, waiting_queries
from ..lessons.api import ONE_LESSON
from ..lessons.booking_api import for_programs
from ..lessons.lottery_models import Draw
from ..lessons.lottery_rules import lot
from ..lessons.waiting_models import Waiting
from ..reminders import light_queries
from ..visits.queries import came_before
from .lottery_schemas import (
    DrawSchema,
    EntriesAskedSchema,
    EntrySchema,
    KeptEntrySchema,
    NewEntrySchema,
    ToldLineSchema,
    ToldSchema,
)

entries = ApiBlueprint("entries", "Entries: residents who enter together for a lesson that is given by lot; its draw")

KEPT, DRAW, TOLD = KeptEntrySchema(), DrawSchema(), ToldLineSchema()
OF_LESSON = f"{ONE_LESSON}/entries"


@entries.route(OF_LESSON, methods=["GET"])
@open_to(Role.STAFF, scope="read:entries")
@entries.arguments(EntriesAskedSchema(), location="query")
@entries.response(200, page_of(EntrySchema))
def list_entries(asked: dict[str, Any], lesson_id: int) -> dict[str, Any]:
    """The entries for a lesson in the order in which they were typed; after the draw those who wait are at
    /waiting-list too."""
    booking_queries.get_lesson(lesson_id)
    found = sa.select(Waiting).options(*queue.PARTS).where(Waiting.lesson_id == lesson_id, Waiting.entered)
    if not asked["ended"]:
        found = found.where(Waiting.ended_at.is_(None))
    return page(found, (Waiting.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@entries.route(OF_LESSON, methods=["POST"])
@open_to(Role.STAFF, scope="write:entries")
@entries.arguments(NewEntrySchema())
@entries.response(201, KEPT)
@entries.alt_response(200, schema=KEPT, description="There was one with this external_id; nothing was changed.")
def enter(sent: dict[str, Any], lesson_id: int) -> Response:
    """Enter a party for the draw, all or none. It takes no seat. An entry is withdrawn at
    /waiting-list/{id}/take-out. 409 `already-entered` with the entries that are there."""
    external_id, resident_ids = sent.pop("external_id", None), sent.pop("resident_ids")

    def act(by: Actor, now: datetime) -> Answer:
        known = waiting_queries.waiting_by_external_id(external_id)
        if known is not None:
            if (known.lesson_id, [each.resident_id for each in known.members]) != (lesson_id, resident_ids):
                raise Refusal("This external_id is of another entry of the waiting list.", code="other-body")
            return KEPT.dump(known), 200
        with for_programs(), one_external_id() if external_id else contextlib.nullcontext():
            made = lottery.enter(lesson_id, resident_ids, external_id=external_id, **sent, by=by, now=now)
        return KEPT.dump(made), 201

    return write(act)


@entries.route(f"{ONE_LESSON}/draw", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:entries")
@entries.response(200, DRAW)
def one_draw(lesson_id: int) -> dict[str, Any]:
    """The drawn list with its seed, and how far telling each party has come. 404 before the draw."""
    return _dumped(lottery_queries.get_draw(lesson_id)) | {"told": _told(lesson_id)}


@entries.route(f"{ONE_LESSON}/draw", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:entries")
@entries.arguments(Nothing())
@entries.response(200, DRAW)
def draw(sent: dict[str, Any], lesson_id: int) -> Response:
    """Draw, once, after entries are closed. Whoever asks again gets the same list. 409 `not-closed-yet` before."""

    def act(by: Actor, now: datetime) -> Answer:
        lottery.draw(lesson_id, came_before, by=by, now=now)
        return DRAW.dump(_dumped(lottery_queries.get_draw(lesson_id))), 200

    return write(act)


@entries.route("/entries/<int(max=2147483647):waiting_id>/told", methods=["POST"])
@open_to(Role.STAFF, scope="write:entries")
@entries.arguments(ToldSchema())
@entries.response(200, TOLD)
def told(sent: dict[str, Any], waiting_id: int) -> Response:
    """Note that a person told them the result, or tried in vain. Once they are told nothing more is sent about it."""
    return write(lambda by, now: (TOLD.dump(lottery.note_told(waiting_id, sent["told"], by=by, now=now)), 200))


def _dumped(found: Draw) -> dict[str, Any]:
    names = [column.key for column in sa.inspect(Draw).column_attrs]
    lines = [
        {"line": each, "lot": lot(found.seed, each.number), "resident_ids": each.waiting.resident_ids}
        for each in found.entries
    ]
    return {name: getattr(found, name) for name in names} | {"entries": lines}


def _told(lesson_id: int) -> list[dict[str, Any]]:
    lights = light_queries.told_of_draw(lesson_id, clock.now())
    return [{"entry_id": entry_id, "light": light.kind} for entry_id, light in lights.items()]
