"""中止・変更: read from top to bottom like a form that one signs. Who is affected, what we offer instead, what we say,
what it costs, who releases it, and then who has not been reached yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import NotFound, Refusal
from ..core.forms import DeskForm
from ..core.japan.calendar import parse_day
from ..core.operations import once
from ..core.paging import page_of, page_of_list
from ..lessons import cancelling, change_queries, timetable, waiting
from ..lessons import change_rules as rules
from ..lessons.booking_forms import row_id
from ..lessons.change_models import Change
from ..reminders import change_actions as actions
from ..reminders import change_queries as queries
from . import change_pages, change_words
from .change_forms import AfterAllForm, CancelTogetherForm, ReleaseForm, TransportForm, alternatives

blueprint = Blueprint("changes", __name__)

Answer = str | Response | tuple[str, int]
OFFICE = (Role.STAFF, Role.COORDINATOR, Role.MANAGER)
RELEASE, LOOK = "release", "look"
MOST_ON_PAPER = 500


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {
        "reached_words": change_words.REACHED, "reached_tones": change_words.TONE, "news_words": change_words.NEWS,
    }  # fmt: skip


@blueprint.get("/changes")
@open_to(*OFFICE)
def index() -> Answer:
    """All changes, the newest first, and whether those concerned are told."""
    page = page_of(change_queries.changes())
    return render_template("front/changes/index.html", page=page, open=queries.not_reached(clock.now()))


@blueprint.route("/changes/new", methods=["GET", "POST"])
@open_to(*OFFICE)
def new() -> Answer:
    """Cancel one lesson or several, chosen by name or by the venue and days on which they stand."""
    now, form = clock.now(), CancelTogetherForm()
    lesson_ids = _asked_for()
    lessons = change_queries.lessons_to_cancel(lesson_ids)
    pages = change_pages.before(lessons, alternatives(request.form) if request.form else None, now)
    act = request.form.get("act")
    if act != LOOK and form.validate_on_submit():
        try:
            change_id = _cancelled(form, lesson_ids, pages, release=act == RELEASE)
            return redirect(_after(change_id, lesson_ids), 303)
        except Refusal as refusal:
            form.refuse(refusal)
            lessons = change_queries.lessons_to_cancel(lesson_ids)
            pages = change_pages.before(lessons, alternatives(request.form), now)
    form.seen.data = pages.preview.seen
    refused = bool(form.errors or form.form_errors) and act != LOOK
    page = render_template(
        "front/changes/new.html", form=form, lessons=lessons, pages=pages, may_release=_may_release(),
        people=change_pages.listed(page_of_list(pages.preview.people)), budget=change_pages.budget(now),
    )  # fmt: skip
    return page, 422 if refused else 200


def _asked_for() -> list[int]:
    """The lessons that the address names, or that stand in a venue on the days it names. Raises NotFound, Refusal."""
    named = sorted(set(request.values.getlist("lesson", type=row_id)))
    if not named and "venue" in request.args:
        try:
            venue_id, first = row_id(request.args["venue"]), parse_day(request.args.get("first", ""))
            last = parse_day(request.args["last"]) if request.args.get("last") else first
            room_id = request.args.get("room", type=row_id)
        except (ValueError, Refusal):
            raise NotFound("There is no such venue.") from None
        named = change_queries.lessons_of_closure(venue_id, room_id, first, last, clock.now())
    rules.check_together(named)
    return named


def _cancelled(
    form: CancelTogetherForm, lesson_ids: Sequence[int], pages: change_pages.Pages, *, release: bool
) -> int:
    """Cancel, and release if asked to; gives the change, or 0 where nobody has to be told. Raises Refusal."""
    by, now, chosen = current_actor(), clock.now(), pages.chosen

    def act() -> dict[str, Any]:
        change = actions.cancel_together(
            lesson_ids, form.reason.data, chosen, seen=form.seen.data, at_once=release, by=by, now=now
        )
        return {"id": change.id if change else 0}

    with transaction():
        answer, _ran = once(
            form.operation.data, [sorted(lesson_ids), form.reason.data, sorted(chosen.items()), release], act,
            by=by, now=now,
        )  # fmt: skip
    return int(answer["id"])


def _after(change_id: int, lesson_ids: Sequence[int]) -> str:
    if change_id:
        return url_for(".show", change_id=change_id)
    flash(_("Cancelled. Nobody was booked, so nobody has to be told."))
    return url_for("lessons.lesson", lesson_id=lesson_ids[0])


@blueprint.route("/changes/<int(max=2147483647):change_id>", methods=["GET", "POST"])
@open_to(*OFFICE)
def show(change_id: int) -> Answer:
    """One change. Until it is released: what would go out, and the signature. Then: who has not been reached yet."""
    change = change_queries.change(change_id)
    form, act = ReleaseForm(), request.form.get("act")
    if act != LOOK and form.validate_on_submit():
        try:
            _signed(form, change, release=act == RELEASE)
            return redirect(url_for(".show", change_id=change_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    change = change_queries.change(change_id)
    return _page(change, form), 422 if form.form_errors or form.errors else 200


def _page(change: Change, form: ReleaseForm, after_all: AfterAllForm | None = None) -> str:
    now = clock.now()
    if change.released_at is None:
        pages = change_pages.unreleased(change, alternatives(request.form) if request.form else None, now)
        form.seen.data = pages.preview.seen
        people = pages.preview.people
    else:
        pages, people = None, change_pages.people_of(change, now)
    to_reach = [person for person in people if person.open]
    listed = people if pages or "all" in request.args else to_reach
    return render_template(
        "front/changes/show.html", change=change, form=form, pages=pages, may_release=_may_release(),
        everybody=people, counts=queries.counts(people), after_all=after_all or AfterAllForm(formdata=None),
        people=change_pages.listed(page_of_list(listed)), to_reach=to_reach, all_of_them="all" in request.args,
        transport=change_pages.listed(page_of_list([person for person in people if person.transport])),
        transport_form=TransportForm(formdata=None), superseded=change_pages.superseded(change),
        held_again=change_pages.may_be_held_again(change, now), contact_form=DeskForm(formdata=None),
        budget=change_pages.budget(now) if pages else None,
    )  # fmt: skip


def _signed(form: ReleaseForm, change: Change, *, release: bool) -> None:
    by, now = current_actor(), clock.now()
    chosen = alternatives(request.form)

    def act() -> dict[str, Any]:
        if release:
            actions.release(change.id, chosen, seen=form.seen.data, by=by, now=now)
        else:
            actions.name_alternatives(change.id, chosen, by=by, now=now)
        return {"id": change.id}

    with transaction():
        once(form.operation.data, [change.id, sorted(chosen.items()), release], act, by=by, now=now)
    if release:
        flash(_("Released. What is due leaves within a minute."))
    else:
        flash(_("Kept. Nothing goes out before it is released."))


@blueprint.post("/changes/<int(max=2147483647):change_id>/after-all")
@open_to(*OFFICE)
def after_all(change_id: int) -> Answer:
    """The ticked lessons take place after all. Only those who may have heard otherwise are told, by a new change."""
    change, form = change_queries.change(change_id), AfterAllForm()
    lesson_ids = request.form.getlist("lesson", type=row_id)
    by, now = current_actor(), clock.now()

    def act() -> dict[str, Any]:
        rules.check_of_change(lesson_ids, actions.parts_of(change))
        made = cancelling.take_place_after_all(lesson_ids, form.override_reason.data or "", by=by, now=now)
        return {"id": made.id if made else change_id}

    if form.validate():
        try:
            with transaction():
                answer, _ran = once(
                    form.operation.data, [sorted(lesson_ids), form.override_reason.data], act, by=by, now=now
                )
            flash(_("They are held after all. Please look at whom to tell."))
            return redirect(url_for(".show", change_id=answer["id"]), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(change, ReleaseForm(formdata=None), form), 422


@blueprint.post("/changes/transport")
@open_to(*OFFICE)
def settle_transport() -> Answer:
    """The transport of one resident is put right, in one tap."""
    form, by, now = TransportForm(), current_actor(), clock.now()
    if not form.validate():
        raise NotFound("This entry does not exist.")
    with transaction():
        actions.settle_transport(form.booking.data, form.event.data, by=by, now=now)
    change_id = change_queries.change_of_event(form.event.data)
    return redirect(url_for(".show", change_id=change_id, _anchor="transport"), 303)


@blueprint.post("/changes/waiting/<int(max=2147483647):waiting_id>/told")
@open_to(*OFFICE)
def waiting_told(waiting_id: int) -> Answer:
    """Those to whom a seat was offered in a lesson that was cancelled, or who had entered it, know it now."""
    with transaction():
        waiting.told_it_is_over(waiting_id, by=current_actor(), now=clock.now())
    return redirect(url_for("front.action_items"), 303)


@blueprint.get("/changes/not-reached")
@open_to(*OFFICE)
def not_reached() -> Answer:
    """Everybody of all changes who is not known to have heard of it, by how soon it matters."""
    people = change_pages.listed(page_of_list(queries.not_reached(clock.now())))
    return render_template("front/changes/not_reached.html", people=people, contact_form=DeskForm(formdata=None))


@blueprint.get("/changes/paper")
@open_to(*OFFICE)
def paper() -> Answer:
    """The same as one list on paper, of one change or of all, with numbers and room for a mark."""
    now, named = clock.now(), request.args.get("change", type=row_id)
    found = queries.not_reached(now)
    if named is not None:
        found = [person for person in change_pages.people_of(change_queries.change(named), now) if person.open]
    people = change_pages.listed(page_of_list(found), found[:MOST_ON_PAPER])
    back = url_for(".show", change_id=named) if named else url_for(".not_reached")
    return render_template("front/changes/paper.html", people=people, now=now, back_href=back)


@blueprint.get("/changes/fewer-seats")
@open_to(*OFFICE)
def fewer_seats() -> Answer:
    """A lesson that is to have fewer seats than are booked: whom to ring, from the last booked on. Nothing is changed
    here; their bookings are moved or cancelled one by one, and then the seats can be."""
    lesson_id = request.args.get("lesson", type=row_id)
    seats = request.args.get("seats", type=int)
    if lesson_id is None or seats is None:
        raise NotFound("There is no such lesson.")
    lesson = timetable.lesson(lesson_id)
    return render_template(
        "front/changes/fewer_seats.html", lesson=lesson, seats=max(seats, 0), now=clock.now(),
        bookings=change_queries.last_booked(lesson_id, max(seats, 0)), may_move=current_actor().has(Role.STAFF),
        back_href=url_for("lessons.lesson", lesson_id=lesson_id),
    )  # fmt: skip


def _may_release() -> bool:
    return current_actor().has(Role.MANAGER)
