"""きょう, a resident's story, 要対応, the record, health."""

from __future__ import annotations

import io
from datetime import timedelta
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask

from supportdesk.core import beat, history
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile
from supportdesk.lessons import bookings
from supportdesk.office import settings as office_settings
from supportdesk.people.rules import Wish
from supportdesk.reminders.models import PersonContact
from tests import factories
from tests.conftest import NOW, written_lines
from tests.web import Web

pytestmark = [pytest.mark.one_database, pytest.mark.usefixtures("at_now")]


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


def test_what_is_not_known_of_a_person_has_no_empty_line(web: Web, clerk: factories.Actor) -> None:
    person = factories.resident()

    page = web.get(f"/residents/{person.id}")

    assert [term.text for term in page.soup.select(".facts dt") if not term.find_next("dd").text.strip()] == []


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


def test_in_a_house_without_tls_the_form_is_kept_just_so(app: Flask, web: Web, clerk: factories.Actor) -> None:
    kept = _posted(app, web, "/desk", Origin="http://localhost")
    foreign = _posted(app, web, "/desk", Origin="http://elsewhere.example")
    nothing_said = _posted(app, web, "/desk")

    assert "長い困りごと" in kept[1]
    assert "長い困りごと" not in foreign[1] + nothing_said[1]


def test_a_form_sent_after_the_sign_in_ended_is_kept_too(app: Flask, web: Web) -> None:
    status, html = _posted(app, web, "/desk", **{"Sec-Fetch-Site": "same-origin"})

    assert status in (400, 401)
    assert "長い困りごと" in html
    assert "別の画面でログインする" in html


def test_a_foreign_page_gets_no_valid_form_out_of_it(app: Flask, web: Web, clerk: factories.Actor) -> None:
    status, html = _posted(app, web, "/desk", **{"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"})

    assert status == 400
    assert "長い困りごと" not in html


def test_a_password_is_never_put_back_into_a_page(app: Flask, web: Web) -> None:
    answer = web.client.post(
        "/login", data={"username": "staff", "password": "correct horse"}, headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert answer.status_code == 400
    assert "correct horse" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/requests/999", 404, "そのページはありません"),
        ("/nowhere", 404, "そのページはありません"),
        ("/accounts", 403, "このページは開けません"),
    ],
)
def test_each_refusal_has_its_page_with_a_reference_that_stands_in_the_log(
    web: Web, clerk: factories.Actor, kept_log: io.StringIO, path: str, status: int, words: str
) -> None:
    page = web.get(path)

    assert (page.status, page.soup.h1.get_text()) == (status, words)
    [line] = written_lines(kept_log)
    assert line["reference"] in page.text
    assert (line["event"], line["status"], line["actor"]) == ("refused", status, clerk.id)


def _answer(app: Flask, problem: Exception, referer: str) -> tuple[int, BeautifulSoup]:
    """The page for this problem, as if a view had not caught it."""
    with app.test_request_context("/lessons/7/cancel", method="POST", headers={"Referer": referer}):
        response = app.make_response(app.handle_user_exception(problem))
    return response.status_code, BeautifulSoup(response.get_data(as_text=True), "html.parser")


def test_who_comes_second_is_told_that_it_was_changed_and_shown_the_way_to_it(
    app: Flask, kept_log: io.StringIO
) -> None:
    status, page = _answer(app, ChangedMeanwhile(), "http://localhost/lessons/7?page=2")

    assert (status, page.h1.get_text()) == (409, "先にほかの人が変更しています")
    assert page.select_one("main a.button")["href"] == "/lessons/7?page=2"
    [line] = written_lines(kept_log)
    assert line["code"] == "changed-meanwhile" and line["reference"] in page.get_text()


@pytest.mark.parametrize("referer", ["http://elsewhere.example/x", "http://localhost//elsewhere.example/x", ""])
def test_the_way_back_never_leads_to_another_place(app: Flask, referer: str) -> None:
    _, page = _answer(app, ChangedMeanwhile(), referer)

    href = page.select_one("main a.button")["href"]
    assert href.startswith("/") and not href.startswith("//")


def test_what_is_our_fault_is_said_so_without_what_the_error_says(app: Flask, kept_log: io.StringIO) -> None:
    status, page = _answer(app, ValueError("本多 ハル"), "")

    assert (status, page.h1.get_text()) == (500, "システムの中で問題が起きました")
    [line] = written_lines(kept_log)
    assert line["reference"] in page.get_text()
    assert "本多" not in kept_log.getvalue() + str(page)


def test_a_long_list_of_people_to_call_comes_in_pages_and_stays_on_the_page_where_one_worked(
    web: Web, clerk: factories.Actor
) -> None:
    lesson = factories.lesson(starts_at=NOW + timedelta(days=1, hours=3), seats=60)
    for _ in range(51):
        factories.booking(factories.resident(wish=Wish.PERSON), lesson)

    first = web.get("/action-items")
    second = web.get("/action-items?page=2")

    assert (len(first.soup.select("ol.items > li")), len(second.soup.select("ol.items > li"))) == (50, 1)
    assert "51件" in first.soup.h1.get_text() and "51件" in second.soup.h1.get_text()
    answer = second.form("form.outcomes").send(follow=False, outcome="no-answer")
    assert "/action-items?page=2&done=booking:" in unquote(answer.response.location)


def test_what_other_rooms_did_has_words_on_the_pages_of_lesson_and_booking(
    clerk: factories.Actor, web: Web
) -> None:
    booking = factories.booking()
    with transaction():
        for act in ("sheet.opened", "visit.walk_in"):
            history.record(act, f"lesson:{booking.lesson_id}", by=clerk, now=NOW)
        for act in ("booking.contact", "visit.marked"):
            history.record(act, f"booking:{booking.id}", by=clerk, now=NOW)

    lesson, seat = web.get(f"/lessons/{booking.lesson_id}").text, web.get(f"/bookings/{booking.id}").text

    assert "当日名簿を閲覧" in lesson and "sheet.opened" not in lesson
    assert "visit.marked" not in seat and "booking.contact" not in seat
