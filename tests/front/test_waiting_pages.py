"""The waiting list on the pages: from a full lesson at the desk to the booking of who said yes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons import offers
from supportdesk.lessons.bookings import cancel_booking
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.waiting_models import Offer, Waiting
from supportdesk.lessons.waiting_rules import OfferState, WaitEnd
from supportdesk.people.models import Resident
from supportdesk.people.rules import Wish
from tests import factories
from tests.conftest import NOW
from tests.front.test_reception import call
from tests.web import Page, Web

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(web: Web) -> Web:
    return web.sign_in(factories.user(Role.STAFF, name="受付 花子"))


@pytest.fixture
def full(staff: Web) -> Lesson:
    lesson = factories.lesson(starts_at=NOW + timedelta(days=9), seats=1)
    factories.booking(factories.resident(), lesson)
    return lesson


@pytest.fixture
def haru() -> Resident:
    return factories.resident("ホンダ ハル", "+81957000002", wish=Wish.PERSON)


def entries() -> list[Waiting]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Waiting).order_by(Waiting.id).execution_options(populate_existing=True)))


def wait_at_the_desk(web: Web, lesson: Lesson, *who: Resident, **typed: str) -> Page:
    page = web.get(f"/desk?lesson={lesson.id}" + "".join(f"&resident={each.id}" for each in who))
    values = {**call(page), "resident": [each.id for each in who], "act": "wait", **typed}
    return web.request("post", "/desk", values, follow=True)


def free_a_seat(lesson: Lesson) -> Offer:
    """Cancel a booking, and let the tick look after the queue; gives the newest offer."""
    booked = sa.select(Booking.id).where(Booking.lesson_id == lesson.id, Booking.cancelled_at.is_(None))
    with transaction() as session:
        cancel_booking(session.scalars(booked).all()[0], "体調", by=HOUSE, now=NOW)
    return the_next()


def the_next() -> Offer:
    offers.settle_all(NOW)
    return db.session.scalars(sa.select(Offer).order_by(Offer.id.desc())).all()[0]


def test_a_full_lesson_at_the_desk_offers_to_wait_and_says_how_many_do(
    staff: Web, full: Lesson, haru: Resident
) -> None:
    page = staff.get(f"/desk?lesson={full.id}&resident={haru.id}")
    assert "キャンセル待ちに登録できます（いま0組がお待ちです）" in page.text

    page = wait_at_the_desk(staff, full, haru, booked_by="family", caller="長女")

    assert page.status == 200
    assert "キャンセル待ちに登録 1番目にお待ち" in page.text and "ホンダ ハル" in page.text
    [entry] = entries()
    assert (entry.caller, entry.joined_by) == ("長女", "受付 花子")
    # The next caller for the same lesson is told of the queue.
    assert "キャンセル待ち：1組" in page.link("同じ教室で次の人").text


def test_a_couple_waits_together_and_a_trouble_that_was_told_is_noted_too(
    staff: Web, full: Lesson, haru: Resident
) -> None:
    with transaction():
        db.session.execute(sa.update(Lesson).values(seats=2, seats_taken=2))
    wait_at_the_desk(staff, full, haru, factories.resident("ホンダ タダシ"), text="写真が消せない")

    [entry] = entries()
    assert entry.seats == 2
    assert "写真が消せない" in staff.get("/requests").text


def test_what_was_typed_is_kept_when_waiting_is_refused(staff: Web, full: Lesson, haru: Resident) -> None:
    free = factories.lesson(starts_at=NOW + timedelta(days=9))

    page = wait_at_the_desk(staff, free, haru, text="写真が消せない", caller="長女")

    assert page.status == 422
    assert "空きがあります。キャンセル待ちではなく、そのまま予約してください。" in page.text
    assert page.form("#call").values["text"] == "写真が消せない"
    assert page.form("#call").values["caller"] == "長女"
    assert entries() == []


def test_without_a_lesson_there_is_nothing_to_wait_for(staff: Web, full: Lesson, haru: Resident) -> None:
    page = staff.get(f"/desk?resident={haru.id}")
    page = staff.request("post", "/desk", {**call(page), "lesson": "", "act": "wait"}, follow=True)

    assert page.status == 422 and "教室を選んでください" in page.text


def test_the_same_form_sent_twice_waits_once(staff: Web, full: Lesson, haru: Resident) -> None:
    page = staff.get(f"/desk?lesson={full.id}&resident={haru.id}")
    for _ in range(2):
        assert staff.request("post", "/desk", {**call(page), "act": "wait"}, follow=True).status == 200

    assert len(entries()) == 1


def test_from_the_page_of_the_lesson_people_are_put_on_the_list_as_well(
    staff: Web, full: Lesson, haru: Resident
) -> None:
    form = staff.get(f"/lessons/{full.id}/book?resident={haru.id}").form("main form[method=post][novalidate]")

    page = form.send(act="wait", caller="長女")

    assert "キャンセル待ちに登録しました。順番は1番目です。" in page.text
    assert "1. ホンダ ハル" in page.text
    refused = form.send(act="wait", operation="another", caller="長女")
    assert refused.status == 422 and "すでにこの教室のキャンセル待ちに登録されています" in refused.text


def test_before_the_offer_is_made_the_desk_asks_for_the_reason_of_passing_over_the_queue(
    staff: Web, full: Lesson, haru: Resident
) -> None:
    wait_at_the_desk(staff, full, factories.resident())
    with transaction():
        cancel_booking(db.session.scalars(sa.select(Booking.id)).one(), "体調", by=HOUSE, now=NOW)

    page = staff.get(f"/desk?lesson={full.id}&resident={haru.id}")
    assert "空いている席は、先にキャンセル待ちの方へご連絡します" in page.text
    assert "まもなくご連絡" in staff.get(f"/lessons/{full.id}").text
    refused = staff.request("post", "/desk", {**call(page), "act": "book"}, follow=True)
    assert refused.status == 422 and "先にキャンセル待ちの方が1組います" in refused.text
    booked = staff.request(
        "post", "/desk", {**call(refused), "act": "book", "override_reason": "遠方から来庁"}, follow=True
    )
    assert "予約番号" in booked.text


def test_who_accepts_on_the_page_of_the_lesson_is_booked(staff: Web, full: Lesson, haru: Resident) -> None:
    wait_at_the_desk(staff, full, haru)
    free_a_seat(full)

    page = staff.get(f"/lessons/{full.id}")
    assert "空きのご連絡中 7月7日(火)午前10時まで" in page.text
    page = page.form("form.outcomes").send(answer="accepts")

    assert page.path.startswith(f"/lessons/{full.id}") and "予約しました" in page.text
    assert [entry.ended_how for entry in entries()] == [WaitEnd.BOOKED]
    assert "お返事" not in page.text


def test_an_answer_sent_twice_counts_once_and_a_late_one_is_told_why(
    staff: Web, full: Lesson, haru: Resident
) -> None:
    wait_at_the_desk(staff, full, haru)
    free_a_seat(full)
    form = staff.get(f"/lessons/{full.id}").form("form.outcomes")

    for _ in range(2):
        assert "空きは次にお待ちの方へ" in form.send(answer="declines").text
    late = form.send(answer="accepts", operation="another")

    assert "この空きのご連絡は終わっています" in late.text
    assert [entry.ended_how for entry in entries()] == [WaitEnd.DECLINED]
    assert form.send(answer="perhaps", operation="third").status == 400


def test_whom_a_person_must_tell_stands_in_the_list_with_three_answers(
    staff: Web, full: Lesson, haru: Resident
) -> None:
    wait_at_the_desk(staff, full, haru)
    offer = free_a_seat(full)

    page = staff.get("/action-items")
    assert "7月7日(火)午前10時まで" in page.text and "空きのご連絡 職員からの連絡を希望" in page.text
    assert "ホンダ ハル" in staff.get("/").text
    item = page.form(f"#offer-{offer.id} form")
    once = item.send(answer="not-reached")
    assert once.path == "/action-items" and "期限までにもう一度お電話ください" in once.text
    assert "これまで1回" in once.text
    twice = once.form(f"#offer-{offer.id} form").send(answer="not-reached")
    assert "対応が必要な方" not in twice.text and f"offer-{offer.id}" not in twice.html
    assert [entry.ended_how for entry in entries()] == [WaitEnd.NOT_REACHED]


def test_who_sees_the_list_but_may_not_book_finds_no_answers_there(
    app: object, staff: Web, full: Lesson, haru: Resident
) -> None:
    wait_at_the_desk(staff, full, haru)
    offer = free_a_seat(full)
    manager = Web(staff.app).sign_in(factories.user(Role.MANAGER))

    for path in ("/action-items", f"/lessons/{full.id}"):
        page = manager.get(path)
        assert "ホンダ ハル" in page.text
        assert page.soup.select(f"form[action*='/offers/{offer.id}']") == []


def test_the_story_of_a_person_tells_of_waiting_and_offers(staff: Web, full: Lesson, haru: Resident) -> None:
    wait_at_the_desk(staff, full, haru)
    page = staff.get(f"/residents/{haru.id}")
    assert "1番目にお待ち" in page.text and "キャンセル待ちに登録" in page.text

    free_a_seat(full)
    page = staff.get(f"/residents/{haru.id}")
    assert "空きのご連絡中" in page.text
    assert "空きのご連絡中" in staff.get(f"/desk?resident={haru.id}").text
    page = page.form("form.outcomes").send(answer="declines")

    assert page.path == f"/residents/{haru.id}"
    assert "空きを辞退" in page.text


def test_staff_move_somebody_to_the_front_and_take_somebody_out(staff: Web, full: Lesson, haru: Resident) -> None:
    wait_at_the_desk(staff, full, factories.resident("モリ イチ"))
    wait_at_the_desk(staff, full, haru)

    form = staff.get(f"/lessons/{full.id}").link("先頭へ").form()
    empty = form.send(reason=" ")
    assert empty.status == 422 and empty.form().values["reason"].strip() == ""
    page = form.send(reason="通院の都合")
    assert "1. ホンダ ハル" in page.text and "受付 花子が先頭にしました：通院の都合" in page.text

    page = page.link("外す").form().send(reason="本人の希望")
    assert "待ち終わり（1組）" in page.text and "本人の希望" in page.text
    gone = staff.get(f"/waiting-list/{entries()[1].id}/take-out").form().send(reason="もう一度")
    assert gone.status == 422 and "すでに終わっています" in gone.text
    assert gone.form().values["reason"] == "もう一度"


@pytest.mark.parametrize("typed", ["あ" * 10_000, "1234 5678 9018"])
def test_a_reason_too_long_or_with_a_my_number_is_told_at_its_field(
    staff: Web, full: Lesson, haru: Resident, typed: str
) -> None:
    wait_at_the_desk(staff, full, haru)
    form = staff.get(f"/waiting-list/{entries()[0].id}/take-out").form()

    page = form.send(reason=typed)

    assert page.status == 422
    assert page.soup.select_one("#field-reason[aria-invalid=true]") is not None
    assert entries()[0].ended_at is None


def test_the_offer_goes_on_when_its_time_is_over(staff: Web, full: Lesson, haru: Resident) -> None:
    wait_at_the_desk(staff, full, haru)
    wait_at_the_desk(staff, full, factories.resident("モリ イチ"))
    first = free_a_seat(full)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        offers.settle_all(NOW + timedelta(days=1))
        page = Web(staff.app).sign_in(factories.user(Role.STAFF)).get(f"/lessons/{full.id}")

    assert "1. モリ イチ" in page.text and "空きのご連絡中 7月8日(水)午前10時まで" in page.text
    assert "期限までにお返事がありませんでした" in page.text
    db.session.refresh(first)
    assert first.state is OfferState.EXPIRED
