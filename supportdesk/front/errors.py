"""The pages that say what went wrong, in words for a person, each with a reference that is also in the log."""

from __future__ import annotations

import logging

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, Unauthorized

from ..core import chance
from ..core.access import below_api
from ..core.api import problems
from ..core.db import db
from ..core.errors import Refusal

log = logging.getLogger(__name__)

# What is never put back into a page.
SECRET_FIELDS = ("password", "code", "csrf_token")


def install(app: Flask) -> None:
    @app.errorhandler(Refusal)
    def refused(problem: Refusal) -> ResponseReturnValue:
        db.session.rollback()
        return render_template("front/refused.html", refusal=problem), problem.status

    @app.errorhandler(CSRFError)
    def stale(problem: CSRFError) -> ResponseReturnValue:
        return _again() or _refused_by_http(400)

    @app.errorhandler(Unauthorized)
    def signed_out(problem: Unauthorized) -> ResponseReturnValue:
        return _again() or _refused_by_http(401)

    @app.errorhandler(HTTPException)
    def http(problem: HTTPException) -> ResponseReturnValue:
        if below_api():
            return problems.of_http(problem)  # no such address: no blueprint of the API was asked
        # What fails after the page was made, as keeping a new web session does, comes wrapped.
        original = getattr(problem, "original_exception", None)
        if isinstance(original, OperationalError):
            return _failed(original, "front/not_saved.html", 503)
        return _refused_by_http(problem.code or 500)

    @app.errorhandler(OperationalError)
    def not_saved(problem: OperationalError) -> ResponseReturnValue:
        """Full disk, locked or lost database: say plainly that it was not saved."""
        return _failed(problem, "front/not_saved.html", 503)

    @app.errorhandler(Exception)
    def broken(problem: Exception) -> ResponseReturnValue:
        return _failed(problem, "front/broken.html", 500)


def _again() -> ResponseReturnValue | None:
    """A form whose page has grown old, or whose sign-in has ended: offer to send it once more, nothing lost.

    Only for a form of our own page (the browser says so): a foreign page must not get a valid form out of it.
    """
    own = request.headers.get("Sec-Fetch-Site") == "same-origin"
    if request.method != "POST" or not own or not request.form or request.files:
        return None
    if any(word in name for name in request.form for word in SECRET_FIELDS[:2]):
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in SECRET_FIELDS]
    status = 400 if g.get("actor") else 401
    return render_template("front/again.html", fields=fields, action=request.full_path.rstrip("?")), status


def _refused_by_http(code: int) -> ResponseReturnValue:
    return render_template("front/http_error.html", code=code), code


def _failed(problem: Exception, template: str, status: int) -> ResponseReturnValue:
    reference = chance.one_time_code()
    log.error("reference %s: %s", reference, type(problem).__name__, exc_info=problem)
    db.session.rollback()
    # The shell reads the office's settings; the database may be what is broken.
    g.without_database = True
    return render_template(template, reference=reference), status
