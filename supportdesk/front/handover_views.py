"""The pages of hand-overs (引き継ぎ): what one person has goes to another in one act, with a paper that both sign."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Actor, Role, current_actor, open_to
from ..core.db import db, transaction
from ..core.errors import Refusal
from ..core.operations import once
from ..core.paging import page_of
from . import handover, handover_words
from . import handover_queries as queries
from . import handover_rules as rules
from .handover import HandOverData
from .handover_forms import Duties, HandOverForm, WhoForm
from .handover_models import HandOver
from .handover_rules import CHOSEN, ItemKind, ItemOutcome, Plan

blueprint = Blueprint("handover", __name__)

Answer = str | Response | tuple[str, int]
WHO = (Role.STAFF, Role.COORDINATOR, Role.MANAGER, Role.ADMIN)
FOR_ALL = (Role.MANAGER, Role.ADMIN)
ONE = "/hand-overs/<int(max=2147483647):hand_over_id>"


@blueprint.get("/hand-overs")
@open_to(*WHO)
def index() -> Answer:
    """Those who may hand over for others see all, others those that they have a part in."""
    actor = current_actor()
    page = page_of(queries.all_hand_overs(None if actor.has(*FOR_ALL) else actor.id))
    return render_template(
        "front/hand_over/index.html", page=page, states=handover_words.STATE, tones=handover_words.TONE,
        today=clock.local_date(clock.now()),
    )  # fmt: skip


@blueprint.get("/hand-overs/new")
@open_to(*WHO)
def look() -> Answer:
    """Choose who and when, then everything that would be handed over."""
    who = _who_form(current_actor(), request.args)
    if not who.from_id.data or not who.to_id.data:
        return _page(who, None)
    return _page(who, HandOverForm(formdata=None)) if who.validate() else (_page(who, None), 422)


@blueprint.post("/hand-overs/new")
@open_to(*WHO)
def add() -> Answer:
    actor, now = current_actor(), clock.now()
    who, form, duties = _who_form(actor, request.form), HandOverForm(), Duties(request.form)
    if not (who.validate() & form.validate()) or not duties.good:
        return _page(who, form, duties), 422
    try:
        with transaction():
            data = _data(actor, who, form, duties)
            made, _ran = once(
                form.operation.data, request.form,
                lambda: {"id": handover.hand_over(data, seen=form.seen.data or None, by=actor, now=now).id},
                by=actor, now=now,
            )  # fmt: skip
    except Refusal as refusal:
        (who if who.leaf(refusal.field or "") else form).refuse(refusal)
        return _page(who, form, duties), 422
    return redirect(url_for(".show", hand_over_id=made["id"]), 303)


def _data(actor: Actor, who: WhoForm, form: HandOverForm, duties: Duties) -> HandOverData:
    from_id, to_id = int(who.from_id.data), int(who.to_id.data)
    rules.check_may(own=from_id == actor.id, of_all=actor.has(*FOR_ALL))
    on = who.day(clock.local_date(clock.now()))
    return HandOverData(from_id, to_id, on, Plan(form.kinds, duties.chosen), form.note.data or "")


def _who_form(actor: Actor, typed: MultiDict[str, str]) -> WhoForm:
    everybody = queries.everybody()
    givers = everybody if actor.has(*FOR_ALL) else [one for one in everybody if one.id == actor.id]
    # Who begins on 1 April takes over a hand-over that is prepared in March.
    return WhoForm(typed).offer(givers, [one for one in everybody if one.active])


def _page(who: WhoForm, form: HandOverForm | None, duties: Duties | None = None) -> str:
    """The choice of people and, as far as that can be read, what there is to hand over."""
    now, found, duties = clock.now(), None, duties or Duties(MultiDict())
    if form is not None and not any(field.errors for field in who):
        try:
            data = _data(current_actor(), who, form, duties)
            rules.check_day(data.on, clock.local_date(now))
            found = queries.found(data.from_id, data.to_id, data.plan, data.on, now)
            form.from_id.data, form.to_id.data, form.on.data = who.from_id.data, who.to_id.data, who.on.data
            form.seen.data = found.seen
        except Refusal as refusal:
            if not any((*who.form_errors, *form.form_errors)):
                who.refuse(refusal)
    names = queries.residents_named(found) if found and _reads_names(current_actor()) else {}
    return render_template(
        "front/hand_over/new.html", who=who, form=form, found=found, duties=duties, kinds=CHOSEN, names=names,
        kind_words=handover_words.KIND, shown=queries.SHOWN,
    )  # fmt: skip


def _reads_names(actor: Actor) -> bool:
    """Names of residents are for those who may open their records."""
    return actor.has(Role.STAFF, Role.COORDINATOR)


def _one(hand_over_id: int) -> HandOver:
    """A hand-over that this person may see. Raises NotFound, NotAllowed."""
    found, actor = queries.get(hand_over_id), current_actor()
    rules.check_may(own=actor.id in (found.from_id, found.to_id), of_all=actor.has(*FOR_ALL))
    return found


@blueprint.get(ONE)
@open_to(*WHO)
def show(hand_over_id: int) -> Answer:
    return _shown(_one(hand_over_id))


def _shown(found: HandOver) -> str:
    page = page_of(queries.items(found.id))
    today, actor = clock.local_date(clock.now()), current_actor()
    return render_template(
        "front/hand_over/show.html", found=found, page=page, counts=queries.counts(found.id),
        names=queries.names_of(page.items) if _reads_names(actor) else {}, plan=rules.plan_from(found.plan),
        kinds=CHOSEN, choices=handover_words.CHOICE, states=handover_words.STATE, tones=handover_words.TONE,
        may_take=queries.may_take(found.to_user, max(today, found.takes_effect_on)), today=today,
        may_withdraw=actor.has(*FOR_ALL) or actor.id == found.from_id, **_item_words(),
    )  # fmt: skip


@blueprint.get(f"{ONE}/paper")
@open_to(*WHO)
def paper(hand_over_id: int) -> Answer:
    """引継書: as it was when it was handed over, however often it is printed."""
    found = _one(hand_over_id)
    items = db.session.scalars(queries.items(found.id)).all()
    tasks = (ItemKind.REQUEST, ItemKind.CALL_BACK, ItemKind.PERSON, ItemKind.DUTY)
    handed = [item for item in items if item.outcome is ItemOutcome.HANDED_OVER]
    return render_template(
        "front/hand_over/paper.html", found=found, back_href=url_for(".show", hand_over_id=found.id),
        tasks=[item for item in handed if item.kind in tasks],
        series=[item for item in handed if item.kind not in tasks],
        rest=[item for item in items if item.outcome is not ItemOutcome.HANDED_OVER],
        names=queries.names_of(items) if _reads_names(current_actor()) else {}, **_item_words(),
    )  # fmt: skip


def _item_words() -> dict[str, Any]:
    return {"kind_words": handover_words.KIND, "outcomes": handover_words.OUTCOME}


@blueprint.post(f"{ONE}/withdraw")
@open_to(*WHO)
def withdraw(hand_over_id: int) -> Answer:
    """Take back what was prepared."""
    found, actor = _one(hand_over_id), current_actor()
    rules.check_may(own=actor.id == found.from_id, of_all=actor.has(*FOR_ALL))
    try:
        with transaction():
            handover.withdraw(hand_over_id, by=actor, now=clock.now())
        flash(_("Taken back. Nothing was handed over."))
    except Refusal as refusal:
        flash(_(refusal.message, **refusal.params), "error")
    return redirect(url_for(".show", hand_over_id=hand_over_id), 303)
