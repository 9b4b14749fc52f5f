"""The pages that say what went wrong, in words for a person, each with a reference that is also in the log."""

from __future__ import annotations

import logging

from flask import Flask, render_template
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from ..core import chance
from ..core.db import db
from ..core.errors import Refusal

log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    @app.errorhandler(Refusal)
    def refused(problem: Refusal) -> tuple[str, int]:
        return render_template("front/refused.html", refusal=problem), problem.status

    @app.errorhandler(HTTPException)
    def http(problem: HTTPException) -> tuple[str, int]:
        return render_template("front/http_error.html", code=problem.code), problem.code or 500

    @app.errorhandler(OperationalError)
    def not_saved(problem: OperationalError) -> tuple[str, int]:
        """Full disk, locked or lost database: say plainly that it was not saved."""
        return _failed(problem, "front/not_saved.html", 503)

    @app.errorhandler(Exception)
    def broken(problem: Exception) -> tuple[str, int]:
        return _failed(problem, "front/broken.html", 500)


def _failed(problem: Exception, template: str, status: int) -> tuple[str, int]:
    reference = chance.one_time_code()
    log.error("reference %s: %s", reference, type(problem).__name__, exc_info=problem)
    db.session.rollback()
    return render_template(template, reference=reference), status
