"""Which language this request speaks: the switch in the header, else Japanese; a program says it (else English)."""

from __future__ import annotations

from flask import request
from flask_babel import Babel
from flask_babel import lazy_gettext as _l

from .access import below_api

babel = Babel()
LANGUAGES = {"ja": "日本語", "en": "English"}
LANGUAGE_COOKIE = "language"
# Monday first, as Python counts.
WEEKDAYS = (
    _l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"),
)  # fmt: skip


def language() -> str:
    if request and below_api():
        return request.accept_languages.best_match(["en", "ja"], "en") or "en"
    chosen = request.cookies.get(LANGUAGE_COOKIE, "") if request else ""
    return chosen if chosen in LANGUAGES else "ja"
