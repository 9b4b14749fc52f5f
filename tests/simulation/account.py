"""The account at the end: each promise, held against the diary and the database, in plain SQL and loops."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from . import promises
from .diary import TEXT, TOLD, Booking, Diary, Sent
from .duty import blocked_at, together

Rows = list[dict[str, Any]]

AGREES = "The outbox and the network agree on what left and how it ended"
NOT_TWICE = "Nobody was told the same step twice"
NOT_AFTER = "Nothing left after a cancellation, a move, a stop, or once told"
AS_WISHED = "Everything left by the way, to the number and in the hours that hold"
NOT_WHILE_STOPPED = "Nothing left while sending was stopped"
LEFT_ALONE = "A number that was refused for good was left alone"
KNOWN_STATE = "Every reminder ended in a known state"
SEATS = "Counters, bookings, holds and callers agree on the seats"
HISTORY = "History has every booking, cancellation, move and contact once"
CHAIN = "The chain of history verifies"
ATTENDANCE = "Who came is as it was marked"
FITS = "Every request fits the network's own description"

_FINAL = {"delivered", "answered", "not-answered", "failed", "refused", "unknown", "withdrawn", "missed"}
_LEFT = {"accepted", "sent", "delivered", "answered", "not-answered", "failed"}
_MEANS = {"good": {"delivered", "answered"}, "failed": {"failed"}, "not-answered": {"not-answered"}}


@dataclass(frozen=True)
class Account:
    """`broken`: by promise, what does not hold."""

    broken: dict[str, list[str]]
    steps: Counter[tuple[str, str, str]]
    persons: Counter[str]

    @property
    def holds(self) -> bool:
        return not any(self.broken.values())


def draw_up(diary: Diary, connection: sa.Connection, *, secret: str, now: datetime, misfits: list[str]) -> Account:
    """The account as of `now`; what lies ahead then is not judged."""
    book = Book(diary, connection, now)
    judges: dict[str, Callable[[], Iterator[str]]] = {
        AGREES: book.agreement,
        NOT_TWICE: book.doubles,
        NOT_AFTER: book.too_late,
        AS_WISHED: book.unwished,
        NOT_WHILE_STOPPED: book.while_stopped,
        LEFT_ALONE: book.refused_before,
        KNOWN_STATE: book.unknown_ends,
        SEATS: book.seats,
        HISTORY: book.history,
        CHAIN: lambda: book.chain(secret),
        ATTENDANCE: book.attendance,
        FITS: lambda: iter(misfits),
    }
    broken = {promise: list(judge()) for promise, judge in judges.items()}
    for promise, seen in diary.surprises.items():
        broken.setdefault(promise, []).extend(seen)
    return Account(broken, book.steps(), book.persons())


class Book:
    """The database's rows, read once, and the diary."""

    def __init__(self, diary: Diary, connection: sa.Connection, now: datetime) -> None:
        self.diary, self.now = diary, now

        def rows(table: str) -> Rows:
            found = connection.execute(sa.text(f"SELECT * FROM {table}")).mappings()
            return [{name: _read(name, value) for name, value in row.items()} for row in found]

        self.messages, self.bookings, self.lessons = rows("message"), rows("booking"), rows("lesson")
        self.held, self.visits, self.contacts = rows("hold"), rows("visit"), rows("person_contact")
        self.happened = sorted(rows("history"), key=lambda row: row["id"])
        self.seals = sorted(rows("history_seal"), key=lambda row: row["number"])
        self.by_token = {row["token"]: row for row in self.messages}

    # ---- what left

    def agreement(self) -> Iterator[str]:
        kept: dict[str, list[Sent]] = defaultdict(list)
        for sent in self.diary.sent:
            if sent.token not in self.by_token:
                yield f"sent to …{sent.number[-4:]} at {promises.when(sent.at)}, and no row of the outbox is it"
            if sent.kept:
                kept[sent.token].append(sent)
        for row in self.messages:
            name = f"message {row['id']} ({row['about']} {row['step']}, {row['status']})"
            mine = kept[row["token"]]
            if row["status"] in _LEFT and not mine:
                yield f"{name}: the network never took it"
            if row["status"] in ("planned", "withdrawn", "missed", "refused") and mine:
                yield f"{name}: the network took it"
            for sent in mine:
                known = sent.final(self.now)
                if row["sid"] not in (None, sent.sid):
                    yield f"{name}: carries the name of another"
                if known and row["status"] not in _MEANS[known]:
                    yield f"{name}: the office was told that it was {known}"
                if not known and row["status"] in {"delivered", "answered", "not-answered", "failed"}:
                    yield f"{name}: the office was told of no end"

    def doubles(self) -> Iterator[str]:
        told: Counter[tuple[int, str, str, str]] = Counter()
        for sent in self.diary.sent:
            row = self.by_token.get(sent.token)
            if sent.kept and row is not None:
                occasion = row["occasion"].partition("/")[0]
                for booking in self._told_by(sent):
                    told[booking.id, sent.matter, sent.step, occasion] += 1
        for (booking_id, matter, step, occasion), times in told.items():
            if times > 1:
                yield f"booking {booking_id}: {matter} {step} for {occasion} was told {times} times"

    def _told_by(self, sent: Sent) -> list[Booking]:
        booking = self.diary.bookings.get(sent.booking or 0)
        if booking is None:
            return []
        if sent.matter != "reminder":
            return [booking]
        group = together(self.diary, booking, sent.at, blocked_at(self.diary, sent.at, before=True))
        return [mate for mate in group if mate.made_at <= self._due(mate, sent) or mate is booking]

    def _due(self, booking: Booking, sent: Sent) -> datetime:
        start = booking.lesson.start.at(sent.at)
        return {
            "first": promises.first_notice, "last": promises.last_notice, "last-again": promises.second_try,
        }[sent.step](start, self.diary.closed)  # fmt: skip

    def too_late(self) -> Iterator[str]:
        for sent in self.diary.sent:
            booking = self.diary.bookings.get(sent.booking or 0)
            if booking is None:
                continue
            start = booking.lesson.start.at(sent.at)
            ended, off = booking.ended_at, booking.lesson.cancelled_at
            told = [one for one in booking.contacts if one.outcome in TOLD and one.start == start and one.at <= sent.at]
            why = [
                ended is not None and ended <= sent.at and ("moved" if booking.moved_to else "cancelled"),
                off is not None and off <= sent.at and "lesson cancelled",
                booking.person.profile.at(sent.at).stopped and "contact stopped",
                bool(told) and sent.matter == "reminder" and "told by a person",
                sent.at > start - promises.LAST_HOUR and "in the last hour, or after the start",
            ]
            for reason in filter(None, why):
                yield f"booking {booking.id} at {promises.when(sent.at)}: {reason}"

    def unwished(self) -> Iterator[str]:
        for sent in self.diary.sent:
            booking = self.diary.bookings.get(sent.booking or 0)
            if booking is None:
                yield f"sent to …{sent.number[-4:]} for nobody"
                continue
            profile, start = booking.person.profile.at(sent.at), booking.lesson.start.at(sent.at)
            blocked = blocked_at(self.diary, sent.at, before=True)
            due = booking.made_at if sent.matter == "confirmation" else self._due(booking, sent)
            wished = (
                (TEXT, promises.text_number(profile, blocked) if booking.text_wished else None)
                if sent.matter == "confirmation"
                else promises.way_of(profile, blocked)
            )
            day = start.astimezone(promises.TOKYO)
            why = [
                (sent.channel, sent.number) != wished and "not by this way or to this number",
                not promises.in_hours(sent.channel, sent.at) and "at an hour that is not open",
                sent.at < due and "before its time",
                sent.channel == TEXT and f"{day.month}月{day.day}日" not in sent.text and "names another day",
            ]
            for reason in filter(None, why):
                yield f"booking {booking.id} at {promises.when(sent.at)}: {reason}"

    def while_stopped(self) -> Iterator[str]:
        for sent in self.diary.sent:
            if self.diary.sending_stopped(sent.at):
                yield f"booking {sent.booking} at {promises.when(sent.at)}"

    def refused_before(self) -> Iterator[str]:
        for sent in self.diary.sent:
            if blocked_at(self.diary, sent.at, before=True)(sent.number, sent.channel):
                yield f"booking {sent.booking} at {promises.when(sent.at)} to …{sent.number[-4:]}"

    # ---- how it ended

    def unknown_ends(self) -> Iterator[str]:
        settled = self.now - promises.NO_NEWS - promises.SOON
        rows: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in self.messages:
            rows[row["about"], row["step"]].append(row["status"])
            booking = self.diary.bookings[int(row["about"].partition(":")[2])]
            if booking.lesson.start.now < settled and row["status"] not in _FINAL:
                yield f"message {row['id']} ({row['about']} {row['step']}) is still {row['status']}"
        for booking in self.diary.bookings.values():
            if not self._by_machine_all_along(booking, settled):
                continue
            states = [state for state in rows[f"booking:{booking.id}", "last"] if state != "withdrawn"]
            if len(states) != 1:
                yield f"booking {booking.id}: its last notice ended as {states or 'nothing'}"

    def _by_machine_all_along(self, booking: Booking, settled: datetime) -> bool:
        """Whether the last notice of this booking must be one message: nothing about it changed, no person told them,
        they came alone."""
        lesson = booking.lesson
        start = lesson.start.now
        due = promises.last_notice(start, self.diary.closed)
        week = start - timedelta(days=8)
        return (
            start < settled
            and booking.ended_at is None
            and lesson.cancelled_at is None
            and booking.made_at < due
            and all(at < week for at, _ in [*booking.person.profile, *lesson.start] if at > self.begin)
            and not any(one.outcome in TOLD for one in booking.contacts)
            and promises.way_of(booking.person.profile.now, blocked_at(self.diary, self.now))[1] != ""
            and sum(mate.party == booking.party for mate in self.diary.of_lesson[lesson.id]) == 1
        )

    @property
    def begin(self) -> datetime:
        return min(at for person in self.diary.persons.values() for at, _ in person.profile)

    # ---- seats, history, attendance

    def seats(self) -> Iterator[str]:
        rows = {row["id"]: row for row in self.bookings}
        for booking in self.diary.bookings.values():
            row = rows.pop(booking.id, None)
            said = (
                booking.lesson.id, booking.person.id, booking.companions, booking.made_at, booking.ended_at,
                booking.moved_to,
            )  # fmt: skip
            names = ("lesson_id", "resident_id", "companions", "booked_at", "cancelled_at", "moved_to_id")
            if row is None or tuple(row[name] for name in names) != said:
                yield f"booking {booking.id} is not as it was asked for"
        yield from (f"booking {each} was asked for by nobody" for each in rows)
        held = Counter[int]()
        for row in self.held:
            held[row["lesson_id"]] += row["seats"]
        for row in self.lessons:
            lesson = self.diary.lessons[row["id"]]
            standing = [one for one in self.bookings if one["lesson_id"] == row["id"] and one["cancelled_at"] is None]
            in_table = sum(1 + one["companions"] for one in standing)
            asked = self.diary.taken(lesson, self.now)
            if not row["seats_taken"] == in_table == asked <= row["seats"]:
                yield f"lesson {row['id']}: {row['seats_taken']} taken, {in_table} booked, {asked} asked for"
            if row["seats_held"] != held[row["id"]]:
                yield f"lesson {row['id']}: {row['seats_held']} held by its counter, {held[row['id']]} by holds"
            if held[row["id"]] < self.diary.held(lesson, self.now):
                yield f"lesson {row['id']}: a hold was lost"

    def history(self) -> Iterator[str]:
        expected: Counter[tuple[str, str, datetime]] = Counter()
        for one in self.diary.bookings.values():
            subject = f"booking:{one.id}"
            expected["booking.made", subject, one.made_at] += 1
            if one.ended_at:
                expected["booking.moved" if one.moved_to else "booking.cancelled", subject, one.ended_at] += 1
            off = one.lesson.cancelled_at
            if off and one.active(off):
                expected["booking.lesson_cancelled", subject, off] += 1
            for contact in one.contacts:
                expected["booking.contact", subject, contact.at] += 1
        for lesson in self.diary.lessons.values():
            if lesson.cancelled_at:
                expected["lesson.cancelled", f"lesson:{lesson.id}", lesson.cancelled_at] += 1
        for person in self.diary.persons.values():
            states = list(person.profile)
            for (_, before), (at, after) in zip(states, states[1:], strict=False):
                if before.stopped != after.stopped:
                    action = "resident.contact-stopped" if after.stopped else "resident.contact-resumed"
                    expected[action, f"resident:{person.id}", at] += 1
        kinds = {action for action, _, _ in expected} | {"booking.made", "booking.cancelled", "booking.moved"}
        found = Counter(
            (row["action"], row["subject"], row["at"]) for row in self.happened if row["action"] in kinds
        )
        for (action, subject, at), times in (expected - found).items():
            yield f"{action} {subject} at {promises.when(at)} is missing {times} times"
        for (action, subject, at), times in (found - expected).items():
            yield f"{action} {subject} at {promises.when(at)} stands {times} times too often"

    def chain(self, secret: str) -> Iterator[str]:
        key = hmac.new(secret.encode(), b"supportdesk history seal", hashlib.sha256).digest()
        rows, previous = {row["id"]: row for row in self.happened}, ""
        for number, mark in enumerate(self.seals, start=1):
            row = rows.pop(mark["history_id"], None)
            if row is None:
                yield f"seal {number} covers nothing"
                return
            body = [previous, row["id"], row["at"].isoformat()]
            body += [row[name] for name in ("actor_id", "actor_name", "action", "subject", "details")]
            written = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
            previous = hmac.new(key, written, hashlib.sha256).hexdigest()
            if mark["number"] != number or mark["seal"] != previous:
                yield f"seal {number} does not hold"
                return
        old = [row["id"] for row in rows.values() if row["at"] < self.now - timedelta(days=1)]
        if old:
            yield f"{len(old)} rows older than a day are not sealed"

    def attendance(self) -> Iterator[str]:
        of_booking = {row["booking_id"]: row["attendance"] for row in self.visits if row["booking_id"]}
        for booking in self.diary.bookings.values():
            if booking.attendance != (kept := of_booking.get(booking.id)):
                yield f"booking {booking.id}: marked {booking.attendance}, kept {kept}"
        walk_ins = sum(row["booking_id"] is None for row in self.visits)
        if walk_ins != self.diary.walk_ins:
            yield f"{self.diary.walk_ins} walked in, {walk_ins} are kept"

    # ---- figures

    def steps(self) -> Counter[tuple[str, str, str]]:
        return Counter((row["matter"], row["step"], row["status"]) for row in self.messages)

    def persons(self) -> Counter[str]:
        """What became of those who stood on the list."""
        found: Counter[str] = Counter()
        for booking_id in self.diary.listed:
            booking = self.diary.bookings[booking_id]
            if any(one.outcome in TOLD for one in booking.contacts):
                found["told by a person"] += 1
            elif booking.ended_at is not None:
                found["cancelled or moved meanwhile"] += 1
            elif booking.lesson.start.now <= self.now:
                found["tried, then over" if booking.contacts else "forgotten, then over"] += 1
            else:
                found["still open"] += 1
        return found


def _read(name: str, value: Any) -> Any:
    """A column as Python knows it, on both databases."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, str) and (name.endswith("_at") or name == "at"):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if name == "details" and isinstance(value, str):
        return json.loads(value)
    return value
