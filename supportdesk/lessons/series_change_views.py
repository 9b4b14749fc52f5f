"""The pages on which lessons of a series are changed and cancelled: what would happen is said before anything does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, filters
from ..core import conflicts as two_editors
from ..core.access import Role, current_actor, open_to
from ..core.db import db, transaction
from ..core.errors import ChangedMeanwhile, NotFound, Refusal
from ..places import queries as places
from ..places import thing_queries as things
from . import change_pages, change_queries, series_changes, series_queries, timetable, words
from .booking_forms import row_id
from .decision_forms import DecidedRows
from .forms import room_label
from .models import Lesson, Series
from .planned_days_forms import look_once_more, readable
from .series_forms import CancelLessonsForm, ChangeSeriesForm, WhichLessonsForm
from .series_rules import Scope

Answer = str | Response | tuple[str, int]
Which = TypeVar("Which", bound=WhichLessonsForm)


def install(blueprint: Blueprint, one: str) -> None:
    blueprint.add_url_rule(f"{one}/change", "change", change, methods=["GET", "POST"])
    blueprint.add_url_rule(f"{one}/cancel", "cancel", cancel, methods=["GET", "POST"])


@open_to(Role.STAFF, Role.COORDINATOR)
def change(series_id: int) -> Answer:
    """What is to be different, then what would happen, then the act."""
    series, rooms = series_queries.get(series_id), places.rooms_to_choose()
    form = _from_which(ChangeSeriesForm(), series)
    form.offer(
        db.session.scalars(timetable.courses()).all(), rooms, timetable.supporters(clock.local_date(clock.now())),
        things.things_to_choose(),
    )
    decided = DecidedRows(request.form, rooms, words.CHANGE_CHOICE)
    act, refused, conflict = request.form.get("act", "look"), False, None
    if form.validate_on_submit():
        if act == "save" and form.looked_at.data != form.answers_now:
            form.refuse(look_once_more())
        elif act == "save" and decided.good:
            untold = change_queries.unreleased_of([each.id for each in series_queries.lessons_of(series_id)])
            try:
                changed = _change(series_id, form, decided)
                there = url_for(".show", series_id=series_id)
                return redirect(change_pages.after(changed, there, before=untold), 303)
            except ChangedMeanwhile:
                conflict = _meanwhile(form, series_queries.get(series_id))
            except Refusal as refusal:
                form.refuse(refusal)
        refused = act == "save"
    effects = _effects(series_id, form, decided, act) if form.is_submitted() else None
    page = render_template(
        "lessons/series_change.html", series=series_queries.get(series_id), form=form, effects=effects,
        conflict=conflict, places=dict(_places(effects)),
        shown=decided.shown(effects.rows, refused=refused) if effects else [],
    )  # fmt: skip
    return page, 422 if form.errors or conflict or not decided.good else 200


def _places(effects: series_changes.Effects | None) -> Iterator[tuple[str, str]]:
    """第3回, by the key of the row."""
    for lesson_id, lesson in effects.lessons.items() if effects else ():
        assert lesson.part is not None
        yield str(lesson_id), _("no. %(place)s", place=lesson.part.place)


def _change(series_id: int, form: ChangeSeriesForm, decided: DecidedRows) -> list[int]:
    """Change the lessons; gives the ids of those that are different now."""
    with transaction():
        done = series_changes.change_series(
            series_id, form.known_version, Scope(form.scope.data), form.lesson_id.data, form.change(),
            decided.decisions, seen=form.seen.data, by=current_actor(), now=clock.now(),
        )  # fmt: skip
    changed = [int(row.wanted.key) for row in done.rows if row.data is not None]
    flash(_("%(count)s lessons were changed.", count=len(changed)))
    return changed


def _effects(
    series_id: int, form: ChangeSeriesForm, decided: DecidedRows, act: str
) -> series_changes.Effects | None:
    if not readable(form):
        return None
    now, scope = clock.now(), Scope(form.scope.data)
    try:
        asked = form.change()
        found = series_changes.effects(series_id, scope, form.lesson_id.data, asked, decided.decisions, now)
        if act == "leave-out":
            decided.leave_out(found.rows)
            found = series_changes.effects(series_id, scope, form.lesson_id.data, asked, decided.decisions, now)
    except Refusal as refusal:
        if not form.form_errors:
            form.refuse(refusal)
        return None
    form.looked_at.data, form.seen.data = form.answers_now, found.seen
    return found


@open_to(Role.STAFF, Role.COORDINATOR)
def cancel(series_id: int) -> Answer:
    """Which lessons, then how many people are booked in them, then the act."""
    series = series_queries.get(series_id)
    form = _from_which(CancelLessonsForm(), series)
    if form.validate_on_submit() and request.form.get("act") == "save":
        try:
            with transaction():
                cancelled = series_changes.cancel_lessons(
                    series_id, form.known_version, Scope(form.scope.data), form.lesson_id.data,
                    form.cancel_reason.data, seen=form.seen.data, by=current_actor(), now=clock.now(),
                )  # fmt: skip
            flash(_("%(count)s lessons were cancelled.", count=len(cancelled)))
            there = url_for(".show", series_id=series_id)
            return redirect(change_pages.after([each.id for each in cancelled], there), 303)
        except Refusal as refusal:
            form.refuse(refusal)
            # Of a series that was changed meanwhile what would happen is shown anew, and may then be done.
            form.version.data = str(series_queries.get(series_id).version)
    found = _to_cancel(series_id, form) if form.is_submitted() else None
    page = render_template(
        "lessons/series_cancel.html", series=series_queries.get(series_id), form=form, found=found
    )
    return page, 422 if form.errors else 200


def _to_cancel(series_id: int, form: CancelLessonsForm) -> series_changes.Effects | None:
    if not readable(form):
        return None
    try:
        found = series_changes.meant_to_cancel(series_id, Scope(form.scope.data), form.lesson_id.data, clock.now())
    except Refusal as refusal:
        if not form.form_errors:
            form.refuse(refusal)
        return None
    form.seen.data = found.seen
    return found


def _from_which(form: Which, series: Series) -> Which:
    """The form with the lessons that can still be changed, from the one that the address names on."""
    now = clock.now()
    lessons = [each for each in series_queries.lessons_of(series.id) if series_changes.may_be_changed(each, now)]
    if not lessons:
        raise NotFound("These lessons are over or cancelled and can no longer be changed.")
    form.offer_lessons({each.id: _named(each, series) for each in lessons})
    if not form.is_submitted():
        named = request.args.get("lesson", type=row_id)
        form.version.data = str(series.version)
        form.lesson_id.data = named if named in {each.id for each in lessons} else lessons[0].id
        form.scope.data = Scope.LATER.value
    return form


def _named(lesson: Lesson, series: Series) -> str:
    assert lesson.part is not None
    return _("no. %(place)s, %(when)s", place=lesson.part.place, when=filters.when(lesson.starts_at))


def _meanwhile(form: ChangeSeriesForm, series: Series) -> two_editors.Conflict:
    """Whoever changed the series in between, and what differs now. The form may be saved over it: whoever has seen the
    difference may decide."""
    form.version.data = str(series.version)
    now_there = {
        "start": words.start_of(series), "minutes": str(series.minutes), "seats": str(series.seats),
        "room_id": room_label(series.room), "course_id": series.course.title,
    }  # fmt: skip
    yours = {name: two_editors.shown(form[name]) for name in now_there if form[name].data}
    changes = [
        two_editors.Change(str(form[name].label.text), now_there[name], typed) for name, typed in yours.items()
    ]
    return two_editors.conflict(changes, f"series:{series.id}", series.version)
