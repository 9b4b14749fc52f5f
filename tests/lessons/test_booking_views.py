from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import g, render_template

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons import booking_queries as queries
from supportdesk.lessons import seats
from supportdesk.lessons.bookings import book_party, cancel_booking
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from tests import factories
from tests.web import Web

pytestmark = pytest.mark.one_database

FORM = "main form[method=post][novalidate]"


@pytest.fixture
def staff(web: Web) -> Web:
    return web.sign_in(factories.user(Role.STAFF))


@pytest.fixture
def ahead(app: Any) -> Callable[..., Lesson]:
    """Makes lessons some days after the present, since a page reads the clock."""

    def make(days: int = 9, **values: Any) -> Lesson:
        return factories.lesson(starts_at=clock.now() + timedelta(days=days), **values)

    return make


def booked(lesson: Lesson, *people: Any, by: Any, **more: Any) -> list[Booking]:
    ids = [each.id for each in people or [factories.resident()]]
    with transaction():
        return book_party(
            lesson.id,
            ids,
            booked_by=BookedBy.SELF,
            channel=BookingChannel.PHONE,
            by=by,
            now=clock.now(),
            **more,
        )


def all_bookings() -> list[Booking]:
    db.session.rollback()  # ends the test's own earlier read, which on SQLite sees the data of that moment
    statement = sa.select(Booking).order_by(Booking.id).execution_options(populate_existing=True)
    return list(db.session.scalars(statement))


def test_staff_book_a_couple_from_the_lesson_and_see_the_booking(staff, ahead):
    lesson = ahead()
    wife, husband = factories.resident("ホンダ ハル"), factories.resident("ホンダ タダシ")
    form = staff.get(f"/lessons/{lesson.id}/book?resident={wife.id}&resident={husband.id}").form(FORM)
    page = form.send(booked_by="family", caller="長女", companions="1", read_back="y")
    first, second = all_bookings()
    assert (page.status, page.path) == (200, f"/bookings/{first.id}")
    assert f"{first.number[:4]}-{first.number[4:]}" in page.text
    assert "ホンダ タダシ" in page.text and "長女" in page.text
    assert (first.caller, first.companions, first.read_back, first.party) == ("長女", 1, True, second.party)


def test_the_same_form_sent_eight_times_is_one_booking(staff, ahead):
    lesson, person = ahead(), factories.resident()
    form = staff.get(f"/lessons/{lesson.id}/book?resident={person.id}").form(FORM)
    answers = [form.send(follow=False) for _ in range(8)]
    [booking] = all_bookings()
    assert {(each.status, each.response.location) for each in answers} == {(303, f"/bookings/{booking.id}")}


def test_a_refused_booking_keeps_what_was_typed_and_says_why(staff, ahead, by):
    lesson, person = ahead(seats=1), factories.resident()
    booked(lesson, by=by)
    page = staff.get(f"/lessons/{lesson.id}/book?resident={person.id}").form(FORM).send(caller="長女")
    assert page.status == 422
    assert page.soup.select_one("section.errors li")
    assert page.form(FORM).values["caller"] == "長女"
    assert len(all_bookings()) == 1


