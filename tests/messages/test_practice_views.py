"""The practice telephone: what comes in, a hand on the telephone, and the office that hears of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.messages import switchboard
from supportdesk.messages.delivery import Desk, deliver_due
from supportdesk.messages.models import Message, PracticeExchange, PracticeLine
from supportdesk.messages.rules import LineBehaviour, MessageStatus
from supportdesk.office import settings as office_settings
from tests import factories
from tests.messages.sending import BASE, LANDLINE, MOBILE, TEN, again, call, note_of, nothing_unwanted, plan
from tests.web import Page, Web

# The database's part is shown on both in test_practice_calls.py.
pytestmark = pytest.mark.one_database
S = MessageStatus


@pytest.fixture
def town_app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The app at its public address, where callbacks are posted to the app itself."""

    def post(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> int:
        path = url.removeprefix(BASE)
        assert path != url
        # In a thread of its own, as in real life: a request inside a request would share its context.
        with ThreadPoolExecutor(1) as elsewhere:
            client = app.test_client()
            return elsewhere.submit(client.post, path, data=dict(form), headers=dict(headers)).result().status_code

    provider = app.extensions[switchboard.EXTENSION].provider
    monkeypatch.setitem(app.extensions, switchboard.EXTENSION, Desk(provider, nothing_unwanted, lambda: TEN, BASE))
    monkeypatch.setitem(app.config, "SUPPORTDESK", replace(app.config["SUPPORTDESK"], public_base_url=BASE))
    monkeypatch.setattr(switchboard, "post", post)
    return app


@pytest.fixture
def clerk(town_app: Flask) -> Web:
    return Web(town_app).sign_in(factories.user(Role.STAFF))


def send(app: Flask) -> None:
    deliver_due(app.extensions[switchboard.EXTENSION])


def tick(app: Flask) -> None:
    switchboard.play_practice_telephone(app.config["SUPPORTDESK"])


def let_time_pass(time: timedelta) -> None:
    with transaction() as session:
        session.execute(sa.update(PracticeExchange).values(changed_at=clock.now() - time))


def behave(number: str, behaviour: LineBehaviour) -> None:
    with transaction() as session:
        session.add(PracticeLine(number=number, behaviour=behaviour))


def telephone_of(web: Web, number: str) -> Page:
    line = db.session.scalars(sa.select(PracticeLine).filter_by(number=number)).one()
    return web.get(f"/practice/{line.id}")


def press(page: Page, act: str) -> Page:
    button = page.soup.select_one(f'button[name="act"][value="{act}"]')
    assert button is not None
    form = page.form(f'form[action="{button.find_parent("form")["action"]}"]:has(button[value="{act}"])')
    return form.send(act=act)


def test_a_text_stands_on_the_telephone_and_the_office_knows_that_it_arrived(town_app: Flask, clerk: Web) -> None:
    text = plan(body="【南島原市】あした午前10時、口之津公民館です。")
    send(town_app)
    tick(town_app)

    assert again(text).status is S.DELIVERED
    assert "090-0000-0001" in clerk.get("/practice").text
    assert "あした午前10時、口之津公民館です。" in telephone_of(clerk, MOBILE).text


def test_an_old_telephone_shows_a_long_text_in_parts(town_app: Flask, clerk: Web) -> None:
    plan(body="あ" * 100)
    send(town_app)
    tick(town_app)

    page = telephone_of(clerk, MOBILE)
    assert [len(text.text) for text in page.soup.select(".text-body")] == [100]
    old = page.link("古い電話で見る")
    assert [len(text.text) for text in old.soup.select(".text-body")] == [67, 33]


def test_a_call_is_taken_listened_to_and_ended_and_the_office_hears_it_at_once(town_app: Flask, clerk: Web) -> None:
    ring = call(sentences=["しやくしょです。", "あしたは、きょうしつです。"])
    send(town_app)
    tick(town_app)
    page = telephone_of(clerk, LANDLINE)
    assert "鳴っています" in page.text

    page = press(page, "answer")
    assert "通話中です" in page.text
    assert [li.text for li in page.soup.select(".sentences li")] == ["しやくしょです。"]
    page = page.link("つぎの文")
    assert [li.text for li in page.soup.select(".sentences li")] == ["しやくしょです。", "あしたは、きょうしつです。"]
    assert again(ring).status is S.ACCEPTED

    page = press(page, "hang-up")
    assert "通話は終わりました" in page.text
    assert again(ring).status is S.ANSWERED


@pytest.mark.parametrize(
    ("act", "status", "words"),
    [
        ("leave", S.NOT_ANSWERED, "電話に出ませんでした"),
        ("busy", S.NOT_ANSWERED, "話し中でした"),
        ("machine", S.ANSWERED, "留守番電話に残った声"),
        ("machine-beep", S.ANSWERED, "留守番電話が出ました"),
    ],
)
def test_a_call_may_end_otherwise(town_app: Flask, clerk: Web, act: str, status: MessageStatus, words: str) -> None:
    ring = call()
    send(town_app)
    tick(town_app)

    page = press(telephone_of(clerk, LANDLINE), act)

    assert words in page.text
    assert again(ring).status is status


def test_a_call_that_nobody_takes_rings_out(town_app: Flask, clerk: Web) -> None:
    ring = call()
    send(town_app)
    tick(town_app)
    let_time_pass(timedelta(seconds=46))
    tick(town_app)

    assert "電話に出ませんでした" in telephone_of(clerk, LANDLINE).text
    assert again(ring).status is S.NOT_ANSWERED


def test_a_call_that_was_taken_and_left_lying_ends_by_itself(town_app: Flask, clerk: Web) -> None:
    ring = call()
    send(town_app)
    tick(town_app)
    press(telephone_of(clerk, LANDLINE), "answer")
    let_time_pass(timedelta(minutes=6))
    tick(town_app)

    assert again(ring).status is S.ANSWERED


def test_a_call_that_ended_meanwhile_cannot_be_taken(town_app: Flask, clerk: Web) -> None:
    call()
    send(town_app)
    tick(town_app)
    page = telephone_of(clerk, LANDLINE)
    press(page, "busy")

    assert "この電話はもう終わっています。" in press(page, "answer").text


def test_keys_are_kept_and_a_call_without_a_question_says_that_they_do_nothing(town_app: Flask, clerk: Web) -> None:
    call()
    send(town_app)
    tick(town_app)
    page = press(telephone_of(clerk, LANDLINE), "answer")

    page = page.form(".keypad").send(key="1")
    page = page.form(".keypad").send(key="#")

    assert "押した番号: 1#" in page.text
    assert "押しても何も変わりません" in page.text
    assert page.form(".keypad").send(key="12").status == 400


def test_a_lost_callback_leaves_the_office_without_news(town_app: Flask, clerk: Web) -> None:
    ring = call()
    send(town_app)
    tick(town_app)
    page = press(telephone_of(clerk, LANDLINE), "lose-news")

    page = press(press(page, "answer"), "hang-up")
    tick(town_app)

    assert "窓口には知らされていません" in page.text
    assert again(ring).status is S.ACCEPTED


def test_when_the_office_cannot_be_reached_at_once_the_tick_tells_it(
    town_app: Flask, clerk: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*_: object) -> int:
        raise ConnectionError

    ring = call()
    send(town_app)
    tick(town_app)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(switchboard, "post", nobody)
        page = press(telephone_of(clerk, LANDLINE), "busy")
    assert "話し中でした" in page.text
    assert again(ring).status is S.ACCEPTED

    tick(town_app)
    assert again(ring).status is S.NOT_ANSWERED


@pytest.mark.parametrize(
    ("behaviour", "status", "code"),
    [
        (LineBehaviour.OFF, S.FAILED, "30003"),
        (LineBehaviour.NOT_IN_USE, S.REFUSED, "21211"),
        (LineBehaviour.REFUSES_TEXTS, S.REFUSED, "21614"),
        (LineBehaviour.OPTED_OUT, S.REFUSED, "21610"),
        (LineBehaviour.LANDLINE, S.FAILED, "30006"),
        (LineBehaviour.BLOCKED, S.FAILED, "30007"),
        (LineBehaviour.UNKNOWN_HANDSET, S.FAILED, "30005"),
        (LineBehaviour.LOSES_ANSWERS, S.DELIVERED, None),
        (LineBehaviour.LOSES_NEWS, S.ACCEPTED, None),
    ],
)
def test_a_telephone_behaves_as_it_was_told(
    town_app: Flask, behaviour: LineBehaviour, status: MessageStatus, code: str | None
) -> None:
    behave(MOBILE, behaviour)
    text = plan()
    send(town_app)
    tick(town_app)

    assert (again(text).status, again(text).code) == (status, code)


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        (LineBehaviour.BUSY, S.NOT_ANSWERED),
        (LineBehaviour.NO_ANSWER, S.NOT_ANSWERED),
        (LineBehaviour.OFF, S.NOT_ANSWERED),
        (LineBehaviour.MACHINE, S.ANSWERED),
    ],
)
def test_a_telephone_takes_calls_as_it_was_told(
    town_app: Flask, behaviour: LineBehaviour, status: MessageStatus
) -> None:
    behave(LANDLINE, behaviour)
    ring = call()
    send(town_app)
    tick(town_app)

    assert again(ring).status is status


