"""One supporter: their record, papers and next duties. In this room, since it shows lessons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, history
from ..core.access import Role, current_actor, open_to
from ..core.db import db, transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.i18n import WEEKDAYS
from ..core.japan import calendar
from ..core.operations import once
from ..core.paging import page_of, page_of_list
from ..office import queries as office
from ..people import supporter_actions as actions
from ..people import supporter_queries as people
from ..people import supporter_rules
from ..people.queries import district_names
from ..people.supporter_forms import OffForm, TakeOffBackForm, TakeTermBackForm, TermForm
from ..people.supporter_views import READERS
from ..people.supporter_words import NO_DUTY, SUPPORTER_HISTORY, SUPPORTER_KIND
from ..people.words import WISH
from . import supporter_queries as queries
from .supporter_actions import DutiesFirst, end_supporter
from .supporter_forms import EndForm

blueprint = Blueprint("supporter", __name__)

Answer = str | Response | tuple[str, int]
ONE = "/supporters/<int(max=2147483647):supporter_id>"


@blueprint.get(ONE)
@open_to(*READERS)
def page(supporter_id: int) -> Answer:
    return _page(supporter_id)


@blueprint.post(f"{ONE}/term")
@open_to(Role.COORDINATOR)
def set_term(supporter_id: int) -> Answer:
    form, now = TermForm(), clock.now()
    form.offer(clock.local_date(now))
    if form.validate():
        try:
            with transaction():
                actions.set_term(supporter_id, form.term(), by=current_actor(), now=now)
            flash(_("The term is entered."), "success")
            return redirect(url_for(".page", supporter_id=supporter_id), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(supporter_id, term_form=form), 422


@blueprint.post(f"{ONE}/term/take-back")
@open_to(Role.COORDINATOR)
def take_term_back(supporter_id: int) -> Answer:
    typed = TakeTermBackForm().fiscal_year.data or ""
    if not (typed.isascii() and typed.isdigit() and len(typed) == 4):
        abort(400)
    with transaction():
        actions.take_term_back(supporter_id, int(typed), by=current_actor(), now=clock.now())
    return redirect(url_for(".page", supporter_id=supporter_id), 303)


@blueprint.post(f"{ONE}/off")
@open_to(Role.COORDINATOR)
def add_off(supporter_id: int) -> Answer:
    form = OffForm()
    if form.validate() and enter_off(form, supporter_id):
        return redirect(url_for(".page", supporter_id=supporter_id), 303)
    return _page(supporter_id, off_form=form), 422


@blueprint.post(f"{ONE}/off/take-back")
@open_to(Role.COORDINATOR)
def take_off_back(supporter_id: int) -> Answer:
    give_off_back(supporter_id)
    return redirect(url_for(".page", supporter_id=supporter_id), 303)


@blueprint.route(f"{ONE}/end", methods=["GET", "POST"])
@open_to(Role.COORDINATOR)
def end(supporter_id: int) -> Answer:
    """The last day. The duties after it are named first, and taken off with the second press."""
    supporter, form, now = people.get(supporter_id), EndForm(), clock.now()
    first = clock.local_date(now)
    if request.method == "GET":
        form.version.data = str(supporter.version)
    elif form.validate():
        try:
            first = form.last_day() + timedelta(days=1)
            with transaction():
                lessons = end_supporter(
                    supporter_id, form.last_day(), form.seen_ids(), form.known_version, by=current_actor(), now=now
                )
            flash(_("The last day is entered. Duties taken off: %(count)s", count=len(lessons)), "success")
            return redirect(url_for(".page", supporter_id=supporter_id), 303)
        except ChangedMeanwhile:
            form.version.data = str(people.get(supporter_id).version)
            form.refuse(Refusal("Somebody else has changed this record. Please look again, and send once more."))
        except DutiesFirst as refusal:
            form.show(refusal.params["lesson_ids"])
            form.refuse(refusal)
        except Refusal as refusal:
            form.refuse(refusal)
    after = page_of(queries.duties(supporter_id, first))
    return render_template(
        "lessons/supporter_end.html", form=form, supporter=supporter, after=after, told=bool(form.seen.data)
    ), 422 if form.is_submitted() else 200


@blueprint.post(f"{ONE}/come-back")
@open_to(Role.COORDINATOR)
def come_back(supporter_id: int) -> Answer:
    with transaction():
        actions.come_back(supporter_id, by=current_actor(), now=clock.now())
    return redirect(url_for(".page", supporter_id=supporter_id), 303)


@blueprint.get("/supporters/without-papers")
@open_to(*READERS)
def without_papers() -> str:
    """Duties of the running fiscal year that cannot stay: somebody has left, or has no term, pledge or insurance."""
    return render_template(
        "lessons/supporters_without_papers.html", page=page_of_list(queries.without_papers(clock.now())),
        papers=NO_DUTY,
    )  # fmt: skip


def enter_off(form: OffForm, supporter_id: int) -> bool:
    """Whether the dates off are entered; if not, the form says why. Duties on these days are said with it."""
    by, now = current_actor(), clock.now()
    try:
        with transaction():
            once(
                form.operation.data,
                request.form,
                lambda: {"id": actions.add_off(supporter_id, form.off(), form.reason.data, by=by, now=now).id},
                by=by,
                now=now,
            )
        off = form.off()
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    within = queries.duties_between(supporter_id, off.from_day, off.until_day)
    if within:
        flash(_("The dates off are entered. Duties on these days stand until somebody changes them: %(count)s",
                count=within), "warning")  # fmt: skip
    else:
        flash(_("The dates off are entered."), "success")
    return True


def give_off_back(supporter_id: int) -> None:
    """Take back the dates off that the form names. Raises NotFound for those of somebody else."""
    typed = TakeOffBackForm().off_id.data or ""
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 9):
        abort(400)
    with transaction():
        actions.take_off_back(supporter_id, int(typed), by=current_actor(), now=clock.now())


def _page(supporter_id: int, *, term_form: TermForm | None = None, off_form: OffForm | None = None) -> str:
    supporter, today = people.get(supporter_id), clock.local_date(clock.now())
    if term_form is None:
        term_form = TermForm(formdata=None, fiscal_year=calendar.fiscal_year(today))
        term_form.offer(today)
    coming = page_of(queries.duties(supporter_id, today))
    names = {row.code: row.label for row in office.topics()}
    account = db.session.get(people.User, supporter.user_id) if supporter.user_id else None
    more: dict[str, Any] = {
        "missing": supporter_rules.missing_papers(people.papers_of(supporter), today),
        "against": queries.against(supporter_id, coming.items, today),
    }
    return render_template(
        "lessons/supporter.html", supporter=supporter, today=today, coming=coming, account=account,
        term_form=term_form, off_form=off_form or OffForm(formdata=None), kinds=SUPPORTER_KIND, wishes=WISH,
        papers=NO_DUTY, districts=district_names(), skills=[names[row.topic_code] for row in supporter.skills],
        weekdays=WEEKDAYS, label=calendar.fiscal_label, happened=SUPPORTER_HISTORY,
        history=history.of(actions.subject(supporter_id)), **more,
    )  # fmt: skip
