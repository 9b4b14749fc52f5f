from __future__ import annotations

from datetime import datetime

from flask import Flask

from supportdesk.core.access import Actor
from supportdesk.core.db import insert_or_leave, transaction
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
