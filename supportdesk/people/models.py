from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, UTCDateTime, Versioned, words
from ..messages.rules import Language
from .rules import ConsentHow, ContactScope, ContactTiming, Need, NumberKind, OwnChain, StopReason, Wish
from .supporter_models import Supporter, SupporterHours, SupporterOff, SupporterSkill, SupporterTerm

# Everybody finds the room's tables here, wherever they are written down.
__all__ = [
    "FamilyContact",
    "Resident",
    "ResidentNeed",
    "SearchKey",
    "Supporter",
    "SupporterHours",
    "SupporterOff",
    "SupporterSkill",
    "SupporterTerm",
    "Telephone",
]


class Resident(Versioned, Base):
    """住民. A name in kana and some way of contact, or expressly no telephone, is enough."""

    __tablename__ = "resident"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    family_kana: Mapped[str] = mapped_column(sa.String(40))
    given_kana: Mapped[str] = mapped_column(sa.String(40))
    family_name: Mapped[str] = mapped_column(sa.String(40), default="")
    given_name: Mapped[str] = mapped_column(sa.String(40), default="")
    birth_year: Mapped[int | None]
    age_band: Mapped[str | None] = mapped_column(sa.String(8))
    district_code: Mapped[str | None] = mapped_column(sa.ForeignKey("district.code"), index=True)
    postal_code: Mapped[str] = mapped_column(sa.String(8), default="")
    town: Mapped[str] = mapped_column(sa.String(80), default="")
    street: Mapped[str] = mapped_column(sa.String(80), default="")
    building: Mapped[str] = mapped_column(sa.String(80), default="")
    house_name: Mapped[str] = mapped_column(sa.String(40), default="")
    landmark: Mapped[str] = mapped_column(sa.String(80), default="")
    no_telephone: Mapped[bool] = mapped_column(default=False)
    wish: Mapped[Wish] = mapped_column(words(Wish), default=Wish.PERSON)
    own_chain: Mapped[OwnChain] = mapped_column(words(OwnChain), default=OwnChain.OFFICE)
    # In what texts to them are written. How one speaks with them in class is a need (EASY_JAPANESE).
    language: Mapped[Language] = mapped_column(words(Language), default=Language.JAPANESE, server_default="ja")
    consent_on: Mapped[date | None]
    consent_how: Mapped[ConsentHow | None] = mapped_column(words(ConsentHow))
    do_not_call: Mapped[bool] = mapped_column(default=False)
    do_not_call_reason: Mapped[str] = mapped_column(sa.String(100), default="")
    # Chose to answer automatic calls by key. From anybody else a call never asks for one: that looks like fraud.
    keys: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    stopped_by: Mapped[str] = mapped_column(sa.String(80), default="")
    stop_reason: Mapped[StopReason | None] = mapped_column(words(StopReason))
    # When they may be reached (rules.hours_of): HH:MM or "", and the weekdays on which not, as digits, Monday 0.
    contact_from: Mapped[str] = mapped_column(sa.String(5), default="")
    contact_until: Mapped[str] = mapped_column(sa.String(5), default="")
    contact_not_on: Mapped[str] = mapped_column(sa.String(7), default="")
    note: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    telephones: Mapped[list[Telephone]] = relationship(
        back_populates="resident", order_by="Telephone.position", cascade="all, delete-orphan"
    )
    family: Mapped[list[FamilyContact]] = relationship(
        back_populates="resident", order_by="FamilyContact.id", cascade="all, delete-orphan"
    )
    needs: Mapped[list[ResidentNeed]] = relationship(cascade="all, delete-orphan", order_by="ResidentNeed.need")

    @property
    def kana(self) -> str:
        return f"{self.family_kana} {self.given_kana}".strip()

    @property
    def name(self) -> str:
        """The name in kanji where it is known, else in kana."""
        return f"{self.family_name} {self.given_name}".strip() or self.kana

    @property
    def number_to_ring(self) -> str:
        """The first of their numbers (E.164) that a person may ring: no FAX, and none at which somebody else answered.
        "" where there is none, and for who wishes no calls."""
        usable = (each for each in self.telephones if each.kind is not NumberKind.FAX and each.wrong_since is None)
        return "" if self.do_not_call else next((each.number for each in usable), "")


class Telephone(Base):
    """One number of one resident. Two people on one number is normal; whose it is stands beside it."""

    __tablename__ = "telephone"
    __table_args__ = (sa.UniqueConstraint("resident_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = mapped_column(sa.ForeignKey("resident.id", ondelete="CASCADE"))
    number: Mapped[str] = mapped_column(sa.String(20), index=True)
    typed: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[NumberKind] = mapped_column(words(NumberKind))
    whose: Mapped[str] = mapped_column(sa.String(40), default="")
    position: Mapped[int]
    # 連絡テスト: the sender's number was registered in this telephone together with its owner, and a text was tried.
    tried_on: Mapped[date | None]
    # The person said expressly that texts may come to this number.
    texts_agreed_on: Mapped[date | None]
    # Somebody else answered there: nothing automatic goes to it any more, until a person says that it is right.
    wrong_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    wrong_by: Mapped[str] = mapped_column(sa.String(80), default="")

    resident: Mapped[Resident] = relationship(back_populates="telephones")


class FamilyContact(Base):
    """A family member, what may be told, and when."""

    __tablename__ = "family_contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = mapped_column(sa.ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    relation: Mapped[str] = mapped_column(sa.String(20))
    number: Mapped[str] = mapped_column(sa.String(20), default="")
    kind: Mapped[NumberKind | None] = mapped_column(words(NumberKind))
    scope: Mapped[ContactScope] = mapped_column(words(ContactScope))
    timing: Mapped[ContactTiming] = mapped_column(words(ContactTiming))

    resident: Mapped[Resident] = relationship(back_populates="family")


class ResidentNeed(Base):
    __tablename__ = "resident_need"

    resident_id: Mapped[int] = mapped_column(sa.ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    need: Mapped[Need] = mapped_column(words(Need), primary_key=True)


class SearchKey(Base):
    """What a resident is found by. The first letter of a key tells its kind; `>=` and `<` on the primary key answer
    a search by the beginning of a word on both databases without any extension."""

    __tablename__ = "search_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[str] = mapped_column(
        sa.String(80).with_variant(sa.String(80, collation="C"), "postgresql"), primary_key=True
    )
    resident_id: Mapped[int] = mapped_column(
        sa.ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True, index=True
    )
