from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.office.list_rules import ReferralPlace
from supportdesk.visits import rules
from supportdesk.visits.rules import Attendance, HowItWent

TOWN = timezone(timedelta(hours=9))
START = datetime(2026, 7, 15, 10, 0, tzinfo=TOWN)


@pytest.mark.parametrize(
    "now", [START - timedelta(minutes=30), START, datetime(2026, 7, 16, 23, 59, 59, tzinfo=TOWN)]
)
def test_a_record_is_written_from_half_an_hour_before_until_the_end_of_the_next_day(now: datetime) -> None:
    rules.check_may_write(START, now, office=False)


@pytest.mark.parametrize("office", [False, True])
def test_nobody_writes_earlier_than_half_an_hour_before(office: bool) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_may_write(START, START - timedelta(minutes=30, seconds=1), office=office)
    assert refused.value.code == "too-early"


def test_after_the_next_day_only_the_office_writes() -> None:
    late = datetime(2026, 7, 17, 0, 0, tzinfo=TOWN)

    rules.check_may_write(START, late, office=True)
    with pytest.raises(Refusal) as refused:
        rules.check_may_write(START, late, office=False)
    assert refused.value.code == "too-late"


def test_a_sheet_is_not_finished_before_its_lesson_begins() -> None:
    rules.check_may_close(START, START)
    with pytest.raises(Refusal):
        rules.check_may_close(START, START - timedelta(seconds=1))


@pytest.mark.parametrize("key", ["", "1", "x" * 36, "\0" * 32, "'; DROP TABLE visit; --"])
def test_a_key_that_is_no_uuid_is_refused(key: str) -> None:
    with pytest.raises(Refusal):
        rules.check_key(key)


def test_one_key_has_one_spelling() -> None:
    assert (
        rules.check_key("{6F1ED002-AB5C-42D0-8F0A-0D9A27B13F00}")
        == rules.check_key("6f1ed002ab5c42d08f0a0d9a27b13f00")
        == "6f1ed002-ab5c-42d0-8f0a-0d9a27b13f00"
    )


@pytest.mark.parametrize("name", ["", "　 ", "\u200b", "あ" * 81])
def test_a_walk_in_needs_a_name_of_at_most_80_characters(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_walk_in_name(name)
    assert refused.value.field == "name"


def test_the_spaces_around_a_name_go_and_its_letters_stay() -> None:
    assert rules.check_walk_in_name(" 𠮷田　ハナ ") == "𠮷田 ハナ"


@pytest.mark.parametrize("attendance", [Attendance.ABSENT_NOTIFIED, Attendance.NO_SHOW])
def test_how_it_went_is_not_said_of_somebody_absent(attendance: Attendance) -> None:
    with pytest.raises(Refusal):
        rules.check_how(attendance, HowItWent.ALONE, None)
    rules.check_how(attendance, None, None)


@pytest.mark.parametrize(
    ("how", "place"),
    [(HowItWent.REFERRED, None), (HowItWent.ALONE, ReferralPlace.SHOP), (None, ReferralPlace.SHOP)],
)
def test_a_referral_and_its_place_come_together(how: HowItWent | None, place: ReferralPlace | None) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_how(Attendance.CAME, how, place)
    assert refused.value.field == "referred_to"
    rules.check_how(Attendance.CAME, HowItWent.REFERRED, ReferralPlace.SHOP)


@pytest.mark.parametrize("minutes", [0, -1, 481, 10**9])
def test_minutes_lie_between_1_and_480(minutes: int) -> None:
    with pytest.raises(Refusal):
        rules.check_minutes(minutes)
    for good in (None, 1, 480):
        rules.check_minutes(good)


def test_what_is_usual_comes_from_the_course_and_else_from_its_title() -> None:
    assert rules.usual_practice(" 電源\n\n音量 ", "電源とボタン") == "電源\n音量"
    assert rules.usual_practice(" \n", "電源とボタン") == "電源とボタン"
    assert rules.usual_minutes(START, START + timedelta(minutes=90)) == 90
    assert rules.usual_minutes(START, START + timedelta(hours=9)) == 480
