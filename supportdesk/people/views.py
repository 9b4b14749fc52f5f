"""Pages about people: search, add, edit, stop contact. A person's story is a page of front."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, conflicts
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.operations import once
from . import actions, number_actions, queries, rules, words
from .forms import EditResidentForm, NewResidentForm, ResumeContactForm, StopContactForm
from .models import Resident
from .rules import NumberKind, ResidentData

blueprint = Blueprint("people", __name__)

AT_MOST = 20
PERSON = "/residents/<int(max=2147483647):resident_id>"


@blueprint.app_template_filter("contact_hours")
def _contact_hours(who: Resident) -> str:
    """When they may be reached; nothing without such a wish."""
    return words.contact_hours(who)


@blueprint.get("/residents")
@open_to(Role.STAFF, Role.COORDINATOR)
def index() -> str:
    """Find a person."""
    return render_template("people/index.html", **_found())


@blueprint.get("/residents/search")
@open_to(Role.STAFF, Role.COORDINATOR)
def search() -> str:
    """The list alone, for search as you type."""
    return render_template("people/_list.html", **_found())


def _found() -> dict[str, Any]:
    asked = request.args.get("q", "")
    found = queries.search(asked, AT_MOST)
    return {
        "asked": asked,
        "residents": found,
        "districts": queries.district_names() if found else {},
        "at_most": AT_MOST,
        "may_open": current_actor().has(Role.STAFF),
    }


@blueprint.route("/residents/new", methods=["GET", "POST"])
@open_to(Role.STAFF)
def new() -> Response | tuple[str, int] | str:
    """Add a person; who may be the same one is shown first, and never stops anybody."""
    districts = queries.district_names()
    form = NewResidentForm(districts=queries.districts_to_choose())
    if request.method == "GET":
        form.show_empty_rows()
        return _page("people/new.html", form, districts)
    if "add_row" in request.form:
        form.add_row(request.form["add_row"])
        return _page("people/new.html", form, districts)
    form.take(request.form.get("take", ""))
    if not form.validate():
        return _page("people/new.html", form, districts), 422
    now = clock.now()
    data = rules.check(form.resident_data(), today=clock.local_date(now))
    alike = queries.likely_duplicates(data)
    if "same" in request.form:
        return _the_same_person(request.form["same"], alike, data, districts)
    if "confirmed" not in request.form and (alike or form.offers):
        return _page("people/new.html", form, districts, alike=_compared(alike, data, districts)), 422
    actor = current_actor()
    try:
        with transaction():
            answer, _first = once(
                form.operation.data,
                str(data),
                lambda: {"id": actions.add_resident(data, by=actor, now=now).id},
                by=actor,
                now=now,
            )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page("people/new.html", form, districts), 422
    flash(_("The person has been added."), "success")
    return redirect(url_for("front.resident", resident_id=answer["id"]), 303)


def _compared(alike: list[Resident], data: ResidentData, districts: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "resident": other,
            "why": [words.LIKENESS[why] for why in queries.likenesses(data, other)],
            "differences": words.differences(actions.data_of(other), data, districts),
        }
        for other in alike
    ]


def _the_same_person(
    chosen: str, alike: list[Resident], data: ResidentData, districts: dict[str, str]
) -> str | tuple[str, int]:
    """The edit form of somebody who is there already, with what was typed for a new person added to it."""
    resident = next((other for other in alike if str(other.id) == chosen), None)
    if resident is None:
        raise ChangedMeanwhile
    both = rules.merged(actions.data_of(resident), data)
    offered = queries.districts_to_choose(both.district_code)
    form = EditResidentForm(districts=offered, formdata=None, obj=_for_form(both), version=str(resident.version))
    form.show_empty_rows()
    return _page("people/edit.html", form, districts, resident=resident, added=True)


@blueprint.route(PERSON + "/edit", methods=["GET", "POST"])
@open_to(Role.STAFF)
def edit(resident_id: int) -> Response | tuple[str, int] | str:
    """Change a person's record; the second of two editors sees what the first saved and loses nothing."""
    resident, districts = queries.get(resident_id), queries.district_names()
    stored = _for_form(actions.data_of(resident))
    offered = queries.districts_to_choose(resident.district_code)
    form = EditResidentForm(districts=offered, obj=stored, version=str(resident.version))
    if request.method == "GET":
        form.show_empty_rows()
        return _page("people/edit.html", form, districts, resident=resident)
    if "add_row" in request.form:
        form.add_row(request.form["add_row"])
        return _page("people/edit.html", form, districts, resident=resident)
    form.take(request.form.get("take", ""))
    if not form.validate() or (form.offers and "confirmed" not in request.form):
        return _page("people/edit.html", form, districts, resident=resident), 422
    data = form.resident_data()
    try:
        with transaction():
            actions.edit_resident(resident_id, data, form.known_version, by=current_actor(), now=clock.now())
    except ChangedMeanwhile:
        return _changed_meanwhile(resident_id, form, data, districts), 422
    except Refusal as refusal:
        form.refuse(refusal)
        return _page("people/edit.html", form, districts, resident=resident), 422
    flash(_("The record has been saved."), "success")
    return redirect(url_for("front.resident", resident_id=resident_id), 303)


