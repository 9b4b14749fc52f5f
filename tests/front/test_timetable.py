"""The timetable for everybody: what is on it, in which words, and what stays away from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import icalendar
import pytest
import time_machine

from supportdesk.core import history
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons import actions
from supportdesk.lessons.models import CourseTopic, Lesson
from supportdesk.lessons.rules import LessonState
from supportdesk.office import settings as office_settings
from tests import factories
from tests.conftest import NOW
from tests.web import Page, Web

HIDDEN = (LessonState.DRAFT, LessonState.ROOM_REQUESTED, LessonState.AWAITING_NOTICE)


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def named(web: Web) -> Web:
    """A town that has its own name and telephone."""
    with transaction():
        office_settings.change(town="南島原市", telephone="0957-00-0001")
    return web


def titled(title: str, **values: object) -> Lesson:
    return factories.lesson(course=factories.course(title=title), **values)  # type: ignore[arg-type]


def cancel(lesson: Lesson) -> None:
    with transaction():
        actions.cancel_lesson(lesson.id, "講師の田中さんの都合", by=HOUSE, now=NOW)


def titles(page: Page) -> list[str]:
    return [tag.get_text(strip=True) for tag in page.soup.select(".lesson h3")]



# ---- what is on it


@pytest.mark.parametrize("state", HIDDEN)
def test_what_is_being_prepared_is_nowhere(web: Web, state: LessonState) -> None:
    lesson = titled("まだ内緒の教室", state=state)

    for path in ("/timetable", "/timetable/print", "/timetable.txt", "/timetable.ics", "/open-data/events.csv"):
        assert "まだ内緒" not in web.get(path).html, path
    for path in ("", "/poster", "/flyer"):
        assert web.get(f"/timetable/{lesson.id}{path}").status == 404, path


@pytest.mark.parametrize("state", HIDDEN)
def test_what_was_cancelled_before_anybody_could_read_of_it_is_nowhere(web: Web, state: LessonState) -> None:
    lesson = titled("まだ内緒の教室", state=state)
    cancel(lesson)

    for path in ("/timetable", "/timetable/print", "/timetable.txt", "/timetable.ics", "/open-data/events.csv"):
        assert "まだ内緒" not in web.get(path).html, path
    assert web.get(f"/timetable/{lesson.id}").status == 404
    db.session.expire_all()
    assert not db.session.get_one(Lesson, lesson.id).is_public


@pytest.mark.parametrize("state", [LessonState.OPEN, LessonState.CLOSED])
def test_a_cancelled_lesson_stays_and_says_so_without_its_reason(web: Web, state: LessonState) -> None:
    lesson = titled("写真の教室", state=state)
    cancel(lesson)

    for path in ("/timetable", "/timetable/print", "/timetable.txt", f"/timetable/{lesson.id}", "/timetable.ics",
                 "/open-data/events.csv", f"/timetable/{lesson.id}/poster"):  # fmt: skip
        page = web.get(path)
        assert page.status == 200 and "写真の教室" in page.html and "中止" in page.html, path
        assert "田中" not in page.html, path


def test_lessons_for_supporters_are_not_for_residents(web: Web) -> None:
    lesson = factories.lesson(course=factories.course(title="支援員の研修", category="supporter"))

    assert titles(web.get("/timetable")) == []
    assert web.get(f"/timetable/{lesson.id}").status == 404


def test_what_is_over_leaves_the_list_and_keeps_its_page(web: Web) -> None:
    over = titled("きのうの教室", starts_at=NOW - timedelta(days=1), state=LessonState.RECORDED)
    titled("いまの教室", starts_at=NOW - timedelta(minutes=30))

    assert titles(web.get("/timetable")) == ["いまの教室"]
    assert web.get(f"/timetable/{over.id}").status == 200


def test_each_state_is_said_in_words(web: Web) -> None:
    titled("一", starts_at=NOW + timedelta(days=1))
    titled("二", starts_at=NOW + timedelta(days=2), seats=1, seats_taken=1)
    titled("三", starts_at=NOW + timedelta(days=3), state=LessonState.CLOSED)
    titled("四", starts_at=NOW + timedelta(days=4), booking_opens_at=NOW + timedelta(days=1))

    # The one seat is promised to somebody who waits: whoever rings now would not get it.
    titled("五", starts_at=NOW + timedelta(days=5), seats=1, seats_offered=1)

    said = [tag.get_text(strip=True) for tag in web.get("/timetable").soup.select(".lesson .status-word")]

    assert said == ["受付中", "満席（キャンセル待ち）", "締切", "受付前", "満席（キャンセル待ち）"]


def test_it_is_chosen_by_district_topic_and_month(web: Web) -> None:
    factories.district("KCN")
    factories.district("KZS", name="加津佐", name_kana="カヅサ", sort_order=1)
    near = factories.room(factories.venue(district_code="KCN"))
    far = factories.room(factories.venue(name="加津佐公民館", district_code="KZS"))
    photo = titled("写真", room=near)
    titled("地図", room=far, starts_at=NOW + timedelta(days=40))
    factories.topic("PHOTO")
    factories.save(CourseTopic(course_id=photo.course_id, topic_code="PHOTO"))

    assert titles(web.get("/timetable")) == ["写真", "地図"]
    assert titles(web.get("/timetable?district=KZS")) == ["地図"]
    assert titles(web.get("/timetable?topic=PHOTO")) == ["写真"]
    assert titles(web.get("/timetable?month=2026-08")) == ["地図"]
    assert titles(web.get("/timetable?month=2026-07&district=KZS")) == []
    assert [one["value"] for one in web.get("/timetable").soup.select("#field-month option")] == [
        "", "2026-07", "2026-08",
    ]  # fmt: skip


@pytest.mark.parametrize("asked", ["district=KCN", "topic=PHOTO", "month=2026-09", "month=2020-01"])
def test_an_address_that_was_kept_never_finds_more_than_it_used_to(web: Web, asked: str) -> None:
    factories.district("KCN", retired_at=NOW)
    factories.topic("PHOTO")
    titled("写真")

    page = web.get(f"/timetable?{asked}")

    assert titles(page) == []
    assert [tag["value"] for tag in page.soup.select("option[selected]") if tag["value"]] == [asked.split("=")[1]]
    assert web.get(f"/timetable/print?{asked}").soup.select("tbody tr") == []


@pytest.mark.parametrize("asked", ["district=KCN", "topic=PHOTO"])
def test_a_calendar_of_what_is_not_taught_just_now_is_empty_and_not_of_everything(web: Web, asked: str) -> None:
    factories.district("KCN", retired_at=NOW)
    factories.topic("PHOTO")
    titled("写真")

    assert events_of(web, f"/timetable.ics?{asked}") == []


def test_a_calendar_goes_on_from_month_to_month_whatever_the_page_showed(web: Web) -> None:
    titled("写真")

    assert len(events_of(web, "/timetable.ics?month=2026-08")) == 1
    assert "month" not in web.get("/timetable?month=2026-07").link("カレンダーに登録").path


@pytest.mark.parametrize("asked", [
    "district=XXX", "topic=%00", "month=9999-99", "month=2026-7", "month=x", "page=-3", "page=" + "9" * 30,
])  # fmt: skip
def test_nonsense_in_the_address_chooses_nothing(web: Web, asked: str) -> None:
    titled("写真")

    page = web.get(f"/timetable?{asked}")

    assert (page.status, titles(page)) == (200, ["写真"])


def test_a_long_timetable_comes_in_pages(web: Web) -> None:
    for n in range(51):
        titled(f"教室{n:02d}", starts_at=NOW + timedelta(days=1, minutes=n))

    first = web.get("/timetable?large=1")

    assert len(titles(first)) == 50
    second = first.link("次のページ")
    assert titles(second) == ["教室50"]
    assert "large=1" in second.path


# ---- how it is read


def test_how_to_book_stands_on_every_page_with_the_offices_number(named: Web) -> None:
    lesson = titled("写真")

    for path in ("/timetable", f"/timetable/{lesson.id}", f"/timetable/{lesson.id}/poster", "/timetable/print"):
        page = named.get(path)
        numbers = {tag.get_text(strip=True) for tag in page.soup.select(".ring-number")}
        assert numbers == {"0957-00-0001"}, path
        assert "平日 午前8時30分から午後5時15分まで" in page.text
        assert "暗証番号をおたずねすることはありません" in page.text
    assert "電話 0957-00-0001（平日" in named.get("/timetable.txt").html


def test_a_number_that_nobody_has_set_is_not_given_out(web: Web) -> None:
    lesson = titled("写真")

    for path in ("/timetable", f"/timetable/{lesson.id}", f"/timetable/{lesson.id}/flyer", "/timetable/print",
                 "/timetable.txt", "/timetable.ics", "/open-data/events.csv"):  # fmt: skip
        assert "0957-00-0000" not in web.get(path).html, path


def test_what_the_venue_offers_is_said(web: Web) -> None:
    place = factories.venue(
        bus="「公民館前」下車", parking=12, barrier_free="スロープ、洋式トイレ", wifi=True, note="鍵は田中区長",
        address="長崎県南島原市口之津町丙1",
    )  # fmt: skip
    lesson = titled("写真", room=factories.room(place))

    for path in ("/timetable", f"/timetable/{lesson.id}", f"/timetable/{lesson.id}/poster"):
        page = web.get(path)
        assert "バス：「公民館前」下車、駐車場12台、スロープ、洋式トイレ、Wi-Fi" in page.text, path
        assert "田中" not in page.html, path


def test_large_print_and_furigana_are_links_that_keep_the_choice(web: Web) -> None:
    factories.district("KCN")
    place = factories.venue(district_code="KCN")
    factories.lesson(
        course=factories.course(title="電話をかける・受ける", title_kana="デンワヲカケル ウケル"),
        room=factories.room(place),
    )

    plain = web.get("/timetable?district=KCN")
    large = plain.link("大きな文字にする")
    both = large.link("ふりがなを付ける")

    assert "large" not in plain.soup.body["class"] and not plain.soup.select("ruby")
    assert "large" in large.soup.body["class"]
    assert {"district=KCN", "large=1", "kana=1"} <= set(both.path.partition("?")[2].split("&"))
    read = [(tag.contents[0], tag.rt.get_text()) for tag in both.soup.select(".lesson ruby")]
    assert read == [
        ("電話", "でんわ"), ("受", "う"), ("口之津公民館", "くちのつこうみんかん"),
        ("口之津", "くちのつ"),
    ]  # fmt: skip
    assert both.link("をかける").path.endswith("?large=1&kana=1")
    assert "large" not in both.link("ふつうの文字にもどす").soup.body["class"]


def test_it_is_in_english_by_the_header(web: Web) -> None:
    titled("写真")
    web.request("post", "/language", {"language": "en", "next": "/timetable"}, follow=True)

    page = web.get("/timetable")

    assert page.soup.html["lang"] == "en"
    assert "You can book" in page.text


# ---- machines


def event_of(page: Page) -> dict[str, object]:
    found = page.soup.select_one('script[type="application/ld+json"]')
    assert found is not None
    return json.loads(found.string or "")  # type: ignore[no-any-return]


def test_a_lessons_page_tells_search_engines_what_it_is(named: Web) -> None:
    place = factories.venue(address="長崎県南島原市口之津町丙1", postal_code="859-2504")
    lesson = titled("写真</script><b>", room=factories.room(place))

    told = event_of(named.get(f"/timetable/{lesson.id}"))

    assert told == {
        "@context": "https://schema.org", "@type": "Event", "name": "写真</script><b>",
        "startDate": "2026-07-15T10:00:00+09:00", "endDate": "2026-07-15T11:00:00+09:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place", "name": "口之津公民館",
            "address": {"@type": "PostalAddress", "addressCountry": "JP", "addressLocality": "南島原市",
                        "postalCode": "859-2504", "streetAddress": "長崎県南島原市口之津町丙1"},
        },
        "organizer": {"@type": "GovernmentOrganization", "name": "南島原市", "telephone": "0957-00-0001"},
        "maximumAttendeeCapacity": 8, "inLanguage": "ja",
    }  # fmt: skip


def test_a_cancelled_lesson_tells_search_engines_so(web: Web) -> None:
    lesson = titled("写真")
    cancel(lesson)

    assert event_of(web.get(f"/timetable/{lesson.id}"))["eventStatus"] == "https://schema.org/EventCancelled"


def events_of(web: Web, path: str = "/timetable.ics") -> list[icalendar.Event]:
    answer = web.client.get(path)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return icalendar.Calendar.from_ical(answer.data).walk("VEVENT")  # type: ignore[return-value]


def test_the_calendar_is_read_by_a_parser_of_somebody_elses(named: Web) -> None:
    lesson = titled("写真")

    (event,) = events_of(named)

    assert event.decoded("DTSTART") == lesson.starts_at and event.decoded("DTEND") == lesson.ends_at
    assert str(event["SUMMARY"]) == "写真"
    assert str(event["LOCATION"]).startswith("口之津公民館 研修室")
    assert "電話 0957-00-0001" in str(event["DESCRIPTION"])


def test_a_calendar_learns_of_changes_and_of_a_cancellation_under_the_same_name(web: Web) -> None:
    lesson = titled("写真")
    (first,) = events_of(web)
    with transaction():
        db.session.merge(lesson).seats = 9
    (second,) = events_of(web)
    cancel(lesson)
    (third,) = events_of(web)

    assert first["UID"] == second["UID"] == third["UID"]
    assert first["SEQUENCE"] < second["SEQUENCE"] < third["SEQUENCE"]
    assert (first["STATUS"], third["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert third.decoded("DTSTAMP") == NOW


def test_a_calendar_does_not_learn_who_opened_the_sheet(web: Web) -> None:
    lesson = titled("写真")
    (before,) = events_of(web)
    with transaction():
        history.record("sheet.opened", f"lesson:{lesson.id}", by=HOUSE, now=NOW)

    (after,) = events_of(web)

    assert after["LAST-MODIFIED"].dt == before["LAST-MODIFIED"].dt


def test_a_calendar_that_nothing_happened_to_is_the_same_at_another_time(web: Web) -> None:
    titled("写真")
    before = web.client.get("/timetable.ics").data

    with time_machine.travel(NOW + timedelta(hours=5), tick=False):
        assert web.client.get("/timetable.ics").data == before


def test_calendars_are_of_a_district_or_topic_and_speak_japanese(web: Web) -> None:
    factories.district("KCN")
    titled("写真", room=factories.room(factories.venue(district_code="KCN")))
    titled("地図")
    web.request("post", "/language", {"language": "en", "next": "/"}, follow=False)

    found = events_of(web, "/timetable.ics?district=KCN")

    assert [str(one["SUMMARY"]) for one in found] == ["写真"]
    assert "申込期限：" in str(found[0]["DESCRIPTION"])
    assert "（口之津）" in str(icalendar.Calendar.from_ical(web.client.get("/timetable.ics?district=KCN").data)["NAME"])


# ---- kept for a while


@pytest.mark.parametrize("path", ["/timetable", "/timetable/{id}", "/timetable.ics", "/timetable.txt", "/open-data/"])
def test_what_everybody_sees_may_be_kept_and_is_not_sent_twice(web: Web, path: str) -> None:
    path = path.format(id=titled("写真").id)
    first = web.client.get(path)

    again = web.client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert "Cookie" in first.headers["Vary"]
    assert "Set-Cookie" not in first.headers
    assert (again.status_code, again.data) == (304, b"")


def test_a_page_that_somebody_opened_who_is_signed_in_is_kept_nowhere(web: Web) -> None:
    titled("写真")

    answer = web.sign_in(factories.user(Role.STAFF)).client.get("/timetable")

    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


def test_that_all_sending_is_stopped_is_nobodys_business_outside(web: Web) -> None:
    with transaction():
        office_settings.change(sending_hold="送信のまちがい")

    assert "送信停止中" not in web.get("/timetable").text
    assert "送信停止中" in web.sign_in(factories.user(Role.STAFF)).get("/timetable").text


def test_the_sign_in_page_leads_to_it(web: Web) -> None:
    assert web.get("/login").link("スマホ教室の予定").path == "/timetable"
