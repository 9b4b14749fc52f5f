"""The pages of branches; their list stands on the page of the settings."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..core import clock, conflicts
from ..core.access import current_actor, open_to
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.forms import VersionedForm
from ..core.operations import once
from . import branch_actions, queries
from .branch_forms import AddBranchForm, EditBranchForm
from .models import Branch
from .setting_views import EDITORS

blueprint = Blueprint("branches", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.route("/office/branches/new", methods=["GET", "POST"])
@open_to(*EDITORS)
def add() -> Answer:
    form = AddBranchForm()
    if form.validate_on_submit():
        by, now = current_actor(), clock.now()
        try:
            with transaction():
                once(
                    form.operation.data, request.form,
                    lambda: {"id": branch_actions.add_branch(form.branch(), by=by, now=now).id}, by=by, now=now,
                )  # fmt: skip
            return _back()
        except Refusal as refusal:
            form.refuse(refusal)
    return render_template("office/branch_form.html", form=form, branch=None), 422 if form.is_submitted() else 200


@blueprint.route("/office/branches/<int(max=2147483647):branch_id>/edit", methods=["GET", "POST"])
@open_to(*EDITORS)
def edit(branch_id: int) -> Answer:
    form, conflict = EditBranchForm(obj=queries.branch(branch_id)), None
    if form.validate_on_submit():
        try:
            with transaction():
                branch_actions.edit_branch(
                    branch_id, form.branch(), form.known_version, by=current_actor(), now=clock.now()
                )
            return _back()
        except ChangedMeanwhile:
            row = queries.branch(branch_id)
            stored = EditBranchForm(formdata=None, obj=row)
            conflict = conflicts.between(form, stored, f"branch:{branch_id}", row.version)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template(
        "office/branch_form.html", form=form, branch=queries.branch(branch_id), conflict=conflict
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/office/branches/<int(max=2147483647):branch_id>/close")
@open_to(*EDITORS)
def close(branch_id: int) -> Answer:
    return _switch(branch_id, branch_actions.close_branch)


@blueprint.post("/office/branches/<int(max=2147483647):branch_id>/reopen")
@open_to(*EDITORS)
def reopen(branch_id: int) -> Answer:
    return _switch(branch_id, branch_actions.reopen_branch)


def _switch(branch_id: int, act: Callable[..., Branch]) -> Answer:
    form = VersionedForm()
    with transaction():
        act(branch_id, form.known_version, by=current_actor(), now=clock.now())
    return _back()


def _back() -> Response:
    return redirect(url_for("settings.overview") + "#branches", 303)
