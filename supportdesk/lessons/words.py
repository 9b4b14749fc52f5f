"""The words in which pages name a lesson's state, a course's kind, and what happened to them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .rules import LessonState

STATES = {
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
TONES = {
    LessonState.DRAFT: "wait",
    LessonState.ROOM_REQUESTED: "wait",
    LessonState.AWAITING_NOTICE: "wait",
    LessonState.OPEN: "ok",
    LessonState.CLOSED: "ok",
    LessonState.HELD: "off",
    LessonState.RECORDED: "off",
    LessonState.CANCELLED: "stop",
}

CATEGORIES = {
    "basic": _l("basics"),
    "applied": _l("going further"),
    "consult": _l("one-to-one consultation"),
    "supporter": _l("training for supporters"),
}

HAPPENED = {
    "lesson.added": _l("planned"),
    "lesson.edited": _l("changed"),
    "lesson.moved": _l("state changed"),
    "lesson.cancelled": _l("cancelled"),
}
