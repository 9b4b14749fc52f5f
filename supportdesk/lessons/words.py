"""What the states and kinds of lessons, courses and bookings are called on pages, and what happened to them."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from ..core import clock, filters
from ..core.i18n import WEEKDAYS
from .conflict_rules import Conflict, ConflictKind
from .decision_rules import Choice
from .models import Series
from .rules import BookedBy, BookingChannel, LessonState
from .series_rules import Registration, Scope, SeriesRule, week_of_month
from .span_rules import Span

SPAN = {Span.WEEK: _l("one week"), Span.MONTH: _l("one month")}

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
    "counter": _l("times at the card counter"),
    "visit": _l("visits at home"),
    "supporter": _l("training for supporters"),
}

# Where there is no room for the sentence.
CONFLICT_SHORT = {
    ConflictKind.OFFICE_CLOSED: _l("office closed"),
    ConflictKind.HOLIDAY: _l("national holiday"),
    ConflictKind.YEAR_END: _l("turn of the year"),
    ConflictKind.VENUE_OUT_OF_USE: _l("venue no longer in use"),
    ConflictKind.CLOSURE: _l("venue closed"),
    ConflictKind.NOT_OPEN: _l("not an opening day"),
    ConflictKind.OUTSIDE_HOURS: _l("outside opening hours"),
    ConflictKind.PERMIT_MISSING: _l("no permit"),
    ConflictKind.PERMIT_CANCELLED: _l("permit taken away"),
    ConflictKind.PERMIT_PENDING: _l("permit pending"),
    ConflictKind.ROOM_TOO_SMALL: _l("room too small"),
    ConflictKind.ROOM_TAKEN: _l("room taken twice"),
    ConflictKind.SUPPORTER_TAKEN: _l("supporter taken twice"),
    ConflictKind.TRAVEL_TOO_SHORT: _l("too little time for the way"),
    ConflictKind.SUPPORTER_LEFT: _l("supporter has left"),
    ConflictKind.NO_TERM: _l("no term"),
    ConflictKind.NO_PLEDGE: _l("pledge missing"),
    ConflictKind.NO_INSURANCE: _l("insurance missing"),
    ConflictKind.PAPERS_TO_COME: _l("papers of the new year missing"),
    ConflictKind.SUPPORTER_OFF: _l("supporter is off"),
    ConflictKind.SUPPORTER_NOT_AVAILABLE: _l("outside the supporter's hours"),
    ConflictKind.THING_TAKEN: _l("thing taken twice"),
    ConflictKind.THING_OUT_OF_USE: _l("thing out of use"),
    ConflictKind.LACKING: _l("equipment lacking"),
    ConflictKind.FEW_SUPPORTERS: _l("supporters missing"),
    ConflictKind.SYSTEM_DAY: _l("card system stands still"),
    ConflictKind.WRONG_PLACE: _l("wrong place"),
    ConflictKind.FEW_VISITORS: _l("not two to visit"),
}


def sentences(found: Sequence[Conflict]) -> LazyString:
    """What stands against a lesson, one sentence after the other, in the language of whoever reads it."""
    return LazyString(lambda: " ".join(gettext(one.why.message, **one.why.params) for one in found))


LESSON_HISTORY = {
    "lesson.added": _l("planned"),
    "lesson.edited": _l("changed"),
    "lesson.moved": _l("state changed"),
    "lesson.cancelled": _l("cancelled"),
    "least.hold": _l("held though few have asked"),
    "least.extend": _l("booking open for longer"),
    "lottery.drawn": _l("drawn"),
    "lesson.held-after-all": _l("held after all"),
    "duty.put": _l("supporter put on duty"),
    "duty.ended": _l("a supporter cannot come"),
    "duty.declined": _l("a supporter was asked and said no"),
    "duty.needed": _l("number of supporters changed"),
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

SERIES_RULE = {
    SeriesRule.WEEKLY: _l("every week, or every so many weeks"),
    SeriesRule.NTH_WEEKDAY: _l("every month, the same weekday of the same week (third Wednesday)"),
    SeriesRule.LAST_WEEKDAY: _l("every month, the last such weekday"),
    SeriesRule.MONTH_DAY: _l("every month, the same day (the 15th)"),
    SeriesRule.LISTED: _l("the days of a list"),
}
REGISTRATION = {
    Registration.WHOLE: _l("all lessons at once"),
    Registration.EACH: _l("each lesson for itself"),
}
SCOPE = {
    Scope.THIS: _l("only this lesson"),
    Scope.LATER: _l("this lesson and all later ones"),
    Scope.ALL: _l("all lessons that have not begun"),
}
BOOKED_SCOPE = {
    Scope.THIS: _l("only this lesson"),
    Scope.LATER: _l("this lesson and all later ones"),
    Scope.ALL: _l("the whole series, as far as it has not begun"),
}
CHOICE = {
    Choice.KEEP: _l("hold it as planned"),
    Choice.SKIP: _l("leave it out"),
    Choice.ROOM: _l("another room"),
    Choice.MOVE: _l("another day or hour"),
}
# The same where lessons that are there would change.
CHANGE_CHOICE = {
    Choice.KEEP: _l("change it so"),
    Choice.SKIP: _l("leave it as it is"),
    Choice.ROOM: _l("another room"),
    Choice.MOVE: _l("another day or hour"),
}
SERIES_HISTORY = {
    "series.added": _l("planned"),
    "series.changed": _l("changed"),
    "series.cancelled": _l("lessons cancelled"),
    "series.moved": _l("state changed"),
    "series.lengthened": _l("lessons added"),
    "series.registration": _l("way of booking changed"),
    "series.in-charge": _l("person in charge changed"),
}


RULE_IN_SHORT = {
    SeriesRule.WEEKLY: _l("every %(weeks)s weeks, %(weekday)s"),
    SeriesRule.NTH_WEEKDAY: _l("every month, %(weekday)s no. %(nth)s"),
    SeriesRule.LAST_WEEKDAY: _l("every month, the last %(weekday)s"),
    SeriesRule.MONTH_DAY: _l("every month, day %(day)s"),
    SeriesRule.LISTED: _l("on chosen days"),
}
EVERY_WEEK = _l("every week, %(weekday)s")


def start_of(series: Series) -> str:
    """午前10時."""
    return filters.clock(clock.at(series.first_day, series.start))


def rule_of(series: Series) -> str:
    """毎週水曜日, 毎月第3水曜日, 毎月15日: how a series goes on, in the language of whoever reads it."""
    first = series.first_day
    weekly = series.rule is SeriesRule.WEEKLY and series.every_weeks == 1
    return str(EVERY_WEEK if weekly else RULE_IN_SHORT[series.rule]) % {
        "weekday": WEEKDAYS[first.weekday()],
        "weeks": series.every_weeks,
        "day": first.day,
        "nth": week_of_month(first),
    }
