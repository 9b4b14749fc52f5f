"""A JSON room's blueprint, and the OpenAPI 3.1 document that is written from its routes."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, ClassVar, NoReturn

import flask_smorest
import marshmallow
from flask import Flask, Response, abort, request
from flask_smorest.utils import deepupdate
from webargs import core
from webargs.flaskparser import FlaskParser

from ..access import API, EVERYBODY, View, open_to_everybody
from . import problems
from .schemas import ProblemSchema
from .writing import LONGEST_KEY

PREFIX = API + "v1"
WRITING = {"POST", "PATCH"}

# What may go wrong with every request, and with those that write.
_ALWAYS = (401, 403, 404, 422, 500, 503)
_WRITING = (400, 409, 413, 415)

_KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "The same key and body gives the first answer again; with another body 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
}


def keyless(view: View) -> View:
    """Declare that a route whose scope is to write takes no Idempotency-Key: asked twice, it changes nothing more."""
    view.keyless = True  # type: ignore[attr-defined]
    return view


class _Parser(FlaskParser):
    # A filter that is written wrong must not give all rows.
    DEFAULT_UNKNOWN_BY_LOCATION: ClassVar = {  # type: ignore[misc]
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": marshmallow.RAISE,
    }

    def _raw_load_json(self, req: Any) -> Any:
        """400 for what Python cannot read besides bad JSON: numbers of thousands of digits, nesting without end."""
        body = req.get_data(cache=True)
        if not body:
            return core.missing
        try:
            return json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            abort(400)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


class ApiBlueprint(flask_smorest.Blueprint):
    """The routes of one noun. Each names its audience and its scope with @open_to(…, scope="read:venues")."""

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, noun: str, description: str) -> None:
        super().__init__(f"api-{noun}", __name__, url_prefix=PREFIX, description=description)
        self.noun = noun
        self.before_request(_only_json)
        problems.install(self)

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **more: Any
    ) -> None:
        """Also writes what every operation has: who may use it, what can go wrong, and the key of one that writes."""
        methods = set(more.get("methods") or {"GET"})
        known = getattr(view_func, "_apidoc", {})
        codes = _ALWAYS + _WRITING if methods & WRITING else _ALWAYS
        said: dict[str, Any] = {"responses": {code: HTTPStatus(code).name for code in codes}}
        if getattr(view_func, "audience", None) == EVERYBODY:
            said["security"] = []
        else:
            said["security"] = [{"token": [getattr(view_func, "scope", "")]}]
        if getattr(view_func, "scope", "").startswith("write:") and not getattr(view_func, "keyless", False):
            said["parameters"] = [_KEY_PARAMETER]
        view_func._apidoc = {**known, "manual_doc": deepupdate(known.get("manual_doc", {}), said)}
        super().add_url_rule(rule, endpoint, view_func, *args, **more | {"tags": [self.noun]})


class Document(flask_smorest.Api):
    """The OpenAPI document of one app, and the address at which it stands."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask) -> None:
        app.config.update(API_TITLE="Support desk", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
        super().__init__(app)
        self.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
        written: list[str] = []

        @open_to_everybody
        def openapi() -> Response:
            """This document. It holds nothing of anybody, so it needs no token."""
            if not written:
                written.append(json.dumps(self.spec.to_dict()))
            return Response(written[0], mimetype="application/json")

        app.add_url_rule(f"{PREFIX}/openapi.json", "api-document", openapi)

    def add(self, blueprint: ApiBlueprint) -> None:
        """Register a blueprint and write its routes down. (The library would tag it by the blueprint's name.)"""
        self._app.register_blueprint(blueprint)
        blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
        self.spec.tag({"name": blueprint.noun, "description": blueprint.description})

    def _register_error_handlers(self) -> None:
        """The library's errors have a shape of their own; ours are problems.py."""

    def _register_pagination_header(self) -> None:
        """Ours are cursors."""

    def _register_responses(self) -> None:
        named = {status.name: status.phrase for status in HTTPStatus if status >= 400}
        for name, phrase in (named | {self.DEFAULT_ERROR_RESPONSE_NAME: "Any other problem"}).items():
            content = {problems.MEDIA_TYPE: {"schema": ProblemSchema}}
            self.spec.components.response(name, {"description": phrase, "content": content}, lazy=True)


def _only_json() -> None:
    if request.method in WRITING and not request.is_json and request.get_data():
        abort(415)
