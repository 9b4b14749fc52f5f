"""The spoken dialogue of a call that comes in: a pure function of where the call stands and which keys were pressed.

A wrong key, or none, changes nothing. Whose number it is opens nothing by itself: families and homes share telephones,
numbers change hands, and a caller's number can be forged. What opens a booking is its number, typed on the keys, and a
cancellation is read back before it counts. Sources: telephony facts c and rules 15-18.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan import phone

DIGITS_OF_A_BOOKING = 8
DIGITS_OF_A_TELEPHONE = 11
MISSES_IN_A_CALL = 2
# Of 90 million numbers some thousand open something: at thirty tries an hour a stranger needs months for one.
MISSES_FROM_A_NUMBER = 6
MISSES_IN_THE_TOWN = 30
MISSES_COUNT_FOR = timedelta(hours=1)
ROUNDS = 3
# A call that has said nothing for so long has ended, whatever was heard of it.
LONGEST_TURN = timedelta(minutes=5)

# How a withheld number arrives, besides in words (Twilio's changelog of 2022-11-16): ANONYMOUS, RESTRICTED, BLOCKED,
# UNKNOWN and UNAVAILABLE on a telephone's keys.
_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})


class Step(StrEnum):
    """Where a call stands. The value names what is said there (templates/wording/inbound)."""

    MENU = "menu"
    MENU_CLOSED = "menu-closed"
    NUMBER = "number"
    BOOKING = "booking"
    SURE = "sure"
    TELEPHONE = "telephone"
    PUT_THROUGH = "put-through"
    TALKED = "talked"
    WILL_COME = "will-come"
    CANCELLED = "cancelled"
    KEPT = "kept"
    WISHED = "wished"
    BUSY = "busy"
    HOURS = "hours"
    GONE_CANCELLED = "gone-cancelled"
    GONE_OVER = "gone-over"
    GONE_CALLED_OFF = "gone-called-off"


class Found(StrEnum):
    """How the booking stands whose number was typed."""

    COMING = "coming"
    CANCELLED = "cancelled"
    OVER = "over"
    CALLED_OFF = "called-off"


class Act(StrEnum):
    """What is done when a call goes on to its next step."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    WISH = "wish"


# How many keys are waited for; with none of them the call goes on by itself, or ends.
KEYS: dict[Step, int] = {
    Step.MENU: 1,
    Step.MENU_CLOSED: 1,
    Step.NUMBER: DIGITS_OF_A_BOOKING,
    Step.BOOKING: 1,
    Step.SURE: 1,
    Step.TELEPHONE: DIGITS_OF_A_TELEPHONE,
}
GONE = {
    Found.CANCELLED: Step.GONE_CANCELLED,
    Found.OVER: Step.GONE_OVER,
    Found.CALLED_OFF: Step.GONE_CALLED_OFF,
}


@dataclass(frozen=True)
class State:
    """Where a call stands. `misses`: booking numbers in vain, of the whole call; `slips`: wrong keys or none, of this
    step."""

    step: Step
    misses: int = 0
    slips: int = 0

    @property
    def said(self) -> str:
        """The name of what is said."""
        again = self.misses if self.step is Step.NUMBER else self.step is Step.TELEPHONE and self.slips
        return f"{self.step}-again" if again else str(self.step)


@dataclass(frozen=True)
class Around:
    """What the dialogue has to know besides. `open`: somebody takes the telephone now; `can_be_rung`: the caller's own
    number is known and may be called; `found`: the booking whose number was typed; `locked`: so many numbers were tried
    in vain that none is looked up any more."""

    open: bool
    can_be_rung: bool
    found: Found | None = None
    locked: bool = False


@dataclass(frozen=True)
class Turn:
    """The next step, and what is done with it. `number`: the telephone that is to be called, where it was typed."""

    state: State
    act: Act | None = None
    number: str = ""


def begin(around: Around) -> State:
    return State(Step.MENU if around.open else Step.MENU_CLOSED)