def test_news_come_as_late_as_was_chosen(town_app: Flask, clerk: Web) -> None:
    plan()
    send(town_app)
    tick(town_app)
    telephone_of(clerk, MOBILE).form("form:has([name=behaviour])").send(delay="60")
    text = plan()
    send(town_app)
    tick(town_app)
    assert again(text).status is S.ACCEPTED

    let_time_pass(timedelta(seconds=61))
    tick(town_app)

    assert again(text).status is S.DELIVERED


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        ("broken", S.UNKNOWN, "500"),
        ("silent", S.UNKNOWN, None),
        ("gone", S.PLANNED, None),
        ("busy", S.PLANNED, "20429"),
        ("credentials", S.PLANNED, "20003"),
    ],
)
def test_the_whole_provider_fails_as_it_was_told(
    town_app: Flask, clerk: Web, trouble: str, status: MessageStatus, code: str | None
) -> None:
    clerk.get("/practice").form("form[action$=provider]").send(trouble=trouble)
    text = plan()
    send(town_app)
    db.session.rollback()

    assert (again(text).status, again(text).code) == (status, code)
    assert db.session.scalar(sa.select(sa.func.count(PracticeExchange.sid))) == 0
    assert bool(office_settings.current().sending_hold) is (trouble == "credentials")
    assert "練習用の電話会社" in clerk.get("/practice").text

    clerk.get("/practice").form("form[action$=provider]").send(trouble="none")
    assert "練習用の電話会社：" not in clerk.get("/practice").text


