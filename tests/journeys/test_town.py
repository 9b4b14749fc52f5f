"""Four hundred people of a town, and the question for which the product exists: did anybody come to a closed door, or
stay at home, without somebody knowing?

30 in 100 have a landline alone, 10 no telephone; 15 in 100 of the numbers are wrong, 20 in 100 never answer. There is a
day without provider and a typhoon. What reached whom is written down by the network of this test and by its clerks, not
read from the product; at the end the account is printed (`pytest -s tests/journeys/test_town.py`).
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk import jobs
from supportdesk.core.access import Actor, Role
from supportdesk.core.clock import TOKYO, at
from supportdesk.core.db import db, transaction
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.messages import switchboard
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel, Delivery, Outcome, Outgoing, Receipt, ReportedStatus
from supportdesk.messages.reports import take_report
from supportdesk.people.models import Resident
from supportdesk.people.rules import Wish
from supportdesk.reminders import actions, change_actions, queries
from supportdesk.reminders.rules import PersonOutcome
from tests import factories

SEED = int(os.environ.get("SEED", "1"))
RESIDENTS = 400
FIRST, LAST = date(2026, 7, 8), date(2026, 7, 24)
TYPHOON, OUTAGE = date(2026, 7, 16), date(2026, 7, 14)
# When the jobs work; more often only costs time here. A provider is asked at each of them.
TICKS = (
    time(7, 31), time(9, 31), time(10, 0), time(10, 20), time(10, 30), time(13, 31), time(15, 1), time(15, 30),
    time(17, 30),
)  # fmt: skip
# Two clerks ring for half an hour each, twice a day; a call takes three minutes.
AT_THE_TELEPHONE = {time(10, 30): 20, time(15, 30): 20}
STARTS = (time(10), time(13, 30), time(14), time(15, 30))


class Nature(StrEnum):
    """What there is at the other end."""

    ANSWERS = "answers"
    NEVER = "never answers"
    NOT_IN_USE = "the number is nobody's"
    STRANGER = "the number is a stranger's"
    NONE = "no telephone"


class End(StrEnum):
    """How telling somebody of their lesson ended, as the world knows it."""

    TOLD = "told by a person"
    TALKED_TO = "picked up an automatic call"
    TEXTED = "text arrived"
    STRANGER = "went to a stranger's telephone"
    LISTED = "on a person's list when the lesson began"
    SILENT = "NOBODY KNEW"


@dataclass
class Network:
    """A provider that knows what is at the other end of each number. `down`: nobody answers there."""

    natures: Mapping[str, Nature]
    down: bool = False
    created: dict[str, Outgoing] = field(default_factory=dict)
    waiting: list[ReportedStatus] = field(default_factory=list)
    arrived: list[Outgoing] = field(default_factory=list)
    name: str = "practice"
    reaches_telephones: bool = False

    def send(self, outgoing: Outgoing) -> Receipt:
        if self.down:
            return Receipt(Outcome.BUSY)
        if self.natures[outgoing.to] is Nature.NOT_IN_USE:
            return Receipt(Outcome.REFUSED, code=21211)
        sid = f"{'SM' if outgoing.channel is Channel.SMS else 'CA'}{len(self.created):032d}"
        self.created[sid] = outgoing
        answered = self.natures[outgoing.to] is not Nature.NEVER
        ends = (Delivery.COMPLETED if answered else Delivery.NO_ANSWER), Delivery.DELIVERED
        end = ends[outgoing.channel is Channel.SMS]
        self.waiting.append(ReportedStatus(sid, end, token=outgoing.token))
        if end is not Delivery.NO_ANSWER:
            self.arrived.append(outgoing)
        return Receipt(Outcome.ACCEPTED, sid=sid, segments=1)

    def report(self, now: datetime) -> None:
        """All news since the last time."""
        news, self.waiting = self.waiting, []
        for one in news:
            with transaction():
                take_report(one, now=now)

    def fetch(self, channel: Channel, sid: str) -> ReportedStatus | None:
        return None

    def find(self, outgoing: Outgoing, since: datetime) -> list[str] | None:
        return None

    def signature_is_valid(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        return False

    def read_callback(self, form: Mapping[str, str], token: str) -> ReportedStatus | None:
        return None


@dataclass
class Town:
    """The people, what is at their telephones, and what the clerks have written down."""

    app: Flask
    clerk: Actor
    manager: Actor
    natures: dict[int, Nature]
    network: Network
    told: dict[int, datetime] = field(default_factory=dict)
    ends: dict[int, End] = field(default_factory=dict)
    tries: Counter[PersonOutcome] = field(default_factory=Counter)
    listed: Counter[str] = field(default_factory=Counter)


@pytest.fixture
def at_hand() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(at(date(2026, 7, 6), time(9)), tick=False) as traveller:
        yield traveller


def _nature(chance: random.Random) -> Nature:
    drawn = chance.random()
    if drawn < 0.075:
        return Nature.NOT_IN_USE
    if drawn < 0.15:
        return Nature.STRANGER
    return Nature.NEVER if drawn < 0.35 else Nature.ANSWERS


def _person(place: int, chance: random.Random) -> tuple[Resident, Nature]:
    """30 in 100 with a landline alone, 10 without a telephone, the others with a mobile."""
    if place % 10 == 0:
        return factories.resident(wish=Wish.CARD if place % 20 else Wish.PERSON, town="布津町甲"), Nature.NONE
    nature = _nature(chance)
    if place % 10 in (1, 2, 3):
        return factories.reminded_by_call(number=f"+8195700{place:04d}"), nature
    if chance.random() < 0.85:
        return factories.reminded_by_text(number=f"+81900000{place:04d}"), nature
    return factories.resident(number=f"+81900000{place:04d}", wish=Wish.PERSON), nature


def _build(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Town:
    chance = random.Random(SEED)
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    days = [day for day in days if day.weekday() < 5 and day != date(2026, 7, 20)]
    course = factories.course(seats=12)
    rooms = [factories.room(factories.venue(name=f"公民館{n}", short_name=f"公民館{n}")) for n in range(len(STARTS))]
    lessons = [
        factories.lesson(starts_at=datetime.combine(day, hour, TOKYO), seats=12, room=room, course=course)
        for day in days
        for hour, room in zip(STARTS, rooms, strict=True)
    ]
    natures: dict[int, Nature] = {}
    by_number: dict[str, Nature] = {}
    for place in range(RESIDENTS):
        person, nature = _person(place, chance)
        natures[factories.booking(person, lessons[place % len(lessons)]).id] = nature
        by_number |= {each.number: nature for each in person.telephones}
    people = [factories.actor_of(factories.user(role)) for role in (Role.STAFF, Role.MANAGER)]
    town = Town(app, *people, natures, Network(by_number))
    desk = app.extensions[switchboard.EXTENSION]
    monkeypatch.setitem(app.extensions, switchboard.EXTENSION, replace(desk, provider=town.network))
    return town


def _ring(town: Town, most: int, now: datetime) -> None:
    """Two clerks go through 要対応 from the top."""
    for item in queries.needs_person(now)[:most]:
        if item.booking_id is None:
            continue
        town.listed[item.why] += 1
        nature = town.natures[item.booking_id]
        outcome = {
            Nature.ANSWERS: PersonOutcome.TALKED,
            Nature.NEVER: PersonOutcome.NO_ANSWER,
            Nature.NONE: PersonOutcome.HANDED_OVER,
        }.get(nature, PersonOutcome.WRONG_NUMBER)
        with transaction():
            actions.note_contact(item.booking_id, outcome, "", by=town.clerk, now=now)
        town.tries[outcome] += 1
        if outcome in (PersonOutcome.TALKED, PersonOutcome.HANDED_OVER):
            town.told[item.booking_id] = now
    db.session.rollback()


def _judge(town: Town, lesson: Lesson, now: datetime) -> None:
    """How each booking stands in the last minute before the lesson, or before it would have begun."""
    ids = db.session.scalars(sa.select(Booking.id).where(Booking.lesson_id == lesson.id)).all()
    listed = {item.booking_id for item in queries.needs_person(now)}
    changed = lesson.cancelled_at
    arrived = defaultdict(list)
    for outgoing in town.network.arrived:
        arrived[outgoing.token].append(outgoing.channel)
    for booking_id in ids:
        said = db.session.execute(
            sa.select(Message.token, Message.matter).where(Message.about == f"booking:{booking_id}")
        )
        ways = {way for token, matter in said for way in arrived[token] if matter == "change" or not changed}
        told = town.told.get(booking_id)
        if told and (not changed or told >= changed):
            end = End.TOLD
        elif ways and town.natures[booking_id] is Nature.STRANGER:
            end = End.STRANGER
        elif Channel.VOICE in ways:
            end = End.TALKED_TO
        elif ways:
            end = End.TEXTED
        else:
            end = End.LISTED if booking_id in listed else End.SILENT
        town.ends[booking_id] = end
    db.session.rollback()


def _events(day: date) -> list[tuple[time, str]]:
    ticks = [(hour, "tick") for hour in TICKS]
    starts = [((datetime.combine(day, hour) - timedelta(minutes=1)).time(), "judge") for hour in STARTS]
    return sorted(ticks + starts)


def _live(town: Town, day: date, traveller: time_machine.Traveller) -> None:
    works = day.weekday() < 5 and day != date(2026, 7, 20)
    for hour, what in _events(day) if works else [(time(10), "tick")]:
        now = at(day, hour)
        traveller.move_to(now)
        if what == "judge":
            begins = sa.select(Lesson).where(Lesson.starts_at == now + timedelta(minutes=1))
            for lesson in db.session.scalars(begins).all():
                _judge(town, lesson, now)
            continue
        # From 9:55 on a Tuesday until the next day, 11 o'clock, nobody answers at the provider.
        town.network.down = at(OUTAGE, time(9, 55)) <= now < at(OUTAGE + timedelta(days=1), time(11))
        if (day, hour) == (TYPHOON - timedelta(days=1), time(7, 31)):
            _typhoon(town, now)
        jobs.run_once(jobs.WORK, town.app)
        town.network.report(now)
        if works:
            _ring(town, AT_THE_TELEPHONE.get(hour, 0), now)


def _typhoon(town: Town, now: datetime) -> None:
    """The manager cancels all lessons of the coming day, and lets it be told."""
    begin = at(TYPHOON, time.min)
    coming = sa.select(Lesson.id).where(Lesson.starts_at >= begin, Lesson.starts_at < begin + timedelta(days=1))
    ids = db.session.scalars(coming).all()
    db.session.rollback()
    with transaction():
        change = change_actions.cancel_together(list(ids), "台風", {}, by=town.manager, now=now)
        assert change is not None
        change_actions.release(change.id, by=town.manager, now=now)


def _account(town: Town) -> str:
    of_typhoon = set(
        db.session.scalars(sa.select(Booking.id).join(Booking.lesson).where(Lesson.cancelled_at.is_not(None)))
    )
    rows = [f"{RESIDENTS} people, seed {SEED}; {len(town.network.created)} messages and calls left"]
    rows += [f"  what there is: {name} {count}" for name, count in sorted(Counter(town.natures.values()).items())]
    for words, ids in (("lessons held", set(town.ends) - of_typhoon), ("cancelled by the typhoon", of_typhoon)):
        found = Counter(town.ends[each] for each in ids)
        rows += [f"{words}: {len(ids)}"] + [f"  {end}: {found[end]}" for end in End if found[end]]
    rows += [f"calls of clerks: {sum(town.tries.values())}"]
    rows += [f"  {outcome}: {count}" for outcome, count in sorted(town.tries.items())]
    rows += [f"why they rang: {dict(sorted(town.listed.items()))}"]
    return "\n".join(rows)


@pytest.mark.one_database
def test_nobody_of_the_town_is_left_without_somebody_knowing(
    app: Flask, at_hand: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = _build(app, monkeypatch)
    for n in range((LAST - date(2026, 7, 6)).days + 1):
        _live(town, date(2026, 7, 6) + timedelta(days=n), at_hand)

    sys.stdout.write(f"\n{_account(town)}\n")
    assert len(town.ends) == RESIDENTS
    assert [booking for booking, end in town.ends.items() if end is End.SILENT] == []
    # And enough went on for that to mean something.
    assert set(End) - {End.SILENT} == set(town.ends.values())
    assert {PersonOutcome.TALKED, PersonOutcome.NO_ANSWER, PersonOutcome.WRONG_NUMBER} <= set(town.tries)
    per_step = db.session.execute(
        sa.select(Message.token, sa.func.count()).group_by(Message.token).having(sa.func.count() > 1)
    )
    assert per_step.all() == []
