from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, NotFound, Refusal
from supportdesk.core.operations import once
from supportdesk.messages import outbox
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from supportdesk.people import actions, queries
from supportdesk.people.models import Resident, SearchKey
from supportdesk.people.rules import (
    ContactScope,
    FamilyData,
    Need,
    NumberKind,
    ResidentData,
    StopReason,
    TelephoneData,
    Wish,
)
from tests import factories

HARU = ResidentData(
    family_kana="ほんだ",
    given_kana="はる",
    family_name="本多",
    given_name="ハル",
    birth_year=1941,
    town="口之津町丙",
    telephones=(TelephoneData("0957-00-1234"), TelephoneData("090-0000-0012(娘)")),
    family=(FamilyData("本多 花子", "娘", "090-0000-0034", ContactScope.MAY_CHANGE),),
    needs=(Need.HEARING,),
)


@pytest.fixture
def haru(app: Flask, by: Actor, now: datetime) -> Resident:
    with transaction():
        return actions.add_resident(HARU, by=by, now=now)


def test_a_resident_is_kept_with_all_that_was_said(haru: Resident) -> None:
    kept = queries.get(haru.id)

    assert (kept.kana, kept.name, kept.birth_year) == ("ホンダ ハル", "本多 ハル", 1941)
    assert [(row.number, row.kind, row.whose) for row in kept.telephones] == [
        ("+81957001234", NumberKind.LANDLINE, ""),
        ("+819000000012", NumberKind.MOBILE, "娘"),
    ]
    assert [(row.name, row.number, row.scope) for row in kept.family] == [
        ("本多 花子", "+819000000034", ContactScope.MAY_CHANGE)
    ]
    assert [row.need for row in kept.needs] == [Need.HEARING]
    assert [row.action for row in history.of(f"resident:{haru.id}")] == ["resident.added"]


def test_a_record_read_and_saved_again_changes_nothing(haru: Resident, by: Actor, now: datetime) -> None:
    with transaction():
        same = actions.edit_resident(haru.id, actions.data_of(queries.get(haru.id)), 1, by=by, now=now)

    assert same.version == 1
    assert len(history.of(f"resident:{haru.id}")) == 1


def test_an_edit_replaces_numbers_family_and_needs(haru: Resident, by: Actor, now: datetime) -> None:
    moved = replace(
        HARU,
        telephones=(
            TelephoneData("090-0000-0012", whose="本人"),
            TelephoneData("0957-00-4321", NumberKind.FAX),
        ),
        family=(FamilyData("本多 正", "夫"), FamilyData("本多 花子", "娘")),
        needs=(Need.SIGHT,),
    )
    with transaction():
        actions.edit_resident(haru.id, moved, 1, by=by, now=now)
    db.session.rollback()
    kept = queries.get(haru.id)

    assert [(row.number, row.kind, row.whose) for row in kept.telephones] == [
        ("+819000000012", NumberKind.MOBILE, "本人"),
        ("+81957004321", NumberKind.FAX, ""),
    ]
    assert [row.name for row in kept.family] == ["本多 正", "本多 花子"]
    assert [row.need for row in kept.needs] == [Need.SIGHT]
    assert kept.version == 2


def test_history_names_what_changed_but_no_name_number_or_note(haru: Resident, by: Actor, now: datetime) -> None:
    changed = replace(
        HARU, wish=Wish.CALL, note="鍵は隣", family_name="本田", telephones=(TelephoneData("0957-00-9999"),)
    )
    with transaction():
        actions.edit_resident(haru.id, changed, 1, by=by, now=now)

    row = history.of(f"resident:{haru.id}")[0]
    assert row.action == "resident.edited"
    assert row.details == {
        "version": 2,
        "changed": ["family_name", "wish", "note", "telephones"],
        "before": {"wish": "person"},
        "after": {"wish": "call"},
    }


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(haru: Resident, by: Actor, now: datetime) -> None:
    with transaction():
        actions.edit_resident(haru.id, replace(HARU, telephones=(TelephoneData("0957-00-7777"),)), 1, by=by, now=now)

    with pytest.raises(ChangedMeanwhile), transaction():
        actions.edit_resident(haru.id, replace(HARU, town="加津佐町己"), 1, by=by, now=now)

    kept = queries.get(haru.id)
    assert kept.town == "口之津町丙"
    assert [row.number for row in kept.telephones] == ["+81957007777"]


