"""市役所の設定: its overview, one form for each part, and the sending hold."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, conflicts, filters, history
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from . import queries, setting_actions, setting_rules, settings
from .setting_actions import SENDING
from .setting_forms import FORMS, HoldForm, StopForm, StopTodayForm, answers
from .setting_rules import Part
from .setting_words import PART, SETTING, hold_reason, meaning, shown

blueprint = Blueprint("settings", __name__)

READERS = (Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR)
EDITORS = (Role.ADMIN, Role.MANAGER)

Answer = str | Response | tuple[str, int]


@blueprint.get("/office")
@open_to(*READERS)
def overview() -> str:
    """All that the office has decided, for everybody who works by it."""
    office = settings.current()
    parts = [
        (
            part,
            word,
            [(SETTING[name], shown(name, getattr(office, name))) for name in setting_rules.READERS[part]],
            meaning(part, office),
        )
        for part, word in PART.items()
    ]
    return render_template(
        "office/overview.html",
        parts=parts,
        branches=queries.branches(closed_too=True),
        made_up=[SETTING[name] for name in setting_rules.made_up(office)],
        may_edit=current_actor().has(*EDITORS),
        hold_reason=hold_reason(office.sending_hold, office.hold_ends),
    )


@blueprint.route("/office/settings/<part>", methods=["GET", "POST"])
@open_to(*EDITORS)
def edit(part: str) -> Answer:
    """One part, as one short form."""
    if part not in set(Part):
        abort(404)
    which = Part(part)
    form, conflict = FORMS[which](data=_stored(which)), None
    if form.validate_on_submit():
        try:
            with transaction():
                changed = setting_actions.save(
                    which, form.data, form.known_version, by=current_actor(), now=clock.now()
                )
            flash(_("Saved. It holds from now on.") if changed else _("Nothing was changed."))
            return redirect(url_for(".overview"), 303)
        except ChangedMeanwhile:
            stored = FORMS[which](formdata=None, data=_stored(which))
            version = queries.part(which).version
            conflict = conflicts.between(form, stored, setting_actions.subject(which), version)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template("office/settings_form.html", part=which, title=PART[which], form=form, conflict=conflict)
    return page, 422 if form.is_submitted() else 200


def _stored(part: Part) -> dict[str, object]:
    return answers(part, settings.current()) | {"version": str(queries.part(part).version)}


@blueprint.get("/office/sending")
@open_to(*READERS)
def sending() -> str:
    """Whether messages leave, why not, and the switch."""
    return _sending_page(StopForm(), HoldForm())


@blueprint.post("/office/sending/stop")
@open_to(*EDITORS)
def stop_sending() -> Answer:
    form, other = StopForm(), HoldForm(formdata=None)
    if form.validate():
        try:
            with transaction():
                setting_actions.stop_sending(
                    form.reason.data, form.seen.data, by=current_actor(), now=clock.now()
                )
            flash(_("Sending is stopped. Nothing leaves until somebody releases it."), "warning")
            return redirect(url_for(".sending"), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _sending_page(form, other), 422


@blueprint.post("/office/sending/stop-today")
@open_to(*EDITORS)
def stop_today() -> Answer:
    """Until the next opening morning, by one button."""
    if not StopTodayForm().validate():
        return _sending_page(StopForm(formdata=None), HoldForm(formdata=None)), 422
    with transaction():
        ends = setting_actions.stop_for_today(by=current_actor(), now=clock.now())
    if ends is None:
        flash(_("Sending was stopped already. It stays stopped as it was."), "warning")
    else:
        flash(_("Sending is stopped. It goes on by itself: %(when)s.", when=filters.when(ends)), "warning")
    return redirect(url_for(".sending"), 303)


@blueprint.post("/office/sending/release")
@open_to(*EDITORS)
def release_sending() -> Answer:
    form, other = HoldForm(), StopForm(formdata=None)
    if form.validate():
        try:
            with transaction():
                setting_actions.release_sending(form.seen.data, by=current_actor(), now=clock.now())
            flash(_("Sending goes on. What is still of use leaves within a minute."))
            return redirect(url_for(".sending"), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _sending_page(other, form), 422


def _sending_page(stop: StopForm, release: HoldForm) -> str:
    office = settings.current()
    hold = office.sending_hold
    # What the page shows is what the next click has seen, after a refusal too.
    stop.seen.data = release.seen.data = hold
    return render_template(
        "office/sending.html",
        stop=stop,
        release=release,
        hold=hold,
        hold_reason=hold_reason(hold, office.hold_ends),
        until=datetime.fromisoformat(office.hold_ends) if office.hold_ends else None,
        today=StopTodayForm(formdata=None),
        last=next(iter(history.of(SENDING, limit=1)), None) if hold else None,
        may_edit=current_actor().has(*EDITORS),
    )
