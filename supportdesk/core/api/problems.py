"""What went wrong, for programs: RFC 9457 problem documents below /api, whatever failed there."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, Unauthorized

from .. import chance
from ..db import db
from ..errors import Refusal

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:problem-type:supportdesk:"
IN_PROGRESS = "in-progress"
# A body of nothing but unknown fields must not be answered by one as large.
MOST_ERRORS = 100
LONGEST_NAME = 80

# What HTTP itself says no to. Own codes, since the library's phrases change with Python's version.
_KNOWN = {
    400: ("not-json", _l("The body is not JSON.")),
    401: ("unauthorized", _l("A token is needed: none came, or it is unknown, has run out or was revoked.")),
    403: ("forbidden", _l("This token may not do this.")),
    404: ("not-found", _l("There is nothing at this address.")),
    405: ("method-not-allowed", _l("This address does not take this method.")),
    413: ("too-large", _l("The body is too large.")),
    415: ("unsupported-media-type", _l("The body must be JSON (Content-Type: application/json).")),
    422: ("invalid", _l("Some fields cannot be taken as they are.")),
    429: ("too-many-requests", _l("There were too many requests. Please wait.")),
    500: ("broken", _l("Something broke here. Please tell the reference to whoever looks after the support desk.")),
    503: ("not-saved", _l("This could not be saved. Please try again, and tell the reference if it goes on.")),
}


def install(blueprint: Blueprint) -> None:
    """Let a blueprint answer whatever fails in it with a problem document. What fails before a route is found (404,
    405) reaches `of_http` from the handlers of the pages, since no blueprint is asked then."""
    # By its own class too: the pages' handler of 401 is asked before any blueprint's handler of all codes.
    for kind in (Unauthorized, HTTPException):
        blueprint.register_error_handler(kind, of_http)
    blueprint.register_error_handler(Refusal, of_refusal)
    blueprint.register_error_handler(OperationalError, not_saved)
    blueprint.register_error_handler(Exception, broken)


def of_refusal(refusal: Refusal) -> Response:
    """422 with the field where one is at fault, else the refusal's own status. `params` are what it speaks of: the
    version that is there now, the free seats, the lesson that has the room."""
    db.session.rollback()
    sentence = gettext(refusal.message, **refusal.params)
    more: dict[str, Any] = {}
    if refusal.params:
        more["params"] = {name: _plain(value) for name, value in refusal.params.items()}
    if refusal.field:
        more["errors"] = [{"field": refusal.field, "message": sentence}]
    answer = _problem(422 if refusal.field else refusal.status, refusal.code, sentence, more)
    if refusal.code == IN_PROGRESS:
        answer.headers["Retry-After"] = "1"
    return answer


def of_http(problem: HTTPException) -> Response:
    """Any other error of HTTP, those of fields (webargs) with one entry for each field."""
    # What fails after the answer was made, as counting does, comes wrapped.
    original = getattr(problem, "original_exception", None)
    if original is not None:
        return not_saved(original) if isinstance(original, OperationalError) else broken(original)
    status = problem.code or 500
    found = list(_errors(getattr(problem, "data", {}).get("messages", {})))[:MOST_ERRORS] if status == 422 else []
    answer = _told(status, {"errors": found} if found else {})
    for name, value in problem.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            answer.headers[name] = value
    return answer


def not_saved(problem: Exception) -> Response:
    """Full disk, locked or lost database."""
    return _failed(problem, 503)


def broken(problem: Exception) -> Response:
    return _failed(problem, 500)


def _failed(problem: Exception, status: int) -> Response:
    reference = chance.one_time_code()
    log.error("reference %s: %s", reference, type(problem).__name__, exc_info=problem)
    db.session.rollback()
    return _told(status, {"reference": reference})


def _told(status: int, more: Mapping[str, Any]) -> Response:
    code, sentence = _KNOWN.get(status, ("refused", HTTPStatus(status).phrase))
    return _problem(status, code, str(sentence), more)


def _problem(status: int, code: str, detail: str, more: Mapping[str, Any]) -> Response:
    title = HTTPStatus(status).phrase
    answer = jsonify({"type": TYPE + code, "title": title, "status": status, "code": code, "detail": detail, **more})
    answer.status_code, answer.mimetype = status, MEDIA_TYPE
    return answer


def _errors(messages: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """marshmallow's nested messages as a flat list. The outermost name, the place (json, query), is left out."""
    for place in messages.values():
        yield from _flat(place, "")


def _flat(messages: Any, field: str) -> Iterator[dict[str, str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            part = "" if name == "_schema" else str(name)[:LONGEST_NAME]
            yield from _flat(inner, ".".join(each for each in (field, part) if each))
    else:
        for message in messages:
            yield {"field": field, "message": str(message)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
