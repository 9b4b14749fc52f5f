from __future__ import annotations

from datetime import date, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, Versioned, words
from ..messages.rules import Language
from .rules import NumberKind, Wish
from .supporter_rules import SupporterKind


class Supporter(Versioned, Base):
    """スマホ支援員. May have an account for the tablet.

    `number` (E.164, "" for none) is their own, told by `wish`; `badge` is the number of the badge; `pledged_on` the day
    of the 誓約書; `left_on` the last day.
    """

    __tablename__ = "supporter"
    __table_args__ = (sa.Index("uq_supporter_external_id", "external_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"), unique=True)
    kind: Mapped[SupporterKind] = mapped_column(words(SupporterKind), default=SupporterKind.VOLUNTEER)
    name: Mapped[str] = mapped_column(sa.String(80))
    kana: Mapped[str] = mapped_column(sa.String(80))
    district_code: Mapped[str | None] = mapped_column(sa.ForeignKey("district.code"))
    number: Mapped[str] = mapped_column(sa.String(20), default="")
    number_kind: Mapped[NumberKind | None] = mapped_column(words(NumberKind))
    wish: Mapped[Wish] = mapped_column(words(Wish), default=Wish.PERSON)
    language: Mapped[Language] = mapped_column(words(Language), default=Language.JAPANESE, server_default="ja")
    badge: Mapped[str] = mapped_column(sa.String(40), default="")
    trained_on: Mapped[date | None]
    pledged_on: Mapped[date | None]
    left_on: Mapped[date | None]

    skills: Mapped[list[SupporterSkill]] = relationship(
        cascade="all, delete-orphan", order_by="SupporterSkill.topic_code"
    )
    terms: Mapped[list[SupporterTerm]] = relationship(
        cascade="all, delete-orphan", order_by="SupporterTerm.fiscal_year"
    )
    hours: Mapped[list[SupporterHours]] = relationship(
        cascade="all, delete-orphan", order_by="SupporterHours.weekday"
    )
    off: Mapped[list[SupporterOff]] = relationship(
        cascade="all, delete-orphan", order_by="(SupporterOff.from_day, SupporterOff.id)"
    )


class SupporterSkill(Base):
    """This supporter can help with this topic."""

    __tablename__ = "supporter_skill"

    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporter.id", ondelete="CASCADE"), primary_key=True)
    topic_code: Mapped[str] = mapped_column(sa.ForeignKey("topic.code"), primary_key=True, index=True)


class SupporterTerm(Base):
    """委嘱 for one fiscal year, or the part of it from `from_day` to `until_day`. `insured_on` is the day from which
    the insurance of that year holds; None while nobody has seen to it."""

    __tablename__ = "supporter_term"
    __table_args__ = (sa.CheckConstraint("until_day >= from_day", name="days"),)

    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporter.id", ondelete="CASCADE"), primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_day: Mapped[date]
    until_day: Mapped[date]
    insured_on: Mapped[date | None]


class SupporterHours(Base):
    """The hours of one weekday (Monday is 0) in which a supporter can come. With none at all nobody has asked yet."""

    __tablename__ = "supporter_hours"
    __table_args__ = (
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        sa.CheckConstraint("until_time > from_time", name="hours"),
    )

    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporter.id", ondelete="CASCADE"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_time: Mapped[time]
    until_time: Mapped[time]


class SupporterOff(Base):
    """Days on which a supporter cannot come, the first and the last included."""

    __tablename__ = "supporter_off"
    __table_args__ = (
        sa.CheckConstraint("until_day >= from_day", name="days"),
        sa.Index(None, "supporter_id", "until_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporter.id", ondelete="CASCADE"))
    from_day: Mapped[date]
    until_day: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(100), default="")
