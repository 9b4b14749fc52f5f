"""Signing in and out through the pages."""

from __future__ import annotations

import pytest
from flask import Flask

from supportdesk.accounts import passwords
from supportdesk.accounts.models import User
from supportdesk.core.access import Role
from tests import factories
from tests.web import Page, Web

pytestmark = pytest.mark.one_database

PASSWORD = "三つの言葉をならべます 2026"


@pytest.fixture
def clerk(app: Flask) -> User:
    return factories.user(Role.STAFF, username="honda", password=passwords.hashed(PASSWORD))


def sign_in(
    web: Web, username: str = "honda", password: str = PASSWORD, next: str = "/account/password"
) -> Page:
    return web.get(f"/login?next={next}").form().send(username=username, password=password)


def test_the_right_password_opens_the_page_that_was_asked_for(clerk: User, web: Web) -> None:
    page = sign_in(web)
    assert page.status == 200
    assert page.path == "/account/password"
