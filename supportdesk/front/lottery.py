"""抽選: the page of a lesson that is given by lot. Staff draw there once; then it is the list of results with how far
telling them has come, also to print. Entries stand on the lesson's own page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import NotFound, Refusal
from ..core.operations import once
from ..lessons import lottery, lottery_queries, timetable, waiting_queries
from ..lessons.lottery_models import DrawnEntry
from ..lessons.lottery_rules import Admission, lot
from ..lessons.models import Booking, Lesson
from ..reminders import light_queries
from ..reminders.light_rules import Light
from ..visits.queries import came_before
from .forms import TOLD, DrawForm, ToldForm

blueprint = Blueprint("lottery", __name__)

Answer = str | Response | tuple[str, int]
OFFICE = (Role.STAFF, Role.COORDINATOR, Role.MANAGER)


@dataclass(frozen=True)
class Line:
    """A line of the drawn list as it is shown. `booking`: of those who won and still come; `position`: on the waiting
    list; `light`: how far telling them has come, None if nobody need tell them any more."""

    entry: DrawnEntry
    lot: str
    booking: Booking | None
    position: int | None
    light: Light | None


@blueprint.get("/lessons/<int(max=2147483647):lesson_id>/lottery")
@open_to(*OFFICE)
def show(lesson_id: int) -> Answer:
    return _page(_lesson(lesson_id), DrawForm(formdata=None))


@blueprint.post("/lessons/<int(max=2147483647):lesson_id>/lottery")
@open_to(Role.STAFF, Role.COORDINATOR)
def draw(lesson_id: int) -> Answer:
    """Draw once; whoever presses too gets the same list."""
    lesson, form, by, now = _lesson(lesson_id), DrawForm(), current_actor(), clock.now()
    if form.validate():
        try:
            with transaction():
                _answer, ran = once(
                    form.operation.data or "", {"draw": lesson_id},
                    lambda: {"seed": lottery.draw(lesson_id, came_before, by=by, now=now).seed}, by=by, now=now,
                )  # fmt: skip
            if ran:
                flash(_("The draw is made. The results are told from now on."))
            return redirect(url_for(".show", lesson_id=lesson_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(_lesson(lesson.id), form), 422


@blueprint.get("/lessons/<int(max=2147483647):lesson_id>/lottery/print")
@open_to(*OFFICE)
def sheet(lesson_id: int) -> Answer:
    """The drawn list on paper: for the office with names, or to be shown to anybody, by numbers alone."""
    lesson, drawn = _lesson(lesson_id), lottery_queries.get_draw(lesson_id)
    return render_template(
        "front/lottery/print.html", lesson=lesson, drawn=drawn, lines=_lines(lesson, drawn.entries, drawn.seed, {}),
        with_names="numbers" not in request.args,
    )  # fmt: skip


@blueprint.post("/entries/<int(max=2147483647):waiting_id>/told")
@open_to(Role.STAFF)
def told(waiting_id: int) -> Answer:
    """Note that somebody was told the result, or not reached, and go back to the page on which the button stands."""
    form, entry = ToldForm(), lottery_queries.get_drawn_entry(waiting_id)
    if not form.validate():
        abort(400)
    yes, by, now = form.told.data == "yes", current_actor(), clock.now()
    try:
        with transaction():
            once(
                form.operation.data or "", {"told": waiting_id, "yes": yes},
                lambda: {"tries": lottery.note_told(waiting_id, yes, by=by, now=now).tries}, by=by, now=now,
            )  # fmt: skip
        flash(_("Noted: %(outcome)s.", outcome=TOLD[form.told.data]))
    except NotFound:
        raise
    except Refusal as refusal:
        flash(_(refusal.message, **refusal.params), "error")
    if form.back.data == "items":
        return redirect(url_for("front.action_items"), 303)
    return redirect(url_for(".show", lesson_id=entry.lesson_id), 303)


def _lesson(lesson_id: int) -> Lesson:
    """A lesson that is given by lot. Raises NotFound."""
    lesson = timetable.lesson(lesson_id)
    if lesson.admission is not Admission.LOTTERY:
        raise NotFound("This lesson is not given by lot. Please book instead.")
    return lesson


def _page(lesson: Lesson, form: DrawForm) -> str:
    now, drawn = clock.now(), lottery_queries.draw_of(lesson.id)
    entries = lottery_queries.entries(lesson)
    lights = light_queries.told_of_draw(lesson.id, now) if drawn else {}
    return render_template(
        "front/lottery/index.html", lesson=lesson, form=form, drawn=drawn, entries=entries,
        people=sum(each.seats for each in entries), closed=now >= lesson.booking_closes_at,
        lines=_lines(lesson, drawn.entries, drawn.seed, lights) if drawn else [], answers=ToldForm(formdata=None),
    )  # fmt: skip


def _lines(lesson: Lesson, entries: Sequence[DrawnEntry], seed: str, lights: Mapping[int, Light]) -> list[Line]:
    bookings: dict[str, Booking] = lottery_queries.bookings_of_parties(lesson.id)
    positions: Mapping[int, Any] = waiting_queries.positions([each.waiting for each in entries])
    return [
        Line(
            each, lot(seed, each.number), bookings.get(each.waiting.party), positions.get(each.waiting_id),
            lights.get(each.waiting_id),
        )
        for each in entries
    ]  # fmt: skip
