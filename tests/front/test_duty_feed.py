"""A supporter's own calendar: at an address that opens nothing once it is revoked, and with nobody's name in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from icalendar import Calendar

from supportdesk.accounts.models import User
from supportdesk.core.access import Actor, Role
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound, Refusal
from supportdesk.core.history import HistoryRow
from supportdesk.lessons import actions, duty_feeds
from supportdesk.lessons.duty_models import DutyFeed
from supportdesk.lessons.models import Lesson, LessonSupporter
from supportdesk.lessons.rules import LessonState
from supportdesk.people.models import Supporter
from tests import factories
from tests.conftest import NOW
from tests.web import Page, Web


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def account(app: Flask) -> User:
    return factories.user(Role.VOLUNTEER)


@pytest.fixture
def helper(account: User) -> Supporter:
    return factories.supporter(account)


def on_duty(who: Supporter, lesson: Lesson) -> Lesson:
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=who.id))
    return lesson


def made(who: Supporter, by: Actor) -> str:
    with transaction():
        return duty_feeds.make_feed(who.id, by=by, now=NOW)


def calendar(web: Web, key: str) -> Calendar:
    answer = web.client.get(f"/calendars/{key}.ics")
    assert answer.status_code == 200
    return Calendar.from_ical(answer.get_data())


def test_it_holds_the_own_duties_alone_with_place_time_course_and_how_many_are_booked(
    app: Flask, web: Web, helper: Supporter, by: Actor
) -> None:
    mine = on_duty(helper, factories.lesson())
    factories.booking(factories.resident("ヒミツ ハル", "+81957007777"), mine)
    factories.lesson(course=factories.course(title="よその教室"), starts_at=NOW + timedelta(days=2))
    key = made(helper, by)

    [event] = calendar(web, key).walk("VEVENT")

    assert str(event["SUMMARY"]) == "当番：写真をとる・見る・消す"
    assert "口之津公民館" in str(event["LOCATION"])
    assert event.decoded("DTSTART") == mine.starts_at
    assert str(event["DESCRIPTION"]).startswith("予約 1人（定員8人）")
    assert (str(event["STATUS"]), int(event["SEQUENCE"])) == ("CONFIRMED", 0)
    assert event["TRANSP"] == "OPAQUE", "somebody on duty is not free"


def test_a_cancelled_duty_is_told_as_cancelled_under_the_same_uid_with_a_higher_sequence(
    app: Flask, web: Web, helper: Supporter, by: Actor
) -> None:
    lesson, key = on_duty(helper, factories.lesson()), made(helper, by)
    [before] = calendar(web, key).walk("VEVENT")
    with transaction():
        actions.cancel_lesson(lesson.id, "秘密の理由", by=by, now=NOW)

    [after] = calendar(web, key).walk("VEVENT")

    assert (str(after["UID"]), str(after["STATUS"])) == (str(before["UID"]), "CANCELLED")
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert "秘密の理由" not in str(after.to_ical(), "utf-8")


def test_a_draft_is_nobodys_duty_yet(app: Flask, web: Web, helper: Supporter, by: Actor) -> None:
    on_duty(helper, factories.lesson(state=LessonState.DRAFT))

    assert calendar(web, made(helper, by)).walk("VEVENT") == []


def test_a_new_key_ends_the_one_before_and_a_revoked_one_opens_nothing(
    app: Flask, web: Web, helper: Supporter, by: Actor
) -> None:
    first = made(helper, by)
    second = made(helper, by)

    assert (web.get(f"/calendars/{first}.ics").status, web.get(f"/calendars/{second}.ics").status) == (404, 200)
    with transaction():
        duty_feeds.revoke_feed(helper.id, by=by, now=NOW)
        duty_feeds.revoke_feed(helper.id, by=by, now=NOW)
    assert web.get(f"/calendars/{second}.ics").status == 404
    acts = db.session.scalars(sa.select(HistoryRow.action).where(HistoryRow.subject == f"supporter:{helper.id}"))
    assert list(acts) == ["supporter.feed-made", "supporter.feed-made", "supporter.feed-revoked"]


def test_only_the_digest_of_a_key_is_kept_and_none_is_in_log_or_history(
    app: Flask, web: Web, helper: Supporter, by: Actor, kept_log: io.StringIO
) -> None:
    key = made(helper, by)
    web.get(f"/calendars/{key}.ics")
    web.get(f"/calendars/{key}x.ics")

    [row] = db.session.scalars(sa.select(DutyFeed))
    assert (len(row.key_hash), row.key_hash == duty_feeds.hash_of(key), len(key)) == (64, True, 32)
    details = str([one.details for one in db.session.scalars(sa.select(HistoryRow))])
    assert key not in details
    assert "refused" in kept_log.getvalue()
    assert key not in kept_log.getvalue()


def questions_and_answer(web: Web, key: str) -> tuple[int, Page]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        page = web.get(f"/calendars/{key}.ics")
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len([one for one in seen if "duty_feed" in one]), page


@pytest.mark.parametrize("guess", ["x", "a" * 10_000, "鍵", "' OR 1=1 --", "1"])
def test_every_wrong_key_is_answered_as_a_revoked_one(
    app: Flask, web: Web, helper: Supporter, by: Actor, guess: str
) -> None:
    revoked = made(helper, by)
    with transaction():
        duty_feeds.revoke_feed(helper.id, by=by, now=NOW)

    asked, before = questions_and_answer(web, revoked)
    _asked, after = questions_and_answer(web, guess)

    assert asked == 1
    assert (before.status, after.status) == (404, 404)
    assert (before.html, dict(before.response.headers)) == (after.html, dict(after.response.headers))
    assert revoked not in before.html


def test_who_has_left_has_no_calendar_any_more_and_gets_no_new_one(
    app: Flask, web: Web, helper: Supporter, by: Actor
) -> None:
    key = made(helper, by)
    with transaction():
        db.session.get_one(Supporter, helper.id).left_on = (NOW - timedelta(days=1)).date()

    assert web.get(f"/calendars/{key}.ics").status == 404
    with pytest.raises(Refusal, match="has left"):
        made(helper, by)
    with pytest.raises(NotFound), transaction():
        duty_feeds.revoke_feed(999, by=by, now=NOW)


@pytest.mark.one_database
def test_it_is_kept_by_nobody_on_the_way_and_found_by_no_search_engine(
    app: Flask, web: Web, helper: Supporter, by: Actor
) -> None:
    answer = web.client.get(f"/calendars/{made(helper, by)}.ics")

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.mimetype == "text/calendar"


@pytest.mark.one_database
def test_asking_for_it_writes_nothing_however_often(app: Flask, web: Web, helper: Supporter, by: Actor) -> None:
    key = made(helper, by)
    before = db.session.scalar(sa.select(sa.func.count()).select_from(HistoryRow))

    for _ in range(5):
        calendar(web, key)

    assert db.session.scalar(sa.select(sa.func.count()).select_from(HistoryRow)) == before


# ---- pages


@pytest.mark.one_database
def test_a_supporter_makes_and_revokes_the_own_address(app: Flask, web: Web, account: User, helper: Supporter) -> None:
    on_duty(helper, factories.lesson())
    page = web.sign_in(account).get("/my-duties")
    assert "口之津公民館" in page.text

    shown = page.form("form[action$='/feed']").send()
    address = shown.soup.select_one("#feed-address")
    assert address is not None
    path = "/calendars/" + address.text.rpartition("/")[2]
    assert "この画面でだけ" in shown.text
    assert Web(app).get(path).status == 200
    again = web.get("/my-duties")
    assert path not in again.html
    again.form("form[action$='/revoke']").send()

    assert Web(app).get(path).status == 404


@pytest.mark.one_database
def test_the_coordinator_does_so_for_anybody_and_staff_only_look(app: Flask, web: Web, helper: Supporter) -> None:
    path = f"/supporters/{helper.id}/duties"
    clerk = Web(app).sign_in(factories.user(Role.STAFF))
    assert clerk.get(path).soup.select_one("form[action$='/feed']") is None
    assert clerk.request("post", f"{path}/feed", {}, follow=False).status in (400, 403)

    shown = web.sign_in(factories.user(Role.COORDINATOR)).get(path).form("form[action$='/feed']").send()

    assert shown.soup.select_one("#feed-address") is not None


@pytest.mark.one_database
def test_an_account_without_a_supporter_is_told_so(app: Flask, web: Web) -> None:
    page = web.sign_in(factories.user(Role.VOLUNTEER)).get("/my-duties")

    assert (page.status, "支援員として登録されていません" in page.text) == (404, True)
    assert web.get("/my-duties/2026-06").status == 404
