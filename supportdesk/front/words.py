"""How the pages that look across rooms name what they show."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..messages.providers.base import Channel
from ..messages.rules import MessageStatus

# Never more than is known: `delivered` is a carrier's receipt, `answered` may have been an answering machine.
MESSAGE_STATUS = {
    MessageStatus.PLANNED: _l("Planned"),
    MessageStatus.CLAIMED: _l("Being sent"),
    MessageStatus.ACCEPTED: _l("Handed to the telephone company"),
    MessageStatus.SENT: _l("Sent (no reply)"),
    MessageStatus.DELIVERED: _l("Sent (receipt came, no reply)"),
    MessageStatus.ANSWERED: _l("The call was picked up"),
    MessageStatus.NOT_ANSWERED: _l("Nobody picked up"),
    MessageStatus.FAILED: _l("Did not arrive"),
    MessageStatus.REFUSED: _l("Could not be sent"),
    MessageStatus.UNKNOWN: _l("Unknown whether it arrived"),
    MessageStatus.WITHDRAWN: _l("Taken back before sending"),
    MessageStatus.MISSED: _l("Not sent in time"),
}
CHANNELS = {Channel.SMS: _l("Text message"), Channel.VOICE: _l("Automatic call")}

# What the record of what was done calls each act.
HISTORY = {
    "booking.cancelled": _l("Booking cancelled"),
    "booking.contact": _l("Result of a call noted"),
    "booking.lesson_cancelled": _l("Booking of a cancelled lesson"),
    "booking.made": _l("Booked"),
    "booking.moved": _l("Moved to another lesson"),
    "course.added": _l("Course added"),
    "course.edited": _l("Course changed"),
    "lesson.added": _l("Lesson added"),
    "lesson.cancelled": _l("Lesson cancelled"),
    "lesson.edited": _l("Lesson changed"),
    "lesson.moved": _l("State of a lesson changed"),
    "outgoing.delivered": _l("Messages delivered ahead of time"),
    "request.booked": _l("Help request led to a booking"),
    "request.moved": _l("State of a help request changed"),
    "request.received": _l("Help request received"),
    "resident.added": _l("Resident added"),
    "resident.contact-resumed": _l("Contact begun again"),
    "resident.contact-stopped": _l("Contact with a resident stopped"),
    "resident.edited": _l("Record of a resident changed"),
    "resident.looked-at": _l("Record of a resident looked at"),
    "room.added": _l("Room added"),
    "room.edited": _l("Room changed"),
    "sample-town.made": _l("Sample town made"),
    "sending.released": _l("Sending begun again"),
    "sending.stopped": _l("Sending is stopped"),
    "sheet.opened": _l("Day sheet opened"),
    "user.added": _l("Account added"),
    "user.code_given": _l("One-time code made"),
    "user.disabled": _l("Account disabled"),
    "user.edited": _l("Account changed"),
    "user.enabled": _l("Account enabled"),
    "user.password_chosen": _l("Password chosen"),
    "user.sign_in_slowed": _l("Sign-in slowed after wrong tries"),
    "user.signed_in": _l("Signed in"),
    "user.signed_out": _l("Signed out"),
    "venue.added": _l("Venue added"),
    "venue.closed": _l("Venue closed"),
    "venue.edited": _l("Venue changed"),
    "venue.reopened": _l("Venue used again"),
    "visit.logged": _l("Contents of a visit written"),
    "visit.marked": _l("Attendance marked"),
    "visit.walk_in": _l("Walk-in added"),
}
