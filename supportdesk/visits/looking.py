"""Who opened which sheet."""

from __future__ import annotations

from datetime import datetime

from flask_babel import LazyString

from ..core import clock, history
from ..core.access import Actor, Role
from ..core.db import transaction
from ..lessons.models import Lesson
from ..office import settings as office_settings
from ..people.supporter_queries import papers_of_account
from ..people.supporter_rules import missing_papers
from ..people.supporter_words import NO_DUTY
from . import queries, rules


def open_sheet(lesson_id: int, *, by: Actor, now: datetime) -> Lesson:
    """The lesson whose sheet is shown, the look recorded, once an hour. Raises NotFound, and Refusal for a volunteer
    whose papers are missing. Opens a transaction of its own, which ends what was read before."""
    check_papers(by, now)
    lesson = queries.lesson(lesson_id, by=by, now=now)
    if queries.opened_lately(lesson_id, by=by, now=now):
        return lesson
    with transaction():
        history.record("sheet.opened", f"lesson:{lesson_id}", by=by, now=now)
    return queries.lesson(lesson_id, by=by, now=now)


def check_papers(by: Actor, now: datetime) -> None:
    """Asked whenever a page with people's names is opened, and never of what is sent from one: whoever had the sheet
    open loses nothing of what was typed. Raises Refusal `papers-missing`."""
    if by.has(Role.STAFF, Role.COORDINATOR):
        return
    facts = papers_of_account(by.id)
    missing = missing_papers(facts, clock.local_date(now)) if facts is not None else []
    if missing:
        told = LazyString(lambda: "、".join(str(NO_DUTY[why]) for why in missing))
        raise rules.papers_missing(told, office_settings.current().telephone)
