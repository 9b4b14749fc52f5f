"""Pages of supporters: the list, a new one, changes, terms of a new fiscal year. One supporter with their duties is a
page of lessons."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from ..core import clock, conflicts
from ..core.access import Role, current_actor, open_to
from ..core.answers import choices
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.i18n import WEEKDAYS
from ..core.japan import calendar
from ..core.operations import once
from ..core.paging import page_of
from ..office import queries as office
from . import supporter_actions as actions
from . import supporter_queries as queries
from . import supporter_rules as rules
from .models import Supporter
from .queries import district_names, districts_to_choose
from .supporter_forms import (
    AddSupporterForm,
    EditSupporterForm,
    RenewForm,
    SupporterFilter,
    SupporterForm,
    supporter_answers,
)
from .supporter_words import NO_DUTY, SUPPORTER_KIND

blueprint = Blueprint("supporters", __name__)

Answer = str | Response | tuple[str, int]
READERS = (Role.STAFF, Role.COORDINATOR)


@blueprint.get("/supporters")
@open_to(*READERS)
def index() -> str:
    form, today = SupporterFilter(request.args), clock.local_date(clock.now())
    districts, topics = district_names(), office.topics()
    form.offer(districts, topics)
    page = page_of(queries.supporters(form.wanted(), today))
    return render_template(
        "people/supporters.html", form=form, page=page, kinds=SUPPORTER_KIND, districts=districts,
        topics={row.code: row.label for row in topics}, papers=NO_DUTY,
        missing={row.id: rules.missing_papers(queries.papers_of(row), today) for row in page.items},
        next_year=calendar.fiscal_year(today) + 1,
    )  # fmt: skip


@blueprint.route("/supporters/new", methods=["GET", "POST"])
@open_to(Role.COORDINATOR)
def add() -> Answer:
    form = AddSupporterForm()
    _offer(form)
    if form.validate_on_submit():
        by, now = current_actor(), clock.now()
        try:
            with transaction():
                answer, _first = once(
                    form.operation.data,
                    request.form,
                    lambda: {"id": actions.add_supporter(form.supporter(), by=by, now=now).id},
                    by=by,
                    now=now,
                )
            flash(_("The supporter has been added. Please enter the term next."), "success")
            return redirect(url_for("supporter.page", supporter_id=answer["id"]), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _form_page(form, None), 422 if form.is_submitted() else 200


@blueprint.route("/supporters/<int(max=2147483647):supporter_id>/edit", methods=["GET", "POST"])
@open_to(Role.COORDINATOR)
def edit(supporter_id: int) -> Answer:
    supporter, conflict = queries.get(supporter_id), None
    form = EditSupporterForm(data=supporter_answers(actions.data_of(supporter), supporter.version))
    _offer(form, supporter)
    if form.validate_on_submit():
        try:
            with transaction():
                actions.edit_supporter(
                    supporter_id, form.supporter(), form.known_version, by=current_actor(), now=clock.now()
                )
            flash(_("The record has been saved."), "success")
            return redirect(url_for("supporter.page", supporter_id=supporter_id), 303)
        except ChangedMeanwhile:
            row = queries.get(supporter_id)
            stored = EditSupporterForm(formdata=None, data=supporter_answers(actions.data_of(row), row.version))
            _offer(stored, row)
            conflict = conflicts.between(form, stored, actions.subject(supporter_id), row.version)
        except Refusal as refusal:
            form.refuse(refusal)
    return _form_page(form, supporter, conflict=conflict), 422 if form.is_submitted() else 200


@blueprint.route("/supporters/renew", methods=["GET", "POST"])
@open_to(Role.COORDINATOR)
def renew() -> Answer:
    """委嘱 of a fiscal year for many at once: those are listed whose term or insurance is still missing."""
    now = clock.now()
    today = clock.local_date(now)
    years = [calendar.fiscal_year(today), calendar.fiscal_year(today) + 1]
    asked = request.args.get("year", years[today.month in (1, 2, 3)], type=int)
    year = asked if asked in years else years[0]
    page = page_of(queries.renewable(year, today))
    form = RenewForm()
    form.supporter_ids.choices = choices({row.id: row.name for row in page.items})
    if request.method == "GET" and "all" in request.args:
        form.supporter_ids.data = [row.id for row in page.items]
    if form.validate_on_submit():
        try:
            with transaction():
                renewed = actions.renew_terms(
                    form.supporter_ids.data, year, **form.days(), by=current_actor(), now=now
                )
            flash(ngettext("%(num)s term is entered.", "%(num)s terms are entered.", renewed), "success")
            return redirect(url_for(".renew", year=year), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return render_template(
        "people/supporters_renew.html", form=form, page=page, year=year, years=years, label=calendar.fiscal_label,
        first=date(year, 4, 1),
    ), 422 if form.is_submitted() else 200  # fmt: skip


def _offer(form: SupporterForm, supporter: Supporter | None = None) -> None:
    skills = [row.topic_code for row in supporter.skills] if supporter else []
    form.offer(
        districts_to_choose(supporter.district_code if supporter else None), office.topics_to_choose(skills),
        queries.accounts_to_choose(supporter.user_id if supporter else None),
    )  # fmt: skip


def _form_page(form: SupporterForm, supporter: Supporter | None, **more: Any) -> str:
    return render_template(
        "people/supporter_form.html", form=form, supporter=supporter, weekdays=WEEKDAYS, **more
    )
