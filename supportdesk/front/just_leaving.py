"""What an act's answer says when a message about it is leaving at that very moment.

Whoever sends asks right before each call whether it is still wanted; between that question and the call lies a moment
in which nothing can hold the message any more. So every answer to an act that takes something back looks once more,
after its commit, and says what it cannot promise. That a person puts it right is derived (reminders/corrections.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa
from flask import Flask, Response, flash, request
from flask_babel import ngettext

from ..core import clock, history
from ..core.access import below_api
from ..core.db import db
from ..core.history import Recorded
from ..lessons.models import Booking
from ..messages import queries
from ..messages.models import Message
from ..messages.rules import last_digits
from ..people.models import FamilyContact, Telephone

OF_BOOKINGS = {"booking.cancelled", "booking.moved", "booking.lesson_cancelled"}
STOPPED = "resident.contact-stopped"
EDITED = "resident.edited"
# Acts that take something back only if they changed one of these.
ONLY_IF_CHANGED = {
    "lesson.edited": {"starts_at", "venue_id", "room_id"},
    EDITED: {"telephones", "family"},
}
FIELD = "just_leaving"
_KINDS = ("booking", "lesson", "resident")


def install(app: Flask) -> None:
    @app.before_request
    def nothing_yet() -> None:
        history.recorded().clear()

    @app.after_request
    def say_what_is_leaving(response: Response) -> Response:
        if request.method in ("GET", "HEAD", "OPTIONS") or response.status_code >= 400:
            return response
        found = _found()
        if found and below_api():
            _tell_a_program(response, found)
        elif found:
            flash(
                ngettext(
                    "%(num)s message is leaving at this moment. If it can no longer be stopped, whom to call about it"
                    " will stand under Needs a person.",
                    "%(num)s messages are leaving at this moment. If they can no longer be stopped, whom to call about"
                    " them will stand under Needs a person.",
                    len(found),
                ),
                "error",
            )
        return response


def _found() -> Sequence[Message]:
    """What was leaving while this request took something back (no query for any other request, else one to four)."""
    acts = [one for one in history.recorded() if _takes_back(one)]
    if not acts:
        return []
    of = {kind: {one.subject for one in acts if one.subject.startswith(f"{kind}:")} for kind in _KINDS}
    edited = {one.subject for one in acts if one.action == EDITED}
    stopped = of["resident"] - edited
    since = min(one.at for one in acts)
    abouts = of["booking"] | _bookings(Booking.lesson_id, of["lesson"]) | _bookings(Booking.resident_id, stopped)
    found = list(queries.just_leaving(abouts=abouts, recipients=stopped, since=since, now=clock.now()))
    if edited:
        abouts = _bookings(Booking.resident_id, edited)
        leaving = queries.just_leaving(abouts=abouts, recipients=edited, since=since, now=clock.now())
        numbers = _numbers(edited)
        found += [one for one in leaving if one.number not in numbers]
    return found


def _takes_back(act: Recorded) -> bool:
    if act.action in OF_BOOKINGS or act.action == STOPPED:
        return True
    return not ONLY_IF_CHANGED.get(act.action, set()).isdisjoint(act.details.get("changed", ()))


def _bookings(of: sa.orm.InstrumentedAttribute[int], subjects: set[str]) -> set[str]:
    """The active bookings of these lessons or residents, by which messages name them."""
    if not subjects:
        return set()
    active = sa.select(Booking.id).where(of.in_(_ids(subjects)), Booking.cancelled_at.is_(None))
    return {f"booking:{booking_id}" for booking_id in db.session.scalars(active)}


def _numbers(residents: set[str]) -> set[str]:
    """The numbers that stand in their records."""
    ids = _ids(residents)
    numbers = [sa.select(of.number).where(of.resident_id.in_(ids)) for of in (Telephone, FamilyContact)]
    return set(db.session.scalars(sa.union_all(*numbers)))


def _ids(subjects: set[str]) -> list[int]:
    return [int(subject.partition(":")[2]) for subject in subjects]


def _tell_a_program(response: Response, found: Sequence[Message]) -> None:
    body = response.get_json(silent=True)
    if isinstance(body, dict):
        body[FIELD] = [
            {"message_id": one.id, "channel": one.channel.value, "number_ends_in": last_digits(one.number)}
            for one in found
        ]
        response.set_data(json.dumps(body))
