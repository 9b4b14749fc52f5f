"""Reads about the words of messages: which are in use, and what of the town decides how long they become."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from ..core.db import db
from ..lessons.models import Course
from ..messages.providers.sms import units
from ..office import settings as office_settings
from ..places.models import Venue
from .models import Wording
from .wording import Town, Words, packaged
from .wording_rules import Template

# For a town without a venue: as long as a short name may be (places/rules.py).
NO_VENUE = ("会場の名前（十文字）", "カイジョウノナマエ")


def in_use() -> Words:
    """The words of every template as they stand (one query). Read once for a plan or a page, never for a message."""
    rows = db.session.execute(sa.select(Wording.name, Wording.words))
    own = {name: words for name, words in rows if words}
    return {template: own.get(template.value, words) for template, words in packaged().items()}


def versions() -> Mapping[Template, int]:
    """How often the office changed the words of each template; 0 while it never did (one query)."""
    changed = {row.name: row.version for row in db.session.execute(sa.select(Wording.name, Wording.version))}
    return {template: changed.get(template.value, 0) for template in Template}


def town() -> Town:
    """What words are tried out with (three queries)."""
    open_venues = sa.select(Venue.short_name, Venue.name_kana).where(Venue.closed_at.is_(None)).order_by(Venue.id)
    venues = [(row.short_name, row.name_kana) for row in db.session.execute(open_venues)] or [NO_VENUE]
    return Town(
        office_settings.current(),
        max((short for short, _kana in venues), key=units),
        max((kana for _short, kana in venues), key=len),
        db.session.scalars(sa.select(Course.title).distinct().order_by(Course.title)).all(),
    )
