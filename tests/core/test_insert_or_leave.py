from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask

from supportdesk.core.access import Actor
from supportdesk.core.db import insert_or_leave, transaction
from supportdesk.core.errors import Refusal
from supportdesk.core.japan.my_number import contains_my_number
from supportdesk.core.operations import Operation, once


def test_the_first_insert_is_told_from_the_second(app: Flask, now: datetime) -> None:
    with transaction():
        first = insert_or_leave(Operation, key="a", actor_id=None, body_hash="x", at=now)
        second = insert_or_leave(Operation, key="a", actor_id=None, body_hash="y", at=now)

    assert (first, second) == (True, False)


def test_an_act_runs_the_first_time_and_answers_the_same_the_second(app: Flask, by: Actor, now: datetime) -> None:
    with transaction():
        first = once("form-1", "body", lambda: {"id": 7}, by=by, now=now)
    with transaction():
        second = once("form-1", "body", lambda: {"id": 8}, by=by, now=now)

    assert (first, second) == (({"id": 7}, True), ({"id": 7}, False))


def test_a_name_by_chance_is_taken_also_where_its_digits_look_like_a_my_number(
    app: Flask, by: Actor, now: datetime
) -> None:
    for key in ("8858b283-8084-4362-9f18-978b521f06e2", "52c89d11-0249-4092-86af-90d2061b4f25"):
        assert contains_my_number(key)
        with transaction():
            assert once(key, "body", dict, by=by, now=now) == ({}, True)


@pytest.mark.parametrize("key", ["123456789018", "form-1234-5678-9018", "8858b283-8084-4362-9f18-123456789018-"])
def test_a_name_that_somebody_wrote_holds_no_my_number(app: Flask, by: Actor, now: datetime, key: str) -> None:
    with pytest.raises(Refusal, match="no name"), transaction():
        once(key, "body", dict, by=by, now=now)
