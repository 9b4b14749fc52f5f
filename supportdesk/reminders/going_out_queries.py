"""Reads for the page of what would go out: each step by time, with its words, before anything is planned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ..messages.cap_rules import Cap
from ..messages.providers.sms import segments
from ..messages.rules import MessageStatus
from ..messages.spreading import Spread
from . import asked, chain_rules, change_wording, changed, drawn, offered, on_duty, wording
from .asked import Asked, Setting
from .change_rules import Telling
from .lesson_queries import lessons_with_steps_until
from .rules import ONLY_IF, Step


@dataclass(frozen=True)
class Going:
    """One step that would be done, about a booking, an offer, a draw or a duty, with a machine's words, or one that is
    left out."""

    about: str
    resident_id: int | None
    supporter_id: int | None
    lesson_id: int
    step: Step
    words: str
    segments: int
    # Its turn does not come in the hours of its day, so that a person is asked.
    late: bool = False


def going_out(now: datetime, until: datetime) -> list[Going]:
    """What would go out from now until then, by time, and after it what is left out. Nothing is written: what is not
    planned yet is derived as the plan would."""
    by = asked.setting(now)
    lessons = lessons_with_steps_until(until, now, by)
    of_lessons = asked.of_lessons(lessons, by)
    spread = Spread(by.office, by.closed, now)
    found = [
        _going(one, step, by, spread)
        for one in [
            *of_lessons, *offered.standing(by), *drawn.to_tell(by, now), *on_duty.with_steps_until(until, now, by)
        ]
        for step in one.timed
        if step.left_out not in ONLY_IF and step.due_at <= until and (step.left_out or _still_to_do(one, step, now))
    ]
    tellings = changed.tellings(of_lessons, by)
    found += [
        _going_of_change(one, tellings[one.booking.id], by)
        for one in of_lessons
        if one.booking.id in tellings and changed.still_to_leave(tellings[one.booking.id], now, until)
    ]
    return sorted(found, key=lambda going: (going.step.left_out is not None, going.step.due_at, going.about))


def _still_to_do(one: Asked, step: Step, now: datetime) -> bool:
    tried = one.facts.tried.get(step.key)
    return step.not_after > now and (tried is None or tried.status in chain_rules.NOT_LEFT)


def _going(one: Asked, step: Step, by: Setting, spread: Spread) -> Going:
    whose = (one.about, *one.whom, one.booking.lesson_id)
    if step.left_out or not step.by_machine:
        return Going(*whose, step, "", 0)
    said = wording.message(step, one.facts.starts_at, one.booking, by.office, by.words, one.facts.language)
    step, late = _turn_of(step, one.messages.get((step.matter, step.step)), spread)
    return Going(*whose, step, said["body"] or "".join(said["sentences"]), segments(said["body"]), late)


def _turn_of(step: Step, planned: asked.Columns | None, spread: Spread) -> tuple[Step, bool]:
    """The step at its turn, and whether that comes too late; of what is not planned yet the turn it would get now."""
    if planned is not None and planned.status is not MessageStatus.WITHDRAWN:
        return step, planned.reason == Cap.RATE
    turn = spread.turn(wording.channel(step), step.window, step.due_at, step.not_after, step.hours)
    return (replace(step, due_at=turn.due_at), False) if turn.fits else (step, True)


def _going_of_change(one: Asked, telling: Telling, by: Setting) -> Going:
    assert telling.step is not None and telling.news is not None
    said = change_wording.message(telling.step, telling.news, by.office, by.words, one.facts.language)
    words = said["body"] or "".join(said["sentences"])
    whose = (one.about, *one.whom, one.booking.lesson_id)
    return Going(*whose, telling.step, words, segments(said["body"]))
