"""Reads about the words of messages: which are in use, and what of the town decides how long they become."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from ..core.db import db
from ..lessons.models import Course, Lesson
from ..lessons.slot_rules import LessonKind
from ..messages.providers.sms import units
from ..messages.rules import Language
from ..office import settings as office_settings
from ..places.models import Venue
from ..places.rules import english_name
from .models import Wording
from .wording import AllWords, Words, packaged
from .wording_rules import Template
from .wording_tried import Town

# For a town without a venue: as long as a short name may be (places/rules.py).
NO_VENUE = ("会場の名前（十文字）", "カイジョウノナマエ", "Name of the venue (30 letters)")
# A usual venue is one of these weeks, whose lessons are counted at each look.
USUAL_WITHIN = timedelta(weeks=8)


def all_in_use() -> AllWords:
    """The words of every template in every language as they stand (one query). Read once for a plan or a page, never
    for a message."""
    rows = db.session.execute(sa.select(Wording.name, Wording.language, Wording.words))
    own = {(name, language): words for name, language, words in rows if words}
    return {
        language: {one: own.get((one.value, language), words) for one, words in packaged(language).items()}
        for language in Language
    }


def in_use(language: Language = Language.JAPANESE) -> Words:
    """The same in one language (one query)."""
    return all_in_use()[language]


def versions(language: Language = Language.JAPANESE) -> Mapping[Template, int]:
    """How often the office changed the words of each template; 0 while it never did (one query)."""
    rows = db.session.execute(sa.select(Wording.name, Wording.version).where(Wording.language == language))
    changed = {row.name: row.version for row in rows}
    return {template: changed.get(template.value, 0) for template in Template}


def town() -> Town:
    """What words are tried out with (three queries)."""
    open_venues = sa.select(Venue.short_name, Venue.name_kana, Venue.name_en).where(Venue.closed_at.is_(None))
    rows = db.session.execute(open_venues.order_by(Venue.id))
    venues = [(row.short_name, row.name_kana, english_name(row.name_en, row.name_kana)) for row in rows] or [NO_VENUE]
    return Town(
        office_settings.current(),
        max((short for short, _kana, _en in venues), key=units),
        max((kana for _short, kana, _en in venues), key=len),
        db.session.scalars(sa.select(Course.title).distinct().order_by(Course.title)).all(),
        max((english for _short, _kana, english in venues), key=len),
    )


def usual_venue(now: datetime) -> tuple[str, str, str] | None:
    """The venue of most lessons of these weeks as a text, a voice and an English text call it; None if there is none
    (one query)."""
    often = sa.select(Lesson.venue_id).where(
        Lesson.starts_at > now - USUAL_WITHIN, Lesson.starts_at < now + USUAL_WITHIN, Lesson.kind == LessonKind.CLASS
    )
    most = often.group_by(Lesson.venue_id).order_by(sa.func.count().desc(), Lesson.venue_id).limit(1).scalar_subquery()
    names = sa.select(Venue.short_name, Venue.name_kana, Venue.name_en).where(Venue.id == most)
    row = db.session.execute(names).first()
    return (row.short_name, row.name_kana, english_name(row.name_en, row.name_kana)) if row else None
