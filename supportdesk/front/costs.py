"""費用: what texts and calls cost this month and in the months before, what is planned, and the prices."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import Refusal
from ..core.forms import DeskForm
from ..messages import cost_actions, cost_queries, cost_rules, switchboard
from ..messages.words import CHANNEL
from ..office import settings as office_settings
from ..office.setting_rules import Part
from ..reminders.words import matter_word
from .cost_file_rules import LAYOUT, file_row
from .cost_forms import OnTopForm
from .open_data_rules import csv_lines

blueprint = Blueprint("costs", __name__)

READERS = (Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR)
EDITORS = (Role.ADMIN, Role.MANAGER)

Answer = str | Response | tuple[str, int]


@blueprint.get("/messages/cost")
@open_to(*READERS)
def index() -> str:
    """This month and those before it, by way and matter."""
    return _page(DeskForm(formdata=None), OnTopForm(formdata=None))


@blueprint.get("/messages/cost.csv")
@open_to(*READERS)
def as_file() -> Response:
    """The same as a file, a line for each month, way and matter."""
    price = cost_rules.price_of(office_settings.current())
    lines = cost_queries.by_month(clock.now(), price)
    # The columns are Japanese, so what stands in them is.
    with force_locale("ja"):
        rows = [file_row(one, str(CHANNEL[one.channel]), matter_word(one.matter)) for one in lines]
    answer = current_app.response_class(_encoded(csv_lines(LAYOUT, rows)), mimetype="text/csv")
    answer.headers["Content-Type"] = "text/csv; charset=utf-8; header=present"
    answer.headers["Content-Disposition"] = "attachment; filename=message-costs.csv"
    return answer


@blueprint.post("/messages/cost/prices")
@open_to(*EDITORS)
def read_prices() -> Answer:
    """Read the provider's price list and write it down."""
    form = DeskForm()
    if form.validate():
        try:
            prices = switchboard.read_prices()
            with transaction():
                price = cost_actions.take_prices(prices, by=current_actor(), now=clock.now())
            flash(
                _(
                    "Read and written down: %(text)s yen for a part of a text, %(call)s yen for a call.",
                    text=price.text_part, call=price.call,
                )
            )  # fmt: skip
            return redirect(url_for(".index"), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(form, OnTopForm(formdata=None)), 422


@blueprint.post("/messages/cost/on-top")
@open_to(*EDITORS)
def allow_on_top() -> Answer:
    """Let this month cost more than its limit."""
    form = OnTopForm()
    if form.validate():
        try:
            with transaction():
                cost_actions.allow_on_top(form.yen.data or 0, by=current_actor(), now=clock.now())
            flash(_("Saved. It holds from now on, for this month alone."))
            return redirect(url_for(".index"), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(DeskForm(formdata=None), form), 422


def _page(prices: DeskForm, on_top: OnTopForm) -> str:
    now, office = clock.now(), office_settings.current()
    price = cost_rules.price_of(office)
    lines = cost_queries.by_month(now, price)
    planned = cost_queries.planned(now, price)
    spent = sum(line.sen for line in lines if line.month == cost_rules.month_of(now))
    return render_template(
        "front/costs.html", prices=prices, on_top=on_top, price=price, planned=planned,
        budget=cost_rules.Budget(cost_rules.limit_of(office, now), spent, planned.sen),
        extra=cost_rules.limit_of(office, now) - office.most_yen_a_month, this_month=cost_rules.month_of(now),
        months=[(month, list(found)) for month, found in groupby(lines, key=lambda line: line.month)],
        yen=cost_rules.whole_yen, channels=CHANNEL, matter_word=matter_word, part=Part.CAPS.value,
        may_edit=current_actor().has(*EDITORS),
    )  # fmt: skip


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    for line in lines:
        yield line.encode("utf-8", "replace")
