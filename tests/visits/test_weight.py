"""What a tablet loads on a hall's Wi-Fi for the day sheet of fifty: 60 kB in all, with CSS and JS."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta

import pytest
from flask import Flask

from supportdesk.core.access import Role
from tests import factories
from tests.factories import START
from tests.visits import rows
from tests.web import Web

pytestmark = pytest.mark.one_database

TAKES_GZIP = {"Accept-Encoding": "gzip, deflate, br"}
FILES = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js)[^"]*)"')
IMPORTS = re.compile(r'from "\./([^"]+)"')


@pytest.fixture
def sheet(app: Flask, web: Web) -> str:
    """The address of a sheet of fifty, the reader signed in."""
    lesson = factories.lesson(starts_at=START + timedelta(days=9), seats=50)
    for n in range(50):
        rows.booking(lesson, factories.resident(f"ヒト {n:02d}"))
    web.sign_in(factories.user(Role.COORDINATOR))
    return f"/sheet/{lesson.id}"


def loaded(web: Web, address: str) -> dict[str, bytes]:
    """Everything the page loads at its first visit, as it travels, by address."""
    html = web.client.get(address).get_data(as_text=True)
    found = {address: web.client.get(address, headers=TAKES_GZIP, buffered=True).data}
    waiting = FILES.findall(html)
    waiting += [f"/static/js/behaviours/{name}.js" for name in re.findall(r'data-behaviour="([^"]+)"', html)]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found[file] = web.client.get(file, headers=TAKES_GZIP, buffered=True).data
            folder = file.partition("?")[0].rpartition("/")[0]
            content = web.client.get(file, buffered=True).get_data(as_text=True)
            waiting += [f"{folder}/{name}" for name in IMPORTS.findall(content)]
    return found


def test_the_sheet_of_fifty_weighs_at_most_60_kb_with_css_and_js(web: Web, sheet: str) -> None:
    found = loaded(web, sheet)

    assert {name.rpartition("/")[2].partition("?")[0] for name in found} >= {"components.css", "sheet.js", "start.js"}
    assert sum(map(len, found.values())) <= 60_000


def test_the_sheet_is_the_same_page_for_who_takes_no_gzip(web: Web, sheet: str) -> None:
    plain, packed = web.client.get(sheet), web.client.get(sheet, headers=TAKES_GZIP)

    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["Vary"] and "Accept-Encoding" in packed.headers["Vary"]
    unpacked = gzip.decompress(packed.data).decode()
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    assert unpacked.count('class="person"') == plain.get_data(as_text=True).count('class="person"') == 50


def test_a_file_that_has_not_changed_is_not_sent_again(web: Web, sheet: str) -> None:
    first = web.client.get("/static/css/components.css", headers=TAKES_GZIP, buffered=True)

    again = web.client.get("/static/css/components.css", headers=TAKES_GZIP | {"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


@pytest.mark.parametrize("address", ["/residents?q=<p>", "/login?next=/a", "/sheet/1/walk-in"])
def test_no_page_that_shows_what_was_asked_is_compressed(web: Web, sheet: str, address: str) -> None:
    assert "Content-Encoding" not in web.client.get(address, headers=TAKES_GZIP).headers
