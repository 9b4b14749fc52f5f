"""The database's rows, read once in plain SQL, beside the diary."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from .diary import TOLD, Diary

Rows = list[dict[str, Any]]


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

    @property
    def begin(self) -> datetime:
        return min(at for person in self.diary.persons.values() for at, _ in person.profile)

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
