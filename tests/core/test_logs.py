"""The log: what can be read in it, and what must never stand there."""

import io
import logging
import sys
from datetime import datetime, timedelta

import pytest
from flask import Flask, g

from supportdesk.core import logs
from supportdesk.core.access import Actor, Role
from supportdesk.core.db import transaction
from supportdesk.messages.models import NumberNote
from tests.conftest import written_lines

log = logging.getLogger("supportdesk.tests")


def test_a_line_is_one_object_with_time_level_room_and_event(kept_log: io.StringIO) -> None:
    log.info("two\nlines", extra={"status": 404})

    [line] = written_lines(kept_log)
    assert {name: line[name] for name in ("level", "room", "event", "status")} == {
        "level": "INFO", "room": "supportdesk.tests", "event": "two\nlines", "status": 404,
    }  # fmt: skip
    assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
    assert "reference" not in line, "outside of a request there is none"


def test_a_line_of_a_request_names_its_reference_endpoint_and_the_number_of_the_person(
    app: Flask, kept_log: io.StringIO
) -> None:
    with app.test_request_context("/residents/new?q=ほんだ", method="POST", data={"text": "長い話"}):
        g.actor = Actor(7, "受付 花子", frozenset({Role.STAFF}))
        log.info("refused")
        shown = logs.reference()

    [line] = written_lines(kept_log)
    found = (line["reference"], line["endpoint"], line["method"], line["actor"])
    assert found == (shown, "people.new", "POST", 7)
    written = kept_log.getvalue()
    assert not [word for word in ("ほんだ", "長い話", "花子", "q=") if word in written]


def test_what_an_exception_says_is_not_written_only_its_kind_and_its_way(kept_log: io.StringIO) -> None:
    def deep() -> None:
        raise ValueError("本多 ハル 090-0000-0001")

    try:
        try:
            deep()
        except ValueError as problem:
            raise RuntimeError("ホンダ") from problem
    except RuntimeError:
        log.error("broken", exc_info=sys.exc_info())

    told = written_lines(kept_log)[0]["exc_info"].splitlines()
    assert [line for line in told if not line.startswith(" ")] == ["ValueError", "RuntimeError"]
    assert any(line.endswith(" deep") for line in told)
    assert "0001" not in kept_log.getvalue() and "ホンダ" not in kept_log.getvalue()


def test_a_database_that_quotes_the_row_in_its_error_does_not_bring_it_into_the_log(
    app: Flask, kept_log: io.StringIO, backend: str
) -> None:
    def twice() -> None:
        with transaction() as session:
            session.add_all([NumberNote(number="+819000000001"), NumberNote(number="+819000000001")])

    with pytest.raises(Exception) as caught:
        twice()
    log.error("broken", exc_info=caught.value)

    if backend == "postgresql":
        assert "+819000000001" in str(caught.value.__cause__), "the control: the error itself does quote it"
    assert "9000000" not in kept_log.getvalue()
    assert ("uq_" in kept_log.getvalue() or "pk_" in kept_log.getvalue()) == (backend == "postgresql")
