"""The pages of the words that leave the house: read by all of the office, written by admin and manager."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, conflicts, history
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..messages.rules import Language
from ..office.settings import OfficeSettings
from . import wording, wording_tried, words
from . import wording_actions as actions
from . import wording_queries as queries
from .forms import WordsForm
from .wording_rules import Template, cleaned, most

blueprint = Blueprint("wording", __name__, url_prefix="/office/wording")

READ = open_to(Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR)
EDIT = open_to(Role.ADMIN, Role.MANAGER)
# Japanese, which most read, has the short address.
JAPANESE = {"language": Language.JAPANESE.value}
# What the live count looks at, at the most.
LONGEST_TRIED = 2000
CHANGES_SHOWN = 20


@blueprint.get("", defaults=JAPANESE)
@blueprint.get("/in/<language>")
@READ
def index(language: str) -> str:
    """All templates in one language, as they would go out at the worst."""
    chosen = _language(language)
    town, packaged = queries.town(), wording.packaged(chosen)
    rows = [
        (one, wording_tried.try_out(one, said, town, chosen), said != packaged[one])
        for one, said in queries.in_use(chosen).items()
    ]
    addresses = [(one, url_for(".index", language=one.value)) for one in Language]
    return render_template(
        "reminders/wordings.html", rows=rows, names=words.TEMPLATE, written_in=chosen, addresses=addresses,
        sender_unset=chosen is Language.ENGLISH and town.office.sender_en == OfficeSettings.sender_en,
    )  # fmt: skip


@blueprint.get("/paper")
@READ
def paper() -> str:
    """Every text in each language and every call as they would go out, to be approved on paper (決裁)."""
    town = queries.town()
    said = {
        (template, language): wording_tried.try_out(template, words, town, language)
        for language, in_language in queries.all_in_use().items()
        for template, words in in_language.items()
    }
    return render_template(
        "reminders/wording_paper.html",
        texts=[template for template in Template if not template.spoken],
        calls=[template for template in Template if template.spoken],
        languages=list(Language),
        said=said,
        names=words.TEMPLATE,
        today=clock.local_date(clock.now()),
        back_href=url_for(".index"),
    )


@blueprint.get("/<name>", defaults=JAPANESE)
@blueprint.get("/<name>/<language>")
@READ
def show(name: str, language: str) -> str:
    piece = _piece(name, language)
    in_use = queries.in_use(piece.language)[piece.template]
    form = WordsForm(None, words=in_use, version=str(queries.versions(piece.language)[piece.template]))
    return _page(piece, form)


@blueprint.post("/<name>", defaults=JAPANESE)
@blueprint.post("/<name>/<language>")
@EDIT
def change(name: str, language: str) -> tuple[str, int] | Response:
    """Save the words, or only try them out."""
    piece, form = _piece(name, language), WordsForm()
    if request.form.get("act") == "try" or not form.validate():
        return _page(piece, form), 422 if form.errors else 200
    try:
        with transaction():
            actions.change_words(
                piece.template, form.words.data or "", form.known_version, language=piece.language,
                by=current_actor(), now=clock.now(),
            )  # fmt: skip
    except ChangedMeanwhile:
        return _page(piece, form, conflict=_conflict(piece, form)), 422
    except Refusal:
        for problem in _tried(piece, form, queries.town()).problems:
            form.refuse(problem)
        return _page(piece, form), 422
    flash(_("Saved. What has not left yet gets the new words within a minute."))
    return redirect(url_for(".show", name=name, language=language), 303)


@blueprint.post("/<name>/default", defaults=JAPANESE)
@blueprint.post("/<name>/<language>/default")
@EDIT
def use_default(name: str, language: str) -> Response:
    piece, form = _piece(name, language), WordsForm()
    with transaction():
        actions.back_to_default(
            piece.template, form.known_version, language=piece.language, by=current_actor(), now=clock.now()
        )
    flash(_("The usual words are used again."))
    return redirect(url_for(".show", name=name, language=language), 303)


@blueprint.post("/<name>/preview", defaults=JAPANESE)
@blueprint.post("/<name>/<language>/preview")
@EDIT
def preview(name: str, language: str) -> str:
    """What the words being typed would become: a part of the page, asked for while somebody types."""
    piece, form = _piece(name, language), WordsForm()
    return render_template("reminders/_wording_preview.html", **_shown(piece, form, queries.town()))


class Piece(NamedTuple):
    """What is edited on one page."""

    template: Template
    language: Language


def _language(named: str) -> Language:
    return Language(named) if named in set(Language) else abort(404)


def _piece(name: str, language: str) -> Piece:
    piece = Piece(Template(name) if name in set(Template) else abort(404), _language(language))
    return piece if piece.language in piece.template.languages else abort(404)


def _tried(piece: Piece, form: WordsForm, town: wording_tried.Town) -> wording_tried.Tried:
    return wording_tried.try_out(piece.template, cleaned((form.words.data or "")[:LONGEST_TRIED]), town, piece.language)


def _shown(piece: Piece, form: WordsForm, town: wording_tried.Town) -> dict[str, Any]:
    """What the preview needs (two queries)."""
    names = queries.usual_venue(clock.now())
    usual = town if names is None else replace(town, venue=names[0], venue_kana=names[1], venue_en=names[2])
    one_part, longest = most(piece.language)
    return {
        "template": piece.template,
        "written_in": piece.language,
        "tried": _tried(piece, form, town),
        "usual": _tried(piece, form, usual),
        "one_part": one_part,
        "most": longest,
        "yen": town.office.yen_per_call if piece.template.spoken else town.office.yen_per_text_part,
    }


def _page(piece: Piece, form: WordsForm, **more: Any) -> str:
    default, town = wording.packaged(piece.language)[piece.template], queries.town()
    placeholders = wording_tried.example(piece.template, town, piece.language)
    return render_template(
        "reminders/wording.html",
        form=form,
        name=words.TEMPLATE[piece.template],
        placeholders=[(name, words.PLACEHOLDER[name], value) for name, value in placeholders.items()],
        default=default,
        own=queries.in_use(piece.language)[piece.template] != default,
        addresses=[
            (one, url_for(".show", name=piece.template.value, language=one.value)) for one in piece.template.languages
        ],
        changes=history.of(actions.subject(*piece), limit=CHANGES_SHOWN),
        **_shown(piece, form, town),
        **more,
    )


def _conflict(piece: Piece, form: WordsForm) -> conflicts.Conflict:
    version = queries.versions(piece.language)[piece.template]
    stored = WordsForm(None, words=queries.in_use(piece.language)[piece.template], version=str(version))
    return conflicts.between(form, stored, actions.subject(*piece), version)
