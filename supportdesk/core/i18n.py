"""Which language this request speaks: the switch in the header, else Japanese."""

from __future__ import annotations

from flask import request
from flask_babel import Babel

babel = Babel()
LANGUAGES = {"ja": "日本語", "en": "English"}
LANGUAGE_COOKIE = "language"


def language() -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE, "") if request else ""
    return chosen if chosen in LANGUAGES else "ja"
