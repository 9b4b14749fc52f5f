"""What happens when one person's things go to another: prepared, carried out, taken back. Each in one transaction.

A hand-over of today is prepared and carried out at once; one of a later day is carried out by the jobs on that day,
from what its giver has then. Something that stands in the way by then stays where it is, and the paper says why: a day
that was prepared with care is not lost because of one duty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..accounts.models import User
from ..core import clock, history
from ..core.access import Actor
from ..core.db import db, one_row
from ..core.edits import fitting
from ..core.errors import ChangedMeanwhile, Refusal
from ..desk.actions import subject as request_subject
from ..desk.models import HelpRequest
from ..lessons import handing_over
from ..lessons.handing_over import Duty
from ..lessons.models import Series
from . import handover_queries as queries
from . import handover_rules as rules
from .handover_models import HandOver, HandOverItem
from .handover_queries import Found, Open
from .handover_rules import OUTCOME, Choice, DutyChoice, HandOverState, ItemKind, ItemOutcome, Plan


@dataclass(frozen=True)
class HandOverData:
    """A hand-over as it is chosen. `on` is a calendar day of the town."""

    from_id: int
    to_id: int
    on: date
    plan: Plan = field(default_factory=Plan)
    note: str = ""


def hand_over(data: HandOverData, *, seen: str | None = None, by: Actor, now: datetime) -> HandOver:
    """Write a hand-over down, and carry it out if its day is today. Raises NotFound and Refusal: `prepared-already`,
    `look-again` when duties or series are not any more what `seen` says, `unsettled` while something cannot go the way
    that was chosen."""
    today = clock.local_date(now)
    rules.check_day(data.on, today)
    _queue_for(data.from_id, now)
    found = queries.found(data.from_id, data.to_id, data.plan, data.on, now)
    if seen is not None and seen != found.seen:
        raise Refusal(
            "Duties or series have changed since you looked. Please look once more.", code="look-again"
        )
    if unsettled := found.unsettled(data.plan):
        raise rules.in_the_way(unsettled)
    made = HandOver(
        from_id=data.from_id, from_name=found.from_user.name, to_id=data.to_id, to_name=found.to_user.name,
        takes_effect_on=data.on, plan=data.plan.kept(), prepared_at=now, prepared_by=by.name,
        **fitting(HandOver, {"note": data.note}),
    )  # fmt: skip
    _add(made)
    history.record(
        "hand-over.prepared", subject(made.id), by=by, now=now, from_user=data.from_id, to_user=data.to_id,
        day=data.on.isoformat(),
    )  # fmt: skip
    if data.on == today:
        _carry_out(made, found, by=by, now=now)
    return made


def carry_out(hand_over_id: int, *, by: Actor, now: datetime) -> None:
    """Do what was prepared for today or before. What cannot go by now stays, with the reason on the paper. Raises
    Refusal `not-in-service` when the account of who takes over is not in force; nothing is done to one that ended."""
    prepared = queries.get(hand_over_id)
    _queue_for(prepared.from_id, now)
    prepared = queries.get(hand_over_id)
    if prepared.state is not HandOverState.PREPARED:
        return
    plan = rules.plan_from(prepared.plan)
    found = queries.found(prepared.from_id, prepared.to_id, plan, clock.local_date(now), now)
    _carry_out(prepared, found, by=by, now=now)


def withdraw(hand_over_id: int, *, by: Actor, now: datetime) -> None:
    """Take back what was prepared. Raises NotFound, Refusal `not-prepared` when it was carried out or taken back."""
    queries.get(hand_over_id)
    if not _end(hand_over_id, HandOverState.WITHDRAWN, by, now):
        raise Refusal("This hand-over was carried out or taken back already.", code="not-prepared")
    history.record("hand-over.withdrawn", subject(hand_over_id), by=by, now=now)


def subject(hand_over_id: int) -> str:
    """The key under which the history knows a hand-over."""
    return f"hand-over:{hand_over_id}"


def _add(made: HandOver) -> None:
    """One is prepared for a person at a time; those who want to queue for the giver's account before."""
    other = sa.select(HandOver.takes_effect_on).where(
        HandOver.from_id == made.from_id, HandOver.state == HandOverState.PREPARED
    )
    if db.session.scalar(other) is not None:
        raise Refusal(
            "A hand-over of this person is prepared already. Take it back first, or wait for its day.",
            code="prepared-already",
        )
    db.session.add(made)
    db.session.flush()


