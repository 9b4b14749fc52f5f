"""What happens on the rota: who is put on duty, who cannot come, who was asked and said no."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Actor, Role
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotAllowed, NotFound, Refusal
from supportdesk.lessons import rota
from supportdesk.lessons.conflict_rules import ReasonNeeded
from supportdesk.lessons.models import Lesson, LessonSupporter
from supportdesk.lessons.rota_models import CannotCome, Declined
from supportdesk.lessons.rules import LessonState
from supportdesk.lessons.slot_rules import LessonKind
from supportdesk.people.models import Supporter
from tests import factories


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    """Two supporters are needed for its eight seats."""
    return factories.lesson()


@pytest.fixture
def hanako(app: Flask) -> Supporter:
    return factories.supporter()


@pytest.fixture
def taro(app: Flask) -> Supporter:
    return factories.supporter(name="支援 太郎", kana="シエン タロウ")


def put(lesson: Lesson, *supporters: Supporter) -> None:
    for one in supporters:
        factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=one.id))


def on_duty(lesson: Lesson) -> set[int]:
    db.session.expire_all()
    query = sa.select(LessonSupporter.supporter_id).where(LessonSupporter.lesson_id == lesson.id)
    return set(db.session.scalars(query))


def done(lesson: Lesson) -> list[str]:
    return [row.action for row in history.of(f"lesson:{lesson.id}")]


def test_a_supporter_is_put_on_duty_and_it_is_written_down(
    lesson: Lesson, hanako: Supporter, by: Actor, now: datetime
) -> None:
    before = lesson.version
    with transaction():
        rota.put_on_duty(lesson.id, hanako.id, by=by, now=now)

    assert on_duty(lesson) == {hanako.id}
    assert db.session.get_one(Lesson, lesson.id).version == before + 1
    (row,) = history.of(f"lesson:{lesson.id}")
    assert (row.action, row.details["supporter"], row.actor_name) == ("duty.put", hanako.id, by.name)


def test_who_is_on_duty_already_stays_and_nothing_is_written(
    lesson: Lesson, hanako: Supporter, by: Actor, now: datetime
) -> None:
    put(lesson, hanako)
    with transaction():
        rota.put_on_duty(lesson.id, hanako.id, by=by, now=now)

    assert done(lesson) == []


def test_where_nobody_is_missing_nobody_is_put(
    lesson: Lesson, hanako: Supporter, taro: Supporter, by: Actor, now: datetime
) -> None:
    put(lesson, hanako)
    with transaction():
        rota.set_needed(lesson.id, 1, by=by, now=now)

    with pytest.raises(Refusal) as refused, transaction():
        rota.put_on_duty(lesson.id, taro.id, by=by, now=now)

    assert refused.value.code == "nobody-missing"


def test_who_is_in_another_lesson_at_that_time_is_refused_with_its_name(
    lesson: Lesson, hanako: Supporter, by: Actor, now: datetime
) -> None:
    other = factories.lesson(starts_at=lesson.starts_at + timedelta(minutes=59))
    put(other, hanako)

    with pytest.raises(Refusal) as refused, transaction():
        rota.put_on_duty(lesson.id, hanako.id, by=by, now=now)

    assert (refused.value.code, refused.value.params["lesson_id"]) == ("supporter-taken", other.id)


def test_touching_times_are_fine(lesson: Lesson, hanako: Supporter, by: Actor, now: datetime) -> None:
    put(factories.lesson(starts_at=lesson.ends_at), hanako)
    with transaction():
        rota.put_on_duty(lesson.id, hanako.id, by=by, now=now)

    assert on_duty(lesson) == {hanako.id}


def apart(lesson: Lesson, minutes: int) -> Lesson:
    """A lesson 19 km away, so many minutes after this one."""
    factories.district("KCN")
    factories.district("FKE", name="深江", latitude=32.717, longitude=130.350, sort_order=8)
    with transaction():
        db.session.get_one(Lesson, lesson.id).venue.district_code = "KCN"
    room = factories.room(factories.venue(name="深江公民館", district_code="FKE"))
    return factories.lesson(starts_at=lesson.ends_at + timedelta(minutes=minutes), room=room)


def test_a_way_that_is_too_long_needs_a_reason_that_stays_with_the_lesson(
    lesson: Lesson, hanako: Supporter, by: Actor, now: datetime
) -> None:
    put(apart(lesson, 30), hanako)
    with pytest.raises(ReasonNeeded), transaction():
        rota.put_on_duty(lesson.id, hanako.id, "  ", by=by, now=now)

    with transaction():
        rota.put_on_duty(lesson.id, hanako.id, "15分早く出る", by=by, now=now)

    kept = db.session.get_one(Lesson, lesson.id, populate_existing=True)
    assert (kept.override_reason, kept.overridden) == ("15分早く出る", "travel-too-short")


def test_the_reason_stands_beside_one_that_was_there(
    lesson: Lesson, hanako: Supporter, by: Actor, now: datetime
) -> None:
    put(apart(lesson, 30), hanako)
    with transaction():
        row = db.session.get_one(Lesson, lesson.id)
        row.override_reason, row.overridden = "館長に確認済み", "outside-hours"
    with transaction():
        rota.put_on_duty(lesson.id, hanako.id, "15分早く出る", by=by, now=now)

    kept = db.session.get_one(Lesson, lesson.id, populate_existing=True)
    assert kept.override_reason == "館長に確認済み／15分早く出る"
    assert kept.overridden == "outside-hours travel-too-short"


@pytest.mark.parametrize("state", [LessonState.HELD, LessonState.CANCELLED])
def test_a_lesson_that_is_over_takes_nobody(hanako: Supporter, by: Actor, now: datetime, state: LessonState) -> None:
    lesson = factories.lesson(state=state)
    for act in (rota.put_on_duty, rota.cannot_come, rota.note_declined):
        with pytest.raises(Refusal, match="over or cancelled"), transaction():
            act(lesson.id, hanako.id, by=by, now=now)


def test_what_there_is_not_is_not_found(lesson: Lesson, hanako: Supporter, by: Actor, now: datetime) -> None:
    with pytest.raises(NotFound), transaction():
        rota.put_on_duty(999, hanako.id, by=by, now=now)
    for act in (rota.put_on_duty, rota.note_declined):
        with pytest.raises(Refusal) as refused, transaction():
            act(lesson.id, 999, by=by, now=now)
        assert refused.value.code == "no-supporter"


def test_who_cannot_come_is_off_duty_and_the_row_says_why(
    lesson: Lesson, hanako: Supporter, taro: Supporter, by: Actor, now: datetime
) -> None:
    put(lesson, hanako, taro)
    with transaction():
        rota.cannot_come(lesson.id, hanako.id, "体調不良", by=by, now=now)

    assert on_duty(lesson) == {taro.id}
    told = db.session.scalars(sa.select(CannotCome)).one()
    assert (told.supporter_id, told.reason, told.told_by, told.told_at) == (hanako.id, "体調不良", by.name, now)
    assert done(lesson) == ["duty.ended"]
    assert "体調不良" not in str(history.of(f"lesson:{lesson.id}")[0].details), "history takes no free text"


def test_it_cannot_be_said_of_somebody_who_is_not_on_duty(
    lesson: Lesson, hanako: Supporter, by: Actor, now: datetime
) -> None:
    with pytest.raises(Refusal) as refused, transaction():
        rota.cannot_come(lesson.id, hanako.id, "体調不良", by=by, now=now)

    assert refused.value.code == "not-on-duty"


def test_not_after_the_lesson_has_begun(lesson: Lesson, hanako: Supporter, by: Actor) -> None:
    put(lesson, hanako)
    for act in (rota.cannot_come, rota.put_on_duty):
        with pytest.raises(Refusal) as refused, transaction():
            act(lesson.id, hanako.id, by=by, now=lesson.starts_at)
        assert refused.value.code == "lesson-begun"


def test_a_supporter_ends_their_own_duty_and_nobody_elses(
    lesson: Lesson, taro: Supporter, now: datetime
) -> None:
    person = factories.user(Role.VOLUNTEER)
    mine, me = factories.supporter(person), factories.actor_of(person)
    put(lesson, mine, taro)

    with pytest.raises(NotAllowed), transaction():
        rota.cannot_come(lesson.id, taro.id, "つごう", by=me, now=now)
    with transaction():
        rota.cannot_come(lesson.id, mine.id, "つごう", by=me, now=now)

    assert on_duty(lesson) == {taro.id}


def test_who_said_no_is_noted_once(lesson: Lesson, hanako: Supporter, by: Actor, now: datetime) -> None:
    for _ in range(2):
        with transaction():
            rota.note_declined(lesson.id, hanako.id, by=by, now=now)

    assert db.session.scalars(sa.select(Declined.supporter_id)).all() == [hanako.id]
    assert done(lesson) == ["duty.declined"]


def test_who_is_on_duty_has_not_said_no(lesson: Lesson, hanako: Supporter, by: Actor, now: datetime) -> None:
    put(lesson, hanako)
    with pytest.raises(Refusal) as refused, transaction():
        rota.note_declined(lesson.id, hanako.id, by=by, now=now)

    assert refused.value.code == "on-duty"


@pytest.mark.parametrize(("number", "missing"), [(None, 2), (0, 0), (3, 3)])
def test_a_number_of_its_own_is_what_a_lesson_needs(
    lesson: Lesson, by: Actor, now: datetime, number: int | None, missing: int
) -> None:
    with transaction():
        assert rota.set_needed(lesson.id, number, by=by, now=now).supporters_missing == missing

    assert done(lesson) == ([] if number is None else ["duty.needed"])


def test_a_visit_is_always_made_by_two(app: Flask, by: Actor, now: datetime) -> None:
    visit = factories.lesson(kind=LessonKind.VISIT, slot_day=date(2026, 7, 15))

    assert visit.needs_supporters == 2
    with pytest.raises(Refusal, match="two people"), transaction():
        rota.set_needed(visit.id, 1, by=by, now=now)


@pytest.mark.parametrize("number", [-1, 51])
def test_a_number_that_cannot_be_meant_is_refused(lesson: Lesson, by: Actor, now: datetime, number: int) -> None:
    with pytest.raises(Refusal, match="from"), transaction():
        rota.set_needed(lesson.id, number, by=by, now=now)
