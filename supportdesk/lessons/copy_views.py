"""The page that copies a month to the next."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import Refusal
from ..core.operations import once
from ..office import queries as office
from ..places import queries as places
from . import copying, rules
from .decision_forms import DecidedRows
from .planned_days_forms import look_once_more, readable
from .series_forms import CopyMonthForm
from .series_rules import read_month


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/lessons/copy-month", "copy_month", copy_month, methods=["GET", "POST"])


@open_to(Role.STAFF, Role.COORDINATOR)
def copy_month() -> str | Response | tuple[str, int]:
    """Choose the month and the district, look at every date, then make the lessons."""
    form, rooms = CopyMonthForm(), places.rooms_to_choose()
    form.offer(office.districts())
    if not form.is_submitted():
        this_month = clock.local_date(clock.now()).replace(day=1)
        form.month.data = f"{rules.month_of(request.args.get('month', ''), this_month):%Y-%m}"
        form.district.data = request.args.get("district", "")
    decided, act, refused = DecidedRows(request.form, rooms), request.form.get("act", "look"), False
    if form.validate_on_submit():
        if act == "save" and form.looked_at.data != form.answers_now:
            form.refuse(look_once_more())
        elif act == "save" and decided.good:
            try:
                return _save(form, decided)
            except Refusal as refusal:
                form.refuse(refusal)
        refused = act == "save"
    preview = _preview(form, decided, act) if form.is_submitted() else None
    page = render_template(
        "lessons/copy_month.html", form=form, preview=preview, titles=_titles(preview) if preview else {},
        shown=decided.shown(preview.rows, refused=refused) if preview else [],
    )  # fmt: skip
    return page, 422 if form.errors or not decided.good else 200


def _save(form: CopyMonthForm, decided: DecidedRows) -> Response:
    by, now, month = current_actor(), clock.now(), read_month(form.month.data)
    with transaction():
        made, _ran = once(
            form.operation.data, request.form,
            lambda: {"lessons": len(copying.copy_month(
                month, form.district.data, decided.decisions, by=by, now=now))},
            by=by, now=now,
        )  # fmt: skip
    flash(_("%(count)s lessons were planned.", count=made["lessons"]))
    return redirect(url_for(".lessons", month=f"{rules.next_month(month):%Y-%m}"), 303)


def _preview(form: CopyMonthForm, decided: DecidedRows, act: str) -> copying.MonthCopy | None:
    if not readable(form):
        return None
    try:
        month, now = read_month(form.month.data), clock.now()
        preview = copying.preview_copy(month, form.district.data, decided.decisions, now)
        if act == "leave-out":
            decided.leave_out(preview.rows)
            preview = copying.preview_copy(month, form.district.data, decided.decisions, now)
    except Refusal as refusal:
        if not form.form_errors:
            form.refuse(refusal)
        return None
    form.looked_at.data = form.answers_now
    return preview


def _titles(preview: copying.MonthCopy) -> dict[str, str]:
    """What each lesson is called on the page, by the key of its row."""
    return {str(key): f"{one.course.title} {one.venue.name}" for key, one in preview.lessons.items()}