def _queue_for(user_id: int, now: datetime) -> None:
    """Let two hand-overs of one person pass one after the other, and queue for what their duties hang on before it is
    read. SQLite has queued its writers already."""
    same = sa.update(User).where(User.id == user_id).values(active=User.active)
    db.session.execute(same, execution_options={"synchronize_session": False})
    supporter = handing_over.supporter_of(user_id)
    if supporter is not None:
        handing_over.queue_for_duties(supporter.id, now)


def _end(hand_over_id: int, state: HandOverState, by: Actor, now: datetime) -> bool:
    moved = sa.update(HandOver).where(HandOver.id == hand_over_id, HandOver.state == HandOverState.PREPARED)
    return one_row(moved.values(state=state, ended_at=now, ended_by=by.name))


def _carry_out(row: HandOver, found: Found, *, by: Actor, now: datetime) -> None:
    if not _end(row.id, HandOverState.DONE, by, now):
        raise ChangedMeanwhile()
    plan = rules.plan_from(row.plan)
    tasks = [*_requests(row, plan, found, by=by, now=now), *_people(plan, found)]
    tasks += _duties(plan, found, by=by, now=now)
    tasks.sort(key=lambda item: rules.paper_order(item["urgent"], item["due_at"], item["since"]))
    # Through the mapper first: the other is an update of its own, which raises the version behind the mapper's back.
    regular = _regular(plan, found, by=by, now=now)
    rest = _series(row, plan, found, by=by, now=now) + regular
    numbered = [{**item, "hand_over_id": row.id, "place": place} for place, item in enumerate([*tasks, *rest], 1)]
    for first in range(0, len(numbered), 500):
        db.session.execute(sa.insert(HandOverItem), numbered[first : first + 500])
    counts = {one.value: sum(item["outcome"] is one for item in numbered) for one in ItemOutcome}
    db.session.refresh(row)
    history.record("hand-over.done", subject(row.id), by=by, now=now, **counts)


def _choice(kind: ItemKind, plan: Plan, found: Found) -> tuple[Choice, str]:
    """What becomes of a kind, and why not what was chosen, where it cannot be so by now."""
    chosen = plan.of(kind)
    if chosen is Choice.HAND_OVER and kind in found.against:
        return Choice.LEAVE, queries.in_words([found.against[kind]])
    return chosen, ""


def _to(choice: Choice, to_id: int) -> int | None:
    return to_id if choice is Choice.HAND_OVER else None


def _item(kind: ItemKind, about_id: int, choice: Choice, why: str = "", **values: Any) -> dict[str, Any]:
    blank = {"label": "", "status": "", "urgent": False, "since": None, "due_at": None}
    return {**blank, "kind": kind, "about_id": about_id, "outcome": OUTCOME[choice], "why": why, **values}


def _requests(row: HandOver, plan: Plan, found: Found, *, by: Actor, now: datetime) -> list[dict[str, Any]]:
    """All that are open at this moment: one update moves them and names them, so that a request which is closed while
    this goes on is either moved before or left alone."""
    items = []
    for kind, statuses in queries.STATUSES.items():
        choice, why = _choice(kind, plan, found)
        mine = (HelpRequest.in_charge_id == row.from_id, HelpRequest.status.in_(statuses))
        if choice is Choice.LEAVE:
            ids = list(db.session.scalars(sa.select(HelpRequest.id).where(*mine)))
        else:
            to_id = _to(choice, row.to_id)
            moved = sa.update(HelpRequest).where(*mine)
            moved = moved.values(in_charge_id=to_id, version=HelpRequest.version + 1)
            given = moved.returning(HelpRequest.id).execution_options(synchronize_session=False)
            ids = sorted(db.session.scalars(given))
            for one in ids:
                history.record(
                    "request.in-charge", request_subject(one), by=by, now=now, before=row.from_id, after=to_id,
                    hand_over=row.id,
                )  # fmt: skip
        items += [_request_item(kind, one, choice, why, now) for one in queries.requests_by_id(ids)]
    return items


