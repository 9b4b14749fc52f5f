from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa

from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.office import queries
from supportdesk.office.models import District, Topic
from tests import factories
from tests.web import Page, Web

pytestmark = pytest.mark.one_database

TOWN = {"name": "口之津", "name_kana": "くちのつ", "centre": "32.611, 130.187"}


@pytest.fixture
def manager(web: Web) -> Web:
    return web.sign_in(factories.user(Role.MANAGER, name="課長"))


def saved(model: type[District] | type[Topic]) -> list[str]:
    db.session.rollback()
    return [row.code for row in (queries.districts() if model is District else queries.topics())]


def test_an_empty_town_gets_its_districts_in_the_browser(manager: Web) -> None:
    empty = manager.get("/office/districts")
    assert "地区はまだありません" in empty.text

    centres = {"口之津": "32.611, 130.187", "加津佐": "32.641,130.162", "深江": "３２．７２，１３０．３２"}
    for name, centre in centres.items():
        page = empty.link("地区を追加").form("main form").send(**TOWN | {"name": name, "centre": centre})

    assert page.path == "/office/districts"
    assert [cell.text for cell in page.soup.select("td[data-label='近い地区（近い順）']")] == [
        "加津佐、深江", "口之津、深江", "加津佐、口之津",
    ]  # fmt: skip
    assert saved(District) == ["D1", "D2", "D3"]


def test_a_form_sent_twice_adds_one(manager: Web) -> None:
    form = manager.get("/office/districts/new").form("main form")
    for _ in range(2):
        assert form.send(**TOWN).status == 200

    assert saved(District) == ["D1"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "口" * 10_000),
        ("name_kana", "<script>alert(1)</script>"),
        ("centre", "130.187, 32.611"),
        ("centre", "港のあたり"),
        ("sort_order", "はじめ"),
        ("sort_order", "99999999999999"),
        ("code", "../../etc"),
        ("town_name", "番号は 1234-5678-9018 です"),
    ],
)
def test_a_wrong_answer_gets_a_sentence_at_its_field_and_nothing_typed_is_lost(
    manager: Web, field: str, typed: str
) -> None:
    page = manager.get("/office/districts/new").form("main form").send(**TOWN | {field: typed})

    assert page.status == 422
    assert page.soup.select_one(f"#field-{field}-error").get_text(strip=True)
    assert page.form("main form").values[field].strip() == typed
    assert "<script>alert" not in page.html
    assert saved(District) == []


def test_the_second_editor_sees_what_differs_and_can_save_over_it(manager: Web) -> None:
    factories.district()
    mine, theirs = (manager.get("/office/districts/KCN/edit") for _ in range(2))
    theirs.form("main form").send(centre="32.60, 130.20")

    page = mine.form("main form").send(name="くちのつ")

    assert page.status == 422 and "課長" in page.text
    assert "32.6, 130.2" in page.soup.select_one("section.conflict").get_text(" ")
    assert page.form("main form").send().status == 200
    assert queries.listed(District, "KCN").name == "くちのつ"


def test_the_usual_topics_are_a_proposal_until_each_is_saved(manager: Web) -> None:
    page = manager.get("/office/topics").form("form[action$=usual]").send()

    assert "31件" in page.text and page.text.count("ひな形") > 31
    page = page.link("電源・ボタン・充電").form("main form").send(label="電源と充電")
    assert "電源と充電" in page.text
    assert not queries.listed(Topic, "POWER").proposed
    assert queries.listed(Topic, "CALL").proposed


