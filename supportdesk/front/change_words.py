"""What the pages of changes call how far telling has come."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..reminders.change_rules import NewsKind, Reached

REACHED = {
    Reached.TOLD: _l("Told by a person"),
    Reached.ANSWERED: _l("Call taken (no reply)"),
    Reached.SENT: _l("Sent (no reply)"),
    Reached.WAITING: _l("Will leave by itself"),
    Reached.NEEDS_PERSON: _l("A person must tell them"),
    Reached.NOT_RELEASED: _l("Not told yet"),
    Reached.NOTHING_NEW: _l("Nothing new for them"),
    Reached.STOPPED: _l("Contact stopped"),
}

TONE = {
    Reached.TOLD: "ok",
    Reached.ANSWERED: "wait",
    Reached.SENT: "wait",
    Reached.WAITING: "wait",
    Reached.NEEDS_PERSON: "stop",
    Reached.NOT_RELEASED: "stop",
    Reached.NOTHING_NEW: "off",
    Reached.STOPPED: "off",
}

NEWS = {
    NewsKind.CANCELLED: _l("Cancelled"),
    NewsKind.MOVED: _l("Other day or hour"),
    NewsKind.PLACE: _l("Other venue"),
    NewsKind.AFTER_ALL: _l("Held after all"),
}
