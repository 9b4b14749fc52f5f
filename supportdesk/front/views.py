"""きょう, a person's story, and the record of what was done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..core import chance, clock, history
from ..core.access import Role, current_actor, open_to, open_to_signed_in
from ..core.db import db
from ..core.forms import DeskForm
from ..core.paging import page_of
from ..desk import impostor_queries
from ..lessons import (
    least_queries,
    rota_queries,
    slot_queries,
    supporter_queries,
    timetable,
    waiting_queries,
    waiting_words,
)
from ..lessons.waiting_forms import AnswerForm
from ..messages import cost_queries
from ..messages import words as message_words
from ..office import setting_rules, setting_words
from ..office import settings as office_settings
from ..people import queries as people
from ..people import words as people_words
from ..people.looking import note_the_look
from ..reminders import light_queries, sending_again
from ..reminders import queries as reminder_queries
from ..reminders import words as reminder_words
from ..visits import words as visit_words
from . import story, words, worklist_over
from . import worklist_queries as worklist

blueprint = Blueprint("front", __name__)

ITEMS_TODAY = 5


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    """How pages name what reminders and messages are and how they ended, and what rooms to their right have done."""
    return {
        "act_words": words.HISTORY,
        "message_status_words": message_words.MESSAGE_STATUS,
        "message_channel_words": message_words.CHANNEL,
        "language_words": message_words.LANGUAGE,
        "light_words": reminder_words.LIGHT,
        "confirmed_words": reminder_words.CONFIRMED_BY,
        "why_words": reminder_words.WHY,
        "way_words": people_words.WISH,
        "step_words": reminder_words.STEP,
        "outcome_words": reminder_words.PERSON_OUTCOME,
        "answer_words": reminder_words.ANSWER,
        "wait_end_words": waiting_words.WAIT_END,
        "offer_state_words": waiting_words.OFFER_STATE,
        "attendance_words": visit_words.ATTENDANCE,
        "how_words": visit_words.HOW_IT_WENT,
        "stop_words": people_words.STOP_REASON,
        "need_words": people_words.NEED,
        "number_kind_words": people_words.NUMBER_KIND,
        "scope_words": people_words.CONTACT_SCOPE,
        "own_chain_words": people_words.OWN_CHAIN,
        "operation_key": chance.operation_key,
        "perhaps_twice": sending_again.perhaps_twice,
    }


@blueprint.get("/")
@open_to_signed_in
def home() -> Response | str:
    """きょう: one column of what waits, for those who work at the desk; others go to their own first page."""
    actor = current_actor()
    if not actor.has(Role.STAFF, Role.COORDINATOR, Role.MANAGER):
        # In a new town the administrator begins with its name: nothing leaves before.
        unnamed = setting_rules.made_up(office_settings.current())
        of_admin = "settings.overview" if unnamed else "accounts.list_people"
        first_pages = ((Role.VOLUNTEER, "visits.today"), (Role.ADMIN, of_admin))
        for role, endpoint in first_pages:
            if actor.has(role):
                return redirect(url_for(endpoint))
        return redirect(url_for("front.record"))
    now, office = clock.now(), office_settings.current()
    today = reminder_queries.today(now)
    waiting = worklist.lines(now, today.items)
    soonest = waiting[:ITEMS_TODAY]
    lessons = db.session.scalars(timetable.lessons(*clock.day_around(now)).where(_once_a_day())).all()
    return render_template(
        "front/home.html",
        now=now,
        lessons=lessons,
        slot_days=slot_queries.days_of(lessons),
        decisions=least_queries.to_decide(now),
        gaps=rota_queries.gaps_ahead(now, most=ITEMS_TODAY),
        lights=today.lights,
        lines=soonest,
        shown=reminder_queries.shown([line.item for line in soonest if line.item is not None]),
        total=len(waiting),
        minutes=sum(line.minutes for line in waiting),
        over=len(worklist_over.over(now)),
        hold=office.sending_hold,
        hold_since=worklist.held_since() if office.sending_hold else None,
        hold_reason=setting_words.hold_reason(office.sending_hold, office.hold_ends),
        budget=cost_queries.budget(office, now),
        without_papers=len(supporter_queries.without_papers(now)),
        impostor_alarms=impostor_queries.alarms(now),
        made_up=[setting_words.SETTING[name] for name in setting_rules.made_up(office)],
    )


def _once_a_day() -> sa.ColumnElement[bool]:
    """Of a day of slots one stands for all."""
    return slot_queries.alone(within=lambda of: sa.true(), prefers=lambda of: of.cancelled_at.is_(None))


@blueprint.get("/residents/<int(max=2147483647):resident_id>")
@open_to(Role.STAFF, Role.COORDINATOR)
def resident(resident_id: int) -> str:
    """One person's story, newest first, with the truth about each reminder in words at the top."""
    actor, now = current_actor(), clock.now()
    before = _instant(request.args.get("before"), now + timedelta(days=1))
    person = people.get(resident_id)
    bookings, waiting = story.upcoming(resident_id, now), waiting_queries.waiting_of(resident_id)
    page = render_template(
        "front/resident.html",
        person=person,
        same_line=people.sharing_a_number(person),
        coming=story.coming(bookings),
        waiting=waiting,
        positions=waiting_queries.positions(waiting),
        answers=AnswerForm(formdata=None),
        lights=light_queries.lights([booking.id for booking in bookings], now),
        story=story.story_of(resident_id, before=before, with_requests=actor.has(Role.STAFF)),
        first_page="before" not in request.args,
        number_form=DeskForm(formdata=None),
        with_notes=actor.has(Role.STAFF),
    )
    note_the_look(resident_id, by=actor, now=now)
    return page


def _instant(text: str | None, otherwise: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text or "")
        # OverflowError: the first or the last day of the calendar, which has no instant in another zone.
        return found.astimezone(UTC) if found.tzinfo else otherwise
    except (ValueError, OverflowError):
        return otherwise


@blueprint.get("/history")
@open_to(Role.ADMIN, Role.MANAGER, Role.AUDITOR)
def record() -> str:
    """Who did or looked at what, when, newest first. Holds no names of residents, no numbers, no texts to anybody;
    of the office's own values what they were before and after."""
    query = sa.select(history.HistoryRow).order_by(history.HistoryRow.id.desc())
    about = request.args.get("subject", "").strip()
    if about:
        query = query.where(history.HistoryRow.subject == about)
    return render_template(
        "front/history.html",
        page=page_of(query),
        subject=about,
        happened=words.HISTORY,
        subjects=setting_words.SUBJECT,
        changes=words.changes,
    )


@blueprint.get("/help")
@open_to_signed_in
def help_page() -> str:
    """What each screen is for, and what to do when something goes wrong."""
    return render_template("front/help.html")
