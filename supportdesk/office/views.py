"""The language switch."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from ..core.access import open_to_everybody
from ..core.i18n import LANGUAGE_COOKIE, LANGUAGES

blueprint = Blueprint("office", __name__)


@blueprint.post("/language")
@open_to_everybody
def switch_language() -> Response:
    """Remember the language in this browser and go back to the page that asked."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    back = request.form.get("next", "/")
    # Only an address of our own: `//elsewhere` and `\` lead out.
    local = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = redirect(back if local else "/", 303)
    answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=365 * 24 * 3600, httponly=True, samesite="Lax", path="/")
    return answer
