"""The day sheet's pages, read as a volunteer and as the office read them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.accounts.models import User
from supportdesk.core import history
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons.models import Booking, Lesson, LessonSupporter
from supportdesk.lessons.rules import LessonState
from supportdesk.people.models import Resident, ResidentNeed, Supporter, Telephone
from supportdesk.people.rules import Need, NumberKind
from supportdesk.visits.models import Visit
from supportdesk.visits.rules import Attendance
from tests import factories
from tests.factories import START as NOW
from tests.visits import rows
from tests.web import Page, Web

pytestmark = pytest.mark.one_database

HOSTILE = ["", "x", "0", "-1", "9" * 40, "\0", "<script>alert(1)</script>", "１", "' OR 1=1 --", "あ" * 3000]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    return factories.lesson(starts_at=NOW + timedelta(minutes=20))


@pytest.fixture
def volunteer(lesson: Lesson) -> User:
    return rows.volunteer(lesson.venue)


@pytest.fixture
def tablet(web: Web, volunteer: User) -> Web:
    return web.sign_in(volunteer)


def look_anew() -> None:
    """Forget what this test has read: the pages write in sessions of their own."""
    db.session.rollback()
    db.session.expire_all()


def visits() -> list[Visit]:
    look_anew()
    return list(db.session.scalars(sa.select(Visit).order_by(Visit.id)))


def token(web: Web) -> str:
    return str(web.get("/sheet").soup.select("input[name=csrf_token]")[0]["value"])


def person(page: Page, name: str) -> str:
    """The selector of somebody's line on the sheet."""
    for line in page.soup.select(".person"):
        if name in line.get_text():
            return f"#{line['id']}"
    raise AssertionError(f"no {name} on {page.text}")


def press(page: Page, name: str, word: str, field: str = "attendance") -> Page:
    """Press one of somebody's buttons, as a browser without the script does."""
    line = person(page, name)
    button = page.soup.select_one(f'{line} button[data-word="{word}"]')
    assert button is not None
    form = page.form(f"{line} form:has(button[name={field}])")
    return form.send(**{field: button["value"]})


def test_a_volunteer_sees_today_s_lessons_of_their_own_venue_alone(tablet: Web, lesson: Lesson) -> None:
    factories.lesson(starts_at=NOW + timedelta(hours=1), course=factories.course(title="よその会場"))
    factories.lesson(
        starts_at=NOW + timedelta(days=1),
        room=factories.room(lesson.venue),
        course=factories.course(title="あした"),
    )
    factories.lesson(
        starts_at=NOW + timedelta(hours=2),
        room=factories.room(lesson.venue),
        state=LessonState.DRAFT,
        course=factories.course(title="準備中"),
    )

    page = tablet.get("/sheet")

    assert [str(a["href"]) for a in page.soup.select("main .people a")] == [f"/sheet/{lesson.id}"]
    assert not any(word in page.text for word in ("よその会場", "あした", "準備中"))


def test_a_volunteer_on_duty_elsewhere_sees_that_lesson_too(tablet: Web, volunteer: User) -> None:
    other = factories.lesson(starts_at=NOW + timedelta(hours=1))
    me = db.session.scalars(sa.select(Supporter).where(Supporter.user_id == volunteer.id)).one()
    factories.save(LessonSupporter(lesson_id=other.id, supporter_id=me.id))

    assert tablet.get(f"/sheet/{other.id}").status == 200


@pytest.mark.parametrize("moment", ["2026-07-06T00:00:00+09:00", "2026-07-06T23:59:59+09:00"])
def test_the_day_is_the_town_s_own(
    web: Web, lesson: Lesson, volunteer: User, clock: time_machine.Traveller, moment: str
) -> None:
    clock.move_to(datetime.fromisoformat(moment))
    web.sign_in(volunteer)

    assert web.get(f"/sheet/{lesson.id}").status == 200


