"""Residents, for programs: what the pages do, by the same actions, and no more of a person than is asked for."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Response, jsonify

from ..core import clock
from ..core.access import Actor, Role, current_actor, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import page_of
from ..core.api.writing import Answer, one_external_id, write
from ..core.errors import Refusal
from . import actions, as_typed, queries, rules
from .looking import note_the_look
from .models import Resident
from .rules import ResidentData
from .schemas import (
    EditResidentSchema,
    FoundSchema,
    ListedResidentSchema,
    NewResidentSchema,
    ResidentsAskedSchema,
    ResidentSchema,
    ResumeSchema,
    SearchSchema,
    StopSchema,
)

residents = ApiBlueprint("residents", "Residents and how to reach them")

RECORD, LISTED = ResidentSchema(), ListedResidentSchema()
ONE = "/residents/<int(max=2147483647):resident_id>"
_IN_A_ROW = re.compile(r"(telephones|family)-([0-9]+)-(\w+)")


@residents.route("/residents", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="read:residents")
@residents.arguments(ResidentsAskedSchema(), location="query")
@residents.response(200, page_of(ListedResidentSchema))
def list_residents(asked: dict[str, Any]) -> dict[str, Any]:
    """Who is there, without names and numbers, in the order in which they were added."""
    found = queries.listed(asked.get("district"))
    return page(found, (Resident.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@residents.route("/residents/search", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="read:residents")
@residents.arguments(SearchSchema())
@residents.response(200, FoundSchema())
def search_residents(asked: dict[str, Any]) -> dict[str, Any]:
    """Find people as the search box does, the best hits first. It reads alone; what is sought stands in no address."""
    return {"items": queries.search(asked["text"], asked["limit"])}


@residents.route(ONE, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="read:residents")
@residents.response(200, RECORD)
def one_resident(resident_id: int) -> Response:
    """One person's record. That this program looked at it is recorded, once an hour."""
    by, now = current_actor(), clock.now()
    record = RECORD.dump(queries.get(resident_id))
    if not by.has(Role.STAFF):
        record["note"] = None
    note_the_look(resident_id, by=by, now=now)
    return jsonify(record)


@residents.route("/residents", methods=["POST"])
@open_to(Role.STAFF, scope="write:residents")
@residents.arguments(NewResidentSchema())
@residents.response(201, LISTED)
@residents.alt_response(200, schema=LISTED, description="There was one with this external_id; it is as sent now.")
def add_resident(sent: dict[str, Any]) -> Response:
    """Add a person; with the external_id of one who is there, change that record. Who may be the same as somebody who
    is there is not added unless `confirmed`: 409 likely-duplicate names them."""
    external_id, confirmed = sent.pop("external_id", None), sent.pop("confirmed")

    def act(by: Actor, now: datetime) -> Answer:
        known = queries.by_external_id(external_id)
        if known is not None:
            data = as_typed.resident_with(actions.data_of(known), sent)
            return LISTED.dump(actions.edit_resident(known.id, data, known.version, by=by, now=now)), 200
        data = as_typed.resident_with(ResidentData(family_kana=""), sent)
        if not confirmed:
            _refuse_likely_duplicates(rules.check(data, today=clock.local_date(now)))
        with one_external_id():
            resident = actions.add_resident(data, external_id=external_id, by=by, now=now)
        return LISTED.dump(resident), 201

    with _fields_as_sent():
        return write(act)


@residents.route(ONE, methods=["PATCH"])
@open_to(Role.STAFF, scope="write:residents")
@residents.arguments(EditResidentSchema())
@residents.response(200, LISTED)
def edit_resident(sent: dict[str, Any], resident_id: int) -> Response:
    """Change a record as it was in the version named. Planned messages follow at the next tick."""
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        data = as_typed.resident_with(actions.data_of(queries.get(resident_id)), sent)
        return LISTED.dump(actions.edit_resident(resident_id, data, version, by=by, now=now)), 200

    with _fields_as_sent():
        return write(act)


@residents.route(f"{ONE}/stop-contact", methods=["POST"])
@open_to(Role.STAFF, scope="write:residents")
@residents.arguments(StopSchema())
@residents.response(200, LISTED)
def stop_contact(sent: dict[str, Any], resident_id: int) -> Response:
    """Nothing leaves for this person any more, and what is planned is withdrawn."""

    def act(by: Actor, now: datetime) -> Answer:
        actions.stop_contact(resident_id, sent["reason"], by=by, now=now)
        return LISTED.dump(queries.get(resident_id)), 200

    return write(act)


@residents.route(f"{ONE}/resume-contact", methods=["POST"])
@open_to(Role.STAFF, scope="write:residents")
@residents.arguments(ResumeSchema())
@residents.response(200, LISTED)
def resume_contact(sent: dict[str, Any], resident_id: int) -> Response:
    """Let messages go to this person again."""

    def act(by: Actor, now: datetime) -> Answer:
        actions.resume_contact(resident_id, by=by, now=now)
        return LISTED.dump(queries.get(resident_id)), 200

    return write(act)


def _refuse_likely_duplicates(data: ResidentData) -> None:
    alike = queries.likely_duplicates(data)
    if alike:
        raise Refusal(
            "Somebody who is there may be the same person. Please look, and send confirmed if not.",
            code="likely-duplicate",
            residents=[{"id": other.id, "why": queries.likenesses(data, other)} for other in alike],
        )


@contextlib.contextmanager
def _fields_as_sent() -> Iterator[None]:
    """A refusal names its field as the program sent it: telephones-0-typed of the form is telephones.0.number here."""
    try:
        yield
    except Refusal as refusal:
        row = _IN_A_ROW.fullmatch(refusal.field or "")
        if row:
            name = "number" if row[3] in ("typed", "telephone") else row[3]
            refusal.field = f"{row[1]}.{row[2]}.{name}"
        raise