def press(state: State, keys: str, around: Around) -> Turn:
    """What follows on these keys ("": none came in time)."""
    match state.step:
        case Step.MENU:
            return _to(state, Step.NUMBER) if keys == "2" else _to_a_person(state, around)
        case Step.MENU_CLOSED:
            return _menu_closed(state, keys, around)
        case Step.NUMBER:
            return _number(state, around)
        case Step.BOOKING:
            return _booking(state, keys, around)
        case Step.SURE:
            return _sure(state, keys, around)
        case Step.TELEPHONE:
            return _telephone(state, keys)
    return Turn(state)


def dialled(state: State, answered: bool, around: Around) -> Turn:
    """After the office's telephone rang: somebody took it, or the caller is called back."""
    if state.step is not Step.PUT_THROUGH:
        return Turn(state)
    return _to(state, Step.TALKED) if answered else _wish(state, around, Step.BUSY)


def typed_booking(keys: str) -> str:
    """The booking number in these keys, or ""."""
    return keys if re.fullmatch(f"[0-9]{{{DIGITS_OF_A_BOOKING}}}", keys) else ""


def caller(sent: str) -> str:
    """The caller's number as the provider sends it (E.164), "" for one that is withheld or none."""
    return sent if re.fullmatch(r"\+[1-9][0-9]{6,14}", sent) and sent not in _WITHHELD else ""


def can_be_rung(number: str) -> bool:
    """Whether a caller's number is one that somebody may call back."""
    return phone.may_be_called(number) is not None


def _menu_closed(state: State, keys: str, around: Around) -> Turn:
    if keys == "2":
        return _to(state, Step.NUMBER)
    if keys in ("", "0", "1", "9") or state.slips:
        return _wish(state, around, Step.WISHED)
    return _again(state)


def _number(state: State, around: Around) -> Turn:
    if around.found is not None:
        return _to(state, GONE.get(around.found, Step.BOOKING))
    missed = replace(state, misses=state.misses + 1)
    if missed.misses >= MISSES_IN_A_CALL or around.locked:
        return _to_a_person(missed, around)
    return Turn(missed)


def _booking(state: State, keys: str, around: Around) -> Turn:
    match keys:
        case "1":
            return _to(state, Step.WILL_COME, Act.CONFIRM)
        case "2":
            return _to(state, Step.SURE)
        case "9":
            return _to_a_person(state, around)
    return _again_or_kept(state)


def _sure(state: State, keys: str, around: Around) -> Turn:
    match keys:
        # As in a call of ours (dialogue_rules): a 1 never cancels, and of a 2 pressed twice nobody knows whether the
        # question was heard.
        case "1":
            return _to(state, Step.WILL_COME, Act.CONFIRM)
        case "5":
            return _to(state, Step.CANCELLED, Act.CANCEL)
        case "9":
            return _to_a_person(state, around)
    return _again_or_kept(state)


def _telephone(state: State, keys: str) -> Turn:
    try:
        number = phone.parse(keys).e164
    except Refusal:
        return _to(state, Step.HOURS) if state.slips else _again(state)
    return replace(_to(state, Step.WISHED, Act.WISH), number=number)


def _to_a_person(state: State, around: Around) -> Turn:
    return _to(state, Step.PUT_THROUGH) if around.open else _wish(state, around, Step.WISHED)


def _wish(state: State, around: Around, step: Step) -> Turn:
    return _to(state, step, Act.WISH) if around.can_be_rung else _to(state, Step.TELEPHONE)


def _again_or_kept(state: State) -> Turn:
    return _again(state) if state.slips + 1 < ROUNDS else _to(state, Step.KEPT)


def _again(state: State) -> Turn:
    return Turn(replace(state, slips=state.slips + 1))


def _to(state: State, step: Step, act: Act | None = None) -> Turn:
    return Turn(State(step, state.misses), act)
