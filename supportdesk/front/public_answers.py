"""How pages for everybody are answered: where they stand on the internet, and that they may be kept for a while."""

from __future__ import annotations

from flask import Response, current_app, g, request, url_for

# What a browser or a proxy may show again without asking. Short: a cancelled lesson must be seen as cancelled.
FRESH_SECONDS = 60


def public_address(endpoint: str, **values: object) -> str | None:
    """The address of a page as residents reach it from outside, or None where nobody has said under which.

    The address that the practice telephone is served at does not count: only this machine knows it.
    """
    settings = current_app.config["SUPPORTDESK"]
    if not settings.public_base_url or settings.sources["SUPPORTDESK_PUBLIC_BASE_URL"] == "default":
        return None
    return f"{settings.public_base_url}{url_for(endpoint, **values)}"  # type: ignore[arg-type]


def for_everybody(answer: str | bytes | Response, mimetype: str = "text/html") -> Response:
    """An answer that is the same for all who are signed out and read the same language: it may be kept for a minute,
    and is not sent again to who has it already. For somebody signed in it is a page like any other."""
    if not isinstance(answer, Response):
        answer = current_app.response_class(answer, mimetype=mimetype)
    answer.vary.add("Cookie")  # the language, and who is signed in
    if g.actor is not None:
        return answer
    answer.cache_control.public = True
    answer.cache_control.max_age = FRESH_SECONDS
    if not answer.is_streamed:
        answer.add_etag()
        answer.make_conditional(request)
    return answer
