"""要対応: all that waits for a person in one list, its outcomes in one tap, and the same on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, history
from ..core.access import Role, current_actor, open_to
from ..core.db import db, transaction
from ..core.errors import Refusal
from ..core.operations import once
from ..core.paging import page_of_list
from ..desk import call_task_words, call_tasks
from ..desk.call_task_models import CallTask
from ..desk.call_task_rules import UNDO_WITHIN, CallTaskOutcome
from ..lessons import least_queries, rota_queries
from ..lessons.booking_forms import row_id
from ..lessons.waiting_forms import AnswerForm
from ..office import queries as office_queries
from ..office import setting_words
from ..office import settings as office_settings
from ..reminders import actions as reminders
from ..reminders import queries as reminder_queries
from ..reminders import words as reminder_words
from ..reminders.models import PersonContact
from ..reminders.rules import AnswerKind, PersonOutcome
from . import worklist, worklist_over, worklist_rules, worklist_words
from . import worklist_queries as queries
from .forms import ContactForm, DutyContactForm, OutcomeForm, TaskForm, ToldForm
from .views import blueprint
from .worklist_forms import KeyForm
from .worklist_queries import Line
from .worklist_rules import DECISIONS, CallOutcome, LineKind, Next

OFFICE = (Role.STAFF, Role.COORDINATOR, Role.MANAGER)
MOST_ON_PAPER = 500

Answer = str | Response | tuple[str, int]


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {
        "call_task_kind_words": call_task_words.CALL_TASK_KIND,
        "call_task_outcome_words": call_task_words.CALL_TASK_OUTCOME,
        "call_outcomes": {each: worklist_words.CALL_OUTCOME[each] for each in worklist_rules.BY_TELEPHONE},
        "told_outcomes": {each: worklist_words.CALL_OUTCOME[each] for each in worklist_rules.OF_CANCELLED},
        "paper_outcomes": {each: worklist_words.CALL_OUTCOME[each] for each in worklist_rules.BY_PAPER},
        "tries_before_paper": worklist_rules.TRIES_BEFORE_PAPER,
    }


@dataclass(frozen=True)
class Filters:
    """What the address asks to see: one kind, one district, or all."""

    kind: str
    district: str | None

    @property
    def line_kind(self) -> LineKind | None:
        return LineKind(self.kind) if self.kind in list(LineKind) else None

    @property
    def with_decisions(self) -> bool:
        return self.kind in ("", DECISIONS)

    def choose(self, found: list[Line]) -> list[Line]:
        """The lines that are asked for."""
        return [] if self.kind == DECISIONS else queries.chosen(found, self.line_kind, self.district)


def _filters() -> Filters:
    kind = request.args.get("kind", "")
    return Filters(kind if kind in worklist_words.LINE_KIND else "", request.args.get("district") or None)


@blueprint.get("/action-items")
@open_to(*OFFICE)
def action_items() -> str:
    """要対応: everything and everybody that waits for a person, by how soon it matters, to be taken by anybody on
    duty."""
    return _items_page(ContactForm())


@blueprint.post("/action-items")
@open_to(*OFFICE)
def note_contact() -> Answer:
    """Note how a person's call ended."""
    form, actor, now = ContactForm(), current_actor(), clock.now()
    if not form.validate():
        return _items_page(form), 422
    booking_id, outcome = form.booking.data, CallOutcome(form.outcome.data)

    def act() -> dict[str, Any]:
        contact = worklist.note_outcome(
            booking_id, outcome, form.note.data or "", number=form.number.data or "", tries=form.tries.data,
            **form.answers(), by=actor, now=now,
        )  # fmt: skip
        return {"id": contact.id}

    try:
        with transaction():
            said = [booking_id, outcome, form.note.data, form.way.data, form.number.data]
            done, _ran = once(form.operation.data, said, act, by=actor, now=now)
    except Refusal as refusal:
        form.refuse(refusal)
        return _items_page(form), 422
    return redirect(_pressed_on(form, outcome, done["id"]), 303)


def _pressed_on(form: ContactForm, outcome: CallOutcome, contact_id: int) -> str:
    """The page of which the button was pressed: of one change, of all changes, or the list of all that waits."""
    back, page = form.back.data or "", request.args.get("page")
    one_change = back.isascii() and back.isdigit() and len(back) < 10
    if back != "changes" and not one_change:
        return _back_to_list(done=f"booking:{contact_id}")
    flash(_("Noted: %(outcome)s.", outcome=worklist_words.CALL_OUTCOME[outcome]))
    if one_change:
        return url_for("changes.show", change_id=int(back), page=page, _anchor="not-reached")
    return url_for("changes.not_reached", page=page)


