"""What the record of what was done calls each act, of every room, and the values that it repeats."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from ..core.history import HistoryRow
from ..office import setting_words
from ..office.list_words import REFERRAL_PLACE
from ..people.supporter_words import SUPPORTER_HISTORY

HISTORY = {
    "branch.added": _l("Branch added"),
    "branch.closed": _l("Branch not used any more"),
    "branch.edited": _l("Branch changed"),
    "branch.reopened": _l("Branch used again"),
    "booking.answered": _l("Answer about coming"),
    "booking.cancelled": _l("Booking cancelled"),
    "booking.contact": _l("Result of a call noted"),
    "booking.contact-taken-back": _l("Result of a call taken back"),
    "booking.lesson_cancelled": _l("Booking of a cancelled lesson"),
    "booking.made": _l("Booked"),
    "booking.moved": _l("Moved to another lesson"),
    "call-task.ended": _l("Call ended"),
    "call-task.raised": _l("Call to be made written down"),
    "call-task.taken-back": _l("Result of a call taken back"),
    "call-task.tried": _l("Call tried without an answer"),
    "change.made": _l("Change written down of which people are to be told"),
    "change.prepared": _l("Lesson chosen that is offered instead"),
    "change.released": _l("Word of a change released"),
    "closure.added": _l("Closure of a venue added"),
    "closure.lifted": _l("Closure of a venue taken back"),
    "course.added": _l("Course added"),
    "course.edited": _l("Course changed"),
    "district.added": _l("District added"),
    "district.edited": _l("District changed"),
    "district.removed": _l("District removed"),
    "district.retired": _l("District taken out of use"),
    "district.reused": _l("District used again"),
    "duty.contact": _l("Result of a call to a supporter noted"),
    "duty.declined": _l("Supporter asked, who said no"),
    "duty.ended": _l("Supporter who cannot come"),
    "duty.needed": _l("Number of supporters of a lesson changed"),
    "duty.put": _l("Supporter put on duty"),
    "hand-over.done": _l("Hand-over carried out"),
    "hand-over.prepared": _l("Hand-over prepared"),
    "hand-over.withdrawn": _l("Hand-over taken back"),
    "least.extend": _l("Too few people: booking stays open for longer"),
    "least.hold": _l("Too few people: held all the same"),
    "impostor.reported": _l("Report of an impostor taken"),
    "impostor.seen": _l("Report of an impostor seen by a manager"),
    "lesson.added": _l("Lesson added"),
    "lesson.cancelled": _l("Lesson cancelled"),
    "lesson.edited": _l("Lesson changed"),
    "lesson.held-after-all": _l("Lesson held after all"),
    "lesson.moved": _l("State of a lesson changed"),
    "lessons.copied": _l("Month copied to the next"),
    "lottery.drawn": _l("Lesson drawn"),
    "lottery.entered": _l("Entered for the draw"),
    "lottery.not-won": _l("No seat in the draw"),
    "lottery.told": _l("Result of the draw told"),
    "lottery.tried": _l("Try to tell the result of the draw"),
    "lottery.withdrawn": _l("Entry withdrawn"),
    "lottery.won": _l("Got a seat in the draw"),
    "offer.made": _l("Seat offered"),
    "offer.shortened": _l("Deadline of an offer shortened"),
    "offer.tried": _l("Try to reach somebody about an offered seat"),
    "message.sent-again": _l("Message of unknown outcome sent again"),
    "office.changed": _l("Settings of the office changed"),
    "office.day-opened": _l("Closed day taken back"),
    "office.days-closed": _l("Closed days added"),
    "office.system-day-removed": _l("System day taken back"),
    "office.system-days-added": _l("System days put in"),
    "outgoing.delivered": _l("Messages delivered ahead of time"),
    "permit.added": _l("Permit to use a hall written down"),
    "permit.edited": _l("Permit to use a hall changed"),
    "permit.moved": _l("State of a permit changed"),
    "practice.cleared": _l("Practice telephones tidied up"),
    "request.in-charge": _l("Person in charge of a help request changed"),
    "request.moved": _l("State of a help request changed"),
    "request.received": _l("Help request received"),
    "resident.added": _l("Resident added"),
    "resident.contact-resumed": _l("Contact begun again"),
    "resident.contact-stopped": _l("Contact with a resident stopped"),
    "resident.edited": _l("Record of a resident changed"),
    "resident.looked-at": _l("Record of a resident looked at"),
    "resident.number-right": _l("Telephone number right after all"),
    "resident.number-wrong": _l("Telephone number found to be wrong"),
    "room.added": _l("Room added"),
    "room.edited": _l("Room changed"),
    "sample-town.made": _l("Sample town made"),
    "sending.released": _l("Sending begun again"),
    "sending.stopped": _l("Sending is stopped"),
    **SUPPORTER_HISTORY,
    "series.added": _l("Series planned"),
    "series.cancelled": _l("Lessons of a series cancelled"),
    "series.changed": _l("Series changed"),
    "series.in-charge": _l("Person in charge of a series changed"),
    "series.lengthened": _l("Lessons added to a series"),
    "series.registration": _l("Way of booking a series changed"),
    "series.moved": _l("State of lessons of a series changed"),
    "sheet.opened": _l("Day sheet opened"),
    "slots.made": _l("Days of slots planned"),
    "slots.moved": _l("State of a day of slots changed"),
    "supporter.feed-made": _l("Calendar address of a supporter made"),
    "supporter.feed-revoked": _l("Calendar address of a supporter revoked"),
    "text.came-in": _l("Text message came in"),
    "thing.added": _l("Thing added"),
    "thing.edited": _l("Thing changed"),
    "thing.out-of-use": _l("Thing taken out of use"),
    "thing.used-again": _l("Thing used again"),
    "token.added": _l("Token for a program made"),
    "token.revoked": _l("Token of a program revoked"),
    "topic.added": _l("Topic added"),
    "topic.edited": _l("Topic changed"),
    "topic.removed": _l("Topic removed"),
    "topic.retired": _l("Topic taken out of use"),
    "topic.reused": _l("Topic used again"),
    "transport.settled": _l("Transport put right"),
    "trial.noted": _l("Test of a telephone noted"),
    "trial.started": _l("Test of a telephone sent"),
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
    "venue.day-added": _l("Other hours of a venue on one day"),
    "venue.day-taken-back": _l("Other hours on one day taken back"),
    "venue.edited": _l("Venue changed"),
    "venue.reopened": _l("Venue used again"),
    "venue.week-set": _l("Days on which a venue is open changed"),
    "visit.logged": _l("Contents of a visit written"),
    "visit.marked": _l("Attendance marked"),
    "visit.walk_in": _l("Walk-in added"),
    "waiting.again": _l("On the waiting list again: held after all"),
    "waiting.booked": _l("Booked from the waiting list"),
    "waiting.contact-stopped": _l("Left the waiting list: contact is stopped"),
    "waiting.declined": _l("Declined the seat"),
    "waiting.expired": _l("Did not answer the offer in time"),
    "waiting.joined": _l("On the waiting list"),
    "waiting.lesson-over": _l("Waiting list ended with its lesson"),
    "waiting.moved-up": _l("Moved to the front of the waiting list"),
    "waiting.not-reached": _l("Could not be reached about the seat"),
    "waiting.over-told": _l("Told that the lesson they waited for is cancelled"),
    "waiting.smaller": _l("A waiting party became smaller"),
    "waiting.taken-out": _l("Taken out of the waiting list"),
    "wording.changed": _l("Words of a message changed"),
    "wording.reset": _l("Usual words used again"),
    "worklist.closed": _l("Items that were over closed"),
    "worklist.printed": _l("Call list printed"),
}

# What the record may repeat before and after: the office's own values, by the kind of subject; of people none.
FIELD = {
    "district": {
        "name": _l("Name of the district"),
        "name_kana": _l("Name in kana"),
        "town_name": _l("Name of the former town"),
        "latitude": _l("Latitude"),
        "longitude": _l("Longitude"),
        "sort_order": _l("Place in the list"),
    },
    "topic": {
        "label": _l("What the topic is called"),
        "group": _l("Group"),
        "first_route": _l("Goes first to"),
        "urgent": _l("Urgent"),
        "staff_note": _l("What to mind"),
        "sort_order": _l("Place in the list"),
        "proposed": _l("Proposed"),
    },
    "wording": {"words": _l("Words")},
}


def changes(row: HistoryRow) -> list[tuple[Any, Any, Any]]:
    """Label, before and after of each value of the office that a row of the history repeats."""
    if found := setting_words.changes(row):
        return list(found)
    labels = FIELD.get(row.subject.partition(":")[0], {})
    changed = row.details.get("changed")
    if not isinstance(changed, dict):
        return []
    known = {name: pair for name, pair in changed.items() if name in labels}
    return [(labels[name], _said(name, before), _said(name, after)) for name, (before, after) in known.items()]


def _said(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return _l("Yes") if value else _l("No")
    return REFERRAL_PLACE.get(value, value) if name == "first_route" else value
