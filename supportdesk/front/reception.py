"""受付, the desk screen: find or add the person, note the trouble, offer the next lessons, book, read back.

One page in two ways. Without script it is sent step by step, and each answer is the whole page. With script the same
parts are fetched alone (`reception.js`); everything that may hold words of a caller travels in a body, never in an
address.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import SelectField

from ..core import clock, operations
from ..core.access import Role, current_actor, open_to
from ..core.db import db, transaction
from ..core.errors import Refusal
from ..core.forms import MY_NUMBER_SENTENCE, DeskForm
from ..core.japan.my_number import contains_my_number
from ..desk import queries as requests
from ..desk.rules import suggest_topic
from ..lessons import booking_queries, lottery_queries, series_queries, waiting_queries
from ..lessons.booking_rules import MOST_COMPANIONS, shown_number
from ..lessons.seats import hold_seats, release_hold
from ..office.list_words import REFERRAL_PLACE
from ..office.models import Topic
from ..people import queries as people
from ..people.actions import add_resident
from ..people.looking import note_the_look
from ..people.rules import ResidentData, TelephoneData, check, read_birth_year
from . import reception_queries as queries
from .reception_forms import CallForm, NewPersonForm, offer
from .reception_rules import said_of_number, split_kana
from .taking_calls import Call, take_call

blueprint = Blueprint("reception", __name__)

LARGEST_KEY = 2**31 - 1
# Acts that are about the chosen lesson.
WITH_A_LESSON = ("book", "wait", "squeeze")

# Fields of a resident's record that the short form asks in another shape.
_ASKED_AS = {"family_kana": "kana", "given_kana": "kana", "telephones-0-typed": "telephone", "town": "no_telephone"}


@blueprint.get("/desk")
@open_to(Role.STAFF)
def desk() -> str:
    """The screen as a call begins; `lesson` is kept for the next caller, `resident` chosen without script."""
    lesson_id = next(iter(_keys(request.args, "lesson")), None)
    form = _call_form(lesson=lesson_id, channel=request.args.get("channel", "phone"))
    return _screen(form, _ids(request.args))


@blueprint.post("/desk")
@open_to(Role.STAFF)
def take() -> Response | str | tuple[str, int]:
    """The acts of the screen: show lessons, hold a seat, book, wait for a seat, take somebody on the spot, or note the
    trouble alone."""
    form, ids, act = _call_form(), _ids(request.form), request.form.get("act")
    if act == "lessons":
        _adopt_suggestion(form)
        return _screen(form, ids)
    if form.validate():
        try:
            if act == "hold":
                _hold(form, ids)
                return _screen(form, ids)
            return _take(form, ids, form.lesson.data if act in WITH_A_LESSON else None, act or "")
        except Refusal as refusal:
            form.refuse(refusal)
    return _screen(form, ids), 422


@blueprint.get("/desk/people")
@open_to(Role.STAFF)
def found() -> str:
    return render_template("front/_people.html", **_found(request.args.get("q", "")), ids=_ids(request.args))


@blueprint.get("/desk/people/<int(max=2147483647):resident_id>")
@open_to(Role.STAFF)
def person(resident_id: int) -> str:
    """The card of a person, or one line of those who come along."""
    if request.args.get("as") == "companion":
        return render_template("front/_along.html", resident=people.get(resident_id), ids=[resident_id])
    return render_template("front/_person.html", card=_looked_at(resident_id), ids=[resident_id])


@blueprint.post("/desk/people")
@open_to(Role.STAFF)
def add_person() -> Response | str | tuple[str, int]:
    """Add a person with the least that is needed; who may be the same one already is shown first."""
    form = _new_form()
    alike = []
    if form.validate():
        try:
            data = check(_data(form), today=clock.local_date(clock.now()))
            alike = people.likely_duplicates(data)
            if not alike or "another" in request.form:
                return _added(form, data)
        except Refusal as refusal:
            refusal.field = _ASKED_AS.get(refusal.field or "", refusal.field)
            form.refuse(refusal)
    if "X-Partial" in request.headers:
        return render_template("front/_new_person.html", new_form=form, alike=alike), 422
    return _screen(_call_form_of_address(), [], new_form=form, alike=alike), 422


@blueprint.post("/desk/topic")
@open_to(Role.STAFF)
def topic() -> str:
    """Which topic the words point at. By POST, so that no caller's words stand in an address or a log."""
    text = request.form.get("text", "")
    code = suggest_topic(text)
    found = db.session.get(Topic, code) if code else None
    return render_template(
        "front/_suggestion.html",
        topic=found if found and found.retired_at is None else None,
        places=REFERRAL_PLACE,
        warning=MY_NUMBER_SENTENCE if contains_my_number(text) else "",
    )


