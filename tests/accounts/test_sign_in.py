"""Signing in and out, and one's own password, through the pages."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cache
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.accounts import actions, passwords, sign_in
from supportdesk.accounts.models import User, WebSession
from supportdesk.accounts.web_sessions import COOKIE, hash_of
from supportdesk.app import LIBRARY_ROUTES
from supportdesk.core import clock, history
from supportdesk.core.access import EVERYBODY, HOUSE, SIGNED_IN, Role
from supportdesk.core.db import db, transaction
from tests import factories
from tests.web import Page, Web

pytestmark = pytest.mark.one_database

PASSWORD = "三つの言葉をならべます 2026"
OTHER = "別の言葉をならべてみます 88"
MINE = "/account/password"
BROWSER = {"Accept": "text/html"}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> dict[str, datetime]:
    """The house's clock; a test may move it."""
    hand = {"now": now}
    monkeypatch.setattr(clock, "now", lambda: hand["now"])
    return hand


@pytest.fixture
def clerk(app: Flask, at: dict[str, datetime]) -> User:
    return factories.user(Role.STAFF, username="honda", password=hash_of_password())


@cache
def hash_of_password() -> str:
    return passwords.hashed(PASSWORD)


def try_page(web: Web, username: str = "honda", password: str = PASSWORD, next: str = MINE) -> Page:
    form = web.get("/login", query_string={"next": next}).form()
    return form.send(follow=False, username=username, password=password)


def is_in(web: Web) -> bool:
    return web.get(MINE).status == 200


def wrong_tries(web: Web, times: int, username: str = "honda") -> Page:
    for _ in range(times):
        page = try_page(web, username, "これはちがいます")
    return page


def test_the_right_password_opens_the_page_that_was_asked_for(clerk: User, web: Web) -> None:
    page = try_page(web)
    assert (page.status, page.response.location) == (302, MINE)
    assert is_in(web)


def test_a_page_asked_for_without_signing_in_leads_to_sign_in_and_back(clerk: User, web: Web) -> None:
    asked = web.get(MINE, headers=BROWSER, follow_redirects=True)
    assert asked.form().values["next"] == MINE
    assert asked.form().send(username="honda", password=PASSWORD).path == MINE


def test_a_user_name_in_full_width_letters_and_capitals_is_understood(clerk: User, web: Web) -> None:
    try_page(web, "　Ｈｏｎｄａ ")
    assert is_in(web)


def test_a_wrong_password_and_an_unknown_user_get_the_same_words(clerk: User, web: Web) -> None:
    wrong = try_page(web, "honda", "これはちがいます")
    unknown = try_page(web, "dareka", "これはちがいます")
    assert wrong.status == unknown.status == 422
    assert wrong.text == unknown.text
    assert wrong.soup.select_one(".errors li") is not None
    assert wrong.form().values["username"] == "honda"
    assert not is_in(web)


def test_an_unknown_user_costs_as_much_work_as_a_known_one(
    clerk: User, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    verify = passwords.verify_password
    monkeypatch.setattr(passwords, "verify_password", lambda *both: compared.append("once") or verify(*both))
    try_page(web, "dareka")
    assert compared == ["once"]


def test_an_empty_form_says_at_the_fields_what_is_missing(clerk: User, web: Web) -> None:
    page = try_page(web, "", "")
    assert page.status == 422
    assert [tag["id"] for tag in page.soup.select("div[id$=-error]")] == [
        "field-username-error",
        "field-password-error",
    ]


@pytest.mark.parametrize(
    "username", ["'; DROP TABLE user_account --", "<b>x</b>", "a\x00b", "あ" * 300, "🍎"]
)
def test_a_hostile_user_name_is_only_a_wrong_one(clerk: User, web: Web, username: str) -> None:
    page = try_page(web, username)
    assert page.status == 422
    assert "<b>x</b>" not in page.html


def test_after_five_wrong_tries_even_the_right_password_has_to_wait(
    clerk: User, web: Web, at: dict[str, datetime]
) -> None:
    assert wrong_tries(web, 5).status == 422
    page = try_page(web)
    assert page.status == 429
    assert page.response.headers["Retry-After"] == "30"
    assert "30" in page.soup.select_one(".errors").get_text()
    at["now"] += timedelta(seconds=31)
    assert try_page(web).status == 302


REFERENCE = r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b"


def test_an_unknown_user_has_to_wait_in_the_same_words(clerk: User, web: Web) -> None:
    wrong_tries(web, 5)
    wrong_tries(web, 5, "dareka")
    known, unknown = try_page(web).text, try_page(web, "dareka").text
    one, other = (re.findall(REFERENCE, text) for text in (known, unknown))
    assert len(one) == len(other) == 1, "each answer has its reference, to be found in the log"
    assert re.sub(REFERENCE, "", known) == re.sub(REFERENCE, "", unknown)


def test_signing_in_ends_the_count_of_wrong_tries(clerk: User, web: Web) -> None:
    wrong_tries(web, 4)
    assert try_page(web).status == 302
    other = Web(web.app)
    wrong_tries(other, 4)
    assert try_page(other).status == 302


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/x", "https://evil.example/", "\\\\evil.example", "/\\evil.example"]
)
def test_an_address_elsewhere_is_not_followed(clerk: User, web: Web, elsewhere: str) -> None:
    page = try_page(web, next=elsewhere)
    assert page.status == 302
    # As a browser reads it, for which a backslash is a slash.
    led_to = urljoin("http://localhost/login", page.response.location.replace("\\", "/"))
    assert urlsplit(led_to).netloc == "localhost"


