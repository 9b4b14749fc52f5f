"""The rota (当番表): where supporters are missing, whom to ask, a month filled at once; a supporter's own duties."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import transaction
from ..core.errors import Refusal
from ..core.operations import once
from ..office import queries as office
from . import rota, rota_queries, rota_words, timetable
from .rota_forms import CannotComeForm, DutyForm, FillForm, NeededForm, RotaFilter
from .rules import OVER
from .span_rules import Span, beside, bounds

blueprint = Blueprint("rota", __name__)

Answer = str | Response | tuple[str, int]

OFFICE = (Role.STAFF, Role.COORDINATOR, Role.MANAGER)
PLANS = (Role.STAFF, Role.COORDINATOR)


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"still_missing": rota_words.still_missing}


# ---- week or month


@blueprint.get("/rota")
@open_to(*OFFICE)
def index() -> str:
    """The lessons of a week or a month: how many supporters each needs, who comes, how many are missing."""
    form, span, day, district = _asked()
    (first, last), now = bounds(span, day), clock.now()
    lessons = rota_queries.rota(first, last, district)
    coming = [row for row in lessons if row.starts_at > now and row.state not in OVER]
    kept: dict[str, Any] = {"span": span.value, "district": district or None}
    return render_template(
        "lessons/rota/index.html", form=form, lessons=lessons, span=span, first=first, last=last,
        coming=coming, begun=[row for row in lessons if row not in coming],
        districts={row.code: row.name for row in office.districts()},
        before=url_for(".index", day=beside(span, first, -1).isoformat(), **kept),
        after=url_for(".index", day=beside(span, first, 1).isoformat(), **kept),
        fill=url_for(".fill", day=first.isoformat(), **kept), told=rota_queries.told_of({row.id for row in lessons}),
    )  # fmt: skip


def _asked() -> tuple[RotaFilter, Span, date, str]:
    form = RotaFilter(request.args)
    form.offer(office.districts())
    span, day, district = form.wanted(clock.local_date(clock.now()))
    form.process(data={"span": span.value, "day": day.isoformat(), "district": district})
    return form, span, day, district


@blueprint.route("/rota/fill", methods=["GET", "POST"])
@open_to(*PLANS)
def fill() -> Answer:
    """A proposal for every gap of a week or a month, to be changed and put into the rota in one act."""
    chosen, span, day, district = _asked()
    form, now = FillForm(), clock.now()
    if form.validate_on_submit():
        pairs = form.chosen(request.form)
        if pairs:
            with transaction():
                done = rota.fill(pairs, by=current_actor(), now=now)
            _tell(done)
            where = url_for(".fill", span=span.value, day=day.isoformat(), district=district or None)
            return redirect(where, 303)
    first, last = bounds(span, day)
    page = render_template(
        "lessons/rota/fill.html", form=form, chosen=chosen, span=span, first=first, last=last, words=rota_words,
        proposal=rota_queries.proposal(first, last, now, district), sent=request.form,
        back=url_for(".index", span=span.value, day=first.isoformat(), district=district or None),
    )  # fmt: skip
    return page, 422 if form.is_submitted() else 200


def _tell(done: list[rota.Put]) -> None:
    """How many were put, and whom it was too late or not allowed for."""
    put = sum(one.refusal is None for one in done)
    if put:
        flash(ngettext("%(num)s duty is in the rota now.", "%(num)s duties are in the rota now.", put))
    names = rota_queries.names({one.supporter_id for one in done if one.refusal})
    for one in done:
        if one.refusal is not None:
            why = _(one.refusal.message, **one.refusal.params)
            flash(_("%(name)s was not put: %(why)s", name=names.get(one.supporter_id, ""), why=why), "warning")


# ---- one lesson


@blueprint.get("/lessons/<int(max=2147483647):lesson_id>/rota")
@open_to(*OFFICE)
def lesson(lesson_id: int) -> Answer:
    """Who helps in one lesson, who could be asked and why they, and who may not."""
    return _lesson_page(lesson_id)


def _lesson_page(lesson_id: int, needed: NeededForm | None = None, duty: DutyForm | None = None) -> Answer:
    now = clock.now()
    found = rota_queries.of_lesson(lesson_id, now)
    if needed is None:
        needed = NeededForm(formdata=None, data={"needed": found.lesson.supporters_needed})
    page = render_template(
        "lessons/rota/lesson.html", found=found, lesson=found.lesson, needed=needed,
        day=clock.local_date(found.lesson.starts_at),
        duty=duty or DutyForm(formdata=None), words=rota_words,
        may_change=found.lesson.state not in OVER and found.lesson.starts_at > now and current_actor().has(*PLANS),
    )  # fmt: skip
    return page, 422 if needed.errors or (duty and (duty.errors or duty.form_errors)) else 200


@blueprint.post("/lessons/<int(max=2147483647):lesson_id>/needed")
@open_to(*PLANS)
def set_needed(lesson_id: int) -> Answer:
    form = NeededForm()
    if form.validate():
        try:
            with transaction():
                rota.set_needed(lesson_id, form.needed.data, by=current_actor(), now=clock.now())
            return redirect(url_for(".lesson", lesson_id=lesson_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _lesson_page(lesson_id, needed=form)


@blueprint.post("/lessons/<int(max=2147483647):lesson_id>/duties")
@open_to(*PLANS)
def put_on_duty(lesson_id: int) -> Answer:
    """One press puts somebody on duty; a reason besides where the way is too long."""
    form = DutyForm()
    if form.validate():
        try:
            with transaction():
                rota.put_on_duty(
                    lesson_id, form.supporter_id, form.override_reason.data, by=current_actor(), now=clock.now()
                )
            return redirect(url_for(".lesson", lesson_id=lesson_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _lesson_page(lesson_id, duty=form)


@blueprint.post("/lessons/<int(max=2147483647):lesson_id>/declined")
@open_to(*PLANS)
def note_declined(lesson_id: int) -> Answer:
    """Asked, and said no: nobody else rings them for this lesson again."""
    form = DutyForm()
    if form.validate():
        try:
            with transaction():
                rota.note_declined(lesson_id, form.supporter_id, by=current_actor(), now=clock.now())
            return redirect(url_for(".lesson", lesson_id=lesson_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _lesson_page(lesson_id, duty=form)


@blueprint.route(
    "/lessons/<int(max=2147483647):lesson_id>/duties/<int(max=2147483647):supporter_id>/cannot-come",
    methods=["GET", "POST"],
)
@open_to(*PLANS)
def cannot_come(lesson_id: int, supporter_id: int) -> Answer:
    """The office was told that somebody cannot come; then to the list of who could."""
    form, found = CannotComeForm(), timetable.lesson(lesson_id)
    told = _told(form, lesson_id, supporter_id)
    if told:
        return redirect(url_for(".lesson", lesson_id=lesson_id), 303)
    name = rota_queries.names([supporter_id]).get(supporter_id)
    if name is None:
        abort(404)
    page = render_template("lessons/rota/cannot_come.html", form=form, lesson=found, name=name)
    return page, 422 if form.is_submitted() else 200


def _told(form: CannotComeForm, lesson_id: int, supporter_id: int) -> bool:
    """Whether the form was sent and the duty has ended by it, now or when it came before."""
    if not form.validate_on_submit():
        return False
    by, now, reason = current_actor(), clock.now(), form.reason.data
    try:
        with transaction():
            once(
                form.operation.data, [lesson_id, supporter_id, reason],
                lambda: {"told": rota.cannot_come(lesson_id, supporter_id, reason, by=by, now=now).id},
                by=by, now=now,
            )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


# ---- a supporter's own


@blueprint.route("/my-duties/<int(max=2147483647):lesson_id>/cannot-come", methods=["GET", "POST"])
@open_to(Role.VOLUNTEER)
def i_cannot_come(lesson_id: int) -> Answer:
    """行けなくなりました: the office looks for somebody else."""
    now, form = clock.now(), CannotComeForm()
    me = rota_queries.supporter_of(current_actor().id, now)
    if _told(form, lesson_id, me.id):
        flash(_("Thank you for telling us. The office looks for somebody else."))
        return redirect(url_for("duties.mine"), 303)
    found = rota_queries.own_duty(me.id, lesson_id, now)
    page = render_template("lessons/rota/i_cannot_come.html", form=form, lesson=found)
    return page, 422 if form.is_submitted() else 200
