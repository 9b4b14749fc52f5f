"""Supporters, for programs. In this room, as their page, since ending somebody's service concerns lessons."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Nothing, page_of
from ..core.api.writing import Answer, one_external_id, write
from ..core.errors import Refusal
from ..people import supporter_actions as actions
from ..people import supporter_queries as people
from ..people.models import Supporter
from ..people.supporter_data_rules import SupporterData, whole_year
from ..people.supporter_queries import Wanted
from ..people.supporter_rules import Available, Off
from ..people.supporter_schemas import (
    DutiesSchema,
    EditSupporterSchema,
    EndSchema,
    ListedSupporterSchema,
    NewSupporterSchema,
    OffFields,
    RenewedSchema,
    RenewSchema,
    SupportersAskedSchema,
    SupporterSchema,
    TakeOffBackSchema,
    TakeTermBackSchema,
    TermSchema,
)
from . import supporter_queries as queries
from .supporter_actions import end_supporter

supporters = ApiBlueprint("supporters", "Supporters: papers, skills, when they can come")

SUPPORTER, RENEWED = SupporterSchema(), RenewedSchema()
ONE = "/supporters/<int(max=2147483647):supporter_id>"
READERS = (Role.STAFF, Role.COORDINATOR)


@supporters.route("/supporters", methods=["GET"])
@open_to(*READERS, scope="read:supporters")
@supporters.arguments(SupportersAskedSchema(), location="query")
@supporters.response(200, page_of(ListedSupporterSchema))
def list_supporters(asked: dict[str, Any]) -> dict[str, Any]:
    """Supporters in the order in which they were added."""
    limit, cursor = asked.pop("limit"), asked.pop("cursor", None)
    found = people.supporters(Wanted(**asked), clock.local_date(clock.now()))
    return page(found, (Supporter.id,), limit=limit, cursor=cursor)


@supporters.route(ONE, methods=["GET"])
@open_to(*READERS, scope="read:supporters")
@supporters.response(200, SUPPORTER)
def one_supporter(supporter_id: int) -> Supporter:
    """One supporter with number, hours and dates off."""
    return people.get(supporter_id)


@supporters.route("/supporters/without-papers", methods=["GET"])
@open_to(*READERS, scope="read:supporters")
@supporters.response(200, DutiesSchema())
def duties_without_papers() -> dict[str, Any]:
    """Duties of the running fiscal year that cannot stay: no term, pledge or insurance on that day, or left by then."""
    return {"duties": queries.without_papers(clock.now())}


@supporters.route("/supporters", methods=["POST"])
@open_to(Role.COORDINATOR, scope="write:supporters")
@supporters.arguments(NewSupporterSchema())
@supporters.response(201, SUPPORTER)
@supporters.alt_response(200, schema=SUPPORTER, description="There was one with this external_id; it is as sent now.")
def add_supporter(sent: dict[str, Any]) -> Response:
    """Add a supporter, without a term yet; with the external_id of one who is there, change that."""
    external_id = sent.pop("external_id", None)

    def act(by: Actor, now: datetime) -> Answer:
        known = people.by_external_id(external_id)
        if known is not None:
            data = _with(actions.data_of(known), sent)
            return SUPPORTER.dump(actions.edit_supporter(known.id, data, known.version, by=by, now=now)), 200
        with one_external_id():
            added = actions.add_supporter(
                _with(SupporterData(""), sent), external_id=external_id, by=by, now=now
            )
        return SUPPORTER.dump(added), 201

    with _fields_as_sent():
        return write(act)


@supporters.route(ONE, methods=["PATCH"])
@open_to(Role.COORDINATOR, scope="write:supporters")
@supporters.arguments(EditSupporterSchema())
@supporters.response(200, SUPPORTER)
def edit_supporter(sent: dict[str, Any], supporter_id: int) -> Response:
    """Change a supporter as they were in the version named."""
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        data = _with(actions.data_of(people.get(supporter_id)), sent)
        return SUPPORTER.dump(actions.edit_supporter(supporter_id, data, version, by=by, now=now)), 200

    with _fields_as_sent():
        return write(act)


@supporters.route("/supporters/renew", methods=["POST"])
@open_to(Role.COORDINATOR, scope="write:supporters")
@supporters.arguments(RenewSchema())
@supporters.response(200, RENEWED)
def renew_terms(sent: dict[str, Any]) -> Response:
    """The term of a whole fiscal year for many at once. A term that is there keeps its days."""
    ids, year = sent.pop("supporter_ids"), sent.pop("fiscal_year")
    return write(
        lambda by, now: (RENEWED.dump({"changed": actions.renew_terms(ids, year, **sent, by=by, now=now)}), 200)
    )


@supporters.route(f"{ONE}/term", methods=["POST"])
@open_to(Role.COORDINATOR, scope="write:supporters")
@supporters.arguments(TermSchema())
@supporters.response(200, SUPPORTER)
def set_term(sent: dict[str, Any], supporter_id: int) -> Response:
    """The term of one fiscal year, new or changed."""
    term = replace(whole_year(sent.pop("fiscal_year")), **sent)
    return write(lambda by, now: (SUPPORTER.dump(actions.set_term(supporter_id, term, by=by, now=now)), 200))


@supporters.route(f"{ONE}/term/take-back", methods=["POST"])
@open_to(Role.COORDINATOR, scope="write:supporters")
@supporters.arguments(TakeTermBackSchema())
@supporters.response(200, SUPPORTER)
def take_term_back(sent: dict[str, Any], supporter_id: int) -> Response:
    """A term that was entered by mistake."""
    year = sent["fiscal_year"]
    return write(lambda by, now: (SUPPORTER.dump(actions.take_term_back(supporter_id, year, by=by, now=now)), 200))


@supporters.route(f"{ONE}/off", methods=["POST"])
@open_to(Role.COORDINATOR, scope="write:supporters")
@supporters.arguments(OffFields())
@supporters.response(201, SUPPORTER)
def add_off(sent: dict[str, Any], supporter_id: int) -> Response:
    """Days on which they cannot come. Duties already planned stand."""
    off = Off(sent["from_day"], sent.get("until_day", sent["from_day"]))

    def act(by: Actor, now: datetime) -> Answer:
        actions.add_off(supporter_id, off, sent.get("reason", ""), by=by, now=now)
        return SUPPORTER.dump(people.get(supporter_id)), 201

    return write(act)


@supporters.route(f"{ONE}/off/take-back", methods=["POST"])
@open_to(Role.COORDINATOR, scope="write:supporters")
@supporters.arguments(TakeOffBackSchema())
@supporters.response(200, SUPPORTER)
def take_off_back(sent: dict[str, Any], supporter_id: int) -> Response:
    """They can come after all."""
    off_id = sent["off_id"]
    return write(lambda by, now: (SUPPORTER.dump(actions.take_off_back(supporter_id, off_id, by=by, now=now)), 200))


@supporters.route(f"{ONE}/end", methods=["POST"])
@open_to(Role.COORDINATOR, scope="write:supporters")
@supporters.arguments(EndSchema())
@supporters.response(200, SUPPORTER)
def end(sent: dict[str, Any], supporter_id: int) -> Response:
    """The last day. They are taken off the lessons after it, which have to be `seen`: 409 duties-first names them."""
    seen = sent.get("seen", [])

    def act(by: Actor, now: datetime) -> Answer:
        end_supporter(supporter_id, sent["left_on"], seen, sent["version"], by=by, now=now)
        return SUPPORTER.dump(people.get(supporter_id)), 200

    return write(act)


@supporters.route(f"{ONE}/come-back", methods=["POST"])
@open_to(Role.COORDINATOR, scope="write:supporters")
@supporters.arguments(Nothing())
@supporters.response(200, SUPPORTER)
def come_back(_sent: dict[str, Any], supporter_id: int) -> Response:
    """Somebody who left is with us again."""
    return write(lambda by, now: (SUPPORTER.dump(actions.come_back(supporter_id, by=by, now=now)), 200))


@contextlib.contextmanager
def _fields_as_sent() -> Iterator[None]:
    """A refusal names its field as the program sent it: district, not district_code; hours, not until_2."""
    try:
        yield
    except Refusal as refusal:
        if refusal.field == "district_code":
            refusal.field = "district"
        if (refusal.field or "").startswith(("from_", "until_")):
            refusal.field = "hours"
        raise


def _with(known: SupporterData, sent: dict[str, Any]) -> SupporterData:
    """The record with what was sent put in."""
    given = dict(sent)
    if "skills" in given:
        given["skills"] = tuple(given["skills"])
    if "hours" in given:
        given["hours"] = tuple(Available(**hours) for hours in given["hours"])
    return replace(known, **given)
