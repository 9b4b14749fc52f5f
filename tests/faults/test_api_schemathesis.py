"""Schemathesis asks every operation of the API with what its document allows and with what it does not.

What is left out, and why, stands in docs/api.md.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import time_machine
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from supportdesk.app import create_app
from supportdesk.core.access import Role
from supportdesk.core.api.fields import GREATEST
from supportdesk.desk.models import HelpRequest
from supportdesk.desk.rules import RequestChannel
from supportdesk.places.models import Closure, Permit
from tests import factories
from tests.conftest import NOW, settings_for

pytestmark = pytest.mark.one_database

EXAMPLES = 50
# 422 besides the usual ones: what a rule of the house refuses, no shape of a body can say. `understood` narrows it.
RULES = {"positive_data_acceptance": {"expected-statuses": ["2xx", "401", "404", "409", "422"]}}


# What is there, or can be read, instead of a text of chance: by name, with the length up to which any text is allowed.
KNOWN = {
    "district_code": ("KCN", 8),
    "topic_code": ("PHOTO", 16),
    "postal_code": ("859-2502", 12),
    "family_kana": ("ホンダ", 40),
    "given_kana": ("ハル", 40),
    "name_kana": ("カイジョウ", 120),
    "kana": ("シエン", 80),
    "telephone": ("0957-00-0001", 40),
    "number": ("0957-00-0001", 40),
}

# Years that a town means; `format: date` allows the year 1 and RFC 3339 the year 0.
DAYS = st.dates(date(1900, 1, 2), date(2199, 12, 30)).map(date.isoformat)
schemathesis.openapi.format("date", DAYS)
schemathesis.openapi.format("date-time", DAYS.map(lambda day: f"{day}T08:30:00+09:00"))


class Served:
    """The app of this test. The operations are known before there is any test, and with them where they are asked."""

    def __init__(self) -> None:
        self.app = create_app(settings_for("sqlite://", Path(tempfile.gettempdir())))

    def __call__(self, *request: Any) -> Any:
        return self.app.wsgi_app(*request)


served = Served()
api = schemathesis.openapi.from_wsgi(
    "/api/v1/openapi.json", served, config=SchemathesisConfig.from_dict({"checks": RULES})
)


@api.hook
def map_path_parameters(context: schemathesis.HookContext, path_parameters: Any) -> Any:
    """A number of a path is often one that is there."""
    return {name: _there(name, value) for name, value in (path_parameters or {}).items()}


@api.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """What a body names is there, so that rules and the database are reached."""
    return {name: _there(name, value) for name, value in body.items()} if isinstance(body, dict) else body


@api.hook
def filter_query(context: schemathesis.HookContext, query: Any) -> bool:
    """A parameter without any value stands in no address: what it makes wrong would arrive as right."""
    return all(value not in (None, [], {}) for value in (query or {}).values())


def _there(name: str, value: Any) -> Any:
    """Only what the document allows is replaced; what it does not stays as wrong as it was."""
    if isinstance(value, dict):
        return {inner: _there(inner, each) for inner, each in value.items()}
    if isinstance(value, list):
        return [_there(name, each) for each in value]
    if isinstance(value, str) and name in KNOWN and len(value) <= KNOWN[name][1]:
        return KNOWN[name][0]
    if (name.endswith(("_id", "_ids")) or name == "version") and type(value) is int and 0 < value <= GREATEST:
        return 1
    return value


@schemathesis.check
def understood(ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """What the document allows may be refused by a rule of the house, never for its shape."""
    if case.meta and case.meta.generation.mode.is_positive and response.status_code == 422:
        assert response.json()["code"] != "invalid", response.json().get("errors")


asked = settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(autouse=True)
def town_of_july(app: Flask) -> Iterator[None]:
    """One of each thing, so that many requests find what they name."""
    served.app = app
    with time_machine.travel(NOW, tick=False):
        factories.district()
        factories.topic()
        factories.supporter()
        lesson = factories.lesson(starts_at=NOW + timedelta(days=3))
        factories.thing()
        factories.save(Permit(room_id=lesson.room_id, first=NOW.date(), last=NOW.date()))
        factories.save(Closure(venue_id=lesson.venue_id, first=NOW.date(), last=NOW.date(), reason="健診"))
        booking = factories.booking(course_date=lesson)
        factories.save(
            HelpRequest(
                resident_id=booking.resident_id, channel=RequestChannel.PHONE, topic_code="PHOTO", text="撮れない",
                received_at=NOW, received_by="職員",
            )
        )  # fmt: skip
        yield


@pytest.fixture
def token(app: Flask) -> str:
    return factories.token(Role.STAFF, Role.COORDINATOR, Role.MANAGER)

@api.parametrize()
@asked
def test_every_answer_is_as_the_document_says(case: schemathesis.Case, token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"})


@api.parametrize()
@asked
def test_nothing_is_told_without_a_token(case: schemathesis.Case) -> None:
    assert case.call_and_validate().status_code in (401, 404, 405)


def test_every_operation_of_the_document_is_asked(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    written = {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
        if method != "parameters"
    }

    assert {operation.ok().label for operation in api.get_all_operations()} == written
    assert len(written) > 25
