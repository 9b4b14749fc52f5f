"""How supporters are reminded of a duty: once, by their own way, as the duty stands when the message leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import Actor
from supportdesk.core.clock import TOKYO
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound
from supportdesk.lessons import actions as lessons
from supportdesk.lessons.models import Lesson, LessonSupporter
from supportdesk.lessons.rules import LessonState
from supportdesk.lessons.slot_rules import LessonKind
from supportdesk.messages.models import Message, NumberNote
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.office.settings import OfficeSettings
from supportdesk.people.models import Supporter
from supportdesk.people.rules import NumberKind, OwnChain, Wish
from supportdesk.reminders import actions, chain_rules, duty_rules, going_out_queries, on_duty, planning, queries
from supportdesk.reminders.rules import Facts, LeftOut, Matter, Number, PersonOutcome, Step, StepName, Tried, Why
from tests import factories
from tests.conftest import NOW
from tests.statements import noted

OFFICE = OfficeSettings()
MONDAY = datetime(2026, 7, 13, 10, 0, tzinfo=TOKYO)
FRIDAY_BEFORE = datetime(2026, 7, 10, 10, 0, tzinfo=TOKYO)
WEDNESDAY = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)  # 10:00 in Tokyo
DUE = datetime(2026, 7, 14, 1, 0, tzinfo=UTC)
MOBILE, HOME = ("+819000000021", NumberKind.MOBILE), ("+81957000022", NumberKind.LANDLINE)
S = MessageStatus


# ---- rules


def facts(wish: Wish = Wish.TEXT, number: tuple[str, NumberKind] | None = MOBILE, **values: Any) -> Facts:
    numbers = (Number(*number, agreed=True),) if number else ()
    return Facts(1, 1, "p", MONDAY, MONDAY, wish, numbers, own_chain=OwnChain.ONE_TRY, **values)


def step(one: Facts) -> Step:
    [found] = duty_rules.steps(one, OFFICE, (), MONDAY)
    return found


@pytest.mark.parametrize(("wish", "number"), [(Wish.TEXT, MOBILE), (Wish.CALL, HOME), (Wish.CALL, MOBILE)])
def test_once_at_the_hour_of_the_last_notice_on_the_working_day_before(
    wish: Wish, number: tuple[str, NumberKind]
) -> None:
    found = step(facts(wish, number))

    assert (found.matter, found.step, found.way, found.number) == (Matter.DUTY, StepName.ONCE, wish, number[0])
    assert (found.due_at, found.not_after) == (FRIDAY_BEFORE, MONDAY - timedelta(hours=1))
    assert found.left_out is None


@pytest.mark.parametrize(
    ("one", "way", "why"),
    [
        (facts(Wish.PERSON), Wish.PERSON, Why.WISH),
        (facts(Wish.FAX, HOME), Wish.CARD, Why.WISH),
        (facts(Wish.TEXT, HOME), Wish.PERSON, Why.NO_MOBILE),
        (facts(Wish.TEXT, None), Wish.CARD, Why.NO_TELEPHONE),
        (facts(Wish.CALL, None), Wish.CARD, Why.NO_TELEPHONE),
    ],
)
def test_whom_no_machine_can_tell_is_a_persons_by_the_hour_of_the_second_try(one: Facts, way: Wish, why: Why) -> None:
    found = step(one)

    assert (found.step, found.way, found.why) == (StepName.PERSON, way, why)
    assert (found.due_at, found.not_after) == (FRIDAY_BEFORE, FRIDAY_BEFORE + timedelta(hours=5))


def test_who_wishes_no_reminder_gets_none_and_is_nobodys_task() -> None:
    found = step(facts(Wish.NONE))

    assert found.left_out is LeftOut.WISHES_NONE
    assert chain_rules.why_person([found], facts(Wish.NONE), MONDAY, OFFICE) is None


def test_who_was_told_by_a_person_is_told_by_nobody_else() -> None:
    assert step(facts(told=True)).left_out is LeftOut.TOLD
    assert step(facts(Wish.PERSON, told=True)).left_out is LeftOut.TOLD


@pytest.mark.parametrize("nothing", [{"lesson_cancelled": True}, {"stopped": True}])
def test_nothing_is_asked_for_a_cancelled_lesson_or_somebody_who_has_left(nothing: dict[str, bool]) -> None:
    assert duty_rules.steps(facts(**nothing), OFFICE, (), MONDAY) == []


@pytest.mark.parametrize(
    ("status", "why"),
    [(None, None), (S.ACCEPTED, None), (S.NOT_ANSWERED, Why.NOT_PICKED_UP), (S.FAILED, Why.FAILED),
     (S.REFUSED, Why.REFUSED), (S.UNKNOWN, Why.UNKNOWN), (S.MISSED, Why.MISSED)],
)  # fmt: skip
def test_what_came_of_no_avail_is_a_persons(status: MessageStatus | None, why: Why | None) -> None:
    one = step(facts())
    told = facts(tried={one.key: Tried(status)} if status else {})

    found = chain_rules.why_person([one], told, FRIDAY_BEFORE, OFFICE)

    assert (found[0] if found else None) is why


def test_nobody_is_asked_before_the_hour() -> None:
    one = facts(Wish.PERSON)

    assert chain_rules.why_person([step(one)], one, FRIDAY_BEFORE - timedelta(minutes=1), OFFICE) is None


# ---- the outbox


def messages(*statuses: MessageStatus) -> Sequence[Message]:
    db.session.rollback()
    db.session.expire_all()
    wanted = [Message.status.in_(statuses)] if statuses else []
    return db.session.scalars(sa.select(Message).where(*wanted).order_by(Message.id)).all()


def supporter(number: tuple[str, NumberKind] = MOBILE, wish: Wish = Wish.TEXT, **values: Any) -> Supporter:
    return factories.supporter(number=number[0], number_kind=number[1], wish=wish, **values)


def put_on(lesson: Lesson, who: Supporter) -> None:
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=who.id))


def take_off(lesson: Lesson, who: Supporter) -> None:
    with transaction() as session:
        session.delete(session.get_one(LessonSupporter, (lesson.id, who.id)))


def change(row: Lesson | Supporter | Message, **values: object) -> None:
    with transaction():
        fresh = db.session.get_one(type(row), row.id)
        for name, value in values.items():
            setattr(fresh, name, value)


def left(status: MessageStatus = S.SENT) -> None:
    """What is planned leaves, and comes to this."""
    with transaction() as session:
        session.execute(sa.update(Message).where(Message.status == S.PLANNED).values(status=status))


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    return factories.lesson(starts_at=WEDNESDAY)


@pytest.fixture
def helper(lesson: Lesson) -> Supporter:
    who = supporter()
    put_on(lesson, who)
    return who


def test_one_text_is_planned_and_planning_again_changes_nothing(
    lesson: Lesson, helper: Supporter, now: datetime
) -> None:
    assert planning.plan(now) == {"put": 1}
    assert planning.plan(now) == {}

    [message] = messages()
    assert (message.recipient, message.due_at, message.channel) == (f"supporter:{helper.id}", DUE, Channel.SMS)
    assert message.body.startswith("【スマホ相談】スマホ教室の当番 7月15日(水)午前10時から")
    assert helper.name not in message.body


def test_a_call_says_the_same_in_kana(lesson: Lesson, now: datetime) -> None:
    put_on(lesson, supporter(HOME, Wish.CALL))

    planning.plan(now)

    [message] = messages()
    assert message.channel is Channel.VOICE
    assert "とうばん" in "".join(message.sentences)


def test_two_on_duty_in_one_lesson_are_told_each(lesson: Lesson, helper: Supporter, now: datetime) -> None:
    put_on(lesson, supporter(HOME, Wish.CALL, name="支援 太郎"))

    assert planning.plan(now) == {"put": 2}


def test_who_is_taken_off_hears_nothing_and_who_is_put_back_hears_again(
    lesson: Lesson, helper: Supporter, now: datetime
) -> None:
    planning.plan(now)
    take_off(lesson, helper)

    assert planning.plan(now) == {"withdrawn": 1}
    assert [m.reason for m in messages()] == [on_duty.CHANGED]
    put_on(lesson, helper)
    assert planning.plan(now) == {"put": 1}


def test_who_was_told_and_is_put_back_is_not_told_twice(lesson: Lesson, helper: Supporter, now: datetime) -> None:
    planning.plan(now)
    left()
    take_off(lesson, helper)
    put_on(lesson, helper)

    assert planning.plan(now) == {}


@pytest.mark.parametrize("already_told", [False, True])
def test_a_moved_lesson_is_told_anew(lesson: Lesson, helper: Supporter, now: datetime, already_told: bool) -> None:
    planning.plan(now)
    if already_told:
        left()
    change(lesson, starts_at=WEDNESDAY + timedelta(days=1), ends_at=WEDNESDAY + timedelta(days=1, hours=1))

    assert planning.plan(now) == ({"put": 1} if already_told else {"put": 1, "withdrawn": 1})
    assert [m.due_at for m in messages(S.PLANNED)] == [WEDNESDAY]


def test_a_lesson_in_another_hall_at_the_same_hour_is_told_anew(
    lesson: Lesson, helper: Supporter, now: datetime
) -> None:
    planning.plan(now)
    left()
    other = factories.room(factories.venue(name="加津佐公民館", short_name="加津佐公民館"))
    change(lesson, venue_id=other.venue_id, room_id=other.id)

    assert planning.plan(now) == {"put": 1}
    assert "加津佐公民館" in messages(S.PLANNED)[0].body


def test_a_lesson_moved_out_of_the_fortnight_takes_its_message_along(
    lesson: Lesson, helper: Supporter, now: datetime
) -> None:
    planning.plan(now)
    far = WEDNESDAY + timedelta(days=60)
    change(lesson, starts_at=far, ends_at=far + timedelta(hours=1))

    planning.plan(now)

    assert [m.status for m in messages() if m.due_at == DUE] == [S.WITHDRAWN]


def test_a_cancelled_lesson_takes_the_message_back_and_a_person_tells_them(
    lesson: Lesson, helper: Supporter, by: Actor, now: datetime
) -> None:
    planning.plan(now)
    with transaction():
        lessons.cancel_lesson(lesson.id, "台風のため", by=by, now=now)

    assert planning.plan(now) == {"withdrawn": 1}
    assert planning.plan(now) == {}
    [item] = queries.needs_person(now)
    assert (item.supporter_id, item.why, item.deadline) == (helper.id, Why.LESSON_CANCELLED, WEDNESDAY)
    talk(lesson, helper, by, now)
    assert queries.needs_person(now) == []


def test_times_of_one_day_at_one_hall_are_told_once_by_the_first(app: Flask, by: Actor, now: datetime) -> None:
    who, place = supporter(), factories.room()
    times = [
        factories.lesson(
            starts_at=WEDNESDAY + timedelta(minutes=30 * n), ends_at=WEDNESDAY + timedelta(minutes=30 * n + 30),
            room=place, kind=LessonKind.CONSULTATION, slot_day=WEDNESDAY.date(),
        )
        for n in range(4)
    ]  # fmt: skip
    for one in times:
        put_on(one, who)

    assert planning.plan(now) == {"put": 1}
    [message] = messages()
    assert "】当番 7月15日(水)午前10時から" in message.body, "what it is about is nobody's business"
    for one in times:
        change(one, cancelled_at=now, state=LessonState.CANCELLED)
    assert planning.plan(now) == {"withdrawn": 1}
    assert len(queries.needs_person(now)) == 1


def test_a_draft_reminds_nobody(lesson: Lesson, helper: Supporter, now: datetime) -> None:
    change(lesson, state=LessonState.DRAFT)

    assert planning.plan(now) == {}


def test_whoever_is_put_on_duty_after_the_hour_hears_of_it_at_once(lesson: Lesson, helper: Supporter) -> None:
    late = DUE + timedelta(hours=3)

    assert planning.plan(late) == {"put": 1}
    assert planning.plan(WEDNESDAY - timedelta(minutes=59)) == {}


def test_another_number_or_way_takes_the_message_along(lesson: Lesson, helper: Supporter, now: datetime) -> None:
    planning.plan(now)
    change(helper, number="+819000000099")
    assert planning.plan(now) == {"amended": 1}

    change(helper, wish=Wish.PERSON)
    assert planning.plan(now) == {"withdrawn": 1}


@pytest.mark.parametrize("note", ["opted_out_at", "no_text_since"])
def test_a_number_that_refuses_texts_gets_none(
    lesson: Lesson, helper: Supporter, now: datetime, note: str
) -> None:
    factories.save(NumberNote(number=MOBILE[0], **{note: now}))

    assert planning.plan(now) == {}
    assert [(item.why, item.number) for item in queries.needs_person(DUE)] == [(Why.NUMBER_BLOCKED, MOBILE[0])]


@pytest.mark.parametrize("act", ["off", "cancelled", "moved", "told"])
def test_right_before_the_call_the_duty_is_asked_once_more(
    lesson: Lesson, helper: Supporter, by: Actor, now: datetime, act: str
) -> None:
    planning.plan(now)
    [message] = messages()
    assert planning.unwanted([message], DUE) == {}
    match act:
        case "off":
            take_off(lesson, helper)
        case "cancelled":
            change(lesson, cancelled_at=now, state=LessonState.CANCELLED)
        case "moved":
            change(lesson, starts_at=WEDNESDAY + timedelta(hours=1), ends_at=WEDNESDAY + timedelta(hours=2))
        case "told":
            talk(lesson, helper, by, now)

    reasons = {"off": on_duty.CHANGED, "cancelled": "lesson-cancelled", "moved": "lesson-moved"}
    assert planning.unwanted(messages(), DUE) == {message.id: reasons.get(act, "told-by-person")}


# ---- persons


def talk(
    lesson: Lesson, who: Supporter, by: Actor, now: datetime, outcome: PersonOutcome = PersonOutcome.TALKED
) -> None:
    with transaction():
        actions.note_duty_contact(lesson.id, who.id, outcome, "", by=by, now=now)


def test_who_did_not_pick_up_is_a_persons_until_an_hour_before_and_gone_when_told(
    lesson: Lesson, by: Actor, now: datetime
) -> None:
    who = supporter(HOME, Wish.CALL)
    put_on(lesson, who)
    planning.plan(now)
    left(S.NOT_ANSWERED)

    [item] = queries.needs_person(DUE)
    assert (item.why, item.deadline, item.number) == (Why.NOT_PICKED_UP, WEDNESDAY - timedelta(hours=1), HOME[0])
    assert (item.booking_id, item.offer_id, item.resident_id, item.attempts) == (None, None, None, 0)
    talk(lesson, who, by, DUE, PersonOutcome.NO_ANSWER)
    assert [one.attempts for one in queries.needs_person(DUE)] == [1]
    talk(lesson, who, by, DUE)
    assert queries.needs_person(DUE) == []


def test_a_result_noted_for_one_start_or_hall_says_nothing_of_another(
    lesson: Lesson, by: Actor, now: datetime
) -> None:
    who = supporter(wish=Wish.PERSON)
    put_on(lesson, who)
    talk(lesson, who, by, DUE)
    assert queries.needs_person(DUE) == []

    other = factories.room()
    change(lesson, venue_id=other.venue_id, room_id=other.id)

    assert [item.why for item in queries.needs_person(DUE)] == [Why.WISH]


def test_when_the_lesson_has_begun_it_is_over(lesson: Lesson, now: datetime) -> None:
    put_on(lesson, supporter(wish=Wish.PERSON))

    assert len(queries.needs_person(WEDNESDAY - timedelta(minutes=1))) == 1
    assert queries.needs_person(WEDNESDAY) == []


def test_a_result_for_somebody_who_is_not_on_duty_is_refused(lesson: Lesson, by: Actor, now: datetime) -> None:
    who = supporter()

    with pytest.raises(NotFound, match="not on duty"):
        talk(lesson, who, by, now)


def test_sending_that_is_stopped_makes_it_a_persons(lesson: Lesson, helper: Supporter, now: datetime) -> None:
    planning.plan(now)
    with transaction():
        office_settings.change(sending_hold="練習のため")

    assert [item.why for item in queries.needs_person(DUE)] == [Why.SENDING_STOPPED]


def test_what_would_go_out_names_the_supporter_and_the_words(lesson: Lesson, helper: Supporter, now: datetime) -> None:
    [going] = going_out_queries.going_out(now, DUE)

    assert (going.supporter_id, going.resident_id, going.step.matter) == (helper.id, None, Matter.DUTY)
    assert "当番" in going.words
    assert queries.shown([going]).supporters[helper.id].name == helper.name


def test_who_has_left_before_the_day_is_not_reminded(lesson: Lesson, helper: Supporter, now: datetime) -> None:
    change(helper, left_on=date(2026, 7, 14))

    assert planning.plan(now) == {}
    assert queries.needs_person(DUE) == []


def test_the_plan_asks_as_often_for_two_duties_as_for_thirty(app: Flask) -> None:
    def asked() -> int:
        db.session.rollback()
        with noted() as seen:
            planning.plan(NOW)
        return len(seen)

    for n in range(2):
        put_on(factories.lesson(starts_at=WEDNESDAY + timedelta(minutes=n)), supporter(name=f"支援 {n}"))
    planning.plan(NOW)
    few = asked()
    for n in range(30):
        put_on(factories.lesson(starts_at=WEDNESDAY + timedelta(hours=1, minutes=n)), supporter(name=f"支援 {n}"))
    planning.plan(NOW)

    assert asked() == few
