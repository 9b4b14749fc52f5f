"""What a change would do, before it goes out."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask

from supportdesk.core.db import transaction
from supportdesk.office import settings as office_settings
from supportdesk.reminders.change_preview_queries import before_cancelling, before_release
from tests import factories
from tests.factories import Actor
from tests.reminders.test_changes import MONDAY, WEDNESDAY, cancel
from tests.statements import count_queries


def test_a_preview_asks_the_same_number_of_queries_for_two_bookings_and_for_twenty(app: Flask, by: Actor) -> None:
    lesson = factories.lesson(starts_at=WEDNESDAY, seats=30)
    for number in range(2):
        factories.booking(factories.resident(number=f"+8195700010{number}"), lesson)
    cancel(lesson.id, by=by)
    few = count_queries(lambda: before_release([lesson.id], {}, MONDAY))
    for number in range(10, 28):
        factories.booking(factories.resident(number=f"+819570002{number}"), lesson)

    assert count_queries(lambda: before_release([lesson.id], {}, MONDAY)) == few == 11


def test_before_a_release_it_says_when_the_last_leaves_and_who_finds_no_turn(
    app: Flask, now: datetime
) -> None:
    with transaction():
        office_settings.change(texts_per_minute=1)
    lesson = factories.lesson(starts_at=now + timedelta(minutes=33), seats=20)
    for n in range(5):
        factories.booking(factories.reminded_by_text(f"ヒト {'アイウエオ'[n]}", f"+8190000012{n:02}"), lesson)

    turns = before_cancelling([lesson.id], {}, now).turns

    # Whoever hears it later than half an hour before is on the way.
    assert (turns.last_at, turns.late) == (now + timedelta(minutes=2), 2)
