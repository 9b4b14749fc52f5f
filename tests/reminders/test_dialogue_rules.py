"""What keys mean: where a call stands after each, and what it says there."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from supportdesk.office.settings import OfficeSettings
from supportdesk.reminders import dialogue, wording
from supportdesk.reminders.dialogue_rules import (
    BEGIN,
    ROUNDS,
    State,
    Turn,
    press,
    read_turn,
    words,
)
from supportdesk.reminders.wording_rules import KANJI_OF_ONE_READING, says_no_key

OFFICE = OfficeSettings(sender_spoken="みなみしまばらし、しやくしょ", telephone="0957-00-0001")
WEDNESDAY = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)
TOLD = wording.spoken(WEDNESDAY, "ありえこうみんかん", 1, OFFICE, wording.packaged())
VALUES = dialogue.values_of(OFFICE) | {"when": "しちがつじゅうごにち、すいようび、ごぜんじゅうじ"}
KEYS = ("", *"1234567890*#")
SURE = Turn(State.SURE)


def said(turn: Turn, persons: int = 1, *, office_open: bool = True) -> str:
    values = VALUES | {"persons": wording.spoken_persons(persons)}
    return "".join(words(turn, TOLD, values, office_open=office_open))


@pytest.mark.parametrize(
    ("turn", "digits", "state"),
    [
        (BEGIN, "1", State.COMING),
        (BEGIN, "2", State.SURE),
        (BEGIN, "9", State.PERSON),
        (SURE, "5", State.NOT_COMING),
        (SURE, "1", State.COMING),
        (SURE, "9", State.PERSON),
    ],
)
def test_a_key_that_was_named_does_what_was_said(turn: Turn, digits: str, state: State) -> None:
    assert press(turn, digits).state is state


@pytest.mark.parametrize("digits", ["", "3", "4", "5", "6", "7", "8", "0", "*", "#", "12", "22", "1" * 40, "１", "一"])
def test_any_other_key_and_none_only_ask_once_more(digits: str) -> None:
    assert press(BEGIN, digits) == Turn(State.ASKED, 2)


@pytest.mark.parametrize("digits", ["", "2", "22", "3", "4", "0", "*", "#", "55"])
def test_that_they_cannot_come_counts_only_after_a_key_of_its_own(digits: str) -> None:
    assert press(press(BEGIN, "2"), digits) == Turn(State.SURE, 2)


def test_no_question_is_asked_more_than_three_times() -> None:
    turn = BEGIN
    for _ in range(ROUNDS):
        assert turn.state is State.ASKED
        turn = press(turn, "")

    assert turn.state is State.GOODBYE


def test_whatever_is_pressed_every_call_ends_and_only_a_5_after_a_2_cancels() -> None:
    reached: dict[State, set[tuple[str, ...]]] = {}
    for pressed in product(("", "1", "2", "5", "9", "#"), repeat=4):
        turn, used = BEGIN, 0
        for key in pressed:
            if turn.listens:
                turn, used = press(turn, key), used + 1
        reached.setdefault(turn.state, set()).add(pressed[:used])

    assert all("2" in pressed and pressed[-1] == "5" for pressed in reached[State.NOT_COMING])
    assert all(pressed[-1] == "1" for pressed in reached[State.COMING])


def test_a_turn_in_an_address_is_read_back_and_nothing_else_is() -> None:
    for state, count in product((State.ASKED, State.SURE), range(1, ROUNDS + 1)):
        assert read_turn(str(Turn(state, count))) == Turn(state, count)
    for text in ("", "asked", "asked-0", "asked-4", "asked-11", "coming-1", "goodbye-1", "sure-1-1", "x" * 300):
        assert read_turn(text) is None


def test_everything_is_said_twice_before_the_first_question() -> None:
    first = said(BEGIN)

    assert first.startswith("こちらは、みなみしまばらし、しやくしょからの、自動のお電話です。")
    told = "しちがつじゅうごにち、すいようび、ごぜんじゅうじから、ありえこうみんかんで、スマホ教室があります。"
    number = "ゼロ、キュー、ゴ、ナナ。ゼロ、ゼロ。ゼロ、ゼロ、ゼロ、イチへ、お電話ください。"
    assert first.count(told) == first.count(number) == 2
    assert first.rindex(number) < first.index("イチを、押してください")


def test_a_machine_that_presses_nothing_hears_it_all_and_a_goodbye() -> None:
    assert "押さなくても、かまいません。" in said(BEGIN)
    assert "おへんじがなくても、ごよやくは、そのままです。" in said(Turn(State.GOODBYE))


def test_where_keys_are_named_it_is_not_said_that_none_is_needed() -> None:
    assert any("ボタンを押す必要はありません" in sentence for sentence in TOLD)
    assert "必要はありません" not in said(BEGIN)
    assert "お金や暗証番号を、お聞きすることもありません。" in said(BEGIN)


def test_an_answer_for_several_says_that_it_is_for_all() -> None:
    for turn in (BEGIN, Turn(State.COMING), Turn(State.NOT_COMING)):
        assert "おふたりぶんの、おへんじ" in said(turn, 2)
        assert "みなさまのぶんの、おへんじ" in said(turn, 3)
        assert "ぶんの、" not in said(turn)


def test_a_closed_office_tells_its_hours_and_an_open_one_connects() -> None:
    assert "へいじつの、ごぜんハチじさんじゅっぷんから、ごごごじじゅうごふんまで" in said(
        Turn(State.PERSON), office_open=False
    )
    assert "おつなぎします" in said(Turn(State.PERSON))


def test_only_kana_and_kanji_of_one_reading_are_spoken() -> None:
    for turn in (*(Turn(state, n) for state in State for n in (1, 2)), BEGIN):
        for office_open in (True, False):
            kanji = {c for c in said(turn, 2, office_open=office_open) if "一" <= c <= "鿿"}
            assert kanji <= KANJI_OF_ONE_READING


def test_every_packaged_call_says_that_no_key_is_needed() -> None:
    for template, packaged in wording.packaged().items():
        if template.spoken:
            assert sum(says_no_key(line) for line in packaged.splitlines()) == 1, template
