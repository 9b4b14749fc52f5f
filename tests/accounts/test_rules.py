"""How long one waits, which passwords and names are good, and when an account may be used."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from supportdesk.accounts import rules
from supportdesk.accounts.rules import Scope
from supportdesk.core.errors import Refusal

TODAY = date(2026, 7, 6)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (11, 900), (1_000_000, 900)],
)
def test_the_wait_of_an_account_grows_to_a_quarter_of_an_hour_and_no_further(
    failures: int, seconds: int
) -> None:
    assert rules.wait_after(failures, Scope.USER) == timedelta(seconds=seconds)


def test_four_wrong_tries_cost_nothing() -> None:
    assert rules.wait_after(4, Scope.USER) is None


def test_a_town_hall_behind_one_address_may_fail_more_often_than_one_person() -> None:
    assert rules.wait_after(24, Scope.NETWORK) is None
    assert rules.wait_after(25, Scope.NETWORK) == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("wait", "told"),
    [(0.2, {"seconds": 1}), (90, {"seconds": 90}), (91, {"minutes": 2}), (900, {"minutes": 15})],
)
def test_the_wait_is_said_in_seconds_or_in_minutes_never_too_short(wait: float, told: dict[str, int]) -> None:
    assert rules.too_many_tries(timedelta(seconds=wait)).params == told


@pytest.mark.parametrize("typed", ["honda.h", "Honda.H", "ｈｏｎｄａ．ｈ", " honda.h　", "\u200bhonda.h"])
def test_one_user_name_in_any_spelling(typed: str) -> None:
    assert rules.username_of(typed) == "honda.h"


@pytest.mark.parametrize("username", ["", "h", "-honda", "ほんだ", "hon da", "honda@town", "h" * 41])
def test_a_user_name_that_is_hard_to_type_is_refused(username: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_username(username)
    assert refused.value.field == "username"


@pytest.mark.parametrize(
    "password",
    [
        "三つの言葉をならべます",
        "correct horse battery staple",
        "茶わん・ふみきり・月曜日",
        "tsukue-kaigan-mikan",
        "x9$kQ2!vLm7#",
    ],
)
def test_a_long_password_of_any_letters_is_good(password: str) -> None:
    rules.check_password(password + "!", username="honda")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password-short"),
        ("elevenchars", "password-short"),
        ("あ" * 129, "password-long"),
        ("password1234", "password-common"),
        ("P@ssw0rd2026!", "password-common"),
        ("Ｐａｓｓｗｏｒｄ１２３４", "password-common"),
        ("123456789012", "password-common"),
        ("210987654321", "password-common"),
        ("abcdefghijkl", "password-common"),
        ("qwertyuiopqw", "password-common"),
        ("1qaz2wsx3edc4rfv", "password-common"),
        ("aaaaaaaaaaaaa", "password-common"),
        ("sakura7sakura7", "password-common"),
        ("sumahosoudan2026", "password-common"),
        ("2026-07-06-01", "password-common"),
        ("honda.h-20260706", "password-common"),
    ],
)
def test_a_short_or_common_password_is_refused(password: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_password(password, username="honda.h")
    assert refused.value.code == code


@pytest.mark.parametrize(
    "typed", ["ABCD-2345-WXYZ", "abcd2345wxyz", "ＡＢＣＤー２３４５ー ｗｘｙｚ", " abcd 2345 wxyz "]
)
def test_a_code_is_read_however_it_was_typed(typed: str) -> None:
    assert rules.code_of(typed) == "ABCD-2345-WXYZ"


@pytest.mark.parametrize(
    ("active", "first", "last", "may"),
    [
        (True, TODAY, None, True),
        (True, TODAY, TODAY, True),
        (True, TODAY + timedelta(days=1), None, False),
        (True, TODAY - timedelta(days=9), TODAY - timedelta(days=1), False),
        (False, TODAY, None, False),
    ],
)
def test_an_account_is_good_from_its_first_to_its_last_day(
    active: bool, first: date, last: date | None, may: bool
) -> None:
    assert rules.in_force(active=active, first_day=first, last_day=last, today=TODAY) is may


def test_the_last_day_is_not_before_the_first() -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_account(name="本田", roles=["staff"], first_day=TODAY, last_day=TODAY - timedelta(days=1))
    assert refused.value.field == "last_day"


def test_somebody_without_a_role_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_account(name="本田", roles=[], first_day=TODAY, last_day=None)
    assert refused.value.field == "roles"


@pytest.mark.parametrize(
    ("was", "stays", "others", "refused"),
    [(True, False, 0, True), (True, False, 1, False), (True, True, 0, False), (False, False, 0, False)],
)
def test_somebody_who_can_add_people_is_always_left(
    was: bool, stays: bool, others: int, refused: bool
) -> None:
    if refused:
        with pytest.raises(Refusal):
            rules.check_not_the_last_administrator(was=was, stays=stays, others=others)
    else:
        rules.check_not_the_last_administrator(was=was, stays=stays, others=others)


YEAR_END, NEW_YEAR = date(2027, 3, 31), date(2027, 4, 1)


@pytest.mark.parametrize(
    ("terms", "gap"),
    [
        ([], TODAY),
        ([(date(2026, 4, 1), None)], None),
        ([(date(2026, 4, 1), YEAR_END)], NEW_YEAR),
        ([(date(2026, 4, 1), YEAR_END), (date(2027, 3, 1), None)], None),
        ([(date(2026, 4, 1), YEAR_END), (NEW_YEAR, None)], None),
        ([(date(2026, 4, 1), YEAR_END), (date(2027, 4, 2), None)], NEW_YEAR),
    ],
)
def test_the_first_day_without_an_administrator_is_today_or_the_day_after_a_last_one(
    terms: list[rules.Term], gap: date | None
) -> None:
    assert rules.day_without(terms, TODAY) == gap


def test_a_last_day_after_which_nobody_administers_is_refused_and_no_older_gap_is_held_against_an_edit() -> None:
    ends, stays = (date(2026, 4, 1), YEAR_END), (date(2026, 4, 1), None)

    with pytest.raises(Refusal) as refused:
        rules.check_administrators_go_on(before=[stays], after=[ends], today=TODAY)
    assert (refused.value.code, refused.value.field) == ("last-administrator", "last_day")
    rules.check_administrators_go_on(before=[ends], after=[ends], today=TODAY)
    rules.check_administrators_go_on(before=[ends], after=[stays], today=TODAY)


def test_before_the_first_and_after_the_last_day_the_owner_is_told_why() -> None:
    def told(today: date) -> str | None:
        why = rules.why_not_in_force(first_day=NEW_YEAR, last_day=date(2027, 9, 30), today=today)
        return why.code if why else None

    assert [told(day) for day in (YEAR_END, NEW_YEAR, date(2027, 9, 30), date(2027, 10, 1))] == [
        "not-begun", None, None, "ended",
    ]  # fmt: skip
