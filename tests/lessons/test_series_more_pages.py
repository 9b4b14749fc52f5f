"""The pages on which a series goes on and is booked in another way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons import series_queries
from supportdesk.lessons.models import Series
from supportdesk.lessons.series_rules import Registration
from tests import factories
from tests.conftest import NOW
from tests.factories import Actor
from tests.lessons.test_series_goes_on import book, made, version
from tests.programs import Program
from tests.web import Web

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(web: Web) -> Web:
    return web.sign_in(factories.user(Role.STAFF))


def count(series: Series) -> int:
    db.session.rollback()
    return len(series_queries.lessons_of(series.id))


def test_the_dates_and_who_is_booked_into_them_are_said_before_anything_is_saved(desk: Web, by: Actor) -> None:
    series = made(by, Registration.WHOLE)
    book(series, by)
    page = desk.get(f"/series/{series.id}").link("回を追加する")

    looked = page.form("main form").send(times="２")
    assert "全回を予約している方が1名います。" in looked.text
    assert "8月5日（水）" in looked.text
    assert count(series) == 3
    saved = looked.form("main form").send(act="save")

    assert "2回を追加しました。" in saved.text
    assert "全5回" in saved.text
    assert count(series) == 5


def test_two_clicks_add_the_lessons_once_and_an_old_page_adds_none(desk: Web, by: Actor) -> None:
    series = made(by, Registration.EACH)
    form = desk.get(f"/series/{series.id}/lengthen").form("main form").send(until="2026-08-19").form("main form")

    first, second = form.send(act="save"), form.send(act="save")
    assert (first.status, second.status) == (200, 200)
    assert count(series) == 6

    old = desk.get(f"/series/{series.id}/lengthen").form("main form")
    old.send(times="1").form("main form").send(act="save")
    stale = form.send(act="save", operation="another-act-of-that-page")
    assert stale.status == 422
    assert count(series) == 7


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "回数か、最後の日を"),
        ({"times": "0"}, "1から"),
        ({"times": "たくさん"}, "数字"),
        ({"until": "いつか"}, "日付"),
        ({"until": "2026-07-10"}, "すでに"),
        ({"until": "1" * 100}, "40"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(desk: Web, by: Actor, typed: dict[str, str], words: str) -> None:
    series = made(by, Registration.EACH)

    page = desk.get(f"/series/{series.id}/lengthen").form("main form").send(**typed)

    assert page.status == 422
    assert words in page.text
    assert count(series) == 3


def test_another_way_of_booking_is_explained_and_then_done(desk: Web, by: Actor) -> None:
    series = made(by, Registration.EACH)
    book(series, by, nth=2)
    page = desk.get(f"/series/{series.id}").link("申込みのしかたを変更する")
    assert "一部の回だけを予約している方が1名います。" in page.text

    done = page.form("main form").send()

    assert done.status == 200
    assert "全回まとめて" in done.text
    again = page.form("main form").send()
    assert again.status == 422


def test_a_program_lengthens_and_changes_the_way_of_booking(app: object, by: Actor) -> None:
    series = made(by, Registration.EACH)
    program = Program(app, factories.token())  # type: ignore[arg-type]
    path = f"/series/{series.id}"

    seen = program.post(f"{path}/lengthen/preview", {"times": 2})
    assert [one["day"] for one in seen.body["dates"]] == ["2026-08-05", "2026-08-12"]
    sent = {"times": 2, "version": version(series)}
    added = program.post(f"{path}/lengthen", sent)
    late = program.post(f"{path}/lengthen", sent)
    assert (added.status, len(added.body["lesson_ids"])) == (201, 2)
    assert (late.status, late.body["code"]) == (409, "changed-meanwhile")

    changed = program.post(f"{path}/registration", {"to": "whole", "version": version(series)})
    assert (changed.status, changed.body["registration"], changed.body["thing_ids"]) == (200, "whole", [])
