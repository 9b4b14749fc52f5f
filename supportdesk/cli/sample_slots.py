"""Consultations, times at the card counter and visits of the sample town.

Nothing here is drawn by the town's own lot, so that its people and lessons stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from ..core.access import Actor
from ..core.clock import local_date
from ..core.db import db
from ..core.japan.calendar import is_working_day
from ..lessons import slot_days
from ..lessons.bookings import book_party
from ..lessons.decision_rules import Choice, Decision
from ..lessons.models import Course, CourseTopic, Lesson
from ..lessons.rules import BookedBy, BookingChannel, LessonState
from ..lessons.slot_days import SlotsData
from ..lessons.slot_rules import CounterMatter, Times
from ..lessons.walk_ins import squeeze_in
from ..office import system_day_actions
from ..office.models import Branch
from ..people.models import Resident, Supporter
from ..places.actions import make_home_room
from ..places.models import Room, Venue, VenueHours

# Key, title with its kana, what is done, topic, what to bring.
COUNTER = (
    ("N01", "カードの受け取り", "カードノウケトリ", CounterMatter.COLLECT, "MN_PICK", "お知らせのはがき"),
    ("N02", "電子証明書の更新", "デンシショウメイショノコウシン", CounterMatter.RENEW, "MN_RENEW", "カード"),
    ("N03", "暗証番号の再設定", "アンショウバンゴウノサイセッテイ", CounterMatter.PIN, "MN_PIN", "カード"),
)  # fmt: skip
DAY = Times(time(9, 30), time(15, 30), 30, time(12), time(13))
AFTERNOON = Times(time(13), time(15), 60)


def make(
    residents: Sequence[Resident], helpers: Sequence[Supporter], rooms: Sequence[Room], by: Actor, now: datetime
) -> None:
    """Two days of consultations, one of them today, a day of the counter, a day of visits, and a system day."""
    days = _working_days(local_date(now), 12)
    guests = iter([person for person in residents if person.stopped_at is None][40:])
    consult, visit = _course("K01"), _course("K03")
    visit.category = "visit"
    make_home_room()
    counters = _counter_courses()
    hall = rooms[2]
    today = SlotsData(consult.id, hall.id, (days[0],), Times(time(9), time(21), 60), 2, note="見本の今日の相談")
    _open(today, by, now)
    later = SlotsData(consult.id, hall.id, (days[6],), DAY, 2)
    _book(_open(later, by, now)[:4], guests, by, now, couple_first=True)
    counter = _counter(rooms)
    for course, day in zip(counters, days[5:8], strict=True):
        _book(_open(SlotsData(course.id, counter.id, (day,), DAY, 2), by, now)[1:4], guests, by, now)
    both = tuple(helper.id for helper in helpers)
    _book(_open(SlotsData(visit.id, None, (days[9],), AFTERNOON, 1, both), by, now), guests, by, now)
    system_day_actions.add_system_days(days[11], days[11], "カードのシステムの更新", by=by, now=now)
    _on_the_spot(local_date(now), guests, by, now)


def _working_days(first: date, count: int) -> list[date]:
    """Today, be it a Sunday, and the working days after it."""
    days, day = [first], first
    while len(days) < count:
        day += timedelta(days=1)
        if is_working_day(day):
            days.append(day)
    return days


def _course(external_id: str) -> Course:
    return db.session.scalars(sa.select(Course).where(Course.external_id == external_id)).one()


def _counter_courses() -> list[Course]:
    courses = [
        Course(
            external_id=key, title=title, title_kana=kana, category="counter", minutes=30, seats=2,
            learners_per_supporter=2, bring=bring, counter_matter=matter, owner="市民課", staff_only=True,
            topics=[CourseTopic(topic_code=topic)],
        )
        for key, title, kana, matter, topic, bring in COUNTER
    ]  # fmt: skip
    db.session.add_all(courses)
    db.session.flush()
    return courses


def _counter(rooms: Sequence[Room]) -> Room:
    near = rooms[0].venue
    branch = db.session.scalars(sa.select(Branch).where(Branch.name == "口之津支所")).one()
    venue = Venue(
        name=f"{branch.name} 窓口", name_kana="クチノツシショ マドグチ", short_name=branch.name,
        district_code=near.district_code, address=branch.address, branch_id=branch.id, closed_on_holidays=True,
        rooms=[Room(name="カード窓口", seats=2)],
    )  # fmt: skip
    db.session.add(venue)
    db.session.flush()
    for weekday in range(5):
        db.session.add(VenueHours(venue_id=venue.id, weekday=weekday, opens=time(8, 30), closes=time(17, 15)))
    db.session.flush()
    return venue.rooms[0]


def _open(data: SlotsData, by: Actor, now: datetime) -> list[Lesson]:
    """Planned and opened for booking; what needs a reason has one, and what cannot be is left out."""
    rows = slot_days.preview(data, {}, now).rows
    for_sample = {row.wanted.key: Decision(reason="見本のため") for row in rows}
    rows = slot_days.preview(data, for_sample, now).rows
    left_out = {row.wanted.key: Decision(Choice.SKIP) for row in rows if row.refusal}
    if len(left_out) == len(rows):
        return []
    made = slot_days.make_slots(data, for_sample | left_out, by=by, now=now)
    for day in {one.slot_day for one in made if one.slot_day}:
        slot_days.move_day(day, made[0].room_id, LessonState.OPEN, by=by, now=now)
    return made


def _book(
    slots: Sequence[Lesson], guests: Iterator[Resident], by: Actor, now: datetime, *, couple_first: bool = False
) -> None:
    for number, slot in enumerate(slots):
        people = [next(guests).id for _ in range(2 if couple_first and number == 0 else 1)]
        book_party(
            slot.id, people, booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, read_back=True,
            override_reason="見本のため", by=by, now=now,
        )  # fmt: skip


def _on_the_spot(today: date, guests: Iterator[Resident], by: Actor, now: datetime) -> None:
    """Into the next time of today: two at its tables, and a third who was squeezed in."""
    query = sa.select(Lesson).where(Lesson.slot_day == today, Lesson.ends_at > now).order_by(Lesson.starts_at)
    slot = db.session.scalars(query.limit(1)).first()
    for allowed in ("", "", "課長"):
        if slot is not None:
            squeeze_in(slot.id, [next(guests).id], allowed_by=allowed, by=by, now=now)
