"""The page of what would go out, and the rehearsal that lets it go at once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import NotAllowed
from ..core.history import record
from ..core.paging import page_of_list
from ..messages import cost_queries, cost_rules, switchboard
from ..messages.delivery import Desk, deliver_due
from ..office import settings as office_settings
from ..people.rules import Wish
from ..people.words import WISH
from . import going_out_queries, planning, queries, words
from .forms import UntilForm

blueprint = Blueprint("reminders", __name__)


@blueprint.get("/outgoing")
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER)
def outgoing() -> tuple[str, int]:
    """What would go out until a time of choice."""
    now = clock.now()
    typed = request.args if "day" in request.args else _a_week_ahead(now)
    form = UntilForm(typed, meta={"csrf": False})
    until = form.until(now) if form.validate() else None
    return _page(form, until, now), 200 if until else 422


@blueprint.post("/outgoing/deliver")
@open_to(Role.STAFF, Role.MANAGER)
def deliver() -> tuple[str, int] | Response:
    """The sample town's rehearsal: bring forward what would go out, to the practice telephone."""
    now = clock.now()
    if not office_settings.current().sample_town:
        raise NotAllowed("Only the sample town can deliver messages before their time.")
    form = UntilForm()
    until = form.until(now) if form.validate_on_submit() else None
    if until is None:
        return _page(form, None, now), 422
    planning.plan(now)
    desk: Desk | None = current_app.extensions[switchboard.EXTENSION]
    ended = deliver_due(desk, due_by=until) if desk else Counter[str]()
    with transaction():
        record("outgoing.delivered", "office:sending", by=current_actor(), now=now, until=until.isoformat(), **ended)
    flash(_("%(count)s messages were handed over.", count=ended["accepted"]), "ok")
    return redirect(url_for("reminders.outgoing", day=form.day.data, time=form.time.data), 303)


def _page(form: UntilForm, until: datetime | None, now: datetime) -> str:
    going = going_out_queries.going_out(now, until) if until else []
    leaving = [one for one in going if one.step.left_out is None]
    counts = Counter(one.step.way for one in leaving)
    page = page_of_list(going)
    office = office_settings.current()
    segments, price = sum(one.segments for one in leaving), cost_rules.price_of(office)
    yen = segments * price.text_part + counts[Wish.CALL] * price.call
    return render_template(
        "reminders/outgoing.html",
        form=form,
        until=until,
        page=page,
        shown=queries.shown(page.items),
        counts=counts,
        way_words=WISH,
        left_out=len(going) - len(leaving),
        segments=segments,
        late=sum(one.late for one in leaving),
        yen=yen or None,
        budget=cost_queries.budget(office, now, forecast=True),
        words=words,
        outbound_only=current_app.config["SUPPORTDESK"].public_base_url is None,
    )


def _a_week_ahead(now: datetime) -> MultiDict[str, str]:
    day = clock.local_date(now) + timedelta(days=7)
    return MultiDict({"day": day.isoformat(), "time": "18:00"})