def _request_item(kind: ItemKind, one: Open, choice: Choice, why: str, now: datetime) -> dict[str, Any]:
    due_at = one.lesson_at if one.lesson_at and one.lesson_at > now else None
    return _item(
        kind, one.id, choice, why, label=one.topic, status=one.status.value, urgent=one.urgent,
        since=one.received_at, due_at=due_at,
    )  # fmt: skip


def _people(plan: Plan, found: Found) -> list[dict[str, Any]]:
    """Whom a person must tell goes along with their request, as far as anybody is in charge of that."""
    choice, why = _choice(ItemKind.REQUEST, plan, found)
    return [
        _item(ItemKind.PERSON, call.resident_id, choice, why, status=call.why.value, due_at=call.deadline)
        for call in found.calls
        if call.resident_id is not None
    ]


def _duties(plan: Plan, found: Found, *, by: Actor, now: datetime) -> list[dict[str, Any]]:
    giver = handing_over.supporter_of(found.from_user.id)
    given = [(duty, *_duty_choice(duty, plan.of_duty(duty.lesson.id), found)) for duty in found.duties]
    opened = [duty for duty, choice, _why in given if choice is Choice.OPEN]
    without = {}
    if giver and opened:
        again = [(duty.lesson, duty.reason) for duty in opened]
        looked = handing_over.look(again, giver.id, None, clock.local_date(now))
        without = {duty.lesson.id: duty for duty in looked}
    items = []
    for duty, choice, why in given:
        if choice is not Choice.LEAVE:
            handing_over.move_duty(without.get(duty.lesson.id, duty), by=by, now=now)
        lesson = duty.lesson
        label = f"{lesson.course.title} {lesson.venue.name}"
        items.append(_item(ItemKind.DUTY, lesson.id, choice, why, label=label, due_at=lesson.starts_at))
    return items


def _duty_choice(duty: Duty, chosen: DutyChoice, found: Found) -> tuple[Choice, str]:
    """As `_choice`, of one duty. A reason that was typed stands on the paper."""
    if chosen.choice is not Choice.HAND_OVER:
        return chosen.choice, chosen.reason
    if ItemKind.DUTY in found.against:
        return Choice.LEAVE, queries.in_words([found.against[ItemKind.DUTY]])
    if duty.refusal:
        return Choice.LEAVE, queries.in_words([one.why for one in duty.conflicts])
    return Choice.HAND_OVER, chosen.reason


def _series(row: HandOver, plan: Plan, found: Found, *, by: Actor, now: datetime) -> list[dict[str, Any]]:
    choice, why = _choice(ItemKind.SERIES, plan, found)
    ids = [one.id for one in found.series]
    if choice is not Choice.LEAVE:
        ids = handing_over.give_series(ids, row.from_id, _to(choice, row.to_id), by=by, now=now)
    return [_series_item(ItemKind.SERIES, one, choice, why, found) for one in found.series if one.id in ids]


def _regular(plan: Plan, found: Found, *, by: Actor, now: datetime) -> list[dict[str, Any]]:
    giver = handing_over.supporter_of(found.from_user.id)
    taker = handing_over.supporter_of(found.to_user.id)
    choice, why = _choice(ItemKind.REGULAR_DUTY, plan, found)
    if giver and choice is not Choice.LEAVE:
        for one in found.regular:
            to_id = taker.id if taker and choice is Choice.HAND_OVER else None
            handing_over.move_regular_duty(one, giver.id, to_id, by=by, now=now)
    return [_series_item(ItemKind.REGULAR_DUTY, one, choice, why, found) for one in found.regular]


def _series_item(kind: ItemKind, one: Series, choice: Choice, why: str, found: Found) -> dict[str, Any]:
    starts_at = found.next_starts.get(one.id)
    return _item(kind, one.id, choice, why, label=f"{one.course.title} {one.room.venue.name}", due_at=starts_at)
