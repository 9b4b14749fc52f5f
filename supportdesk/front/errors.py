"""The pages that say what went wrong, in words for a person, each with a reference that is also in the log."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, generate_csrf
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, Unauthorized

from ..core import logs
from ..core.access import below_api
from ..core.api import problems
from ..core.db import db
from ..core.errors import ChangedMeanwhile, NotAllowed, NotFound, Refusal

log = logging.getLogger(__name__)

# A form with this field is typed anew: a secret is never put back into a page.
SECRET_FIELD = "password"

OF_STATUS = {403: "not_allowed", 404: "not_found", 429: "too_many_tries"}
OF_REFUSAL = {NotAllowed: "not_allowed", NotFound: "not_found", ChangedMeanwhile: "changed_meanwhile"}


@dataclass(frozen=True)
class OnceMore:
    """A form as it was sent, to be sent again from the page that tells of the failure."""

    action: str
    fields: list[tuple[str, str]]
    token: str


def install(app: Flask) -> None:
    @app.errorhandler(Refusal)
    def refused(problem: Refusal) -> ResponseReturnValue:
        db.session.rollback()
        log.info("refused", extra={"status": problem.status, "code": problem.code})
        page = OF_REFUSAL.get(type(problem), "refused")
        return _page(page, problem.status, refusal=problem, back=_where_it_came_from())

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
            return _not_saved(original)
        return _refused_by_http(problem.code or 500)

    @app.errorhandler(OperationalError)
    def not_saved(problem: OperationalError) -> ResponseReturnValue:
        """Full disk, locked or lost database: say plainly that it was not saved."""
        return _not_saved(problem)

    @app.errorhandler(Exception)
    def broken(problem: Exception) -> ResponseReturnValue:
        _failed("broken", problem, 500)
        return _page("broken", 500)


def _again() -> ResponseReturnValue | None:
    """A form whose page has grown old, or whose sign-in has ended: offer to send it once more, nothing lost."""
    if not _can_be_sent_again():
        return None
    log.info("asked to send once more")
    return _page("again", 400 if g.get("actor") else 401, once_more=_once_more(generate_csrf()))


def _refused_by_http(status: int) -> ResponseReturnValue:
    log.info("refused", extra={"status": status})
    return _page(OF_STATUS.get(status, "not_understood"), status, status=status)


def _not_saved(problem: OperationalError) -> ResponseReturnValue:
    _failed("not saved", problem, 503)
    # The token that came with the form: a new one could not be kept.
    once_more = _once_more(request.form.get("csrf_token", "")) if _can_be_sent_again() else None
    return _page("not_saved", 503, once_more=once_more)


def _failed(event: str, problem: Exception, status: int) -> None:
    log.error(event, extra={"status": status}, exc_info=problem)
    db.session.rollback()
    # The shell reads the office's settings; the database may be what is broken.
    g.without_database = True


def _page(name: str, status_code: int, **more: Any) -> ResponseReturnValue:
    return render_template(f"front/errors/{name}.html", reference=logs.reference(), **more), status_code


def _can_be_sent_again() -> bool:
    """Only a form of our own page (the browser says so): a foreign one must not get a valid form out of it."""
    typed = request.method == "POST" and bool(request.form) and not request.files
    return typed and _sent_by_our_own_page() and SECRET_FIELD not in request.form


def _sent_by_our_own_page() -> bool:
    """What the browser says of it: Sec-Fetch-Site where it has TLS, and in a house without it Origin, which comes with
    every form; no page can write either by itself."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def _once_more(token: str) -> OnceMore:
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    return OnceMore(request.full_path.rstrip("?"), fields, token)


def _where_it_came_from() -> str:
    """The page of ours that sent this, without its host: an address from outside leads to the first page."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host:
        return "/"
    return "/" + came.path.lstrip("/") + (f"?{came.query}" if came.query else "")
