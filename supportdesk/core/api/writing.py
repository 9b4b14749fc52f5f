"""One writing request: one transaction, one action, one answer; and with an Idempotency-Key the same answer for ever.

The key's row is written in the action's own transaction (core.operations), so that there is no moment in which the
act has happened and its answer is lost, nor the reverse. A refused act leaves no trace: the key may be used again.

A twin that comes while the first is still at work is told so (409 in-progress) instead of being kept waiting. Without
this it would wait: on PostgreSQL the second INSERT of one key waits for the first one's commit, on SQLite every writer
waits for the writer before it. Both would then give the right answer, but a caller who sends again after a time-out
would hold one more worker for each try. So the key is claimed before the wait: by an advisory lock of the transaction
on PostgreSQL, by a lock on one byte of a file on SQLite. Both end with the transaction, and with a process that dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import struct
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Response, jsonify, request
from sqlalchemy.exc import IntegrityError

from .. import clock
from ..access import Actor, current_actor
from ..db import db, is_sqlite, transaction
from ..errors import Refusal
from ..operations import once
from .problems import IN_PROGRESS

LONGEST_KEY = 200

Answer = tuple[dict[str, Any], int]

# A digest in letters only: twelve digits in a row could look like a My Number, and the key be refused for it.
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


class BadKey(Refusal):
    """What came as Idempotency-Key cannot be one."""

    code = "bad-key"
    status = 400


def write(act: Callable[[Actor, datetime], Answer]) -> Response:
    """Run `act` in one transaction and answer with its body and status. With an Idempotency-Key, once for this token,
    method, address and body. Raises what the act raises, and Refusal `in-progress`, `other-body`, `bad-key`."""
    by, now = current_actor(), clock.now()
    key = _key(by)
    if key is None:
        with transaction():
            body, status = act(by, now)
        return _answer(body, status)

    def acted() -> dict[str, Any]:
        body, status = act(by, now)
        return {"body": body, "status": status}

    with _claimed(key):
        try:
            kept, _ran = once(key, [request.method, request.path, request.get_json(silent=True)], acted, by=by, now=now)
        except Refusal as refusal:
            if refusal.code == "other-body":
                raise Refusal("This Idempotency-Key was used for another request.", code="other-body") from None
            raise
    return _answer(kept["body"], kept["status"])


@contextlib.contextmanager
def one_external_id() -> Iterator[None]:
    """Around the adding of a row. Raises Refusal `in-progress` when somebody else added the same `external_id` at this
    moment (PostgreSQL; on SQLite writers queue, so that the second finds the row before it adds one)."""
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        if "external_id" not in str(error.orig):
            raise
        raise Refusal("The same is being done at this moment. Please try again.", code=IN_PROGRESS) from None


def _answer(body: dict[str, Any], status: int) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer


def _key(by: Actor) -> str | None:
    """The key as it is kept: a digest of the caller's, so that two tokens never meet and nothing typed is stored."""
    typed = request.headers.get("Idempotency-Key")
    if typed is None:
        return None
    if not 0 < len(typed) <= LONGEST_KEY or not typed.isascii() or not typed.isprintable():
        raise BadKey("An Idempotency-Key has 1 to %(most)s plain characters.", most=LONGEST_KEY)
    digest = hashlib.sha256(f"{by.name}\0{typed}".encode()).hexdigest()
    return "api:" + digest.translate(_LETTERS)


@contextlib.contextmanager
def _claimed(key: str) -> Iterator[None]:
    """A transaction that alone works under this key. Raises Refusal `in-progress`."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) >> 1
    if is_sqlite():
        with _byte_locked(Path(db.engine.url.database or "").with_suffix(".keys"), number), transaction():
            yield
        return
    with transaction() as session:
        if not session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(number))):
            raise _in_progress()
        yield


@contextlib.contextmanager
def _byte_locked(path: Path, number: int) -> Iterator[None]:
    """Lock one byte of an empty file by its number. A lock of the open file and not of the process (F_OFD), since the
    twin may be a thread of the same one. Where there is none of that kind (not Linux), the twin waits its turn."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if hasattr(fcntl, "F_OFD_SETLK"):
            # struct flock: type, whence, start, length, pid (0 for this kind).
            wanted = struct.pack("@hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, number, 1, 0)
            try:
                fcntl.fcntl(handle, fcntl.F_OFD_SETLK, wanted)
            except (BlockingIOError, PermissionError):
                raise _in_progress() from None
        yield
    finally:
        os.close(handle)


def _in_progress() -> Refusal:
    return Refusal("The same is being done at this moment. Please try again.", code=IN_PROGRESS)
