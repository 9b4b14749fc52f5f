"""The public timetable: what is coming, one lesson's own page, and calendars to subscribe to. For everybody, so
nothing of a resident, a supporter or the office's own notes is read here at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask_babel import force_locale
from flask_babel import gettext as _

from ..core import clock, ics
from ..core.access import open_to_everybody
from ..core.compressed import compressed
from ..core.paging import page_of
from ..lessons import slot_queries
from ..lessons.models import Lesson
from ..lessons.rules import LessonState
from ..office import queries as office
from ..office import setting_rules
from ..office import settings as office_settings
from ..office.models import District
from . import feeds, timetable_queries
from . import timetable_rules as rules
from .public_answers import for_everybody, public_address
from .timetable_forms import ReaderForm, switches
from .timetable_words import NOTICE, NOTICE_TONE

blueprint = Blueprint("timetable", __name__)


@blueprint.get("/timetable")
@open_to_everybody
@compressed
def index() -> Response:
    """What is coming, by district, topic and month."""
    now = clock.now()
    form, districts = asked(now)
    page = page_of(timetable_queries.coming(form.wanted, now))
    return for_everybody(
        render_template(
            "front/timetable/index.html", form=form, page=page, days=by_day(page.items), kept=form.kept,
            districts=districts, **shown(page.items, now),
        )
    )


@blueprint.get("/timetable/<int(max=2147483647):lesson_id>")
@open_to_everybody
@compressed
def lesson(lesson_id: int) -> Response:
    """One lesson's own page; it stays where it is when the lesson is cancelled or over."""
    now, found = clock.now(), timetable_queries.lesson(lesson_id)
    return for_everybody(
        render_template(
            "front/timetable/lesson.html", lesson=found, address=public_address(".lesson", lesson_id=lesson_id),
            schema_org=feeds.schema_org, districts=by_code(office.districts()), **shown([found], now),
        )
    )


@blueprint.get("/timetable.ics")
@open_to_everybody
def calendar() -> Response:
    """The same to subscribe to; `district` and `topic` as on the page."""
    now = clock.now()
    form, districts = asked(now)
    found = timetable_queries.of_feed(form.wanted, now)
    settings, revised = office_settings.current(), timetable_queries.revised(found)
    # A calendar has no language switch; it says what the page says by default.
    with force_locale("ja"):
        name = _("Smartphone lessons, %(town)s", town=settings.town)
        if form.district.data:
            name += f"（{districts[form.district.data].name}）"
        events = [
            feeds.ics_event(
                one, settings, secret=current_app.config["SECRET_KEY"], revised_at=revised[one.id],
                url=public_address(".lesson", lesson_id=one.id),
            )
            for one in found
        ]  # fmt: skip
    answer = for_everybody(ics.calendar(name, events), "text/calendar")
    answer.headers["Content-Disposition"] = "inline; filename=timetable.ics"
    return answer


def asked(now: datetime, also: Collection[LessonState] = ()) -> tuple[ReaderForm, dict[str, District]]:
    """What the reader chose, and the districts by their code (three queries)."""
    form, districts = ReaderForm(request.args), office.districts()
    months = rules.months(clock.local_date(now), timetable_queries.last_day(now, also))
    form.offer(districts, timetable_queries.topics(now), months)
    return form, by_code(districts)


def by_code(districts: Sequence[District]) -> dict[str, District]:
    return {row.code: row for row in districts}


def by_day(found: Sequence[Lesson]) -> list[tuple[date, list[Lesson]]]:
    """Lessons in the order of time, day by day."""
    return [(day, list(rows)) for day, rows in groupby(found, lambda one: clock.local_date(one.starts_at))]


def shown(found: Sequence[Lesson], now: datetime) -> dict[str, Any]:
    """What every page that shows lessons to everybody needs besides them; for one of a day of consultations, the day
    and its free times."""
    chosen, days = switches(request.args), slot_queries.days_of(found, Lesson.ends_at > now)
    notices = {one.id: rules.notice(one, now) for one in found}
    free = {
        one: [slot for slot in day.slots if rules.notice(slot, now) is rules.Notice.OPEN] for one, day in days.items()
    }
    return {
        "notices": notices | {one: rules.Notice.OPEN for one, slots in free.items() if slots},
        "slot_days": days,
        "free_times": free,
        "notice_words": NOTICE,
        "notice_tones": NOTICE_TONE,
        "switched": chosen,
        "readings": rules.readings,
        "made_up": setting_rules.made_up,
    }