def test_tidying_up_takes_what_was_practised_and_nothing_of_the_office(town_app: Flask, clerk: Web) -> None:
    text, ring = plan(), call()
    send(town_app)
    tick(town_app)
    telephone_of(clerk, MOBILE).form("form:has([name=behaviour])").send(behaviour="off")

    page = clerk.get("/practice").form("form[action$=clear]").send()

    assert "そのままです" in page.text
    assert (again(text).status, again(ring).status) == (S.DELIVERED, S.ACCEPTED)
    # What still rings is waited for.
    assert db.session.scalars(sa.select(PracticeExchange.number)).all() == [LANDLINE]
    line = db.session.scalars(sa.select(PracticeLine).filter_by(number=MOBILE)).one()
    assert (line.behaviour, line.news_at) == (LineBehaviour.NORMAL, None)


def test_a_lost_answer_is_unknown_until_the_callback_comes(town_app: Flask) -> None:
    behave(MOBILE, LineBehaviour.LOSES_ANSWERS)
    text = plan()
    send(town_app)

    assert again(text).status is S.UNKNOWN


def test_a_refusal_of_texts_is_remembered_and_calls_still_ring(town_app: Flask) -> None:
    behave(MOBILE, LineBehaviour.REFUSES_TEXTS)
    plan()
    ring = call(number=MOBILE)
    send(town_app)

    note = note_of(MOBILE)
    assert note is not None and note.no_text_since is not None
    assert again(ring).status is S.ACCEPTED


