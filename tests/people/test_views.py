from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.people import actions, queries
from supportdesk.people.models import Resident
from supportdesk.people.rules import ResidentData, StopReason, TelephoneData
from tests import factories
from tests.web import Page, Web

pytestmark = pytest.mark.one_database

FILLED = {"family_kana": "ほんだ", "given_kana": "はる", "telephones-0-typed": "0957-00-1234"}


@pytest.fixture
def staff(web: Web) -> Web:
    return web.sign_in(factories.user(Role.STAFF))


@pytest.fixture
def haru(web: Web, by: Any, now: Any) -> Resident:
    data = ResidentData(
        "ホンダ", "ハル", "本多", "ハル", 1941, town="口之津町丙", house_name="浜屋",
        telephones=(TelephoneData("0957-00-1234", whose="家"),),
    )  # fmt: skip
    with transaction():
        return actions.add_resident(data, by=by, now=now)


def people() -> list[Resident]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Resident).order_by(Resident.id)))


def kept(resident_id: int) -> Resident:
    db.session.rollback()
    return queries.get(resident_id)


def value(page: Page, name: str) -> str:
    return str(page.form("main form").values[name])


def test_a_person_is_added_and_found_at_once(staff: Web) -> None:
    page = (
        staff.get("/residents/new")
        .form("main form")
        .send(**FILLED, birth_year="昭和16", needs=["hearing", "sight"], follow=False)
    )

    assert page.status == 303
    (person,) = people()
    assert page.response.location == f"/residents/{person.id}"
    assert (person.kana, person.birth_year) == ("ホンダ ハル", 1941)
    assert "ホンダ ハル" in staff.get("/residents?q=ほん").text


def test_the_same_form_sent_twice_adds_one_person(staff: Web) -> None:
    form = staff.get("/residents/new").form("main form")

    pages = [form.send(**FILLED, follow=False) for _ in range(2)]

    # The second time the person is there already, and is shown as a likely duplicate; saving it gives the first answer.
    again = form.send(**FILLED, confirmed="yes", follow=False)
    assert [pages[0].status, again.status] == [303, 303]
    assert again.response.location == pages[0].response.location
    assert len(people()) == 1


def test_name_twins_are_told_apart_in_the_list(staff: Web, haru: Resident) -> None:
    text = staff.get("/residents?q=はる").text

    for part in ("本多 ハル", "ホンダ ハル", "口之津町丙", "昭和16年生", "〔浜屋〕", "0957-00-1234（家）"):
        assert part in text


def test_the_list_alone_answers_while_somebody_types(staff: Web, haru: Resident) -> None:
    page = staff.get("/residents/search?q=ほんｄ")

    assert "<html" not in page.html
    assert page.soup.select_one(f'[data-resident-id="{haru.id}"] a') is not None
    assert page.soup.select_one("[data-announce]") is not None
    assert "見つ" in staff.get("/residents/search?q=だれも").text


def test_a_coordinator_reads_the_list_and_opens_nothing(web: Web, haru: Resident) -> None:
    web.sign_in(factories.user(Role.COORDINATOR))

    page = web.get("/residents?q=ほんだ")

    assert "本多 ハル" in page.text
    assert page.soup.select("main a") == []
    assert web.get("/residents/new").status == 403
    assert web.get(f"/residents/{haru.id}/edit").status == 403


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VOLUNTEER, Role.AUDITOR, Role.MANAGER])
def test_others_see_nobody(web: Web, role: Role) -> None:
    web.sign_in(factories.user(role))

    assert {web.get(path).status for path in ("/residents", "/residents/search", "/residents/new")} == {403}


def test_a_likely_duplicate_is_shown_before_saving_and_nothing_is_lost(staff: Web, haru: Resident) -> None:
    page = (
        staff.get("/residents/new")
        .form("main form")
        .send(family_kana="ﾎﾝﾀﾞ", given_kana="はる", town="加津佐町己", **{"telephones-0-typed": "0957001234"})
    )

    assert page.status == 422
    assert "名のフリガナと電話番号が同じ" in page.text
    assert "口之津町丙" in page.text and "〔浜屋〕" in page.text
    assert value(page, "family_kana") == "ﾎﾝﾀﾞ"
    assert value(page, "telephones-0-typed") == "0957001234"
    assert len(people()) == 1


def test_a_likely_duplicate_is_never_forced(staff: Web, haru: Resident) -> None:
    page = staff.get("/residents/new").form("main form").send(**FILLED)
    saved = page.form("main form").send(confirmed="yes", follow=False)

    assert saved.status == 303
    assert len(people()) == 2