def test_a_person_who_is_booked_already_is_refused_with_a_link_to_that_booking(staff, ahead, by):
    lesson, person = ahead(), factories.resident()
    [booking] = booked(lesson, person, by=by)
    page = staff.get(f"/lessons/{lesson.id}/book?resident={person.id}").form(FORM).send()
    assert page.status == 422
    assert page.soup.select_one(f'main a[href="/bookings/{booking.id}"]')


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("companions", "六"), ("companions", ""), ("companions", "6"), ("companions", "-1"),
        ("caller", "あ" * 81), ("caller", "123456789018"), ("override_reason", "い" * 201),
        ("booked_by", "neighbour"), ("channel", "pigeon"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_at_its_field_and_books_nothing(staff, ahead, field, typed):
    lesson, person = ahead(), factories.resident()
    page = staff.get(f"/lessons/{lesson.id}/book?resident={person.id}").form(FORM).send(**{field: typed})
    assert page.status == 422
    assert page.soup.select_one(f"#field-{field}-error")
    assert all_bookings() == []


def test_a_form_that_lacks_what_may_be_left_empty_books_all_the_same(staff, ahead):
    lesson, person = ahead(), factories.resident()
    form = staff.get(f"/lessons/{lesson.id}/book?resident={person.id}").form(FORM)

    assert form.send(follow=False, caller=None, override_reason=None).status == 303
    assert [(each.caller, each.override_reason) for each in all_bookings()] == [("", "")]


def test_a_lesson_whose_booking_is_not_open_yet_is_booked_with_a_reason_only(staff, ahead):
    lesson = ahead(booking_opens_at=clock.now() + timedelta(days=1))
    person = factories.resident()
    form = staff.get(f"/lessons/{lesson.id}/book?resident={person.id}").form(FORM)
    assert form.send().status == 422
    page = form.send(override_reason="窓口の案内ちがい")
    assert page.status == 200 and "窓口の案内ちがい" in page.text


@pytest.mark.parametrize("named", ["", "?resident=", "?resident=あ", "?resident=999999999999"])
def test_without_a_person_the_page_says_to_find_one_first(staff, ahead, named):
    page = staff.get(f"/lessons/{ahead().id}/book{named}")
    assert page.status == 200
    assert page.soup.select_one(FORM) is None and page.soup.select_one("main .empty")


def test_who_holds_seats_is_seen_while_booking(staff, ahead, by):
    lesson, person = ahead(), factories.resident()
    with transaction():
        seats.hold_seats(lesson.id, 2, by=by, now=clock.now())
    assert by.name in staff.get(f"/lessons/{lesson.id}/book?resident={person.id}").text


def test_staff_cancel_with_a_reason_and_the_page_shows_it(staff, ahead, by):
    lesson = ahead()
    first, _ = booked(lesson, factories.resident(), factories.resident("ホンダ タダシ"), by=by)
    page = staff.get(f"/bookings/{first.id}/cancel")
    assert "ホンダ タダシ" in page.text
    assert page.form(FORM).send(reason=" ").status == 422
    done = page.form(FORM).send(reason="体調がわるい")
    assert (done.status, done.path) == (200, f"/bookings/{first.id}")
    assert "体調がわるい" in done.text
    assert done.soup.select_one(f'a[href="/bookings/{first.id}/cancel"]') is None
    assert [bool(each.cancelled_at) for each in all_bookings()] == [True, False]


def test_the_same_cancellation_sent_twice_answers_alike_and_another_one_is_refused(staff, ahead, by):
    [booking] = booked(ahead(), by=by)
    form = staff.get(f"/bookings/{booking.id}/cancel").form(FORM)
    another = staff.get(f"/bookings/{booking.id}/cancel").form(FORM)
    assert [form.send(follow=False, reason="体調").status for _ in range(2)] == [303, 303]
    assert another.send(reason="体調").status == 422


def test_staff_move_a_booking_to_another_lesson_of_the_same_course(staff, ahead, by):
    lesson = ahead()
    syllabus = lesson.course
    free = ahead(10, course=syllabus)
    full = ahead(11, course=syllabus, seats=1, seats_taken=1)
    other_course = ahead(12)
    [booking] = booked(lesson, by=by)
    page = staff.get(f"/bookings/{booking.id}/move")
    offered = [str(each["value"]) for each in page.soup.select("main input[name=lesson]")]
    assert offered == [str(free.id)]
    assert page.form(FORM).send().status == 422
    for wrong in (str(full.id), "9" * 12, "あ"):
        assert page.form(FORM).send(lesson=wrong).status == 422
    done = page.form(FORM).send(lesson=str(free.id))
    old, new = all_bookings()
    assert (done.path, new.lesson_id, old.moved_to_id) == (f"/bookings/{new.id}", free.id, new.id)
    assert other_course.id not in (old.lesson_id, new.lesson_id)
    assert f"/bookings/{new.id}" in staff.get(f"/bookings/{old.id}").html


def test_the_same_move_sent_twice_answers_alike_though_it_took_the_last_seat(staff, ahead, by):
    lesson = ahead()
    last = ahead(10, course=lesson.course, seats=1)
    [booking] = booked(lesson, by=by)
    form = staff.get(f"/bookings/{booking.id}/move").form(FORM)
    answers = [form.send(follow=False, lesson=str(last.id)) for _ in range(2)]
    assert [each.status for each in answers] == [303, 303]
    assert len({each.response.location for each in answers}) == 1
    assert len(all_bookings()) == 2


def test_the_block_for_a_lessons_page_lists_names_callers_and_folds_cancelled_ones(app, ahead, by):
    lesson = ahead()
    wife, husband = factories.resident("ホンダ ハル"), factories.resident("ホンダ タダシ")
    kept, gone = booked(lesson, wife, husband, companions=1, caller="長女", by=by)
    with transaction():
        cancel_booking(gone.id, "体調がわるい", by=by, now=clock.now())
    active, cancelled = queries.bookings_of_lesson(lesson.id)
    shown = {}
    for role in (Role.STAFF, Role.COORDINATOR):
        with app.test_request_context("/"):
            g.actor = factories.actor_of(factories.user(role))
            shown[role] = render_template(
                "lessons/_bookings.html",
                lesson=lesson,
                active_bookings=active,
                cancelled_bookings=cancelled,
                actor=g.actor,
            )
    for html in shown.values():
        assert "ホンダ ハル" in html.split("<details>")[0] and "長女" in html
        assert "体調がわるい" in html.split("<details>")[1]
    assert f"/bookings/{kept.id}" in shown[Role.STAFF]
    assert f"/bookings/{kept.id}" not in shown[Role.COORDINATOR]


def test_a_volunteer_and_an_admin_see_no_booking(app, ahead, by):
    [booking] = booked(ahead(), by=by)
    for role in set(Role) - {Role.STAFF}:
        client = Web(app).sign_in(factories.user(role)).client
        for path in (
            f"/bookings/{booking.id}",
            f"/bookings/{booking.id}/cancel",
            f"/bookings/{booking.id}/move",
        ):
            with pytest.MonkeyPatch.context() as patch:  # the page that says no is another room's
                patch.setattr("supportdesk.front.errors.render_template", lambda *_a, **_k: "refused")
                assert client.get(path).status_code == 403
