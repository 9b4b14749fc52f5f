"""Rows for tests, each with the least that a rule asks for. Each opens its own transaction."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import current_app

from supportdesk.accounts import tokens
from supportdesk.accounts.models import User, UserRole
from supportdesk.core import clock
from supportdesk.core.access import HOUSE, Actor, Role, all_scopes
from supportdesk.core.db import Base, db, transaction
from supportdesk.lessons.models import Booking, Course, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from supportdesk.lessons.slot_rules import kind_of
from supportdesk.office.models import District, Topic
from supportdesk.people.models import Resident, Supporter, SupporterTerm, Telephone
from supportdesk.people.rules import NumberKind, Wish
from supportdesk.places.models import Room, Thing, Venue
from supportdesk.places.thing_rules import Equipment

__all__ = ["Actor"]

START = datetime(2026, 7, 6, 1, 0, tzinfo=UTC)
_numbers = itertools.count(1)
T = TypeVar("T", bound=Base)


def save(row: T) -> T:
    with transaction() as session:
        session.add(row)
    return row


def user(*roles: Role, **values: Any) -> User:
    n = next(_numbers)
    made = {
        "username": f"user{n}",
        "name": f"職員{n}",
        "password": None,
        "fs_uniquifier": f"uniquifier-{n}",
        "first_day": date(2026, 4, 1),
        "created_at": START,
    } | values
    return save(User(**made, roles=[UserRole(name=role) for role in roles]))


def actor_of(person: User) -> Actor:
    return Actor(person.id, person.name, person.role_set)


def token(*roles: Role, scopes: Collection[str] | None = None, **values: Any) -> str:
    """A program's token (of staff, for all scopes, unless said otherwise)."""
    known = all_scopes(current_app)
    with transaction():
        return tokens.add_token(
            values.get("name", f"program{next(_numbers)}"), roles or (Role.STAFF,), known if scopes is None else scopes,
            values.get("last_day"), known_scopes=known, by=HOUSE, now=START,
        )  # fmt: skip


def staff() -> Actor:
    return actor_of(user(Role.STAFF))


def district(code: str = "KCN", **values: Any) -> District:
    made = {
        "name": "口之津", "name_kana": "クチノツ", "town_name": "口之津町", "sort_order": 2,
        "latitude": 32.611, "longitude": 130.187,
    } | values  # fmt: skip
    return db.session.get(District, code) or save(District(code=code, **made))


def topic(code: str = "PHOTO", **values: Any) -> Topic:
    made = {"label": "写真・動画・容量", "group": "基本", "first_route": "class", "urgent": False, "sort_order": 4}
    return db.session.get(Topic, code) or save(Topic(code=code, **(made | values)))


def resident(kana: str = "ホンダ ハル", number: str | None = None, **values: Any) -> Resident:
    family, _, given = kana.partition(" ")
    person = Resident(family_kana=family, given_kana=given, created_at=START, no_telephone=number is None, **values)
    if number is not None:
        kind = NumberKind.MOBILE if number.startswith(("+8190", "+8180", "+8170")) else NumberKind.LANDLINE
        person.telephones = [Telephone(number=number, typed=number, kind=kind, whose="本人", position=1)]
    return save(person)


def supporter(person: User | None = None, **values: Any) -> Supporter:
    """A volunteer with all papers of the years in which the tests play, unless `values` say otherwise."""
    made = {
        "name": "支援 花子", "kana": "シエン ハナコ", "pledged_on": date(2025, 4, 1),
        "terms": [term(year) for year in range(2025, 2029)],
    } | values  # fmt: skip
    return save(Supporter(user_id=person.id if person else None, **made))


def term(year: int, **values: Any) -> SupporterTerm:
    """委嘱 of a whole fiscal year, insured from its first day on; not saved yet."""
    made = {"from_day": date(year, 4, 1), "until_day": date(year + 1, 3, 31), "insured_on": date(year, 4, 1)}
    return SupporterTerm(fiscal_year=year, **made | values)


def venue(**values: Any) -> Venue:
    made = {"name": "口之津公民館", "name_kana": "クチノツコウミンカン", "short_name": "口之津公民館"} | values
    return save(Venue(**made))


def room(place: Venue | None = None, **values: Any) -> Room:
    place = place or venue()
    return save(Room(venue_id=place.id, **({"name": f"研修室{next(_numbers)}", "seats": 20} | values)))


def thing(label: str = "ルーター1号", equipment: Equipment = Equipment.WIFI, **values: Any) -> Thing:
    return save(Thing(label=label, equipment=equipment, **values))


def course(**values: Any) -> Course:
    made = {"title": "写真をとる・見る・消す", "minutes": 60, "seats": 8, "learners_per_supporter": 4} | values
    return save(Course(**made))


def lesson(*, starts_at: datetime | None = None, seats: int = 8, **values: Any) -> Lesson:
    """An open lesson nine days after START, in a room of its own."""
    starts_at = starts_at or START + timedelta(days=9)
    place = values.pop("room", None) or room()
    syllabus = values.pop("course", None) or course()
    made = {
        "course_id": syllabus.id,
        "venue_id": place.venue_id,
        "room_id": place.id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=60),
        "seats": seats,
        "booking_opens_at": starts_at - timedelta(days=60),
        "booking_closes_at": starts_at - timedelta(hours=1),
        "state": LessonState.OPEN,
    } | values
    return save(Lesson(**made))


def slot(*, starts_at: datetime | None = None, seats: int = 1, **values: Any) -> Lesson:
    """A half hour at so many tables, nine days after START, open; of a course of its own unless one is given."""
    starts_at = starts_at or START + timedelta(days=9)
    syllabus = values.pop("course", None) or course(category="consult", minutes=30, seats=1)
    made = {
        "course": syllabus, "kind": kind_of(syllabus.category), "ends_at": starts_at + timedelta(minutes=30),
        "slot_day": clock.local_date(starts_at),
    } | values  # fmt: skip
    return lesson(starts_at=starts_at, seats=seats, **made)


# ---- reminders


def booking(person: Resident | None = None, course_date: Lesson | None = None, **values: Any) -> Booking:
    """An active booking by telephone, three weeks before START; it takes its seat."""
    person = person or resident(number="+819000000001")
    course_date = course_date or lesson()
    made = {
        "party": f"party{next(_numbers)}",
        "booked_by": BookedBy.SELF,
        "channel": BookingChannel.PHONE,
        "read_back": True,
        "booked_at": START - timedelta(days=21),
        "booked_by_user": "職員",
    } | values
    with transaction() as session:
        session.execute(
            sa.update(Lesson).where(Lesson.id == course_date.id).values(seats_taken=Lesson.seats_taken + 1)
        )
    return save(Booking(lesson_id=course_date.id, resident_id=person.id, **made))


def reminded_by_text(kana: str = "ホンダ ハル", number: str = "+819000000001", **values: Any) -> Resident:
    """A resident who wished texts, gave consent, and whose mobile was tried."""
    person = resident(kana, number, **({"wish": Wish.TEXT, "consent_on": date(2026, 4, 1)} | values))
    with transaction():
        db.session.merge(person).telephones[0].tried_on = date(2026, 4, 1)
    return person


def reminded_by_call(kana: str = "ホンダ タダシ", number: str = "+81957000002", **values: Any) -> Resident:
    """A resident with a landline who wished automatic calls."""
    return resident(kana, number, **({"wish": Wish.CALL, "consent_on": date(2026, 4, 1)} | values))
