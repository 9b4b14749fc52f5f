"""The office's own words on both databases: saved, refused, taken back; and messages that are on their way already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, Refusal
from supportdesk.messages.models import Message
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.reminders import going_out_queries, planning, wording, wording_queries, wording_tried
from supportdesk.reminders import wording_actions as actions
from supportdesk.reminders.models import Wording
from supportdesk.reminders.wording_rules import Template
from tests import factories
from tests.statements import noted

TEXT, CALL = Template.TEXT_REMINDER, Template.VOICE_REMINDER
OWN = "{sender}教室のお知らせ {day}{time} {venue} 電話{telephone}"
WEDNESDAY = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)


@pytest.fixture
def who(by: Actor, now: datetime) -> dict[str, Any]:
    return {"by": by, "now": now}


def act(what: Callable[..., None], *args: Any, **more: Any) -> None:
    with transaction():
        what(*args, **more)


def messages() -> Sequence[Message]:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(sa.select(Message).order_by(Message.due_at, Message.id)).all()


def test_own_words_are_used_and_stand_in_the_history_with_what_was_before(app: Flask, who: dict[str, Any]) -> None:
    act(actions.change_words, TEXT, f" {OWN}\r\n", 0, **who)

    assert wording_queries.in_use() == wording.packaged() | {TEXT: OWN}
    (row,) = history.of("wording:text_reminder")
    assert (row.action, row.details) == (
        "wording.changed", {"version": 1, "changed": {"words": [wording.packaged()[TEXT], OWN]}},
    )  # fmt: skip


def test_words_that_break_a_rule_are_refused_and_change_nothing(app: Flask, who: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        act(actions.change_words, TEXT, OWN + "明日", 0, **who)

    assert (refused.value.code, refused.value.field) == ("near-day", "words")
    assert wording_queries.in_use() == wording.packaged()
    assert history.of("wording:text_reminder") == []


def test_the_longest_venue_in_use_decides_what_is_too_long(app: Flask, who: dict[str, Any], now: datetime) -> None:
    factories.venue(short_name="会", closed_at=None)
    factories.venue(short_name="十文字ちょうどの会場名", closed_at=now)
    room = 134 - wording_tried.try_out(TEXT, OWN, wording_queries.town()).units
    act(actions.change_words, TEXT, OWN + "の" * room, 0, **who)

    factories.venue(short_name="会場")
    with pytest.raises(Refusal):
        act(actions.change_words, TEXT, OWN + "の" * room, 1, **who)


def test_a_town_without_a_venue_counts_with_one_of_ten_letters(app: Flask) -> None:
    assert len(wording_queries.town().venue) == 10


def test_the_name_of_a_course_of_this_town_is_refused(app: Flask, who: dict[str, Any]) -> None:
    factories.course(title="確定の準備")

    with pytest.raises(Refusal) as refused:
        act(actions.change_words, TEXT, OWN + "確定の準備", 0, **who)

    assert refused.value.params == {"found": "確定の準備"}


def test_the_second_of_two_editors_is_told_also_when_the_words_were_the_usual_ones(
    app: Flask, who: dict[str, Any]
) -> None:
    act(actions.change_words, TEXT, OWN, 0, **who)

    with pytest.raises(ChangedMeanwhile):
        act(actions.change_words, TEXT, OWN + "。", 0, **who)
    with pytest.raises(ChangedMeanwhile):
        act(actions.back_to_default, TEXT, 0, **who)


def test_a_form_older_than_a_way_back_and_a_new_change_is_stale(app: Flask, who: dict[str, Any]) -> None:
    act(actions.change_words, TEXT, OWN, 0, **who)
    act(actions.back_to_default, TEXT, 1, **who)
    act(actions.change_words, TEXT, OWN + "。", 2, **who)

    for version in (0, 1, 2):
        with pytest.raises(ChangedMeanwhile):
            act(actions.change_words, TEXT, OWN, version, **who)
    assert [row.action for row in history.of("wording:text_reminder")] == [
        "wording.changed", "wording.reset", "wording.changed",
    ]  # fmt: skip


def test_saving_the_same_words_again_is_no_change_and_hinders_no_later_one(app: Flask, who: dict[str, Any]) -> None:
    act(actions.change_words, TEXT, wording.packaged()[TEXT], 0, **who)
    act(actions.back_to_default, TEXT, 0, **who)

    assert history.of("wording:text_reminder") == []
    act(actions.change_words, TEXT, OWN, wording_queries.versions()[TEXT], **who)
    assert wording_queries.in_use()[TEXT] == OWN


def test_planned_messages_get_the_new_words_and_a_claimed_one_keeps_its_own(
    app: Flask, who: dict[str, Any], now: datetime
) -> None:
    lesson = factories.lesson(starts_at=WEDNESDAY)
    factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    leaving, _waiting = messages()
    before = leaving.body
    with transaction():
        db.session.get_one(Message, leaving.id).status = MessageStatus.CLAIMED

    act(actions.change_words, TEXT, OWN, 0, **who)
    assert planning.plan(now) == {"amended": 1}

    assert [message.body for message in messages()] == [
        before, "【スマホ相談】教室のお知らせ 7月15日(水)午前10時 口之津公民館 電話0957-00-0000",
    ]  # fmt: skip
    assert planning.plan(now) == {}
    # Right before the call it is asked only whether the message is wanted, not what it says.
    assert planning.unwanted([messages()[0]], now) == {}

    act(actions.back_to_default, TEXT, 1, **who)
    assert planning.plan(now) == {"amended": 1}
    assert messages()[1].body == before


def test_a_call_says_the_offices_own_sentences(app: Flask, who: dict[str, Any], now: datetime) -> None:
    factories.booking(factories.reminded_by_call(), factories.lesson(starts_at=WEDNESDAY))
    own = wording.packaged()[CALL].replace("お休みのかたは、", "お休みされるかたは、")
    act(actions.change_words, CALL, own, 0, **who)

    planning.plan(now)

    said = messages()[0].sentences
    assert any(sentence.startswith("お休みされるかたは、ゼロ、キュー") for sentence in said)
    assert going_out_queries.going_out(now, WEDNESDAY)[0].words == "".join(said)


def test_what_somebody_wrote_into_the_table_past_all_rules_stops_no_plan(app: Flask, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), factories.lesson(starts_at=WEDNESDAY))
    factories.save(Wording(name="text_reminder", words="{sender}{0}{town} {{ }{day"))
    factories.save(Wording(name="a_template_of_another_version", words="?"))

    assert planning.plan(now) == {"put": 2}
    assert messages()[0].body == f"{office_settings.current().sender}{{0}}{{town}} {{{{ }}{{day"


def test_words_are_read_once_for_a_plan_and_not_for_each_message(app: Flask, now: datetime) -> None:
    lesson = factories.lesson(starts_at=WEDNESDAY, seats=20)
    for number in range(12):
        factories.booking(factories.reminded_by_text(number=f"+8190000000{number:02}"), lesson)

    with noted() as asked:
        assert planning.plan(now) == {"put": 24}

    assert len([one for one in asked if "FROM wording" in one]) == 1