@blueprint.post("/desk/lessons")
@open_to(Role.STAFF)
def lessons() -> str:
    form = _call_form()
    return _lessons_part(form, _ids(request.form))


@blueprint.post("/desk/hold")
@open_to(Role.STAFF)
def hold() -> str:
    """Keep seats in the chosen lesson, and show all lessons as they now stand."""
    form, ids, refused = _call_form(), _ids(request.form), ""
    try:
        _hold(form, ids)
    except Refusal as refusal:
        refused = _(refusal.message, **refusal.params)
    return _lessons_part(form, ids, refused)


@blueprint.post("/desk/release")
@open_to(Role.STAFF)
def release() -> str:
    """Give the held seats back; no lesson is chosen any more."""
    with transaction():
        release_hold(by=current_actor(), now=clock.now())
    form = _call_form()
    form.lesson.data, form.held_until.data = None, ""
    return _lessons_part(form, _ids(request.form))


def _take(form: CallForm, ids: list[int], lesson_id: int | None, act: str) -> Response:
    if act in WITH_A_LESSON and lesson_id is None:
        raise Refusal("Choose a lesson first.", code="no-lesson", field="lesson")
    call = Call(
        resident_ids=ids,
        channel=form.channel.data,
        topic_code=form.topic.data or None,
        text=form.text.data or "",
        urgent=form.urgent.data,
        lesson_id=lesson_id,
        companions=form.companions.data or 0,
        booked_by=form.booked_by.data,
        caller=form.caller.data or "",
        read_back=form.read_back.data,
        text_wished=form.text_wished.data,
        override_reason=form.override_reason.data or "",
        waits=act == "wait",
        asked_at=form.moment_asked(),
        on_the_spot=act == "squeeze",
        allowed_by=form.allowed_by.data or "",
    )
    by, now = current_actor(), clock.now()
    with transaction():
        result, _ran = operations.once(
            form.operation.data or "", [act, vars(call)], lambda: take_call(call, by=by, now=now), by=by, now=now
        )
    if result["bookings"]:
        done = {"booked": result["bookings"][0]}
    elif result["waiting"]:
        done = {"waits": result["waiting"]}
    else:
        done = {"noted": result["request"]}
    return redirect(url_for(".desk", channel=call.channel, **done), 303)


def _hold(form: CallForm, ids: list[int]) -> None:
    if form.lesson.data is None:
        raise Refusal("Choose a lesson first.", code="no-lesson", field="lesson")
    with transaction():
        if lottery_queries.is_undrawn(form.lesson.data):
            # An entry takes no seat; what was held for another lesson is not wanted any more.
            release_hold(by=current_actor(), now=clock.now())
            return
        hold_seats(form.lesson.data, _people(form, ids), by=current_actor(), now=clock.now())


def _added(form: NewPersonForm, data: ResidentData) -> Response | tuple[str, int]:
    by, now = current_actor(), clock.now()
    with transaction():
        result, _ran = operations.once(
            form.operation.data or "",
            data,
            lambda: {"resident": add_resident(data, by=by, now=now).id},
            by=by,
            now=now,
        )
    if "X-Partial" in request.headers:
        return person(result["resident"]), 201
    kept: dict[str, Any] = {name: request.form.get(name) or None for name in ("channel", "lesson")}
    return redirect(url_for(".desk", resident=result["resident"], **kept), 303)


def _screen(form: CallForm, ids: list[int], **more: Any) -> str:
    """The whole page in whatever state its forms and the address say."""
    now = clock.now()
    card = _looked_at(ids[0]) if ids else None
    if card and not form.district.data:
        form.district.data = card.resident.district_code or ""
    return render_template(
        "front/reception.html",
        form=form,
        ids=ids,
        card=card,
        along=booking_queries.get_residents(ids[1:]),
        lessons=_lessons(form, ids, now),
        done=_done(),
        **{"new_form": _new_form(), "alike": [], **_found(request.args.get("q", "")), **more},
    )


