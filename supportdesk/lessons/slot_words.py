"""What slots are called, and what is said first about a time at the counter."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from .models import Course
from .slot_rules import CounterMatter, LessonKind

LESSON_KIND = {
    LessonKind.CLASS: _l("class"),
    LessonKind.CONSULTATION: _l("consultation alone"),
    LessonKind.COUNTER: _l("time at the counter"),
    LessonKind.VISIT: _l("visit at home"),
}
COUNTER_MATTER = {
    CounterMatter.APPLY: _l("applying for the card"),
    CounterMatter.COLLECT: _l("collecting the card"),
    CounterMatter.RENEW: _l("renewing it"),
    CounterMatter.PIN: _l("its PIN"),
    CounterMatter.PROXY: _l("errand by a proxy"),
}
_COMES = {
    True: _l("The person must come in person."),
    False: _l("A proxy comes; the person need not."),
}


def who_comes(course: Course) -> LazyString | str:
    """The first line of page and paper about a time at the counter (office practice 21); "" elsewhere."""
    return _COMES[course.counter_matter.in_person] if course.counter_matter else ""
