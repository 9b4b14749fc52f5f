"""A whole story on both databases: the telephone rings, and two calls later a lesson is full."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from supportdesk.core import clock, history
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.desk.models import HelpRequest
from supportdesk.lessons.models import Booking, CourseTopic, Lesson
from supportdesk.people import actions as people
from supportdesk.people.rules import ResidentData, TelephoneData
from tests import factories
from tests.web import Page, Web


def call(page: Page, **changes: str) -> Page:
    """Send the form of a call, with the people who stand beside it."""
    values = dict(page.form("#call").values)
    beside = page.soup.select('[form="call"][type="hidden"], [form="call"][checked]')
    for name in {str(each["name"]) for each in beside}:
        values[name] = [str(each["value"]) for each in beside if each["name"] == name]
    return page.web.request("post", "/desk", {**values, **changes}, follow=True)


def test_from_the_first_ring_to_a_full_lesson(web: Web) -> None:
    clerk = factories.user(Role.STAFF, name="受付 花子")
    now = clock.now()
    factories.district("KCN")
    factories.topic("PHOTO")
    venue = factories.venue(district_code="KCN")
    lesson = factories.lesson(starts_at=now + timedelta(days=9), seats=3, room=factories.room(venue))
    factories.save(CourseTopic(course_id=lesson.course_id, topic_code="PHOTO"))
    line = (TelephoneData("0957-86-1234", whose="家"),)
    with transaction():
        for given, born in (("ハル", 1941), ("タダシ", 1938)):
            data = ResidentData("ホンダ", given, birth_year=born, district_code="KCN", telephones=line)
            people.add_resident(data, by=factories.actor_of(clerk), now=now)
    web.sign_in(clerk)

    # A couple calls: found by one of them, booked for both, the trouble noted in her words.
    page = web.get("/desk").form("form[role=search]").send(q="ほんだ は").link("ホンダ ハル").link("一緒に予約")
    page = call(page, act="lessons", text="写真がいっぱいで、もう撮れない")
    page = call(page, act="hold", lesson=str(lesson.id))
    assert "お二人様ですね。" in page.text
    assert "3分間 仮押さえ" in page.text
    page = call(page, act="book", booked_by="self")
    assert "ホンダ ハル・ホンダ タダシ" in page.text

    # The next caller for the same lesson is not known yet, comes with a friend, and there is one seat.
    page = page.link("同じ教室で次の人").form(".newcomer-form").send(
        kana="たなか いち", telephone="0957-86-9999", birth_year="昭25", district="KCN"
    )  # fmt: skip
    refused = call(page, act="book", companions="1", caller="めい 田中")
    assert refused.status == 422
    assert "空き" in refused.text
    assert refused.form("#call").values["caller"] == "めい 田中"
    page = call(refused, act="book", companions="0", booked_by="family")
    assert "予約しました" in page.text

    # A third one finds it full, and the trouble alone is kept.
    page = call(web.get("/desk"), act="note", text="教室がいっぱいで、また電話するとのこと")
    assert "相談を記録しました" in page.text

    db.session.rollback()
    full = db.session.get_one(Lesson, lesson.id, populate_existing=True)
    assert (full.seats_taken, full.seats_held) == (3, 0)
    bookings = db.session.scalars(sa.select(Booking).order_by(Booking.id)).all()
    assert [each.resident.given_kana for each in bookings] == ["ハル", "タダシ", "イチ"]
    assert (bookings[2].booked_by, bookings[2].caller, bookings[2].read_back) == ("family", "めい 田中", True)
    requests = db.session.scalars(sa.select(HelpRequest).order_by(HelpRequest.id)).all()
    assert [(each.topic_code, each.booking_id) for each in requests] == [("PHOTO", bookings[0].id), (None, None)]
    assert [row.actor_name for row in history.of(f"booking:{bookings[0].id}")] == ["受付 花子"]

    # What came of it is written where the request lies.
    page = web.get("/requests").link("月")
    page = page.form("main form").send(status="done", outcome="教室を予約")
    assert "教室を予約" in page.text
    db.session.rollback()
    ended = sa.select(HelpRequest.outcome).where(HelpRequest.status == "done")
    assert db.session.scalars(ended).all() == ["教室を予約"]