@pytest.mark.parametrize("moment", ["2026-07-05T23:59:59+09:00", "2026-07-07T00:00:00+09:00"])
def test_the_sheet_of_another_day_is_not_there(
    web: Web, lesson: Lesson, volunteer: User, clock: time_machine.Traveller, moment: str
) -> None:
    clock.move_to(datetime.fromisoformat(moment))
    web.sign_in(volunteer)

    assert web.get(f"/sheet/{lesson.id}").status == 404
    assert web.get("/sheet").soup.select_one(".empty") is not None


PATHS = ["", "/paper", "/walk-in", "/close", "/{booking}", "/walk-in/{key}"]
POSTS = ["/mark", "/rate", "/all-came", "/walk-in", "/close", "/{booking}"]


def test_whoever_is_not_on_duty_finds_nothing_behind_any_address(
    web: Web, app: Flask, lesson: Lesson
) -> None:
    booking, key = rows.booking(lesson), str(uuid.uuid4())
    web.sign_in(rows.volunteer(factories.venue()))
    values = {
        "csrf_token": token(web),
        "key": key,
        "attendance": "came",
    }

    for path in PATHS:
        assert web.get(f"/sheet/{lesson.id}{path.format(booking=booking.id, key=key)}").status == 404
    for path in POSTS:
        address = f"/sheet/{lesson.id}{path.format(booking=booking.id)}"
        assert web.request("post", address, {**values, "booking_id": booking.id}, follow=False).status == 404
    assert visits() == []
    assert history.of(f"lesson:{lesson.id}") == []


def test_a_supporter_who_has_left_sees_nothing(tablet: Web, volunteer: User, lesson: Lesson) -> None:
    with transaction() as session:
        session.execute(sa.update(Supporter).values(left_on=NOW.date() - timedelta(days=1)))

    assert tablet.get(f"/sheet/{lesson.id}").status == 404


@pytest.mark.parametrize("role", [Role.STAFF, Role.COORDINATOR])
def test_the_office_opens_any_sheet(web: Web, lesson: Lesson, role: Role) -> None:
    past = factories.lesson(starts_at=NOW - timedelta(days=30))
    web.sign_in(factories.user(role))

    assert [web.get(f"/sheet/{it.id}").status for it in (lesson, past)] == [200, 200]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.AUDITOR])
def test_others_do_not_read_sheets(web: Web, lesson: Lesson, role: Role) -> None:
    web.sign_in(factories.user(role))

    assert web.get(f"/sheet/{lesson.id}").status == 403


def test_the_sheet_shows_what_matters_in_the_room_and_nothing_else(tablet: Web, lesson: Lesson) -> None:
    guest = factories.resident(
        "ホンダ ハル", "+819012345678", family_name="本多", given_name="ハル", note="机の覚え書き",
        street="丙 1234", house_name="浜屋", birth_year=1941, needs=[ResidentNeed(need=Need.HEARING)],
    )  # fmt: skip
    rows.booking(lesson, guest, caller="むすめ")
    with transaction() as session:
        session.add(
            Telephone(
                resident_id=guest.id,
                number="+81957001234",
                typed="0957-00-1234",
                kind=NumberKind.LANDLINE,
                position=2,
            )
        )

    for path in ("", "/paper"):
        page = tablet.get(f"/sheet/{lesson.id}{path}")

        assert "本多 ハル" in page.text
        assert "ホンダ ハル" in page.text
        assert page.soup.select("main ul.needs svg") or path
        for secret in (
            "9012345678",
            "090-1234",
            "0957",
            "机の覚え書き",
            "丙 1234",
            "浜屋",
            "1941",
            "昭和",
            "むすめ",
        ):
            assert secret not in page.html


def test_two_of_one_name_are_told_apart(tablet: Web, lesson: Lesson) -> None:
    for year in (1941, 1947):
        rows.booking(lesson, factories.resident("ホンダ ハル", birth_year=year))

    text = tablet.get(f"/sheet/{lesson.id}").text

    assert "昭和16年" in text
    assert "昭和22年" in text


