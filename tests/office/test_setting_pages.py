"""市役所の設定 in the browser: who reads and who edits, wrong values at their field, two editors, the switch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from supportdesk.accounts.models import User
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.office import queries, setting_actions, settings
from supportdesk.office.models import Branch
from supportdesk.office.setting_rules import Part
from tests import factories
from tests.conftest import NOW
from tests.office.test_setting_rules import NAMED, WINDOWS
from tests.web import Web

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager(app: Flask) -> User:
    return factories.user(Role.MANAGER, name="課長")


@pytest.fixture
def web(app: Flask, manager: User) -> Web:
    return Web(app).sign_in(manager)


def edit(web: Web, part: Part, **typed: str) -> str:
    """Save a part; gives the words of the page that came."""
    return web.get(f"/office/settings/{part}").form("main form").send(**typed).text


@pytest.mark.parametrize("role", [Role.STAFF, Role.COORDINATOR])
def test_those_who_work_by_the_settings_read_them_and_change_nothing(app: Flask, role: Role) -> None:
    reader = Web(app).sign_in(factories.user(role))

    for path in ("/office", "/office/sending", "/office/closed-days"):
        page = reader.get(path)
        assert page.status == 200
        assert page.soup.select("main form") == [] and page.soup.select("main a[href*='/edit']") == []
        assert page.soup.select("main a[href^='/office/settings/']") == []
    assert reader.get("/office/settings/name").status == 403


def test_the_name_is_set_and_stands_on_the_page_and_in_the_record(web: Web) -> None:
    assert "保存しました" in edit(web, Part.NAME, **NAMED)

    page = web.get("/office")
    assert page.soup.select(".note-wait") == []
    record = page.link("変更の記録")
    assert "市町村名: 市町村名 → 南島原市" in record.text
    assert "名前と電話番号" in record.soup.select_one("tbody tr").get_text()


def test_hours_are_said_in_a_sentence_with_their_values(web: Web) -> None:
    edit(web, Part.WINDOWS, **WINDOWS | {"text_window": "9時から17時"})

    assert "ショートメールは 09:00–17:00、自動電話は 10:00–12:00、13:30–18:00 に限ります。" in web.get("/office").text
    assert "09:30–18:00 → 09:00–17:00" in web.get("/history?subject=office:windows").text


@pytest.mark.parametrize(
    ("part", "field", "typed", "said"),
    [
        (Part.NAME, "sender_spoken", "市役所", "かなだけで入力してください"),
        (Part.NAME, "telephone", "0120-000-000", "例：0957-00-0001"),
        (Part.NAME, "town", "マイナンバー 1234-5678-9018", "マイナンバーは保存しません"),
        (Part.NAME, "hours", "時" * 10_000, "文字"),
        (Part.WINDOWS, "call_window", "朝から", "例：09:30–18:00"),
        (Part.WINDOWS, "text_window", "11:00–18:00", "10:00 にご案内する設定です"),
        (Part.STEPS, "notice_time", "12:30", "10:00–12:00、13:30–18:00"),
        (Part.STEPS, "first_notice_working_days", "三日", "数字で入力してください"),
        (Part.CAPS, "most_per_day", "１", "1時間の上限（500）以上"),
        (Part.FEES, "fee_yen", "千円", "数字で入力してください"),
        (Part.FEES, "travel_yen", "１０００００１", "100000"),
    ],
)
def test_a_wrong_value_says_why_at_its_field_and_nothing_typed_is_lost(
    web: Web, part: Part, field: str, typed: str, said: str
) -> None:
    other = {"hours": "平日だけ"} if part is Part.NAME and field != "hours" else {}
    before = settings.current()

    page = web.get(f"/office/settings/{part}").form("main form").send(**NAMED_FOR[part] | other | {field: typed})

    assert page.status == 422
    entry = page.soup.select_one(f"#field-{field}")
    assert entry["value"] == typed and entry["aria-invalid"] == "true"
    assert said in page.soup.select_one(f"#field-{field}-error").get_text()
    for name, value in other.items():
        assert page.soup.select_one(f"#field-{name}")["value"] == value
    db.session.rollback()
    assert settings.current() == before


NAMED_FOR: dict[Part, dict[str, str]] = {
    Part.NAME: NAMED, Part.WINDOWS: {}, Part.STEPS: {}, Part.CAPS: {},
    Part.FEES: {},
}  # fmt: skip


def test_what_supporters_get_is_set_in_any_width_and_said_in_words(web: Web) -> None:
    page = web.get("/office/settings/fees").form("main form").send(fee_yen="１０００", fee_per="hour", travel_yen="500")

    assert ("1時間ごと" in page.text, "1000" in page.text) == (True, True)
    assert (settings.current().fee_yen, settings.current().fee_per) == (1000, "hour")
    assert "1時間ごと" in web.get("/history?subject=office:fees").text


def test_the_second_editor_sees_what_changed_and_loses_nothing(web: Web) -> None:
    form = web.get("/office/settings/name").form("main form")
    with transaction():
        setting_actions.save(Part.NAME, NAMED, 1, by=HOUSE, now=NOW)

    page = form.send(**NAMED | {"telephone": "0957-00-0002"})

    assert page.status == 422
    differs = page.soup.select_one(".conflict")
    rows = [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in differs.select("tbody tr")]
    assert rows == [["窓口の電話番号", "0957-00-0001", "0957-00-0002"]]
    again = page.form("main form")
    assert again.values["telephone"] == "0957-00-0002"
    assert "保存しました" in again.send().text
    db.session.rollback()
    assert settings.current().telephone == "0957-00-0002"


def test_the_same_form_sent_twice_changes_once_and_is_no_conflict_with_oneself(web: Web) -> None:
    form = web.get("/office/settings/name").form("main form")

    assert "保存しました" in form.send(**NAMED).text
    assert "変更はありません" in form.send(**NAMED).text
    db.session.rollback()
    assert queries.part(Part.NAME).version == 2


def test_there_is_no_other_part(web: Web) -> None:
    assert web.get("/office/settings/sending_hold").status == 404
    assert web.get("/office/settings/%00").status == 404


def test_a_part_cannot_set_what_is_not_asked_in_it(web: Web) -> None:
    edit(web, Part.NAME, **NAMED | {"sample_town": "y", "sending_hold": "x", "most_per_day": "1"})

    db.session.rollback()
    assert settings.current().town == "南島原市"
    assert (settings.current().sample_town, settings.current().most_per_day) == (False, 2000)


# A new town


def test_a_new_town_is_told_what_is_missing_on_the_first_page_of_everybody(app: Flask, web: Web) -> None:
    assert "まだ設定されていません：市町村名、窓口の電話番号" in web.get("/").text
    admin = Web(app).sign_in(factories.user(Role.ADMIN))

    first = admin.get("/", follow_redirects=True)

    assert "市役所の設定" in first.soup.h1.get_text()
    assert "まだ設定されていません" in first.text
    assert "保存しました" in first.link("設定する").form("main form").send(**NAMED).text
    assert admin.get("/").response.location == "/accounts"
    assert "まだ設定されていません" not in web.get("/").text


# Stopping and releasing


def test_a_manager_stops_sending_everybody_sees_why_and_it_is_released(app: Flask, web: Web) -> None:
    stopped = web.get("/office/sending").form("main form").send(reason="不審な電話の調査のため")

    assert "停止した人：課長" in stopped.text
    assert "不審な電話の調査のため" in Web(app).sign_in(factories.user(Role.STAFF)).get("/").text
    assert "送信を再開しました" in stopped.form("main form").send().text
    db.session.rollback()
    assert settings.current().sending_hold == ""


def test_who_stops_what_another_has_just_stopped_sees_why_and_keeps_what_was_typed(web: Web) -> None:
    form = web.get("/office/sending").form("main form")
    web.get("/office/sending").form("main form").send(reason="回線の工事")

    page = form.send(reason="不審な電話")

    assert page.status == 422
    assert "回線の工事" in page.text and "入力した内容：不審な電話" in page.text


def test_a_stop_without_a_reason_is_refused_at_the_field(web: Web) -> None:
    page = web.get("/office/sending").form("main form").send(reason="　")

    assert page.status == 422
    assert page.soup.select_one("#field-reason-error") is not None


def test_who_releases_an_older_stop_is_shown_the_newer_one(web: Web) -> None:
    form = web.get("/office/sending").form("main form").send(reason="昼休み").form("main form")
    with transaction():
        settings.change(sending_hold="provider:20003")

    page = form.send()

    assert page.status == 422
    assert "電話会社に契約を断られました（番号 20003）" in page.text
    db.session.rollback()
    assert settings.current().sending_hold == "provider:20003"
    assert page.form("main form").send().status == 200


def test_a_stop_for_want_of_a_name_says_what_to_do(web: Web) -> None:
    with transaction():
        settings.change(sending_hold=setting_actions.NOT_NAMED)

    page = web.get("/office/sending").form("main form").send()

    assert page.status == 422
    assert "先に、市町村名と窓口の電話番号を設定してください" in page.text


# Branches


def test_a_branch_is_added_once_changed_and_taken_out_of_use(web: Web) -> None:
    form = web.get("/office").link("支所・窓口を追加").form("main form")
    for _ in range(2):
        page = form.send(name="口之津支所", telephone="０９５７０００００１", sort_order="２")
    assert "0957-00-0001" in page.text
    assert db.session.query(Branch).count() == 1

    changed = page.link("口之津支所").form("main form").send(landmark="港のとなり")
    assert "港のとなり" in changed.text
    closed = changed.link("口之津支所").form("main form[action$='/close']").send()
    assert "使用終了" in closed.text
    assert "使用終了" not in closed.link("口之津支所").form("main form[action$='/reopen']").send().text
    assert "支所・窓口を変更" in web.get("/history?subject=branch:1").text


def test_the_second_editor_of_a_branch_sees_what_changed(web: Web) -> None:
    web.get("/office/branches/new").form("main form").send(name="口之津支所")
    form = web.get("/office/branches/1/edit").form("main form")
    web.get("/office/branches/1/edit").form("main form").send(name="口之津窓口")

    page = form.send(landmark="港のとなり")

    assert page.status == 422
    assert "口之津窓口" in page.soup.select_one(".conflict").get_text()
    assert page.form("main form").values["landmark"] == "港のとなり"


@pytest.mark.parametrize("typed", ["", "支" * 41, "<script>alert(1)</script>" * 3])
def test_a_branch_needs_a_name_that_fits(web: Web, typed: str) -> None:
    page = web.get("/office/branches/new").form("main form").send(name=typed)

    assert page.status == 422
    assert page.soup.select_one("#field-name-error") is not None


def test_the_page_takes_four_queries(web: Web) -> None:
    with transaction() as session:
        session.add_all(Branch(name=f"支所{n}") for n in range(20))
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        web.get("/office")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    # Session, the person with roles, the settings for the page and for the shell, branches.
    assert len(asked) <= 6, "\n".join(asked)
