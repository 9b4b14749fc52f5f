"""The words that leave the house, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response
from flask_babel import gettext
from flask_smorest import abort

from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint, keyless
from ..core.api.schemas import page_of
from ..core.api.writing import Answer, write
from ..core.errors import NotFound, Refusal
from ..messages.rules import Language
from ..office.settings import OfficeSettings
from . import wording, wording_tried
from . import wording_actions as actions
from . import wording_queries as queries
from .wording_rules import Template, cleaned
from .wording_schemas import (
    ChangeWordsSchema,
    SeenWordsSchema,
    TriedWordsSchema,
    TryWordsSchema,
    WordingLanguageSchema,
    WordingSchema,
)

wordings = ApiBlueprint("wordings", "The words of the texts and calls that leave the house")

WORDING = WordingSchema()
ONE = "/wordings/<string(maxlength=40):name>"


@wordings.route("/wordings", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:wordings")
@wordings.arguments(WordingLanguageSchema(), location="query")
@wordings.response(200, page_of(WordingSchema))
def list_wordings(asked: dict[str, Any]) -> dict[str, Any]:
    """All there are in one language, on one page: the program knows how many texts and calls it has."""
    return {"items": _rows(asked["language"]), "next": None}


@wordings.route(ONE, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:wordings")
@wordings.arguments(WordingLanguageSchema(), location="query")
@wordings.response(200, WORDING)
def one_wording(asked: dict[str, Any], name: str) -> dict[str, Any]:
    """The words in use, the usual ones, and what they become at the worst. Calls are in Japanese alone."""
    return _row(*_piece(name, asked))


@wordings.route(ONE, methods=["PATCH"])
@open_to(Role.MANAGER, scope="write:wordings")
@wordings.arguments(WordingLanguageSchema(), location="query")
@wordings.arguments(ChangeWordsSchema())
@wordings.response(200, WORDING)
def change_words(asked: dict[str, Any], sent: dict[str, Any], name: str) -> Response:
    """Say it in the office's own words. What has not left yet gets them within a minute. Every rule that they break is
    named in `errors`."""
    template, language = _piece(name, asked)

    def act(by: Actor, now: datetime) -> Answer:
        try:
            actions.change_words(template, sent["words"], sent["version"], language=language, by=by, now=now)
        except Refusal as refusal:
            if refusal.field != "words":
                raise
            problems = wording_tried.try_out(template, cleaned(sent["words"]), queries.town(), language).problems
            abort(422, messages={"json": {"words": [gettext(one.message, **one.params) for one in problems]}})
        return WORDING.dump(_row(template, language)), 200

    return write(act)


@wordings.route(f"{ONE}/default", methods=["POST"])
@open_to(Role.MANAGER, scope="write:wordings")
@wordings.arguments(WordingLanguageSchema(), location="query")
@wordings.arguments(SeenWordsSchema())
@wordings.response(200, WORDING)
def use_default(asked: dict[str, Any], sent: dict[str, Any], name: str) -> Response:
    """Use the usual words again."""
    template, language = _piece(name, asked)

    def act(by: Actor, now: datetime) -> Answer:
        actions.back_to_default(template, sent["version"], language=language, by=by, now=now)
        return WORDING.dump(_row(template, language)), 200

    return write(act)


@wordings.route(f"{ONE}/try", methods=["POST"])
@open_to(Role.MANAGER, scope="write:wordings")
@keyless
@wordings.arguments(WordingLanguageSchema(), location="query")
@wordings.arguments(TryWordsSchema())
@wordings.response(200, TriedWordsSchema())
def try_words(asked: dict[str, Any], sent: dict[str, Any], name: str) -> dict[str, Any]:
    """Count and judge words without saving them."""
    template, language = _piece(name, asked)
    return _tried(template, cleaned(sent["words"]), queries.town(), language)


def _piece(name: str, asked: dict[str, Any]) -> tuple[Template, Language]:
    if name not in set(Template) or asked["language"] not in Template(name).languages:
        raise NotFound("This entry does not exist.")
    return Template(name), asked["language"]


def _row(template: Template, language: Language) -> dict[str, Any]:
    return next(row for row in _rows(language) if row["name"] is template)


def _rows(language: Language) -> list[dict[str, Any]]:
    """All templates in one language as they stand (five queries)."""
    town, versions, packaged = queries.town(), queries.versions(language), wording.packaged(language)
    return [
        _tried(template, words, town, language)
        | {
            "name": template,
            "spoken": template.spoken,
            "default": packaged[template],
            "own": words != packaged[template],
            "language": language,
            "placeholders": wording_tried.example(template, town, language),
            "version": versions[template],
        }
        for template, words in queries.in_use(language).items()
    ]


def _tried(template: Template, words: str, town: wording_tried.Town, language: Language) -> dict[str, Any]:
    tried = wording_tried.try_out(template, words, town, language)
    return {
        "words": words,
        "said": tried.said,
        "units": None if template.spoken else tried.units,
        "parts": None if template.spoken else tried.parts,
        "yen": _yen(template, tried, town.office),
        "problems": [{"code": one.code, "message": gettext(one.message, **one.params)} for one in tried.problems],
    }


def _yen(template: Template, tried: wording_tried.Tried, office: OfficeSettings) -> int | None:
    price = office.yen_per_call if template.spoken else office.yen_per_text_part * len(tried.parts)
    return price or None