@pytest.mark.race
def test_of_two_editors_at_the_same_moment_one_saves(haru: Resident, app: Flask, by: Actor, now: datetime) -> None:
    start, outcomes = Barrier(2), []

    def edit(number: str) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    changed = replace(HARU, telephones=(TelephoneData(number),))
                    actions.edit_resident(haru.id, changed, 1, by=by, now=now)
                outcomes.append(number)
            except ChangedMeanwhile:
                outcomes.append("told")

    threads = [Thread(target=edit, args=(number,)) for number in ("0957-00-1111", "0957-00-2222")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.rollback()
    saved = [outcome for outcome in outcomes if outcome != "told"]
    assert len(saved) == 1
    assert [row.typed for row in queries.get(haru.id).telephones] == saved


def test_what_is_wrong_is_not_kept(app: Flask, by: Actor, now: datetime) -> None:
    with pytest.raises(Refusal) as refused, transaction():
        actions.add_resident(replace(HARU, birth_year=2027), by=by, now=now)

    assert refused.value.field == "birth_year"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Resident)) == 0


def _plan_text(resident: Resident, about: str, now: datetime) -> None:
    outbox.put(
        recipient=f"resident:{resident.id}", about=about, matter=about, step="first", occasion="reminder",
        channel=Channel.SMS, number="+819000000012", body="スマホ教室", sentences=(), window="text",
        due_at=now, not_after=now + timedelta(days=1), now=now,
    )  # fmt: skip


def test_stopping_contact_withdraws_this_persons_messages_alone(haru: Resident, by: Actor, now: datetime) -> None:
    husband = factories.resident("ホンダ タダシ", "+81957001234")
    with transaction():
        _plan_text(haru, "booking:1", now)
        _plan_text(husband, "booking:2", now)

    with transaction():
        actions.stop_contact(haru.id, StopReason.DIED, by=by, now=now)

    states = dict(db.session.execute(sa.select(Message.recipient, Message.status)).all())
    assert states == {
        f"resident:{haru.id}": MessageStatus.WITHDRAWN,
        f"resident:{husband.id}": MessageStatus.PLANNED,
    }
    kept = queries.get(haru.id)
    assert (kept.stopped_at, kept.stop_reason, kept.stopped_by) == (now, StopReason.DIED, by.name)
    assert history.of(f"resident:{haru.id}")[0].details == {"reason": "died", "withdrawn": 1}


def test_contact_is_stopped_once_and_can_be_resumed(haru: Resident, by: Actor, now: datetime) -> None:
    with transaction():
        actions.stop_contact(haru.id, StopReason.WISH, by=by, now=now)
    with pytest.raises(Refusal, match="already"), transaction():
        actions.stop_contact(haru.id, StopReason.DIED, by=by, now=now)

    with transaction():
        actions.resume_contact(haru.id, by=by, now=now)

    assert queries.get(haru.id).stopped_at is None
    with pytest.raises(Refusal, match="not stopped"), transaction():
        actions.resume_contact(haru.id, by=by, now=now)


def test_nobody_can_be_edited_or_stopped_who_is_not_there(app: Flask, by: Actor, now: datetime) -> None:
    with pytest.raises(NotFound), transaction():
        actions.edit_resident(404, HARU, 1, by=by, now=now)
    with pytest.raises(NotFound), transaction():
        actions.stop_contact(404, StopReason.DIED, by=by, now=now)


def test_the_same_form_sent_by_eight_hands_makes_one_person(app: Flask, by: Actor, now: datetime) -> None:
    start, answers = Barrier(8), []

    def send() -> None:
        with app.app_context():
            start.wait()
            with transaction():
                act = lambda: {"id": actions.add_resident(HARU, by=by, now=now).id}  # noqa: E731
                answers.append(once("form-1", repr(HARU), act, by=by, now=now)[0]["id"])

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Resident)) == 1


def test_search_keys_follow_every_change(haru: Resident, by: Actor, now: datetime) -> None:
    with transaction():
        actions.edit_resident(
            haru.id,
            replace(HARU, family_kana="タナカ", telephones=(), family=(), birth_year=1950),
            1,
            by=by,
            now=now,
        )

    assert [person.id for person in queries.search("たなか")] == [haru.id]
    assert queries.search("ほんだ") == queries.search("1234") == queries.search("1941") == []
    orphans = sa.select(sa.func.count()).select_from(SearchKey).where(SearchKey.resident_id != haru.id)
    assert db.session.scalar(orphans) == 0


def test_days_of_trying_and_agreement_are_kept(app: Flask, by: Actor, now: datetime) -> None:
    tried = TelephoneData("090-0000-0012", tried_on=date(2026, 7, 1), texts_agreed_on=date(2026, 7, 2))
    with transaction():
        made = actions.add_resident(replace(HARU, telephones=(tried,)), by=by, now=now)

    row = queries.get(made.id).telephones[0]
    assert (row.tried_on, row.texts_agreed_on) == (date(2026, 7, 1), date(2026, 7, 2))
