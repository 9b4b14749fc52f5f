"""An end to every call over HTTP, however its answer comes.

The time-outs of requests hold for each wait on the socket alone: an answer that trickles in byte by byte never ends.
So a call is given a limit as a whole, and a watcher hangs up when it is over: the reader then sees a broken connection.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_LOOK_EVERY = 0.25


@dataclass(eq=False)
class Line:
    """The connection that one thread's calls go over. Its adapter keeps it here from before it is made, so that a slow
    handshake too can be ended."""

    connection: Any = None

    def hang_up(self) -> None:
        """End it from another thread. The plain socket's own `shutdown`: that of TLS would take the connection's state
        from under its reader."""
        open_socket = getattr(self.connection, "sock", None)
        if open_socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(open_socket, socket.SHUT_RDWR)


class Patience:
    """Watches the calls of any number of threads. Its own thread lives while there is something to watch."""

    def __init__(self) -> None:
        self._ends: dict[Line, float] = {}
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None

    @contextmanager
    def limit(self, line: Line, seconds: float) -> Iterator[None]:
        """Hang up if what is done inside takes longer."""
        with self._lock:
            self._ends[line] = time.monotonic() + seconds
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="patience", daemon=True)
                self._watcher.start()
        try:
            yield
        finally:
            with self._lock:
                self._ends.pop(line, None)

    def _watch(self) -> None:
        while True:
            with self._lock:
                if not self._ends:
                    self._watcher = None
                    return
                now = time.monotonic()
                for line, end in self._ends.items():
                    # Again at each look: a connection may have been made since the last one.
                    if end <= now:
                        line.hang_up()
            time.sleep(_LOOK_EVERY)


class LineAdapter(HTTPAdapter):
    """Keeps in `line` the connection that is made."""

    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__(pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        keep = self._keep

        class Plain(HTTPConnection):
            def connect(self) -> None:
                keep(self)
                super().connect()

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                keep(self)
                super().connect()

        self.poolmanager.pool_classes_by_scheme = {
            "http": _pool(HTTPConnectionPool, Plain),
            "https": _pool(HTTPSConnectionPool, Secure),
        }

    def _keep(self, connection: Any) -> None:
        self._line.connection = connection


def _pool(base: type[Any], connection: type[Any]) -> Callable[..., Any]:
    return type(base.__name__, (base,), {"ConnectionCls": connection})
