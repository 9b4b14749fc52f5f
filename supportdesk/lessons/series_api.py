"""Series and copied months, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from ..accounts.in_charge_schemas import InChargeSchema
from ..core import clock
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Asked, page_of
from ..core.api.writing import Answer, one_external_id, write
from ..core.db import db
from ..core.edits import at_field
from . import copying, lengthening, registering, series_actions, series_changes, series_queries, series_rules, timetable
from .decision_rules import Decision
from .lengthening import Lengthening
from .lengthening_rules import Longer
from .models import Lesson, Series
from .schemas import LessonSchema
from .series_actions import SeriesData
from .series_changes import Change
from .series_rules import Pattern
from .series_schemas import (
    CancelLessonsSchema,
    ChangeSeriesSchema,
    CopiesSchema,
    EffectsSchema,
    LengtheningSchema,
    LengthenSchema,
    LessonIdsSchema,
    MoveSeriesSchema,
    NewSeriesSchema,
    PreviewSchema,
    RegistrationSchema,
    SentChangeSchema,
    SentLengthenSchema,
    SentMonthSchema,
    SentSeriesSchema,
    SeriesAskedSchema,
    SeriesSchema,
)

series = ApiBlueprint("series", "Series: lessons planned, booked and changed together; months copied to the next")

SERIES, PREVIEW, EFFECTS, LESSON_IDS, COPIES, LENGTHENING = (
    SeriesSchema(), PreviewSchema(), EffectsSchema(), LessonIdsSchema(), CopiesSchema(), LengtheningSchema(),
)  # fmt: skip
ONE = "/series/<int(max=2147483647):series_id>"
CHANGE = ("course_id", "room_id", "start", "minutes", "seats", "supporter_ids", "thing_ids")


@series.route("/series", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:series")
@series.arguments(SeriesAskedSchema(), location="query")
@series.response(200, page_of(SeriesSchema))
def list_series(asked: dict[str, Any]) -> dict[str, Any]:
    """Series in the order in which they were planned."""
    found = series_queries.all_series(
        district_code=asked.get("district", ""), course_id=asked.get("course_id"),
        in_charge_id=asked.get("in_charge_id"),
    )  # fmt: skip
    return page(found, (Series.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@series.route(ONE, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:series")
@series.response(200, SERIES)
def one_series(series_id: int) -> Series:
    """One series."""
    return series_queries.get(series_id)


@series.route(f"{ONE}/lessons", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:series")
@series.arguments(Asked(), location="query")
@series.response(200, page_of(LessonSchema))
def lessons_of_series(asked: dict[str, Any], series_id: int) -> dict[str, Any]:
    """The lessons of a series by their start."""
    series_queries.get(series_id)
    found = series_queries.lessons(series_id)
    return page(found, (Lesson.starts_at, Lesson.id), limit=asked["limit"], cursor=asked.get("cursor"))


@series.route("/series/preview", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="read:series")
@series.arguments(SentSeriesSchema())
@series.response(200, PREVIEW)
def preview(sent: dict[str, Any]) -> series_actions.Preview:
    """Each date of a series with what stands against it. Nothing is saved."""
    decisions = decisions_sent(sent)
    return series_actions.preview(_series(sent), decisions, clock.now())


@series.route("/series", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:series")
@series.arguments(NewSeriesSchema())
@series.response(201, SERIES)
@series.alt_response(200, schema=SERIES, description="There was one with this external_id; nothing was changed.")
def add_series(sent: dict[str, Any]) -> Response:
    """Plan a series and its lessons, in preparation, all or none. 409 `unsettled` names the dates against which
    something stands that nobody has decided."""
    external_id, decisions = sent.pop("external_id", None), decisions_sent(sent)

    def act(by: Actor, now: datetime) -> Answer:
        known = series_queries.by_external_id(external_id)
        if known is not None:
            return SERIES.dump(known), 200
        with one_external_id():
            made = series_actions.add_series(_series(sent), decisions, external_id=external_id, by=by, now=now)
        return SERIES.dump(made), 201

    return write(act)


@series.route(f"{ONE}/change/preview", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="read:series")
@series.arguments(SentChangeSchema())
@series.response(200, EFFECTS)
def effects(sent: dict[str, Any], series_id: int) -> series_changes.Effects:
    """What a change would do: lessons, bookings, what stands against it. Nothing is saved."""
    series_queries.get(series_id)
    decisions = decisions_sent(sent)
    return series_changes.effects(
        series_id, sent["scope"], sent["lesson_id"], _change(sent), decisions, clock.now()
    )


@series.route(f"{ONE}/change", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:series")
@series.arguments(ChangeSeriesSchema())
@series.response(200, SERIES)
def change(sent: dict[str, Any], series_id: int) -> Response:
    """Change one lesson, this and the later ones, or all that have not begun, as the series was in the version named.
    Bookings go along."""
    decisions = decisions_sent(sent)

    def act(by: Actor, now: datetime) -> Answer:
        series_changes.change_series(
            series_id, sent["version"], sent["scope"], sent["lesson_id"], _change(sent), decisions,
            seen=sent.get("seen"), by=by, now=now,
        )  # fmt: skip
        return SERIES.dump(series_queries.get(series_id)), 200

    return write(act)


@series.route(f"{ONE}/cancel", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:series")
@series.arguments(CancelLessonsSchema())
@series.response(200, LESSON_IDS)
def cancel(sent: dict[str, Any], series_id: int) -> Response:
    """Cancel lessons of a series that have not begun: the ids of those that were."""

    def act(by: Actor, now: datetime) -> Answer:
        ended = series_changes.cancel_lessons(
            series_id, sent["version"], sent["scope"], sent["lesson_id"], sent["reason"], seen=sent.get("seen"),
            by=by, now=now,
        )  # fmt: skip
        return LESSON_IDS.dump({"lesson_ids": [one.id for one in ended]}), 200

    return write(act)


@series.route(f"{ONE}/state", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:series")
@series.arguments(MoveSeriesSchema())
@series.response(200, LESSON_IDS)
def move(sent: dict[str, Any], series_id: int) -> Response:
    """Move all lessons that have not begun and may go there to a state: the ids of those that went."""

    def act(by: Actor, now: datetime) -> Answer:
        moved = series_changes.move_lessons(series_id, sent["to"], by=by, now=now)
        return LESSON_IDS.dump({"lesson_ids": [one.id for one in moved]}), 200

    return write(act)


@series.route(f"{ONE}/lengthen/preview", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="read:series")
@series.arguments(SentLengthenSchema())
@series.response(200, LENGTHENING)
def preview_lengthening(sent: dict[str, Any], series_id: int) -> Lengthening:
    """Each further date with what stands against it. Nothing is saved."""
    decisions = decisions_sent(sent)
    return lengthening.look(series_id, _longer(sent), decisions, clock.now())


@series.route(f"{ONE}/lengthen", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:series")
@series.arguments(LengthenSchema())
@series.response(201, LESSON_IDS)
def lengthen(sent: dict[str, Any], series_id: int) -> Response:
    """Let a series go on by its rule, as it was in the version named: the ids of the new lessons. Whoever has booked
    the whole is booked into them."""
    decisions = decisions_sent(sent)

    def act(by: Actor, now: datetime) -> Answer:
        made = lengthening.lengthen(series_id, sent["version"], _longer(sent), decisions, by=by, now=now)
        return LESSON_IDS.dump({"lesson_ids": [one.id for one in made]}), 201

    return write(act)


@series.route(f"{ONE}/registration", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:series")
@series.arguments(RegistrationSchema())
@series.response(200, SERIES)
def change_registration(sent: dict[str, Any], series_id: int) -> Response:
    """Let residents book the series the other way from now on. Bookings stay; 409 `somebody-waits`."""

    def act(by: Actor, now: datetime) -> Answer:
        registering.change_registration(series_id, sent["version"], sent["to"], by=by, now=now)
        return SERIES.dump(series_queries.get(series_id)), 200

    return write(act)


@series.route(f"{ONE}/in-charge", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:series")
@series.arguments(InChargeSchema())
@series.response(200, SERIES)
def put_in_charge(sent: dict[str, Any], series_id: int) -> Response:
    """Give a series to somebody who plans lessons, or to nobody."""

    def act(by: Actor, now: datetime) -> Answer:
        series_actions.put_in_charge(series_id, sent["user_id"], seen=sent["seen"], by=by, now=now)
        return SERIES.dump(db.session.get(Series, series_id, populate_existing=True)), 200

    return write(act)


@series.route("/series/copy-month/preview", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="read:series")
@series.arguments(SentMonthSchema())
@series.response(200, COPIES)
def preview_copy(sent: dict[str, Any]) -> copying.MonthCopy:
    """The lessons of a month as they would be in the next. Nothing is saved."""
    month, decisions = series_rules.read_month(sent["month"]), decisions_sent(sent)
    return copying.preview_copy(month, sent["district"], decisions, clock.now())


@series.route("/series/copy-month", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:series")
@series.arguments(SentMonthSchema())
@series.response(201, LESSON_IDS)
def copy_month(sent: dict[str, Any]) -> Response:
    """Copy the lessons of a month to the same weekday of the same week of the next, all or none; what is there already
    is left alone."""
    decisions = decisions_sent(sent)

    def act(by: Actor, now: datetime) -> Answer:
        made = copying.copy_month(series_rules.read_month(sent["month"]), sent["district"], decisions, by=by, now=now)
        return LESSON_IDS.dump({"lesson_ids": [one.id for one in made]}), 201

    return write(act)


def decisions_sent(sent: dict[str, Any]) -> dict[str, Decision]:
    """By key; what stands twice counts as it stands last."""
    return {
        one["key"]: Decision(**{name: value for name, value in one.items() if name != "key"})
        for one in sent.pop("decisions")
    }


def _longer(sent: dict[str, Any]) -> Longer:
    return Longer(sent.get("times"), sent.get("until"), tuple(sent["listed"]))


def _series(sent: dict[str, Any]) -> SeriesData:
    with at_field("course_id"):
        course = timetable.course(sent["course_id"])
    pattern = Pattern(
        sent["rule"], sent.get("first_day"), sent["every_weeks"], sent.get("until"), sent.get("times"),
        tuple(sent["listed"]),
    )  # fmt: skip
    return SeriesData(
        course_id=course.id, room_id=sent["room_id"], pattern=pattern, start=sent["start"],
        minutes=sent.get("minutes", course.minutes), seats=sent.get("seats", course.seats), least=sent["least"],
        registration=sent["registration"], supporter_ids=tuple(sorted(set(sent["supporter_ids"]))),
        thing_ids=tuple(sorted(set(sent["thing_ids"]))), note=sent["note"],
    )  # fmt: skip


def _change(sent: dict[str, Any]) -> Change:
    given = {name: sent[name] for name in CHANGE if name in sent}
    for name in {"supporter_ids", "thing_ids"} & given.keys():
        given[name] = tuple(sorted(set(given[name])))
    return Change(**given)
