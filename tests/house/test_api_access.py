"""Which token gets at what: every route of the API asked with the token of every role, without a scope, with none."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import marshmallow
import pytest
import time_machine
from flask import Flask
from marshmallow import fields
from werkzeug.routing import Rule

from supportdesk.accounts.token_rules import ROLES
from supportdesk.app import LIBRARY_ROUTES
from supportdesk.core.access import API, EVERYBODY, Role, all_scopes, audience_of, scope_of
from supportdesk.core.api.fields import Several, Text
from supportdesk.core.api.schemas import AnswerSchema, ApiSchema
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

pytestmark = pytest.mark.one_database

PACKAGE = Path(__file__).parents[2] / "supportdesk"


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def _routes(app: Flask) -> list[tuple[Rule, str, str]]:
    """Each route of the API that needs a token, with each of its methods and an address that fits it."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(API) or audience_of(app, rule.endpoint, LIBRARY_ROUTES) == EVERYBODY:
            continue
        with app.test_request_context():
            built = rule.build(dict.fromkeys(rule.arguments, "1"), append_unknown=False)
        assert built is not None
        found += [(rule, method, built[1]) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def _ask(program: Program, method: str, path: str) -> int:
    return program.send(method, path, **({} if method == "GET" else {"json": {}})).status


def test_every_route_lets_in_the_roles_that_it_declares_and_no_other(app: Flask) -> None:
    programs = {role: Program(app, factories.token(role)) for role in map(Role, ROLES)}
    wrong = []
    for rule, method, path in _routes(app):
        audience = audience_of(app, rule.endpoint, LIBRARY_ROUTES) or EVERYBODY
        for role, program in programs.items():
            status = _ask(program, method, path)
            if (status == 403) != (role not in audience) or status in (401, 415) or status >= 500:
                wrong.append(f"{method} {path} as {role}: {status}")

    assert wrong == []
    assert len(_routes(app)) > 15


def test_every_route_asks_for_its_scope_and_for_a_token(app: Flask) -> None:
    every, wrong = all_scopes(app), []
    all_but = {scope: Program(app, factories.token(*map(Role, ROLES), scopes=every - {scope})) for scope in every}
    only = {scope: Program(app, factories.token(*map(Role, ROLES), scopes={scope})) for scope in every}
    for rule, method, path in _routes(app):
        scope = scope_of(app, rule.endpoint)
        answers = [_ask(program, method, path) for program in (all_but[scope], only[scope], Program(app, None))]
        if (answers[0], answers[1] in (401, 403), answers[2]) != (403, False, 401):
            wrong.append(f"{method} {path}: {answers}")

    assert wrong == []


def test_a_scope_names_reading_or_writing_and_only_reading_is_asked_of_who_reads(app: Flask) -> None:
    wrong = [
        f"{method} {path}"
        for rule, method, path in _routes(app)
        # What is sought of a person stands in a body and in no address, so that a search is a POST that reads; what
        # would happen is asked with the body of what would make it happen.
        if scope_of(app, rule.endpoint).split(":")[0]
        != ("read" if method == "GET" or path.endswith(("/search", "/preview")) else "write")
    ]

    assert wrong == []


# ---- no schema lets a My Number through


def _schemas() -> list[type[ApiSchema]]:
    modules = [import_module("supportdesk.core.api.schemas")] + [
        import_module(f"supportdesk.{path.parent.name}.{path.stem}") for path in sorted(PACKAGE.glob("*/*schemas.py"))
    ]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, ApiSchema) and value.__module__ == module.__name__
    ]


def _answers(schema: type[ApiSchema]) -> list[str]:
    """The schemas of answers are never loaded; they say so, have an id, or are those of a problem."""
    answers = issubclass(schema, AnswerSchema) or "id" in schema._declared_fields
    return [] if answers or schema.__name__.startswith("Problem") else list(schema().fields)


@pytest.mark.parametrize("schema", _schemas(), ids=lambda schema: schema.__name__)
def test_no_schema_takes_a_my_number_in_any_field(app: Flask, schema: type[ApiSchema]) -> None:
    number = "私の番号は１２３４-５６７８-９０１８です"
    for name in _answers(schema):
        several = isinstance(schema().fields[name], fields.List)
        with app.test_request_context("/api/v1/x"), pytest.raises(marshmallow.ValidationError) as refused:
            schema().load({name: [number] if several else number})

        messages = refused.value.normalized_messages()
        assert name in messages, f"{schema.__name__}.{name}"
        field = schema().fields[name]
        inner = field.inner if isinstance(field, Several) else field
        if isinstance(inner, Text):
            assert "My Number" in str(messages[name]), f"{schema.__name__}.{name}"
        assert not isinstance(inner, fields.String) or isinstance(inner, Text), f"{schema.__name__}.{name}: use Text"


def test_the_schema_of_an_answer_cannot_be_given_to_a_body_by_mistake() -> None:
    with pytest.raises(TypeError, match="is for answers"):
        AnswerSchema().load({})
