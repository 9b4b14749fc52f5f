"""The steps of a rehearsal for a whole office, in the order in which they are done."""

from __future__ import annotations

from enum import StrEnum


class RehearsalStep(StrEnum):
    """What is done at a telephone or at a desk, and seen to happen by what it leaves in the database."""

    SEND = "send"
    TEXT = "text"
    CALL = "call"
    KEY = "key"
    NO_ANSWER = "no-answer"
    MACHINE = "machine"
    OFF = "off"
    RING_US = "ring-us"
    REPLY = "reply"
    PERSON = "person"
    TRIAL = "trial"
    UNKNOWN = "unknown"
    STOPPED = "stopped"
    RELEASED = "released"


class Telephone(StrEnum):
    """At which drawn telephone a step is played."""

    MOBILE = "mobile"
    OTHER_MOBILE = "other-mobile"
    LANDLINE = "landline"
    OTHER_LANDLINE = "other-landline"
    THIRD_LANDLINE = "third-landline"
    UNTRIED = "untried"


AT: dict[RehearsalStep, Telephone] = {
    RehearsalStep.TEXT: Telephone.MOBILE,
    RehearsalStep.CALL: Telephone.LANDLINE,
    RehearsalStep.KEY: Telephone.LANDLINE,
    RehearsalStep.NO_ANSWER: Telephone.OTHER_LANDLINE,
    RehearsalStep.MACHINE: Telephone.THIRD_LANDLINE,
    RehearsalStep.OFF: Telephone.OTHER_MOBILE,
    RehearsalStep.RING_US: Telephone.LANDLINE,
    RehearsalStep.REPLY: Telephone.MOBILE,
    RehearsalStep.TRIAL: Telephone.UNTRIED,
}
