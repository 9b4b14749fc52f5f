"""The made-up town as it is before the first day: people, halls, a course, lessons, and those who work there."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Flask

from supportdesk.core.access import Actor, Role
from supportdesk.core.db import transaction
from supportdesk.lessons.actions import LessonData, add_lesson, move_state
from supportdesk.lessons.rules import LessonState
from supportdesk.office import settings as office_settings
from supportdesk.office.models import ClosedDay
from supportdesk.people.actions import add_resident
from supportdesk.people.rules import (
    ConsentHow,
    ContactTiming,
    FamilyData,
    NumberKind,
    ResidentData,
    TelephoneData,
    Wish,
)
from tests import factories

from .diary import Changing, Diary, Lesson, Lot, Number, Person, Profile
from .promises import at, works

CLERKS = ("受付 一郎", "支所 二郎", "窓口 三郎")
_FAMILY = ("ホンダ", "マツオ", "ナカムラ", "ヨシダ", "ハヤシダ", "タナカ", "イケダ", "ウチダ", "バンドウ", "コガ")
_GIVEN = ("ハル", "スミ", "タダシ", "キヌ", "フミ", "ミツ", "トメ", "イサム", "シゲル", "カズ", "チヨ", "マサ")
_STARTS = (time(10), time(13, 30), time(15, 30), time(10, 30), time(14))
AREA = "+81957"


@dataclass
class Town:
    """Who and what there is; `clerks` and `volunteer` act, `households` telephone together."""

    clerks: list[Actor]
    households: list[list[Person]]
    rooms: list[int]
    course_id: int


class Numbers:
    """Telephone numbers that nobody has."""

    def __init__(self) -> None:
        self._last = 0

    def mobile(self, tried: bool = True) -> Number:
        self._last += 1
        return Number(f"+8190{self._last:08d}", "mobile", tried)

    def landline(self, kind: str = "landline") -> Number:
        self._last += 1
        return Number(f"{AREA}{self._last:06d}", kind)


def build(app: Flask, diary: Diary, lot: Lot, numbers: Numbers, *, residents: int, now: datetime) -> Town:
    """Fill an empty, migrated database."""
    with app.app_context():
        clerks = [factories.actor_of(factories.user(Role.STAFF, name=name)) for name in CLERKS]
        factories.district()
        halls = [factories.venue(name=f"公民館{n}", short_name=f"公民館{n}") for n in range(1, 6)]
        town = Town(clerks, [], [factories.room(hall).id for hall in halls], factories.course(seats=8).id)
        with transaction():
            # One way and a second call, then a person, and cards as late as calls: the longer chain has tests of its
            # own (tests/reminders/test_chain_rules.py plays it out), and the promises here know of none.
            office_settings.change(
                call_after_text=False, text_wait_minutes=0, posting_working_days=1, one_message_a_day=False
            )
        for day in diary.closed:
            factories.save(ClosedDay(day=day, reason="システムの入れ替え"))
        chance = lot.of("people")
        while len(diary.persons) < residents:
            with transaction():
                town.households.append(_household(diary, chance, numbers, clerks[0], now))
    return town


def _household(
    diary: Diary, chance: random.Random, numbers: Numbers, by: Actor, now: datetime
) -> list[Person]:
    family, profile = chance.choice(_FAMILY), _profile(chance, numbers)
    made = [_resident(diary, family, chance, profile, by, now)]
    if profile.numbers and chance.random() < 0.25:
        # A couple on one line is normal; the other one may wish something else.
        second = profile if chance.random() < 0.75 else _profile(chance, numbers, profile.numbers)
        made.append(_resident(diary, family, chance, second, by, now))
    return made


def _resident(
    diary: Diary, family: str, chance: random.Random, profile: Profile, by: Actor, now: datetime
) -> Person:
    given = chance.choice(_GIVEN)
    row = add_resident(data_of(profile, family, given), by=by, now=now)
    person = Person(row.id, f"{family} {given}", Changing(now, profile))
    diary.persons[row.id] = person
    return person


def _profile(chance: random.Random, numbers: Numbers, shared: Sequence[Number] = ()) -> Profile:
    drawn = chance.random()
    if drawn < 0.05 and not shared:
        return Profile(chance.choice(("card", "person")))
    if drawn < 0.08 and not shared:
        return Profile("fax", (numbers.landline("fax"),), do_not_call=True)
    if drawn < 0.45:
        lines = tuple(shared) or (numbers.landline(),)
        wish = chance.choices(("call", "person", "card", "none"), (80, 12, 4, 4))[0]
        return Profile(wish, lines, do_not_call=chance.random() < 0.03, family_instead=chance.random() < 0.04)
    lines = tuple(shared) or (numbers.mobile(tried=chance.random() < 0.9),)
    if chance.random() < 0.25:
        lines += (numbers.landline(),)
    wish = chance.choices(("text", "call", "person", "none"), (85, 8, 4, 3))[0]
    return Profile(wish, lines, consent=chance.random() < 0.95, family_instead=chance.random() < 0.03)


def data_of(profile: Profile, family: str, given: str) -> ResidentData:
    """What the clerk types for this person."""
    return ResidentData(
        family_kana=family, given_kana=given, town="口之津町甲", no_telephone=not profile.numbers,
        wish=Wish(profile.wish), do_not_call=profile.do_not_call,
        consent_on=date(2026, 4, 1) if profile.consent else None,
        consent_how=ConsentHow.SPOKEN if profile.consent else None,
        telephones=tuple(
            TelephoneData(
                each.number.replace("+81", "0"), NumberKind.FAX if each.kind == "fax" else None,
                tried_on=date(2026, 4, 1) if each.tried else None,
            )
            for each in profile.numbers
        ),
        family=(FamilyData("娘", "娘", timing=ContactTiming.INSTEAD),) if profile.family_instead else (),
    )  # fmt: skip


def plan_lessons(app: Flask, diary: Diary, town: Town, lot: Lot, days: Sequence[date], now: datetime) -> None:
    """Open the lessons of these days: one in each hall on working days, now and then one on a Saturday."""
    with app.app_context():
        for day in days:
            chance = lot.of("lessons", day)
            saturday = day.weekday() == 5 and chance.random() < 0.3
            for hall, room in enumerate(town.rooms):
                if (works(day, diary.closed) or (saturday and hall == 0)) and chance.random() < 0.85:
                    _plan_lesson(diary, town, room, day, _STARTS[hall], chance.randint(4, 9), now)


def _plan_lesson(
    diary: Diary, town: Town, room: int, day: date, hour: time, seats: int, now: datetime
) -> None:
    start = at(day, hour)
    if start - now < timedelta(hours=2):
        return
    with transaction():
        row = add_lesson(
            # Open until an hour before, so that late callers need no reason.
            LessonData(town.course_id, room, day, hour, 90, seats, booking_opens_at=now - timedelta(days=1),
                       booking_closes_at=start - timedelta(hours=1), override_reason="土曜の回も予定どおり"),
            by=town.clerks[0], now=now,
        )  # fmt: skip
        move_state(row.id, LessonState.OPEN, by=town.clerks[0], now=now)
    diary.lessons[row.id] = Lesson(
        row.id, seats, town.course_id, room, 90, Changing(now, start), start - timedelta(hours=1)
    )