def test_a_course_with_a_pin_says_that_supporters_look_away(web: Web, app: Flask) -> None:
    lesson = factories.lesson(starts_at=NOW, course=factories.course(pin_typed_by_resident=True))
    web.sign_in(rows.volunteer(lesson.venue))

    assert web.get(f"/sheet/{lesson.id}").soup.select_one(".note-stop") is not None


def test_reading_a_sheet_is_recorded_once_an_hour_for_each_person(
    tablet: Web, lesson: Lesson, clock: time_machine.Traveller
) -> None:
    for minutes in (0, 30, 59, 61):
        clock.move_to(NOW + timedelta(minutes=minutes))
        tablet.get(f"/sheet/{lesson.id}")

    look_anew()
    looks = history.of(f"lesson:{lesson.id}")
    assert [(row.action, row.at - NOW) for row in looks] == [
        ("sheet.opened", timedelta(minutes=61)), ("sheet.opened", timedelta(0)),
    ]  # fmt: skip


def test_a_sheet_of_fifty_takes_nine_queries(app: Flask, tablet: Web) -> None:
    lesson = factories.lesson(starts_at=NOW, seats=60)
    me = db.session.scalars(sa.select(Supporter)).one()
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=me.id))
    with transaction() as session:
        for n in range(50):
            guest = Resident(
                family_kana="ヒト", given_kana=str(n), created_at=NOW,
                needs=[ResidentNeed(need=Need.HEARING), ResidentNeed(need=Need.SIGHT)],
            )  # fmt: skip
            session.add(guest)
            session.flush()
            booked = Booking(
                lesson_id=lesson.id, resident_id=guest.id, party=f"p{n}", booked_by="self",
                channel="phone", booked_at=NOW, booked_by_user="職員",
            )  # fmt: skip
            session.add(booked)
            session.flush()
            session.add(
                Visit(
                    key=str(uuid.uuid4()), lesson_id=lesson.id, booking_id=booked.id if n % 2 else None,
                    resident_id=guest.id, attendance=Attendance.CAME,
                    made_at=NOW, made_by="x", changed_at=NOW,
                )
            )  # fmt: skip
    address = f"/sheet/{lesson.id}"
    tablet.get(address)  # the first look is written down
    asked: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    page = tablet.get(address)
    sa.event.remove(db.engine, "before_cursor_execute", note)

    assert len(page.soup.select(".person")) == 75
    queries = [statement for statement in asked if statement.lstrip().upper().startswith("SELECT")]
    assert 0 < len(queries) <= 9, "\n".join(queries)


def test_a_tap_without_the_script_is_saved_and_taken_back(tablet: Web, lesson: Lesson) -> None:
    rows.booking(lesson)
    page = tablet.get(f"/sheet/{lesson.id}")

    page = press(page, "ホンダ ハル", "came")
    assert visits()[0].attendance is Attendance.CAME
    assert "10:00" in page.text
    page = press(page, "ホンダ ハル", "alone", field="how_it_went")
    assert visits()[0].how_it_went == "alone"
    press(page, "ホンダ ハル", "came")

    assert [visit.attendance for visit in visits()] == [None]


def test_all_came_then_untick(tablet: Web, lesson: Lesson) -> None:
    for name in ("アオキ イチ", "イトウ ニ", "ウエダ サン"):
        rows.booking(lesson, factories.resident(name))
    page = tablet.get(f"/sheet/{lesson.id}")

    page = page.form('form[action$="all-came"]').send()
    page = press(page, "イトウ ニ", "absent_notified")

    assert [it.attendance for it in visits()] == ["came", "absent_notified", "came"]
    assert page.soup.select_one('form[action$="all-came"]') is None


def test_a_tap_by_the_script_gets_the_whole_record_back(tablet: Web, lesson: Lesson) -> None:
    booking, key = rows.booking(lesson), str(uuid.uuid4())
    values = {"csrf_token": token(tablet), "key": key, "booking_id": booking.id, "attendance": "came"}

    answers = [
        tablet.client.post(f"/sheet/{lesson.id}/mark", data=values, headers={"Accept": "application/json"})
        for _ in range(2)
    ]

    first, second = (answer.get_json()["records"][0] for answer in answers)
    assert first == second
    assert (first["key"], first["booking_id"], first["attendance"], first["state"]) == (
        key,
        booking.id,
        "came",
        "stored",
    )


