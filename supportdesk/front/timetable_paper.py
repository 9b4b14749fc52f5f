"""The timetable on paper: for the notice board and the city's newsletter, and a poster and flyers of one lesson.

For everybody, as the pages are. Paper is made before a lesson is public: whoever plans lessons sees here also those
that await the newsletter (広報掲載待ち), and nobody else does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby

from flask import Blueprint, Response, g, render_template
from flask_babel import force_locale

from ..core import clock
from ..core.access import Role, open_to_everybody
from ..core.compressed import compressed
from ..core.db import db
from ..lessons import slot_queries
from ..lessons.models import Lesson
from ..lessons.rules import LessonState
from ..office import queries as office
from ..office import setting_rules
from . import timetable_queries
from .public_answers import for_everybody, public_address
from .qr import code_of
from .timetable import asked, by_code, shown
from .timetable_forms import ReaderForm

blueprint = Blueprint("timetable_paper", __name__)

PLANNERS = (Role.STAFF, Role.COORDINATOR, Role.MANAGER)
# More than a month of a busy town; a sheet that goes on for ever is nobody's notice.
MOST_ON_PAPER = 300


@blueprint.get("/timetable/print")
@open_to_everybody
@compressed
def sheet() -> Response:
    """Month by month as a table that prints on A4, of a district or of all."""
    now = clock.now()
    form, districts = asked(now, _awaiting())
    lessons = _lessons(form, now)
    return for_everybody(
        render_template(
            "front/timetable/print.html", form=form, months=_by_month(lessons), whole=len(lessons) < MOST_ON_PAPER,
            awaiting=_awaiting(), kept=form.kept, districts=districts, **shown(lessons, now),
        )
    )


@blueprint.get("/timetable.txt")
@open_to_everybody
def text() -> Response:
    """One line for each lesson, for the newsletter's editors to paste; Japanese, as the newsletter is."""
    now = clock.now()
    form, districts = asked(now, _awaiting())
    found = _lessons(form, now)
    with force_locale("ja"):
        page = render_template(
            "front/timetable/newsletter.txt", months=_by_month(found), slot_days=slot_queries.days_of(found),
            district=districts.get(form.district.data), made_up=setting_rules.made_up,
        )  # fmt: skip
    return for_everybody(page, "text/plain")


@blueprint.get("/timetable/<int(max=2147483647):lesson_id>/poster")
@open_to_everybody
@compressed
def poster(lesson_id: int) -> Response:
    """A4; the printer makes A3 of it."""
    return _of_one_lesson("poster", lesson_id)


@blueprint.get("/timetable/<int(max=2147483647):lesson_id>/flyer")
@open_to_everybody
@compressed
def flyer(lesson_id: int) -> Response:
    """Two halves of an A4 sheet, to be cut."""
    return _of_one_lesson("flyer", lesson_id)


def _of_one_lesson(kind: str, lesson_id: int) -> Response:
    found = timetable_queries.lesson(lesson_id, _awaiting())
    address = public_address("timetable.lesson", lesson_id=lesson_id) if found.is_public else None
    return for_everybody(
        render_template(
            f"front/timetable/{kind}.html", lesson=found, address=address, code=code_of(address) if address else None,
            districts=by_code(office.districts()), **shown([found], clock.now()),
        )
    )


def _lessons(form: ReaderForm, now: datetime) -> Sequence[Lesson]:
    return db.session.scalars(timetable_queries.coming(form.wanted, now, _awaiting()).limit(MOST_ON_PAPER)).all()


def _by_month(found: Sequence[Lesson]) -> list[tuple[date, list[Lesson]]]:
    """So that the year is said once, above."""
    return [(first, list(rows)) for first, rows in groupby(found, _first_of_month)]


def _first_of_month(lesson: Lesson) -> date:
    return clock.local_date(lesson.starts_at).replace(day=1)


def _awaiting() -> tuple[LessonState, ...]:
    """The states that this reader sees besides the public ones."""
    return (LessonState.AWAITING_NOTICE,) if g.actor is not None and g.actor.has(*PLANNERS) else ()
