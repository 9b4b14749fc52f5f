"""Supporters' duties: the own ones of whoever has an account, those of anybody for the office, and the calendar to
subscribe to, at an address that only its owner knows."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from ..core import clock
from ..core.access import Role, current_actor, open_to, open_to_everybody
from ..core.db import transaction
from ..core.forms import DeskForm
from ..core.paging import page_of
from ..lessons import activity_queries, duty_feeds, rota_queries
from ..lessons import duty_queries as queries
from ..office import settings as office_settings
from ..people.models import Supporter
from ..places.words import PERMIT_STATE
from . import timetable_queries
from .duty_feed import duty_calendar
from .public_answers import public_address

log = logging.getLogger(__name__)

blueprint = Blueprint("duties", __name__)

PER_PAGE = 10
OFFICE = (Role.STAFF, Role.COORDINATOR)
OF_SUPPORTER = "/supporters/<int(max=2147483647):supporter_id>/duties"


@blueprint.get("/my-duties")
@open_to(Role.VOLUNTEER)
def mine() -> str:
    """What is ahead of me: where, when, who opens, what to take along."""
    return _page("front/duties/mine.html", _me(), own=True)


@blueprint.post("/my-duties/feed")
@open_to(Role.VOLUNTEER)
def make_my_feed() -> str:
    """A new address for my calendar; the one before opens nothing any more."""
    return _made(_me().id, back=url_for(".mine"))


@blueprint.post("/my-duties/feed/revoke")
@open_to(Role.VOLUNTEER)
def revoke_my_feed() -> AnyResponse:
    return _revoked(_me().id, url_for(".mine"))


@blueprint.get(OF_SUPPORTER)
@open_to(*OFFICE)
def of_supporter(supporter_id: int) -> str:
    """The same of any supporter, for the office."""
    return _page("front/duties/of_supporter.html", queries.supporter(supporter_id))


@blueprint.post(f"{OF_SUPPORTER}/feed")
@open_to(Role.COORDINATOR)
def make_feed(supporter_id: int) -> str:
    return _made(supporter_id, back=url_for(".of_supporter", supporter_id=supporter_id))


@blueprint.post(f"{OF_SUPPORTER}/feed/revoke")
@open_to(Role.COORDINATOR)
def revoke_feed(supporter_id: int) -> AnyResponse:
    return _revoked(supporter_id, url_for(".of_supporter", supporter_id=supporter_id))


@blueprint.get("/calendars/<key>.ics")
@open_to_everybody
def calendar(key: str) -> Response:
    """The calendar, for whoever has the key; a wrong and a revoked one are the same. It is kept by nobody on the way
    (no-store), and asking for it writes nothing, so that a calendar may ask as often as it likes."""
    now = clock.now()
    supporter_id = queries.whose_feed(duty_feeds.hash_of(key), now)
    if supporter_id is None:
        # Not the page for people, which would carry the address on in its forms.
        log.info("refused", extra={"status": 404})
        return _file(_("This address opens nothing."), "text/plain", 404)
    found, office = queries.of_feed(supporter_id, now), office_settings.current()
    # A calendar has no language switch; it says what the pages say by default.
    with force_locale("ja"):
        body = duty_calendar(
            supporter_id, found, office, secret=current_app.config["SECRET_KEY"],
            revised_at=timetable_queries.revised(found),
        )  # fmt: skip
    answer = _file(body, "text/calendar", 200)
    answer.headers["Content-Disposition"] = "inline; filename=duties.ics"
    return answer


def _file(body: bytes | str, kind: str, status: int) -> Response:
    answer = current_app.response_class(body, status=status, mimetype=kind)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _me() -> Supporter:
    return rota_queries.supporter_of(current_actor().id, clock.now())


def _page(template: str, who: Supporter, *, own: bool = False) -> str:
    now = clock.now()
    return render_template(
        template,
        form=DeskForm(),
        who=who,
        own=own,
        now=now,
        feed=queries.feed(who.id),
        months=activity_queries.months_with_duties(who.id, now),
        **_ahead(who.id, now),
    )


def _ahead(supporter_id: int, now: datetime) -> dict[str, Any]:
    start, _end = clock.day_around(now)
    page = page_of(queries.with_things(queries.duties(supporter_id, start)), per_page=PER_PAGE)
    return {"page": page, "permits": queries.permits(page.items), "permit_words": PERMIT_STATE}


def _made(supporter_id: int, *, back: str) -> str:
    """The page with the address, as the answer to the POST itself: until a page of its own is fetched, it would have to
    lie somewhere in plain text. The form sent twice makes two, and the second one, which is seen, holds."""
    now, by = clock.now(), current_actor()
    with transaction():
        key = duty_feeds.make_feed(supporter_id, by=by, now=now)
    outside = public_address(".calendar", key=key)
    return render_template(
        "front/duties/address.html",
        who=queries.supporter(supporter_id),
        address=outside or url_for(".calendar", key=key, _external=True),
        from_outside=outside is not None,
        back=back,
    )


def _revoked(supporter_id: int, back: str) -> AnyResponse:
    with transaction():
        duty_feeds.revoke_feed(supporter_id, by=current_actor(), now=clock.now())
    flash(_("The address opens nothing any more."))
    return redirect(back, 303)
