"""Addresses and forms that no page of ours makes: each gets an answer, none an error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from supportdesk.core.access import Role
from tests import factories
from tests.conftest import NOW
from tests.web import Web

MY_NUMBER = "987654321093"


@pytest.fixture
def clerk(web: Web) -> Iterator[Web]:
    with time_machine.travel(NOW, tick=True):
        yield web.sign_in(factories.user(Role.STAFF))


@pytest.mark.parametrize(
    "before", ["0001-01-01T00:00:00%2B09:00", "9999-12-31T23:59:59-09:00", "2026-07-06T10:00", "x"]
)
def test_a_story_before_an_instant_that_is_none_begins_at_the_newest(clerk: Web, before: str) -> None:
    resident = factories.resident("ホンダ ハル", "+819000000001")

    page = clerk.get(f"/residents/{resident.id}?before={before}")

    assert page.status == 200


@pytest.mark.parametrize("course", ["9" * 5000, "9" * 30, "-1", "²", "x"])
def test_a_course_number_that_is_none_fills_in_nothing(clerk: Web, course: str) -> None:
    assert clerk.get(f"/lessons/new?course={course}").status == 200


def test_a_page_behind_the_last_is_the_last(clerk: Web) -> None:
    lesson = factories.lesson(starts_at=NOW + timedelta(days=1))
    factories.booking(factories.resident("ホンダ ハル", "+81957000001"), lesson)

    first, behind = clerk.get("/action-items"), clerk.get("/action-items?page=99")

    assert "ホンダ ハル" in first.text
    assert behind.text == first.text


@pytest.mark.parametrize("number", ["²", "9" * 30, "9" * 5000, "-1", ""])
def test_a_contact_with_a_booking_that_is_none_notes_nothing(clerk: Web, number: str) -> None:
    lesson = factories.lesson(starts_at=NOW + timedelta(days=1))
    factories.booking(factories.resident("ホンダ ハル", "+81957000001"), lesson)

    page = clerk.get("/action-items").form("form.outcomes").send(booking=number)

    assert page.status == 422


@pytest.mark.parametrize("version", ["²", "9" * 30, "9" * 5000, "-1"])
def test_a_version_that_is_none_is_an_old_one(clerk: Web, version: str) -> None:
    venue = factories.venue()

    page = clerk.get(f"/venues/{venue.id}/edit").form().send(version=version)

    assert page.status == 422


def test_a_form_without_its_version_does_not_break(clerk: Web) -> None:
    course = factories.course()

    page = clerk.get(f"/courses/{course.id}/edit").form().send(version=None, topics=[])

    assert page.status in (200, 422)


@pytest.mark.parametrize("field", ["topic", "district"])
def test_a_choice_that_nobody_offered_finds_no_lessons(clerk: Web, field: str) -> None:
    page = clerk.get(f"/desk?resident={factories.resident('ホンダ ハル', '+819000000001').id}")

    changes: dict[str, Any] = {field: "\0"}
    assert page.form("main form#call").send(act="note", **changes).status == 422


@pytest.mark.parametrize("key", ["\0", MY_NUMBER])
def test_a_form_whose_name_may_not_be_kept_is_refused(clerk: Web, key: str) -> None:
    page = (
        clerk.get("/residents/new")
        .form()
        .send(family_kana="ホンダ", given_kana="ハル", no_telephone="y", operation=key)
    )

    assert page.status == 422


@pytest.mark.parametrize("body", [[1], {"family_kana": 1}, "x"])
def test_a_form_sent_as_json_is_not_read(clerk: Web, body: object) -> None:
    token = clerk.get("/residents/new").form().values["csrf_token"]

    with clerk.app.app_context():
        answer = clerk.client.post("/residents/new", json=body, headers={"X-CSRFToken": token})

    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("path", "status"),
    [("/requests?topic=%00", 200), ("/lessons?district=%00", 200), ("/residents?q=%00", 200), ("/import/%00", 404)],
)
def test_nul_is_dropped_from_a_question_and_no_part_of_any_address(clerk: Web, path: str, status: int) -> None:
    assert clerk.get(path).status == status


@pytest.mark.one_database
@pytest.mark.parametrize(
    "back", ["//x.example", "/\\x.example", "/\t/x.example", "/\n/x.example", "/a\r\nX: y", "x", ""]
)
def test_the_language_switch_leads_nowhere_else(web: Web, back: str) -> None:
    page = web.request("post", "/language", {"language": "ja", "next": back}, follow=False)

    assert (page.status, page.response.location) == (303, "/")


@pytest.mark.one_database
def test_the_language_switch_leads_back(web: Web) -> None:
    page = web.request("post", "/language", {"language": "en", "next": "/residents?q=a b"}, follow=False)

    assert page.response.location == "/residents?q=a%20b"
