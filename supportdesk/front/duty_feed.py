"""A supporter's own timetable as a calendar (RFC 5545). Whoever has the address reads it, so it holds lessons and a
number of seats, never a resident, a note of the office or another supporter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _

from ..core import ics
from ..lessons.models import Lesson
from ..lessons.rules import LessonState
from ..office.setting_rules import made_up
from ..office.settings import OfficeSettings


def duty_calendar(
    supporter_id: int,
    lessons: Sequence[Lesson],
    office: OfficeSettings,
    *,
    secret: str,
    revised_at: Mapping[int, datetime],
) -> bytes:
    """The calendar of these duties."""
    name = _("Smartphone lessons: my duties, %(town)s", town=office.town)
    return ics.calendar(
        name, [_event(supporter_id, one, office, secret=secret, revised_at=revised_at[one.id]) for one in lessons]
    )


def _event(
    supporter_id: int, lesson: Lesson, office: OfficeSettings, *, secret: str, revised_at: datetime
) -> ics.Event:
    venue, title = lesson.venue, lesson.course.title
    cancelled = lesson.state is LessonState.CANCELLED
    booked = _("Booked: %(count)s of %(seats)s", count=lesson.seats_taken, seats=lesson.seats)
    call = _("If you cannot come: %(telephone)s", telephone=office.telephone)
    lines = [
        "" if cancelled else booked,
        "" if made_up(office) else call,
        _("Sample data. Nothing of it takes place.") if office.sample_town else "",
    ]
    return ics.Event(
        # Not that of the lesson in the public calendar, to which a supporter may subscribe as well.
        uid=ics.uid(secret, f"duty:{lesson.id}-{supporter_id}"),
        # The version counts every change but the guarded move to cancelled.
        sequence=lesson.version - 1 + cancelled,
        revised_at=revised_at,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        summary=_("Cancelled: %(title)s", title=title) if cancelled else _("On duty: %(title)s", title=title),
        location=" ".join(part for part in (venue.name, lesson.room.name, venue.address) if part),
        description="\n".join(line for line in lines if line),
        url=None,
        cancelled=cancelled,
        busy=True,
    )
