"""Many clients at once: threads that stay for the whole test, so that only the acts race and not their
start."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from flask import Flask

from supportdesk.core.db import db, transaction

# How often a race is run; a soak asks for 50.
ROUNDS = int(os.environ.get("ROUNDS", "3"))

Act = Callable[[], Any]


class Clients:
    """So many clients. What came of an act is its answer, or the exception that it raised."""

    def __init__(self, app: Flask, pool: ThreadPoolExecutor) -> None:
        self.app, self.pool = app, pool

    def at_once(self, acts: list[Act]) -> list[Any]:
        """Each client does one act, all from the same moment; gives what came of them in the order of the
        acts."""
        start = threading.Barrier(len(acts))

        def run(act: Act) -> Any:
            start.wait(timeout=60)
            try:
                return act()
            except Exception as problem:  # noqa: BLE001  (what came of it is the answer)
                return problem

        # The test's own read would keep a connection and, on SQLite, an old view of the data.
        db.session.rollback()
        return list(self.pool.map(run, acts))

    def act_at_once(self, acts: list[Act]) -> list[Any]:
        """The same for actions: each in a session and a transaction of its own."""

        def whole(act: Act) -> Any:
            with self.app.app_context(), transaction():
                return act()

        return self.at_once([lambda act=act: whole(act) for act in acts])


@contextmanager
def clients(app: Flask, count: int) -> Iterator[Clients]:
    with ThreadPoolExecutor(max_workers=count) as pool:
        yield Clients(app, pool)
