"""A supporter's last day, and the duties that cannot stay."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from supportdesk.core import clock, history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, Refusal
from supportdesk.lessons import supporter_queries as queries
from supportdesk.lessons.models import Lesson, LessonSupporter
from supportdesk.lessons.supporter_actions import DutiesFirst, end_supporter
from supportdesk.people.models import Supporter
from supportdesk.people.supporter_rules import NoDuty
from tests import factories

LAST_DAY = date(2026, 7, 15)


def on_duty(supporter: Supporter, day: date, **values: object) -> Lesson:
    start = clock.at(day, time(10))
    lesson = factories.lesson(starts_at=start, **values)
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=supporter.id))
    return lesson


def supporters_of(lesson: Lesson) -> list[int]:
    query = sa.select(LessonSupporter.supporter_id).where(LessonSupporter.lesson_id == lesson.id)
    return sorted(db.session.scalars(query))


def test_the_duties_after_the_last_day_are_seen_before_they_are_taken_off(by: Actor, now: datetime) -> None:
    one, other = factories.supporter(), factories.supporter()
    kept = on_duty(one, LAST_DAY)
    after = on_duty(one, LAST_DAY + timedelta(days=1))
    on_duty(one, LAST_DAY + timedelta(days=2), cancelled_at=now)
    factories.save(LessonSupporter(lesson_id=after.id, supporter_id=other.id))

    with pytest.raises(DutiesFirst) as refused, transaction():
        end_supporter(one.id, LAST_DAY, [], 1, by=by, now=now)
    assert refused.value.params["lesson_ids"] == [after.id]
    db.session.expire_all()
    assert db.session.get_one(Supporter, one.id).left_on is None

    with transaction():
        taken_off = end_supporter(one.id, LAST_DAY, [after.id], 1, by=by, now=now)

    assert [lesson.id for lesson in taken_off] == [after.id]
    assert (supporters_of(kept), supporters_of(after)) == ([one.id], [other.id])
    db.session.expire_all()
    assert db.session.get_one(Supporter, one.id).left_on == LAST_DAY
    assert db.session.get_one(Lesson, after.id).version == 2
    (edited,) = history.of(f"lesson:{after.id}")
    assert edited.details["changed"] == {"supporters": [sorted([one.id, other.id]), [other.id]]}


def test_what_came_since_the_duties_were_seen_is_shown_first(by: Actor, now: datetime) -> None:
    one = factories.supporter()
    seen = on_duty(one, LAST_DAY + timedelta(days=1))
    new = on_duty(one, LAST_DAY + timedelta(days=3))

    with pytest.raises(DutiesFirst) as refused, transaction():
        end_supporter(one.id, LAST_DAY, [seen.id], 1, by=by, now=now)

    assert refused.value.params["lesson_ids"] == [seen.id, new.id]
    assert supporters_of(seen) == [one.id]


def test_an_old_version_and_a_far_day_are_refused(by: Actor, now: datetime) -> None:
    one = factories.supporter()

    with pytest.raises(ChangedMeanwhile), transaction():
        end_supporter(one.id, LAST_DAY, [], 7, by=by, now=now)
    with pytest.raises(Refusal) as refused, transaction():
        end_supporter(one.id, date(2206, 7, 15), [], 1, by=by, now=now)
    assert refused.value.field == "left_on"


def test_duties_without_papers_are_those_of_the_running_fiscal_year(by: Actor, now: datetime) -> None:
    good, half = factories.supporter(), factories.supporter(terms=[factories.term(2026, until_day=LAST_DAY)])
    gone = factories.supporter(left_on=LAST_DAY)
    for one in (good, half, gone):
        on_duty(one, LAST_DAY)
    over = on_duty(half, LAST_DAY + timedelta(days=1))
    left = on_duty(gone, LAST_DAY + timedelta(days=2))
    on_duty(half, date(2026, 7, 5))
    on_duty(half, date(2027, 4, 14))
    on_duty(half, LAST_DAY + timedelta(days=6), cancelled_at=now)

    found = queries.without_papers(now)

    assert [(duty.lesson.id, duty.supporter_id, duty.why) for duty in found] == [
        (over.id, half.id, [NoDuty.NO_TERM]), (left.id, gone.id, [NoDuty.LEFT]),
    ]  # fmt: skip
    assert [duty.lesson.id for duty in queries.without_papers(clock.at(date(2027, 4, 1), now.time()))] != []
