"""Slow bodies wait outside the app."""

from __future__ import annotations

import io
import threading
from typing import Any

from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Request, Response

from supportdesk.core.bodies import WholeBodies

DEADLINE = 30


class Drip:
    """A body of which nothing comes until it is let go."""

    def __init__(self, content: bytes) -> None:
        self.content, self.asked, self.let_go = io.BytesIO(content), threading.Event(), threading.Event()

    def read(self, size: int) -> bytes:
        self.asked.set()
        assert self.let_go.wait(DEADLINE)
        # A piece at a time, as a network gives it.
        return self.content.read(min(size, 3))


@Request.application
def echo(request: Request) -> Response:
    return Response(request.get_data())


def answer(app: Any, body: Any, length: int) -> bytes:
    environ = EnvironBuilder(method="POST").get_environ() | {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
    return b"".join(run_wsgi_app(app, environ)[0])


def test_others_are_answered_while_a_body_is_on_its_way() -> None:
    app, slow, answers = WholeBodies(echo, at_once=1, longest=100), Drip(b"slow words"), []
    waiting = threading.Thread(target=lambda: answers.append(answer(app, slow, 10)))
    waiting.start()
    assert slow.asked.wait(DEADLINE)

    assert answer(app, io.BytesIO(b"quick"), 5) == b"quick"
    assert answers == []

    slow.let_go.set()
    waiting.join(DEADLINE)
    assert answers == [b"slow words"]


def test_no_more_requests_are_inside_at_once_than_allowed() -> None:
    inside, most, lock, both = 0, 0, threading.Lock(), threading.Barrier(2)

    def app(environ: Any, start_response: Any) -> list[bytes]:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        both.wait(DEADLINE)  # each waits for a second one: with one place alone nobody would go on
        with lock:
            inside -= 1
        start_response("200 OK", [])
        return [b""]

    gate = WholeBodies(app, at_once=2, longest=100)
    threads = [threading.Thread(target=answer, args=(gate, io.BytesIO(b"x"), 1)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)

    assert most == 2


def test_what_is_too_long_is_left_unread_for_the_app_to_refuse() -> None:
    source = io.BytesIO(b"x" * 101)
    seen = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["wsgi.input"])
        start_response("413 Content Too Large", [])
        return [b"too long"]

    assert answer(WholeBodies(app, at_once=1, longest=100), source, 101) == b"too long"
    assert seen == [source] and source.tell() == 0


def test_half_a_body_is_refused_and_not_taken_for_the_whole() -> None:
    assert b"400 Bad Request" in answer(WholeBodies(echo, at_once=1, longest=100), io.BytesIO(b"half a se"), 20)


def test_a_length_that_is_none_is_no_body() -> None:
    environ = EnvironBuilder(method="POST").get_environ() | {"CONTENT_LENGTH": "²", "wsgi.input": io.BytesIO(b"x")}
    seen = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["wsgi.input"].tell())
        start_response("200 OK", [])
        return [b""]

    run_wsgi_app(WholeBodies(app, at_once=1, longest=100), environ)

    assert seen == [0]
