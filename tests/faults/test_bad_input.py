"""Every text box of every form is given what no form asks for. Nothing breaks, nothing typed is lost or acts.

On both databases: SQLite keeps any text of any length, PostgreSQL answers with errors of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from bs4 import Tag
from flask import Flask

from supportdesk.accounts.models import SignInThrottle
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.desk.models import HelpRequest
from supportdesk.desk.rules import RequestChannel, RequestStatus
from supportdesk.lessons.models import Lesson
from supportdesk.people.models import Resident
from tests import factories
from tests.conftest import NOW
from tests.web import Form, Page, Web

SCRIPT = "<script>alert(1)</script>"
HOSTILE = {
    "too-long": "あ" * 10_000,
    "longer-than-some-columns": "ア" * 130,
    "control-characters": "は\x00る\x01\x1b\x7f\u202e\u200b",
    "outside-the-first-plane": "😀𠮷👨‍👩‍👧",
    "markup": f'"\'>{SCRIPT}{{{{7*7}}}}%s%(x)s',
    "full-width-digits": "１２３",
    "half-width-kana": "ﾎﾝﾀﾞ ﾊﾙ",
    "spaces-alone": "  \u3000 ",
    "a-huge-number": "9" * 30,
    "a-negative-number": "-1",
}
# Sent box by box too: with all boxes at once one refusal keeps the others from coming as far as the database.
ONE_BY_ONE = ("longer-than-some-columns", "control-characters")


@dataclass(frozen=True)
class Asked:
    """A form: where it stands (rows are made anew, since some acts can be done once only), and good answers."""

    role: Role | None
    path: Callable[[], str]
    form: str = "main form[method=post]"
    answers: dict[str, Any] = field(default_factory=dict)


def _resident() -> Resident:
    return factories.resident("ホンダ ハル", "+819000000001", district_code=factories.district().code)


def _today() -> Lesson:
    return factories.lesson(starts_at=NOW - timedelta(minutes=30))


def _request() -> str:
    row = HelpRequest(
        resident_id=_resident().id, topic_code=factories.topic().code, text="写真が消えた",
        channel=RequestChannel.PHONE, urgent=False, status=RequestStatus.NEW, received_at=NOW, received_by="職員",
    )  # fmt: skip
    return f"/requests/{factories.save(row).id}"


def _waits_for_a_person() -> str:
    soon = factories.lesson(starts_at=NOW + timedelta(days=1))
    factories.booking(factories.resident("ホンダ ハル", "+81957000001"), soon)
    return "/action-items"


def _elsewhere() -> str:
    """A booking that can move to another lesson of its course."""
    syllabus = factories.course()
    factories.lesson(course=syllabus, starts_at=NOW + timedelta(days=11))
    return f"/bookings/{factories.booking(_resident(), factories.lesson(course=syllabus)).id}/move"


def _desk_with_a_person() -> str:
    factories.topic()
    return f"/desk?resident={_resident().id}&lesson={factories.lesson().id}"


def _log() -> str:
    today = _today()
    return f"/sheet/{today.id}/{factories.booking(_resident(), today).id}"


FORMS = {
    "sign-in": Asked(None, lambda: "/login", answers={"username": "haru", "password": "wrong"}),
    "one-time-code": Asked(
        None, lambda: "/account/code",
        answers={"username": "haru", "code": "AAAA-BBBB-CCCC", "password": "a long new one", "again": "a long new one"},
    ),
    "own-password": Asked(
        Role.STAFF, lambda: "/account/password",
        answers={"current": "wrong", "password": "a long new one", "again": "a long new one"},
    ),
    "new-account": Asked(
        Role.ADMIN, lambda: "/accounts/new",
        answers={"username": "newcomer", "name": "新人", "roles": ["staff"], "first_day": "2026-07-06"},
    ),
    "account": Asked(Role.ADMIN, lambda: f"/accounts/{factories.user(Role.STAFF).id}", "form#account"),
    "new-resident": Asked(
        Role.STAFF, lambda: "/residents/new",
        answers={
            "family_kana": "ホンダ", "given_kana": "ハル", "telephones-0-typed": "090-0000-0001", "confirmed": "1",
            "family-0-name": "本田 恵", "family-0-relation": "娘", "family-0-telephone": "090-0000-0002",
        },
    ),
    "resident": Asked(Role.STAFF, lambda: f"/residents/{_resident().id}/edit", answers={"confirmed": "1"}),
    "stop-contact": Asked(Role.STAFF, lambda: f"/residents/{_resident().id}/stop", answers={"reason": "wish"}),
    "call": Asked(
        Role.STAFF, _desk_with_a_person, "form#call", {"text": "写真が消えた", "act": "book", "booked_by": "family"}
    ),
    "call-noted": Asked(Role.STAFF, _desk_with_a_person, "form#call", {"text": "写真が消えた", "act": "note"}),
    "hold": Asked(Role.STAFF, _desk_with_a_person, "form#call", {"act": "hold"}),
    "newcomer": Asked(
        Role.STAFF, lambda: "/desk", "form.newcomer-form",
        {"kana": "ホンダ ハル", "telephone": "090-0000-0001", "another": "1"},
    ),
    "book": Asked(
        Role.STAFF, lambda: f"/lessons/{factories.lesson().id}/book?resident={_resident().id}",
        answers={"booked_by": "family", "channel": "phone"},
    ),
    "cancel-booking": Asked(
        Role.STAFF, lambda: f"/bookings/{factories.booking(_resident()).id}/cancel", answers={"reason": "用事"}
    ),
    "move-booking": Asked(Role.STAFF, _elsewhere),
    "request": Asked(
        Role.STAFF, _request, "main form[method=post]", {"status": "done", "outcome": "教室をご案内した"}
    ),
    "contact": Asked(Role.STAFF, _waits_for_a_person, "form.outcomes", {"outcome": "no-answer"}),
    "new-course": Asked(
        Role.COORDINATOR, lambda: "/courses/new",
        answers={"title": "写真", "minutes": "60", "seats": "8", "learners_per_supporter": "4"},
    ),
    "course": Asked(Role.COORDINATOR, lambda: f"/courses/{factories.course().id}/edit"),
    "new-lesson": Asked(Role.COORDINATOR, lambda: "/lessons/new"),
    "lesson": Asked(Role.COORDINATOR, lambda: f"/lessons/{factories.lesson().id}/edit"),
    "lesson-on-the-board": Asked(Role.COORDINATOR, lambda: f"/board/lessons/{factories.lesson().id}/move"),
    "cancel-lesson": Asked(
        Role.COORDINATOR, lambda: f"/lessons/{factories.lesson().id}/cancel", answers={"cancel_reason": "台風"}
    ),
    "new-venue": Asked(
        Role.COORDINATOR, lambda: "/venues/new", answers={"name": "公民館", "name_kana": "コウミンカン"}
    ),
    "venue": Asked(Role.COORDINATOR, lambda: f"/venues/{factories.venue().id}/edit"),
    "new-room": Asked(
        Role.COORDINATOR, lambda: f"/venues/{factories.venue().id}/rooms/new", answers={"name": "和室", "seats": "12"}
    ),
    "room": Asked(Role.COORDINATOR, lambda: f"/rooms/{factories.room().id}/edit"),
    "walk-in": Asked(Role.STAFF, lambda: f"/sheet/{_today().id}/walk-in", answers={"name": "はる"}),
    "log": Asked(Role.STAFF, _log),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def browser(app: Flask) -> Callable[[Role | None], Web]:
    return lambda role: Web(app).sign_in(factories.user(role)) if role else Web(app)


def _opened(web: Web, asked: Asked) -> Form:
    page = web.get(asked.path())
    assert page.status == 200, page.text[:300]
    return page.form(asked.form)


def _opened_again(web: Web, asked: Asked, form: Form, page: Page) -> Form:
    """What was refused is sent again from the same page; what was done needs rows of its own for the next time."""
    with transaction():
        # Each try would count, and soon only the throttle would answer.
        db.session.query(SignInThrottle).delete()
    return form if page.status == 422 else _opened(web, asked)


def _boxes(tag: Tag, secret: bool) -> list[str]:
    """The names of what a person types into; of rows that are alike, the first."""
    others = ("hidden", "checkbox", "radio", "submit", "button", "file", "password")
    return [
        str(entry["name"])
        for entry in tag.select("input[name]:not([hidden]), textarea[name]")
        if not re.search(r"-[1-9]\d*-", str(entry["name"]))
        and (entry.get("type", "text") == "password" if secret else entry.get("type", "text") not in others)
    ]


def _others(tag: Tag) -> list[str]:
    """The names of what a page fills in itself, the token against foreign pages aside."""
    names = [str(entry["name"]) for entry in tag.select("select[name], input[type=hidden], input[type=radio]")]
    return list(dict.fromkeys(name for name in names if name != "csrf_token" and not re.search(r"-[1-9]\d*-", name)))


def _tag(form: Form, selector: str) -> Tag:
    tag = form.page.soup.select_one(selector)
    assert tag is not None
    return tag


@pytest.mark.parametrize("name", FORMS)
def test_no_text_breaks_a_page_and_none_is_lost(browser: Callable[[Role | None], Web], name: str) -> None:
    asked = FORMS[name]
    web = browser(asked.role)
    form = _opened(web, asked)
    boxes = _boxes(_tag(form, asked.form), secret=False)
    tries = [(kind, boxes) for kind in HOSTILE] + [(kind, [box]) for kind in ONE_BY_ONE for box in boxes]
    troubles = []
    for kind, tried in tries:
        page = form.send(follow=False, **{**asked.answers, **dict.fromkeys(tried, HOSTILE[kind])})
        troubles += [f"{kind}: {trouble} ({tried})" for trouble in _troubles(page, asked, tried, kind)]
        form = _opened_again(web, asked, form, page)

    assert troubles == []


def _troubles(page: Page, asked: Asked, tried: list[str], kind: str) -> Iterator[str]:
    if page.status not in (200, 303, 422):
        yield f"answered {page.status}"
        return
    answered = page.web.get(page.response.location) if page.status == 303 else page
    if answered.status != page.status and answered.status != 200:
        yield f"the next page answered {answered.status}"
    if SCRIPT in answered.html:
        yield "the markup was not escaped"
    if page.status == 422:
        typed = HOSTILE[kind].replace("\0", "")
        kept = page.form(asked.form).values
        yield from (f"{box} is gone: {str(kept.get(box))[:40]!r}" for box in tried if kept.get(box) != typed)
        if not page.soup.select_one(".field-error, .errors, .note-stop, [role=alert]"):
            yield "nothing says why"


@pytest.mark.parametrize("name", FORMS)
def test_no_answer_that_the_page_fills_in_itself_breaks_it(browser: Callable[[Role | None], Web], name: str) -> None:
    asked = FORMS[name]
    web = browser(asked.role)
    form = _opened(web, asked)
    tag = _tag(form, asked.form)
    troubles = []
    for box in [*_others(tag), *_boxes(tag, secret=True)]:
        for kind in ("control-characters", "markup", "a-huge-number"):
            page = form.send(follow=False, **{**asked.answers, box: HOSTILE[kind]})
            if page.status >= 500 or SCRIPT in page.html:
                troubles.append(f"{box}, {kind}: answered {page.status}")
            form = _opened_again(web, asked, form, page)

    assert troubles == []


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.STAFF, "/residents?q={}"),
        (Role.STAFF, "/residents/search?q={}"),
        (Role.STAFF, "/desk?q={}"),
        (Role.STAFF, "/desk?resident={}&lesson={}&booked={}&noted={}&channel={}"),
        (Role.STAFF, "/desk/people?q={}"),
        (Role.STAFF, "/requests?status={}&topic={}&page={}"),
        (Role.STAFF, "/practice?q={}&page={}"),
        (Role.STAFF, "/outgoing?until={}&day={}&time={}"),
        (Role.STAFF, "/action-items?page={}"),
        (Role.STAFF, "/residents/1?before={}"),
        (Role.COORDINATOR, "/lessons?month={}&start_day={}&district={}&course={}&state={}&page={}"),
        (Role.COORDINATOR, "/venues?q={}&district={}&page={}"),
        (Role.COORDINATOR, "/lessons/new?course={}&copy={}&day={}"),
        (Role.ADMIN, "/accounts?q={}&page={}"),
        (Role.ADMIN, "/history?subject={}&page={}"),
    ],
)
def test_no_address_breaks_a_page(browser: Callable[[Role | None], Web], role: Role, path: str) -> None:
    web = browser(role)
    _resident()
    troubles = []
    for kind, typed in {**HOSTILE, "too-long": "あ" * 600, "no-utf-8": "%ff%fe"}.items():
        page = web.get(path.replace("{}", typed if kind == "no-utf-8" else quote(typed)))
        if page.status >= 500 or SCRIPT in page.html:
            troubles.append(f"{kind}: {page.status}")

    assert troubles == []


