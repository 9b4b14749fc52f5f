"""Any order of holding, booking, cancelling, moving, waiting, offering, answering and time that passes, on both
databases, against what a clerk could keep on paper (paper.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import actions, as_typed, offers, seats, waiting
from supportdesk.lessons import booking_queries as queries
from supportdesk.lessons.bookings import book_party, cancel_booking, move_booking
from supportdesk.lessons.models import Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from supportdesk.lessons.waiting_models import Offer, Waiting
from supportdesk.lessons.waiting_queries import queue_of
from supportdesk.people.actions import stop_contact
from supportdesk.people.rules import StopReason
from tests import factories
from tests.conftest import NOW
from tests.lessons.paper import Booked, Paper, Sheet, Waits, answer_until
from tests.races.clients import ROUNDS

PHONE: dict[str, Any] = {"booked_by": BookedBy.SELF, "channel": BookingChannel.PHONE}
HOLD = timedelta(minutes=3)
PEOPLE = 10
LESSON, CLERK, PERSON, ANY = st.integers(0, 1), st.integers(0, 1), st.integers(0, PEOPLE - 1), st.integers(0, 99)
PARTY = st.lists(PERSON, min_size=1, max_size=2, unique=True)
ANSWERS = (offers.accept, offers.decline, offers.not_reached)
# The first soon, so that deadlines meet its start; the second in nine days.
LESSONS = ((2, timedelta(days=3)), (3, timedelta(days=9)))


class Office(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        made = [factories.lesson(seats=count, starts_at=NOW + ahead) for count, ahead in LESSONS]
        self.lessons = [each.id for each in made]
        self.paper = Paper([Sheet(each.seats, each.starts_at, each.booking_closes_at) for each in made])
        self.clerks = [factories.staff() for _ in range(2)]
        self.people = [factories.resident().id for _ in range(PEOPLE)]
        # Full from the start and waited for, since chance would come to a queue too seldom.
        for lesson, seated, waits in ((0, [0, 1], ([5, 6], [7], [8])), (1, [2, 3, 4], ([7], [5, 9], [8]))):
            for person in seated:
                self.book(0, lesson, [person], 0, "")
            for who in waits:
                self.join(0, lesson, who, 0)

    def done(self, act: Callable[[], Any]) -> tuple[str, Any]:
        """The code of the refusal, or "" and what came of it."""
        try:
            with transaction():
                return "", act()
        except Refusal as refusal:
            return refusal.code, None

    def ids(self, who: list[int]) -> list[int]:
        return [self.people[each] for each in who]

    # ---- holds and bookings

    @rule(clerk=CLERK, lesson=LESSON, count=st.integers(1, 3))
    def hold(self, clerk: int, lesson: int, count: int) -> None:
        code, _ = self.done(lambda: seats.hold_seats(self.lessons[lesson], count, by=self.clerks[clerk], now=self.now))
        why_not = self.paper.sheets[lesson].why_not(self.now)
        fits = self.paper.free_for(clerk, lesson) >= count
        expected = why_not if why_not not in ("", "booking-closed") else "" if fits else "lesson-full"
        assert code == expected
        if not expected:
            self.paper.holds[clerk] = (lesson, count, self.now + HOLD)

    @precondition(lambda self: self.paper.holds)
    @rule(clerk=CLERK)
    def release(self, clerk: int) -> None:
        assert self.done(lambda: seats.release_hold(by=self.clerks[clerk], now=self.now))[0] == ""
        self.paper.holds.pop(clerk, None)

    @rule(clerk=CLERK, lesson=LESSON, who=PARTY, companions=st.integers(0, 1), reason=st.sampled_from(("", "", "遠方")))
    def book(self, clerk: int, lesson: int, who: list[int], companions: int, reason: str) -> None:
        code, made = self.done(
            lambda: book_party(
                self.lessons[lesson], self.ids(who), **PHONE, companions=companions, override_reason=reason,
                by=self.clerks[clerk], now=self.now,
            )
        )  # fmt: skip
        assert code == self.may_book(clerk, lesson, who, len(who) + companions, reason)
        if code:
            return
        for place, (booking, person) in enumerate(zip(made, who, strict=True)):
            self.paper.bookings.append(Booked(booking.id, lesson, person, 0 if place else companions))
        self.seated(clerk, lesson, who)

    def may_book(self, clerk: int, lesson: int, who: list[int], wanted: int, reason: str) -> str:
        why_not = self.paper.sheets[lesson].why_not(self.now)
        if why_not and not (why_not == "booking-closed" and reason):
            return why_not
        if set(who) & self.paper.stopped:
            return "contact-stopped"
        if any(self.paper.booked(lesson, each) for each in who):
            return "already-booked"
        free = self.paper.free_for(clerk, lesson)
        turn = self.paper.turn(lesson, who, wanted, free, bool(reason))
        return turn or ("lesson-full" if wanted > free else "")

    def seated(self, clerk: int, lesson: int, who: list[int]) -> None:
        if self.paper.holds.get(clerk, (None,))[0] == lesson:
            del self.paper.holds[clerk]
        for person in who:
            self.paper.leave(lesson, person)

    @precondition(lambda self: self.paper.bookings)
    @rule(which=ANY)
    def cancel(self, which: int) -> None:
        booking = self.paper.bookings[which % len(self.paper.bookings)]
        begun = self.now >= self.paper.sheets[booking.lesson].starts
        for expected in ("lesson-begun",) if begun else ("", "already-cancelled"):
            code, _ = self.done(lambda: cancel_booking(booking.id, "体調", by=self.clerks[0], now=self.now))
            assert code == expected
        if not begun:
            self.paper.bookings.remove(booking)

    @precondition(lambda self: self.paper.bookings)
    @rule(clerk=CLERK, which=ANY)
    def move(self, clerk: int, which: int) -> None:
        booking = self.paper.bookings[which % len(self.paper.bookings)]
        to = 1 - booking.lesson
        code, made = self.done(
            lambda: move_booking(booking.id, self.lessons[to], by=self.clerks[clerk], now=self.now)
        )
        begun = self.now >= self.paper.sheets[booking.lesson].starts
        wanted = 1 + booking.companions
        assert code == ("lesson-begun" if begun else self.may_book(clerk, to, [booking.person], wanted, ""))
        if not code:
            booking.id, booking.lesson = made.id, to
            self.seated(clerk, to, [booking.person])

    # ---- the waiting list

    def full(self) -> list[int]:
        """The lessons that somebody may wait for, one after the other."""
        return [
            n for n, sheet in enumerate(self.paper.sheets)
            if self.paper.free_for(None, n) <= 0 and not sheet.cancelled and answer_until(self.now, sheet.starts)
        ]  # fmt: skip

    @precondition(lambda self: self.full())
    @rule(which=ANY, who=PARTY, companions=st.sampled_from((0, 0, 1)))
    def join_a_full_one(self, which: int, who: list[int], companions: int) -> None:
        full = self.full()
        self.join(1, full[which % len(full)], who, companions)

    @rule(clerk=CLERK, lesson=LESSON, who=PARTY, companions=st.integers(0, 1))
    def join(self, clerk: int, lesson: int, who: list[int], companions: int) -> None:
        code, made = self.done(
            lambda: waiting.join(
                self.lessons[lesson], self.ids(who), **PHONE, companions=companions, by=self.clerks[clerk], now=self.now
            )
        )
        assert code == self.may_wait(clerk, lesson, who, len(who) + companions)
        if not code:
            self.paper.sheets[lesson].queue.append(Waits(made.id, list(who), companions))

    def may_wait(self, clerk: int, lesson: int, who: list[int], wanted: int) -> str:
        sheet = self.paper.sheets[lesson]
        if set(who) & self.paper.stopped:
            return "contact-stopped"
        if any(self.paper.booked(lesson, each) for each in who):
            return "already-booked"
        if any(sheet.waits(each) for each in who):
            return "already-waiting"
        if sheet.offered & set(who):
            return "offered-before"
        if (why_not := sheet.why_not(self.now)) not in ("", "booking-closed"):
            return why_not
        if wanted > sheet.seats:
            return "party-too-large"
        if answer_until(self.now, sheet.starts) is None:
            return "too-late-to-wait"
        free = self.paper.free_for(clerk, lesson)
        for party in sheet.queue:
            needs = len(set(party.people) - self.paper.stopped)
            needs += party.companions if needs else 0
            if not party.until and needs <= free:
                free -= needs
        return "seats-free" if wanted <= free else ""

    def somebody(self, which: int) -> tuple[Sheet, Waits]:
        everybody = [(sheet, party) for sheet in self.paper.sheets for party in sheet.queue]
        return everybody[which % len(everybody)]

    @precondition(lambda self: any(sheet.queue for sheet in self.paper.sheets))
    @rule(which=ANY)
    def take_out(self, which: int) -> None:
        sheet, party = self.somebody(which)
        for expected in ("", "not-waiting"):
            code, _ = self.done(lambda: waiting.take_out(party.id, "希望", by=self.clerks[0], now=self.now))
            assert code == expected
        sheet.queue.remove(party)

    @precondition(lambda self: any(sheet.queue for sheet in self.paper.sheets))
    @rule(which=ANY)
    def move_up(self, which: int) -> None:
        sheet, party = self.somebody(which)
        code, _ = self.done(lambda: waiting.move_up(party.id, "通院", by=self.clerks[0], now=self.now))
        in_turn = [each for each in sheet.queue if not each.until]
        first = party.until is not None or in_turn[0] is party
        assert code == ("first-already" if first else "")
        if not first:
            sheet.queue.remove(party)
            sheet.queue.insert(0, party)

    @precondition(lambda self: any(party.until for sheet in self.paper.sheets for party in sheet.queue))
    @rule(which=ANY, how=st.sampled_from(ANSWERS))
    def answer(self, which: int, how: Callable[..., Any]) -> None:
        offered = [
            (n, party) for n, sheet in enumerate(self.paper.sheets) for party in sheet.queue if party.until
        ]
        lesson, party = offered[which % len(offered)]
        code, came = self.done(lambda: how(party.offer, by=self.clerks[0], now=self.now))
        assert code == self.may_answer(lesson, party, how)
        if code:
            return
        if how is offers.not_reached:
            party.tries += 1
            if party.tries < 2:
                return
        self.paper.sheets[lesson].queue.remove(party)
        if how is offers.accept:
            for place, (booking, person) in enumerate(zip(came, party.people, strict=True)):
                companions = 0 if place else party.companions
                self.paper.bookings.append(Booked(booking.id, lesson, person, companions))

    def may_answer(self, lesson: int, party: Waits, how: Callable[..., Any]) -> str:
        assert party.until is not None
        if self.now >= party.until:
            return "offer-over"
        if how is not offers.accept:
            return ""
        if (why_not := self.paper.sheets[lesson].why_not(self.now)) not in ("", "booking-closed"):
            return why_not
        return "contact-stopped" if set(party.people) & self.paper.stopped else ""

    @precondition(lambda self: self.paper.bookings and any(sheet.queue for sheet in self.paper.sheets))
    @rule(which=ANY, how=st.sampled_from((*ANSWERS, None)), minutes=st.sampled_from((5, 60, 525, 1440)))
    def a_seat_is_freed(self, which: int, how: Callable[..., Any] | None, minutes: int) -> None:
        """A usual day in one step: hypothesis tries each example with some of the rules alone, and an answer needs a
        cancellation and a tick before it."""
        waited_for = {n for n, sheet in enumerate(self.paper.sheets) if sheet.queue}
        there = [n for n, each in enumerate(self.paper.bookings) if each.lesson in waited_for]
        self.cancel(there[which % len(there)] if there else which)
        self.tick(1)
        self.paper_and_database_agree()
        if how is not None and any(party.until for sheet in self.paper.sheets for party in sheet.queue):
            self.answer(which, how)
        self.time_passes(minutes)
        self.tick(1)

    # ---- what happens to a lesson, to a person, and to time

    @rule(lesson=LESSON, count=st.integers(1, 4))
    def resize(self, lesson: int, count: int) -> None:
        sheet, row = self.paper.sheets[lesson], self.row(lesson)
        # A hold that is over counts until somebody acts on the lesson's seats.
        in_use = row.seats - row.seats_free
        data = as_typed.lesson_with(row, {"seats": count})
        code, _ = self.done(
            lambda: actions.edit_lesson(row.id, data, row.version, by=self.clerks[0], now=self.now)
        )
        expected = "lesson-over" if sheet.cancelled else "seats-in-use" if count < in_use else ""
        assert code == expected
        if not expected:
            sheet.seats = count

    @precondition(lambda self: any(party.until for sheet in self.paper.sheets for party in sheet.queue))
    @rule(lesson=st.sampled_from((0, 1, None, None, None)))
    def cancel_lesson(self, lesson: int | None) -> None:
        if lesson is None:  # seldom
            return
        code, _ = self.done(
            lambda: actions.cancel_lesson(self.lessons[lesson], "台風", by=self.clerks[0], now=self.now)
        )
        assert code == ("no-such-move" if self.paper.sheets[lesson].cancelled else "")
        self.paper.sheets[lesson].cancelled = True

    @precondition(lambda self: not self.paper.stopped and any(sheet.queue for sheet in self.paper.sheets))
    @rule(person=PERSON)
    def stop(self, person: int) -> None:
        code, _ = self.done(
            lambda: stop_contact(self.people[person], StopReason.WISH, by=self.clerks[0], now=self.now)
        )
        assert code == ""
        self.paper.stopped.add(person)

    @rule(minutes=st.sampled_from((1, 2, 4, 30, 240, 600)))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.paper.holds = {clerk: held for clerk, held in self.paper.holds.items() if held[2] > self.now}

    @rule(times=st.integers(1, 2))
    def tick(self, times: int) -> None:
        for _ in range(times):  # a second one has nothing to do
            with transaction():
                seats.expire_holds(self.now)
            offers.settle_all(self.now)
        self.paper.tick(self.now)
        found = {row.waiting_id: row.id for row in db.session.execute(sa.select(Offer.waiting_id, Offer.id))}
        for sheet in self.paper.sheets:
            for party in sheet.queue:
                party.offer = found.get(party.id, 0)

    # ---- no difference

    def row(self, lesson: int) -> Lesson:
        db.session.rollback()
        return db.session.get_one(Lesson, self.lessons[lesson], populate_existing=True)

    @invariant()
    def paper_and_database_agree(self) -> None:
        for n, sheet in enumerate(self.paper.sheets):
            row = self.row(n)
            choice = queries.one_choice(row, self.now)
            assert (row.seats, row.seats_taken, row.seats_offered) == (
                sheet.seats, self.paper.taken(n), self.paper.offered(n),
            )  # fmt: skip
            assert (choice.held, choice.free) == (self.paper.held(n), self.paper.free_for(None, n))
            assert [each.id for each in queries.bookings_of_lesson(row.id)[0]] == sorted(
                each.id for each in self.paper.bookings if each.lesson == n
            )
            assert row.waiting == len(sheet.queue)
            assert [self.told(turn.waiting) for turn in queue_of(row, self.now)] == [
                (each.id, self.ids(each.people), each.companions, each.until, each.tries) for each in sheet.queue
            ]

    def told(self, entry: Waiting) -> tuple[Any, ...]:
        stands = entry.offer if entry.ended_at is None else None
        tries, until = (stands.tries, stands.until) if stands else (0, None)
        return entry.id, [each.resident_id for each in entry.staying], entry.companions, until, tries


@pytest.mark.usefixtures("app")
def test_the_office_agrees_with_what_a_clerk_would_keep_on_paper() -> None:
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=5 * ROUNDS,
            stateful_step_count=30,
            deadline=None,
            database=None,
            derandomize=True,
            # What differs is told at once: to make a shorter example takes minutes against real databases.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
