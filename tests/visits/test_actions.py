"""What happens on a day sheet, on both databases."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, NotFound, Refusal
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import LessonState
from supportdesk.office.list_rules import ReferralPlace
from supportdesk.visits import actions, queries
from supportdesk.visits.actions import Practice
from supportdesk.visits.models import Visit
from supportdesk.visits.rules import Attendance, HowItWent
from tests import factories
from tests.factories import START as NOW
from tests.visits import rows

CAME, TOLD, NO_WORD = Attendance.CAME, Attendance.ABSENT_NOTIFIED, Attendance.NO_SHOW


def key() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    """A lesson that has just begun."""
    return factories.lesson(starts_at=NOW, course=factories.course(practised="写真をとる\n写真を消す"))


@pytest.fixture
def volunteer(lesson: Lesson) -> Actor:
    return factories.actor_of(rows.volunteer(lesson.venue))


def marked(
    lesson: Lesson,
    booking: Booking | None,
    word: Attendance | None,
    by: Actor,
    *,
    its_key: str = "",
    at: datetime = NOW,
) -> Visit:
    with transaction():
        return actions.mark(
            lesson.id, booking.id if booking else None, word, key=its_key or key(), by=by, now=at
        )


def walked_in(lesson: Lesson, by: Actor, *, its_key: str = "", **who: object) -> Visit:
    with transaction():
        return actions.add_walk_in(
            its_key or key(), lesson.id, by=by, now=NOW, **(who or {"name": "飛田 花"})
        )  # type: ignore[arg-type]


def logged(
    lesson: Lesson, booking: Booking, practice: Practice, by: Actor, *, version: int = 0, at: datetime = NOW
) -> Visit:
    with transaction():
        return actions.log(lesson.id, booking.id, practice, key=key(), version=version, by=by, now=at)


def closed(lesson: Lesson, by: Actor) -> int:
    with transaction():
        return actions.close_sheet(lesson.id, by=by, now=NOW)


def visits() -> list[Visit]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Visit).order_by(Visit.id)))


def test_a_tap_is_kept_with_who_and_when(lesson: Lesson, volunteer: Actor) -> None:
    booking = rows.booking(lesson)

    visit = marked(lesson, booking, CAME, volunteer)

    assert (visit.attendance, visit.resident_id) == (CAME, booking.resident_id)
    row = history.of(f"booking:{booking.id}")[0]
    assert (row.action, row.actor_id, row.details["before"], row.details["after"]) == (
        "visit.marked", volunteer.id, None, "came",
    )  # fmt: skip


def test_a_tap_can_be_taken_back_and_changed(lesson: Lesson, volunteer: Actor) -> None:
    booking = rows.booking(lesson)
    for word in (CAME, None, TOLD, NO_WORD):
        assert marked(lesson, booking, word, volunteer).attendance is word

    assert len(visits()) == 1
    assert len(history.of(f"booking:{booking.id}")) == 4


def test_the_same_tap_sent_twice_is_one(lesson: Lesson, volunteer: Actor) -> None:
    booking, its_key = rows.booking(lesson), key()

    first = marked(lesson, booking, CAME, volunteer, its_key=its_key)
    second = marked(lesson, booking, CAME, volunteer, its_key=its_key, at=NOW + timedelta(minutes=5))

    assert (second.id, second.version, second.changed_at) == (first.id, first.version, NOW)
    assert len(history.of(f"booking:{booking.id}")) == 1


def test_a_key_belongs_to_one_person(lesson: Lesson, volunteer: Actor) -> None:
    its_key = marked(lesson, rows.booking(lesson), CAME, volunteer).key
    other = rows.booking(lesson, factories.resident("シマダ ハナ"))

    with pytest.raises(Refusal) as refused:
        marked(lesson, other, CAME, volunteer, its_key=its_key)

    assert refused.value.code == "other-body"
    assert len(visits()) == 1


def test_a_booking_of_another_lesson_is_not_found(lesson: Lesson, volunteer: Actor) -> None:
    elsewhere = rows.booking(factories.lesson(starts_at=NOW))

    with pytest.raises(NotFound):
        marked(lesson, elsewhere, CAME, volunteer)
    with pytest.raises(NotFound):
        marked(lesson, None, CAME, volunteer)


@pytest.mark.parametrize(
    ("state", "error"), [(LessonState.DRAFT, NotFound), (LessonState.CANCELLED, Refusal)]
)
def test_nothing_is_marked_in_a_lesson_that_does_not_take_place(
    app: Flask, by: Actor, state: LessonState, error: type[Refusal]
) -> None:
    lesson = factories.lesson(starts_at=NOW, state=state)

    with pytest.raises(error):
        marked(lesson, rows.booking(lesson), CAME, by)


def test_the_office_writes_later_than_the_volunteer(lesson: Lesson, volunteer: Actor, by: Actor) -> None:
    booking, late = rows.booking(lesson), NOW + timedelta(days=2)

    with pytest.raises(Refusal):
        marked(lesson, booking, CAME, volunteer, at=late)

    assert marked(lesson, booking, CAME, by, at=late).attendance is CAME


def test_all_came_leaves_whoever_is_marked_already(lesson: Lesson, volunteer: Actor) -> None:
    absent, taken_back, new, cancelled = (
        rows.booking(lesson, factories.resident(f"ヒト {n}")) for n in "アイウエ"
    )
    marked(lesson, absent, TOLD, volunteer)
    marked(lesson, taken_back, CAME, volunteer)
    marked(lesson, taken_back, None, volunteer)
    cancel(cancelled)

    with transaction():
        done = actions.mark_all_came(lesson.id, by=volunteer, now=NOW)

    assert {visit.booking_id for visit in done} == {taken_back.id, new.id}
    assert {visit.booking_id: visit.attendance for visit in visits()} == {
        absent.id: TOLD, taken_back.id: CAME, new.id: CAME,
    }  # fmt: skip


def cancel(booking: Booking) -> None:
    with transaction() as session:
        session.execute(sa.update(Booking).where(Booking.id == booking.id).values(cancelled_at=NOW))


def test_a_cancelled_booking_leaves_the_sheet_and_a_late_one_comes(lesson: Lesson) -> None:
    early = rows.booking(lesson, factories.resident("ハヤイ ヒト"))
    assert [it.booking.id for it in queries.sheet_of(lesson).people if it.booking] == [early.id]

    cancel(early)
    late = rows.booking(lesson, factories.resident("オソイ ヒト"))

    assert [it.booking.id for it in queries.sheet_of(lesson).people if it.booking] == [late.id]


def test_the_record_of_a_booking_cancelled_meanwhile_is_kept_and_shown(
    lesson: Lesson, volunteer: Actor
) -> None:
    before, after = (rows.booking(lesson, factories.resident(f"ヒト {n}")) for n in "アイ")
    marked(lesson, before, CAME, volunteer)
    cancel(before)
    cancel(after)

    marked(lesson, after, CAME, volunteer)

    sheet = queries.sheet_of(lesson)
    assert [(it.booking_cancelled, it.attendance) for it in sheet.people] == [(True, CAME), (True, CAME)]
    assert (sheet.booked, sheet.came, sheet.unmarked) == (0, 2, [])


def test_a_walk_in_takes_no_seat_and_comes_last(lesson: Lesson, volunteer: Actor) -> None:
    rows.booking(lesson)

    walked_in(lesson, volunteer, name="飛田 花")

    sheet = queries.sheet_of(lesson)
    assert [it.name for it in sheet.people] == ["ホンダ ハル", "飛田 花"]
    assert (sheet.walk_ins, sheet.booked, len(sheet.unmarked)) == (1, 1, 1)
    assert db.session.get_one(Lesson, lesson.id).seats_taken == 1


def test_the_same_walk_in_sent_twice_is_one_and_two_of_one_name_are_two(
    lesson: Lesson, volunteer: Actor
) -> None:
    its_key = key()
    first = walked_in(lesson, volunteer, its_key=its_key, name="飛田 花")
    again = walked_in(lesson, volunteer, its_key=its_key, name="飛田　花")

    namesake = walked_in(lesson, volunteer, name="飛田 花")

    assert first.id == again.id != namesake.id
    with pytest.raises(Refusal) as refused:
        walked_in(lesson, volunteer, its_key=its_key, name="別の人")
    assert refused.value.code == "other-body"


def test_a_resident_is_on_a_sheet_once(lesson: Lesson, by: Actor) -> None:
    booked, new = factories.resident("ヨヤク ズミ"), factories.resident("トビイリ サン")
    rows.booking(lesson, booked)
    walked_in(lesson, by, resident_id=new.id)

    for person in (booked, new):
        with pytest.raises(Refusal) as refused:
            walked_in(lesson, by, resident_id=person.id)
        assert refused.value.code == "already-here"
    with pytest.raises(NotFound):
        walked_in(lesson, by, resident_id=10**6)


def test_a_walk_in_added_by_mistake_is_taken_back(lesson: Lesson, volunteer: Actor) -> None:
    visit = walked_in(lesson, volunteer)

    marked(lesson, None, None, volunteer, its_key=visit.key)

    assert queries.sheet_of(lesson).walk_ins == 0


PRACTICE = Practice("写真をとる", HowItWent.WITH_HELP, None, 45, "次は消し方")


def test_what_was_practised_is_written_and_means_that_the_person_came(
    lesson: Lesson, volunteer: Actor
) -> None:
    visit = logged(lesson, rows.booking(lesson), PRACTICE, volunteer)

    assert (visit.practised, visit.how_it_went, visit.minutes, visit.note, visit.attendance) == (
        "写真をとる", HowItWent.WITH_HELP, 45, "次は消し方", CAME,
    )  # fmt: skip


def test_free_text_never_reaches_the_history(lesson: Lesson, volunteer: Actor) -> None:
    booking = rows.booking(lesson)

    logged(lesson, booking, PRACTICE, volunteer)

    details = str([row.details for row in history.of(f"booking:{booking.id}")])
    assert "note" in details
    assert "消し方" not in details


def test_the_second_of_two_writers_is_told_and_nothing_is_overwritten(
    lesson: Lesson, volunteer: Actor
) -> None:
    booking = rows.booking(lesson)
    seen = marked(lesson, booking, CAME, volunteer).version
    logged(lesson, booking, PRACTICE, volunteer, version=seen)

    with pytest.raises(ChangedMeanwhile):
        logged(lesson, booking, Practice("ほか"), volunteer, version=seen)
    again = logged(lesson, booking, PRACTICE, volunteer, version=seen)  # the same form sent twice

    assert (again.practised, len(visits())) == ("写真をとる", 1)


def test_a_referral_says_where_to(lesson: Lesson, volunteer: Actor) -> None:
    booking = rows.booking(lesson)

    visit = logged(
        lesson, booking, Practice(how_it_went=HowItWent.REFERRED, referred_to=ReferralPlace.SHOP), volunteer
    )
    assert visit.referred_to == "shop"

    with transaction():
        actions.rate(lesson.id, booking.id, HowItWent.ALONE, key=key(), by=volunteer, now=NOW)
    assert (visits()[0].how_it_went, visits()[0].referred_to) == (HowItWent.ALONE, "")


def test_what_breaks_a_database_is_cleaned_or_refused(lesson: Lesson, volunteer: Actor) -> None:
    booking = rows.booking(lesson)

    visit = logged(lesson, booking, Practice("a\0b\r\nc", note="\ud800<script>"), volunteer)

    assert (visit.practised, visit.note) == ("ab\nc", "<script>")
    with pytest.raises(Refusal):
        logged(lesson, booking, Practice(minutes=10**12), volunteer, version=visit.version)


def test_a_sheet_with_somebody_unmarked_is_held_but_not_recorded(lesson: Lesson, volunteer: Actor) -> None:
    first, second = (rows.booking(lesson, factories.resident(f"ヒト {n}")) for n in "アイ")
    marked(lesson, first, CAME, volunteer)

    assert closed(lesson, volunteer) == 1
    assert db.session.get_one(Lesson, lesson.id).state is LessonState.HELD

    marked(lesson, second, NO_WORD, volunteer)
    assert closed(lesson, volunteer) == 0
    assert closed(lesson, volunteer) == 0
    assert db.session.get_one(Lesson, lesson.id).state is LessonState.RECORDED
    moves = [row.details["new"] for row in history.of(f"lesson:{lesson.id}") if row.action == "lesson.moved"]
    assert moves == ["recorded", "held"]


def test_finishing_writes_the_usual_contents_for_those_who_came_and_have_none(
    lesson: Lesson, volunteer: Actor
) -> None:
    came, wrote, absent = (rows.booking(lesson, factories.resident(f"ヒト {n}")) for n in "アイウ")
    marked(lesson, came, CAME, volunteer)
    logged(lesson, wrote, PRACTICE, volunteer)
    marked(lesson, absent, TOLD, volunteer)

    closed(lesson, volunteer)

    assert {it.booking_id: (it.practised, it.minutes) for it in visits()} == {
        came.id: ("写真をとる\n写真を消す", 60), wrote.id: ("写真をとる", 45), absent.id: ("", None),
    }  # fmt: skip


def test_a_sheet_is_not_finished_before_the_lesson(app: Flask, by: Actor) -> None:
    lesson = factories.lesson(starts_at=NOW + timedelta(minutes=20))

    with pytest.raises(Refusal):
        closed(lesson, by)


def test_a_resident_s_records_come_newest_first(app: Flask, by: Actor) -> None:
    person = factories.resident()
    lessons = [factories.lesson(starts_at=NOW - timedelta(days=n)) for n in (7, 0, 14)]
    for lesson in lessons:
        marked(lesson, rows.booking(lesson, person), CAME, by)
    marked(lessons[0], rows.booking(lessons[0], factories.resident("ホカ ノヒト")), CAME, by)

    found = queries.of_resident(person.id)

    assert [it.lesson_id for it in found] == [lessons[1].id, lessons[0].id, lessons[2].id]
    assert len(queries.of_lesson(lessons[0].id)) == 2


def at_once(app: Flask, *acts: Callable[[], object]) -> list[BaseException]:
    """Run each in a thread of its own, all begun together; gives what they raised."""
    gate, raised = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait(60)
            try:
                act()
            except BaseException as error:  # noqa: BLE001 (the test looks at all of them)
                raised.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


@pytest.mark.race
def test_two_volunteers_who_mark_at_once_make_one_record(
    app: Flask, lesson: Lesson, volunteer: Actor
) -> None:
    for _round in range(5):
        booking = rows.booking(lesson, factories.resident())
        acts = [
            lambda b=booking, w=word: marked(lesson, b, w, volunteer) for word in (CAME, TOLD, CAME, NO_WORD)
        ]

        assert at_once(app, *acts) == []

        found = [visit for visit in visits() if visit.booking_id == booking.id]
        taps = list(reversed(history.of(f"booking:{booking.id}")))
        assert len(found) == 1
        # Every tap saw the one before: no tap was written over unseen.
        assert [row.details["before"] for row in taps[1:]] == [row.details["after"] for row in taps[:-1]]
        assert taps[-1].details["after"] == found[0].attendance


@pytest.mark.race
def test_all_came_pressed_twice_at_once_marks_everybody_once(
    app: Flask, lesson: Lesson, volunteer: Actor
) -> None:
    bookings = [rows.booking(lesson, factories.resident(f"ヒト {n}")) for n in "アイウエオ"]

    def press() -> None:
        with transaction():
            actions.mark_all_came(lesson.id, by=volunteer, now=NOW)

    assert at_once(app, press, press, press) == []

    assert [visit.attendance for visit in visits()] == [CAME] * 5
    assert [len(history.of(f"booking:{it.id}")) for it in bookings] == [1] * 5


@pytest.mark.race
def test_one_resident_walks_in_once_whoever_writes_first(app: Flask, lesson: Lesson, by: Actor) -> None:
    person = factories.resident()

    raised = at_once(app, *[lambda: walked_in(lesson, by, resident_id=person.id)] * 4)

    assert [getattr(error, "code", error) for error in raised] == ["already-here"] * 3
    assert len(visits()) == 1
