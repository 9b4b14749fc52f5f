from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, UTCDateTime, Versioned, words
from ..messages.rules import Language
from ..people.rules import Wish
from .rules import AnsweredBy, AnswerKind, PersonOutcome
from .trial_rules import TrialOutcome


class PersonContact(Base):
    """A person of the office tried to tell a resident about a booking, and how it ended.

    `way` is set when a card was posted or a FAX sheet sent, and empty when they spoke or a paper was put into a hand;
    `with_family`: not the resident but their family was reached.
    `starts_at` is the lesson's start as it was told: when the lesson moves, the resident is to be told anew.
    """

    __tablename__ = "person_contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    outcome: Mapped[PersonOutcome] = mapped_column(words(PersonOutcome))
    way: Mapped[Wish | None] = mapped_column(words(Wish, "contact_way"))
    with_family: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(sa.String(400), default="")
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_name: Mapped[str] = mapped_column(sa.String(80))


class Answer(Base):
    """What a resident has answered about a booking: that they will come, or cannot. Only this, and a person's contact,
    make anything confirmed; that a call was picked up or a text arrived does not.

    `starts_at` as in PersonContact. `origin` names the call or text by which it came, so that a repeated report of it
    counts once.
    """

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(80), unique=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    kind: Mapped[AnswerKind] = mapped_column(words(AnswerKind))
    how: Mapped[AnsweredBy] = mapped_column(words(AnsweredBy))
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class Trial(Base):
    """連絡テスト: a text or a call to one telephone while its owner sits beside us, and how it ended.

    It belongs to the telephone: when the number goes from the record, its tries go too; history keeps that they were.
    """

    __tablename__ = "trial"
    __table_args__ = (
        sa.Index(None, "telephone_id", "id"),
        # One at a time: who is to note the outcome would not know of which.
        sa.Index(
            "uq_trial_open",
            "telephone_id",
            unique=True,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        ),
        sa.CheckConstraint("by_text OR by_call", name="some_way"),
        sa.CheckConstraint("(outcome IS NULL) = (noted_at IS NULL)", name="noted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    telephone_id: Mapped[int] = mapped_column(sa.ForeignKey("telephone.id", ondelete="CASCADE"))
    by_text: Mapped[bool]
    by_call: Mapped[bool]
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    started_by: Mapped[str] = mapped_column(sa.String(80))
    outcome: Mapped[TrialOutcome | None] = mapped_column(words(TrialOutcome))
    noted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    noted_by: Mapped[str] = mapped_column(sa.String(80), default="")


class TransportSettled(Base):
    """A person has put right the transport of a resident whose lesson changed: cancelled it, or ordered it anew."""

    __tablename__ = "transport_settled"

    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id"), primary_key=True)
    changed_lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("changed_lesson.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_name: Mapped[str] = mapped_column(sa.String(80))


class DutyContact(Base):
    """A person of the office tried to tell a supporter about a duty, and how it ended. No key of the duty itself,
    whose row goes when somebody is taken off. `venue_id` and `starts_at`: as it was told."""

    __tablename__ = "duty_contact"
    __table_args__ = (sa.Index(None, "lesson_id", "supporter_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"))
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporter.id"))
    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"))
    outcome: Mapped[PersonOutcome] = mapped_column(words(PersonOutcome))
    note: Mapped[str] = mapped_column(sa.String(400), default="")
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_name: Mapped[str] = mapped_column(sa.String(80))


class Wording(Versioned, Base):
    """The office's own words for one template in one language; None means the packaged ones again. A row stays for
    ever, so that its version tells an old form from the words as they stand."""

    __tablename__ = "wording"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    language: Mapped[Language] = mapped_column(
        words(Language), primary_key=True, default=Language.JAPANESE, server_default="ja"
    )
    words: Mapped[str | None] = mapped_column(sa.Text)
