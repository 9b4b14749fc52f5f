"""A lesson as calendars (RFC 5545) and search engines (schema.org Event) read it. Nothing of anybody is in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from ..core import clock, filters, ics
from ..core.japan.calendar import text_day
from ..lessons.models import Lesson
from ..lessons.rules import LessonState
from ..office.setting_rules import made_up
from ..office.settings import OfficeSettings


def ics_event(
    lesson: Lesson, office: OfficeSettings, *, secret: str, revised_at: datetime, url: str | None
) -> ics.Event:
    """The lesson in a calendar. Its UID stays as long as the installation's secret, whatever its address."""
    venue = lesson.venue
    cancelled = lesson.state is LessonState.CANCELLED
    return ics.Event(
        uid=ics.uid(secret, f"lesson:{lesson.id}"),
        # The version counts every change but the guarded move to cancelled.
        sequence=lesson.version - 1 + cancelled,
        revised_at=revised_at,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        summary=_("Cancelled: %(title)s", title=lesson.course.title) if cancelled else lesson.course.title,
        location=" ".join(part for part in (venue.name, lesson.room.name, venue.address) if part),
        description="\n".join(_about(lesson, office)),
        url=url,
        cancelled=cancelled,
    )


def _about(lesson: Lesson, office: OfficeSettings) -> list[str]:
    closes = lesson.booking_closes_at
    lines = [
        lesson.course.summary,
        _("Please bring: %(things)s", things=lesson.course.bring) if lesson.course.bring else "",
        _("Please ask at the counter of the town hall.") if made_up(office) else
        _("To book: %(town)s, telephone %(telephone)s (%(hours)s)",
          town=office.town, telephone=office.telephone, hours=office.hours),
        _("Booking until %(when)s", when=text_day(clock.local_date(closes)) + filters.clock(closes)),
        _("Sample data. Nothing of it takes place.") if office.sample_town else "",
    ]  # fmt: skip
    return [line for line in lines if line]


def schema_org(lesson: Lesson, office: OfficeSettings, url: str | None) -> dict[str, Any]:
    """The lesson as schema.org's Event."""
    venue, cancelled = lesson.venue, lesson.state is LessonState.CANCELLED
    address = {
        "@type": "PostalAddress", "addressCountry": "JP", "addressLocality": office.town,
        "postalCode": venue.postal_code, "streetAddress": venue.address,
    }  # fmt: skip
    organizer = {
        "@type": "GovernmentOrganization", "name": office.town,
        "telephone": None if made_up(office) else office.telephone,
    }  # fmt: skip
    event = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": lesson.course.title,
        "description": lesson.course.summary,
        "startDate": clock.local(lesson.starts_at).isoformat(),
        "endDate": clock.local(lesson.ends_at).isoformat(),
        "eventStatus": f"https://schema.org/{'EventCancelled' if cancelled else 'EventScheduled'}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": venue.name, "address": _told(address)},
        "organizer": _told(organizer),
        "maximumAttendeeCapacity": lesson.seats,
        "inLanguage": "ja",
        "url": url,
    }
    return _told(event)


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is not known."""
    return {name: value for name, value in values.items() if value not in ("", None)}
