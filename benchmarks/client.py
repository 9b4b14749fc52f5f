"""A load client: one thread, many kept-alive connections, requests made beforehand. A library would take more of the
two cores than the server does."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)
DEADLINE = 120.0


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    size: int
    location: str


@dataclass
class Load:
    """What came of one load. `client` is the seconds of processor that this process took for it."""

    answers: list[Answer] = field(default_factory=list)
    wall: float = 0.0
    client: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.answers) / self.wall

    @property
    def statuses(self) -> str:
        counts = Counter(answer.status for answer in self.answers)
        return ", ".join(f"{count} × {status}" for status, count in sorted(counts.items()))

    def seconds(self, status: int | None = None) -> list[float]:
        return [each.seconds for each in self.answers if status in (None, each.status)]


def request(method: str, path: str, headers: dict[str, str], body: str = "") -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    content = body.encode()
    lines += [f"Content-Length: {len(content)}"] if method != "GET" else []
    return "\r\n".join([*lines, "", ""]).encode() + content


class _Lane:
    """One connection and what it still has to ask."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests, self.got, self.begun = requests, b"", 0.0

    def ask(self) -> bool:
        """Send the next request; False if there is none."""
        wanted = next(self.requests, None)
        if wanted is None:
            return False
        self.got, self.begun = b"", time.perf_counter()
        self.socket.sendall(wanted)
        return True

    def take(self) -> Answer | None:
        """Read what has come; the answer if it is whole."""
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise RuntimeError("the server closed a connection in the middle of a load")
        self.got += piece
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.got[:end]
        length = _LENGTH.search(head)
        if length is None and not head.startswith(b"HTTP/1.1 204"):
            raise RuntimeError(f"an answer without a length: {head[:200]!r}")
        size = int(length[1]) if length else 0
        if len(self.got) < end + 4 + size:
            return None
        location = _LOCATION.search(head)
        return Answer(int(head[9:12]), time.perf_counter() - self.begun, size, location[1].decode() if location else "")


def put_load(port: int, lanes: Sequence[Iterator[bytes]]) -> Load:
    """One connection for each lane, all at once; each asks its next request when the one before is answered."""
    load = Load()
    with selectors.DefaultSelector() as ready:
        opened = [_Lane(port, requests) for requests in lanes]
        cpu, wall = time.process_time(), time.perf_counter()
        for lane in opened:
            if lane.ask():
                ready.register(lane.socket, selectors.EVENT_READ, lane)
        while ready.get_map():
            if time.perf_counter() - wall > DEADLINE:
                raise RuntimeError("the load took too long")
            for key, _event in ready.select(timeout=1):
                answer = key.data.take()
                if answer:
                    load.answers.append(answer)
                    if not key.data.ask():
                        ready.unregister(key.fileobj)
        load.wall, load.client = time.perf_counter() - wall, time.process_time() - cpu
        for lane in opened:
            lane.socket.close()
    return load