def test_the_session_has_a_new_id_after_signing_in(clerk: User, web: Web) -> None:
    web.get("/login")
    before = web.client.get_cookie(COOKIE).value
    try_page(web)
    after = web.client.get_cookie(COOKIE).value
    assert after != before
    assert db.session.get(WebSession, hash_of(before)) is None
    assert db.session.get(WebSession, hash_of(after)).user_id == clerk.id


def test_the_cookie_is_hidden_from_scripts_and_other_sites(clerk: User, web: Web) -> None:
    cookie = try_page(web).response.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie
    assert "Max-Age" not in cookie


def test_behind_https_the_cookie_never_goes_in_the_clear(
    clerk: User, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(web.app.config, "SESSION_COOKIE_SECURE", True)
    assert "Secure" in web.get("/login").response.headers["Set-Cookie"]


def test_asking_to_be_remembered_has_no_effect(clerk: User, web: Web) -> None:
    form = web.get("/login").form()
    page = form.send(follow=False, username="honda", password=PASSWORD, remember="y")
    assert [cookie.split("=")[0] for cookie in page.response.headers.getlist("Set-Cookie")] == [COOKIE]
    with transaction() as session:
        session.execute(sa.delete(WebSession))
    assert not is_in(web)


def test_a_form_without_its_token_is_refused(clerk: User, web: Web) -> None:
    web.get("/login")
    answer = web.client.post("/login", data={"username": "honda", "password": PASSWORD})
    assert answer.status_code == 400
    assert not is_in(web)


def test_there_is_no_second_door_for_programs(clerk: User, web: Web) -> None:
    form = web.get("/login").form()
    answer = web.client.post(
        "/login?include_auth_token",
        json={"username": "honda", "password": PASSWORD},
        headers={"X-CSRFToken": form.values["csrf_token"], "Accept": "application/json"},
    )
    assert b"authentication_token" not in answer.data


def test_signing_out_ends_the_session_for_good(clerk: User, web: Web) -> None:
    try_page(web)
    old = web.client.get_cookie(COOKIE).value
    web.get(MINE).form("form[action='/logout']").send(follow=False)
    assert not is_in(web)
    web.client.set_cookie(COOKIE, old)
    assert not is_in(web)


def test_a_mere_link_does_not_sign_out(clerk: User, web: Web) -> None:
    try_page(web)
    assert web.get("/logout").status == 405
    assert is_in(web)


def test_disabling_ends_the_session_at_the_next_request(clerk: User, web: Web, now: datetime) -> None:
    try_page(web)
    with transaction():
        actions.disable(clerk.id, by=HOUSE, now=now)
    page = web.get(MINE, headers=BROWSER)
    assert page.status == 302
    assert page.response.location.startswith("/login")
    with transaction():
        actions.enable(clerk.id, by=HOUSE, now=now)
    assert not is_in(web)


def test_a_disabled_person_cannot_sign_in_and_is_not_told_why(clerk: User, web: Web, now: datetime) -> None:
    with transaction():
        actions.disable(clerk.id, by=HOUSE, now=now)
    page = try_page(web)
    assert page.status == 422
    assert page.text == try_page(web, "dareka").text.replace("dareka", "honda")


def test_the_last_day_ends_at_midnight_in_tokyo(app: Flask, web: Web, at: dict[str, datetime]) -> None:
    factories.user(Role.STAFF, username="gogatsu", password=hash_of_password(), last_day=date(2026, 7, 6))
    at["now"] = datetime.fromisoformat("2026-07-06T23:59:00+09:00")
    assert try_page(web, "gogatsu").status == 302
    assert is_in(web)
    at["now"] = datetime.fromisoformat("2026-07-07T00:00:00+09:00")
    assert not is_in(web)
    assert web.get("/login").status == 200
    assert try_page(web, "gogatsu").status == 422


def test_whoever_knows_the_password_is_told_that_the_account_has_not_begun_or_has_ended(
    app: Flask, clerk: User, web: Web, at: dict[str, datetime]
) -> None:
    def lasts(first: date, last: date | None) -> None:
        with transaction():
            db.session.execute(sa.update(User).where(User.id == clerk.id).values(first_day=first, last_day=last))

    lasts(date(2027, 4, 1), None)
    early = try_page(web)
    assert "令和9年4月1日から使えます。違っている場合は、管理者にお尋ねください。" in early.text
    assert "令和9年" not in try_page(web, password="not this one, surely").text
    lasts(date(2026, 4, 1), date(2026, 7, 5))
    assert "最終日は令和8年7月5日でした。" in try_page(web).text
    assert not is_in(web)


def test_changing_the_password_ends_every_other_session_and_keeps_this_one(clerk: User, web: Web) -> None:
    elsewhere = Web(web.app)
    try_page(elsewhere)
    try_page(web)
    before = web.client.get_cookie(COOKIE).value
    page = web.get(MINE).form("form[action='/account/password']")
    assert page.send(current=PASSWORD, password=OTHER, again=OTHER).status == 200
    assert is_in(web)
    assert web.client.get_cookie(COOKIE).value != before
    assert not is_in(elsewhere)
    assert try_page(elsewhere).status == 422
    assert try_page(elsewhere, password=OTHER).status == 302


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"current": "これはちがいます", "password": OTHER, "again": OTHER}, "current"),
        ({"current": PASSWORD, "password": OTHER, "again": "ちがう"}, "again"),
        ({"current": PASSWORD, "password": "短い", "again": "短い"}, "password"),
        ({"current": PASSWORD, "password": "password2026!", "again": "password2026!"}, "password"),
        ({"current": "", "password": OTHER, "again": OTHER}, "current"),
    ],
)
def test_a_refused_change_says_why_at_the_field(
    clerk: User, web: Web, typed: dict[str, str], field: str
) -> None:
    try_page(web)
    page = web.get(MINE).form("form[action='/account/password']").send(**typed)
    assert page.status == 422
    assert [tag["id"] for tag in page.soup.select("div[id$=-error]")] == [f"field-{field}-error"]
    assert is_in(web)


