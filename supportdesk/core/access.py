"""Who may do what: actors, roles, scopes, and a guard that answers 403 to a route that declares no audience."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as BaseResponse

from .errors import NotAllowed

# What is below is for programs with a token, all else for people with a web session. Neither opens the other.
API = "/api/"


class Role(StrEnum):
    ADMIN = "admin"
    STAFF = "staff"
    COORDINATOR = "coordinator"
    MANAGER = "manager"
    VOLUNTEER = "volunteer"
    AUDITOR = "auditor"


@dataclass(frozen=True)
class Actor:
    """Somebody who acts: a person who is signed in, a program with its token (id None), or the house itself (id None).

    `scopes` are a program's, and narrow what its roles allow; a person has none and needs none.
    """

    id: int | None
    name: str
    roles: frozenset[Role]
    scopes: frozenset[str] = frozenset()

    def has(self, *roles: Role) -> bool:
        return bool(self.roles & set(roles))


HOUSE = Actor(None, "supportdesk", frozenset())

EVERYBODY: frozenset[Role] = frozenset()
SIGNED_IN = frozenset(Role)

View = TypeVar("View", bound=Callable[..., Any])


def open_to(*roles: Role, scope: str = "") -> Callable[[View], View]:
    """Declare who may use a route; below /api also the scope (`read:venues`) that a token needs besides."""
    return _declare(frozenset(roles), scope)


def open_to_everybody(view: View) -> View:
    """Declare that a route needs no sign-in (sign-in itself, health, signed callbacks, public pages)."""
    return _declare(EVERYBODY)(view)


def open_to_signed_in(view: View) -> View:
    """Declare that a route is for anybody who is signed in, whatever the role."""
    return _declare(SIGNED_IN)(view)


def _declare(audience: frozenset[Role], scope: str = "") -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.audience, view.scope = audience, scope  # type: ignore[attr-defined]
        return view

    return mark


class UndeclaredRoute(Exception):
    """A route says nothing about its audience, or one below /api nothing about its scope. Give its view @open_to(…), or
    name it in the libraries' table."""


def below_api() -> bool:
    """Whether this request is a program's."""
    return request.path.startswith(API)


def install_guard(
    app: Flask,
    load_actor: Callable[[], Actor | None],
    load_program: Callable[[], Actor | None],
    library_routes: Mapping[str, frozenset[Role]],
) -> None:
    """Ask every request for its audience before anything else runs."""

    @app.before_request
    def guard() -> BaseResponse | None:
        g.actor = None if below_api() else load_actor()
        if request.endpoint is None:
            return None  # no such address: the 404 page
        audience = audience_of(app, request.endpoint, library_routes)
        if audience is None:
            abort(403)
        if audience == EVERYBODY:
            return None
        if below_api():
            g.actor = load_program()
            check_program(g.actor, audience, scope_of(app, request.endpoint))
            return None
        if g.actor is None:
            if request.method == "GET" and request.accept_mimetypes.accept_html:
                return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
            abort(401)
        if not g.actor.roles & audience:
            abort(403)
        return None


def check_program(program: Actor | None, audience: frozenset[Role], scope: str) -> None:
    """Raises Unauthorized without a good token, NotAllowed without the scope or the role."""
    if program is None:
        # RFC 6750 3.1: a request without any token is told no error.
        error = {"error": "invalid_token"} if "Authorization" in request.headers else {}
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "supportdesk", **error}))
    if scope not in program.scopes:
        raise NotAllowed("This token has not the scope %(scope)s.", code="scope-missing", scope=scope)
    if not program.roles & audience:
        raise NotAllowed("This token has not the role for this.", code="role-missing")


def audience_of(app: Flask, endpoint: str, library_routes: Mapping[str, frozenset[Role]]) -> frozenset[Role] | None:
    """The declared audience of an endpoint, or None."""
    if endpoint in library_routes:
        return library_routes[endpoint]
    return getattr(app.view_functions[endpoint], "audience", None)


def scope_of(app: Flask, endpoint: str) -> str:
    """The declared scope of an endpoint, or ""."""
    return getattr(app.view_functions[endpoint], "scope", "")


def all_scopes(app: Flask) -> set[str]:
    """Every scope that some route asks for."""
    return {scope_of(app, rule.endpoint) for rule in app.url_map.iter_rules()} - {""}


def check_every_route_declares_its_audience(app: Flask, library_routes: Mapping[str, frozenset[Role]]) -> None:
    """Raises UndeclaredRoute, so that the app does not start, when a route was forgotten."""
    forgotten = set()
    for rule in app.url_map.iter_rules():
        audience = audience_of(app, rule.endpoint, library_routes)
        scoped = bool(scope_of(app, rule.endpoint))
        if audience is None or scoped != (rule.rule.startswith(API) and audience != EVERYBODY):
            forgotten.add(rule.endpoint)
    if forgotten:
        named = ", ".join(sorted(forgotten))
        raise UndeclaredRoute(f"{named}: declare the audience (below /api a scope too) with @open_to from core.access")


def current_actor() -> Actor:
    """The person of this request. For views behind the guard only."""
    actor = g.actor
    assert isinstance(actor, Actor)
    return actor
