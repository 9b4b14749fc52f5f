"""A local server that takes a message as Twilio does and answers after 100 ms. A process of its own, on one thread.

`python -m benchmarks.twilio_stub PORT` serves; GET / tells how many messages came, and for how many tokens.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from urllib.parse import parse_qs

DELAY = 0.1
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

came: Counter[str] = Counter()


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
            self.answer({"came": came.total(), "different": len(came)}, b"200 OK")
            return
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        came[form.get("StatusCallback") or f"{form['To']} {came.total()}"] += 1
        sid = f"SM{came.total():032x}"
        told = {"sid": sid, "status": "queued", "num_segments": "1", "to": form["To"], "error_code": None}
        asyncio.get_running_loop().call_later(DELAY, self.answer, told, b"201 CREATED")

    def answer(self, told: dict[str, object], status: bytes) -> None:
        body = json.dumps(told).encode()
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        self.transport.write(head + body)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
