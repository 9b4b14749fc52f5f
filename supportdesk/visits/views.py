"""The day sheet's pages. A tap is sent by the behaviour `sheet` (the answer is JSON) or as a form (303)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, conflicts
from ..core.access import Actor, Role, current_actor, open_to
from ..core.compressed import compressed
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, NotFound, Refusal
from ..lessons.models import Lesson
from ..office.list_rules import ReferralPlace
from . import actions, forms, models, queries, rules, words  # noqa: F401  (models: tables)
from .looking import check_papers, open_sheet
from .models import Visit
from .rules import Attendance, HowItWent

blueprint = Blueprint("visits", __name__)

READERS = (Role.VOLUNTEER, Role.STAFF, Role.COORDINATOR)
# An address with a number that no database keeps is not one of ours.
LESSON = "/sheet/<int(max=2147483647):lesson_id>"
WORDS = {
    "attendance_words": words.ATTENDANCE,
    "how_words": words.HOW_IT_WENT,
    "place_words": words.REFERRAL_PLACE,
    "need_words": words.NEED,
}


@blueprint.get("/sheet")
@open_to(*READERS)
def today() -> str:
    """Today's lessons at my venues."""
    now = clock.now()
    lessons = queries.lessons_today(by=current_actor(), now=now)
    return render_template("visits/today.html", lessons=lessons, today=clock.local_date(now))


@blueprint.get(LESSON)
@open_to(*READERS)
@compressed
def sheet(lesson_id: int) -> str:
    return _sheet_page(open_sheet(lesson_id, by=current_actor(), now=clock.now()))


@blueprint.get(f"{LESSON}/paper")
@open_to(*READERS)
def paper(lesson_id: int) -> str:
    """The same sheet on paper, with blank rows for walk-ins."""
    lesson = open_sheet(lesson_id, by=current_actor(), now=clock.now())
    back = url_for("visits.sheet", lesson_id=lesson_id)
    return render_template("visits/paper.html", sheet=queries.sheet_of(lesson), back_href=back, **WORDS)


@blueprint.post(f"{LESSON}/mark")
@open_to(*READERS)
def mark(lesson_id: int) -> Response | tuple[str, int]:
    form = forms.TapForm()

    def act(by: Actor, now: datetime) -> Visit:
        attendance = form.said("attendance", Attendance)
        return actions.mark(lesson_id, form.booking, attendance, key=form.key.data or "", by=by, now=now)

    return _tap(lesson_id, act)


@blueprint.post(f"{LESSON}/rate")
@open_to(*READERS)
def rate(lesson_id: int) -> Response | tuple[str, int]:
    form = forms.TapForm()

    def act(by: Actor, now: datetime) -> Visit:
        how = form.said("how_it_went", HowItWent)
        return actions.rate(lesson_id, form.booking, how, key=form.key.data or "", by=by, now=now)

    return _tap(lesson_id, act)


@blueprint.post(f"{LESSON}/all-came")
@open_to(*READERS)
def all_came(lesson_id: int) -> Response | tuple[str, int]:
    by, now = current_actor(), clock.now()
    lesson = queries.lesson(lesson_id, by=by, now=now)
    try:
        with transaction():
            marked = actions.mark_all_came(lesson_id, by=by, now=now)
    except Refusal as refusal:
        return _sheet_page(lesson, refusal), 422
    flash(_("Marked as came: %(count)s", count=len(marked)))
    return redirect(url_for("visits.sheet", lesson_id=lesson_id), 303)


@blueprint.route(f"{LESSON}/walk-in", methods=["GET", "POST"])
@open_to(*READERS)
def walk_in(lesson_id: int) -> Response | str | tuple[str, int]:
    """飛び入り: a name is enough."""
    by, now, form = current_actor(), clock.now(), forms.WalkInForm()
    lesson = _opened(lesson_id, by, now)
    if form.validate_on_submit():
        try:
            with transaction():
                actions.add_walk_in(form.key.data or "", lesson_id, name=form.name.data or "", by=by, now=now)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Added to the sheet."))
            return redirect(url_for("visits.sheet", lesson_id=lesson_id, _anchor="walk-ins"), 303)
    page = render_template("visits/walk_in.html", form=form, lesson=lesson)
    return (page, 422) if request.method == "POST" else page


