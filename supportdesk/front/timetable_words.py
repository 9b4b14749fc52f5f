"""What the public timetable calls the states of a lesson."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .timetable_rules import Notice

NOTICE = {
    Notice.NOT_YET: _l("Booking not open yet"),
    Notice.OPEN: _l("You can book"),
    Notice.BY_LOT: _l("You can enter – seats are given by lot"),
    Notice.FULL: _l("Full – you can wait for a seat"),
    Notice.CLOSED: _l("No more bookings"),
    Notice.BEGUN: _l("Begun or over"),
    Notice.CANCELLED: _l("This lesson is cancelled"),
}

# For components/status.html.
NOTICE_TONE = {
    Notice.NOT_YET: "wait",
    Notice.OPEN: "ok",
    Notice.BY_LOT: "ok",
    Notice.FULL: "wait",
    Notice.CLOSED: "off",
    Notice.BEGUN: "off",
    Notice.CANCELLED: "stop",
}