def test_a_topic_out_of_use_is_offered_no_more_but_a_course_that_has_it_keeps_it(manager: Web) -> None:
    factories.topic("PHOTO")
    factories.topic("LINE", label="LINE・SNS")
    desk = Web(manager.app).sign_in(factories.user(Role.STAFF))
    answers = {"title": "写真", "minutes": "60", "seats": "8", "learners_per_supporter": "4"}
    course = desk.get("/courses/new").form("main form").send(**answers, topics=["PHOTO"])

    manager.get("/office/topics/PHOTO/edit").form("form[action$=retire]").send()

    offered = [one["value"] for one in desk.get("/courses/new").soup.select("input[name=topics]")]
    assert offered == ["LINE"]
    assert "写真・動画・容量" in desk.get(course.path).text
    again = desk.get(f"{course.path}/edit").form("main form")
    assert again.values["topics"] == "PHOTO"
    assert again.send(title="写真をとる").status == 200
    assert "PHOTO" not in [one["value"] for one in desk.get("/desk").soup.select("#field-topic option")]


def test_what_is_in_use_cannot_be_removed_and_the_page_says_what_to_do(manager: Web) -> None:
    factories.district()
    factories.venue(district_code="KCN")

    page = manager.get("/office/districts/KCN/edit").form("form[action$=remove]").send()

    assert page.status == 409 and "使わないことにする" in page.text
    assert saved(District) == ["KCN"]


def test_a_resident_of_a_district_out_of_use_keeps_it(manager: Web) -> None:
    factories.district()
    person = factories.resident(number="+819000000001", district_code="KCN")
    desk = Web(manager.app).sign_in(factories.user(Role.STAFF))
    manager.get("/office/districts/KCN/edit").form("form[action$=retire]").send()

    form = desk.get(f"/residents/{person.id}/edit").form("main form")

    assert form.values["district_code"] == "KCN"
    assert "口之津" not in desk.get("/residents/new").soup.select_one("#field-district_code").text


@pytest.mark.parametrize("kind", ["districts", "topics"])
def test_a_list_is_read_in_and_again_it_changes_nothing(manager: Web, kind: str) -> None:
    head, row = {
        "districts": ("district_code,name,name_kana,center_lat,center_lng", "KCN,口之津,クチノツ,32.611,130.187"),
        "topics": ("topic_code,label,group,first_route,urgent_default", "SCAM,詐欺,安全,consumer_center,1"),
    }[kind]

    def upload() -> Page:
        path = f"/office/import/{kind}"
        form, data = manager.get(path).form("#upload"), f"{head}\n{row}\n".encode("cp932")
        return Page(manager, manager.client.post(path, data=form.values | {"file": (io.BytesIO(data), "表.csv")}))

    done = upload().form("#import-these").send(mode="all")

    assert done.status == 200 and "追加1件" in done.text
    assert "変わらないもの1件" in upload().text


def test_a_row_that_cannot_be_is_shown_with_its_reason(manager: Web) -> None:
    rows = "code,name,name_kana,latitude,longitude\nA,口之津,クチノツ,130.1,32.6\nB,加津佐,カヅサ,北,東\n"
    form = manager.get("/office/import/districts").form("#upload")
    answer = manager.client.post(
        "/office/import/districts", data=form.values | {"file": (io.BytesIO(rows.encode()), "地区.csv")}
    )

    text = Page(manager, answer).text
    assert "緯度を先に入力してください" in text and "小数（度）で入力してください" in text


@pytest.mark.parametrize("role", [Role.STAFF, Role.COORDINATOR])
def test_others_of_the_office_read_the_lists_and_change_nothing(web: Web, role: Role) -> None:
    factories.district()
    factories.topic()
    web.sign_in(factories.user(role))

    for path in ("/office/districts", "/office/topics"):
        page = web.get(path)
        assert page.status == 200
        assert page.soup.select("main a, main form") == []


@pytest.mark.parametrize("path", ["/office/districts", "/office/topics"])
def test_a_list_asks_the_database_no_more_often_when_it_is_long(manager: Web, path: str) -> None:
    def asked() -> int:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        sa.event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert manager.get(path).status == 200
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(statements)

    manager.get(path)  # the first request of a session notes when it was seen
    short = asked()
    for number in range(40):
        factories.district(f"D{number}", sort_order=number)
        factories.topic(f"T{number}", sort_order=number)

    assert asked() == short
