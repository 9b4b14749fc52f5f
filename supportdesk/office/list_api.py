"""Districts and topics, for programs: what the pages do, by the same actions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Response
from marshmallow import Schema

from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.problems import IN_PROGRESS
from ..core.api.schemas import Nothing, Seen, page_of
from ..core.api.writing import Answer, write
from ..core.db import db
from ..core.errors import Refusal
from . import list_actions as actions
from . import list_rules as rules
from . import queries
from .list_actions import DistrictData, TopicData
from .list_schemas import (
    DistrictSchema,
    EditDistrictSchema,
    EditTopicSchema,
    ListedAskedSchema,
    NewDistrictSchema,
    NewTopicSchema,
    TopicSchema,
    UsualTopicsSchema,
)
from .models import District, Topic

districts = ApiBlueprint("districts", "Districts: the former towns")
topics = ApiBlueprint("topics", "Topics: what a help request is about")

DISTRICT, TOPIC, SEEN, USUAL = DistrictSchema(), TopicSchema(), Seen(), UsualTopicsSchema()
ONE_DISTRICT = "/districts/<string(maxlength=8):code>"
ONE_TOPIC = "/topics/<string(maxlength=16):code>"
KNOWN = "There was one with this code; it is as sent now."
REMOVED = "It is gone; this is what it was."


# ---- districts


@districts.route("/districts", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:districts")
@districts.arguments(ListedAskedSchema(), location="query")
@districts.response(200, page_of(DistrictSchema))
def list_districts(asked: dict[str, Any]) -> dict[str, Any]:
    """Districts by their code. (Their place in the list may change between two pages.)"""
    return _listed(District, asked)


@districts.route(ONE_DISTRICT, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:districts")
@districts.response(200, DISTRICT)
def one_district(code: str) -> District:
    """One district."""
    return queries.listed(District, code)


@districts.route("/districts", methods=["POST"])
@open_to(Role.MANAGER, scope="write:districts")
@districts.arguments(NewDistrictSchema())
@districts.response(201, DISTRICT)
@districts.alt_response(200, schema=DISTRICT, description=KNOWN)
def add_district(sent: dict[str, Any]) -> Response:
    """Add a district; with the code of one that is there, change that."""

    def act(by: Actor, now: datetime) -> Answer:
        code, known = _known(District, sent)
        if known is not None:
            data = replace(actions.district_data(known), **sent)
            return DISTRICT.dump(actions.edit_district(code, data, known.version, by=by, now=now)), 200
        with _one_code():
            row = actions.add_district(code, DistrictData(**sent), by=by, now=now)
        return DISTRICT.dump(row), 201

    return write(act)


@districts.route(ONE_DISTRICT, methods=["PATCH"])
@open_to(Role.MANAGER, scope="write:districts")
@districts.arguments(EditDistrictSchema())
@districts.response(200, DISTRICT)
def edit_district(sent: dict[str, Any], code: str) -> Response:
    """Change a district as it was in the version named."""
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        data = replace(actions.district_data(queries.listed(District, code)), **sent)
        return DISTRICT.dump(actions.edit_district(code, data, version, by=by, now=now)), 200

    return write(act)


@districts.route(f"{ONE_DISTRICT}/retire", methods=["POST"])
@open_to(Role.MANAGER, scope="write:districts")
@districts.arguments(SEEN)
@districts.response(200, DISTRICT)
def retire_district(sent: dict[str, Any], code: str) -> Response:
    """Offer it nowhere any more; what has it keeps it."""
    return _switch(District, DISTRICT, actions.retire, code, sent["version"])


@districts.route(f"{ONE_DISTRICT}/use", methods=["POST"])
@open_to(Role.MANAGER, scope="write:districts")
@districts.arguments(SEEN)
@districts.response(200, DISTRICT)
def use_district(sent: dict[str, Any], code: str) -> Response:
    """Offer it again."""
    return _switch(District, DISTRICT, actions.use_again, code, sent["version"])


@districts.route(f"{ONE_DISTRICT}/remove", methods=["POST"])
@open_to(Role.MANAGER, scope="write:districts")
@districts.arguments(SEEN)
@districts.response(200, DISTRICT, description=REMOVED)
def remove_district(sent: dict[str, Any], code: str) -> Response:
    """Take away what was entered by mistake; 409 `in-use` when anything has it."""
    return _switch(District, DISTRICT, actions.remove, code, sent["version"])


# ---- topics


@topics.route("/topics", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:topics")
@topics.arguments(ListedAskedSchema(), location="query")
@topics.response(200, page_of(TopicSchema))
def list_topics(asked: dict[str, Any]) -> dict[str, Any]:
    """Topics by their code. (Their place in the list may change between two pages.)"""
    return _listed(Topic, asked)


@topics.route(ONE_TOPIC, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:topics")
@topics.response(200, TOPIC)
def one_topic(code: str) -> Topic:
    """One topic."""
    return queries.listed(Topic, code)


@topics.route("/topics", methods=["POST"])
@open_to(Role.MANAGER, scope="write:topics")
@topics.arguments(NewTopicSchema())
@topics.response(201, TOPIC)
@topics.alt_response(200, schema=TOPIC, description=KNOWN)
def add_topic(sent: dict[str, Any]) -> Response:
    """Add a topic; with the code of one that is there, change that."""

    def act(by: Actor, now: datetime) -> Answer:
        code, known = _known(Topic, sent)
        if known is not None:
            data = replace(actions.topic_data(known), **sent)
            return TOPIC.dump(actions.edit_topic(code, data, known.version, by=by, now=now)), 200
        with _one_code():
            row = actions.add_topic(code, TopicData(**sent), by=by, now=now)
        return TOPIC.dump(row), 201

    return write(act)


@topics.route("/usual-topics", methods=["POST"])
@open_to(Role.MANAGER, scope="write:topics")
@topics.arguments(Nothing())
@topics.response(201, USUAL)
def add_usual_topics(_sent: dict[str, Any]) -> Response:
    """Put the packaged topics into a town that has none, each as a proposal; 409 `topics-there` when it has some."""
    return write(lambda by, now: (USUAL.dump({"added": actions.add_usual_topics(by=by, now=now)}), 201))


@topics.route(ONE_TOPIC, methods=["PATCH"])
@open_to(Role.MANAGER, scope="write:topics")
@topics.arguments(EditTopicSchema())
@topics.response(200, TOPIC)
def edit_topic(sent: dict[str, Any], code: str) -> Response:
    """Change a topic as it was in the version named. One that was proposed is the office's own from then on."""
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        data = replace(actions.topic_data(queries.listed(Topic, code)), **sent)
        return TOPIC.dump(actions.edit_topic(code, data, version, by=by, now=now)), 200

    return write(act)


