"""The board (週間予定, 月間予定): the lessons of a week or a month at a glance, and a way to move one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..core import clock
from ..core import conflicts as two_editors
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..lessons import actions, timetable
from ..lessons.models import Lesson
from ..lessons.span_rules import beside
from ..lessons.words import CONFLICT_SHORT, LESSON_STATE, LESSON_TONE
from ..office import queries as office
from ..places import queries as places
from ..places.words import PERMIT_STATE, PERMIT_TONE
from . import board_queries
from .board_forms import BoardForm, BoardMoveForm, where_now
from .board_queries import Wanted
from .board_words import NONE_OF_THEM, closed_as

blueprint = Blueprint("board", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/board")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def index() -> str:
    """A week or a month, by district, venue or supporter."""
    today = clock.local_date(clock.now())
    form, districts = BoardForm(request.args), office.districts()
    form.offer(districts)
    wanted = form.wanted(today)
    form.process(data=_kept(wanted))
    return render_template(
        "front/board/index.html", form=form, wanted=wanted, today=today,
        board=board_queries.read(wanted, districts, today),
        plans=current_actor().has(Role.STAFF, Role.COORDINATOR), kept=_kept(wanted), closed_as=closed_as,
        none_of_them=NONE_OF_THEM.get(wanted.rows_by), short=CONFLICT_SHORT, states=LESSON_STATE, tones=LESSON_TONE,
        permit_states=PERMIT_STATE, permit_tones=PERMIT_TONE, before=_href(wanted, -1), after=_href(wanted, 1),
        now_here=url_for(".index", **_kept(wanted, day=None)),
    )  # fmt: skip


@blueprint.route("/board/lessons/<int(max=2147483647):lesson_id>/move", methods=["GET", "POST"])
@open_to(Role.STAFF, Role.COORDINATOR)
def move(lesson_id: int) -> Answer:
    """Another day, hour or room, by the same action as the lesson's own form; then back to the board, to its card."""
    lesson = timetable.lesson(lesson_id)
    form, conflict = _form_of(lesson, request.form or None), None
    if form.validate_on_submit():
        try:
            with transaction():
                actions.edit_lesson(
                    lesson_id, form.lesson(timetable.lesson(lesson_id)), form.known_version,
                    by=current_actor(), now=clock.now(),
                )  # fmt: skip
            return redirect(_back(timetable.lesson(lesson_id)), 303)
        except ChangedMeanwhile:
            row = timetable.lesson(lesson_id)
            conflict = two_editors.between(form, _form_of(row, None), f"lesson:{lesson_id}", row.version)
        except Refusal as refusal:
            form.refuse(refusal)
    lesson = timetable.lesson(lesson_id)
    page = render_template(
        "front/board/move.html", form=form, lesson=lesson, conflict=conflict, back=_back(lesson)
    )
    return page, 422 if form.is_submitted() else 200


def _form_of(lesson: Lesson, typed: object) -> BoardMoveForm:
    form = BoardMoveForm(formdata=typed, data=where_now(lesson))
    form.offer(places.rooms_to_choose(also=lesson.room_id))
    return form


def _kept(wanted: Wanted, **changed: Any) -> dict[str, Any]:
    """What was chosen, for an address."""
    chosen = {"span": wanted.span.value, "rows": wanted.rows_by.value, "district": wanted.district or None}
    return chosen | {"day": wanted.day.isoformat()} | changed


def _href(wanted: Wanted, step: int) -> str:
    return url_for(".index", **_kept(wanted, day=beside(wanted.span, wanted.day, step).isoformat()))


def _back(lesson: Lesson) -> str:
    """To the card, on the board as it was looked at; of all districts, if it has left the one that was chosen."""
    form, day = BoardForm(request.args), clock.local_date(lesson.starts_at)
    form.offer(office.districts())
    wanted = form.wanted(day)
    district = wanted.district if wanted.district == lesson.venue.district_code else None
    kept = _kept(wanted, day=day.isoformat(), district=district)
    return url_for(".index", **kept, _anchor=f"lesson-{lesson.id}")
