"""The waiting list, for programs: its address and its scopes are kept, and every request refused until it exists."""

from __future__ import annotations

from typing import NoReturn

from ..core.access import Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.errors import Refusal

waiting_list = ApiBlueprint("waiting-list", "The waiting list of full lessons; not built yet, every request is refused")


@waiting_list.route("/waiting-list", methods=["GET"])
@open_to(Role.STAFF, scope="read:waiting-list")
@waiting_list.alt_response(409, "CONFLICT", description="waiting-list-not-built")
def list_waiting() -> NoReturn:
    """Not built yet: 409 waiting-list-not-built."""
    _refuse()


@waiting_list.route("/waiting-list", methods=["POST"])
@open_to(Role.STAFF, scope="write:waiting-list")
def wait() -> NoReturn:
    """Not built yet: 409 waiting-list-not-built. Nothing that was sent is kept."""
    _refuse()


def _refuse() -> NoReturn:
    raise Refusal(
        "There is no waiting list yet, so nobody was put on it. Please offer another lesson, or note a help request.",
        code="waiting-list-not-built",
    )
