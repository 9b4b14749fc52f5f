"""The pages on which a series goes on, and on which it is booked in another way from now on."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import NotFound, Refusal
from ..core.operations import once
from ..places import queries as places
from . import lengthening, registering, series_queries, words
from .decision_forms import DecidedRows
from .lengthening import Lengthening
from .models import Series
from .planned_days_forms import look_once_more, readable
from .series_more_forms import LengthenForm, RegistrationForm
from .series_rules import Registration

Answer = str | Response | tuple[str, int]


def install(blueprint: Blueprint, one: str) -> None:
    blueprint.add_url_rule(f"{one}/lengthen", "lengthen", lengthen, methods=["GET", "POST"])
    blueprint.add_url_rule(f"{one}/registration", "register", register, methods=["GET", "POST"])


@open_to(Role.STAFF, Role.COORDINATOR)
def lengthen(series_id: int) -> Answer:
    """How far, then every new date and who is booked into it, then the act."""
    series, form = series_queries.get(series_id), LengthenForm()
    decided, act, refused = DecidedRows(request.form, places.rooms_to_choose()), request.form.get("act", "look"), False
    if form.validate_on_submit():
        if act == "save" and form.looked_at.data != form.answers_now:
            form.refuse(look_once_more())
        elif act == "save" and decided.good:
            try:
                count = _lengthen(series, form, decided)
                flash(_("%(count)s lessons were added.", count=count))
                return redirect(url_for(".show", series_id=series_id), 303)
            except Refusal as refusal:
                form.refuse(refusal)
        refused = act == "save"
    series = series_queries.get(series_id)
    found = _preview(series, form, decided, act) if form.is_submitted() else None
    if not form.is_submitted():
        form.version.data = str(series.version)
    page = render_template(
        "lessons/series_lengthen.html", series=series, form=form, found=found,
        shown=decided.shown(found.preview.rows, refused=refused) if found else [],
    )  # fmt: skip
    return page, 422 if form.errors or not decided.good else 200


def _lengthen(series: Series, form: LengthenForm, decided: DecidedRows) -> int:
    by, now = current_actor(), clock.now()
    longer = form.longer(series.rule, clock.local_date(now))

    def act() -> dict[str, int]:
        made = lengthening.lengthen(series.id, form.known_version, longer, decided.decisions, by=by, now=now)
        return {"lessons": len(made)}

    with transaction():
        done, _ran = once(form.operation.data, request.form, act, by=by, now=now)
    count: int = done["lessons"]
    return count


def _preview(series: Series, form: LengthenForm, decided: DecidedRows, act: str) -> Lengthening | None:
    if not readable(form):
        return None
    now = clock.now()
    try:
        longer = form.longer(series.rule, clock.local_date(now))
        found = lengthening.look(series.id, longer, decided.decisions, now)
        if act == "leave-out":
            decided.leave_out(found.preview.rows)
            found = lengthening.look(series.id, longer, decided.decisions, now)
    except Refusal as refusal:
        if not form.form_errors:
            form.refuse(refusal)
        return None
    form.looked_at.data, form.version.data = form.answers_now, str(series.version)
    return found


@open_to(Role.STAFF, Role.COORDINATOR)
def register(series_id: int) -> Answer:
    """What the other way of booking would do, then the act."""
    form = RegistrationForm()
    if form.validate_on_submit() and form.to.data in list(Registration):
        try:
            with transaction():
                registering.change_registration(
                    series_id, form.known_version, Registration(form.to.data), seen=form.seen.data,
                    by=current_actor(), now=clock.now(),
                )  # fmt: skip
            flash(_("Saved."))
            return redirect(url_for(".show", series_id=series_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    series = series_queries.get(series_id)
    found = _to_register(series_id)
    form.version.data, form.seen.data, form.to.data = str(series.version), found.seen, found.to.value
    page = render_template(
        "lessons/series_registration.html", series=series, form=form, found=found, registrations=words.REGISTRATION
    )
    return page, 422 if form.form_errors else 200


def _to_register(series_id: int) -> registering.NewRegistration:
    """Raises NotFound for a series that is over: there is nothing left to book in any way."""
    try:
        return registering.look(series_id, clock.now())
    except Refusal as refusal:
        raise NotFound(refusal.message) from None
