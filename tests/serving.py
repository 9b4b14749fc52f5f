"""An app on a port of this machine, for a real browser or a client of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    # A browser opens connections ahead of need and says nothing on them: closing would wait for them for ever.
    timeout = 30

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Ten lines of log for each page would hide the complaints."""


@contextlib.contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve the app and give its address; at the end wait for every answer that is still being made.

    Werkzeug leaves such answers to threads that nobody waits for. They would go on at the database while the next
    test puts an empty one in its place, which then fails with SQLite's "disk I/O error".
    """
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