def _looked_at(resident_id: int) -> queries.PersonCard:
    """The card of a person, and a note of who saw it; before the card is read, since a note ends what was read."""
    now = clock.now()
    booking_queries.get_residents([resident_id])  # nobody looks at somebody who is not there
    note_the_look(resident_id, by=current_actor(), now=now)
    return queries.card(resident_id, now)


def _lessons_part(form: CallForm, ids: list[int], refused: str = "") -> str:
    return render_template("front/_lessons.html", form=form, lessons=_lessons(form, ids, clock.now()), refused=refused)


def _lessons(form: CallForm, ids: list[int], now: datetime) -> queries.Lessons:
    return queries.lessons_for(
        topic_code=_chosen(form.topic),
        district_code=_chosen(form.district),
        lesson_id=form.lesson.data,
        people=_people(form, ids),
        was_held=bool(form.held_until.data),
        by=current_actor(),
        now=now,
    )


def _done() -> dict[str, Any] | None:
    """What the call before came to, for the top of the empty screen."""
    booked, noted, waits = (next(iter(_keys(request.args, name)), None) for name in ("booked", "noted", "waits"))
    if noted:
        return {"request": requests.get(noted)}
    if waits:
        entry = waiting_queries.get_waiting(waits)
        return {"waiting": entry, "position": waiting_queries.positions([entry]).get(entry.id)}
    if not booked:
        return None
    booking = booking_queries.get_booking(booked)
    party = [booking, *booking_queries.others_of_party(booking)]
    lesson, people_ = booking.lesson, sum(1 + each.companions for each in party)
    lessons_booked = max(1, len(series_queries.bookings_beside(booking)))
    line = queries.line_of(lesson, people_, lessons_booked)
    number = "・".join(shown_number(each.number) for each in party)
    return {"booking": booking, "party": party, "number": number, "line": line + said_of_number(number)}


def _found(text: str) -> dict[str, Any]:
    people_found = people.search(text, queries.PEOPLE_SHOWN + 1)
    more = len(people_found) > queries.PEOPLE_SHOWN
    return {"q": text, "people": people_found[: queries.PEOPLE_SHOWN], "more": more}


def _call_form(**values: Any) -> CallForm:
    form = CallForm(**values)
    offer(form)
    if form.lesson.data is not None and not 0 < form.lesson.data <= LARGEST_KEY:
        form.lesson.data = None
    return form


def _call_form_of_address() -> CallForm:
    """The form of a call while another form was sent: empty but for what that one carries along."""
    lesson_id = next(iter(_keys(request.form, "lesson")), None)
    form = CallForm(formdata=None, channel=request.form.get("channel", "phone"), lesson=lesson_id)
    offer(form)
    return form


def _new_form() -> NewPersonForm:
    form = NewPersonForm(formdata=request.form if request.endpoint == f"{blueprint.name}.add_person" else None)
    offer(form)
    return form


def _data(form: NewPersonForm) -> ResidentData:
    family, given = split_kana(form.kana.data or "")
    typed = form.telephone.data or ""
    try:
        birth_year = read_birth_year(form.birth_year.data or "")
    except Refusal as refusal:
        refusal.field = "birth_year"
        raise
    return ResidentData(
        family_kana=family,
        given_kana=given,
        birth_year=birth_year,
        district_code=form.district.data or None,
        no_telephone=form.no_telephone.data,
        telephones=(TelephoneData(typed),) if typed.strip() else (),
    )


def _adopt_suggestion(form: CallForm) -> None:
    """Without script the suggestion is put into the select, where the clerk sees it and may change it."""
    if not form.topic.data:
        form.topic.data = suggest_topic(form.text.data or "") or ""


def _ids(values: Any) -> list[int]:
    """Whose call it is and who comes along, in order, each once."""
    return list(dict.fromkeys(_keys(values, "resident")))


def _keys(values: Any, name: str) -> list[int]:
    # PostgreSQL answers a number beyond its integers with an error, not with "there is none".
    return [each for each in values.getlist(name, type=int) if 0 < each <= LARGEST_KEY]


def _chosen(field: SelectField) -> str | None:
    # The parts of the page ask before the form is checked, and PostgreSQL cannot be asked for NUL.
    return field.data if field.data and any(choice[0] == field.data for choice in field.iter_choices()) else None


def _people(form: DeskForm, ids: list[int]) -> int:
    """How many people come; the parts of the page ask before the form is checked."""
    return max(1, len(ids)) + min(max(form["companions"].data or 0, 0), MOST_COMPANIONS)
