from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, UTCDateTime, Versioned


class District(Versioned, Base):
    """One of the former towns (旧町). Neighbours are found by the distance of the centres.

    One that is out of use (`retired_at`) is offered nowhere any more, and named wherever it is used already.
    """

    __tablename__ = "district"

    code: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    name_kana: Mapped[str] = mapped_column(sa.String(60))
    town_name: Mapped[str] = mapped_column(sa.String(40))
    sort_order: Mapped[int]
    latitude: Mapped[float]
    longitude: Mapped[float]
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Topic(Versioned, Base):
    """分類: what a help request is about, and where it usually goes first.

    `proposed`: from the packaged list, and nobody of the office has saved it yet. `retired_at` as of a district.
    """

    __tablename__ = "topic"

    code: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    label: Mapped[str] = mapped_column(sa.String(60))
    group: Mapped[str] = mapped_column(sa.String(20))
    first_route: Mapped[str] = mapped_column(sa.String(20))
    urgent: Mapped[bool]
    staff_note: Mapped[str] = mapped_column(sa.String(400), default="")
    sort_order: Mapped[int]
    proposed: Mapped[bool] = mapped_column(default=False)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ClosedDay(Base):
    """A day on which the office is closed besides weekends, national holidays and 29 December to 3 January."""

    __tablename__ = "closed_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(100))


class SystemDay(Base):
    """システム停止日: a day on which the card system stands still, so that the counter can do nothing for anybody."""

    __tablename__ = "system_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(100))


class OfficeSetting(Base):
    """A setting of the office that differs from its default in office/settings.py; the value as JSON."""

    __tablename__ = "office_setting"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(sa.JSON)


class OfficePart(Versioned, Base):
    """A part of the settings that is edited as one form, and how often it was saved. The migration makes one row for
    each; whoever saves a part, or claims messages under the caps, holds rows of this table."""

    __tablename__ = "office_part"

    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Branch(Versioned, Base):
    """支所・窓口: where residents find the office besides its main desk."""

    __tablename__ = "branch"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    telephone: Mapped[str] = mapped_column(sa.String(20), default="")
    hours: Mapped[str] = mapped_column(sa.String(60), default="")
    address: Mapped[str] = mapped_column(sa.String(120), default="")
    landmark: Mapped[str] = mapped_column(sa.String(60), default="")
    sort_order: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
