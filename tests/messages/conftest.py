"""What the tests of this room are given: a clock that stands still, a provider in memory, a stand-in for Twilio."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from tests.messages.sending import Clock, Scripted
from tests.messages.twilio_server import ACCOUNT, TOKEN, TwilioServer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider() -> Scripted:
    return Scripted()


@pytest.fixture
def server() -> Iterator[TwilioServer]:
    """Twilio as its description has it: what breaks that is a failure of the test."""
    server = TwilioServer().start()
    try:
        yield server
    finally:
        server.stop()
    assert server.violations == []


@pytest.fixture
def twilio(server: TwilioServer) -> TwilioProvider:
    account = TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", "+815000000000", base_url=server.url)
    return TwilioProvider(account, timeouts=(2, 5))
