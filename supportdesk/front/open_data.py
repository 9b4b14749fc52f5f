"""Open data: lessons and venues as files for other people's programs. Nothing of a resident is in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, abort, current_app, render_template, request, stream_with_context

from ..core import clock
from ..core.access import open_to_everybody
from ..core.compressed import compressed
from ..core.db import db
from ..lessons.models import Lesson
from ..lessons.rules import LessonState
from ..office import queries as office
from ..office import setting_rules
from ..office import settings as office_settings
from ..office.models import District
from ..office.settings import OfficeSettings
from ..places import queries as places
from ..places.models import Venue
from . import timetable_queries
from .open_data_rules import EVENT_LAYOUTS, FACILITY_LAYOUT, Layout, csv_lines, parts_of
from .public_answers import for_everybody, public_address

blueprint = Blueprint("open_data", __name__, url_prefix="/open-data")

AT_ONCE = 500
SAMPLE = "見本データ"


@blueprint.get("/")
@open_to_everybody
@compressed
def index() -> Response:
    """Which files there are."""
    return for_everybody(
        render_template("front/open_data.html", layouts=EVENT_LAYOUTS, facilities=FACILITY_LAYOUT, switched={})
    )


@blueprint.get("/events.csv")
@open_to_everybody
def events() -> Response:
    """The lessons since the fiscal year began, in the layout that `layout` names."""
    chosen = request.args.get("layout", next(iter(EVENT_LAYOUTS)))
    if chosen not in EVENT_LAYOUTS:
        abort(404)
    now, settings, districts = clock.now(), office_settings.current(), _districts()
    found = _one_by_one(timetable_queries.of_open_data(now))
    rows = (_event(one, settings, districts, now) for one in found)
    return _file(f"events-{chosen}.csv", EVENT_LAYOUTS[chosen], rows)


@blueprint.get("/facilities.csv")
@open_to_everybody
def facilities() -> Response:
    """The venues that are in use."""
    settings, districts = office_settings.current(), _districts()
    found = _one_by_one(places.venues())
    return _file("facilities.csv", FACILITY_LAYOUT, (_facility(one, settings, districts) for one in found))


def _file(name: str, layout: Layout, rows: Iterable[Mapping[str, str]]) -> Response:
    lines = stream_with_context(line.encode("utf-8", "replace") for line in csv_lines(layout, rows))
    answer = current_app.response_class(lines, mimetype="text/csv")
    answer.headers["Content-Type"] = "text/csv; charset=utf-8; header=present"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return for_everybody(answer)


def _one_by_one(query: sa.Select[Any]) -> Iterator[Any]:
    yield from db.session.scalars(query.execution_options(yield_per=AT_ONCE))


def _districts() -> dict[str, District]:
    return {row.code: row for row in office.districts()}


def _event(
    lesson: Lesson, settings: OfficeSettings, districts: Mapping[str, District], now: datetime
) -> dict[str, str]:
    start, end, closes = (clock.local(one) for one in (lesson.starts_at, lesson.ends_at, lesson.booking_closes_at))
    course, venue = lesson.course, lesson.venue
    state = _state(lesson, now)
    return _place(venue, settings, districts) | {
        "number": str(lesson.id),
        "title": course.title,
        "title_kana": course.title_kana,
        "day": f"{start:%Y-%m-%d}",
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "summary": course.summary or course.title,
        "office": settings.town,
        "telephone": "" if setting_rules.made_up(settings) else settings.telephone,
        "venue": venue.name,
        "room": lesson.room.name,
        "seats": str(lesson.seats),
        "closes_day": f"{closes:%Y-%m-%d}",
        "closes_time": f"{closes:%H:%M}",
        "how": "電話又は窓口",
        "url": public_address("timetable.lesson", lesson_id=lesson.id) or "",
        "kind": "教室",
        "state": state,
        "remark": "。".join(filter(None, (SAMPLE if settings.sample_town else "", state if state == "中止" else ""))),
    }


def _state(lesson: Lesson, now: datetime) -> str:
    if lesson.state is LessonState.CANCELLED:
        return "中止"
    if now < lesson.starts_at:
        return "開催前"
    return "開催中" if now < lesson.ends_at else "終了"


def _facility(venue: Venue, settings: OfficeSettings, districts: Mapping[str, District]) -> dict[str, str]:
    place = _place(venue, settings, districts)
    known = (("駐車場", place["parking"]), ("バス", place["bus"]), ("Wi-Fi", "あり" if venue.wifi else ""))
    return place | {
        "number": str(venue.id),
        "name": venue.name,
        "name_kana": venue.name_kana,
        "telephone": venue.telephone,
        "about": "、".join(f"{what}{how}" for what, how in known if how),
        # The layout's own separator.
        "barrier_free": ";".join(part for part in venue.barrier_free.replace(";", "、").split("、") if part),
        "remark": SAMPLE if settings.sample_town else "",
    }


def _place(venue: Venue, settings: OfficeSettings, districts: Mapping[str, District]) -> dict[str, str]:
    district = districts.get(venue.district_code or "")
    parts = parts_of(venue.address, settings.town, district.town_name if district else "")
    return {
        "address": venue.address,
        "postal_code": venue.postal_code,
        "prefecture": parts.prefecture,
        "city": parts.city or settings.town,
        "town_part": parts.town_part,
        "street": parts.street,
        "bus": venue.bus,
        "parking": "" if venue.parking is None else (f"{venue.parking}台" if venue.parking else "なし"),
        "parking_or_not": "" if venue.parking is None else ("有" if venue.parking else "無"),
    }
