from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, UTCDateTime, words
from ..office.rules import MINUTES_OF_A_DAY
from .practice_rules import ProviderTrouble
from .providers.base import Channel
from .rules import Language, LineBehaviour, MessageStatus


class Message(Base):
    """One thing to say to one number: a row of the outbox and of the record of what became of it.

    `about` + `matter` + `step` + `occasion` name it; the database refuses a second one. `occasion` is what makes the
    same step a new one (the lesson's start: a lesson that moved is announced anew).
    """

    __tablename__ = "message"
    __table_args__ = (
        sa.UniqueConstraint("about", "matter", "step", "occasion"),
        sa.Index(None, "status", "due_at"),
        sa.Index(None, "recipient", "id"),
        # The caps count by these (delivery.py).
        sa.Index(None, "number", "claimed_at"),
        sa.Index(None, "claimed_at", "status"),
        sa.Index(None, "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(sa.String(48), unique=True)
    recipient: Mapped[str] = mapped_column(sa.String(40))
    about: Mapped[str] = mapped_column(sa.String(40))
    matter: Mapped[str] = mapped_column(sa.String(24))
    step: Mapped[str] = mapped_column(sa.String(24))
    occasion: Mapped[str] = mapped_column(sa.String(40))
    channel: Mapped[Channel] = mapped_column(words(Channel))
    number: Mapped[str] = mapped_column(sa.String(20))
    body: Mapped[str] = mapped_column(sa.Text)
    sentences: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    language: Mapped[Language] = mapped_column(words(Language), default=Language.JAPANESE, server_default="ja")
    # Of a call: whoever takes it chose to answer by key, so what it says is asked for when it is taken.
    keys: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    window: Mapped[str] = mapped_column(sa.String(16))
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    not_after: Mapped[datetime] = mapped_column(UTCDateTime)
    # When it was asked for; `due_at` is its own turn after that, by the rate at which the provider takes them
    # (spread_rules.py). None: not spread.
    wished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # When its receiver may be reached at all (office.rules.Hours): minutes of the town's day, and weekdays as bits.
    only_from: Mapped[int] = mapped_column(default=0)
    only_until: Mapped[int] = mapped_column(default=MINUTES_OF_A_DAY)
    not_on: Mapped[int] = mapped_column(default=0)
    status: Mapped[MessageStatus] = mapped_column(words(MessageStatus), default=MessageStatus.PLANNED)
    tries: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(sa.String(48))
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    provider: Mapped[str | None] = mapped_column(sa.String(16))
    # From which number, or under which name: what a resident saw who asks whether it was really us.
    sender: Mapped[str | None] = mapped_column(sa.String(40))
    sid: Mapped[str | None] = mapped_column(sa.String(48), unique=True)
    code: Mapped[str | None] = mapped_column(sa.String(16))
    segments: Mapped[int | None]
    # What it costs in sen, as prices were when it was claimed, or as the provider reported; None: not known then.
    sen: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(sa.String(60))
    handed_over_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # When the provider's list was read the last time without this message in it.
    not_in_list_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class MessageAlso(Base):
    """What a message is about besides: it tells of several things at once, to one number on one day. `occasion` is
    that of the other thing."""

    __tablename__ = "message_also"

    message_id: Mapped[int] = mapped_column(sa.ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    about: Mapped[str] = mapped_column(sa.String(40), primary_key=True, index=True)
    occasion: Mapped[str] = mapped_column(sa.String(40))


class ProviderReport(Base):
    """Every report of a provider as it came, by callback or by asking, also those that changed nothing."""

    __tablename__ = "provider_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("message.id"), index=True)
    sid: Mapped[str | None] = mapped_column(sa.String(48))
    state: Mapped[str] = mapped_column(sa.String(24))
    code: Mapped[str | None] = mapped_column(sa.String(16))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    moved: Mapped[bool]


class NumberNote(Base):
    """What is known of one telephone number, whoever answers it: opted out, or not reachable on a channel."""

    __tablename__ = "number_note"

    number: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    opted_out_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    no_text_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    no_call_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    code: Mapped[str | None] = mapped_column(sa.String(16))


class ProviderRest(Base):
    """One channel of the provider in trouble: it asked us to wait, or gave no answer. Gone with the first answer to a
    call that began afterwards. `noted_at`: the newest trouble that counted; `until`: no call before it."""

    __tablename__ = "provider_rest"

    channel: Mapped[Channel] = mapped_column(words(Channel), primary_key=True)
    failures: Mapped[int]
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime] = mapped_column(UTCDateTime)


class PracticeExchange(Base):
    """What a real provider would keep of a text or a call, for the practice telephone."""

    __tablename__ = "practice_exchange"

    sid: Mapped[str] = mapped_column(sa.String(48), primary_key=True)
    token: Mapped[str] = mapped_column(sa.String(48), index=True)
    channel: Mapped[Channel] = mapped_column(words(Channel))
    number: Mapped[str] = mapped_column(sa.String(20), index=True)
    sender: Mapped[str] = mapped_column(sa.String(40))
    body: Mapped[str] = mapped_column(sa.Text)
    twiml: Mapped[str] = mapped_column(sa.Text)
    callback_url: Mapped[str | None] = mapped_column(sa.String(300))
    state: Mapped[str] = mapped_column(sa.String(24))
    reported: Mapped[str] = mapped_column(sa.String(24))
    digits: Mapped[str] = mapped_column(sa.String(32), default="")
    callbacks_lost: Mapped[bool] = mapped_column(default=False)
    details: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    # Rung or written from the drawn telephone to the office, and not the other way round.
    inbound: Mapped[bool] = mapped_column(default=False)
    # Where the document of a call came from (asked once the call is taken), and the step of it at which the call is.
    twiml_url: Mapped[str | None] = mapped_column(sa.String(300))
    place: Mapped[int] = mapped_column(default=0)
    # Keys that a Gather has heard and that have not been posted yet.
    entered: Mapped[str] = mapped_column(sa.String(32), default="")
    # What was said, pressed and spoken before this place, in pairs of who and what.
    heard: Mapped[list[list[str]]] = mapped_column(sa.JSON, default=list)
    delay: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PracticeLine(Base):
    """One drawn telephone. It has a name of its own, so that no telephone number stands in an address."""

    __tablename__ = "practice_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    behaviour: Mapped[LineBehaviour] = mapped_column(words(LineBehaviour), default=LineBehaviour.NORMAL)
    # Seconds by which its news comes late.
    delay: Mapped[int] = mapped_column(default=0)
    news_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)


class PracticeProviderState(Base):
    """The one row of how the rehearsed provider behaves as a whole, and since when it is rehearsed."""

    __tablename__ = "practice_provider"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    trouble: Mapped[ProviderTrouble] = mapped_column(words(ProviderTrouble), default=ProviderTrouble.NONE)
    begun_at: Mapped[datetime] = mapped_column(UTCDateTime)
