"""Who may do what: actors, roles, and a guard that answers 403 to a route that declares no audience."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse


class Role(StrEnum):
    ADMIN = "admin"
    STAFF = "staff"
    COORDINATOR = "coordinator"
    MANAGER = "manager"
    VOLUNTEER = "volunteer"
    AUDITOR = "auditor"


@dataclass(frozen=True)
class Actor:
    """Somebody who acts: a person who is signed in, or the house itself (id None)."""

    id: int | None
    name: str
    roles: frozenset[Role]

    def has(self, *roles: Role) -> bool:
        return bool(self.roles & set(roles))


HOUSE = Actor(None, "supportdesk", frozenset())

EVERYBODY: frozenset[Role] = frozenset()
SIGNED_IN = frozenset(Role)

View = TypeVar("View", bound=Callable[..., Any])


def open_to(*roles: Role) -> Callable[[View], View]:
    """Declare who may use a route."""
    return _declare(frozenset(roles))


def open_to_everybody(view: View) -> View:
    """Declare that a route needs no sign-in (sign-in itself, health, signed callbacks, public pages)."""
    return _declare(EVERYBODY)(view)


def open_to_signed_in(view: View) -> View:
    """Declare that a route is for anybody who is signed in, whatever the role."""
    return _declare(SIGNED_IN)(view)


def _declare(audience: frozenset[Role]) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.audience = audience  # type: ignore[attr-defined]
        return view

    return mark


class UndeclaredRoute(Exception):
    """A route says nothing about its audience. Give its view @open_to(…), or name it in the libraries' table."""


def install_guard(
    app: Flask, load_actor: Callable[[], Actor | None], library_routes: Mapping[str, frozenset[Role]]
) -> None:
    """Ask every request for its audience before anything else runs."""

    @app.before_request
    def guard() -> BaseResponse | None:
        g.actor = load_actor()
        if request.endpoint is None:
            return None  # no such address: the 404 page
        audience = audience_of(app, request.endpoint, library_routes)
        if audience is None:
            abort(403)
        if audience == EVERYBODY:
            return None
        if g.actor is None:
            if request.method == "GET" and request.accept_mimetypes.accept_html:
                return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
            abort(401)
        if not g.actor.roles & audience:
            abort(403)
        return None


def audience_of(app: Flask, endpoint: str, library_routes: Mapping[str, frozenset[Role]]) -> frozenset[Role] | None:
    """The declared audience of an endpoint, or None."""
    if endpoint in library_routes:
        return library_routes[endpoint]
    return getattr(app.view_functions[endpoint], "audience", None)


def check_every_route_declares_its_audience(app: Flask, library_routes: Mapping[str, frozenset[Role]]) -> None:
    """Raises UndeclaredRoute, so that the app does not start, when a route was forgotten."""
    forgotten = sorted(
        {rule.endpoint for rule in app.url_map.iter_rules() if audience_of(app, rule.endpoint, library_routes) is None}
    )
    if forgotten:
        raise UndeclaredRoute(f"{', '.join(forgotten)}: declare the audience with @open_to(…) from core.access")


def current_actor() -> Actor:
    """The person of this request. For views behind the guard only."""
    actor = g.actor
    assert isinstance(actor, Actor)
    return actor