def test_what_was_typed_is_added_to_the_person_who_is_there(staff: Web, haru: Resident) -> None:
    page = staff.get("/residents/new").form("main form").send(**FILLED, landmark="支所のとなり", note="夕方がよい")
    joined = page.form("main form").send(same=str(haru.id), **{"telephones-1-typed": "090-0000-0012"})

    assert value(joined, "landmark") == "支所のとなり"
    assert value(joined, "town") == "口之津町丙"
    saved = joined.form("main form").send(follow=False)
    assert saved.status == 303
    assert len(people()) == 1
    both = kept(haru.id)
    assert [row.number for row in both.telephones] == ["+81957001234", "+819000000012"]
    assert (both.landmark, both.note, both.house_name) == ("支所のとなり", "夕方がよい", "浜屋")


def test_a_missing_area_code_is_one_tap_away(staff: Web) -> None:
    page = staff.get("/residents/new").form("main form").send(**{**FILLED, "telephones-0-typed": "00-0001(娘)"})
    button = page.soup.select_one('button[name="take"]')

    assert page.status == 422
    assert value(page, "telephones-0-typed") == "00-0001(娘)"
    assert button is not None and button["value"] == "telephones-0-typed=0957-00-0001"
    saved = page.form("main form").send(take=button["value"], follow=False)
    assert saved.status == 303
    row = kept(people()[0].id).telephones[0]
    assert (row.number, row.whose) == ("+81957000001", "娘")


def test_two_numbers_in_one_field_are_refused_with_a_sentence(staff: Web) -> None:
    page = (
        staff.get("/residents/new")
        .form("main form")
        .send(**{**FILLED, "telephones-0-typed": "0957-00-0001 0957-00-0002"})
    )

    assert page.status == 422
    error = page.soup.select_one('[id="field-telephones-0-typed-error"]')
    assert error is not None and error.text.strip()


def test_a_slip_in_the_town_is_offered_the_right_letter(staff: Web) -> None:
    page = staff.get("/residents/new").form("main form").send(**FILLED, town="加津佐町巳")
    button = page.soup.select_one('button[name="take"]')

    assert button is not None and button["value"] == "town=加津佐町己"
    assert page.form("main form").send(take=button["value"], follow=False).status == 303
    assert people()[0].town == "加津佐町己"


def test_a_town_that_is_really_written_so_is_kept(staff: Web) -> None:
    page = staff.get("/residents/new").form("main form").send(**FILLED, town="加津佐町巳")

    assert page.form("main form").send(confirmed="yes", follow=False).status == 303
    assert people()[0].town == "加津佐町巳"


def test_rows_are_added_without_script_and_nothing_typed_is_lost(staff: Web) -> None:
    page = staff.get("/residents/new")
    assert len(page.soup.select('[name$="-typed"]')) == 3

    more = page.form("main form").send(**FILLED, add_row="telephones")

    assert more.status == 200
    assert len(more.soup.select('[name$="-typed"]')) == 4
    assert value(more, "family_kana") == "ほんだ"
    assert len(more.form("main form").send(add_row="family").soup.select('[name$="-relation"]')) == 4


HOSTILE = [
    ("family_kana", "ほ" * 41),
    ("family_kana", "本多"),
    ("family_kana", "🙂"),
    ("family_kana", "\x00"),
    ("family_kana", "<script>alert(1)</script>"),
    ("family_name", "本" * 10_000),
    ("birth_year", "昭和65"),
    ("birth_year", "２０２７"),
    ("birth_year", "🙂"),
    ("birth_year", "9" * 5_000),
    ("postal_code", "<b>"),
    ("town", "町" * 81),
    ("note", "あ" * 10_000),
    ("consent_on", "きのう"),
    ("telephones-0-typed", "O957-00-1234"),
    ("telephones-0-typed", "0" * 10_000),
    ("telephones-0-typed", "🙂"),
    ("telephones-0-typed", "110"),
    ("telephones-0-whose", "娘" * 41),
    ("telephones-0-tried_on", "令和8年2月30日"),
    ("family-0-name", "名" * 81),
    ("family-0-telephone", "090-0000"),
    ("house_name", "1234 5678 9018"),
    ("telephones-0-whose", "１２３４５６７８９０１８"),
    ("family-0-name", "123456789018"),
    ("note", "番号は1234-5678-9018です"),
]


@pytest.mark.parametrize(("name", "typed"), HOSTILE, ids=lambda given: str(given)[:20])
def test_what_is_wrong_is_told_at_its_field_and_stays_as_typed(staff: Web, name: str, typed: str) -> None:
    page = staff.get("/residents/new").form("main form").send(**{**FILLED, name: typed})

    assert page.status == 422
    error = page.soup.select_one(f'[id="field-{name}-error"]')
    assert error is not None and error.text.strip()
    assert page.soup.select_one(f'.errors a[href="#field-{name}"]') is not None
    # NUL, which no keyboard types, is dropped before anything else sees it.
    assert value(page, name) == typed.replace("\x00", "")
    assert people() == []


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("given_name", "ハル🙂"),
        ("note", "<script>alert(1)</script>"),
        ("house_name", "濵ノ屋"),
        ("town", "ﾐﾅﾐ１"),
    ],
)
def test_what_is_only_unusual_is_kept_and_shown_as_text(staff: Web, name: str, typed: str) -> None:
    staff.get("/residents/new").form("main form").send(**{**FILLED, name: typed})

    page = staff.get(f"/residents/{people()[0].id}/edit")
    assert value(page, name) == typed
    assert "<script>alert" not in page.html


