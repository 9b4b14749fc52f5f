"""Long pages and the files of every page travel compressed: a hall's Wi-Fi is slow.

Only what is marked. A page that also shows words of the one who asks (a search, a form that comes back) would tell by
its length how much they have in common with the secrets beside them, the form's token for one (BREACH, 2013).
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, request

View = TypeVar("View", bound=Callable[..., Any])

_TEXTS = {"text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml"}
# Below it a packet is not even filled.
_LEAST = 1000
# A list of fifty shrinks to a seventeenth; higher levels take thrice the time for a tenth.
_LEVEL = 1


def compressed(view: View) -> View:
    """Mark a view whose page holds nothing that the request said, its own address apart."""
    view.compressed = True  # type: ignore[attr-defined]
    return view


def install(app: Flask) -> None:
    """Compress the answers of marked views and the static files, for those who take it."""

    @app.after_request
    def compress(response: Response) -> Response:
        view = app.view_functions.get(request.endpoint or "")
        wanted = request.endpoint == "static" or getattr(view, "compressed", False)
        if not wanted or response.mimetype not in _TEXTS:
            return response
        response.vary.add("Accept-Encoding")
        if request.method != "GET" or response.status_code != 200 or not request.accept_encodings["gzip"]:
            return response
        response.direct_passthrough = False
        content = response.get_data()
        if len(content) < _LEAST:
            return response
        # mtime: the same content gives the same bytes.
        response.set_data(gzip.compress(content, _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)
        if (etag := response.get_etag()[0]) is not None:
            response.set_etag(etag, weak=True)
        return response
