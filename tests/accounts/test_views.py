"""The administrator's pages about people."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from supportdesk.accounts import actions, queries
from supportdesk.accounts.actions import Account
from supportdesk.accounts.models import User
from supportdesk.core import clock
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from tests import factories
from tests.web import Web

pytestmark = pytest.mark.one_database

NEW = {"username": "honda", "name": "本田 春", "roles": ["staff"], "first_day": "2026-07-06", "last_day": ""}
ADD = "form[action='/accounts/new']"


@pytest.fixture
def admin(app: Flask, web: Web, now: datetime, monkeypatch: pytest.MonkeyPatch) -> User:
    """The one administrator, signed in at `web`."""
    monkeypatch.setattr(clock, "now", lambda: now)
    person = factories.user(Role.ADMIN, username="kanri", name="管理 太郎", password="set")
    web.sign_in(person)
    return person


def test_the_list_shows_who_works_here_with_roles(admin: User, web: Web) -> None:
    factories.user(Role.STAFF, Role.COORDINATOR, username="honda", name="本田 春")
    rows = web.get("/accounts").soup.select("tbody tr")
    assert [row.select_one("th").get_text(strip=True) for row in rows] == ["本田 春", "管理 太郎"]
    assert len(rows[0].select("li")) == 2


def test_the_list_finds_by_a_part_of_either_name(admin: User, web: Web) -> None:
    factories.user(Role.STAFF, username="honda", name="本田 春")
    for words in ("本田", "ＨＯＮ", "ond"):
        assert len(web.get("/accounts", query_string={"q": words}).soup.select("tbody tr")) == 1
    nobody = web.get("/accounts", query_string={"q": "100%"})
    assert nobody.soup.select_one(".empty") is not None


def test_the_list_comes_in_pages(admin: User, web: Web) -> None:
    for _ in range(51):
        factories.user(Role.STAFF)
    first = web.get("/accounts")
    assert len(first.soup.select("tbody tr")) == 50
    assert len(web.get(first.soup.select_one(".pager a")["href"]).soup.select("tbody tr")) == 2


def test_the_list_of_fifty_people_takes_six_queries(admin: User, web: Web) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    for _ in range(49):
        factories.user(Role.STAFF)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        web.get("/accounts")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    # Session, the person with roles, office settings; the count, the page, its roles.
    assert len(asked) == 6, "\n".join(asked)


def test_a_new_person_is_added_and_the_code_shown_once(admin: User, web: Web) -> None:
    form = web.get("/accounts/new").form(ADD)
    shown = form.send(**NEW)
    code = shown.soup.select_one("#one-time-code").get_text(strip=True)
    again = form.send(**NEW)
    assert code not in again.text
    assert again.path == f"/accounts/{queries.by_username('honda').id}"

    own = Web(web.app)
    chosen = own.get("/account/code").form()
    words = "三つの言葉をならべます 2026"
    assert chosen.send(follow=False, username="honda", code=code, password=words, again=words).status == 303
    assert own.get("/account/password").status == 200


def test_the_code_lies_nowhere_in_the_database(admin: User, web: Web) -> None:
    shown = web.get("/accounts/new").form(ADD).send(**NEW)
    code = shown.soup.select_one("#one-time-code").get_text(strip=True)
    for table in db.metadata.sorted_tables:
        assert code not in str(db.session.execute(sa.select(table)).all())


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "ほんだ"}, "username"),
        ({"username": "KANRI"}, "username"),
        ({"username": "123456789018"}, "username"),
        ({"name": "  "}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "名" * 81}, "name"),
        ({"roles": []}, "roles"),
        ({"roles": ["mayor"]}, "roles"),
        ({"first_day": ""}, "first_day"),
        ({"first_day": "きのう"}, "first_day"),
        ({"last_day": "2026-07-05"}, "last_day"),
    ],
)
def test_a_wrong_field_says_why_and_keeps_what_was_typed(
    admin: User, web: Web, wrong: dict[str, object], field: str
) -> None:
    page = web.get("/accounts/new").form(ADD).send(**{**NEW, **wrong})
    assert page.status == 422
    found = page.soup.select_one(f"#field-{field}-error .field-error")
    assert found is not None, page.text
    kept = page.form(ADD).values
    assert kept["name"] == {**NEW, **wrong}["name"].strip(" ") or field == "name"
    assert queries.by_username("honda") is None


def test_markup_in_a_name_is_shown_as_it_was_typed(admin: User, web: Web) -> None:
    web.get("/accounts/new").form(ADD).send(**{**NEW, "name": "<b>本田</b>"})
    page = web.get("/accounts")
    assert "<b>本田</b>" in page.text
    assert "<b>本田" not in page.html


def test_roles_and_days_are_edited(admin: User, web: Web) -> None:
    person = factories.user(Role.STAFF, username="honda", name="本田 春")
    form = web.get(f"/accounts/{person.id}").form("#account")
    assert form.values["roles"] == "staff"
    assert form.send(roles=["coordinator", "manager"], last_day="2027-03-31").status == 200
    db.session.remove()
    found = queries.by_username("honda")
    assert found.role_set == {Role.COORDINATOR, Role.MANAGER}
    assert found.last_day == date(2027, 3, 31)


def test_the_second_editor_sees_what_changed_and_loses_nothing(admin: User, web: Web, now: datetime) -> None:
    person = factories.user(Role.STAFF, username="honda", name="本田 春")
    form = web.get(f"/accounts/{person.id}").form("#account")
    with transaction():
        theirs = Account("本田 ハル", frozenset({Role.STAFF}), person.first_day, None)
        actions.edit_user(person.id, theirs, person.version, by=HOUSE, now=now)
    page = form.send(name="本田 はる", roles=["staff", "manager"])
    assert page.status == 422
    differs = page.soup.select_one(".conflict")
    assert "本田 ハル" in differs.get_text()
    assert len(differs.select("tbody tr")) == 2
    again = page.form("#account")
    assert (again.values["name"], again.values["roles"]) == ("本田 はる", ["staff", "manager"])
    assert again.send().status == 200
    db.session.remove()
    assert queries.by_username("honda").name == "本田 はる"


def test_an_account_is_disabled_and_enabled(admin: User, web: Web) -> None:
    person = factories.user(Role.STAFF, username="honda")
    page = web.get(f"/accounts/{person.id}").form("#disable").send()
    assert page.soup.select_one(".status-stop") is not None
    assert page.soup.select_one("#code") is None
    page = page.form("#enable").send()
    assert page.soup.select_one(".status-stop") is None


def test_the_last_administrator_is_told_why_not(admin: User, web: Web) -> None:
    page = web.get(f"/accounts/{admin.id}").form("#disable").send()
    assert page.soup.select_one(".flashes .note-stop") is not None
    assert web.get("/accounts").status == 200
    page = web.get(f"/accounts/{admin.id}").form("#account").send(roles=["staff"])
    assert page.status == 422
    assert page.soup.select_one(".errors li") is not None


def test_a_new_code_is_shown_once(admin: User, web: Web) -> None:
    person = factories.user(Role.STAFF, username="honda")
    form = web.get(f"/accounts/{person.id}").form("#code")
    assert form.send().soup.select_one("#one-time-code") is not None
    assert form.send().soup.select_one("#one-time-code") is None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_administrators_see_who_works_here(app: Flask, web: Web, role: Role) -> None:
    person = factories.user(role)
    web.sign_in(person)
    for path in ("/accounts", "/accounts/new", f"/accounts/{person.id}"):
        assert web.get(path).status == 403


def test_somebody_who_does_not_exist_is_not_found(admin: User, web: Web) -> None:
    assert web.get("/accounts/999").status == 404
