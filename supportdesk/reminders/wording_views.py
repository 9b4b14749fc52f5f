"""The pages of the words that leave the house: read by all of the office, written by admin and manager."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, conflicts
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from . import wording, words
from . import wording_actions as actions
from . import wording_queries as queries
from .forms import WordsForm
from .wording_rules import MOST_UNITS, ONE_PART, Template, cleaned

blueprint = Blueprint("wording", __name__, url_prefix="/office/wording")

READ = open_to(Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR)
EDIT = open_to(Role.ADMIN, Role.MANAGER)
# What the live count looks at, at the most.
LONGEST_TRIED = 2000


@blueprint.get("")
@READ
def index() -> str:
    """All templates, as they would go out at the worst."""
    town, packaged = queries.town(), wording.packaged()
    rows = [(one, wording.try_out(one, said, town), said != packaged[one]) for one, said in queries.in_use().items()]
    return render_template("reminders/wordings.html", rows=rows, names=words.TEMPLATE)


@blueprint.get("/<name>")
@READ
def show(name: str) -> str:
    template = _template(name)
    in_use = queries.in_use()[template]
    form = WordsForm(None, words=in_use, version=str(queries.versions()[template]))
    return _page(template, form)


@blueprint.post("/<name>")
@EDIT
def change(name: str) -> tuple[str, int] | Response:
    """Save the words, or only try them out."""
    template, form = _template(name), WordsForm()
    if request.form.get("act") == "try" or not form.validate():
        return _page(template, form), 422 if form.errors else 200
    try:
        with transaction():
            actions.change_words(
                template, form.words.data or "", form.known_version, by=current_actor(), now=clock.now()
            )
    except ChangedMeanwhile:
        return _page(template, form, conflict=_conflict(template, form)), 422
    except Refusal:
        for problem in _tried(template, form).problems:
            form.refuse(problem)
        return _page(template, form), 422
    flash(_("Saved. What has not left yet gets the new words within a minute."))
    return redirect(url_for(".show", name=name), 303)


@blueprint.post("/<name>/default")
@EDIT
def use_default(name: str) -> Response:
    template, form = _template(name), WordsForm()
    with transaction():
        actions.back_to_default(template, form.known_version, by=current_actor(), now=clock.now())
    flash(_("The usual words are used again."))
    return redirect(url_for(".show", name=name), 303)


@blueprint.post("/<name>/preview")
@EDIT
def preview(name: str) -> str:
    """What the words being typed would become: a part of the page, asked for while somebody types."""
    template, form = _template(name), WordsForm()
    return render_template("reminders/_wording_preview.html", **_shown(template, form))


def _template(name: str) -> Template:
    return Template(name) if name in set(Template) else abort(404)


def _tried(template: Template, form: WordsForm) -> wording.Tried:
    return wording.try_out(template, cleaned((form.words.data or "")[:LONGEST_TRIED]), queries.town())


def _shown(template: Template, form: WordsForm) -> dict[str, Any]:
    return {"template": template, "tried": _tried(template, form), "one_part": ONE_PART, "most": MOST_UNITS}


def _page(template: Template, form: WordsForm, **more: Any) -> str:
    default = wording.packaged()[template]
    return render_template(
        "reminders/wording.html",
        form=form,
        name=words.TEMPLATE[template],
        placeholders=[
            (name, words.PLACEHOLDER[name], value) for name, value in wording.example(template, queries.town()).items()
        ],
        default=default,
        own=queries.in_use()[template] != default,
        **_shown(template, form),
        **more,
    )


def _conflict(template: Template, form: WordsForm) -> conflicts.Conflict:
    version = queries.versions()[template]
    stored = WordsForm(None, words=queries.in_use()[template], version=str(version))
    return conflicts.between(form, stored, actions.subject(template), version)
