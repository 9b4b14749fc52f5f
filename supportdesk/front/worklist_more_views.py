"""Beside 要対応: who does not come, what is over, and what may be sent again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import db, transaction
from ..core.errors import Refusal
from ..core.operations import once
from ..core.paging import page_of, page_of_list
from ..lessons import booking_queries
from ..messages import looking_again, switchboard
from ..messages.models import Message
from ..people.models import Resident
from ..reminders import queries as reminder_queries
from ..reminders import sending_again
from . import worklist, worklist_over
from . import worklist_queries as queries
from .views import blueprint
from .worklist_forms import AgainForm, CancelByCallForm, CloseForm

OFFICE = (Role.STAFF, Role.COORDINATOR, Role.MANAGER)
ALL = "all"

Answer = str | Response | tuple[str, int]


@blueprint.route("/action-items/bookings/<int(max=2147483647):booking_id>/cancel", methods=["GET", "POST"])
@open_to(Role.STAFF)
def cancel_by_call(booking_id: int) -> Answer:
    """They said on the telephone that they do not come: asked once more before it counts."""
    booking, actor, now = booking_queries.get_booking(booking_id), current_actor(), clock.now()
    form = CancelByCallForm(reason=_("Said so on the telephone"), tries=request.args.get("tries", type=int))
    if form.validate_on_submit():
        try:
            with transaction():
                done, _ran = once(
                    form.operation.data, [booking_id, form.reason.data],
                    lambda: {"id": worklist.note_that_they_cancel(
                        booking_id, form.reason.data or "", tries=form.tries.data, by=actor, now=now
                    ).id}, by=actor, now=now,
                )  # fmt: skip
            return redirect(url_for(".action_items", done=f"booking:{done['id']}"), 303)
        except Refusal as refusal:
            form.refuse(refusal)
            booking = booking_queries.get_booking(booking_id)
    page = render_template("front/cancel_by_call.html", form=form, booking=booking)
    return page, 422 if form.errors or form.form_errors else 200


@blueprint.route("/action-items/over", methods=["GET", "POST"])
@open_to(*OFFICE)
def over_items() -> Answer:
    """過ぎたもの: whom nobody had told when the lesson began. Closed in bulk, with a reason."""
    form, actor, now = CloseForm(), current_actor(), clock.now()
    found = worklist_over.over(now)
    if form.validate_on_submit():
        everything = request.form.get("act") == ALL
        keys = {one.key for one in found} if everything else set(form.key.data or [])
        # What is over differs from one press to the next; that all of it was to be closed does not.
        said = [ALL if everything else sorted(keys), form.reason.data]
        try:
            with transaction():
                done, _ran = once(
                    form.operation.data, said,
                    lambda: {"count": worklist.close(
                        worklist_over.named(worklist_over.over(now), keys), form.reason.data or "", by=actor, now=now
                    )}, by=actor, now=now,
                )  # fmt: skip
            count = int(done["count"])
            flash(ngettext("%(num)s is closed.", "%(num)s are closed.", count))
            return redirect(url_for(".over_items"), 303)
        except Refusal as refusal:
            form.refuse(refusal)
            found = worklist_over.over(now)
    return _over_page(form, found), 422 if form.errors or form.form_errors else 200


def _over_page(form: CloseForm, found: Sequence[worklist_over.Over]) -> str:
    page = page_of_list(found)
    items = [one.item for one in page.items if one.item is not None]
    return render_template(
        "front/over_items.html", form=form, page=page, shown=reminder_queries.shown(items),
        closed=page_of(worklist_over.closed_at_once(), scalars=False, per_page=20), now=clock.now(),
    )  # fmt: skip


@blueprint.route("/action-items/unknown", methods=["GET", "POST"])
@open_to(*OFFICE)
def unknown_messages() -> Answer:
    """Messages of which nobody knows whether they left: the provider's list is read for them, then a person decides."""
    form, actor, now = AgainForm(), current_actor(), clock.now()
    found = sending_again.unknown(now)
    if not form.validate_on_submit():
        return _unknown_page(form, found), 422 if form.errors else 200
    if request.form.get("act") == "look":
        return _look(found)
    chosen = set(form.message.data or [])
    try:
        with transaction():
            done, _ran = once(
                form.operation.data, sorted(chosen),
                lambda: {"count": sending_again.send_again(chosen, by=actor, now=now)}, by=actor, now=now,
            )  # fmt: skip
        count = int(done["count"])
        flash(ngettext("%(num)s message is sent again.", "%(num)s messages are sent again.", count))
        return redirect(url_for(".unknown_messages"), 303)
    except Refusal as refusal:
        form.refuse(refusal)
    return _unknown_page(form, sending_again.unknown(now)), 422


def _look(found: Sequence[Message]) -> Response:
    """Read the provider's list for the next block, outside any transaction."""
    desk = current_app.extensions[switchboard.EXTENSION]
    if desk is None:
        flash(_("No telephone company is connected, so there is no list to read."), "warning")
        return redirect(url_for(".unknown_messages"), 303)
    looked = looking_again.look_again([message.id for message in found], desk)
    flash(_("The list was read: %(found)s found, %(not_found)s not found, %(unreadable)s without an answer.",
            found=looked.found, not_found=looked.not_found, unreadable=looked.unreadable))  # fmt: skip
    return redirect(url_for(".unknown_messages"), 303)


def _unknown_page(form: AgainForm, found: Sequence[Message]) -> str:
    page = page_of_list(found)
    ready = [message for message in found if looking_again.surely_not_listed(message)]
    return render_template(
        "front/unknown_messages.html", form=form, page=page, ready={message.id for message in ready},
        names=_names(page.items), left=len(found) - len(ready), block=looking_again.BLOCK,
    )  # fmt: skip


def _names(rows: Sequence[Message]) -> Mapping[str, Resident]:
    """The residents to whom these messages go, by the key under which messages know them (one query)."""
    keys = {row.recipient: row.recipient.removeprefix("resident:") for row in rows}
    ids = {key: int(number) for key, number in keys.items() if number.isdecimal()}
    people = {row.id: row for row in db.session.scalars(queries.residents_of(ids.values()))}
    return {key: people[each] for key, each in ids.items() if each in people}
