"""Calendars to subscribe to (RFC 5545): events with fixed instants, written as octets.

Written here and not by a library: what a feed of dated events needs is this page, and a parser of somebody else's
(the tests use one) tells whether it is right. Instants are in UTC, so that no reader needs our definition of a time
zone; Japan has had no summer time since 1951, and every calendar shows them on its own wall clock.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_LINE = 75
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Event:
    """One event. `uid` never changes, `sequence` grows with every change, `revised_at` is when it was last changed.
    A cancelled one is told as cancelled: one that is merely gone would stay in some calendars. `busy`: whoever
    subscribed is expected there; what one may go to takes nobody's time."""

    uid: str
    sequence: int
    revised_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    url: str | None
    cancelled: bool
    busy: bool = False


def uid(secret: str, named: str) -> str:
    """The UID of what the installation calls by this name (`lesson:12`): the same for ever, and never that of another
    town's with this number."""
    return hmac.new(secret.encode(), f"supportdesk calendar {named}".encode(), hashlib.sha256).hexdigest()[:32]


def calendar(name: str, events: Iterable[Event]) -> bytes:
    """The calendar with these events."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Support desk//Calendar//JA", "CALSCALE:GREGORIAN",
        # RFC 7986, and what readers took before there was it.
        f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]  # fmt: skip
    for event in events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def _event(event: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    # Without METHOD it says when the event was last revised (3.8.7.2), as LAST-MODIFIED does for those who read that.
    yield f"DTSTAMP:{_instant(event.revised_at)}"
    yield f"LAST-MODIFIED:{_instant(event.revised_at)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTART:{_instant(event.starts_at)}"
    yield f"DTEND:{_instant(event.ends_at)}"
    yield f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}"
    yield f"SUMMARY:{_text(event.summary)}"
    yield f"LOCATION:{_text(event.location)}"
    yield f"DESCRIPTION:{_text(event.description)}"
    if event.url:
        yield f"URL:{event.url}"
    yield f"TRANSP:{'OPAQUE' if event.busy and not event.cancelled else 'TRANSPARENT'}"
    yield "END:VEVENT"


def folded(line: str) -> bytes:
    """The line with CRLF, broken after at most 75 octets, never within a letter (3.1)."""
    pieces, room, current = [], LONGEST_LINE, b""
    for letter in line:
        octets = letter.encode("utf-8", "replace")
        if len(current) + len(octets) > room:
            pieces.append(current)
            # The blank that marks what goes on counts as one.
            current, room = b"", LONGEST_LINE - 1
        current += octets
    return b"\r\n ".join([*pieces, current]) + b"\r\n"


def _text(value: str) -> str:
    """A text's value (3.3.11). What no text may hold is left out; lines of a text end in \\n."""
    plain = _CONTROLS.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    for letter, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(letter, written)
    return plain


def _instant(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"
