"""The dialogue of a call that comes in, without an app: where it stands, what is pressed, what follows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from supportdesk.office.settings import OfficeSettings
from supportdesk.reminders import inbound_wording
from supportdesk.reminders.inbound_rules import (
    KEYS,
    Act,
    Around,
    Found,
    State,
    Step,
    begin,
    caller,
    dialled,
    press,
    typed_booking,
)
from supportdesk.reminders.wording_rules import KANJI_OF_ONE_READING
from tests.reminders.reading import heard, should_be

OPEN = Around(open=True, can_be_rung=True)
CLOSED = Around(open=False, can_be_rung=True)
WITHHELD = Around(open=False, can_be_rung=False)


def played(around: Around, *keys: str, found: Found | None = None) -> tuple[State, list[Act]]:
    """Where a call has come to, and what was done on the way. Eight keys are a booking number that opens `found`."""
    state, acts = begin(around), []
    for pressed in keys:
        turn = press(state, pressed, replace(around, found=found if typed_booking(pressed) else None))
        state = turn.state
        acts += [turn.act] if turn.act else []
    return state, acts


@pytest.mark.parametrize("keys", ["", "1", "9", "0", "*", "#", "7"])
def test_in_office_hours_whoever_waits_or_presses_a_wrong_key_is_put_through(keys: str) -> None:
    assert played(OPEN, keys) == (State(Step.PUT_THROUGH), [])


@pytest.mark.parametrize("keys", ["", "1"])
def test_out_of_hours_whoever_stays_on_the_line_or_presses_1_is_called_back(keys: str) -> None:
    assert played(CLOSED, keys) == (State(Step.WISHED), [Act.WISH])


def test_out_of_hours_a_wrong_key_is_told_the_same_once_more() -> None:
    assert played(CLOSED, "7") == (State(Step.MENU_CLOSED, slips=1), [])


def test_whose_number_is_withheld_says_by_the_keys_where_they_are_called_back() -> None:
    turn = press(State(Step.TELEPHONE), "0957000002", WITHHELD)

    assert played(WITHHELD, "") == (State(Step.TELEPHONE), [])
    assert (turn.state.step, turn.act, turn.number) == (Step.WISHED, Act.WISH, "+81957000002")


@pytest.mark.parametrize("typed", ["", "123", "110", "0120000000", "###########", "00000000000"])
def test_what_cannot_be_called_back_is_asked_once_more_and_then_the_hours_are_said(typed: str) -> None:
    once = press(State(Step.TELEPHONE), typed, WITHHELD)

    assert (once.state, once.act) == (State(Step.TELEPHONE, slips=1), None)
    assert press(once.state, typed, WITHHELD).state == State(Step.HOURS)


@pytest.mark.parametrize("around", [OPEN, CLOSED, WITHHELD])
def test_a_booking_number_lets_hear_confirm_and_cancel_and_a_cancellation_is_asked_again(around: Around) -> None:
    number = ("2", "48210937")

    assert played(around, *number, found=Found.COMING) == (State(Step.BOOKING), [])
    assert played(around, *number, "1", found=Found.COMING) == (State(Step.WILL_COME), [Act.CONFIRM])
    assert played(around, *number, "2", found=Found.COMING) == (State(Step.SURE), [])
    assert played(around, *number, "2", "5", found=Found.COMING) == (State(Step.CANCELLED), [Act.CANCEL])


@pytest.mark.parametrize("around", [OPEN, CLOSED, WITHHELD])
def test_neither_a_1_nor_a_2_pressed_twice_cancels(around: Around) -> None:
    number = ("2", "48210937")

    assert played(around, *number, "2", "1", found=Found.COMING) == (State(Step.WILL_COME), [Act.CONFIRM])
    assert played(around, *number, "2", "2", found=Found.COMING) == (State(Step.SURE, slips=1), [])


@pytest.mark.parametrize(("step", "meant"), [(Step.BOOKING, "129"), (Step.SURE, "159")])
def test_no_wrong_key_and_no_silence_changes_a_booking(step: Step, meant: str) -> None:
    for keys in product(["", *sorted(set("0123456789*#") - set(meant))], repeat=3):
        state = State(step)
        for pressed in keys:
            turn = press(state, pressed, OPEN)
            state = turn.state
            assert turn.act is None
        assert state.step is Step.KEPT


def test_after_two_numbers_in_vain_a_person_takes_over_or_calls_back() -> None:
    assert played(OPEN, "2", "12345678") == (State(Step.NUMBER, misses=1), [])
    assert played(OPEN, "2", "12345678", "1234") == (State(Step.PUT_THROUGH, misses=2), [])
    assert played(CLOSED, "2", "", "12345678") == (State(Step.WISHED, misses=2), [Act.WISH])
    assert played(WITHHELD, "2", "*", "#") == (State(Step.TELEPHONE, misses=2), [])


def test_where_too_many_were_tried_the_first_is_the_last() -> None:
    locked = press(State(Step.NUMBER), "48210937", replace(OPEN, locked=True))

    assert locked.state == State(Step.PUT_THROUGH, misses=1)


@pytest.mark.parametrize(
    ("found", "step"),
    [(Found.CANCELLED, Step.GONE_CANCELLED), (Found.OVER, Step.GONE_OVER), (Found.CALLED_OFF, Step.GONE_CALLED_OFF)],
)
def test_a_booking_that_is_over_or_cancelled_is_said_to_be_so(found: Found, step: Step) -> None:
    assert played(CLOSED, "2", "48210937", found=found) == (State(step), [])


def test_when_nobody_takes_the_office_s_telephone_the_caller_is_called_back() -> None:
    waiting = State(Step.PUT_THROUGH)

    assert dialled(waiting, True, OPEN).state.step is Step.TALKED
    assert (dialled(waiting, False, OPEN).state.step, dialled(waiting, False, OPEN).act) == (Step.BUSY, Act.WISH)
    assert dialled(waiting, False, WITHHELD).state.step is Step.TELEPHONE
    # A report that comes twice does nothing more.
    assert dialled(State(Step.BUSY), True, OPEN).act is None


@pytest.mark.parametrize("step", [step for step in Step if step not in KEYS])
def test_what_has_ended_stays_ended_whatever_is_pressed(step: Step) -> None:
    assert press(State(step), "1", OPEN) == press(State(step), "", CLOSED)
    assert press(State(step), "1", OPEN).act is None


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("+81957000002", "+81957000002"), ("anonymous", ""), ("", ""), ("+266696687", ""), ("Restricted", ""),
        ("+86282452253", ""), ("+12025550123", "+12025550123"), ("sip:a@b.example", ""), ("0957000002", ""),
    ],
)  # fmt: skip
def test_a_withheld_number_is_nobodys(sent: str, number: str) -> None:
    assert caller(sent) == number


# ---- what is said

NOW = datetime(2026, 12, 29, 14, 0, tzinfo=UTC)
BOOKING = inbound_wording.Booked(datetime(2027, 1, 15, 1, 0, tzinfo=UTC), "クチノツコウミンカン", 2, others=True)


@pytest.mark.parametrize("step", [*Step])
@pytest.mark.parametrize("again", [0, 1])
def test_all_that_is_said_is_kana_or_kanji_of_one_reading_and_holds_no_gap(step: Step, again: int) -> None:
    said = inbound_wording.sentences(State(step, again, again), OfficeSettings(), NOW, frozenset(), BOOKING)

    for sentence in said:
        strange = re.sub("[ぁ-ゖァ-ヺー、。]", "", sentence)
        assert set(strange) <= set(KANJI_OF_ONE_READING), sentence
        assert sentence.endswith("。")
    assert said or step is Step.TALKED


def test_the_office_says_its_name_first_and_out_of_hours_when_it_is_open_again() -> None:
    said = inbound_wording.sentences(State(Step.MENU_CLOSED), OfficeSettings(), NOW, frozenset(), None)

    assert said[0] == "こちらは、しやくしょ、すまほそうだんまどぐちです。"
    assert "うけつけは、へいじつの、ごぜんハチじさんじゅっぷんから、ごごごじじゅうごふんまでです。" in said
    # 29 December to 3 January are no working days, the 2nd and 3rd are a weekend.
    assert "つぎのうけつけは、いちがつよっか、げつようび、ごぜんハチじさんじゅっぷんからです。" in said


def test_what_is_cancelled_is_read_back_with_day_hour_and_place() -> None:
    said = inbound_wording.sentences(State(Step.SURE), OfficeSettings(), NOW, frozenset(), BOOKING)

    assert said[0] == (
        "おふたりぶんの、いちがつじゅうごにち、きんようび、ごぜんじゅうじから、クチノツコウミンカンの、ごよやくを、とりけします。"
    )


@pytest.mark.parametrize("step", [Step.BOOKING, Step.SURE, Step.WILL_COME])
def test_whom_we_visit_at_home_is_not_asked_to_come_nor_waited_for_there(step: Step) -> None:
    at_home = replace(BOOKING, venue_kana="ゴジタク")

    said = "".join(inbound_wording.sentences(State(step), OfficeSettings(), NOW, frozenset(), at_home))

    assert "ゴジタク" in said and "おまちしています" not in said and "いらっしゃる" not in said


@pytest.mark.parametrize("step", [*Step])
def test_all_that_is_said_is_read_rightly_by_an_offline_reader(step: Step) -> None:
    booked = replace(BOOKING, venue_kana="ありえ")
    said = [
        sentence
        for again in (0, 1)
        for sentence in inbound_wording.sentences(State(step, again, again), OfficeSettings(), NOW, frozenset(), booked)
    ]
    said += inbound_wording.packaged(inbound_wording.UNAVAILABLE).splitlines()

    assert [sentence for sentence in said if heard(sentence) != should_be(sentence)] == []
