from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter

from supportdesk.app import LIBRARY_ROUTES
from supportdesk.core.access import (
    API,
    EVERYBODY,
    Role,
    UndeclaredRoute,
    audience_of,
    check_every_route_declares_its_audience,
    open_to,
)

pytestmark = pytest.mark.one_database


def test_every_route_declares_its_audience(app: Flask) -> None:
    check_every_route_declares_its_audience(app, LIBRARY_ROUTES)


def test_a_route_that_declares_nothing_stops_the_start() -> None:
    forgetful = Flask("forgetful", static_folder=None)
    forgetful.add_url_rule("/forgotten", "forgotten", lambda: "")

    with pytest.raises(UndeclaredRoute, match="forgotten"):
        check_every_route_declares_its_audience(forgetful, {})


def test_a_route_of_the_api_without_a_scope_stops_the_start() -> None:
    forgetful = Flask("forgetful", static_folder=None)
    forgetful.add_url_rule("/api/v1/forgotten", "forgotten", open_to(Role.STAFF)(lambda: ""))

    with pytest.raises(UndeclaredRoute, match="forgotten"):
        check_every_route_declares_its_audience(forgetful, {})


def test_every_library_route_in_the_table_exists(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}

    assert set(LIBRARY_ROUTES) <= endpoints


def test_nobody_who_is_not_signed_in_sees_a_page_that_is_not_for_everybody(app: Flask) -> None:
    client = app.test_client()
    open_to_all = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if audience_of(app, rule.endpoint, LIBRARY_ROUTES) == EVERYBODY or rule.endpoint in LIBRARY_ROUTES
    }
    answers = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in open_to_all or rule.rule.startswith(API) or "GET" not in (rule.methods or set()):
            continue
        with app.test_request_context():
            path = rule.build(dict.fromkeys(rule.arguments, 1), append_unknown=False)
        assert path is not None
        answers[rule.endpoint] = client.get(path[1], headers={"Accept": "text/html"}).status_code

    assert answers and set(answers.values()) == {302}


def test_a_number_in_an_address_is_one_that_both_databases_keep(app: Flask) -> None:
    # PostgreSQL's integers end here; a greater one is an error there, on SQLite too from 2**63 on, and not "not found".
    boundless = [
        rule.rule
        for rule in app.url_map.iter_rules()
        for converter in rule._converters.values()
        if isinstance(converter, IntegerConverter) and converter.max != 2147483647
    ]

    assert not boundless