@blueprint.route(f"{LESSON}/<int(max=2147483647):booking_id>", methods=["GET", "POST"])
@blueprint.route(f"{LESSON}/walk-in/<key>", methods=["GET", "POST"])
@open_to(*READERS)
def person(
    lesson_id: int, booking_id: int | None = None, key: str | None = None
) -> Response | str | tuple[str, int]:
    """What was practised with one person, how it went, and a note."""
    by, now = current_actor(), clock.now()
    lesson = open_sheet(lesson_id, by=by, now=now) if request.method == "GET" else _opened(lesson_id, by, now)
    who = queries.person(queries.sheet_of(lesson), booking_id=booking_id, key=key)
    form, changes = forms.LogForm(data=_prefilled(lesson, who)), []
    if request.args.get("how") == HowItWent.REFERRED and request.method == "GET":
        form.how_it_went.data = HowItWent.REFERRED
    if form.validate_on_submit():
        try:
            with transaction():
                visit = actions.log(
                    lesson_id, booking_id, _practice(form),
                    key=form.key.data or "", version=form.known_version, by=by, now=now,
                )  # fmt: skip
        except ChangedMeanwhile:
            lesson = queries.lesson(lesson_id, by=by, now=now)
            who = queries.person(queries.sheet_of(lesson), booking_id=booking_id, key=key)
            changes = _differences(form, who)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Saved %(time)s", time=queries.saved_at(visit)))
            return redirect(url_for("visits.sheet", lesson_id=lesson_id, _anchor=f"p-{visit.key}"), 303)
    page = render_template("visits/person.html", form=form, lesson=lesson, who=who, changes=changes, **WORDS)
    return (page, 422) if request.method == "POST" else page


@blueprint.route(f"{LESSON}/close", methods=["GET", "POST"])
@open_to(*READERS)
def close(lesson_id: int) -> Response | str | tuple[str, int]:
    """おわりの確認: who is not marked, then done."""
    by, now, refusal = current_actor(), clock.now(), None
    lesson = _opened(lesson_id, by, now)
    if request.method == "POST":
        try:
            with transaction():
                missing = actions.close_sheet(lesson_id, by=by, now=now)
        except Refusal as problem:
            refusal = problem
        else:
            if not missing:
                flash(_("The sheet is finished. Thank you for today."))
            return redirect(url_for("visits.close", lesson_id=lesson_id), 303)
    lesson = queries.lesson(lesson_id, by=by, now=now)
    page = render_template("visits/close.html", sheet=queries.sheet_of(lesson), refusal=refusal, **WORDS)
    return (page, 422) if refusal else page


def _opened(lesson_id: int, by: Actor, now: datetime) -> Lesson:
    """The lesson, for a page of it that is opened, or that sends what was typed there before."""
    if request.method == "GET":
        check_papers(by, now)
    return queries.lesson(lesson_id, by=by, now=now)


def _sheet_page(lesson: Lesson, refusal: Refusal | None = None) -> str:
    return render_template("visits/sheet.html", sheet=queries.sheet_of(lesson), refusal=refusal, **WORDS)


def _tap(lesson_id: int, act: Callable[[Actor, datetime], Visit]) -> Response | tuple[str, int]:
    by, now = current_actor(), clock.now()
    queries.lesson(lesson_id, by=by, now=now)
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        with transaction():
            visit = act(by, now)
    except Refusal as refusal:
        if wants_json:
            answer = jsonify(code=refusal.code, said=_(refusal.message, **refusal.params))
            answer.status_code = refusal.status
            return answer
        if isinstance(refusal, NotFound):
            raise
        return _sheet_page(queries.lesson(lesson_id, by=by, now=now), refusal), 422
    if wants_json:
        said = _("Saved %(time)s", time=queries.saved_at(visit))
        return jsonify(records=[queries.record_of(visit)], said=said)
    return redirect(url_for("visits.sheet", lesson_id=lesson_id, _anchor=f"p-{visit.key}"), 303)


def _prefilled(lesson: Lesson, who: queries.Person) -> dict[str, object]:
    """The record as it stands; where nothing is written yet, what is usual in this course and lesson."""
    visit, length = who.visit, rules.usual_minutes(lesson.starts_at, lesson.ends_at)
    return {
        "key": who.key,
        "version": str(visit.version if visit else 0),
        "how_it_went": (visit.how_it_went if visit else None) or "",
        "referred_to": visit.referred_to if visit else "",
        "practised": (visit.practised if visit else "")
        or rules.usual_practice(lesson.course.practised, lesson.course.title),
        "minutes": str((visit.minutes if visit else None) or length),
        "note": visit.note if visit else "",
    }


def _practice(form: forms.LogForm) -> actions.Practice:
    return actions.Practice(
        practised=form.practised.data or "",
        how_it_went=HowItWent(form.how_it_went.data) if form.how_it_went.data else None,
        referred_to=ReferralPlace(form.referred_to.data) if form.referred_to.data else None,
        minutes=form.known_minutes,
        note=form.note.data or "",
    )


def _differences(form: forms.LogForm, who: queries.Person) -> list[conflicts.Change]:
    """Field by field what the other person saved; the form now knows that version."""
    if who.visit is None:
        return []
    stored = forms.LogForm(formdata=None, obj=who.visit)
    return conflicts.between(form, stored, f"lesson:{who.visit.lesson_id}", who.visit.version).changes
