"""The server that browser tests use."""

import threading
import urllib.request

from flask import Flask

from tests.serving import serving


def test_closing_waits_for_the_answer_that_is_being_made() -> None:
    app, asked, go_on, over = Flask(__name__), threading.Event(), threading.Event(), threading.Event()
    told: list[str] = []

    @app.get("/")
    def slow() -> str:
        asked.set()
        go_on.wait(30)
        told.append("the answer was made")
        return "done"

    def serve_and_close() -> None:
        with serving(app) as address:
            client = threading.Thread(target=lambda: urllib.request.urlopen(address).read())
            client.start()
            clients.append(client)
            asked.wait(30)
        told.append("the server was closed")
        over.set()

    clients: list[threading.Thread] = []
    server = threading.Thread(target=serve_and_close)
    server.start()
    assert asked.wait(30)
    # The server is closing while its answer hangs: long enough for one that would not wait.
    assert not over.wait(0.5)
    go_on.set()
    server.join(30)
    clients[0].join(30)
    assert told == ["the answer was made", "the server was closed"]
