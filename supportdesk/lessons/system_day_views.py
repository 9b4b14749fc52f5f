"""The days on which the card system stands still, with what is planned at the counter on them. In this room, since it
shows lessons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import current_actor, open_to
from ..core.db import transaction
from ..core.errors import NotFound, Refusal
from ..office import closed_day_rules, system_day_actions
from ..office import queries as office
from ..office.setting_views import EDITORS, READERS
from . import slot_queries
from .closed_day_forms import OpenDayForm
from .slot_queries import Day
from .system_day_forms import SystemDaysForm

blueprint = Blueprint("system_days", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/office/system-days")
@open_to(*READERS)
def index() -> str:
    return _page(SystemDaysForm(formdata=None))


@blueprint.post("/office/system-days")
@open_to(*EDITORS)
def add() -> Answer:
    """Put in a day or several. What is booked at the counter on them is named first: nothing is cancelled by it."""
    form, now, standing = SystemDaysForm(), clock.now(), None
    if not form.validate() or (typed := form.days()) is None:
        return _page(form), 422
    try:
        asked = closed_day_rules.coming_days(*typed, clock.local_date(now))
        standing = slot_queries.at_counters(asked)
        if standing and not form.anyway.data:
            raise Refusal(
                "The counter is planned on these days. Tick the box if the system stands still all the same.",
                code="counter-planned", field="anyway",
            )  # fmt: skip
        with transaction():
            days = system_day_actions.add_system_days(*typed, form.reason.data, by=current_actor(), now=now)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(form, standing), 422
    flash(_("%(count)s days were put in.", count=len(days)))
    return redirect(url_for(".index"), 303)


@blueprint.post("/office/system-days/remove")
@open_to(*EDITORS)
def remove() -> Answer:
    form = OpenDayForm()
    try:
        day = date.fromisoformat(form.day.data or "")
    except ValueError:
        raise NotFound("This entry does not exist.") from None
    with transaction():
        system_day_actions.remove_system_day(day, by=current_actor(), now=clock.now())
    return redirect(url_for(".index"), 303)


def _page(form: SystemDaysForm, standing: Sequence[Day] | None = None) -> str:
    days = office.system_days(clock.local_date(clock.now()))
    return render_template(
        "office/system_days.html", form=form, days=days, standing=standing,
        planned=slot_queries.at_counters([row.day for row in days]), may_edit=current_actor().has(*EDITORS),
    )  # fmt: skip