@topics.route(f"{ONE_TOPIC}/retire", methods=["POST"])
@open_to(Role.MANAGER, scope="write:topics")
@topics.arguments(SEEN)
@topics.response(200, TOPIC)
def retire_topic(sent: dict[str, Any], code: str) -> Response:
    """Offer it nowhere any more; what has it keeps it."""
    return _switch(Topic, TOPIC, actions.retire, code, sent["version"])


@topics.route(f"{ONE_TOPIC}/use", methods=["POST"])
@open_to(Role.MANAGER, scope="write:topics")
@topics.arguments(SEEN)
@topics.response(200, TOPIC)
def use_topic(sent: dict[str, Any], code: str) -> Response:
    """Offer it again."""
    return _switch(Topic, TOPIC, actions.use_again, code, sent["version"])


@topics.route(f"{ONE_TOPIC}/remove", methods=["POST"])
@open_to(Role.MANAGER, scope="write:topics")
@topics.arguments(SEEN)
@topics.response(200, TOPIC, description=REMOVED)
def remove_topic(sent: dict[str, Any], code: str) -> Response:
    """Take away what was entered by mistake; 409 `in-use` when anything has it."""
    return _switch(Topic, TOPIC, actions.remove, code, sent["version"])


# ---- for both


def _listed(model: type[District] | type[Topic], asked: dict[str, Any]) -> dict[str, Any]:
    query = sa.select(model)
    if not asked["retired"]:
        query = query.where(model.retired_at.is_(None))
    return page(query, (model.code,), limit=asked["limit"], cursor=asked.get("cursor"))


def _known(model: type[queries.Listed], sent: dict[str, Any]) -> tuple[str, queries.Listed | None]:
    """The code that was sent, as it is kept ("" for none), taken out of `sent`; and the entry that has it."""
    if "code" not in sent:
        return "", None
    code = rules.code(sent.pop("code"), model.__table__.c.code.type.length)  # type: ignore[attr-defined]
    return code, db.session.get(model, code)


@contextlib.contextmanager
def _one_code() -> Iterator[None]:
    """Around the adding of an entry whose code was free a moment ago. Raises Refusal `in-progress` when somebody else
    took it since (PostgreSQL; on SQLite writers queue), so that the caller sends again and changes that one."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code != "code-taken":
            raise
        raise Refusal("The same is being done at this moment. Please try again.", code=IN_PROGRESS) from None


def _switch(model: type[queries.Listed], schema: Schema, act: Callable[..., None], code: str, version: int) -> Response:
    def acted(by: Actor, now: datetime) -> Answer:
        row = queries.listed(model, code)
        act(model, code, version, by=by, now=now)
        return schema.dump(row), 200

    return write(acted)
