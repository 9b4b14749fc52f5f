"""連絡テスト from the button to the note, through the outbox as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, Refusal
from supportdesk.messages.delivery import deliver_due
from supportdesk.messages.models import Message
from supportdesk.messages.rules import MessageStatus as S
from supportdesk.office import settings as office_settings
from supportdesk.people import actions as people
from supportdesk.people.models import Resident, Telephone
from supportdesk.people.rules import StopReason
from supportdesk.reminders import asked, planning, trial_actions
from supportdesk.reminders.models import Trial
from supportdesk.reminders.trial_rules import TrialOutcome, TrialStep
from tests import factories
from tests.conftest import NOW
from tests.messages.sending import Clock, Scripted, desk
from tests.web import Page, Web

TEXT, CALL = TrialStep.TEXT, TrialStep.CALL
MOBILE = "+819000000001"


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def haru(app: Flask) -> Resident:
    return factories.resident(number=MOBILE)


def line_of(person: Resident) -> int:
    db.session.rollback()
    return db.session.scalars(sa.select(Telephone.id).filter_by(resident_id=person.id)).one()


def tried(person: Resident) -> object:
    db.session.rollback()
    return db.session.scalar(sa.select(Telephone.tried_on).filter_by(resident_id=person.id))


def begin(person: Resident, *ways: TrialStep) -> int:
    line = line_of(person)
    db.session.rollback()
    with transaction():
        return trial_actions.start_trial(line, ways, by=factories_staff(), now=NOW).id


def factories_staff() -> factories.Actor:
    return factories.Actor(7, "職員", frozenset({Role.STAFF}))


def note(trial: int, outcome: TrialOutcome) -> None:
    db.session.rollback()
    with transaction():
        trial_actions.note_trial(trial, outcome, by=factories_staff(), now=NOW + timedelta(minutes=2))


def send(provider: Scripted, minutes: int = 0) -> None:
    db.session.rollback()
    deliver_due(desk(provider, Clock(NOW + timedelta(minutes=minutes)), planning.unwanted))
    db.session.rollback()


def messages() -> list[Message]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Message).order_by(Message.id)))


def test_a_test_leaves_at_once_and_only_the_note_that_it_was_registered_opens_the_way_for_texts(
    haru: Resident,
) -> None:
    provider = Scripted()
    trial = begin(haru, TEXT, CALL)
    send(provider)
    assert [one.body for one in provider.accepted if one.body] == [
        "【スマホ相談】連絡テストです。スマホ教室のご案内はこの番号から届きます。返信はいりません。"
    ]
    assert len(provider.accepted) == 2
    assert tried(haru) is None, "that it left proves nothing"

    note(trial, TrialOutcome.REGISTERED)

    assert str(tried(haru)) == "2026-07-06"
    found = db.session.get(Trial, trial)
    assert found is not None and (found.noted_by, found.outcome) == ("職員", TrialOutcome.REGISTERED)
    told = [(row.action, row.details) for row in history.of(f"resident:{haru.id}")]
    assert [action for action, _details in told] == ["trial.noted", "trial.started"]
    assert told[0][1]["outcome"] == "registered"


@pytest.mark.one_database
@pytest.mark.parametrize("outcome", [TrialOutcome.DID_NOT_ARRIVE, TrialOutcome.NOT_TRIED])
def test_any_other_note_leaves_the_telephone_untried(haru: Resident, outcome: TrialOutcome) -> None:
    trial = begin(haru, TEXT)
    send(Scripted())
    note(trial, outcome)

    assert tried(haru) is None


def test_one_test_at_a_time_and_each_is_noted_once(haru: Resident) -> None:
    trial = begin(haru, TEXT)
    with pytest.raises(Refusal) as refused:
        begin(haru, CALL)
    assert refused.value.code == "trial-open"
    assert len(messages()) == 1

    note(trial, TrialOutcome.NOT_TRIED)
    with pytest.raises(Refusal) as refused:
        note(trial, TrialOutcome.DID_NOT_ARRIVE)
    assert refused.value.code in ("trial-noted", "nothing-left")
    begin(haru, TEXT)


@pytest.mark.one_database
def test_a_test_that_is_over_does_not_leave_any_more(haru: Resident) -> None:
    provider = Scripted()
    note(begin(haru, TEXT), TrialOutcome.NOT_TRIED)
    send(provider)
    assert [message.status for message in messages()] == [S.WITHDRAWN]

    begin(haru, TEXT)
    send(provider, minutes=16)
    assert provider.accepted == [], "at home it would surprise them"


@pytest.mark.one_database
def test_whom_contact_was_stopped_for_in_between_gets_no_test(haru: Resident) -> None:
    begin(haru, TEXT)
    with transaction() as session:
        session.execute(sa.update(Resident).values(stopped_at=NOW))
    provider = Scripted()
    send(provider)

    assert (provider.accepted, messages()[0].reason) == ([], "contact-stopped")


@pytest.mark.one_database
def test_a_test_keeps_to_the_cap_of_its_number_and_is_no_reminder(haru: Resident) -> None:
    lesson_id = factories.booking(haru).lesson_id
    for _ in range(2):
        trial = begin(haru, TEXT, CALL)
        send(Scripted())
        note(trial, TrialOutcome.DID_NOT_ARRIVE)

    statuses = [message.status for message in messages()]
    assert statuses.count(S.ACCEPTED) == 3, "three to one number in a day"
    with transaction():
        planning.plan_block([lesson_id], NOW)
    found = asked.of_lessons([lesson_id], asked.setting(NOW))
    assert [one.messages for one in found] == [{}]


@pytest.mark.one_database
def test_who_had_the_record_open_is_told_that_it_changed(haru: Resident) -> None:
    db.session.rollback()
    version, data = haru.version, people.data_of(db.session.get_one(Resident, haru.id))
    trial = begin(haru, TEXT)
    send(Scripted())
    note(trial, TrialOutcome.REGISTERED)

    with pytest.raises(ChangedMeanwhile), transaction():
        people.edit_resident(haru.id, data, version, by=factories_staff(), now=NOW)


@pytest.fixture
def clerk(app: Flask) -> Web:
    return Web(app).sign_in(factories.user(Role.STAFF))


def page_of(clerk: Web, person: Resident) -> Page:
    return clerk.get(f"/residents/{person.id}").link("連絡テストをする")


@pytest.mark.one_database
def test_the_page_leads_from_the_button_to_the_note(haru: Resident, clerk: Web) -> None:
    page = page_of(clerk, haru)
    assert "まだ送りません" in page.text
    assert page.form('form:has([name="ways"])').values["ways"] == "text"

    page = page.form('form:has([name="ways"])').send(ways="text")
    assert "30秒ほどで送られます" in page.text
    assert page.form('form:has([name="outcome"])').send(outcome="registered").status == 422
    send(Scripted())
    page = page.link("いまの状態を見る")
    assert "送信を依頼しました" in page.text

    page = page.form('form:has([name="outcome"])').send(outcome="registered")

    assert "自動のショートメールを送れます" in page.text
    assert "連絡テスト済" in clerk.get(f"/residents/{haru.id}").text


@pytest.mark.one_database
def test_the_page_says_why_nothing_can_be_tried(haru: Resident, clerk: Web) -> None:
    page = page_of(clerk, haru)
    assert "選んでください" in page.form('form:has([name="ways"])').send(ways=None).text
    assert page.form('form:has([name="ways"])').send(ways="pigeon").status == 422
    with transaction():
        office_settings.change(sending_hold="manual")
    assert "停止" in page.form('form:has([name="ways"])').send(ways="text").text
    assert clerk.get(f"/residents/{haru.id + 1}/telephones/{line_of(haru)}/trial").status == 404
    with transaction():
        people.stop_contact(haru.id, StopReason.WISH, by=factories_staff(), now=NOW)
    assert "連絡テストをする" not in clerk.get(f"/residents/{haru.id}").text
