from __future__ import annotations

from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.models import User
from ..core import chance
from ..core.db import Base, UTCDateTime, Versioned, words
from ..people.models import Resident, Supporter
from ..places.models import Room, Thing, Venue
from ..places.thing_rules import Equipment
from . import rota_rules
from .lottery_rules import Admission, is_undrawn
from .rules import PUBLIC, BookedBy, BookingChannel, LessonState
from .series_rules import Registration, SeriesRule
from .slot_rules import PUBLIC_KINDS, VISITORS, CounterMatter, LessonKind


class Course(Versioned, Base):
    """教室メニュー: what is taught. `practised` lists what a record is prefilled with, one line each; `needs_phones` is
    how many phones are lent out in a lesson. `counter_matter` is what is done at the counter, `owner` the section that
    answers for it (担当課)."""

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    title: Mapped[str] = mapped_column(sa.String(80))
    title_kana: Mapped[str] = mapped_column(sa.String(120), default="")
    category: Mapped[str] = mapped_column(sa.String(20), default="basic")
    minutes: Mapped[int]
    seats: Mapped[int]
    learners_per_supporter: Mapped[int]
    bring: Mapped[str] = mapped_column(sa.String(200), default="")
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    practised: Mapped[str] = mapped_column(sa.Text, default="")
    pin_typed_by_resident: Mapped[bool] = mapped_column(default=False)
    staff_only: Mapped[bool] = mapped_column(default=False)
    needs_wifi: Mapped[bool] = mapped_column(default=False)
    needs_screen: Mapped[bool] = mapped_column(default=False)
    needs_phones: Mapped[int] = mapped_column(default=0)
    counter_matter: Mapped[CounterMatter | None] = mapped_column(words(CounterMatter))
    owner: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    topics: Mapped[list[CourseTopic]] = relationship(cascade="all, delete-orphan")

    @property
    def needs(self) -> dict[Equipment, int]:
        """How many of each a lesson needs, in the hall or taken along."""
        asked = {
            Equipment.WIFI: int(self.needs_wifi),
            Equipment.SCREEN: int(self.needs_screen),
            Equipment.LOAN_PHONE: self.needs_phones,
        }
        return {kind: count for kind, count in asked.items() if count}


class CourseTopic(Base):
    """This course helps with this topic."""

    __tablename__ = "course_topic"

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id", ondelete="CASCADE"), primary_key=True)
    topic_code: Mapped[str] = mapped_column(sa.ForeignKey("topic.code"), primary_key=True, index=True)


