"""Pages about bookings: book from a lesson, look at a booking, cancel it, move it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, filters, history
from ..core.access import Role, current_actor, open_to
from ..core.answers import choices
from ..core.db import transaction
from ..core.errors import Refusal
from ..core.forms import OnceForm
from ..core.operations import once
from . import booking_queries as queries
from . import series_queries, waiting_queries, words
from .booking_forms import BookForm, CancelForm, CancelSeriesForm, MoveForm, row_id
from .booking_rules import AlreadyBooked, shown_number
from .bookings import book_party, cancel_booking, cancel_series_booking, move_booking
from .lottery import enter
from .models import Booking
from .waiting import join

blueprint = Blueprint("bookings", __name__)

MOVE_CHOICES = 10

Answer = str | Response | tuple[str, int]


@blueprint.app_template_filter("booking_number")
def booking_number(booking: Booking) -> str:
    return shown_number(booking.number)


@blueprint.route("/lessons/<int(max=2147483647):lesson_id>/book", methods=["GET", "POST"])
@open_to(Role.STAFF)
def book(lesson_id: int) -> Answer:
    """Book those named in the address (`?resident=1&resident=2`) into this lesson, or put them on its waiting list."""
    lesson, now, by = queries.get_lesson(lesson_id), clock.now(), current_actor()
    residents = queries.get_residents(request.args.getlist("resident", type=row_id))
    ids = [each.id for each in residents]
    form, booked_already = BookForm(), []
    if form.validate_on_submit():
        try:
            if request.form.get("act") == "wait":
                return _wait(form, lesson_id, ids)
            if lesson.is_undrawn:
                return _enter(form, lesson_id, ids)
            answer = _once(
                form,
                {"lesson": lesson_id, "residents": ids, **form.answers()},
                lambda: book_party(lesson_id, ids, **form.answers(), by=by, now=now),
            )
            if len(answer) > len(ids):
                flash(_("Booked: %(count)s lessons of the series.", count=len(answer) // len(ids)))
            else:
                flash(_("Booked. Booking number %(number)s.", number=queries.shown_numbers(answer)))
            return redirect(url_for(".show", booking_id=answer[0]), 303)
        except AlreadyBooked as refusal:
            form.refuse(refusal)
            booked_already = refusal.booking_ids
        except Refusal as refusal:
            form.refuse(refusal)
    if lesson.is_undrawn:
        form.override_reason.label.text = _("Reason for an entry outside the booking period")
    page = render_template(
        "lessons/book.html",
        form=form,
        lesson=queries.get_lesson(lesson_id),
        choice=queries.one_choice(lesson, now),
        residents=residents,
        together=series_queries.booked_together(lesson_id, now) if lesson.part else [],
        booked_already=booked_already,
    )
    return page, 422 if form.is_submitted() else 200


def _wait(form: BookForm, lesson_id: int, ids: list[int]) -> Response:
    """Put on the waiting list whom the form would book, with what was typed. Raises what joining refuses."""
    asked, by, now = form.answers_for_waiting(), current_actor(), clock.now()
    with transaction():
        answer, _ran_now = once(
            form.operation.data or "",
            {"waits": lesson_id, "residents": ids, **asked},
            lambda: {"waiting": join(lesson_id, ids, **asked, by=by, now=now).id},
            by=by,
            now=now,
        )
    entry = waiting_queries.get_waiting(answer["waiting"])
    position = waiting_queries.positions([entry]).get(entry.id, "")
    flash(_("On the waiting list, as number %(position)s.", position=position))
    return redirect(url_for("lessons.lesson", lesson_id=lesson_id, _anchor="waiting"), 303)


def _enter(form: BookForm, lesson_id: int, ids: list[int]) -> Response:
    """Enter for the draw whom the form would book. Raises what entering refuses."""
    asked, by, now = form.answers_for_entering(), current_actor(), clock.now()
    with transaction():
        answer, _ran_now = once(
            form.operation.data or "", {"enters": lesson_id, "residents": ids, **asked},
            lambda: {"number": enter(lesson_id, ids, **asked, by=by, now=now).place}, by=by, now=now,
        )  # fmt: skip
    flash(_("Entered for the draw. Entry number %(number)s.", number=answer["number"]))
    return redirect(url_for("lessons.lesson", lesson_id=lesson_id, _anchor="entries"), 303)


@blueprint.get("/bookings/<int(max=2147483647):booking_id>")
@open_to(Role.STAFF)
def show(booking_id: int) -> Answer:
    booking = queries.get_booking(booking_id)
    return render_template(
        "lessons/booking.html",
        booking=booking,
        party=queries.others_of_party(booking),
        beside=series_queries.bookings_beside(booking),
        events=history.of(f"booking:{booking_id}"),
        history_words=words.BOOKING_HISTORY,
        booked_by_words=words.BOOKED_BY,
        channel_words=words.BOOKING_CHANNEL,
        may_change=booking.cancelled_at is None and clock.now() < booking.lesson.starts_at,
    )


@blueprint.route("/bookings/<int(max=2147483647):booking_id>/cancel", methods=["GET", "POST"])
@open_to(Role.STAFF)
def cancel(booking_id: int) -> Answer:
    """One booking; of a series that is booked as a whole it is asked which lessons."""
    booking, now, by = queries.get_booking(booking_id), clock.now(), current_actor()
    beside = series_queries.bookings_beside(booking)
    # Asked of whoever sees a choice; a form of two clicks comes back when there is none any more.
    form = CancelSeriesForm() if len(beside) > 1 or "scope" in request.form else CancelForm()
    if form.validate_on_submit():
        reason, scope = form.reason.data, form.scope.data if isinstance(form, CancelSeriesForm) else None

        def act() -> list[Booking]:
            if scope is None:
                return [cancel_booking(booking_id, reason, by=by, now=now)]
            return cancel_series_booking(booking_id, reason, scope, by=by, now=now)

        try:
            _once(form, {"cancel": booking_id, "reason": reason, "scope": scope}, act)
            flash(_("The booking is cancelled and its seats are free again."))
            return redirect(url_for(".show", booking_id=booking_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    booking = queries.get_booking(booking_id)
    page = render_template(
        "lessons/cancel_booking.html", form=form, booking=booking, party=queries.others_of_party(booking),
        beside=series_queries.bookings_beside(booking),
    )  # fmt: skip
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/bookings/<int(max=2147483647):booking_id>/move", methods=["GET", "POST"])
@open_to(Role.STAFF)
def move(booking_id: int) -> Answer:
    """Offer the next lessons of the same course; the booking goes there or stays where it is."""
    now, by, booking = clock.now(), current_actor(), queries.get_booking(booking_id)
    nearest = _lessons_to_move_to(booking)
    form = MoveForm()
    form.lesson.choices = choices({each.lesson.id: _in_words(each) for each in nearest if each.bookable})
    if form.validate_on_submit():
        to = form.lesson.data
        try:
            [new_id] = _once(
                form,
                {"move": booking_id, "to": to},
                lambda: [move_booking(booking_id, to, by=by, now=now)],
            )
            flash(_("Moved. Booking number %(number)s.", number=queries.shown_numbers([new_id])))
            return redirect(url_for(".show", booking_id=new_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    page = render_template(
        "lessons/move_booking.html",
        form=form,
        booking=queries.get_booking(booking_id),
        not_now=[each for each in nearest if not each.bookable],
    )
    return page, 422 if form.is_submitted() else 200


def _once(form: OnceForm, body: dict[str, Any], act: Callable[[], list[Booking]]) -> list[int]:
    """Do it once however often the form is sent; gives the ids of the bookings it was about, the same each
    time."""
    with transaction():
        answer, _ran_now = once(
            form.operation.data or "",
            body,
            lambda: {"bookings": [each.id for each in act()]},
            by=current_actor(),
            now=clock.now(),
        )
    ids: list[int] = answer["bookings"]
    return ids


def _lessons_to_move_to(booking: Booking) -> list[queries.LessonChoice]:
    nearest = queries.next_fitting(
        course_id=booking.lesson.course_id,
        district_code=booking.lesson.venue.district_code,
        now=clock.now(),
        limit=MOVE_CHOICES + 1,
        every_time=True,
    )
    # What is booked as a whole takes nobody into one lesson of it.
    # Nor does one that is given by lot.
    alone = [each for each in nearest if each.together == 1 and not each.lesson.is_undrawn]
    return [each for each in alone if each.lesson.id != booking.lesson_id][:MOVE_CHOICES]


def _in_words(choice: queries.LessonChoice) -> str:
    return _(
        "%(when)s %(venue)s (free: %(free)s)",
        when=filters.when(choice.lesson.starts_at),
        venue=choice.lesson.venue.name,
        free=choice.free,
    )