def code_for(person: User, now: datetime) -> str:
    with transaction():
        return actions.give_one_time_code(person.id, by=HOUSE, now=now)


def use_code(web: Web, code: str, password: str = OTHER, username: str = "honda") -> Page:
    form = web.get("/account/code").form()
    return form.send(follow=False, username=username, code=code, password=password, again=password)


def test_a_one_time_code_sets_the_password_and_signs_in(clerk: User, web: Web, now: datetime) -> None:
    page = use_code(web, code_for(clerk, now))
    assert (page.status, page.response.location) == (303, "/")
    assert is_in(web)
    assert try_page(Web(web.app), password=OTHER).status == 302


def test_a_code_typed_small_full_width_and_without_hyphens_is_right(
    clerk: User, web: Web, now: datetime
) -> None:
    code = code_for(clerk, now).replace("-", "").lower()
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    assert use_code(web, f" {wide[:5]}ー{wide[5:]}").status == 303


def test_a_code_works_once(clerk: User, web: Web, now: datetime) -> None:
    code = code_for(clerk, now)
    use_code(web, code)
    assert use_code(Web(web.app), code, "もう一度だけ使ってみます 7").status == 422


def test_a_code_runs_out_after_a_day(clerk: User, web: Web, now: datetime, at: dict[str, datetime]) -> None:
    code = code_for(clerk, now)
    at["now"] = now + timedelta(hours=24)
    assert use_code(web, code).status == 422


def test_a_wrong_code_an_unknown_user_and_one_without_a_code_get_the_same_words(
    clerk: User, web: Web
) -> None:
    without = use_code(web, "AAAA-BBBB-CCCC")
    unknown = use_code(web, "AAAA-BBBB-CCCC", username="dareka")
    assert without.status == unknown.status == 422
    assert without.text == unknown.text


def test_wrong_codes_are_slowed_down_with_wrong_passwords(clerk: User, web: Web, now: datetime) -> None:
    code = code_for(clerk, now)
    wrong_tries(web, 3)
    for _ in range(2):
        use_code(web, "AAAA-BBBB-CCCC")
    assert use_code(web, code).status == 429
    assert try_page(web).status == 429


def test_history_tells_of_sign_in_and_password_without_any_secret(
    clerk: User, web: Web, now: datetime
) -> None:
    code = code_for(clerk, now)
    use_code(web, code)
    web.get(MINE).form("form[action='/logout']").send(follow=False)
    try_page(web, password=OTHER)
    wrong_tries(Web(web.app), 5)
    rows = history.of(f"user:{clerk.id}")
    assert [row.action for row in reversed(rows)] == [
        "user.code_given",
        "user.password_chosen",
        "user.signed_out",
        "user.signed_in",
        "user.sign_in_slowed",
    ]
    told = str([(row.details, row.actor_name) for row in rows])
    assert OTHER not in told
    assert code not in told


def test_the_sign_in_library_brings_only_sign_in_and_sign_out(app: Flask) -> None:
    brought = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("security.")}
    assert brought == {"security.login", "security.logout"}
    assert LIBRARY_ROUTES["security.login"] == EVERYBODY
    assert LIBRARY_ROUTES["security.logout"] == SIGNED_IN


def test_the_throttle_asks_for_the_network_behind_the_proxy(app: Flask) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": "198.51.100.7"}):
        assert sign_in.network() == "198.51.100.7"
