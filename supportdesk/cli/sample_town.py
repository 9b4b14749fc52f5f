"""`supportdesk demo`: a made-up town to try everything in, and to rehearse with. Marked 見本データ on every page.

The town is made in one transaction: killed halfway and started again, it is made whole. What is drawn by lot comes
from a seeded generator, so that every copy of one day's town is the same; only the passwords differ by machine.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from itertools import count
from typing import Any

import sqlalchemy as sa

from ..accounts.models import User, UserRole
from ..accounts.passwords import hashed
from ..app import create_app
from ..core import chance, clock, history, schema
from ..core.access import HOUSE, Actor, Role
from ..core.db import db, transaction
from ..core.japan.calendar import is_working_day, working_days_before
from ..desk.models import HelpRequest
from ..desk.rules import RequestChannel, RequestStatus
from ..lessons import offers, series_actions, series_changes, waiting
from ..lessons.bookings import book_party, cancel_booking
from ..lessons.decision_rules import Choice, Decision
from ..lessons.models import Booking, Course, CourseTopic, Lesson, LessonSupporter, Series
from ..lessons.rules import BookedBy, BookingChannel, LessonState
from ..lessons.series_actions import SeriesData
from ..lessons.series_rules import Pattern, Registration, SeriesRule
from ..office import settings as office_settings
from ..office.models import Branch, District, Topic
from ..people import actions as people
from ..people.models import Resident, Supporter
from ..people.rules import (
    ConsentHow,
    ContactScope,
    ContactTiming,
    FamilyData,
    Need,
    NumberKind,
    ResidentData,
    StopReason,
    TelephoneData,
    Wish,
)
from ..places.models import Room, Venue, VenueSupporter
from ..settings import instance_dir, load
from ..visits.models import Visit
from ..visits.rules import Attendance, HowItWent
from . import (
    sample_calendar,
    sample_chain,
    sample_changes,
    sample_duties,
    sample_handover,
    sample_impostors,
    sample_inbound,
    sample_languages,
    sample_lottery,
    sample_rota,
    sample_slots,
    sample_supporters,
    sample_trials,
    sample_worklist,
)
from .installation import NotReady, prepare
from .operation import serve_town

RESIDENTS = 400
WEEKS_BEFORE = WEEKS_AHEAD = 4
ACCOUNTS_FILE = "demo-accounts.txt"

ACCOUNTS = (
    ("admin", "管理者", Role.ADMIN),
    ("staff", "市役所 職員", Role.STAFF),
    ("staff-b", "口之津支所 職員", Role.STAFF),
    ("coordinator", "調整担当", Role.COORDINATOR),
    ("manager", "課長", Role.MANAGER),
    ("volunteer-a", "支援 花子", Role.VOLUNTEER),
    ("volunteer-b", "支援 太郎", Role.VOLUNTEER),
    ("auditor", "監査担当", Role.AUDITOR),
)
OFFICE = {
    "town": "南島原市",
    "sender": "【南島原市】",
    "sender_en": "Minamishimabara City",
    "sender_spoken": "みなみしまばらし、しやくしょ、すまほそうだんまどぐち",
    "telephone": "0957-00-0001",
    "yen_per_text_part": 12,
    "yen_per_call": 20,
    "yen_per_dollar": 155,
    "most_yen_a_month": 20_000,
    "sample_town": True,
}
STARTS = (time(10), time(13, 30))
# Their name in kana, and the districts where they help, their own first.
VOLUNTEERS = {
    "volunteer-a": ("シエン ハナコ", ("KCN", "KZS", "MAR", "KAR")),
    "volunteer-b": ("シエン タロウ", ("FKE", "FUT", "ARI", "NAR")),
}


def demo(options: argparse.Namespace) -> int:
    prepare()
    os.environ.setdefault("SUPPORTDESK_PROVIDER", "practice")
    with create_app(load()).app_context():
        schema.upgrade()
        if not office_settings.current().sample_town:
            if db.session.query(User).count():
                raise NotReady("This database is a real town's. The sample town needs an instance folder of its own.")
            make(clock.now())
        db.engine.dispose()
    print("\nThe sample town 見本データ. Accounts (name, password):")
    print((instance_dir() / ACCOUNTS_FILE).read_text(encoding="utf-8"))
    return serve_town(options)


def make(now: datetime) -> None:
    """Fill an empty database with the sample town around today, and write down the accounts' passwords."""
    passwords = {username: chance.one_time_code() for username, _, _ in ACCOUNTS}
    # Written first: a town whose passwords nobody knows would be of no use.
    path = instance_dir() / ACCOUNTS_FILE
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"  {username:<12} {password}\n" for username, password in passwords.items())
    with transaction():
        Town(now).build(passwords)


