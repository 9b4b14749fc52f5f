"""For the pages: a clerk who is signed in, at an instant that does not pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from supportdesk.core.access import Role
from tests import factories
from tests.conftest import NOW
from tests.web import Web


@pytest.fixture
def at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clerk(web: Web) -> factories.Actor:
    person = factories.user(Role.STAFF)
    web.sign_in(person)
    return factories.actor_of(person)
