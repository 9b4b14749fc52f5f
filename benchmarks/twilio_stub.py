"""A local server that takes a message as Twilio does and answers after 100 ms. A process of its own, on one thread.

`python -m benchmarks.twilio_stub PORT` serves; GET / tells how many messages came, for how many tokens, and how its
callbacks were answered. With `PORT TOKEN` of a product behind it, it tells of each message that it was sent and then
delivered, by callbacks that are signed with the token, on eight connections.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from urllib.parse import parse_qs, urldefrag, urlencode, urlsplit

from supportdesk.messages.providers import signature

from .client import request

DELAY = 0.1
SENT_AFTER, DELIVERED_AFTER = 0.5, 2.0
CONNECTIONS = 8
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

came: Counter[str] = Counter()
answered: Counter[str] = Counter()
waiting: asyncio.Queue[bytes] = asyncio.Queue()
token = ""


class Stub(asyncio.Protocol):
    """One connection, kept alive."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.got = transport, b""

    def data_received(self, data: bytes) -> None:
        self.got += data
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self.got[:end])
        size = int(length[1]) if length else 0
        if len(self.got) < end + 4 + size:
            return
        head, body, self.got = self.got[:end], self.got[end + 4 : end + 4 + size], b""
        if head.startswith(b"GET"):
            told = {"came": came.total(), "different": len(came), "callbacks": answered}
            self.answer(told, b"200 OK")
            return
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        came[form.get("StatusCallback") or f"{form['To']} {came.total()}"] += 1
        sid = f"SM{came.total():032x}"
        taken = {"sid": sid, "status": "queued", "num_segments": "1", "to": form["To"], "error_code": None}
        loop = asyncio.get_running_loop()
        loop.call_later(DELAY, self.answer, taken, b"201 CREATED")
        if token and "StatusCallback" in form:
            for word, after in (("sent", SENT_AFTER), ("delivered", DELIVERED_AFTER)):
                # What stands behind # is for Twilio alone (when to try again), and is not signed.
                post = callback(token, urldefrag(form["StatusCallback"]).url, sid, word, form)
                loop.call_later(DELAY + after, waiting.put_nowait, post)

    def answer(self, told: dict[str, object], status: bytes) -> None:
        body = json.dumps(told).encode()
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        self.transport.write(head + body)


def callback(token: str, url: str, sid: str, word: str, message: dict[str, str]) -> bytes:
    """The request that tells of a message, signed with the account's token."""
    form = {"MessageSid": sid, "MessageStatus": word, "To": message["To"], "From": message["From"]}
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        signature.HEADER: signature.sign(token, url, form),
    }
    return request("POST", urlsplit(url).path, headers, urlencode(form))


async def tell(port: int) -> None:
    """Post what waits, one after the other on one connection."""
    while True:
        post = await waiting.get()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while True:
                writer.write(post)
                head = await reader.readuntil(b"\r\n\r\n")
                answered[head[9:12].decode()] += 1
                length = _LENGTH.search(head)
                await reader.readexactly(int(length[1]) if length else 0)
                post = await waiting.get()
        except (OSError, asyncio.IncompleteReadError) as problem:
            answered[type(problem).__name__] += 1
        finally:
            writer.close()


async def serve(port: int, product: int | None) -> None:
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", port)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(CONNECTIONS if product else 0):
            tasks.create_task(tell(product))
        await server.serve_forever()


if __name__ == "__main__":
    token = sys.argv[3] if len(sys.argv) > 3 else ""
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]) if token else None))
