"""The log: one JSON object a line, in UTC, without names, telephone numbers or texts of residents.

What an exception says may hold a value (PostgreSQL names the row that was there already), so of exceptions only the
kind and the way through the code are kept, and of a refusal by the database the name of its constraint.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any, TextIO

from flask import g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

from . import chance

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def install() -> None:
    """Send the whole process's log to standard error."""
    logging.basicConfig(level=logging.INFO, handlers=[handler(sys.stderr)])
    # APScheduler tells of every beat, Alembic of every step.
    for talker in ("apscheduler", "alembic"):
        logging.getLogger(talker).setLevel(logging.WARNING)


def handler(stream: TextIO) -> logging.Handler:
    """Writes the log there, a JSON object a line."""
    made = logging.StreamHandler(stream)
    made.setFormatter(
        Formatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "room", "message": "event"},
        )
    )
    return made


def reference() -> str:
    """What ties the page a person sees to the lines of the log; one for each request."""
    if "reference" not in g:
        g.reference = chance.reference()
    return str(g.reference)


class Formatter(JsonFormatter):
    """Adds the request, if there is one: its reference, endpoint, method and the number of the person signed in. Never
    its address or its form: a search for a name stands in the one, a resident's words in the other."""

    converter = time.gmtime  # type: ignore[assignment]  # the stub forgets the argument
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        if has_request_context():
            actor = g.get("actor")
            log_data.update(
                reference=reference(),
                endpoint=request.endpoint,
                method=request.method,
                actor=actor.id if actor else None,
            )
        return super().process_log_record(log_data)

    def formatException(self, ei: ExceptionInfo) -> str:
        return "\n".join(_told(ei[1])) if ei[1] else ""


def _told(problem: BaseException) -> Iterator[str]:
    """Kind and way of an exception and of those that led to it, the first one first."""
    before = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
    if before:
        yield from _told(before)
    constraint = getattr(getattr(problem, "diag", None), "constraint_name", None)
    yield type(problem).__qualname__ + (f" ({constraint})" if constraint else "")
    for frame in traceback.extract_tb(problem.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} {frame.name}"
