"""What the steps of a reminder, their reasons and their ends are called on pages."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from . import trial_rules
from .light_rules import LightKind
from .rules import AnsweredBy, AnswerKind, ConfirmedBy, LeftOut, Matter, PersonOutcome, StepName, Why
from .wording_rules import Template

_GENERAL = {
    StepName.BY_CALL: _l("Call, if the text did not arrive"),
    StepName.LAST_AGAIN: _l("Second call, if nobody took the first"),
    StepName.BY_TEXT: _l("Text, if nobody took the calls"),
    StepName.FAMILY: _l("The family, at the same time"),
    StepName.PAPER: _l("FAX or card"),
}
STEP = {
    **{(matter, step): word for matter in Matter for step, word in _GENERAL.items()},
    (Matter.CONFIRMATION, StepName.ONCE): _l("Confirmation of the booking"),
    (Matter.REMINDER, StepName.FIRST): _l("First notice"),
    (Matter.REMINDER, StepName.LAST): _l("Notice on the day before"),
    (Matter.REMINDER, StepName.PERSON): _l("Contact by a person"),
    (Matter.OFFER, StepName.ONCE): _l("Word of a free seat"),
    (Matter.OFFER, StepName.PERSON): _l("Word of a free seat by a person"),
    (Matter.WON, StepName.ONCE): _l("Result of the draw: a seat"),
    (Matter.WON, StepName.PERSON): _l("Result of the draw by a person: a seat"),
    (Matter.LOST, StepName.ONCE): _l("Result of the draw: waiting list"),
    (Matter.LOST, StepName.PERSON): _l("Result of the draw by a person: waiting list"),
    (Matter.CHANGE, StepName.ONCE): _l("Word of a change"),
    (Matter.CHANGE, StepName.PERSON): _l("Word of a change by a person"),
    (Matter.DUTY, StepName.ONCE): _l("Reminder of a duty"),
    (Matter.DUTY, StepName.PERSON): _l("Reminder of a duty by a person"),
}

MATTER = {
    Matter.CONFIRMATION: _l("Confirmations"),
    Matter.REMINDER: _l("Reminders"),
    Matter.OFFER: _l("Free seats"),
    Matter.WON: _l("Results of draws: a seat"),
    Matter.LOST: _l("Results of draws: waiting list"),
    Matter.CHANGE: _l("Cancelled and changed"),
    Matter.DUTY: _l("Duties of supporters"),
}

LEFT_OUT = {
    LeftOut.PASSED_AT_BOOKING: _l("Its hour had passed at the time of booking."),
    LeftOut.JUST_BOOKED: _l("The booking was made only a few days before."),
    LeftOut.NO_HOUR_LEFT: _l("No hour for sending is left before the lesson."),
    LeftOut.TOLD: _l("A person has told them already."),
    LeftOut.TOGETHER: _l("Told together with the other person on the same number."),
    LeftOut.CONFIRMED: _l("They have answered already."),
    LeftOut.ONLY_IF_UNANSWERED: _l("Only if nobody takes the call before."),
    LeftOut.ONLY_IF_NOT_ARRIVED: _l("Only if the text does not arrive."),
    LeftOut.NOT_BY_TEXT: _l("No text may be sent: no consent, or the mobile was not tried yet."),
    LeftOut.WISHES_NONE: _l("Wishes no reminder."),
    LeftOut.SAME_DAY: _l("Told in one message with another booking of that day on the same number."),
    LeftOut.CHANGED: _l("The lesson has changed, and they are told so by itself."),
}

WHY = {
    Why.WISH: _l("Wishes to be told by a person"),
    Why.FAMILY_INSTEAD: _l("The family is told instead"),
    Why.FAMILY_TOGETHER: _l("The family is told at the same time"),
    Why.DO_NOT_CALL: _l("Must not be called"),
    Why.NO_TELEPHONE: _l("Has no telephone that can be called"),
    Why.NO_CONSENT: _l("Has not agreed to texts"),
    Why.NO_MOBILE: _l("Has no mobile for texts"),
    Why.NOT_TRIED: _l("The mobile was not tried yet"),
    Why.NUMBER_BLOCKED: _l("The number cannot be reached, or its owner refused"),
    Why.STRANGE_HOUR: _l("The lesson's hour looks wrong"),
    Why.OUTSIDE_HOURS: _l("Our hours for sending and theirs leave no time before the lesson"),
    Why.NOT_ANSWERED: _l("Did not answer twice"),
    Why.NOT_PICKED_UP: _l("Did not pick up the automatic call"),
    Why.FAILED: _l("The message did not arrive"),
    Why.REFUSED: _l("The message was refused"),
    Why.UNKNOWN: _l("It is not known whether the message arrived"),
    Why.NO_RECEIPT: _l("No word that the message arrived"),
    Why.CARD_TOO_LATE: _l("A card would come too late: a call or a visit"),
    Why.CANNOT_COME: _l("Answered that they cannot come; the booking still stands"),
    Why.MISSED: _l("The message could not be sent in time"),
    Why.LATE: _l("The message has not left yet"),
    Why.SENDING_STOPPED: _l("Sending is stopped"),
    Why.CAPPED: _l("A limit for sending keeps the message back"),
    Why.LESSON_CANCELLED: _l("The lesson was cancelled, and they do not know it yet"),
    Why.LESSON_CHANGED: _l("The lesson was moved or is held after all, and they do not know it yet"),
}

LIGHT = {
    LightKind.CANCELLED: _l("Booking cancelled"),
    LightKind.LESSON_CANCELLED: _l("The lesson was cancelled"),
    LightKind.STOPPED: _l("Contact stopped"),
    LightKind.CONFIRMED: _l("Confirmed"),
    LightKind.CANNOT_COME: _l("Cannot come"),
    LightKind.TOLD: _l("FAX or card sent (no reply)"),
    LightKind.ANSWERED: _l("Call taken (no reply)"),
    LightKind.SENT: _l("Sent (no reply)"),
    LightKind.NOT_REACHED: _l("Not reached"),
    LightKind.BY_PERSON: _l("Not by machine; a person tells them"),
    LightKind.WAITING: _l("Not sent yet"),
    LightKind.NONE_WISHED: _l("Wishes no reminder"),
}

CONFIRMED_BY = {
    ConfirmedBy.KEY: _l("by a key in a call"),
    ConfirmedBy.RANG_US: _l("by their own call, read back"),
    ConfirmedBy.TALKED: _l("a person talked with them"),
    ConfirmedBy.FAMILY: _l("a person talked with the family"),
    ConfirmedBy.HANDED_OVER: _l("handed over on paper"),
    ConfirmedBy.READ_BACK: _l("read back at booking"),
}
ANSWER = {
    (AnsweredBy.KEY, AnswerKind.WILL_COME): _l("Pressed 1: will come"),
    (AnsweredBy.KEY, AnswerKind.CANNOT_COME): _l("Pressed 2: cannot come"),
    (AnsweredBy.RANG_US, AnswerKind.WILL_COME): _l("Rang us: will come"),
    (AnsweredBy.RANG_US, AnswerKind.CANNOT_COME): _l("Rang us: cannot come"),
    (AnsweredBy.PERSON, AnswerKind.WILL_COME): _l("Told a colleague: will come"),
    (AnsweredBy.PERSON, AnswerKind.CANNOT_COME): _l("Told a colleague: cannot come"),
}

PERSON_OUTCOME = {
    PersonOutcome.TALKED: _l("Talked"),
    PersonOutcome.ANSWERING_MACHINE: _l("Answering machine"),
    PersonOutcome.NO_ANSWER: _l("No answer"),
    PersonOutcome.WRONG_NUMBER: _l("Wrong number"),
    PersonOutcome.HANDED_OVER: _l("Handed over on paper"),
}

TEMPLATE = {
    Template.TEXT_CONFIRMATION: _l("Text: confirmation of the booking"),
    Template.TEXT_REMINDER: _l("Text: reminder"),
    Template.TEXT_TOGETHER: _l("Text: reminder for several on one telephone"),
    Template.TEXT_SEVERAL: _l("Text: several lessons of a day on one telephone"),
    Template.TEXT_OFFER: _l("Text: word of a free seat"),
    Template.TEXT_WON: _l("Text: a seat in the draw"),
    Template.TEXT_LOST: _l("Text: no seat in the draw"),
    Template.TEXT_CANCELLED: _l("Text: lesson cancelled"),
    Template.TEXT_INSTEAD: _l("Text: lesson cancelled, with another date"),
    Template.TEXT_MOVED: _l("Text: other day or hour"),
    Template.TEXT_PLACE: _l("Text: other venue"),
    Template.TEXT_AFTER_ALL: _l("Text: held after all"),
    Template.TEXT_DUTY: _l("Text: reminder of a duty"),
    Template.TEXT_TRIAL: _l("Text: test with its owner beside us"),
    Template.VOICE_REMINDER: _l("Automatic call: reminder"),
    Template.VOICE_SEVERAL: _l("Automatic call: several lessons of a day on one telephone"),
    Template.VOICE_OFFER: _l("Automatic call: word of a free seat"),
    Template.VOICE_WON: _l("Automatic call: a seat in the draw"),
    Template.VOICE_LOST: _l("Automatic call: no seat in the draw"),
    Template.VOICE_CANCELLED: _l("Automatic call: lesson cancelled"),
    Template.VOICE_INSTEAD: _l("Automatic call: lesson cancelled, with another date"),
    Template.VOICE_MOVED: _l("Automatic call: other day or hour"),
    Template.VOICE_PLACE: _l("Automatic call: other venue"),
    Template.VOICE_AFTER_ALL: _l("Automatic call: held after all"),
    Template.VOICE_DUTY: _l("Automatic call: reminder of a duty"),
    Template.VOICE_TRIAL: _l("Automatic call: test with its owner beside us"),
}

PLACEHOLDER = {
    "sender": _l("Who writes or calls: the office's sender name"),
    "day": _l("Day and weekday of the lesson"),
    "time": _l("Hour of the lesson"),
    "when": _l("Day, weekday and hour of the lesson, as they are said"),
    "venue": _l("Venue: in a text its short name, in a call its kana"),
    "telephone": _l("The office's telephone number, in a call digit by digit"),
    "persons": _l("For how many people; in a call nothing for one"),
    "visits": _l("Hours and venues of the day, one after the other"),
    "today": _l("“Today”, where the lesson is cancelled on its own day; else nothing. May be left out"),
    "until": _l("By when they must ring to get the seat"),
    "new_day": _l("The new day and weekday"),
    "new_time": _l("The new hour"),
    "new_when": _l("The new day, weekday and hour, as they are said"),
    "old_venue": _l("The venue as it was, in kana"),
}


def matter_word(matter: str) -> str:
    """What a matter is called; one that no booking has stands as it is written down."""
    if matter == trial_rules.MATTER:
        return gettext("Test of a telephone")
    return str(MATTER[Matter(matter)]) if matter in set(Matter) else matter