@cache
def _data(name: str) -> Any:
    return json.loads(resources.files("supportdesk").joinpath("sample_town", f"{name}.json").read_text("utf-8"))


class Town:
    """The making of the town, step by step; keeps what later steps point to."""

    def __init__(self, now: datetime) -> None:
        self.now, self.today = now, clock.local_date(now)
        self.lot = random.Random(20260401)
        self.staff = HOUSE
        self.users: dict[str, User] = {}
        self.residents: list[Resident] = []
        self.courses: list[Course] = []
        self.rooms: list[Room] = []
        self.lessons: list[Lesson] = []
        self.helpers: dict[str, Supporter] = {}
        self.numbers = count(101)

    def build(self, passwords: dict[str, str]) -> None:
        steps = (
            ("office", self.office),
            ("accounts", lambda: self.accounts(passwords)),
            ("venues", self.venues),
            ("courses", self.syllabus),
            ("supporters", self.supporters),
            ("residents", self.people),
            ("tests of telephones", lambda: sample_trials.make(self.residents, self.staff, self.now)),
            ("lessons", self.timetable),
            ("halls and things", self.halls),
            ("bookings", self.bookings),
            ("waiting list", self.waiting_list),
            ("a cancelled lesson", self.cancelled),
            ("series", self.series),
            ("consultations, counter, visits", self.slots),
            ("lotteries", self.lotteries),
            ("rota", lambda: sample_rota.fill(self.staff, self.now)),
            ("help requests", self.requests),
            ("duties", self.duties),
            ("calls and what is over", self.worklist),
            ("hand-overs", lambda: sample_handover.make(self.users, self.now)),
            ("contact chain", lambda: sample_chain.show_lights(self.lessons, clerk=self.staff, now=self.now)),
            ("impostors", lambda: sample_impostors.make(self.users, self.now)),
            ("calls and texts that came in", lambda: sample_inbound.make(self.now)),
        )
        for name, step in steps:
            print(f"  {name} …", end="", flush=True, file=sys.stderr)
            step()
            db.session.flush()
            print(" done", file=sys.stderr)
        history.record("sample-town.made", "office:town", by=HOUSE, now=self.now)

    def office(self) -> None:
        office_settings.change(**OFFICE)
        for row in _data("districts"):
            db.session.add(
                District(
                    code=row["district_code"], name=row["name"], name_kana=row["name_kana"],
                    town_name=row["town_name"], sort_order=row["sort_order"],
                    latitude=row["center_lat"], longitude=row["center_lng"],
                )
            )  # fmt: skip
            db.session.add(
                Branch(
                    name=f"{row['name']}支所", telephone=f"0957-00-{row['sort_order'] + 10:04}",
                    hours=office_settings.OfficeSettings.hours, address=f"南島原市{row['town_name']}",
                    sort_order=row["sort_order"],
                )
            )  # fmt: skip
        for order, row in enumerate(_data("topics"), start=1):
            db.session.add(
                Topic(
                    code=row["topic_code"], label=row["label"], group=row["group"], first_route=row["first_route"],
                    urgent=row["urgent_default"], staff_note=row["staff_note"], sort_order=order,
                )
            )  # fmt: skip

    def accounts(self, passwords: dict[str, str]) -> None:
        for username, name, role in ACCOUNTS:
            self.users[username] = User(
                username=username, name=name, password=hashed(passwords[username]),
                fs_uniquifier=chance.token(), first_day=self.today - timedelta(days=200), created_at=self.now,
                roles=[UserRole(name=role)],
            )  # fmt: skip
            db.session.add(self.users[username])
        db.session.flush()
        clerk = self.users["staff"]
        self.staff = Actor(clerk.id, clerk.name, clerk.role_set)

    def venues(self) -> None:
        for row in _data("venues"):
            venue = Venue(
                external_id=row["venue_id"], name=row["name"], name_kana=row["name_kana"],
                short_name=row["sample_short_name"], name_en=sample_languages.VENUES.get(row["venue_id"], ""),
                district_code=row["district_code"] or None,
                postal_code=row["postal_code"], address=row["address"], wifi=row["sample_wifi"],
                barrier_free=row["sample_barrier_free"].replace(";", "、"), parking=row["sample_parking"],
                bus=f"「{row['sample_short_name']}前」から歩いて3分" if row["kind"] == "公民館" else "",
                note=row["note"],
            )  # fmt: skip
            if row["sample_room"] and row["sample_capacity"]:
                venue.rooms = [Room(name=row["sample_room"], seats=row["sample_capacity"])]
            db.session.add(venue)
            self.rooms += [room for room in venue.rooms if room.seats >= 6]
        db.session.flush()

    def syllabus(self) -> None:
        by_topic = {row["topic_code"]: row["suggested_courses"] for row in _data("topics")}
        for row in _data("courses"):
            course = Course(
                external_id=row["course_code"], title=row["title"], title_kana=row["title_kana"],
                category=row["category"], minutes=row["minutes"], seats=row["capacity"],
                learners_per_supporter=row["learners_per_supporter"], bring=row["bring"].replace("|", "、"),
                summary=row["summary"], practised=row["summary"].replace("を練習します。", ""),
                pin_typed_by_resident=bool(row["pin_typed_by_resident"]), staff_only=bool(row["staff_only"]),
                topics=[CourseTopic(topic_code=code) for code, courses in by_topic.items()
                        if row["course_code"] in courses],
            )  # fmt: skip
            db.session.add(course)
            if row["category"] in ("basic", "applied") and not course.staff_only and course.seats >= 6:
                self.courses.append(course)

    def supporters(self) -> None:
        homes = {username: (kana, districts[0]) for username, (kana, districts) in VOLUNTEERS.items()}
        users = {username: self.users[username] for username in VOLUNTEERS}
        self.helpers = sample_supporters.those_with_accounts(users, homes, self.staff, self.now)
        sample_supporters.others(self.users["coordinator"], self.staff, self.now)
        for username, helper in self.helpers.items():
            places = {room.venue for room in self._rooms_of(username)}
            db.session.add_all(VenueSupporter(venue_id=venue.id, supporter_id=helper.id) for venue in places)

    def _rooms_of(self, username: str) -> list[Room]:
        return [room for room in self.rooms if room.venue.district_code in VOLUNTEERS[username][1]]

    # People -----------------------------------------------------------------------------------------------------

    def people(self) -> None:
        known = (
            ("本多", "ホンダ", "ハル", "ハル", 1941, "KCN", "浜屋"),
            ("本多", "ホンダ", "ハル", "ハル", 1947, "KZS", "坂下"),
            ("本田", "ホンダ", "春子", "ハルコ", 1952, "KCN", ""),
        )
        for family, family_kana, given, given_kana, year, district, house in known:
            self.residents.append(self._somebody(family, family_kana, given, given_kana, year, district, house))
        names = _data("names")
        while len(self.residents) < RESIDENTS:
            family, family_kana = self.lot.choice(names["family"])
            district = self.lot.choice(_data("districts"))["district_code"]
            house = self.lot.choice(names["houses"]) if self.lot.random() < 0.3 else ""
            year = int(self.lot.triangular(1930, 1975, 1946))
            given, given_kana = self.lot.choice(names["women"])
            landmark = self.lot.choice(names["landmarks"]) if self.lot.random() < 0.2 else ""
            woman = self._somebody(
                family, family_kana, given, given_kana, year, district, house, landmark=landmark
            )
            self.residents.append(woman)
            # A couple on one line is normal.
            if self.lot.random() < 0.25 and len(self.residents) < RESIDENTS:
                line = woman.telephones[0].typed if woman.telephones else None
                given, given_kana = self.lot.choice(names["men"])
                born = year - self.lot.randint(0, 5)
                man = self._somebody(family, family_kana, given, given_kana, born, district, house, line=line)
                self.residents.append(man)
            if sys.stderr.isatty():
                print(f"\r  residents … {len(self.residents)} of {RESIDENTS}", end="", file=sys.stderr, flush=True)
        # Not one of the namesakes whom the guide looks for.
        others = [person for person in self.residents if person.family_kana != "ホンダ"]
        for person, reason in zip(others, (StopReason.DIED, StopReason.MOVED_AWAY, StopReason.WISH), strict=False):
            people.stop_contact(person.id, reason, by=self.staff, now=self.now)

    def _somebody(
        self, family: str, family_kana: str, given: str, given_kana: str, year: int, district: str, house: str,
        *, line: str | None = None, landmark: str = "",
    ) -> Resident:  # fmt: skip
        place = len(self.residents)
        if abroad := sample_languages.FROM_ABROAD.get(place):
            family, family_kana, given, given_kana, _language = abroad
        town = self.lot.choice([row for row in _data("towns") if row["district_code"] == district])
        agreed = self.today - timedelta(days=self.lot.randint(30, 300))
        telephones, wish = self._telephones(line, agreed)
        if abroad:
            telephones, wish = sample_languages.mobile(place, agreed), Wish.TEXT
        needs = tuple(need for need in Need if self.lot.random() < 0.06)
        relatives = self._family(family) if self.lot.random() < 0.15 else ()
        return people.add_resident(
            ResidentData(
                family_kana=family_kana, given_kana=given_kana, family_name=family, given_name=given,
                birth_year=year, district_code=district, postal_code=town["postal_code"], town=town["town"],
                street=f"{self.lot.randint(1, 3900)}-{self.lot.randint(1, 9)}", house_name=house, landmark=landmark,
                no_telephone=not telephones, wish=wish, consent_on=agreed,
                language=sample_languages.of(place, needs),
                consent_how=self.lot.choice(list(ConsentHow)), needs=needs, telephones=telephones, family=relatives,
                contact_from="15:00" if year % 20 == 1 else "", contact_not_on="1" if year % 20 == 2 else "",
                do_not_call=wish is Wish.FAX, do_not_call_reason="耳が聞こえないため" if wish is Wish.FAX else "",
                # Some of those who are called. By the year, since a draw more would make another town.
                keys=wish is Wish.CALL and year % 6 == 0,
            ),
            by=self.staff,
            now=self.now,
        )  # fmt: skip

    def _telephones(self, line: str | None, agreed: date) -> tuple[tuple[TelephoneData, ...], Wish]:
        if line is not None:
            return (TelephoneData(line, whose="家"),), self.lot.choice((Wish.CALL, Wish.CALL, Wish.PERSON))
        draw = self.lot.random()
        if draw < 0.05:
            return (), self.lot.choice((Wish.CARD, Wish.PERSON))
        if draw < 0.09:
            return (TelephoneData(self._number("0957-00"), NumberKind.FAX, whose="本人"),), Wish.FAX
        home = TelephoneData(self._number("0957-00"), whose="家")
        if draw < 0.50:
            return (home,), self.lot.choice((Wish.CALL, Wish.CALL, Wish.CALL, Wish.PERSON))
        sure = self.lot.random() < 0.75
        mobile = TelephoneData(
            self._number("090-0000"), whose="本人",
            tried_on=agreed if sure else None, texts_agreed_on=agreed if sure else None,
        )  # fmt: skip
        return (mobile,) if draw < 0.75 else (mobile, home), Wish.TEXT

    def _family(self, family: str) -> tuple[FamilyData, ...]:
        return (
            FamilyData(
                name=f"{family} {self.lot.choice(('恵', '真由美', '健', '直樹'))}",
                relation=self.lot.choice(("娘", "息子", "嫁")), telephone=self._number("090-0000"),
                scope=self.lot.choice(list(ContactScope)), timing=self.lot.choice(list(ContactTiming)),
            ),
        )  # fmt: skip

    def _number(self, beginning: str) -> str:
        return f"{beginning}-{next(self.numbers):04d}"

    # Lessons ----------------------------------------------------------------------------------------------------

    def timetable(self) -> None:
        """One lesson in each volunteer's part of the town on every working day."""
        first = self.today - timedelta(days=self.today.weekday(), weeks=WEEKS_BEFORE)
        for offset in range((WEEKS_BEFORE + WEEKS_AHEAD) * 7):
            day = first + timedelta(days=offset)
            if is_working_day(day):
                for username, start in zip(VOLUNTEERS, STARTS, strict=True):
                    self._lesson(day, start, self.lot.choice(self._rooms_of(username)))
        # Whenever the town is made, each volunteer has a lesson that is just going on.
        for username in VOLUNTEERS:
            made = (self._lesson(self.today, self._this_half_hour(), room) for room in self._rooms_of(username))
            lesson = next(one for one in made if one is not None)
            lesson.supporters = [LessonSupporter(supporter_id=self.helpers[username].id)]
        sample_supporters.a_duty_from_last_year(self.lessons, self.now)
        db.session.flush()

    def _this_half_hour(self) -> time:
        moment = clock.local(self.now).time()
        # Not at midnight, for which there are no plain words, and not beyond it.
        return min(max(moment.replace(minute=moment.minute // 30 * 30, second=0, microsecond=0), time(0, 30)), time(22))

    def _lesson(self, day: date, start: time, room: Room) -> Lesson | None:
        course = self.lot.choice(self.courses)
        starts_at = clock.at(day, start)
        ends_at = starts_at + timedelta(minutes=course.minutes)
        if any(other.room_id == room.id and other.starts_at < ends_at and other.ends_at > starts_at
               for other in self.lessons):  # fmt: skip
            return None
        if day < self.today:
            state = LessonState.RECORDED
        else:
            state = LessonState.OPEN if starts_at > self.now else LessonState.CLOSED
        lesson = Lesson(
            course_id=course.id, venue_id=room.venue_id, room_id=room.id, starts_at=starts_at, ends_at=ends_at,
            seats=min(course.seats, room.seats), seats_taken=0, seats_held=0, least=2, state=state,
            booking_opens_at=clock.at(day - timedelta(days=45), time(8, 30)),
            booking_closes_at=clock.at(working_days_before(day, 1), time(17, 15)),
        )  # fmt: skip
        if lesson.booking_closes_at < self.now and state is LessonState.OPEN:
            lesson.state = LessonState.CLOSED
        db.session.add(lesson)
        db.session.flush()
        self.lessons.append(lesson)
        return lesson

    def halls(self) -> None:
        sample_calendar.furnish(self.rooms, self.courses, self.now)
        db.session.flush()
        sample_calendar.take_along(self.lessons, self.staff, self.now)

    def bookings(self) -> None:
        everybody = [person for person in self.residents if person.stopped_at is None]
        for lesson in sorted(self.lessons, key=lambda one: one.starts_at):
            wanted = self.lot.randint(2, lesson.seats) if lesson.starts_at < self.now else self.lot.randint(
                0, lesson.seats)  # fmt: skip
            if clock.local_date(lesson.starts_at) == self.today:
                wanted = lesson.seats - 1
            chosen = self.lot.sample(everybody, wanted)
            # The three whom the guide names have a story of their own.
            known = self.residents[lesson.id % 3]
            if chosen and lesson.id % 4 == 0 and known not in chosen:
                chosen[-1] = known
            for person in chosen:
                self._book(lesson, person)

    def cancelled(self) -> None:
        """Those that the timetable for everybody shows as cancelled."""
        manager = self.users["manager"]
        sample_changes.cancel_some(
            self.lessons, clerk=self.staff, manager=Actor(manager.id, manager.name, manager.role_set), now=self.now
        )

    def _book(self, lesson: Lesson, person: Resident) -> None:
        day = clock.local_date(min(self.now, lesson.starts_at)) - timedelta(days=self.lot.randint(2, 20))
        booked_at = clock.at(day, time(self.lot.randint(9, 16), self.lot.randint(0, 59)))
        booking = Booking(
            lesson_id=lesson.id, resident_id=person.id, party=chance.token(), companions=0,
            booked_by=self.lot.choice((BookedBy.SELF, BookedBy.SELF, BookedBy.FAMILY)),
            channel=self.lot.choice((BookingChannel.PHONE, BookingChannel.PHONE, BookingChannel.COUNTER)),
            read_back=True, text_wished=False, booked_at=booked_at, booked_by_user=self.staff.name,
        )  # fmt: skip
        lesson.seats_taken += 1
        db.session.add(booking)
        db.session.flush()
        history.record("booking.made", f"booking:{booking.id}", by=self.staff, now=booked_at, lesson=lesson.id)
        if lesson.state is LessonState.RECORDED:
            self._visit(lesson, booking)

    def waiting_list(self) -> None:
        """A full lesson of next week with people who wait: a couple, for whom the one free seat is too little, so that
        it is offered to the next; and two behind."""
        lesson = next(one for one in self.lessons if one.starts_at > self.now + timedelta(days=7))
        booked = set(db.session.scalars(sa.select(Booking.resident_id).where(Booking.lesson_id == lesson.id)))
        others = [each for each in self.residents if each.stopped_at is None and each.id not in booked]
        chosen = iter(self.lot.sample(others, lesson.seats - lesson.seats_taken + 5))
        while lesson.seats_taken < lesson.seats:
            self._book(lesson, next(chosen))
        waited = self.now - timedelta(days=2)
        for place, size in enumerate((2, 1, 1, 1)):
            waiting.join(
                lesson.id, [next(chosen).id for _ in range(size)], booked_by=BookedBy.SELF,
                channel=BookingChannel.PHONE, by=self.staff, now=waited + timedelta(hours=place),
            )  # fmt: skip
        last = db.session.scalars(
            sa.select(Booking.id).where(Booking.lesson_id == lesson.id).order_by(Booking.id.desc())
        ).first()
        assert last is not None
        cancel_booking(last, "通院のため", by=self.staff, now=self.now)
        offers.settle(lesson.id, self.now)

    def lotteries(self) -> None:
        sample_lottery.too_few(self.lessons, self.now)
        sample_lottery.hold(self.rooms, self.courses[0], self.staff, self.now)

    def _visit(self, lesson: Lesson, booking: Booking) -> None:
        attendance = self.lot.choices(list(Attendance), (85, 10, 5))[0]
        came = attendance is Attendance.CAME
        db.session.add(
            Visit(
                key=chance.record_key(), lesson_id=lesson.id, booking_id=booking.id,
                resident_id=booking.resident_id, attendance=attendance,
                practised=self._course(lesson).practised if came else "",
                how_it_went=self.lot.choice((HowItWent.ALONE, HowItWent.WITH_HELP, HowItWent.NOT_YET))
                if came else None,
                minutes=self._course(lesson).minutes if came else None,
                made_at=lesson.ends_at, made_by=self.users["volunteer-a"].name, changed_at=lesson.ends_at,
            )
        )  # fmt: skip

    # Series -----------------------------------------------------------------------------------------------------

    def series(self) -> None:
        """One that is booked as a whole, by some, and one whose lessons are booked each for itself."""
        begins = self.today + timedelta(days=7)
        weekly = Pattern(SeriesRule.WEEKLY, first_day=begins, times=6)
        whole = self._series("volunteer-a", weekly, time(15, 30), Registration.WHOLE)
        self._series(
            "volunteer-b", Pattern(SeriesRule.NTH_WEEKDAY, first_day=begins, times=6), time(15, 30), Registration.EACH
        )
        first = min(whole.parts, key=lambda part: part.place)
        # The one whom the guide names first, and some behind those with whom contact is stopped.
        for person in (self.residents[0], *self.residents[30:34]):
            book_party(
                first.lesson_id, [person.id], booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, read_back=True,
                override_reason="見本のため", by=self.staff, now=self.now,
            )  # fmt: skip

    def _series(self, username: str, pattern: Pattern, start: time, registration: Registration) -> Series:
        """Opened for booking; what stands against a date leaves it out."""
        course, room = self.courses[0], self._rooms_of(username)[0]
        data = SeriesData(
            course_id=course.id, room_id=room.id, pattern=pattern, start=start, minutes=course.minutes,
            seats=min(course.seats, room.seats), registration=registration,
            supporter_ids=(self.helpers[username].id,),
        )  # fmt: skip
        rows = series_actions.preview(data, {}, self.now).rows
        left_out = {row.wanted.key: Decision(Choice.SKIP) for row in rows if row.refusal}
        made = series_actions.add_series(data, left_out, by=self.staff, now=self.now)
        series_changes.move_lessons(made.id, LessonState.OPEN, by=self.staff, now=self.now)
        return made

    def slots(self) -> None:
        sample_slots.make(self.residents, list(self.helpers.values()), self.rooms, self.staff, self.now)

    def duties(self) -> None:
        sample_duties.pay()
        for username, helper in self.helpers.items():
            sample_duties.put_on_duty(
                helper, self.lessons, self._rooms_of(username), self.courses[0], self._book_some, self.now
            )
        sample_duties.subscribe(self.helpers["volunteer-a"], self.staff, self.now)

    def worklist(self) -> None:
        colleague = self.users["staff-b"]
        of_branch = Actor(colleague.id, colleague.name, colleague.role_set)
        sample_worklist.make(self.residents, self.staff, of_branch, self.now)

    def _book_some(self, lesson: Lesson) -> None:
        for person in self.residents[60:64]:
            self._book(lesson, person)

    def _course(self, lesson: Lesson) -> Course:
        return next(course for course in self.courses if course.id == lesson.course_id)

    def requests(self) -> None:
        for row in _data("help_requests"):
            # Texts that a form would turn away for holding a My Number or a PIN are for the tests alone.
            if row["expected_guard"] != "none":
                continue
            day = self.today - timedelta(days=self.lot.randint(1, 27))
            received_at = clock.at(day, time(self.lot.randint(9, 16), self.lot.randint(0, 59)))
            old = received_at < self.now - timedelta(days=3)
            db.session.add(
                HelpRequest(
                    resident_id=self.lot.choice(self.residents).id, topic_code=row["topic"], text=row["text"],
                    channel=RequestChannel.COUNTER if row["channel"] == "counter" else RequestChannel.PHONE,
                    urgent=bool(row["urgent"]), status=RequestStatus.DONE if old else RequestStatus.NEW,
                    outcome="教室をご案内した" if old else "", received_at=received_at, received_by=self.staff.name,
                    ended_at=received_at + timedelta(hours=1) if old else None,
                )
            )  # fmt: skip

