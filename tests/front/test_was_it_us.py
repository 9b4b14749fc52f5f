"""A resident asks whether it was really us; and tells of those who were not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import clock, history
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.desk import call_tasks, impostors
from supportdesk.desk.call_task_rules import CallTaskKind, CallTaskOutcome
from supportdesk.desk.impostor_models import ImpostorReport
from supportdesk.desk.impostor_rules import Story
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel, Delivery, Outcome, Receipt, ReportedStatus
from supportdesk.messages.receipts import write_down
from supportdesk.messages.reports import take_report
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.people import actions as people
from supportdesk.people.rules import ResidentData, TelephoneData
from tests import factories
from tests.conftest import NOW
from tests.web import Form, Page, Web

NUMBER = "+819000000001"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(app: Flask) -> Web:
    return Web(app).sign_in(factories.user(Role.STAFF))


def message(status: MessageStatus, *, number: str = NUMBER, ago: timedelta = timedelta(hours=1)) -> Message:
    with transaction() as session:
        made = Message(
            token=f"t{status}{number}", recipient="resident:1", about="booking:1", matter="reminder", step="last",
            occasion=f"{status}{number}", channel=Channel.SMS, number=number, body="【町】スマホ教室のご案内",
            sentences=[], window="text", due_at=NOW, not_after=NOW + timedelta(days=1), status=status, tries=1,
            claim="c", claimed_at=NOW - ago, sender="SUPPORTDESK", created_at=NOW - ago,
        )  # fmt: skip
        session.add(made)
    return made


def look(desk: Web, asked: str) -> Page:
    return desk.get("/was-it-us").form().send(q=asked)


def test_what_left_is_shown_with_its_sender_and_the_sentence_to_say(desk: Web) -> None:
    factories.resident("ホンダ ハル", NUMBER)
    message(MessageStatus.DELIVERED)

    page = look(desk, "０９０－００００－０００１")

    assert "この窓口の記録にはあります" in page.text
    assert "SUPPORTDESK" in page.text
    assert "【町】スマホ教室のご案内" in page.text


@pytest.mark.parametrize("status", [MessageStatus.PLANNED, MessageStatus.WITHDRAWN, MessageStatus.REFUSED])
def test_what_never_left_was_not_us(desk: Web, status: MessageStatus) -> None:
    message(status)

    page = look(desk, "090-0000-0001")

    assert "この窓口の記録にはありません" in page.text
    assert "とは言わないでください" in page.text


def test_a_colleagues_call_for_another_reason_was_us_too_unless_it_was_a_slip(desk: Web, by: factories.Actor) -> None:
    with transaction():
        call_tasks.raise_task(CallTaskKind.WISH, "a", due_at=NOW + timedelta(hours=1), number=NUMBER, by=by, now=NOW)
        call_tasks.note_outcome(1, CallTaskOutcome.ANSWERING_MACHINE, "", by=by, now=NOW)

    found = look(desk, "090-0000-0001")
    with transaction():
        call_tasks.take_back(1, by=by, now=NOW)
    slip = look(desk, "090-0000-0001")

    assert "この窓口の記録にはあります" in found.text and "留守番電話" in found.text and by.name in found.text
    assert "この窓口の記録にはありません" in slip.text


def test_a_call_that_was_not_needed_was_none(desk: Web, by: factories.Actor) -> None:
    with transaction():
        call_tasks.raise_task(CallTaskKind.WISH, "a", due_at=NOW + timedelta(hours=1), number=NUMBER, by=by, now=NOW)
        call_tasks.note_outcome(1, CallTaskOutcome.NOT_NEEDED, "", by=by, now=NOW)

    assert "この窓口の記録にはありません" in look(desk, "090-0000-0001").text


def test_by_name_a_person_is_chosen_first_and_the_look_is_recorded(desk: Web) -> None:
    data = ResidentData("ホンダ", "ハル", telephones=(TelephoneData("090-0000-0001"),))
    with transaction():
        person = people.add_resident(data, by=HOUSE, now=NOW)
    message(MessageStatus.SENT)

    page = look(desk, "ほんだ")
    assert "この窓口の記録" not in page.text

    page = page.form(f'form:has(input[name="resident"][value="{person.id}"])').send()
    assert "この窓口の記録にはあります" in page.text
    kinds = [row.action for row in history.of(f"resident:{person.id}")]
    assert kinds.count("resident.looked-at") == 1


def test_those_of_one_name_are_told_apart_as_elsewhere(desk: Web) -> None:
    data = ResidentData("ホンダ", "ハル", town="口之津町丙", house_name="浜屋", birth_year=1941)
    with transaction():
        people.add_resident(data, by=HOUSE, now=NOW)

    assert "口之津町丙 昭和16年生 〔浜屋〕" in look(desk, "ほんだ").text


def test_a_number_that_cannot_be_read_comes_back_as_it_was_typed(desk: Web) -> None:
    page = look(desk, "0120-000-000")

    assert page.status == 422
    assert "0120-000-000" in page.html


def test_from_where_it_left_is_kept_with_the_message(app: Flask) -> None:
    sent = message(MessageStatus.CLAIMED)
    with transaction():
        db.session.execute(sa.update(Message).values(sender=None))
    receipt = Receipt(Outcome.ACCEPTED, sid="SM1", segments=1)
    with transaction():
        write_down([(sent, receipt)], "twilio", NOW)
    assert db.session.scalar(sa.select(Message.sender)) is None

    with transaction():
        take_report(ReportedStatus("SM1", Delivery.SENT, token=sent.token, sender="243056"), now=NOW)
    assert db.session.scalar(sa.select(Message.sender)) == "243056"


def report_form(desk: Web) -> Form:
    return desk.get("/impostors").form('main form[action="/impostors"]')


def report(by: object, story: Story = Story.REFUND) -> None:
    with transaction():
        impostors.take_report(
            story, "還付金", number="", happened_at=None, gave=False, by=by, now=clock.now()  # type: ignore[arg-type]
        )


def test_the_third_report_alike_alarms_until_a_manager_has_seen_it(app: Flask, desk: Web) -> None:
    manager = Web(app).sign_in(factories.user(Role.MANAGER))
    form = report_form(desk)
    for _ in range(2):
        report_form(desk).send(story="refund", text="還付金", number="＋1 844")
    form.send(story="refund", text="還付金")
    form.send(story="refund", text="還付金")  # pressed twice: one report

    assert db.session.scalar(sa.select(sa.func.count(ImpostorReport.id))) == 3
    assert "よく似た不審な連絡の届け出が3件" in manager.get("/").text
    alarm = manager.get("/impostors")
    assert "3件" in alarm.text

    alarm.form('main form[action="/impostors/seen"]').send()

    assert "よく似た" not in manager.get("/").text


def test_the_manager_stops_automatic_contact_for_today_from_there(app: Flask) -> None:
    by = factories.actor_of(factories.user(Role.STAFF))
    for _ in range(3):
        report(by)
    manager = Web(app).sign_in(factories.user(Role.MANAGER))

    manager.get("/impostors").form('main form[action="/office/sending/stop-today"]').send()

    assert office_settings.current().sending_hold


def test_a_report_of_no_kind_needs_words_and_a_time_that_can_be(desk: Web) -> None:
    page = report_form(desk).send(story="other", text="", number="市役所", day="明日")
    assert page.status == 422
    assert "市役所" in page.html

    page = report_form(desk).send(story="card", text="", day="2030年1月1日")
    assert page.status == 422
    assert "2030年1月1日" in page.html
    assert db.session.scalar(sa.select(sa.func.count(ImpostorReport.id))) == 0


def test_everybody_reads_from_where_we_ring_and_what_we_never_ask(app: Flask) -> None:
    for address in ("/senders", "/senders/card"):
        page = Web(app).get(address)
        assert page.status == 200
        assert "暗証番号" in page.text


def test_ready_texts_name_no_resident(app: Flask, desk: Web) -> None:
    person, by = factories.resident("ホンダ ハル", NUMBER), factories.actor_of(factories.user(Role.STAFF))
    with transaction():
        impostors.take_report(
            Story.CARD, "カード", number="+1844", happened_at=NOW - timedelta(hours=1), gave=True, by=by, now=NOW,
            resident_id=person.id,
        )  # fmt: skip

    page = desk.get("/impostors/notices")

    assert "+1844" in page.text
    assert person.name not in page.text
