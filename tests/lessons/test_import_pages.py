from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from supportdesk.core import tally
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons import import_views
from supportdesk.places.models import Venue
from tests import factories
from tests.web import Page, Web

pytestmark = pytest.mark.one_database

HEAD = "external_id,name,name_kana,room,seats\n"
GOOD = "V1,加津佐公民館,カヅサコウミンカン,研修室,20\n"
BAD = "V2,口之津公民館,口之津,研修室,20\n"


@pytest.fixture
def desk(web: Web) -> Web:
    return web.sign_in(factories.user(Role.COORDINATOR))


def kept() -> list[str | None]:
    """The venues in the database now, seen in a transaction of its own."""
    db.session.rollback()
    return list(db.session.scalars(sa.select(Venue.external_id)))


def upload(desk: Web, data: bytes, name: str = "会場.csv") -> Page:
    form = desk.get("/import/venues").form("#upload")
    answer = desk.client.post("/import/venues", data=form.values | {"file": (io.BytesIO(data), name)})
    return Page(desk, answer)


def press(page: Page, mode: str) -> Page:
    assert page.soup.select_one(f"#import-these button[value={mode}]") is not None
    return page.form("#import-these").send(mode=mode)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_file_is_looked_through_first_and_imported_when_asked(desk: Web, encoding: str) -> None:
    report = upload(desk, (HEAD + GOOD).encode(encoding))

    assert report.status == 200 and "追加1件" in report.text and "まだ保存していません" in report.text
    assert kept() == []

    done = press(report, "all")
    assert done.status == 200 and "追加1件" in done.text
    assert kept() == ["V1"]

    again = upload(desk, (HEAD + GOOD).encode(encoding))
    assert "変わらないもの1件" in again.text and again.soup.select_one("#import-these") is None


def test_a_bad_row_is_shown_with_line_column_and_reason_and_the_good_ones_can_be_taken(desk: Web) -> None:
    report = upload(desk, (HEAD + GOOD + BAD).encode())

    row = report.soup.select_one("tbody tr").get_text(" ")
    assert report.status == 422
    assert "3" in row and "name_kana" in row
    assert report.soup.select_one("#import-these button[value=all]") is None

    press(report, "good")
    assert kept() == ["V1"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "ファイルの中身がありません"),
        ((HEAD + GOOD).encode("utf-16"), "UTF-16"),
        (b"external_id,name\nV1,x\n", "name_kana"),
        (b"PK\x03\x04", "Excel"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_in_words(desk: Web, data: bytes, words: str) -> None:
    page = upload(desk, data)
    assert page.status == 422
    assert words in page.soup.select_one("#field-file-error").text


def test_no_file_chosen_is_answered_in_words(desk: Web) -> None:
    page = desk.get("/import/venues").form("#upload").send()
    assert page.status == 422 and "ファイルを選んでください" in page.text


def test_a_file_too_large_for_the_browser_is_sent_to_the_command(
    desk: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_views, "LARGEST_CARRIED", 20)
    page = upload(desk, (HEAD + GOOD).encode())
    assert page.status == 422 and "大きすぎます" in page.text


def test_hostile_words_in_a_file_stay_words(desk: Web) -> None:
    page = upload(desk, (HEAD + "V1,公民館,<script>alert(1)</script>,研修室,20\n").encode())
    assert page.status == 422 and "<script>alert(1)" not in page.html


def test_a_my_number_in_a_file_is_turned_away_and_counted(desk: Web) -> None:
    page = upload(desk, (HEAD + "V1,1234-5678-9018,カナ,研修室,20\n").encode())

    row = page.soup.select_one("tbody").text
    assert page.status == 422 and "name" in row and "9018" not in row
    assert tally.total(tally.MY_NUMBER_TURNED_AWAY) == 1


@pytest.mark.parametrize("carried", ["x", "AAAA", "eJw=", "='"])
def test_a_forged_file_in_the_page_is_a_bad_request(desk: Web, carried: str) -> None:
    form = desk.get("/import/venues").form("#upload")
    assert form.send(carried=carried, mode="all").status == 400


def test_there_is_no_import_of_other_things(desk: Web) -> None:
    assert desk.get("/import/users").status == 404