def test_before_the_half_hour_the_page_says_when_one_can_write(
    tablet: Web, lesson: Lesson, clock: time_machine.Traveller
) -> None:
    rows.booking(lesson)
    clock.move_to(NOW - timedelta(minutes=30))
    page = tablet.get(f"/sheet/{lesson.id}")

    refused = press(page, "ホンダ ハル", "came")

    assert refused.status == 422
    assert refused.soup.select_one("[role=alert]") is not None
    assert visits() == []


def test_a_walk_in_is_added_by_name(tablet: Web, lesson: Lesson) -> None:
    form = tablet.get(f"/sheet/{lesson.id}/walk-in").form()

    page = form.send(name="飛田 花")
    form.send(name="飛田 花")  # the same form again

    assert person(page, "飛田 花")
    assert [(it.walk_in_name, it.booking_id, it.attendance) for it in visits()] == [("飛田 花", None, "came")]
    page = tablet.get(f"/sheet/{lesson.id}/walk-in/{visits()[0].key}").form().send(note="はじめて")
    assert page.status == 200
    assert visits()[0].note == "はじめて"


def test_the_record_is_prefilled_from_the_course_and_the_lesson(web: Web, app: Flask) -> None:
    lesson = factories.lesson(starts_at=NOW, course=factories.course(practised="写真をとる\n写真を消す"))
    booking = rows.booking(lesson)
    web.sign_in(rows.volunteer(lesson.venue))

    form = web.get(f"/sheet/{lesson.id}/{booking.id}").form()

    assert (form.values["practised"].strip(), form.values["minutes"]) == ("写真をとる\n写真を消す", "60")
    page = form.send(how_it_went="referred", referred_to="shop", minutes="４５", note="店で\nきく")
    assert page.path == f"/sheet/{lesson.id}"
    visit = visits()[0]
    assert (visit.practised, visit.minutes, visit.referred_to, visit.note, visit.attendance) == (
        "写真をとる\n写真を消す", 45, "shop", "店で\nきく", "came",
    )  # fmt: skip


def test_the_second_writer_sees_what_the_first_wrote_and_loses_nothing_typed(
    tablet: Web, lesson: Lesson
) -> None:
    booking = rows.booking(lesson)
    mine = tablet.get(f"/sheet/{lesson.id}/{booking.id}").form()
    tablet.get(f"/sheet/{lesson.id}/{booking.id}").form().send(note="先の人のメモ")

    page = mine.send(note="わたしのメモ")

    assert page.status == 422
    assert "先の人のメモ" in page.soup.select_one(".conflict").text  # type: ignore[union-attr]
    assert page.form().values["note"].strip() == "わたしのメモ"
    assert page.form().send().status == 200
    assert visits()[0].note == "わたしのメモ"


def test_the_end_check_shows_who_is_not_marked_and_then_finishes(
    tablet: Web, lesson: Lesson, clock: time_machine.Traveller
) -> None:
    rows.booking(lesson)
    clock.move_to(lesson.starts_at)

    page = tablet.get(f"/sheet/{lesson.id}/close")
    assert person(page, "ホンダ ハル")
    page = page.form("form:not([action])").send()
    assert person(page, "ホンダ ハル")
    press(page, "ホンダ ハル", "no_show")
    page = tablet.get(f"/sheet/{lesson.id}/close").form("form:not([action])").send()

    assert page.soup.select(".person") == []
    look_anew()
    assert db.session.get_one(Lesson, lesson.id).state is LessonState.RECORDED


def test_the_end_check_before_the_lesson_is_refused_in_words(tablet: Web, lesson: Lesson) -> None:
    page = tablet.get(f"/sheet/{lesson.id}/close").form("form:not([action])").send()

    assert page.status == 422
    assert page.soup.select_one("[role=alert]") is not None


