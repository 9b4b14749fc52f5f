"""Handing over: all that one person has goes to another, or nothing does."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from supportdesk.accounts.models import User
from supportdesk.core import clock, history
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.desk import actions as desk
from supportdesk.desk.models import HelpRequest
from supportdesk.desk.rules import RequestChannel, RequestStatus
from supportdesk.front import handover, handover_queries
from supportdesk.front.handover import HandOverData
from supportdesk.front.handover_models import HandOver, HandOverItem
from supportdesk.front.handover_rules import Choice, DutyChoice, HandOverState, ItemKind, ItemOutcome, Plan
from supportdesk.lessons import series_actions
from supportdesk.lessons.models import LessonSupporter, Series, SeriesSupporter
from supportdesk.lessons.series_actions import SeriesData
from supportdesk.lessons.series_rules import Pattern, Registration, SeriesRule
from tests import factories
from tests.factories import Actor

TODAY = date(2026, 7, 6)


class Two:
    """Somebody who leaves, with a record as a supporter, and who comes after."""

    def __init__(self) -> None:
        one, other = factories.user(Role.STAFF, name="前任"), factories.user(Role.STAFF, name="後任")
        self.giver, self.taker = factories.actor_of(one), factories.actor_of(other)
        self.old, self.new = factories.supporter(one, name="支援 前任"), factories.supporter(other, name="支援 後任")

    def data(self, on: date = TODAY, **values: object) -> HandOverData:
        assert self.giver.id and self.taker.id
        return HandOverData(self.giver.id, self.taker.id, on, **values)  # type: ignore[arg-type]


@pytest.fixture
def two(app: object) -> Two:
    return Two()


def request_of(actor: Actor, now: datetime, text: str = "写真") -> int:
    with transaction():
        return desk.receive_request(None, RequestChannel.PHONE, None, text, False, by=actor, now=now).id


def duty_of(supporter_id: int, starts_at: datetime | None = None) -> int:
    lesson = factories.lesson(starts_at=starts_at)
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=supporter_id))
    return lesson.id


def series_of(actor: Actor, now: datetime, *supporters: int) -> int:
    data = SeriesData(
        course_id=factories.course().id, room_id=factories.room().id, start=time(14), minutes=60, seats=4,
        registration=Registration.EACH, supporter_ids=supporters,
        pattern=Pattern(SeriesRule.WEEKLY, first_day=date(2026, 7, 14), times=2),
    )  # fmt: skip
    with transaction():
        return series_actions.add_series(data, {}, by=actor, now=now).id


def act(data: HandOverData, by: Actor, now: datetime) -> HandOver:
    with transaction():
        return handover.hand_over(data, by=by, now=now)


def in_charge(request_id: int) -> int | None:
    db.session.rollback()  # what others wrote since this session began to read
    return db.session.get_one(HelpRequest, request_id, populate_existing=True).in_charge_id


def on_duty(lesson_id: int) -> list[int]:
    db.session.rollback()
    query = sa.select(LessonSupporter.supporter_id).where(LessonSupporter.lesson_id == lesson_id)
    return list(db.session.scalars(query))


def papers(made: HandOver) -> list[tuple[ItemKind, int, ItemOutcome]]:
    return [(row.kind, row.about_id, row.outcome) for row in db.session.scalars(handover_queries.items(made.id))]


def test_requests_series_and_duties_go_over_in_one_act(two: Two, by: Actor, now: datetime) -> None:
    request_id, closed_id = request_of(two.giver, now), request_of(two.giver, now)
    with transaction():
        desk.move_status(closed_id, RequestStatus.NEW, RequestStatus.DONE, "解決", by=by, now=now)
    other_id = request_of(by, now)
    lesson_id = duty_of(two.old.id)
    series_id = series_of(two.giver, now, two.old.id)

    made = act(two.data(), by, now)

    assert (in_charge(request_id), in_charge(closed_id), in_charge(other_id)) == (two.taker.id, two.giver.id, by.id)
    assert on_duty(lesson_id) == [two.new.id]
    series = db.session.get_one(Series, series_id, populate_existing=True)
    assert series.in_charge_id == two.taker.id
    regular = sa.select(SeriesSupporter.supporter_id).where(SeriesSupporter.series_id == series_id)
    assert list(db.session.scalars(regular)) == [two.new.id]
    assert [on_duty(part.lesson_id) for part in series.parts] == [[two.new.id]] * 2
    assert made.state is HandOverState.DONE
    assert {(kind, about) for kind, about, _ in papers(made)} >= {
        (ItemKind.REQUEST, request_id), (ItemKind.DUTY, lesson_id), (ItemKind.SERIES, series_id),
        (ItemKind.REGULAR_DUTY, series_id),
    }  # fmt: skip
    assert {outcome for _, _, outcome in papers(made)} == {ItemOutcome.HANDED_OVER}
    # Each thing says in its own history that it went.
    for subject in (f"request:{request_id}", f"lesson:{lesson_id}", f"series:{series_id}"):
        assert len(history.of(subject)) >= 1
        assert history.of(subject)[0].actor_name == by.name


def test_each_kind_goes_stays_or_is_left_to_nobody_as_it_was_chosen(two: Two, by: Actor, now: datetime) -> None:
    asked, waits = request_of(two.giver, now), request_of(two.giver, now)
    with transaction():
        desk.move_status(waits, RequestStatus.NEW, RequestStatus.WAITING_RESIDENT, by=by, now=now)
    series_id, kept = series_of(two.giver, now), duty_of(two.old.id)
    given = duty_of(two.old.id, now + timedelta(days=3))
    plan = Plan(
        {ItemKind.CALL_BACK: Choice.OPEN, ItemKind.SERIES: Choice.LEAVE, ItemKind.DUTY: Choice.OPEN},
        {kept: DutyChoice(Choice.LEAVE)},
    )

    made = act(two.data(plan=plan), by, now)

    assert (in_charge(asked), in_charge(waits)) == (two.taker.id, None)
    assert db.session.get_one(Series, series_id, populate_existing=True).in_charge_id == two.giver.id
    assert (on_duty(kept), on_duty(given)) == ([two.old.id], [])
    assert (ItemKind.CALL_BACK, waits, ItemOutcome.OPENED) in papers(made)
    assert (ItemKind.DUTY, kept, ItemOutcome.LEFT) in papers(made)


def test_a_duty_beside_one_that_the_other_has_is_not_handed_over_before_somebody_chose(
    two: Two, by: Actor, now: datetime
) -> None:
    request_id, lesson_id = request_of(two.giver, now), duty_of(two.old.id, now + timedelta(days=3))
    duty_of(two.new.id, now + timedelta(days=3, minutes=30))
    assert two.giver.id and two.taker.id

    found = handover_queries.found(two.giver.id, two.taker.id, Plan(), TODAY, now)
    with pytest.raises(Refusal) as refused:
        act(two.data(), by, now)

    assert "supporter-taken" in {one.kind.value for one in found.duties[0].conflicts}
    assert refused.value.code == "unsettled"
    # Nothing half: the request stays too.
    assert (in_charge(request_id), on_duty(lesson_id)) == (two.giver.id, [two.old.id])
    made = act(two.data(plan=Plan(duties={lesson_id: DutyChoice(Choice.LEAVE)})), by, now)
    assert (ItemKind.DUTY, lesson_id, ItemOutcome.LEFT) in papers(made)
    assert in_charge(request_id) == two.taker.id


def test_what_stood_against_a_lesson_before_is_not_held_against_the_other(two: Two, by: Actor, now: datetime) -> None:
    saturday = duty_of(two.old.id, datetime.fromisoformat("2026-07-18T10:00+09:00").astimezone(now.tzinfo))

    act(two.data(), by, now)

    assert on_duty(saturday) == [two.new.id]


def test_duties_cannot_go_to_somebody_who_is_no_supporter(two: Two, by: Actor, now: datetime) -> None:
    lesson_id = duty_of(two.old.id)
    with transaction():
        db.session.merge(two.new).user_id = None

    with pytest.raises(Refusal) as refused:
        act(two.data(), by, now)

    assert (refused.value.code, refused.value.params["count"]) == ("unsettled", 1)
    act(two.data(plan=Plan({ItemKind.DUTY: Choice.OPEN})), by, now)
    assert on_duty(lesson_id) == []


def test_requests_cannot_go_to_somebody_who_would_not_see_them(two: Two, by: Actor, now: datetime) -> None:
    request_of(two.giver, now)
    coordinator = factories.user(Role.COORDINATOR)
    assert two.giver.id

    with pytest.raises(Refusal) as refused:
        act(HandOverData(two.giver.id, coordinator.id, TODAY), by, now)

    assert refused.value.code == "unsettled"


def test_who_takes_over_is_in_service_on_the_day(two: Two, by: Actor, now: datetime) -> None:
    april = date(2027, 4, 1)
    newcomer = factories.user(Role.STAFF, first_day=april)
    assert two.giver.id

    with pytest.raises(Refusal) as refused:
        act(HandOverData(two.giver.id, newcomer.id, date(2027, 3, 31)), by, now)
    assert refused.value.code == "not-in-service"

    assert act(HandOverData(two.giver.id, newcomer.id, april), by, now).state is HandOverState.PREPARED


def test_one_hand_over_is_prepared_for_a_person_at_a_time_until_it_is_taken_back(
    two: Two, by: Actor, now: datetime
) -> None:
    made = act(two.data(TODAY + timedelta(days=9)), by, now)
    with pytest.raises(Refusal) as refused:
        act(two.data(TODAY + timedelta(days=10)), by, now)
    assert refused.value.code == "prepared-already"

    with transaction():
        handover.withdraw(made.id, by=by, now=now)
    with pytest.raises(Refusal), transaction():
        handover.withdraw(made.id, by=by, now=now)

    assert act(two.data(TODAY + timedelta(days=10)), by, now).state is HandOverState.PREPARED


def test_on_its_day_it_takes_what_is_there_then_and_leaves_what_cannot_go(
    two: Two, by: Actor, now: datetime
) -> None:
    on = TODAY + timedelta(days=2)
    free, busy = duty_of(two.old.id, now + timedelta(days=5)), duty_of(two.old.id, now + timedelta(days=6))
    made = act(two.data(on, note="鍵は金庫"), by, now)
    later = request_of(two.giver, now)
    duty_of(two.new.id, now + timedelta(days=6))
    assert handover_queries.due(TODAY) == []
    then = clock.at(on, time(0, 1))
    assert handover_queries.due(on) == [made.id]

    for _ in range(2):  # the jobs of two processes
        with transaction():
            handover.carry_out(made.id, by=HOUSE, now=then)

    assert in_charge(later) == two.taker.id
    assert (on_duty(free), on_duty(busy)) == ([two.new.id], [two.old.id])
    rows = list(db.session.scalars(handover_queries.items(made.id)))
    left = next(row for row in rows if row.about_id == busy and row.kind is ItemKind.DUTY)
    assert left.outcome is ItemOutcome.LEFT
    assert "支援 後任" in left.why
    assert len(rows) == 3


def test_an_account_that_is_not_in_force_on_the_day_takes_nothing_until_it_is(
    two: Two, by: Actor, now: datetime
) -> None:
    on = TODAY + timedelta(days=2)
    request_id, made = request_of(two.giver, now), act(two.data(on), by, now)

    ends(two.taker, TODAY + timedelta(days=1))
    assert handover_queries.due(on) == []

    ends(two.taker, None)
    assert handover_queries.due(on) == [made.id]
    with transaction():
        handover.carry_out(made.id, by=HOUSE, now=clock.at(on, time(9)))
    assert in_charge(request_id) == two.taker.id


def ends(actor: Actor, last_day: date | None) -> None:
    with transaction():
        db.session.execute(sa.update(User).where(User.id == actor.id).values(last_day=last_day))


def test_the_paper_keeps_no_name_of_a_resident_and_looks_it_up(two: Two, by: Actor, now: datetime) -> None:
    person = factories.resident("ヒミツ ハナ")
    with transaction():
        asked = desk.receive_request(
            person.id, RequestChannel.PHONE, None, "内緒の話", False, by=two.giver, now=now
        ).id

    made = act(two.data(), by, now)

    rows = list(db.session.scalars(handover_queries.items(made.id)))
    assert handover_queries.names_of(rows)[ItemKind.REQUEST, asked] == person.name
    kept = repr([(row.label, row.status, row.why) for row in rows])
    assert "ヒミツ" not in kept
    assert "内緒" not in kept


def test_a_hand_over_of_nothing_makes_an_empty_paper(two: Two, by: Actor, now: datetime) -> None:
    made = act(two.data(), by, now)

    assert made.state is HandOverState.DONE
    assert db.session.scalar(sa.select(sa.func.count()).select_from(HandOverItem)) == 0


def test_duties_that_changed_since_they_were_looked_at_are_looked_at_once_more(
    two: Two, by: Actor, now: datetime
) -> None:
    assert two.giver.id and two.taker.id
    seen = handover_queries.found(two.giver.id, two.taker.id, Plan(), TODAY, now).seen
    duty_of(two.old.id)

    with pytest.raises(Refusal) as refused, transaction():
        handover.hand_over(two.data(), seen=seen, by=by, now=now)

    assert refused.value.code == "look-again"