def _back_to_list(**more: Any) -> str:
    """The list as it was filtered, on the same page of it."""
    kept: dict[str, Any] = {name: request.args[name] for name in ("kind", "district", "page") if request.args.get(name)}
    return url_for("front.action_items", **kept, **more)


@blueprint.post("/action-items/duties")
@open_to(*OFFICE)
def note_duty_contact() -> Answer:
    """Note how a person's call to a supporter about a duty ended."""
    form, actor, now = DutyContactForm(), current_actor(), clock.now()
    if not form.validate():
        return _items_page(form), 422
    duty, outcome = (form.lesson.data, form.supporter.data), PersonOutcome(form.outcome.data)

    def act() -> dict[str, Any]:
        reminders.note_duty_contact(*duty, outcome, form.note.data or "", by=actor, now=now)
        return {"duty": duty}

    try:
        with transaction():
            once(form.operation.data, [*duty, outcome, form.note.data], act, by=actor, now=now)
    except Refusal as refusal:
        form.refuse(refusal)
        return _items_page(form), 422
    flash(_("Noted: %(outcome)s.", outcome=reminder_words.PERSON_OUTCOME[outcome]))
    return redirect(_back_to_list(), 303)


@blueprint.post("/action-items/tasks/<int(max=2147483647):task_id>")
@open_to(*OFFICE)
def note_task(task_id: int) -> Answer:
    """Note how a call task's call ended."""
    form, actor, now = TaskForm(), current_actor(), clock.now()
    if not form.validate():
        return _items_page(form), 422
    outcome = CallTaskOutcome(form.outcome.data)

    def act() -> dict[str, Any]:
        call_tasks.note_outcome(task_id, outcome, form.note.data or "", tries=form.tries.data, by=actor, now=now)
        return {"id": task_id}

    try:
        with transaction():
            once(form.operation.data, [task_id, outcome, form.note.data], act, by=actor, now=now)
    except Refusal as refusal:
        form.refuse(refusal)
        return _items_page(form), 422
    return redirect(_back_to_list(done=f"task:{task_id}"), 303)


