"""What left the house and how it ended, held against what the network took and what was asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from . import promises
from .book import Book
from .diary import CALL, TEXT, TOLD, Booking, Sent
from .duty import blocked_at, together

_FINAL = {"delivered", "answered", "not-answered", "failed", "refused", "unknown", "withdrawn", "missed"}
_LEFT = {"accepted", "sent", "delivered", "answered", "not-answered", "failed"}
_MEANS = {"good": {"delivered", "answered"}, "failed": {"failed"}, "not-answered": {"not-answered"}}


class WhatLeft(Book):
    """Each method gives what is wrong, case by case."""

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
            and promises.way_of(booking.person.profile.now, blocked_at(self.diary, self.now))[0] in (TEXT, CALL)
            and sum(mate.party == booking.party for mate in self.diary.of_lesson[lesson.id]) == 1
        )