def test_the_paper_has_blank_rows_for_walk_ins(tablet: Web, lesson: Lesson) -> None:
    assert len(tablet.get(f"/sheet/{lesson.id}/paper").soup.select("tr.blank-row")) == 4


@pytest.mark.parametrize(
    "field", ["how_it_went", "referred_to", "practised", "minutes", "note", "key", "version"]
)
def test_no_answer_breaks_the_record(tablet: Web, lesson: Lesson, field: str) -> None:
    booking = rows.booking(lesson)
    address = f"/sheet/{lesson.id}/{booking.id}"

    for value in HOSTILE:
        page = tablet.get(address).form().send(**{field: value})

        assert page.status in (200, 422), (field, value)
        assert "<script>alert" not in page.html


@pytest.mark.parametrize("field", ["attendance", "key", "booking_id"])
def test_no_tap_breaks_the_sheet(tablet: Web, lesson: Lesson, field: str) -> None:
    rows.booking(lesson)

    for value in HOSTILE:
        page = tablet.get(f"/sheet/{lesson.id}").form("form[data-tap]").send(**{field: value})

        assert page.status in (200, 404, 422), (field, value)


def test_no_name_breaks_the_walk_in(tablet: Web, lesson: Lesson) -> None:
    for value in HOSTILE:
        page = tablet.get(f"/sheet/{lesson.id}/walk-in").form().send(name=value)

        assert page.status in (200, 422), value
        assert "<script>alert" not in page.html


def test_a_my_number_is_turned_away_and_stays_in_the_form_alone(tablet: Web, lesson: Lesson) -> None:
    booking = rows.booking(lesson)

    page = tablet.get(f"/sheet/{lesson.id}/{booking.id}").form().send(note="１２３４ ５６７８ ９０１８")

    assert page.status == 422
    assert page.form().values["note"].strip() == "１２３４ ５６７８ ９０１８"
    assert visits() == []


@pytest.mark.parametrize(
    "address", ["/sheet/99999999999999999999", "/sheet/0", "/sheet/-1", "/sheet/x", "/sheet/1/walk-in/%00"]
)
def test_an_address_that_names_nothing_is_not_found(tablet: Web, address: str) -> None:
    assert tablet.get(address).status == 404


@pytest.mark.parametrize(
    ("papers", "missing"),
    [
        ({"terms": []}, "委嘱なし"),
        ({"pledged_on": None}, "誓約書なし"),
        ({"terms": [factories.term(2026, insured_on=None)]}, "保険未加入"),
    ],
)
def test_without_papers_no_sheet_opens_and_whom_to_ask_is_said(
    web: Web, lesson: Lesson, papers: dict[str, object], missing: str
) -> None:
    person = factories.user(Role.VOLUNTEER)
    me = factories.supporter(person, **papers)
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=me.id))
    tablet = web.sign_in(person)

    for path in ("", "/paper", "/walk-in", "/close"):
        page = tablet.get(f"/sheet/{lesson.id}{path}")
        assert page.status == 409
        assert missing in page.text and "0957-00-0000" in page.text
    assert tablet.get("/sheet").status == 200


def test_what_was_typed_on_a_sheet_that_stood_open_is_still_taken(tablet: Web, lesson: Lesson, volunteer: User) -> None:
    booking = factories.booking(factories.resident("ホンダ ハル"), lesson)
    sheet = tablet.get(f"/sheet/{lesson.id}")
    form = tablet.get(f"/sheet/{lesson.id}/{booking.id}").form()
    with transaction() as session:
        session.scalars(sa.select(Supporter).where(Supporter.user_id == volunteer.id)).one().terms = []

    tapped = press(sheet, "ホンダ", "came")
    written = form.send(practised="電源を入れる", note="また来たい")

    assert (tapped.status, written.status) == (409, 409), "the sheet that would come next does not open"
    (visit,) = visits()
    assert (visit.attendance, visit.practised, visit.note) == (Attendance.CAME, "電源を入れる", "また来たい")