def _changed_meanwhile(resident_id: int, form: EditResidentForm, data: ResidentData, districts: dict[str, str]) -> str:
    resident = queries.get(resident_id)
    kept = rules.check(data, today=clock.local_date(clock.now()))
    form.version.data = str(resident.version)
    changes = words.differences(actions.data_of(resident), kept, districts)
    return _page(
        "people/edit.html",
        form,
        districts,
        resident=resident,
        conflict=conflicts.conflict(changes, actions.subject(resident_id), resident.version),
    )


@blueprint.route(PERSON + "/stop", methods=["GET", "POST"])
@open_to(Role.STAFF)
def stop(resident_id: int) -> Response | tuple[str, int] | str:
    """連絡を止める."""
    resident, form = queries.get(resident_id), StopContactForm()
    if form.validate_on_submit():
        try:
            with transaction():
                actions.stop_contact(resident_id, form.reason.data, by=current_actor(), now=clock.now())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Contact is stopped. Nothing leaves for this person any more."), "success")
            return redirect(url_for("front.resident", resident_id=resident_id), 303)
    page = render_template("people/stop.html", form=form, resident=resident)
    return (page, 422) if request.method == "POST" else page


@blueprint.route(PERSON + "/resume", methods=["GET", "POST"])
@open_to(Role.STAFF)
def resume(resident_id: int) -> Response | tuple[str, int] | str:
    """Let contact begin again."""
    resident, form = queries.get(resident_id), ResumeContactForm()
    if form.validate_on_submit():
        try:
            with transaction():
                actions.resume_contact(resident_id, by=current_actor(), now=clock.now())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("This person may be contacted again."), "success")
            return redirect(url_for("front.resident", resident_id=resident_id), 303)
    reason = words.STOP_REASON[resident.stop_reason] if resident.stop_reason else ""
    page = render_template("people/resume.html", form=form, resident=resident, reason=reason)
    return (page, 422) if request.method == "POST" else page


@blueprint.post(PERSON + "/number-is-right")
@open_to(Role.STAFF)
def number_is_right(resident_id: int) -> Response:
    """A number that was marked as wrong is theirs after all."""
    with transaction():
        number_actions.say_it_is_right(
            resident_id, request.form.get("number", ""), by=current_actor(), now=clock.now()
        )  # fmt: skip
    flash(_("Noted. Messages may go to this number again."), "success")
    return redirect(url_for("front.resident", resident_id=resident_id), 303)


def _for_form(data: ResidentData) -> ResidentData:
    """Data for a form: only that a number is a FAX is asked there, the other kinds are told by the number."""
    asked = (row if row.kind is NumberKind.FAX else replace(row, kind=None) for row in data.telephones)
    return replace(data, telephones=tuple(asked))


def _page(template: str, form: NewResidentForm | EditResidentForm, districts: dict[str, str], **more: Any) -> str:
    return render_template(template, form=form, districts=districts, **more)
