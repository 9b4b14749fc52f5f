"""Any order of holding, booking, cancelling, moving and waiting, against a model that a clerk could keep on
paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import booking_queries as queries
from supportdesk.lessons import seats
from supportdesk.lessons.bookings import book_party, cancel_booking, move_booking
from supportdesk.lessons.models import Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from tests import factories
from tests.conftest import NOW

HOLD = timedelta(minutes=3)
LESSON, CLERK, PERSON = st.integers(0, 1), st.integers(0, 1), st.integers(0, 4)
SEATS = (3, 4)


@dataclass
class Booked:
    id: int
    lesson: int
    person: int
    companions: int


@dataclass
class Paper:
    """What a clerk would write down."""

    bookings: list[Booked] = field(default_factory=list)
    # clerk -> (lesson, seats, until)
    holds: dict[int, tuple[int, int, object]] = field(default_factory=dict)

    def taken(self, lesson: int) -> int:
        return sum(1 + each.companions for each in self.bookings if each.lesson == lesson)

    def held(self, lesson: int, but_by: int | None = None) -> int:
        return sum(n for clerk, (at, n, _) in self.holds.items() if at == lesson and clerk != but_by)

    def free_for(self, clerk: int, lesson: int) -> int:
        return SEATS[lesson] - self.taken(lesson) - self.held(lesson, but_by=clerk)

    def has(self, lesson: int, person: int) -> bool:
        return any((each.lesson, each.person) == (lesson, person) for each in self.bookings)


class Desk(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now, self.paper = NOW, Paper()
        self.lessons = [factories.lesson(seats=each).id for each in SEATS]
        self.clerks = [factories.staff() for _ in range(2)]
        self.people = [factories.resident().id for _ in range(5)]

    def code_of(self, act) -> str:  # type: ignore[no-untyped-def]
        try:
            with transaction():
                act()
        except Refusal as refusal:
            return refusal.code
        return ""

    @rule(clerk=CLERK, lesson=LESSON, count=st.integers(1, 3))
    def hold(self, clerk: int, lesson: int, count: int) -> None:
        code = self.code_of(
            lambda: seats.hold_seats(self.lessons[lesson], count, by=self.clerks[clerk], now=self.now)
        )
        fits = self.paper.free_for(clerk, lesson) >= count
        assert code == ("" if fits else "lesson-full")
        if fits:
            self.paper.holds[clerk] = (lesson, count, self.now + HOLD)

    @rule(clerk=CLERK)
    def release(self, clerk: int) -> None:
        assert self.code_of(lambda: seats.release_hold(by=self.clerks[clerk], now=self.now)) == ""
        self.paper.holds.pop(clerk, None)

    @rule(
        clerk=CLERK,
        lesson=LESSON,
        who=st.lists(PERSON, min_size=1, max_size=2, unique=True),
        companions=st.integers(0, 1),
    )
    def book(self, clerk: int, lesson: int, who: list[int], companions: int) -> None:
        made: list[int] = []

        def act() -> None:
            bookings = book_party(
                self.lessons[lesson],
                [self.people[each] for each in who],
                companions=companions,
                booked_by=BookedBy.SELF,
                channel=BookingChannel.PHONE,
                by=self.clerks[clerk],
                now=self.now,
            )
            made.extend(each.id for each in bookings)

        code = self.code_of(act)
        if any(self.paper.has(lesson, each) for each in who):
            assert code == "already-booked"
        elif self.paper.free_for(clerk, lesson) < len(who) + companions:
            assert code == "lesson-full"
        else:
            assert code == ""
            for n, (identity, person) in enumerate(zip(made, who, strict=True)):
                self.paper.bookings.append(Booked(identity, lesson, person, 0 if n else companions))
            self.use_up_hold(clerk, lesson)

    @precondition(lambda self: self.paper.bookings)
    @rule(which=st.integers(0, 99))
    def cancel(self, which: int) -> None:
        booking = self.paper.bookings.pop(which % len(self.paper.bookings))
        for answer in ("", "already-cancelled"):
            code = self.code_of(lambda: cancel_booking(booking.id, "体調", by=self.clerks[0], now=self.now))
            assert code == answer

    @precondition(lambda self: self.paper.bookings)
    @rule(clerk=CLERK, which=st.integers(0, 99))
    def move(self, clerk: int, which: int) -> None:
        booking = self.paper.bookings[which % len(self.paper.bookings)]
        to, made = 1 - booking.lesson, []

        def act() -> None:
            made.append(move_booking(booking.id, self.lessons[to], by=self.clerks[clerk], now=self.now).id)

        code = self.code_of(act)
        if self.paper.has(to, booking.person):
            assert code == "already-booked"
        elif self.paper.free_for(clerk, to) < 1 + booking.companions:
            assert code == "lesson-full"
        else:
            assert code == ""
            booking.id, booking.lesson = made[0], to
            self.use_up_hold(clerk, to)

    @rule(minutes=st.integers(1, 4))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.paper.holds = {clerk: held for clerk, held in self.paper.holds.items() if held[2] > self.now}

    @rule()
    def tick(self) -> None:
        with transaction():
            seats.expire_holds(self.now)

    def use_up_hold(self, clerk: int, lesson: int) -> None:
        if self.paper.holds.get(clerk, (None,))[0] == lesson:
            del self.paper.holds[clerk]

    @invariant()
    def paper_and_database_agree(self) -> None:
        db.session.rollback()
        for n, lesson_id in enumerate(self.lessons):
            lesson = db.session.scalars(
                sa.select(Lesson).where(Lesson.id == lesson_id).execution_options(populate_existing=True)
            ).one()
            choice = queries.one_choice(lesson, self.now)
            assert lesson.seats_taken == self.paper.taken(n)
            assert choice.held == self.paper.held(n)
            assert choice.free == SEATS[n] - self.paper.taken(n) - self.paper.held(n)
            assert [each.id for each in queries.bookings_of_lesson(lesson_id)[0]] == sorted(
                each.id for each in self.paper.bookings if each.lesson == n
            )


@pytest.mark.usefixtures("app")
def test_the_seats_agree_with_what_a_clerk_would_write_on_paper() -> None:
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