@pytest.mark.parametrize("name", ["district_code", "wish", "age_band", "needs", "consent_how", "telephones-0-kind"])
def test_a_choice_that_is_not_in_the_list_is_refused(staff: Web, name: str) -> None:
    page = staff.get("/residents/new").form("main form").send(**{**FILLED, name: "nonsense"})

    assert page.status == 422
    assert people() == []


def test_a_form_that_lacks_most_fields_is_answered_all_the_same(staff: Web) -> None:
    form = staff.get("/residents/new").form("main form")
    hidden = {name: form.values[name] for name in ("csrf_token", "operation")}
    page = staff.request("post", "/residents/new", {**hidden, "family_kana": "ホンダ"}, follow=False)

    assert page.status == 422
    assert page.soup.select_one('[id="field-no_telephone-error"]') is not None


def test_an_edit_is_saved(staff: Web, haru: Resident) -> None:
    page = staff.get(f"/residents/{haru.id}/edit")
    assert value(page, "birth_year") == "昭和16年"

    saved = page.form("main form").send(street="12-3", no_telephone=None, follow=False)

    assert saved.status == 303
    assert kept(haru.id).street == "12-3"
    assert [row.whose for row in kept(haru.id).telephones] == ["家"]


def test_the_second_of_two_editors_sees_what_changed_and_by_whom(staff: Web, haru: Resident) -> None:
    mine = staff.get(f"/residents/{haru.id}/edit").form("main form")
    other = Web(staff.app).sign_in(factories.user(Role.STAFF, name="窓口 一郎"))
    other.get(f"/residents/{haru.id}/edit").form("main form").send(town="加津佐町己")

    page = mine.send(landmark="支所のとなり")

    assert page.status == 422
    assert "窓口 一郎" in page.text
    conflict = page.soup.select_one(".conflict")
    assert conflict is not None
    assert "加津佐町己" in conflict.text and "口之津町丙" in conflict.text and "支所のとなり" in conflict.text
    assert value(page, "landmark") == "支所のとなり"
    assert page.form("main form").send(town="加津佐町己", follow=False).status == 303
    assert (kept(haru.id).town, kept(haru.id).landmark) == ("加津佐町己", "支所のとなり")


def test_who_only_looked_at_a_record_is_not_named_as_who_saved_it(staff: Web, haru: Resident) -> None:
    mine = staff.get(f"/residents/{haru.id}/edit").form("main form")
    other = Web(staff.app).sign_in(factories.user(Role.STAFF, name="窓口 一郎"))
    other.get(f"/residents/{haru.id}/edit").form("main form").send(town="加津佐町己")
    Web(staff.app).sign_in(factories.user(Role.STAFF, name="窓口 二郎")).get(f"/residents/{haru.id}")

    page = mine.send(landmark="支所のとなり")

    assert page.status == 422
    assert "窓口 一郎" in page.text
    assert "窓口 二郎" not in page.text


def test_contact_is_stopped_for_a_reason_and_begun_again(staff: Web, haru: Resident) -> None:
    without = staff.get(f"/residents/{haru.id}/stop").form("main form").send()
    assert without.status == 422
    assert without.soup.select_one('[id="field-reason-error"]') is not None

    stopped = staff.get(f"/residents/{haru.id}/stop").form("main form").send(reason="died", follow=False)
    assert stopped.status == 303
    assert kept(haru.id).stop_reason is StopReason.DIED
    assert "連絡を止めています" in staff.get("/residents?q=ほんだ").text

    again = staff.get(f"/residents/{haru.id}/stop").form("main form").send(reason="wish")
    assert again.status == 422
    assert kept(haru.id).stop_reason is StopReason.DIED

    assert staff.get(f"/residents/{haru.id}/resume").form("main form").send(follow=False).status == 303
    assert kept(haru.id).stopped_at is None


def test_a_reason_that_is_not_in_the_list_stops_nothing(staff: Web, haru: Resident) -> None:
    page = staff.get(f"/residents/{haru.id}/stop").form("main form").send(reason="nonsense")

    assert page.status == 422
    assert kept(haru.id).stopped_at is None


def test_enter_saves_and_takes_no_offer(staff: Web) -> None:
    first = staff.get("/residents/new").soup.select_one("main form button")

    assert first is not None
    assert first.get("name") is None


def test_no_page_has_script_or_style_of_its_own(staff: Web, haru: Resident) -> None:
    for path in (
        "/residents?q=ほ",
        "/residents/new",
        f"/residents/{haru.id}/edit",
        f"/residents/{haru.id}/stop",
    ):
        page = staff.get(path)
        assert page.status == 200
        assert not page.soup.select("main script, main style, main [style]")
