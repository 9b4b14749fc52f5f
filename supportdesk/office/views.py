"""The language switch."""

from __future__ import annotations

import re

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from ..core.access import open_to_everybody
from ..core.i18n import LANGUAGE_COOKIE, LANGUAGES

# `//elsewhere` and `/\` lead out, and so does a tab or a line's end between the two: a browser drops them.
OUR_OWN = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f]*")

blueprint = Blueprint("office", __name__)


@blueprint.post("/language")
@open_to_everybody
def switch_language() -> Response:
    """Remember the language in this browser and go back to the page that asked."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    back = request.form.get("next", "/")
    answer = redirect(back if OUR_OWN.fullmatch(back) else "/", 303)
    answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=365 * 24 * 3600, httponly=True, samesite="Lax", path="/")
    return answer
