"""What an act's answer says when a message about it is leaving at that very moment.

Whoever sends asks right before each call whether it is still wanted; between that question and the call lies a moment
in which nothing can hold the message any more. So every answer to an act that takes something back looks once more,
after its commit, and says what it cannot promise. That a person puts it right is derived (reminders/corrections.py).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from flask import Flask, Response, flash, request
from flask_babel import ngettext

from ..core import clock, history
from ..core.access import below_api
from ..core.db import db
from ..core.history import Recorded
from ..lessons.models import Booking, Lesson
from ..messages import hooks, queries
from ..messages.models import Message, MessageAlso
from ..messages.rules import last_digits
from ..reminders.corrections import OF_NUMBERS, numbers_of

OF_BOOKINGS = {"booking.cancelled", "booking.moved", "booking.lesson_cancelled"}
STOPPED = "resident.contact-stopped"
NUMBER_WRONG = "resident.number-wrong"
# By the switch; what leaves all the same was wanted, and nothing is to be put right.
ALL_STOPPED = "sending.stopped"
# Acts that take something back only if they changed one of these.
ONLY_IF_CHANGED = {
    "lesson.edited": {"starts_at", "venue_id", "room_id"},
    "resident.edited": {"telephones", "family"},
}
FIELD = "just_leaving"
_KINDS = ("booking", "lesson", "resident")


def install(app: Flask) -> None:
    @app.before_request
    def nothing_yet() -> None:
        history.recorded().clear()

    @app.after_request
    def say_what_is_leaving(response: Response) -> Response:
        # Who calls back is a machine, and reads no page.
        reads = request.method in ("GET", "HEAD", "OPTIONS") or request.path.startswith(hooks.PREFIX)
        if reads or response.status_code >= 400:
            return response
        all_stopped = [one.at for one in history.recorded() if one.action == ALL_STOPPED]
        found = queries.leaving(min(all_stopped)) if all_stopped else _found()
        if found and below_api():
            _tell_a_program(response, found)
        elif found:
            flash(_of_all(len(found)) if all_stopped else _of_what_was_taken_back(len(found)), "error")
        return response


def _of_all(count: int) -> str:
    return ngettext(
        "%(num)s message is leaving at this moment and may no longer be stopped.",
        "%(num)s messages are leaving at this moment and may no longer be stopped.",
        count,
    )


def _of_what_was_taken_back(count: int) -> str:
    return ngettext(
        "%(num)s message is leaving at this moment. If it can no longer be stopped, whom to call about it"
        " will stand under Needs a person.",
        "%(num)s messages are leaving at this moment. If they can no longer be stopped, whom to call about"
        " them will stand under Needs a person.",
        count,
    )


def _found() -> Sequence[Message]:
    """What was leaving while this request took something back (no query for any other request, else one to five)."""
    acts = [one for one in history.recorded() if _takes_back(one)]
    if not acts:
        return []
    of = {kind: {one.subject for one in acts if one.subject.startswith(f"{kind}:")} for kind in _KINDS}
    # After these a message is taken back only if its number is theirs no more.
    edited, now = {one.subject for one in acts if one.action in OF_NUMBERS}, clock.now()
    found = queries.just_leaving(
        abouts=of["booking"] | _bookings_of(of["lesson"], of["resident"], now),
        recipients=of["resident"],
        since=min(one.at for one in acts),
        now=now,
    )
    return _without_numbers_that_stay(found, edited) if found and edited else found


def _takes_back(act: Recorded) -> bool:
    if act.action in OF_BOOKINGS or act.action in (STOPPED, NUMBER_WRONG):
        return True
    return not ONLY_IF_CHANGED.get(act.action, set()).isdisjoint(act.details.get("changed", ()))


def _bookings_of(lessons: set[str], residents: set[str], now: datetime) -> set[str]:
    """The bookings of these lessons, and those to come of these people (another's message of the day may tell of
    them), by which messages name them."""
    if not (lessons or residents):
        return set()
    theirs = sa.and_(Booking.resident_id.in_(_ids(residents)), Lesson.starts_at > now)
    active = (
        sa.select(Booking.id)
        .join(Booking.lesson)
        .where(sa.or_(Booking.lesson_id.in_(_ids(lessons)), theirs), Booking.cancelled_at.is_(None))
    )
    return {f"booking:{booking_id}" for booking_id in db.session.scalars(active)}


def _ids(subjects: Collection[str]) -> list[int]:
    return [int(subject.partition(":")[2]) for subject in subjects]


def _without_numbers_that_stay(found: Sequence[Message], edited: Collection[str]) -> list[Message]:
    """Without those whose number still stands in the records that were edited of the people whom they tell."""
    told, theirs = _told_besides(found), numbers_of(_ids(edited))
    return [
        one
        for one in found
        if not (whose := {one.recipient, *told[one.id]}.intersection(edited))
        or any(one.number not in theirs.get(resident_id, ()) for resident_id in _ids(whose))
    ]


def _told_besides(found: Sequence[Message]) -> Mapping[int, set[str]]:
    """Whom each of these messages tells besides its recipient."""
    told: dict[int, set[str]] = defaultdict(set)
    about = sa.literal("booking:") + sa.cast(Booking.id, sa.String)
    rows = db.session.execute(
        sa.select(MessageAlso.message_id, Booking.resident_id)
        .join(Booking, MessageAlso.about == about)
        .where(MessageAlso.message_id.in_([one.id for one in found]))
    )
    for message_id, resident_id in rows:
        told[message_id].add(f"resident:{resident_id}")
    return told


def _tell_a_program(response: Response, found: Sequence[Message]) -> None:
    body = response.get_json(silent=True)
    if isinstance(body, dict):
        body[FIELD] = [
            {"message_id": one.id, "channel": one.channel.value, "number_ends_in": last_digits(one.number)}
            for one in found
        ]
        response.set_data(json.dumps(body))