def test_how_a_telephone_behaves_is_chosen_on_its_page(town_app: Flask, clerk: Web) -> None:
    plan()
    send(town_app)

    page = telephone_of(clerk, MOBILE).form("form:has([name=behaviour])").send(behaviour="off")

    assert "この電話は、次の連絡からこのように動きます。" in page.text
    assert page.form("form:has([name=behaviour])").values["behaviour"] == "off"
    assert page.form("form:has([name=behaviour])").send(behaviour="explodes").status == 422


def test_telephones_that_ring_stand_first_and_are_found_by_any_part_of_the_number(town_app: Flask, clerk: Web) -> None:
    call()
    plan()
    plan(number="+819000000002")
    send(town_app)
    tick(town_app)

    numbers = [one.text for one in clerk.get("/practice").soup.select(".telephone-number")]
    assert numbers[0] == "0957-00-0001"
    assert len(numbers) == 3
    for typed in ("0957", "０９５７－００", "957-00-0001"):
        found = clerk.get("/practice", query_string={"q": typed}).soup.select(".telephone-number")
        assert [one.text for one in found] == ["0957-00-0001"], typed
    assert "この番号の電話はありません" in clerk.get("/practice?q=本多").text


def test_a_telephone_that_only_refused_stands_last(town_app: Flask, clerk: Web) -> None:
    behave("+819000000009", LineBehaviour.REFUSES_TEXTS)
    plan(number="+819000000009")
    plan()
    send(town_app)

    numbers = [one.text for one in clerk.get("/practice").soup.select(".telephone-number")]

    assert numbers == ["090-0000-0001", "090-0000-0009"]


def test_many_telephones_come_in_shelves(town_app: Flask, clerk: Web) -> None:
    for n in range(25):
        plan(number=f"+8190000001{n:02}")
    send(town_app)

    page = clerk.get("/practice")

    assert len(page.soup.select(".telephone-card")) == 24
    assert len(page.link("次").soup.select(".telephone-card")) == 1


def test_when_nobody_answers_the_rest_of_the_news_waits_for_the_next_tick(
    town_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    knocked: list[str] = []

    def nobody(url: str, *_: object) -> int:
        knocked.append(url)
        raise ConnectionError

    texts = [plan(number=f"+8190000001{n:02}") for n in range(3)]
    send(town_app)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(switchboard, "post", nobody)
        tick(town_app)
    assert len(knocked) == 1

    tick(town_app)
    assert {again(text).status for text in texts} == {S.DELIVERED}


def test_an_empty_shelf_says_what_will_stand_there(clerk: Web) -> None:
    assert "まだ電話がありません" in clerk.get("/practice").text


def test_the_pages_say_that_nothing_reaches_a_real_telephone_once(town_app: Flask, clerk: Web) -> None:
    assert "本物の電話にはつながりません" in clerk.get("/practice").text
    with transaction():
        office_settings.change(sample_town=True)

    assert len(clerk.get("/practice").soup.select(".ribbon, main .note")) == 1


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.AUDITOR])
def test_others_do_not_see_residents_messages(town_app: Flask, role: Role) -> None:
    assert Web(town_app).sign_in(factories.user(role)).get("/practice").status == 403


def test_with_a_real_provider_there_are_no_practice_telephones(
    town_app: Flask, clerk: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(town_app.config, "SUPPORTDESK", replace(town_app.config["SUPPORTDESK"], provider="twilio"))

    assert clerk.get("/practice").status == 404
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 0
