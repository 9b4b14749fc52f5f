"""きょう, a resident's story, 要対応, the record, health."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import beat, history
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons import bookings
from supportdesk.office import settings as office_settings
from supportdesk.people.rules import Wish
from supportdesk.reminders.models import PersonContact
from tests import factories
from tests.conftest import NOW
from tests.web import Web

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clerk(web: Web) -> factories.Actor:
    person = factories.user(Role.STAFF)
    web.sign_in(person)
    return factories.actor_of(person)


def test_people_of_the_desk_begin_with_today(web: Web, clerk: factories.Actor) -> None:
    factories.lesson(starts_at=NOW + timedelta(hours=3), booking_closes_at=NOW)

    page = web.get("/")

    assert page.soup.h1.get_text(" ", strip=True).startswith("きょう")
    assert "午後1時" in page.text


def test_an_empty_day_is_said_kindly(web: Web, clerk: factories.Actor) -> None:
    page = web.get("/")

    assert "電話連絡はありません。" in page.text
    assert "きょうの教室はありません。" in page.text


@pytest.mark.parametrize(
    ("role", "path"), [(Role.VOLUNTEER, "/sheet"), (Role.ADMIN, "/accounts"), (Role.AUDITOR, "/history")]
)
def test_others_begin_with_their_own_page(web: Web, role: Role, path: str) -> None:
    with transaction():
        office_settings.change(town="南島原市", telephone="0957-00-0001")
    web.sign_in(factories.user(role))

    assert web.get("/").response.headers["Location"].endswith(path)


def _waiting_booking() -> int:
    """Somebody without a telephone, two working days before the lesson."""
    person = factories.resident(wish=Wish.CARD)
    lesson = factories.lesson(starts_at=NOW + timedelta(days=1, hours=1))
    return factories.booking(person, lesson, booked_at=NOW - timedelta(days=9)).id


def test_whom_a_person_must_tell_stands_on_the_list_and_leaves_it_when_told(web: Web, clerk: factories.Actor) -> None:
    booking_id = _waiting_booking()
    listed = web.get("/action-items")

    after = listed.form(f"#item-{booking_id} form").send(outcome="talked")

    assert "本多" in listed.text or "ホンダ" in listed.text
    assert "電話を待っている方はいません" in after.text
    assert db.session.scalar(sa.select(PersonContact.outcome)) == "talked"


def test_the_same_outcome_sent_eight_times_is_noted_once(web: Web, clerk: factories.Actor) -> None:
    booking_id = _waiting_booking()
    form = web.get("/action-items").form(f"#item-{booking_id} form")

    for _ in range(8):
        form.send(outcome="no-answer")

    assert db.session.scalar(sa.select(sa.func.count()).select_from(PersonContact)) == 1


def test_a_note_with_a_my_number_is_refused_and_kept_in_the_page(web: Web, clerk: factories.Actor) -> None:
    booking_id = _waiting_booking()

    answer = web.get("/action-items").form(f"#item-{booking_id} form").send(
        outcome="talked", note="番号は123456789018"
    )

    assert answer.status == 422
    assert "123456789018" in answer.soup.select_one(f"#item-{booking_id} textarea").text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PersonContact)) == 0


def test_a_story_tells_what_happened_newest_first(web: Web, clerk: factories.Actor) -> None:
    person, lesson = factories.resident(), factories.lesson()
    made = factories.booking(person, lesson, booked_at=NOW - timedelta(days=2))
    with transaction():
        bookings.cancel_booking(made.id, "入院のため", by=clerk, now=NOW)

    page = web.get(f"/residents/{person.id}")

    told = [entry.get_text(" ", strip=True) for entry in page.soup.select(".story > li")]
    assert "入院のため" in told[0]
    assert "予約" in told[1]


def test_a_long_story_comes_in_pages_that_lose_nothing(web: Web, clerk: factories.Actor) -> None:
    person = factories.resident()
    for day in range(45):
        factories.booking(person, factories.lesson(), booked_at=NOW - timedelta(days=day, hours=1))

    first = web.get(f"/residents/{person.id}")
    second = first.link("これより前を見る")

    entries = [len(page.soup.select(".story > li")) for page in (first, second)]
    assert entries == [30, 15]


def test_looking_at_a_person_is_recorded_once_an_hour(web: Web, clerk: factories.Actor) -> None:
    person = factories.resident()
    for _ in range(3):
        web.get(f"/residents/{person.id}")

    looks = [row for row in history.of(f"resident:{person.id}") if row.action == "resident.looked-at"]
    assert [row.actor_id for row in looks] == [clerk.id]


def test_nobody_is_no_page(web: Web, clerk: factories.Actor) -> None:
    assert web.get("/residents/999").status == 404


def test_the_record_is_for_auditors_and_can_be_narrowed(web: Web) -> None:
    web.sign_in(factories.user(Role.AUDITOR))
    with transaction():
        history.record("booking.made", "booking:7", by=HOUSE, now=NOW)
        history.record("lesson.added", "lesson:3", by=HOUSE, now=NOW)

    page = web.get("/history?subject=booking:7")

    assert "予約済" in page.text
    assert "日程を追加" not in page.text


def test_the_process_lives_without_asking_the_database(web: Web) -> None:
    assert web.get("/healthz").response.json == {"status": "ok"}


def test_a_town_whose_jobs_stand_still_is_not_ready(web: Web) -> None:
    silent = web.get("/readyz")
    with transaction():
        beat.note(NOW - timedelta(seconds=20))
    beating = web.get("/readyz")

    assert (silent.status, silent.response.json["reasons"]) == (503, ["jobs: no tick lately"])
    assert (beating.status, beating.response.json["tick_age_seconds"]) == (200, 20)


def test_a_town_that_holds_its_messages_says_so(web: Web) -> None:
    with transaction():
        beat.note(NOW)
        office_settings.change(sending_hold="restored")

    answer = web.get("/readyz")

    assert (answer.status, answer.response.json["hold"]) == (503, True)


def _posted(app: Flask, web: Web, path: str, **headers: str) -> tuple[int, str]:
    answer = web.client.post(path, data={"text": "長い困りごと", "csrf_token": "old"}, headers=headers)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_form_whose_page_has_grown_old_is_offered_once_more_with_all_that_was_typed(
    app: Flask, web: Web, clerk: factories.Actor
) -> None:
    status, html = _posted(app, web, "/desk", **{"Sec-Fetch-Site": "same-origin"})

    assert status == 400
    assert "長い困りごと" in html
    assert "もう一度送る" in html


def test_a_form_sent_after_the_sign_in_ended_is_kept_too(app: Flask, web: Web) -> None:
    status, html = _posted(app, web, "/desk", **{"Sec-Fetch-Site": "same-origin"})

    assert status in (400, 401)
    assert "長い困りごと" in html
    assert "別の画面でログインする" in html


def test_a_foreign_page_gets_no_valid_form_out_of_it(app: Flask, web: Web, clerk: factories.Actor) -> None:
    status, html = _posted(app, web, "/desk", **{"Sec-Fetch-Site": "cross-site"})

    assert status == 400
    assert "長い困りごと" not in html


def test_a_password_is_never_put_back_into_a_page(app: Flask, web: Web) -> None:
    answer = web.client.post(
        "/login", data={"username": "staff", "password": "correct horse"}, headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert answer.status_code == 400
    assert "correct horse" not in answer.get_data(as_text=True)
