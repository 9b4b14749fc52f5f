"""Who reads texts in which language, and that no message is torn while its words change; on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, NotFound
from supportdesk.lessons.models import LessonSupporter
from supportdesk.messages import outbox
from supportdesk.messages.delivery import deliver_due
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import Language, MessageStatus
from supportdesk.people.models import Resident
from supportdesk.people.rules import NumberKind, Wish
from supportdesk.reminders import asked, planning, wording, wording_queries
from supportdesk.reminders import wording_actions as actions
from supportdesk.reminders.wording_rules import Template
from tests import factories
from tests.messages.sending import Clock, Scripted, desk
from tests.statements import noted

TEXT = Template.TEXT_REMINDER
OWN = "{sender}教室のお知らせ {day}{time} {venue} 電話{telephone}"
ENGLISH = "{sender} smartphone class {day} {time}, {venue}. Please ring {telephone}"
WEDNESDAY = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)


@pytest.fixture
def who(by: Actor, now: datetime) -> dict[str, Any]:
    return {"by": by, "now": now}


def messages() -> Sequence[Message]:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(sa.select(Message).order_by(Message.due_at, Message.id)).all()


def said() -> list[tuple[str, str]]:
    return [(message.language.value, message.body) for message in messages()]


def test_each_reads_texts_in_their_own_language_in_the_offices_own_words(
    app: Flask, who: dict[str, Any], now: datetime
) -> None:
    lesson = factories.lesson(starts_at=WEDNESDAY, seats=9)
    for number, language in enumerate(Language):
        person = factories.reminded_by_text(number=f"+819000000{number:03}", language=language)
        factories.booking(person, lesson)
    factories.booking(factories.reminded_by_call(language=Language.ENGLISH), lesson)
    with transaction():
        actions.change_words(TEXT, ENGLISH, 0, language=Language.ENGLISH, **who)

    planning.plan(now)

    texts = {language: body for language, body in said() if body}
    assert texts["ja"].startswith("【スマホ相談】スマホ教室のご案内 7月15日(水)午前10時から 口之津公民館。")
    assert texts["easy"].startswith("【スマホ相談】7月15日(水)午前10時から口之津公民館でスマホ教室があります。")
    assert texts["en"] == (
        "Smartphone desk: smartphone class Wed 15 Jul 10:00, Kuchinotsu Kominkan. Please ring 0957-00-0000"
    )
    # A call is in Japanese, whoever hears it.
    assert {language for language, body in said() if not body} == {"ja"}
    assert [row.subject for row in history.of("wording:text_reminder:en")] == ["wording:text_reminder:en"]
    assert wording_queries.in_use() == wording.packaged()


def test_another_language_amends_what_is_planned_as_a_whole_and_nothing_that_is_leaving(
    app: Flask, now: datetime
) -> None:
    person = factories.reminded_by_text()
    factories.booking(person, factories.lesson(starts_at=WEDNESDAY))
    planning.plan(now)
    leaving, _waiting = messages()
    before = leaving.body
    with transaction():
        db.session.get_one(Message, leaving.id).status = MessageStatus.CLAIMED
        db.session.get_one(Resident, person.id).language = Language.ENGLISH

    with noted() as asked:
        assert planning.plan(now) == {"amended": 1}

    assert [(m.language, m.body == before) for m in messages()] == [
        (Language.JAPANESE, True), (Language.ENGLISH, False),
    ]  # fmt: skip
    (statement,) = [one for one in asked if one.startswith("UPDATE message")]
    for column in ("body", "sentences", "language", "channel", "number", "window"):
        assert f"{column}=" in statement.replace('"', ""), column
    assert planning.plan(now) == {}


def test_a_couple_who_read_two_languages_get_two_texts_and_one_call(app: Flask, now: datetime) -> None:
    lesson = factories.lesson(starts_at=WEDNESDAY, seats=9)
    for language in (Language.JAPANESE, Language.ENGLISH):
        factories.booking(factories.reminded_by_text(language=language), lesson, party="a")
        factories.booking(factories.reminded_by_call(language=language), lesson, party="b")

    planning.plan(now)

    texts = [language for language, body in said() if body]
    assert sorted(texts) == ["en", "en", "ja", "ja"]
    assert len([body for _language, body in said() if not body]) == 2
    assert planning.plan(now) == {}


def test_a_message_that_leaves_while_the_words_change_is_whole_and_the_next_one_is_new(
    app: Flask, who: dict[str, Any], now: datetime
) -> None:
    """Between the claim and the call to the provider the office changes the words, the reader another language, and the
    plan runs: what the provider gets is what the record says was sent."""
    person = factories.reminded_by_text()
    factories.booking(person, factories.lesson(starts_at=WEDNESDAY))
    planning.plan(now)
    leaving, waiting = messages()
    provider, clock = Scripted(), Clock(leaving.due_at)

    def meanwhile(claimed: Sequence[Message], at: datetime) -> dict[int, str]:
        with transaction():
            actions.change_words(TEXT, ENGLISH, 0, language=Language.ENGLISH, **who)
            db.session.get_one(Resident, person.id).language = Language.ENGLISH
        assert planning.plan(at) == {"amended": 1}
        return {}

    before, waiting_id = leaving.body, waiting.id
    deliver_due(desk(provider, clock, meanwhile))

    (sent,) = provider.accepted
    left, waits = messages()
    assert (sent.body, left.body, left.language) == (before, before, Language.JAPANESE)
    assert left.status is MessageStatus.ACCEPTED
    assert (waits.id, waits.language, waits.body[:16]) == (waiting_id, Language.ENGLISH, "Smartphone desk:")
    # The next one leaves in the new language, with its own words.
    clock.now = waits.due_at
    deliver_due(desk(provider, clock, planning.unwanted))
    assert provider.accepted[1].body == waits.body


def test_a_plan_that_is_older_writes_a_whole_message_too(app: Flask, now: datetime) -> None:
    """Two planners: one saw the wish for a text, the other for a call. Whoever writes last, channel, number and words
    belong together."""
    person = factories.reminded_by_text()
    booked = factories.booking(person, factories.lesson(starts_at=WEDNESDAY))
    planning.plan(now)
    db.session.rollback()
    by = asked.setting(now)
    (seen,) = asked.of_lessons([booked.lesson_id], by)
    step = next(step for step in seen.steps if step.left_out is None and step.by_machine)
    stored = seen.messages[step.matter, step.step]
    db.session.rollback()
    with transaction():
        db.session.execute(
            sa.update(Message)
            .where(Message.id == stored.id)
            .values(body="", sentences=["x"], channel=Channel.VOICE, number="+81957000001")
        )

    wanted = wording.message(step, seen.facts.starts_at, seen.booking, by.office, by.words, Language.EASY)
    with transaction():
        assert outbox.amend(stored.id, **planning.differing(stored, wanted))

    (message,) = [one for one in messages() if one.id == stored.id]
    assert (message.channel, message.number, message.sentences, message.language) == (
        "sms", "+819000000001", [], Language.EASY,
    )  # fmt: skip
    assert message.body.startswith("【スマホ相談】7月15日(水)")


def test_the_second_editor_of_a_language_is_told_and_the_other_languages_go_their_own_way(
    app: Flask, who: dict[str, Any]
) -> None:
    with transaction():
        actions.change_words(TEXT, ENGLISH, 0, language=Language.ENGLISH, **who)
        actions.change_words(TEXT, OWN, 0, **who)

    with pytest.raises(ChangedMeanwhile), transaction():
        actions.change_words(TEXT, ENGLISH + "!", 0, language=Language.ENGLISH, **who)
    with pytest.raises(NotFound), transaction():
        actions.change_words(Template.VOICE_REMINDER, ENGLISH, 0, language=Language.ENGLISH, **who)
    with transaction():
        actions.back_to_default(TEXT, 1, language=Language.ENGLISH, **who)

    assert wording_queries.in_use(Language.ENGLISH) == wording.packaged(Language.ENGLISH)
    assert wording_queries.in_use()[TEXT] == OWN
    assert [row.action for row in history.of("wording:text_reminder:en")] == ["wording.reset", "wording.changed"]


def test_a_supporter_reads_of_a_duty_in_their_language(app: Flask, now: datetime) -> None:
    helper = factories.supporter(
        number="+819000000009", number_kind=NumberKind.MOBILE, wish=Wish.TEXT, language=Language.ENGLISH
    )
    lesson = factories.lesson(starts_at=WEDNESDAY)
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=helper.id))

    planning.plan(WEDNESDAY - timedelta(days=4))

    (one,) = messages()
    assert (one.language, one.body) == (
        Language.ENGLISH,
        "Smartphone desk: smartphone class duty Wed 15 Jul 10:00, Kuchinotsu Kominkan. Can't come? Call 0957-00-0000",
    )