class Lesson(Versioned, Base):
    """教室: one dated occurrence in one room.

    `seats_taken`, `seats_held` (by clerks, for minutes) and `seats_offered` (to those who wait) are moved only by
    guarded updates of this row, and the CHECKs refuse one seat too many, so that no way of writing can sell a seat
    twice. `waiting` counts the parties on the waiting list, those with an offer too. The room is guarded by an
    exclusion constraint (PostgreSQL) and by triggers (SQLite); both let touching times pass. Supporters and things are
    guarded in the same way, on the rows that put them here. Before a lottery is drawn, its entries are what waits.

    `overridden` are the kinds of conflict that `override_reason` speaks of (conflict_rules.py), with spaces between.
    `supporters_needed` is another number of supporters than follows from course and seats (rota_rules.needed).

    `kind` says what a seat is: a chair, or a table, a terminal, a visit for all who come together (slot_rules.py).
    `slot_day` is the local day of a slot, so that those of one day are found together; NULL for a class.
    """

    __tablename__ = "lesson"
    __table_args__ = (
        sa.CheckConstraint("seats_taken >= 0 AND seats_held >= 0 AND seats_taken + seats_held <= seats", name="seats"),
        sa.CheckConstraint(
            "seats_offered >= 0 AND seats_taken + seats_held + seats_offered <= seats", name="offered"
        ),
        sa.CheckConstraint("waiting >= 0", name="waiting"),
        sa.CheckConstraint("ends_at > starts_at", name="times"),
        sa.CheckConstraint("booking_closes_at > booking_opens_at", name="window"),
        sa.CheckConstraint("drawn_at IS NULL OR admission = 'lottery'", name="drawn"),
        sa.CheckConstraint("(kind = 'class') = (slot_day IS NULL)", name="slot_day"),
        sa.Index(None, "venue_id", "starts_at"),
        sa.Index(None, "course_id", "starts_at"),
        sa.Index(None, "slot_day", "room_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"))
    room_id: Mapped[int] = mapped_column(sa.ForeignKey("room.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seats: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0)
    seats_held: Mapped[int] = mapped_column(default=0)
    seats_offered: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting: Mapped[int] = mapped_column(default=0, server_default="0")
    least: Mapped[int] = mapped_column(default=1)
    booking_opens_at: Mapped[datetime] = mapped_column(UTCDateTime)
    booking_closes_at: Mapped[datetime] = mapped_column(UTCDateTime)
    admission: Mapped[Admission] = mapped_column(
        words(Admission), default=Admission.FIRST_COME, server_default=Admission.FIRST_COME.value
    )
    first_timers_first: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    drawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[LessonState] = mapped_column(words(LessonState), default=LessonState.DRAFT)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_by: Mapped[str] = mapped_column(sa.String(80), default="")
    cancel_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    # A state's word; no CHECK of its own, since only cancel_lesson writes it, from the state of the same row.
    cancelled_from: Mapped[str | None] = mapped_column(sa.String(32))
    note: Mapped[str] = mapped_column(sa.String(400), default="")
    override_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    overridden: Mapped[str] = mapped_column(sa.String(400), default="")
    supporters_needed: Mapped[int | None]
    kind: Mapped[LessonKind] = mapped_column(
        words(LessonKind), default=LessonKind.CLASS, server_default=LessonKind.CLASS.value
    )
    slot_day: Mapped[date | None]

    course: Mapped[Course] = relationship()
    venue: Mapped[Venue] = relationship()
    room: Mapped[Room] = relationship()
    supporters: Mapped[list[LessonSupporter]] = relationship(cascade="all, delete-orphan")
    part: Mapped[SeriesLesson | None] = relationship(back_populates="lesson")
    things: Mapped[list[LessonThing]] = relationship(cascade="all, delete-orphan")

    @property
    def is_public(self) -> bool:
        """Whether everybody may read of it; as a query in timetable.public()."""
        state = self.cancelled_from if self.state is LessonState.CANCELLED else self.state
        return state in PUBLIC and self.kind in PUBLIC_KINDS

    @property
    def is_undrawn(self) -> bool:
        """Whether its seats are still to be given by lot."""
        return is_undrawn(self)

    @property
    def free_for_queue(self) -> int:
        """Seats that may be offered to those who wait: none before the draw."""
        return 0 if self.is_undrawn else self.seats_free

    @property
    def needs_supporters(self) -> int:
        """How many supporters it needs; as a query in rota_queries.py."""
        if self.kind is LessonKind.VISIT:
            return VISITORS
        return rota_rules.needed(self.seats, self.course.learners_per_supporter, self.supporters_needed)

    @property
    def supporters_missing(self) -> int:
        """How many of them are missing, 0 when more are there than it needs."""
        return max(self.needs_supporters - len(self.supporters), 0)

    @hybrid_property
    def seats_free(self) -> int:
        """Seats that are neither taken, held nor offered, of a row or in a query; a hold that is over still counts
        until somebody ends it."""
        return self.seats - self.seats_taken - self.seats_held - self.seats_offered


class LessonSupporter(Base):
    """This supporter is on duty in this lesson.

    `starts_at` and `ends_at` are the lesson's, copied by triggers, never by us; NULL once it is cancelled. They let the
    database forbid two duties at once, and are what is asked for whoever is busy.
    """

    __tablename__ = "lesson_supporter"
    __table_args__ = (sa.Index(None, "supporter_id", "starts_at"),)

    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id", ondelete="CASCADE"), primary_key=True)
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporter.id"), primary_key=True)
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    supporter: Mapped[Supporter] = relationship()


class LessonThing(Base):
    """This thing is taken along to this lesson; its times as those of a supporter."""

    __tablename__ = "lesson_thing"
    __table_args__ = (sa.Index(None, "thing_id", "starts_at"),)

    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id", ondelete="CASCADE"), primary_key=True)
    thing_id: Mapped[int] = mapped_column(sa.ForeignKey("thing.id"), primary_key=True)
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    thing: Mapped[Thing] = relationship()


class Hold(Base):
    """仮押さえ: seats kept for three minutes while a clerk talks. One per clerk; the newest replaces the one before."""

    __tablename__ = "hold"
    __table_args__ = (sa.CheckConstraint("seats > 0", name="seats"),)

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    user_name: Mapped[str] = mapped_column(sa.String(80))
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"), index=True)
    seats: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Booking(Base):
    """予約: one resident in one lesson. `number` is told and printed, and opens the booking to whoever types it on a
    telephone. People who come together share `party`; companions without a record of their own are counted on the first
    booking of the party. `allowed_by`: who let them be squeezed in when all tables were
    taken; such a booking takes no seat."""

    __tablename__ = "booking"
    __table_args__ = (
        sa.Index(
            "uq_booking_active",
            "lesson_id",
            "resident_id",
            unique=True,
            sqlite_where=sa.text("cancelled_at IS NULL"),
            postgresql_where=sa.text("cancelled_at IS NULL"),
        ),
        # An index and no constraint, which SQLite cannot add to a table that is there.
        sa.Index("uq_booking_number", "number", unique=True),
        sa.CheckConstraint("companions >= 0", name="companions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(8), default=chance.booking_number, server_default="")
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"), index=True)
    resident_id: Mapped[int] = mapped_column(sa.ForeignKey("resident.id"), index=True)
    party: Mapped[str] = mapped_column(sa.String(40), index=True)
    companions: Mapped[int] = mapped_column(default=0)
    booked_by: Mapped[BookedBy] = mapped_column(words(BookedBy))
    caller: Mapped[str] = mapped_column(sa.String(80), default="")
    channel: Mapped[BookingChannel] = mapped_column(words(BookingChannel))
    read_back: Mapped[bool] = mapped_column(default=False)
    text_wished: Mapped[bool] = mapped_column(default=False)
    booked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    booked_by_user: Mapped[str] = mapped_column(sa.String(80))
    override_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_by: Mapped[str] = mapped_column(sa.String(80), default="")
    cancel_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    moved_to_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id"))
    allowed_by: Mapped[str] = mapped_column(sa.String(80), default="", server_default="")

    lesson: Mapped[Lesson] = relationship()
    resident: Mapped[Resident] = relationship()


class Series(Versioned, Base):
    """連続教室: lessons planned together. It keeps what they were planned with and what holds for those to come; a
    lesson that was changed by itself says otherwise, and is right. `size` is how many lessons were made (全6回).
    Whoever plans it is in charge (担当) until somebody else is."""

    __tablename__ = "series"
    __table_args__ = (sa.CheckConstraint("size > 0", name="size"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    room_id: Mapped[int] = mapped_column(sa.ForeignKey("room.id"), index=True)
    rule: Mapped[SeriesRule] = mapped_column(words(SeriesRule))
    first_day: Mapped[date]
    every_weeks: Mapped[int] = mapped_column(default=1)
    until: Mapped[date | None]
    times: Mapped[int | None]
    start: Mapped[time]
    minutes: Mapped[int]
    seats: Mapped[int]
    least: Mapped[int] = mapped_column(default=1)
    registration: Mapped[Registration] = mapped_column(words(Registration))
    note: Mapped[str] = mapped_column(sa.String(400), default="")
    size: Mapped[int]
    in_charge_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"), index=True)

    course: Mapped[Course] = relationship()
    room: Mapped[Room] = relationship()
    in_charge: Mapped[User | None] = relationship()
    supporters: Mapped[list[SeriesSupporter]] = relationship(cascade="all, delete-orphan")
    things: Mapped[list[SeriesThing]] = relationship(cascade="all, delete-orphan")
    parts: Mapped[list[SeriesLesson]] = relationship(back_populates="series", order_by="SeriesLesson.place")


class SeriesSupporter(Base):
    """This supporter is on duty in the lessons of this series."""

    __tablename__ = "series_supporter"

    series_id: Mapped[int] = mapped_column(sa.ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporter.id"), primary_key=True, index=True)

    supporter: Mapped[Supporter] = relationship()


class SeriesThing(Base):
    """This thing is taken along to the lessons of this series."""

    __tablename__ = "series_thing"

    series_id: Mapped[int] = mapped_column(sa.ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    thing_id: Mapped[int] = mapped_column(sa.ForeignKey("thing.id"), primary_key=True, index=True)

    thing: Mapped[Thing] = relationship()


class SeriesLesson(Base):
    """This lesson is the so-manieth of this series (第3回). `day` is the one that the rule gave: it stays when the
    lesson moves, so that no run of the same rule makes the lesson twice."""

    __tablename__ = "series_lesson"
    __table_args__ = (sa.UniqueConstraint("series_id", "day"), sa.UniqueConstraint("series_id", "place"))

    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id", ondelete="CASCADE"), primary_key=True)
    series_id: Mapped[int] = mapped_column(sa.ForeignKey("series.id"))
    place: Mapped[int]
    day: Mapped[date]

    lesson: Mapped[Lesson] = relationship(back_populates="part")
    series: Mapped[Series] = relationship(back_populates="parts")


class LessonCopy(Base):
    """This lesson was made by copying another into the next month: each is copied once, however often that is asked."""

    __tablename__ = "lesson_copy"

    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id", ondelete="CASCADE"), primary_key=True)
    from_lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"), unique=True)
