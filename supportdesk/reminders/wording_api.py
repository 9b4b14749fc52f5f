"""The words that leave the house, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response
from flask_babel import gettext
from flask_smorest import abort

from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.schemas import page_of
from ..core.api.writing import Answer, write
from ..core.errors import NotFound, Refusal
from . import wording
from . import wording_actions as actions
from . import wording_queries as queries
from .wording_rules import Template, cleaned
from .wording_schemas import ChangeWordsSchema, SeenWordsSchema, TriedWordsSchema, TryWordsSchema, WordingSchema

wordings = ApiBlueprint("wordings", "The words of the texts and calls that leave the house")

WORDING = WordingSchema()
ONE = "/wordings/<string(maxlength=40):name>"


@wordings.route("/wordings", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:wordings")
@wordings.response(200, page_of(WordingSchema))
def list_wordings() -> dict[str, Any]:
    """All there are, on one page: the program knows how many texts and calls it has."""
    return {"items": _rows(), "next": None}


@wordings.route(ONE, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:wordings")
@wordings.response(200, WORDING)
def one_wording(name: str) -> dict[str, Any]:
    """The words in use, the usual ones, and what they become at the worst."""
    return _row(_template(name))


@wordings.route(ONE, methods=["PATCH"])
@open_to(Role.MANAGER, scope="write:wordings")
@wordings.arguments(ChangeWordsSchema())
@wordings.response(200, WORDING)
def change_words(sent: dict[str, Any], name: str) -> Response:
    """Say it in the office's own words. What has not left yet gets them within a minute. Every rule that they break is
    named in `errors`."""
    template = _template(name)

    def act(by: Actor, now: datetime) -> Answer:
        try:
            actions.change_words(template, sent["words"], sent["version"], by=by, now=now)
        except Refusal as refusal:
            if refusal.field != "words":
                raise
            problems = wording.try_out(template, cleaned(sent["words"]), queries.town()).problems
            abort(422, messages={"json": {"words": [gettext(one.message, **one.params) for one in problems]}})
        return WORDING.dump(_row(template)), 200

    return write(act)


@wordings.route(f"{ONE}/default", methods=["POST"])
@open_to(Role.MANAGER, scope="write:wordings")
@wordings.arguments(SeenWordsSchema())
@wordings.response(200, WORDING)
def use_default(sent: dict[str, Any], name: str) -> Response:
    """Use the usual words again."""
    template = _template(name)

    def act(by: Actor, now: datetime) -> Answer:
        actions.back_to_default(template, sent["version"], by=by, now=now)
        return WORDING.dump(_row(template)), 200

    return write(act)


@wordings.route(f"{ONE}/try", methods=["POST"])
@open_to(Role.MANAGER, scope="write:wordings")
@wordings.arguments(TryWordsSchema())
@wordings.response(200, TriedWordsSchema())
def try_words(sent: dict[str, Any], name: str) -> dict[str, Any]:
    """Count and judge words without saving them. Takes no notice of an Idempotency-Key, since it does nothing."""
    template = _template(name)
    return _tried(template, cleaned(sent["words"]), queries.town())


def _template(name: str) -> Template:
    if name not in set(Template):
        raise NotFound("This entry does not exist.")
    return Template(name)


def _row(template: Template) -> dict[str, Any]:
    return next(row for row in _rows() if row["name"] is template)


def _rows() -> list[dict[str, Any]]:
    """All templates as they stand (five queries)."""
    town, versions, packaged = queries.town(), queries.versions(), wording.packaged()
    return [
        _tried(template, words, town)
        | {
            "name": template,
            "spoken": template.spoken,
            "default": packaged[template],
            "own": words != packaged[template],
            "placeholders": wording.example(template, town),
            "version": versions[template],
        }
        for template, words in queries.in_use().items()
    ]


def _tried(template: Template, words: str, town: wording.Town) -> dict[str, Any]:
    tried = wording.try_out(template, words, town)
    return {
        "words": words,
        "said": tried.said,
        "units": None if template.spoken else tried.units,
        "parts": None if template.spoken else tried.parts,
        "problems": [{"code": one.code, "message": gettext(one.message, **one.params)} for one in tried.problems],
    }
