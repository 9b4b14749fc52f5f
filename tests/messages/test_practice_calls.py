"""Calls on the practice telephone that ask the office as they go, and those that come in, against a small stand-in
that answers what Twilio would be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.messages import switchboard
from supportdesk.messages.models import PracticeExchange, PracticeLine
from supportdesk.messages.practice_wire import Answer
from supportdesk.messages.providers import signature
from supportdesk.messages.providers.base import Channel, Outgoing
from supportdesk.messages.rules import LineBehaviour
from tests import factories
from tests.messages.sending import BASE, LANDLINE, MOBILE
from tests.web import Page, Web

ASK, KEYS = f"{BASE}/hooks/twilio/call/tok", f"{BASE}/hooks/twilio/call/tok/keys"
VOICE, SMS, ENDED = (f"{BASE}/hooks/twilio/{name}" for name in ("voice", "sms", "voice/ended"))


def say(words: str) -> str:
    return f'<Say language="ja-JP" voice="x">{words}</Say>'


QUESTION = f'<Gather numDigits="1" action="{KEYS}">{say("いちをおしてください")}</Gather>'
MENU = f"<Response>{QUESTION}{say('さようなら')}</Response>"
BYE = f"<Response>{say('うけたまわりました')}<Hangup/></Response>"


class Office:
    """The office's side of the wire: an answer for each address, and what it was asked."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.answers: dict[str, Answer | OSError] = {ASK: Answer(200, MENU), KEYS: Answer(200, BYE)}
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def ask(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        assert signature.is_valid(self.key, url, form, headers[signature.HEADER])
        assert not db.session().in_transaction(), "the network was called inside a transaction"
        self.asked.append((url, form))
        answer = self.answers.get(url, Answer(204, ""))
        if isinstance(answer, OSError):
            raise answer
        return answer

    def last(self, url: str) -> Mapping[str, str]:
        return next(form for asked, form in reversed(self.asked) if asked == url)


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Office:
    settings = replace(app.config["SUPPORTDESK"], public_base_url=BASE)
    office = Office(signature.derive_key(settings.secret_key))
    monkeypatch.setitem(app.config, "SUPPORTDESK", settings)
    monkeypatch.setattr(switchboard, "ask", office.ask)
    return office


@pytest.fixture
def clerk(app: Flask, office: Office) -> Web:
    return Web(app).sign_in(factories.user(Role.STAFF))


def dial(app: Flask, number: str = LANDLINE) -> None:
    provider = app.extensions[switchboard.EXTENSION].provider
    called = Outgoing("tok", Channel.VOICE, number, twiml_url=ASK, callback_url=f"{BASE}/hooks/twilio/status/tok")
    assert provider.send(called).sid
    switchboard.play_practice_telephone(app.config["SUPPORTDESK"])


def telephone(web: Web, number: str = LANDLINE) -> Page:
    with transaction() as session:
        if not session.scalar(sa.select(PracticeLine.id).filter_by(number=number)):
            session.add(PracticeLine(number=number, behaviour=LineBehaviour.NORMAL))
    return web.get(f"/practice/{db.session.scalar(sa.select(PracticeLine.id).filter_by(number=number))}")


def act(page: Page, act: str) -> Page:
    return page.form(f'form:has(button[value="{act}"])').send(act=act)


def the_call() -> PracticeExchange:
    db.session.rollback()
    return db.session.scalars(sa.select(PracticeExchange).execution_options(populate_existing=True)).one()


def test_a_call_asks_for_its_words_when_it_is_taken_and_posts_the_key(app: Flask, office: Office, clerk: Web) -> None:
    dial(app)
    page = act(telephone(clerk), "answer")
    assert "いちをおしてください" in page.text
    asked = office.last(ASK)
    assert (asked["To"], asked["CallStatus"], asked["Direction"]) == (LANDLINE, "in-progress", "outbound-api")
    assert asked["CallSid"] == the_call().sid and asked["AccountSid"]

    page = page.form(".keypad").send(key="1")

    assert office.last(KEYS)["Digits"] == "1"
    assert "押した番号: 1" in page.text and "うけたまわりました" in page.text
    assert "いちをおしてください" in page.text, "what was said before stays to be read"


def test_without_a_key_the_call_says_what_stands_below_and_ends(app: Flask, office: Office, clerk: Web) -> None:
    dial(app)
    page = act(act(telephone(clerk), "answer"), "go-on")

    assert "さようなら" in page.text
    assert KEYS not in [url for url, _form in office.asked]


def test_the_second_of_two_keys_changes_nothing(app: Flask, office: Office, clerk: Web) -> None:
    dial(app)
    page = act(telephone(clerk), "answer")
    page.form(".keypad").send(key="1")

    again = page.form(".keypad").send(key="2")

    assert "先へ進みました" in again.text
    assert [form["Digits"] for url, form in office.asked if url == KEYS] == ["1"]


def test_a_key_outside_a_question_is_kept_and_not_posted(app: Flask, office: Office, clerk: Web) -> None:
    office.answers[ASK] = Answer(200, MENU.replace("<Gather", say("まえおき") + "<Gather"))
    dial(app)
    page = act(telephone(clerk), "answer")

    page = page.form(".keypad").send(key="1")

    assert "押した番号: 1" in page.text and "まえおき" in page.text
    assert KEYS not in [url for url, _form in office.asked]


@pytest.mark.one_database
@pytest.mark.parametrize("answer", [Answer(500, ""), Answer(200, "<html>"), Answer(200, ""), OSError()])
def test_a_call_whose_words_cannot_be_had_breaks_off(
    app: Flask, office: Office, clerk: Web, answer: Answer | OSError
) -> None:
    office.answers[ASK] = answer
    dial(app)

    assert "電話が切れました" in act(telephone(clerk), "answer").text
    assert the_call().state == "completed"


@pytest.mark.one_database
def test_a_document_that_leads_in_a_circle_or_out_of_the_house_breaks_off(
    app: Flask, office: Office, clerk: Web
) -> None:
    office.answers[ASK] = Answer(200, f"<Response><Redirect>{ASK}</Redirect></Response>")
    dial(app)
    assert "電話が切れました" in act(telephone(clerk), "answer").text
    assert len(office.asked) < 15

    office.answers[ASK] = Answer(200, "<Response><Redirect>https://elsewhere.example/</Redirect></Response>")
    dial(app, MOBILE)
    assert "電話が切れました" in act(telephone(clerk, MOBILE), "answer").text
    assert all(url.startswith(BASE) for url, _form in office.asked)


@pytest.mark.one_database
def test_a_machine_asks_too_presses_nothing_and_keeps_what_it_hears(app: Flask, office: Office, clerk: Web) -> None:
    with transaction() as session:
        session.add(PracticeLine(number=LANDLINE, behaviour=LineBehaviour.MACHINE_BEEP))
    dial(app)

    call = the_call()
    assert call.state == "completed"
    assert call.heard == [["office", "さようなら"]], "the first sentence was spoken before the tone"
    assert KEYS not in [url for url, _form in office.asked]


def test_the_office_is_rung_and_hears_who_calls_what_is_pressed_and_that_it_ended(
    app: Flask, office: Office, clerk: Web
) -> None:
    office.answers[VOICE] = Answer(200, MENU)
    page = telephone(clerk).form("form[action$=ring]").send()
    asked = office.last(VOICE)
    assert (asked["From"], asked["CallStatus"], asked["Direction"]) == (LANDLINE, "ringing", "inbound")

    page = page.form(".keypad").send(key="1")
    assert office.last(KEYS)["From"] == LANDLINE
    act(page, "hang-up")

    ended = office.last(ENDED)
    assert (ended["CallStatus"], ended["CallSid"]) == ("completed", the_call().sid)
    assert (ended["From"], ended["To"]) == (LANDLINE, asked["To"])


@pytest.mark.one_database
def test_a_withheld_number_comes_as_a_word(app: Flask, office: Office, clerk: Web) -> None:
    office.answers[VOICE] = Answer(200, MENU)
    page = telephone(clerk).form("form[action$=ring]").send(withheld="y")

    assert office.last(VOICE)["From"] == "anonymous"
    assert "番号は非通知" in page.text


@pytest.mark.one_database
def test_words_are_left_after_the_tone_and_a_colleague_takes_a_call_or_does_not(
    app: Flask, office: Office, clerk: Web
) -> None:
    record, dialled = f"{BASE}/hooks/twilio/r", f"{BASE}/hooks/twilio/d"
    office.answers[VOICE] = Answer(200, f'<Response><Dial action="{dialled}">0957000001</Dial></Response>')
    office.answers[dialled] = Answer(200, f'<Response>{say("おはなしください")}<Record action="{record}"/></Response>')
    office.answers[record] = Answer(200, BYE)
    page = telephone(clerk).form("form[action$=ring]").send()
    page = act(page, "colleague-no-answer")
    assert office.last(dialled)["DialCallStatus"] == "no-answer"

    page = act(page, "speak")

    assert office.last(record)["Digits"] == "#" and office.last(record)["RecordingDuration"]
    assert "うけたまわりました" in page.text and "発信音のあとに話しました" in page.text


def test_a_text_to_the_office_is_posted_and_its_answer_stands_below(app: Flask, office: Office, clerk: Web) -> None:
    office.answers[SMS] = Answer(200, "<Response><Message>ありがとうございます</Message></Response>")
    page = telephone(clerk, MOBILE).form("form[action$=text]").send(body="はい、行きます")

    asked = office.last(SMS)
    assert (asked["From"], asked["Body"], asked["NumMedia"]) == (MOBILE, "はい、行きます", "0")
    assert "はい、行きます" in page.text and "ありがとうございます" in page.text


@pytest.mark.one_database
def test_a_text_that_the_office_does_not_take_says_so_and_bad_input_is_kept(
    app: Flask, office: Office, clerk: Web
) -> None:
    office.answers[SMS] = Answer(403, "")
    page = telephone(clerk, MOBILE)
    assert "受け取りませんでした" in page.form("form[action$=text]").send(body="はい").text

    for typed in ("", "あ" * 671, "1234-5678-9018"):
        refused = page.form("form[action$=text]").send(body=typed)
        assert refused.status == 422 and refused.form("form[action$=text]").values["body"] == typed
    assert not telephone(clerk, LANDLINE).soup.select("form[action$=text]")


@pytest.mark.one_database
def test_without_a_public_address_nobody_can_ring_the_office(
    app: Flask, clerk: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SUPPORTDESK", replace(app.config["SUPPORTDESK"], public_base_url=None))

    page = telephone(clerk).form("form[action$=ring]").send()

    assert page.status == 422 and "SUPPORTDESK_PUBLIC_BASE_URL" in page.text
