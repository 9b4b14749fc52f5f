"""No resident, no booking, no supporter and none of the office's own notes in anything that everybody may read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.app import LIBRARY_ROUTES
from supportdesk.core.access import EVERYBODY, audience_of
from supportdesk.core.db import db, transaction
from supportdesk.desk.models import HelpRequest
from supportdesk.desk.rules import RequestChannel
from supportdesk.lessons import actions, duty_feeds
from supportdesk.lessons.models import LessonSupporter
from supportdesk.people import actions as people
from supportdesk.people.models import Resident, Supporter
from supportdesk.people.rules import (
    ConsentHow,
    ContactScope,
    ContactTiming,
    FamilyData,
    Need,
    ResidentData,
    TelephoneData,
    Wish,
)
from tests import factories
from tests.conftest import NOW
from tests.web import Web

pytestmark = pytest.mark.one_database

# Each is in the town once, in the place that its name says; none may be in any public answer.
SECRETS = (
    "ヒミツザキ", "秘密崎", "ハルミン", "晴美子", "0957-00-7777", "+81957007777", "0957007777", "1937", "昭和12年",
    "丁9876", "秘密屋", "秘密の木のそば", "秘密の息子", "090-0000-8888", "秘密の伝言", "秘密の困りごと",
    "秘密の支援員", "ヒミツノシエンイン", "秘密の予約理由", "秘密の電話主", "秘密の鍵", "秘密の教室メモ",
    "秘密の中止理由", "秘密の練習", "秘密の職員",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def full_town(app: Flask) -> list[int]:
    """Lessons with everything in them that there is; their ids."""
    clerk = factories.actor_of(factories.user(name="秘密の職員"))
    factories.topic("PHOTO")
    with transaction():
        person = people.add_resident(
            ResidentData(
                family_kana="ヒミツザキ", given_kana="ハルミン", family_name="秘密崎", given_name="晴美子",
                birth_year=1937, town="口之津町", street="丁9876", house_name="秘密屋", landmark="秘密の木のそば",
                wish=Wish.CALL, consent_on=date(2026, 4, 1), consent_how=next(iter(ConsentHow)), needs=(Need.HEARING,),
                note="秘密の伝言",
                telephones=(TelephoneData("0957-00-7777", whose="本人"),),
                family=(FamilyData(name="秘密の息子", relation="息子", telephone="090-0000-8888",
                                   scope=next(iter(ContactScope)), timing=next(iter(ContactTiming))),),
            ),
            by=clerk, now=NOW,
        )  # fmt: skip
    helper = factories.supporter(name="秘密の支援員", kana="ヒミツノシエンイン")
    factories.save(
        HelpRequest(
            resident_id=person.id, topic_code="PHOTO", text="秘密の困りごと", channel=RequestChannel.PHONE,
            urgent=False, received_at=NOW, received_by=clerk.name,
        )
    )  # fmt: skip
    ids = []
    for n in range(3):
        course = factories.course(title=f"写真{n}", practised="秘密の練習")
        place = factories.venue(note="秘密の鍵")
        lesson = factories.lesson(
            course=course, room=factories.room(place), note="秘密の教室メモ", starts_at=NOW + timedelta(days=3 + n)
        )
        factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=helper.id))
        factories.booking(person, lesson, caller="秘密の電話主", booked_by_user=clerk.name,
                          override_reason="秘密の予約理由")  # fmt: skip
        ids.append(lesson.id)
    with transaction():
        actions.cancel_lesson(ids[-1], "秘密の中止理由", by=clerk, now=NOW)
    return ids


def public_addresses(app: Flask, ids: list[int]) -> list[str]:
    """Every address below the timetable and the open data that answers everybody, in its several faces."""
    found = []
    for rule in app.url_map.iter_rules():
        open_to_all = audience_of(app, rule.endpoint, LIBRARY_ROUTES) == EVERYBODY
        if open_to_all and rule.endpoint.split(".")[0] in ("timetable", "timetable_paper", "open_data"):
            for one in ids if rule.arguments else [0]:
                path = rule.rule.replace("<int(max=2147483647):lesson_id>", str(one))
                found += [path, f"{path}?large=1&kana=1", f"{path}?layout=base-registry", f"{path}?layout=gif"]
    return found


def test_nobody_is_in_anything_that_everybody_may_read(app: Flask, web: Web, full_town: list[int]) -> None:
    paths = public_addresses(app, full_town)
    told: dict[str, list[str]] = {}
    seen = set()
    for path in paths:
        answer = web.client.get(path)
        assert answer.status_code in (200, 404), path
        text = answer.get_data(as_text=True)
        seen |= {title for title in ("写真0", "写真1", "写真2") if title in text}
        # JSON-LD may hold them in its own spelling.
        told[path] = [one for one in SECRETS if one in text or one.encode("unicode_escape").decode() in text]

    assert {path: secrets for path, secrets in told.items() if secrets} == {}
    assert len(paths) >= 4 * 12
    assert seen == {"写真0", "写真1", "写真2"}


def test_nobody_is_in_a_supporters_calendar_which_anybody_with_its_address_reads(
    app: Flask, web: Web, full_town: list[int]
) -> None:
    helper = db.session.scalars(sa.select(Supporter)).one()
    clerk = factories.staff()
    with transaction():
        key = duty_feeds.make_feed(helper.id, by=clerk, now=NOW)

    octets = web.client.get(f"/calendars/{key}.ics").get_data()

    # Long lines are folded within a word.
    text = octets.replace(b"\r\n ", b"").decode()
    assert text.count("BEGIN:VEVENT") >= 2
    assert [one for one in SECRETS if one in text] == []


def test_the_town_of_this_test_really_holds_them(app: Flask, full_town: list[int]) -> None:
    person = db.session.scalars(sa.select(Resident)).one()
    helper = db.session.scalars(sa.select(Supporter)).one()

    assert (person.family_name, helper.name) == ("秘密崎", "秘密の支援員")


def test_the_queries_of_public_pages_never_name_a_table_of_people(
    app: Flask, web: Web, full_town: list[int]
) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        for path in public_addresses(app, full_town):
            web.client.get(path, buffered=True)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)

    tables = ("resident", "booking", "supporter", "telephone", "visit", "help_request", "message", "user_account")
    assert len(asked) > 100
    touched = re.compile(rf"\b({'|'.join(tables)})\.|\b(FROM|JOIN) ({'|'.join(tables)})\b")
    assert [one for one in asked if touched.search(one)] == []