@blueprint.post("/action-items/take")
@open_to(*OFFICE)
def take_item() -> Answer:
    """"I take this", or give it back (`act` is `let-go`)."""
    form, actor, now = KeyForm(), current_actor(), clock.now()
    act = worklist.let_go if request.form.get("act") == "let-go" else worklist.take
    if form.validate():
        try:
            with transaction():
                act(form.key.data or "", by=actor, now=now)
            return redirect(_back_to_list(_anchor=(form.key.data or "").replace(":", "-")), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _items_page(ContactForm(formdata=None), form), 422


@blueprint.post("/action-items/take-back")
@open_to(*OFFICE)
def take_back() -> Answer:
    """Undo one's own last tap."""
    form, actor, now = KeyForm(), current_actor(), clock.now()
    kind, _colon, number = (form.key.data or "").partition(":")
    act = {"booking": worklist.take_back, "task": call_tasks.take_back}.get(kind)
    if form.validate() and act is not None and number.isascii() and number.isdigit() and len(number) < 10:
        try:
            with transaction():
                act(int(number), by=actor, now=now)
            flash(_("Taken back. It stands on the list as before."))
            return redirect(_back_to_list(), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _items_page(ContactForm(formdata=None), form), 422


def _items_page(form: OutcomeForm, other: KeyForm | None = None) -> str:
    now, filters = clock.now(), _filters()
    everything = queries.lines(now)
    found = filters.choose(everything)
    # Refused acts come from addresses of their own, at which nothing can be looked at.
    page = page_of_list(found, at="front.action_items")
    items = [line.item for line in page.items if line.item is not None]
    office = office_settings.current()
    return render_template(
        "front/action_items.html",
        form=form,
        other=other,
        page=page,
        filters=filters,
        kinds=worklist_words.LINE_KIND,
        districts=office_queries.districts(),
        loads=queries.by_district(queries.chosen(everything, filters.line_kind, None)),
        shown=reminder_queries.shown(items),
        wrong=queries.wrong_numbers({item.resident_id for item in items if item.resident_id}),
        answers=AnswerForm(formdata=None),
        told=ToldForm(formdata=None),
        decisions=least_queries.to_decide(now) if filters.with_decisions else [],
        gaps=rota_queries.left_open(now) if filters.with_decisions else None,
        total=len(everything),
        minutes=sum(line.minutes for line in found),
        unknown=sum(line.kind is LineKind.UNKNOWN for line in everything),
        over=len(worklist_over.over(now)),
        done=_done(request.args.get("done", "")),
        hold=office.sending_hold,
        hold_reason=setting_words.hold_reason(office.sending_hold, office.hold_ends),
        hold_since=queries.held_since() if office.sending_hold else None,
        now=now,
    )


@dataclass(frozen=True)
class Done:
    """The last tap of this person: of whom, how it ended, and what happens next. `key` takes it back."""

    key: str
    name: str
    words: str
    next: str
    resident_id: int | None
    asks_number: bool
    may_undo: bool


def _done(named: str) -> Done | None:
    """What the address names as done, if it is this person's and still new."""
    kind, _colon, number = named.partition(":")
    try:
        found_id = row_id(number)
    except ValueError:
        return None
    if kind == "booking":
        return _done_contact(found_id, clock.now())
    return _done_task(found_id, clock.now()) if kind == "task" else None


def _done_contact(contact_id: int, now: datetime) -> Done | None:
    contact = db.session.get(PersonContact, contact_id)
    if contact is None or not _mine(contact.by_name, contact.at, now):
        return None
    answer, booking, tries = queries.behind(contact)
    comes = answer is AnswerKind.WILL_COME
    follows = worklist_rules.what_next(
        contact.outcome, tries, comes=comes, cancelled=booking.cancelled_at is not None, family=contact.with_family
    )
    outcome = CallOutcome.WILL_COME if comes else CallOutcome(contact.outcome.value)
    return Done(
        f"booking:{contact.id}", booking.resident.name, str(worklist_words.CALL_OUTCOME[outcome]),
        str(worklist_words.NEXT[follows]), booking.resident_id, follows in worklist_rules.NUMBER_WANTED,
        booking.cancelled_at is None,
    )  # fmt: skip


def _done_task(task_id: int, now: datetime) -> Done | None:
    task = db.session.get(CallTask, task_id)
    if task is None:
        return None
    name = task.resident.name if task.resident else _("Not known")
    if task.end is not None and task.ended_at and _mine(task.ended_by, task.ended_at, now):
        words, follows = call_task_words.CALL_TASK_END[task.end], Next.DONE
        if task.end.value == CallTaskOutcome.WRONG_NUMBER and task.resident_id is not None:
            follows = Next.ASK_NUMBER
    elif task.taken_at and _mine(task.taken_by, task.taken_at, now):
        # The task itself keeps only how often it was tried.
        [tried] = history.of(call_tasks.about(task.id), limit=1)
        outcome = CallTaskOutcome(tried.details.get("outcome", CallTaskOutcome.NO_ANSWER))
        words, follows = call_task_words.CALL_TASK_OUTCOME[outcome], worklist_rules.what_next(outcome, task.tries)
    else:
        return None
    return Done(
        f"task:{task.id}", name, str(words), str(worklist_words.NEXT[follows]), task.resident_id,
        follows is Next.ASK_NUMBER, True,
    )  # fmt: skip


def _mine(by_name: str, at: datetime, now: datetime) -> bool:
    return by_name == current_actor().name and now < at + UNDO_WITHIN


@blueprint.get("/action-items/paper")
@open_to(*OFFICE)
def action_items_paper() -> str:
    """The morning's call list: A4, a sheet for each district, in the order of calling. That it was printed is
    recorded."""
    actor, now, filters = current_actor(), clock.now(), _filters()
    found = [line for line in filters.choose(queries.lines(now)) if line.kind is not LineKind.PAPER]
    listed = found[:MOST_ON_PAPER]
    items = [line.item for line in listed if line.item is not None]
    names = {row.code: row.name for row in office_queries.districts()}
    sheets = [
        (names.get(code, _("District not known")), queries.chosen(listed, None, code))
        for code in [*names, *sorted({line.district for line in listed} - set(names))]
        if any(line.district == code for line in listed)
    ]
    page = render_template(
        "front/action_items_paper.html", sheets=sheets, shown=reminder_queries.shown(items), now=now,
        answers=AnswerForm(formdata=None), told=ToldForm(formdata=None),
        total=len(found), listed=len(listed), back_href=_back_to_list(),
    )  # fmt: skip
    with transaction():
        worklist.note_the_printing(len(listed), by=actor, now=now)
    return page
