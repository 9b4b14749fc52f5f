"""The office's closed days, by fiscal year, with the lessons that lie on them. In this room, since it shows lessons."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import current_actor, open_to
from ..core.db import transaction
from ..core.errors import Refusal
from ..core.japan import calendar
from ..office import closed_day_actions, closed_day_rules
from ..office import queries as office
from ..office.setting_views import EDITORS, READERS
from . import timetable
from .closed_day_forms import CloseDaysForm, OpenDayForm

blueprint = Blueprint("closed_days", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/office/closed-days")
@open_to(*READERS)
def index() -> str:
    return _page(CloseDaysForm(formdata=None), _chosen_year())


@blueprint.post("/office/closed-days")
@open_to(*EDITORS)
def close() -> Answer:
    """Close a day or several. Lessons on them are named first: closing does not cancel them."""
    form, now, held = CloseDaysForm(), clock.now(), None
    if not form.validate() or (typed := form.days()) is None:
        return _page(form, _chosen_year()), 422
    try:
        held = timetable.lessons_on(_days_to_close(*typed))
        if held and not form.anyway.data:
            raise Refusal(
                "Lessons are planned on these days. Tick the box if the office closes all the same.",
                code="lessons-held", field="anyway",
            )  # fmt: skip
        with transaction():
            days = closed_day_actions.close_days(*typed, form.reason.data, by=current_actor(), now=now)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(form, _chosen_year(), held), 422
    flash(_("%(count)s days are closed from now on.", count=len(days)))
    return redirect(url_for(".index", year=calendar.fiscal_year(typed[0])), 303)


@blueprint.post("/office/closed-days/open")
@open_to(*EDITORS)
def open_again() -> Answer:
    form = OpenDayForm()
    try:
        day = date.fromisoformat(form.day.data or "")
    except ValueError:
        raise Refusal("There is no such day in that month. Please check it.") from None
    with transaction():
        closed_day_actions.open_day(day, by=current_actor(), now=clock.now())
    return redirect(url_for(".index", year=calendar.fiscal_year(day)), 303)


def _days_to_close(first: date, last: date) -> list[date]:
    closed = [row.day for row in office.closed_days(first, last)]
    return closed_day_rules.days_to_close(first, last, clock.local_date(clock.now()), closed)


def _chosen_year() -> int:
    this_year = calendar.fiscal_year(clock.local_date(clock.now()))
    asked = request.args.get("year", this_year, type=int)
    return asked if 2019 <= asked <= this_year + 10 else this_year


def _page(form: CloseDaysForm, year: int, held: dict[date, int] | None = None) -> str:
    days = office.closed_days(date(year, 4, 1), date(year + 1, 3, 31))
    return render_template(
        "office/closed_days.html",
        form=form,
        year=year,
        label=calendar.fiscal_label(year),
        days=days,
        lessons=timetable.lessons_on([row.day for row in days]),
        held=held,
        today=clock.local_date(clock.now()),
        may_edit=current_actor().has(*EDITORS),
    )
