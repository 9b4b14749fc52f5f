"""What a call asks those who chose to answer by key, and what their keys mean: pure, from where the call stands and
what was pressed to where it stands then and what it says.

Whoever presses nothing loses nothing: all that matters is said before the first question, twice, so that it makes sense
on an answering machine too, and neither silence nor a wrong key changes anything (telephony facts, rules 14-17).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from .wording_rules import fill, says_no_key

ROUNDS = 3
"""How often one question is asked before the call says goodbye."""


class State(StrEnum):
    """Where a call stands. ASKED and SURE listen for a key, all others end it."""

    ASKED = "asked"
    """They were told of the lesson, and asked whether they come."""
    SURE = "sure"
    """They said that they cannot come, and are asked once more before it counts."""
    COMING = "coming"
    NOT_COMING = "not-coming"
    PERSON = "person"
    """They are connected to the office, or told its hours while it is closed."""
    GOODBYE = "goodbye"


LISTENING = frozenset({State.ASKED, State.SURE})

# Cancelling has a key of its own: of a 2 pressed twice in a row nobody knows whether the question was heard. And a 1
# never cancels, whatever was asked before.
_KEYS: Mapping[State, Mapping[str, State]] = {
    State.ASKED: {"1": State.COMING, "2": State.SURE, "9": State.PERSON},
    State.SURE: {"1": State.COMING, "5": State.NOT_COMING, "9": State.PERSON},
}


@dataclass(frozen=True)
class Turn:
    """Where a call stands, and for the how manieth time its question is asked. Its text is a part of an address."""

    state: State
    round: int = 1

    def __str__(self) -> str:
        return f"{self.state}-{self.round}"

    @property
    def listens(self) -> bool:
        return self.state in LISTENING


BEGIN = Turn(State.ASKED)


def read_turn(text: str) -> Turn | None:
    """The turn that listens of which this is the text, or None."""
    found = re.fullmatch(r"([a-z]+)-([1-9])", text)
    if found is None or found[1] not in LISTENING or int(found[2]) > ROUNDS:
        return None
    return Turn(State(found[1]), int(found[2]))


def press(turn: Turn, digits: str) -> Turn:
    """Where the call stands after these keys ("": none in time). 3, as any other key without a meaning of its own and
    as silence, asks once more."""
    after = _KEYS[turn.state].get(digits)
    if after is not None:
        return Turn(after)
    return Turn(State.GOODBYE) if turn.round >= ROUNDS else replace(turn, round=turn.round + 1)


# ---- words

# Kana and the kanji of one reading alone; the reader of tests/reminders/test_reading.py hears every sentence of it.
_QUESTION = (
    "ここからは、ボタンで、おへんじができます。",
    "押さなくても、かまいません。",
    "ごよていどおりのかたは、イチを、押してください。",
    "お休みのかたは、ニを、押してください。",
    "もういちど聞きたいかたは、サンを、押してください。",
    "かかりのものと、はなしたいかたは、キューを、押してください。",
)
_FOR_ALL = "{persons}おへんじを、うかがいます。"
_SURE = (
    "お休みで、まちがいありませんか。",
    "お休みのかたは、ゴを、押してください。",
    "ごよていどおりのかたは、イチを、押してください。",
    "なにも押さなければ、ごよやくは、そのままです。",
)
_ENDS: Mapping[State, Sequence[str]] = {
    State.COMING: (
        "ごよていどおりとの、{persons}おへんじを、うけたまわりました。",
        "{when}からです。",
        "どうぞ、よろしくおねがいします。",
    ),
    State.NOT_COMING: (
        "お休みとの、{persons}おへんじを、うけたまわりました。",
        "ごよやくは、とりけしました。",
        "おまちがいのときは、{telephone}へ、お電話ください。",
        "ありがとうございました。",
    ),
    State.GOODBYE: (
        "おへんじがなくても、ごよやくは、そのままです。",
        "お休みのときは、{telephone}へ、お電話ください。",
        "しつれいいたします。",
    ),
}
_CONNECTS = ("かかりのものに、おつなぎします。", "このまま、おまちください。")
_CLOSED = (
    "ただいまは、うけつけの、じかんではありません。",
    "うけつけは、{hours}です。",
    "そのあいだに、こちらから、お電話します。",
)
NOBODY_FREE = (
    "もうしわけありません。",
    "ただいま、かかりのものが、電話にでられません。",
    "のちほど、こちらから、お電話します。",
)
NOTHING_TO_SAY = (
    "こちらは、{sender}からの、自動のお電話です。",
    "いま、ご案内することは、ありません。",
    "おといあわせは、{telephone}へ、お電話ください。",
)
CHANGED = (
    "こちらは、{sender}からの、自動のお電話です。",
    "ごよていが、かわりました。",
    "くわしくは、{telephone}へ、お電話ください。",
)


def words(turn: Turn, told: Sequence[str], values: Mapping[str, str], *, office_open: bool) -> tuple[str, ...]:
    """What the call says at this turn. `told`: what it tells of the lesson, as those without keys hear it; `values`:
    what stands for the placeholders, of which `persons` is empty for one person."""
    if turn.state is State.PERSON:
        said: Sequence[str] = _CONNECTS if office_open else _CLOSED
    elif turn.state is State.SURE:
        said = ("もういちど、うかがいます。",) * (turn.round > 1) + _SURE
    elif turn.state is State.ASKED:
        message = tuple(sentence for sentence in told if not says_no_key(sentence))
        question = (*_QUESTION[:2], _FOR_ALL, *_QUESTION[2:]) if values["persons"] else _QUESTION
        again = (*message, "くりかえします。") if turn.round == 1 else ("もういちど、もうしあげます。",)
        said = (*again, *message, *question)
    else:
        said = _ENDS[turn.state]
    return filled(said, values)


def filled(sentences: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Sentences of this file with the values in their places."""
    return tuple(fill(sentence, values) for sentence in sentences)
