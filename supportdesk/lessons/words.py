"""What the states and kinds of lessons, courses and bookings are called on pages, and what happened to them."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from .conflict_rules import Conflict
from .rules import BookedBy, BookingChannel, LessonState

LESSON_STATE = {
    LessonState.DRAFT: _l("in preparation"),
    LessonState.ROOM_REQUESTED: _l("room requested"),
    LessonState.AWAITING_NOTICE: _l("awaiting the newsletter"),
    LessonState.OPEN: _l("open for booking"),
    LessonState.CLOSED: _l("booking closed"),
    LessonState.HELD: _l("held"),
    LessonState.RECORDED: _l("recorded"),
    LessonState.CANCELLED: _l("cancelled"),
}

# For components/status.html.
LESSON_TONE = {
    LessonState.DRAFT: "wait",
    LessonState.ROOM_REQUESTED: "wait",
    LessonState.AWAITING_NOTICE: "wait",
    LessonState.OPEN: "ok",
    LessonState.CLOSED: "ok",
    LessonState.HELD: "off",
    LessonState.RECORDED: "off",
    LessonState.CANCELLED: "stop",
}

COURSE_CATEGORY = {
    "basic": _l("basics"),
    "applied": _l("going further"),
    "consult": _l("one-to-one consultation"),
    "supporter": _l("training for supporters"),
}


def sentences(found: Sequence[Conflict]) -> LazyString:
    """What stands against a lesson, one sentence after the other, in the language of whoever reads it."""
    return LazyString(lambda: " ".join(gettext(one.why.message, **one.why.params) for one in found))


LESSON_HISTORY = {
    "lesson.added": _l("planned"),
    "lesson.edited": _l("changed"),
    "lesson.moved": _l("state changed"),
    "lesson.cancelled": _l("cancelled"),
}

BOOKED_BY = {
    BookedBy.SELF: _l("The person"),
    BookedBy.FAMILY: _l("Family"),
    BookedBy.SUPPORTER: _l("Supporter"),
    BookedBy.STAFF: _l("Staff"),
}
BOOKING_CHANNEL = {
    BookingChannel.PHONE: _l("Telephone"),
    BookingChannel.COUNTER: _l("Counter"),
    BookingChannel.PAPER: _l("Paper slip"),
    BookingChannel.CLASS: _l("At a lesson"),
    BookingChannel.HOME: _l("At home"),
    BookingChannel.OTHER: _l("Other way"),
}
BOOKING_HISTORY = {
    "booking.made": _l("Booked"),
    "booking.cancelled": _l("Booking cancelled"),
    "booking.moved": _l("Moved to another lesson"),
}
