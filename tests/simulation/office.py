"""What the people of the office do, by actions or by pages.

Each act is held against the diary at once: what the office's rules allow must be done, all else refused. Both what was
done and what came otherwise than it should go into the diary.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

import sqlalchemy as sa

from supportdesk.core import clock
from supportdesk.core.access import Actor
from supportdesk.core.db import db
from supportdesk.lessons import actions as lessons
from supportdesk.lessons import bookings, seats
from supportdesk.lessons import models as tables
from supportdesk.lessons.rules import BookedBy, BookingChannel
from supportdesk.office import settings as office_settings
from supportdesk.people import actions as people
from supportdesk.people import queries as people_queries
from supportdesk.people.rules import StopReason
from supportdesk.reminders import actions as reminders
from supportdesk.reminders.rules import PersonOutcome
from supportdesk.visits import actions as visits
from supportdesk.visits.rules import Attendance

from .diary import Booking, Contact, Hold, Lesson, Person, Profile
from .doors import Doors
from .promises import at
from .town import data_of


class Office(Doors):
    """All that clerks do."""

    # ---- bookings

    def may_book(self, lesson: Lesson, persons: Sequence[Person], needed: int, by: Actor | None) -> bool:
        now = clock.now()
        open_ = lesson.cancelled_at is None and now < lesson.closes_at
        free = lesson.seats - self.diary.taken(lesson, now) - self.diary.held(lesson, now, but=by and by.id)
        inside = {one.person.id for one in self.diary.of_lesson[lesson.id] if one.active(now)}
        nobody = not any(one.id in inside or one.profile.now.stopped for one in persons)
        return open_ and needed <= free and nobody

    def book(
        self, clerk: Actor, lesson: Lesson, persons: Sequence[Person], *, companions: int, text_wished: bool, way: str
    ) -> None:
        needed = len(persons) + companions
        allowed = self.may_book(lesson, persons, needed, clerk)
        ids = [person.id for person in persons]
        if way == "action":
            rows = self.do(
                lambda: bookings.book_party(
                    lesson.id, ids, companions=companions, booked_by=BookedBy.SELF, channel=BookingChannel.PHONE,
                    read_back=True, text_wished=text_wished, by=clerk, now=clock.now(),
                )
            )  # fmt: skip
            made = [row.id for row in rows or ()]
        else:
            made = self._party(self._send_booking(clerk, lesson, ids, companions, text_wished, way))
        self.check(f"a booking of {needed} in lesson {lesson.id}", bool(made), allowed)
        for place, (booking_id, person) in enumerate(zip(made, persons, strict=True) if made else ()):
            self.diary.add_booking(
                Booking(
                    booking_id, lesson, person, made[0], 0 if place else companions, clock.now(), text_wished
                )
            )
        if made and clerk.id in self.diary.holds and self.diary.holds[clerk.id].lesson is lesson:
            del self.diary.holds[clerk.id]

    def _send_booking(
        self, clerk: Actor, lesson: Lesson, ids: list[int], companions: int, text_wished: bool, way: str
    ) -> str | None:
        said: dict[str, Any] = {
            "companions": companions,
            "channel": "phone",
            "booked_by": "self",
            "read_back": "y",
        }
        if text_wished:
            said["text_wished"] = "y"
        if way == "desk":
            said |= {"act": "book", "resident": ids, "lesson": lesson.id}
            return self.send(clerk, "/desk", twice=True, **said)
        query = "&".join(f"resident={each}" for each in ids)
        return self.send(clerk, f"/lessons/{lesson.id}/book?{query}", **said)

    def _party(self, led_to: str | None) -> list[int]:
        found = re.search(r"(?:booked=|/bookings/)(\d+)", led_to or "")
        if not found:
            return []
        with self.app.app_context():
            party = sa.select(tables.Booking.party).where(tables.Booking.id == int(found[1])).scalar_subquery()
            query = sa.select(tables.Booking.id).where(tables.Booking.party == party).order_by(tables.Booking.id)
            return list(db.session.scalars(query))

    def cancel(self, clerk: Actor, booking: Booking, *, by_page: bool) -> None:
        now = clock.now()
        allowed = booking.active(now) and now < booking.lesson.start.now
        if by_page:
            done = self.send(clerk, f"/bookings/{booking.id}/cancel", reason="かぜ", twice=True) is not None
        else:
            act = lambda: bookings.cancel_booking(booking.id, "かぜ", by=clerk, now=now)  # noqa: E731
            done = self.do(act) is not None
        self.check(f"cancelling booking {booking.id}", done, allowed)
        if done:
            booking.ended_at = now

    def move(self, clerk: Actor, booking: Booking, to: Lesson, *, by_page: bool) -> None:
        now = clock.now()
        still = booking.active(now) and now < booking.lesson.start.now and to is not booking.lesson
        allowed = still and self.may_book(to, [booking.person], booking.seats, clerk)
        if by_page:
            led_to = self.send(clerk, f"/bookings/{booking.id}/move", lesson=to.id)
            found = re.search(r"/bookings/(\d+)", led_to or "")
            new = int(found[1]) if found else None
        else:
            row = self.do(lambda: bookings.move_booking(booking.id, to.id, by=clerk, now=now))
            new = row.id if row else None
        self.check(f"moving booking {booking.id} to lesson {to.id}", new is not None, allowed)
        if new is not None:
            booking.ended_at, booking.moved_to = now, new
            self.diary.add_booking(
                Booking(
                    new, to, booking.person, booking.party, booking.companions, now, booking.text_wished, booking.id
                )
            )
            if clerk.id in self.diary.holds and self.diary.holds[clerk.id].lesson is to:
                del self.diary.holds[clerk.id]

    def hold(self, clerk: Actor, lesson: Lesson, wanted: int) -> None:
        now = clock.now()
        free = lesson.seats - self.diary.taken(lesson, now) - self.diary.held(lesson, now, but=clerk.id)
        allowed = lesson.cancelled_at is None and now < lesson.start.now and wanted <= free
        row = self.do(lambda: seats.hold_seats(lesson.id, wanted, by=clerk, now=now))
        self.check(f"holding {wanted} in lesson {lesson.id}", row is not None, allowed)
        if row is not None and clerk.id is not None:
            self.diary.holds[clerk.id] = Hold(lesson, wanted, now + timedelta(minutes=3))

    def release(self, clerk: Actor) -> None:
        self.do(lambda: seats.release_hold(by=clerk, now=clock.now()))
        self.diary.holds.pop(clerk.id or 0, None)

    # ---- lessons

    def cancel_lesson(self, clerk: Actor, lesson: Lesson) -> None:
        now = clock.now()
        if self.do(lambda: lessons.cancel_lesson(lesson.id, "講師の急病", by=clerk, now=now)) is not None:
            lesson.cancelled_at = now

    def shift_lesson(self, clerk: Actor, lesson: Lesson, day: date, hour: time) -> None:
        """The lesson begins at another hour or day; the hall may be taken then."""
        now, start = clock.now(), at(day, hour)

        def act() -> tables.Lesson:
            row = db.session.get_one(tables.Lesson, lesson.id)
            data = lessons.LessonData(
                lesson.course_id, lesson.room_id, day, hour, lesson.minutes, lesson.seats,
                booking_opens_at=row.booking_opens_at, booking_closes_at=start - timedelta(hours=1),
                override_reason="会場と相談済み",
            )  # fmt: skip
            return lessons.edit_lesson(lesson.id, data, row.version, by=clerk, now=now)

        if self.do(act) is not None:
            lesson.start.change(now, start)
            lesson.closes_at = start - timedelta(hours=1)

    # ---- people

    def change_profile(self, clerk: Actor, person: Person, profile: Profile) -> None:
        family, _, given = person.name.partition(" ")
        now = clock.now()

        def act() -> object:
            version = people_queries.get(person.id).version
            return people.edit_resident(person.id, data_of(profile, family, given), version, by=clerk, now=now)

        if self.do(act) is not None:
            person.profile.change(now, profile)

    def stop(self, clerk: Actor, person: Person, profile: Profile) -> None:
        """連絡を止める, or let it go on; `profile` says which."""
        now = clock.now()

        def act() -> bool:
            if profile.stopped:
                people.stop_contact(person.id, StopReason.WISH, by=clerk, now=now)
            else:
                people.resume_contact(person.id, by=clerk, now=now)
            return True

        if self.do(act):
            person.profile.change(now, profile)

    # ---- what people of the office do about reminders

    def tell(self, clerk: Actor, booking: Booking, outcome: str, *, by_page: bool) -> None:
        now, start = clock.now(), booking.lesson.start.now
        if by_page:
            done = self.send(clerk, "/action-items", booking=booking.id, outcome=outcome, note="", twice=True)
        else:
            done = self.do(
                lambda: reminders.note_contact(booking.id, PersonOutcome(outcome), "", by=clerk, now=now)
            )
        if done is not None:
            booking.contacts.append(Contact(now, outcome, start))

    def stop_sending(self, stopped: bool) -> None:
        reason = "職員が停止" if stopped else ""
        self.do(lambda: office_settings.change(sending_hold=reason))
        self.diary.stopped.append((clock.now(), stopped))

    # ---- the lesson itself

    def keep_sheet(self, clerk: Actor, lesson: Lesson, *, by_page: bool) -> None:
        """Everybody came; then those who did not are marked, and somebody walks in."""
        now = clock.now()
        standing = [one for one in self.diary.of_lesson[lesson.id] if one.active(now)]
        chance = self.lot.of("sheet", lesson.id)
        if by_page:
            self.page(clerk, f"/sheet/{lesson.id}")
            if standing:
                self.send(clerk, f"/sheet/{lesson.id}/all-came")
        else:
            self.do(lambda: visits.mark_all_came(lesson.id, by=clerk, now=now))
        for booking in standing:
            booking.attendance = chance.choices(("came", "no_show", "absent_notified"), (82, 12, 6))[0]
            if booking.attendance != "came":
                self._mark(clerk, booking, by_page)
        if chance.random() < 0.3:
            self.send(
                clerk, f"/sheet/{lesson.id}/walk-in", key=self.new_name(), name="飛び入り"
            )
            self.diary.walk_ins += 1
        self.send(clerk, f"/sheet/{lesson.id}/close")

    def _mark(self, clerk: Actor, booking: Booking, by_page: bool) -> None:
        from supportdesk.visits import actions as visits
        key, attendance = self.new_name(), booking.attendance or ""
        if by_page:
            self.send(
                clerk,
                f"/sheet/{booking.lesson.id}/mark",
                key=key, booking_id=booking.id, attendance=attendance,
            )  # fmt: skip
        else:
            self.do(
                lambda: visits.mark(
                    booking.lesson.id, booking.id, Attendance(attendance), key=key, by=clerk, now=clock.now()
                )
            )
