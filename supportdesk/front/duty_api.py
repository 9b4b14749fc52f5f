"""What the noun `duties` has of one supporter: what is ahead, the calendar's address, the record of activity."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from flask import Response, abort, jsonify, url_for

from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.cursors import page
from ..core.api.schemas import Asked, Nothing, page_of
from ..core.api.writing import Answer, write
from ..lessons import activity_queries, duty_feeds
from ..lessons import duty_queries as queries
from ..lessons.activity_queries import Sheet
from ..lessons.models import Lesson
from ..lessons.rota_api import duties
from ..office import settings as office_settings
from ..people.models import Supporter
from .duty_schemas import ActivitySchema, DutiesAskedSchema, FeedSchema, SupporterDutySchema
from .timetable_rules import month_named

FEED, ACTIVITY = FeedSchema(), ActivitySchema()
ONE = "/supporters/<int(max=2147483647):supporter_id>"
OFFICE = (Role.STAFF, Role.COORDINATOR)


@duties.route(f"{ONE}/duties", methods=["GET"])
@open_to(*OFFICE, scope="read:duties")
@duties.arguments(DutiesAskedSchema(), location="query")
@duties.response(200, page_of(SupporterDutySchema))
def list_duties(asked: dict[str, Any], supporter_id: int) -> dict[str, Any]:
    """The lessons in which this supporter is on duty, cancelled ones too, by their start."""
    queries.supporter(supporter_id)
    first = asked.get("first_day") or clock.local_date(clock.now())
    found = queries.duties(supporter_id, clock.at(first, time.min))
    return page(found, (Lesson.starts_at, Lesson.id), limit=asked["limit"], cursor=asked.get("cursor"))


@duties.route(f"{ONE}/feed", methods=["GET"])
@open_to(*OFFICE, scope="read:duties")
@duties.response(200, FEED)
def show_feed(supporter_id: int) -> dict[str, Any]:
    """Whether there is an address for the calendar, and since when."""
    queries.supporter(supporter_id)
    return _feed(supporter_id)


@duties.route(f"{ONE}/feed", methods=["POST"])
@open_to(Role.COORDINATOR, scope="write:duties")
@duties.arguments(Nothing())
@duties.response(201, FEED)
def make_feed(_sent: dict[str, Any], supporter_id: int) -> Response:
    """Make an address; one made before opens nothing any more. The `path` is in this answer alone: what is kept for an
    Idempotency-Key is without it, and the same request again answers null."""
    made: list[str] = []

    def act(by: Actor, now: datetime) -> Answer:
        made.append(duty_feeds.make_feed(supporter_id, by=by, now=now))
        return FEED.dump(_feed(supporter_id)), 201

    answer = write(act)
    if made:
        answer.set_data(jsonify(answer.get_json() | {"path": url_for("duties.calendar", key=made[-1])}).get_data())
    return answer


@duties.route(f"{ONE}/feed/revoke", methods=["POST"])
@open_to(Role.COORDINATOR, scope="write:duties")
@duties.arguments(Nothing())
@duties.response(200, FEED)
def revoke_feed(_sent: dict[str, Any], supporter_id: int) -> Response:
    """The address opens nothing any more, from the next request on."""

    def act(by: Actor, now: datetime) -> Answer:
        duty_feeds.revoke_feed(supporter_id, by=by, now=now)
        return FEED.dump(_feed(supporter_id)), 200

    return write(act)


@duties.route(f"{ONE}/activity/<month>", methods=["GET"])
@open_to(*OFFICE, scope="read:duties")
@duties.response(200, ACTIVITY)
def one_activity(supporter_id: int, month: str) -> Sheet:
    """The record of activity of this supporter in a month (2027-03), as it stands now."""
    who = queries.supporter(supporter_id)
    return activity_queries.sheets([who], _named(month), office_settings.current(), clock.now())[0]


@duties.route("/supporters/activity/<month>", methods=["GET"])
@open_to(*OFFICE, scope="read:duties")
@duties.arguments(Asked(), location="query")
@duties.response(200, page_of(ActivitySchema))
def list_activity(asked: dict[str, Any], month: str) -> dict[str, Any]:
    """The same of everybody who was on duty in the month, by their id."""
    first = _named(month)
    found = page(
        activity_queries.on_duty_in(first), (Supporter.id,), limit=asked["limit"], cursor=asked.get("cursor")
    )
    return found | {
        "items": activity_queries.sheets(found["items"], first, office_settings.current(), clock.now())
    }


def _feed(supporter_id: int) -> dict[str, Any]:
    row = queries.feed(supporter_id)
    return {"supporter_id": supporter_id, "made_at": row.made_at if row else None, "path": None}


def _named(month: str) -> date:
    return month_named(month) or abort(404)
