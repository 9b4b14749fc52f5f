from __future__ import annotations

import pytest

from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.places.models import Room, Venue
from tests import factories
from tests.web import Web

pytestmark = pytest.mark.one_database


@pytest.fixture
def desk(web: Web) -> Web:
    return web.sign_in(factories.user(Role.STAFF, name="佐藤"))


def test_a_venue_and_its_room_are_added_in_the_browser(desk: Web) -> None:
    factories.district()

    page = desk.get("/venues/new").form("main form").send(
        name="口之津公民館", name_kana="くちのつこうみんかん", district_code="KCN", wifi="y", parking="２０"
    )
    room = page.link("室を追加").form("main form").send(name="研修室", seats="20")

    assert (page.status, room.status) == (200, 200)
    assert "研修室" in room.text and "口之津" in room.text
    kept = db.session.query(Venue).one()
    assert (kept.district_code, kept.wifi, kept.parking) == ("KCN", True, 20)


def test_a_venue_form_sent_twice_adds_one(desk: Web) -> None:
    form = desk.get("/venues/new").form("main form")
    for _ in range(2):
        assert form.send(name="公民館", name_kana="コウミンカン").status == 200
    assert db.session.query(Venue).count() == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "会" * 3000),
        ("name_kana", "<script>alert(1)</script>"),
        ("postal_code", "１２３"),
        ("parking", "たくさん"),
        ("parking", "99999999999999"),
        ("district_code", "'; DROP TABLE venue; --"),
        ("note", "番号は 1234-5678-9018 です"),
        ("short_name", "十一文字もある短い名前"),
    ],
)
def test_a_wrong_answer_gets_a_sentence_at_its_field_and_nothing_typed_is_lost(
    desk: Web, field: str, typed: str
) -> None:
    answers = {"name": "公民館", "name_kana": "コウミンカン", "bus": "港から3分"} | {field: typed}

    page = desk.get("/venues/new").form("main form").send(**answers)

    assert page.status == 422
    assert page.soup.select_one(f"#field-{field}-error").get_text(strip=True)
    again = page.form("main form").values
    assert again["bus"] == "港から3分"
    if field != "district_code":
        assert again[field].strip() == typed
    assert "<script>alert" not in page.html
    assert db.session.query(Venue).count() == 0


def test_the_second_editor_sees_who_changed_what_and_can_save_over_it(desk: Web) -> None:
    venue = factories.venue(bus="")
    mine, theirs = desk.get(f"/venues/{venue.id}/edit"), desk.get(f"/venues/{venue.id}/edit")
    theirs.form("main form").send(bus="港から3分")

    page = mine.form("main form").send(bus="駅から5分", note="鍵は事務室")

    assert page.status == 422
    assert "ほかの人が先に変更しました" in page.text and "佐藤" in page.text
    conflict = page.soup.select_one("section.conflict").get_text(" ")
    assert "港から3分" in conflict and "駅から5分" in conflict
    assert page.form("main form").values["note"].strip() == "鍵は事務室"

    saved = page.form("main form").send()
    assert saved.status == 200
    assert db.session.get_one(Venue, venue.id, populate_existing=True).bus == "駅から5分"


def test_the_second_editor_of_a_room_is_told_too(desk: Web) -> None:
    room = factories.room(name="研修室", seats=20)
    mine, theirs = desk.get(f"/rooms/{room.id}/edit"), desk.get(f"/rooms/{room.id}/edit")
    theirs.form("main form").send(seats="24")

    page = mine.form("main form").send(seats="30")

    assert page.status == 422
    assert "24" in page.soup.select_one("section.conflict").get_text(" ")
    assert page.form("main form").values["seats"] == "30"
    assert db.session.get_one(Room, room.id, populate_existing=True).seats == 24


def test_a_closed_venue_leaves_the_list_and_can_come_back(desk: Web) -> None:
    venue = factories.venue(name="旧公民館")

    closed = desk.get(f"/venues/{venue.id}").link("この会場を使わないことにする").form("main form").send()
    assert "旧公民館" not in desk.get("/venues").text
    assert "旧公民館" in desk.get("/venues?closed=1").text

    closed.form("main .acts form").send()
    assert "旧公民館" in desk.get("/venues").text


def test_the_list_of_venues_comes_in_pages_and_by_district(desk: Web) -> None:
    factories.district()
    for number in range(51):
        factories.venue(name=f"会場{number:02}", name_kana="カイジョウ" + "ア" * number)
    factories.venue(name="口之津公民館", district_code="KCN")

    assert "会場50" not in desk.get("/venues").text
    assert "会場50" in desk.get("/venues?page=2").text
    assert "会場00" not in desk.get("/venues?district=KCN").text
    assert desk.get("/venues?page=zzz&district=%00").status == 200


def test_a_volunteer_sees_no_venues(web: Web) -> None:
    web.sign_in(factories.user(Role.VOLUNTEER))
    assert web.client.get("/venues/new").status_code in (403, 500)
