"""The pages of the office's two lists: districts and topics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, conflicts
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.forms import OnceForm, VersionedForm
from ..core.operations import once
from . import list_actions as actions
from . import queries
from .list_forms import AddDistrictForm, AddTopicForm, EditDistrictForm, EditTopicForm, district_answers
from .list_rules import distance
from .list_words import REFERRAL_PLACE
from .models import District, Topic

blueprint = Blueprint("lists", __name__, url_prefix="/office")

READ = open_to(Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR)
EDIT = open_to(Role.ADMIN, Role.MANAGER)
NEIGHBOURS_SHOWN = 3

Answer = str | Response | tuple[str, int]


# ---- districts


@blueprint.get("/districts")
@READ
def districts() -> Answer:
    rows = queries.districts()
    return render_template("office/districts.html", rows=rows, neighbours=_neighbours(rows))


def _neighbours(rows: Any) -> dict[str, list[str]]:
    """The nearest of the districts in use, as the search for a lesson takes them."""
    used = [row for row in rows if row.retired_at is None]
    return {
        row.code: [
            other.name
            for other in sorted(
                (other for other in used if other is not row),
                key=lambda other: distance(row.latitude, row.longitude, other.latitude, other.longitude),
            )[:NEIGHBOURS_SHOWN]
        ]
        for row in used
    }


@blueprint.route("/districts/new", methods=["GET", "POST"])
@EDIT
def add_district() -> Answer:
    form = AddDistrictForm()
    answer = _added(form, lambda code, **who: actions.add_district(code, form.district(), **who), ".districts")
    if answer:
        return answer
    return _page(render_template("office/district_form.html", form=form, row=None))


@blueprint.route("/districts/<code>/edit", methods=["GET", "POST"])
@EDIT
def edit_district(code: str) -> Answer:
    row = queries.listed(District, code)
    form, conflict = EditDistrictForm(obj=row, data=district_answers(row)), None
    if form.validate_on_submit():
        try:
            with transaction():
                actions.edit_district(
                    code, form.district(), form.known_version, by=current_actor(), now=clock.now()
                )
            return _saved(".districts")
        except ChangedMeanwhile:
            row = queries.listed(District, code)
            stored = EditDistrictForm(formdata=None, obj=row, data=district_answers(row))
            conflict = conflicts.between(form, stored, actions.subject(row), row.version)
        except Refusal as refusal:
            form.refuse(refusal)
    row = queries.listed(District, code)
    shown = {"row": row, "conflict": conflict, "switch": VersionedForm(None, obj=row)}
    return _page(render_template("office/district_form.html", form=form, **shown))


@blueprint.post("/districts/<code>/retire")
@EDIT
def retire_district(code: str) -> Answer:
    return _switch(District, code, actions.retire, ".districts")


@blueprint.post("/districts/<code>/use")
@EDIT
def use_district(code: str) -> Answer:
    return _switch(District, code, actions.use_again, ".districts")


@blueprint.post("/districts/<code>/remove")
@EDIT
def remove_district(code: str) -> Answer:
    return _switch(District, code, actions.remove, ".districts")


# ---- topics


@blueprint.get("/topics")
@READ
def topics() -> Answer:
    return render_template("office/topics.html", rows=queries.topics(), places=REFERRAL_PLACE, form=OnceForm())


@blueprint.post("/topics/usual")
@EDIT
def add_usual_topics() -> Answer:
    with transaction():
        count = actions.add_usual_topics(by=current_actor(), now=clock.now())
    flash(_("%(count)s topics were put in as a proposal. Please go through them.", count=count))
    return redirect(url_for(".topics"), 303)


@blueprint.route("/topics/new", methods=["GET", "POST"])
@EDIT
def add_topic() -> Answer:
    form = AddTopicForm()
    answer = _added(form, lambda code, **who: actions.add_topic(code, form.topic(), **who), ".topics")
    if answer:
        return answer
    return _page(render_template("office/topic_form.html", form=form, row=None, groups=_groups()))


@blueprint.route("/topics/<code>/edit", methods=["GET", "POST"])
@EDIT
def edit_topic(code: str) -> Answer:
    form, conflict = EditTopicForm(obj=queries.listed(Topic, code)), None
    if form.validate_on_submit():
        try:
            with transaction():
                actions.edit_topic(code, form.topic(), form.known_version, by=current_actor(), now=clock.now())
            return _saved(".topics")
        except ChangedMeanwhile:
            row = queries.listed(Topic, code)
            stored = EditTopicForm(formdata=None, obj=row)
            conflict = conflicts.between(form, stored, actions.subject(row), row.version)
        except Refusal as refusal:
            form.refuse(refusal)
    row = queries.listed(Topic, code)
    shown = {"row": row, "conflict": conflict, "groups": _groups(), "switch": VersionedForm(None, obj=row)}
    return _page(render_template("office/topic_form.html", form=form, **shown))


@blueprint.post("/topics/<code>/retire")
@EDIT
def retire_topic(code: str) -> Answer:
    return _switch(Topic, code, actions.retire, ".topics")


@blueprint.post("/topics/<code>/use")
@EDIT
def use_topic(code: str) -> Answer:
    return _switch(Topic, code, actions.use_again, ".topics")


@blueprint.post("/topics/<code>/remove")
@EDIT
def remove_topic(code: str) -> Answer:
    return _switch(Topic, code, actions.remove, ".topics")


def _groups() -> list[str]:
    """The groups there are, in the list's order, to choose from while typing."""
    return list(dict.fromkeys(row.group for row in queries.topics()))


# ---- for both


def _page(page: str) -> tuple[str, int]:
    return page, 422 if request.method == "POST" else 200


def _added(form: Any, act: Callable[..., District | Topic], back: str) -> Response | None:
    """Add one, once; None when it was refused, with the reason at its field."""
    if not form.validate_on_submit():
        return None
    by, now = current_actor(), clock.now()
    try:
        with transaction():
            once(
                form.operation.data, request.form,
                lambda: {"code": act(form.code.data or "", by=by, now=now).code}, by=by, now=now,
            )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return None
    return _saved(back)


def _switch(model: type[queries.Listed], code: str, act: Callable[..., None], back: str) -> Response:
    with transaction():
        act(model, code, VersionedForm().known_version, by=current_actor(), now=clock.now())
    return _saved(back)


def _saved(back: str) -> Response:
    flash(_("Saved."))
    return redirect(url_for(back), 303)
