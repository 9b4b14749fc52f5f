"""Seats, history, attendance and contacts by persons, held against what was asked for."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from .book import Book
from .promises import when


class WhatIsKept(Book):
    """Each method gives what is wrong, case by case."""

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
            for (_, before), (at, after) in itertools.pairwise(states):
                if before.stopped != after.stopped:
                    action = "resident.contact-stopped" if after.stopped else "resident.contact-resumed"
                    expected[action, f"resident:{person.id}", at] += 1
        kinds = {action for action, _, _ in expected} | {"booking.made", "booking.cancelled", "booking.moved"}
        found = Counter(
            (row["action"], row["subject"], row["at"]) for row in self.happened if row["action"] in kinds
        )
        for (action, subject, at), times in (expected - found).items():
            yield f"{action} {subject} at {when(at)} is missing {times} times"
        for (action, subject, at), times in (found - expected).items():
            yield f"{action} {subject} at {when(at)} stands {times} times too often"

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

    def noted(self) -> Iterator[str]:
        of_booking = {row["booking_id"]: row["attendance"] for row in self.visits if row["booking_id"]}
        for booking in self.diary.bookings.values():
            if booking.attendance != (kept := of_booking.get(booking.id)):
                yield f"booking {booking.id}: marked {booking.attendance}, kept {kept}"
        walk_ins = sum(row["booking_id"] is None for row in self.visits)
        if walk_ins != self.diary.walk_ins:
            yield f"{self.diary.walk_ins} walked in, {walk_ins} are kept"
        said = Counter((one.id, each.outcome, each.at) for one in self.diary.bookings.values() for each in one.contacts)
        kept_too = Counter((row["booking_id"], row["outcome"], row["at"]) for row in self.contacts)
        for booking_id, outcome, at in (said - kept_too) + (kept_too - said):
            yield f"booking {booking_id}: {outcome} at {when(at)} was noted, or kept, more often than the other"
