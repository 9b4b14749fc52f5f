"""How a call goes on through its documents, as the practice telephone plays them.

What a call does between two acts of a hand is a stretch: sentences, then something that waits for a key, a word, a
colleague, or leads elsewhere. Twilio's own order (twilio.com/docs/voice/twiml) is kept, since what is rehearsed here
is what callers will hear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .twiml_reader import Step, Verb

# As many documents as may lead on without anything being said; more is a circle.
MOST_TURNS = 10


@dataclass(frozen=True, slots=True)
class Stretch:
    """`says`, in order, while `listens` (a Gather) hears keys from the sentence `listens_from` on; then `leads` where
    the call goes without a key (None: on to step `then` of the document, or to its end)."""

    says: tuple[Step, ...]
    listens: Step | None
    listens_from: int
    leads: Step | None
    then: int
    ends: bool


def stretch(steps: Sequence[Step], place: int) -> Stretch:
    """What happens from step `place` of a document until something must be done."""
    says: list[Step] = []
    for number, step in enumerate(steps[place:], place):
        match step.verb:
            case Verb.SAY:
                says.append(step)
            case Verb.GATHER:
                inside = [each for each in step.inside if each.verb is Verb.SAY]
                last = number + 1 >= len(steps) and not step.when_silent
                return Stretch((*says, *inside), step, len(says), None, number + 1, ends=last)
            case Verb.REDIRECT | Verb.RECORD | Verb.DIAL:
                return Stretch(tuple(says), None, 0, step, number + 1, ends=False)
            case Verb.HANGUP | Verb.REJECT:
                break
            case Verb.PAUSE | Verb.PLAY:
                pass
    return Stretch(tuple(says), None, 0, None, len(steps), ends=True)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a Gather has heard: still waiting, or done with these digits (none: nothing was entered)."""

    digits: str
    done: bool


def after_key(gather: Step, before: str, key: str) -> Keys:
    """Twilio's rule: the finishing key ends and is left out, else the number of digits ends."""
    if gather.finish_on and key in gather.finish_on:
        return Keys(before, done=True)
    digits = before + key
    return Keys(digits, done=gather.digits is not None and len(digits) >= gather.digits)


def on_the_machine(said: Sequence[str], *, beep: bool) -> tuple[str, ...]:
    """What an answering machine keeps of a call: one that speaks first and then beeps has lost the first sentence by
    then. That is why a call says everything twice."""
    return tuple(said[1:] if beep else said)
