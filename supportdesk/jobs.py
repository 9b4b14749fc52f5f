"""What is done without anybody asking: a table of work, and the heartbeat that runs it.

The scheduler only beats. What is due to be sent, closed or sealed is found by each act in the database, so a
beat that was missed, or made twice by two processes, changes nothing.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app

from .accounts import actions as accounts
from .core import beat, clock, history, operations
from .core.access import HOUSE
from .core.db import db, transaction
from .front import handover, handover_queries
from .lessons import offers, seats
from .messages import practice_shelf, switchboard
from .messages.delivery import deliver_due
from .messages.sweeping import sweep
from .office import setting_actions
from .office import settings as office_settings
from .people import telephone_queries
from .reminders import corrections, inbound_forgetting, planning
from .visits import follow_ups

log = logging.getLogger(__name__)

# Telephones that are drawn in one tick for those who are new; a whole town of them takes a few.
TELEPHONES_AT_ONCE = 1000
_ASKED_TO_STOP = {signal.SIGTERM, signal.SIGINT}
# Set when this process was asked to stop: work on many things ends with what it has in hand.
stopping = threading.Event()


@dataclass(frozen=True)
class Work:
    """One act to be repeated. It must bear being run late, twice, and beside itself in another process."""

    name: str
    every_seconds: int
    act: Callable[[], None]


def _end_stops_for_a_day() -> None:
    now, ends = clock.now(), office_settings.current().hold_ends
    db.session.rollback()
    if ends and datetime.fromisoformat(ends) <= now:
        with transaction():
            setting_actions.release_when_over(now)


def _plan() -> None:
    planning.plan(clock.now())


def _deliver() -> None:
    desk = current_app.extensions[switchboard.EXTENSION]
    if desk is not None:
        deliver_due(desk, enough=stopping.is_set)


def _sweep() -> None:
    desk = current_app.extensions[switchboard.EXTENSION]
    if desk is not None:
        sweep(desk)


def _put_right() -> None:
    corrections.raise_corrections(clock.now())


def _ask_after_them() -> None:
    follow_ups.raise_follow_ups(clock.now())


def _practise() -> None:
    if current_app.config["SUPPORTDESK"].provider != "practice":
        return
    numbers = telephone_queries.without_a_drawn_one(TELEPHONES_AT_ONCE)
    db.session.rollback()
    if numbers:
        with transaction():
            practice_shelf.put_on(numbers)
    switchboard.play_practice_telephone(current_app.config["SUPPORTDESK"])


def _give_back_expired_seats() -> None:
    with transaction():
        seats.expire_holds(clock.now())


def _settle_waiting_lists() -> None:
    offers.settle_all(clock.now())


def _carry_out_hand_overs() -> None:
    now = clock.now()
    for hand_over_id in handover_queries.due(clock.local_date(now)):
        with transaction():
            handover.carry_out(hand_over_id, by=HOUSE, now=now)


def _seal_history() -> None:
    with transaction():
        history.seal_new(history.seal_key(current_app.config["SECRET_KEY"]))


def _sweep_sign_ins() -> None:
    with transaction():
        accounts.sweep(clock.now())


def _forget_old_acts() -> None:
    with transaction():
        operations.forget(clock.now())


def _forget_old_calls() -> None:
    with transaction():
        inbound_forgetting.forget(clock.now())


def _note_the_beat() -> None:
    with transaction():
        beat.note(clock.now())


WORK: Sequence[Work] = (
    # Before the rest, so that the first tick of the morning sends.
    Work("stops", 0, _end_stops_for_a_day),
    # Before the plan, so that who is offered a seat hears of it in the same tick.
    Work("offers", 0, _settle_waiting_lists),
    Work("plan", 0, _plan),
    Work("deliver", 0, _deliver),
    Work("sweep", 0, _sweep),
    Work("corrections", 60, _put_right),
    Work("follow-ups", 60, _ask_after_them),
    Work("practise", 0, _practise),
    Work("seats", 60, _give_back_expired_seats),
    Work("hand-overs", 60, _carry_out_hand_overs),
    Work("seal", 60, _seal_history),
    Work("sign-ins", 3600, _sweep_sign_ins),
    Work("acts", 3600, _forget_old_acts),
    Work("calls that came in", 3600, _forget_old_calls),
    Work("beat", 0, _note_the_beat),
)


def run_once(work: Sequence[Work], app: Flask) -> int:
    """Do all work once, in the order of the table. 0 if everything went well, 1 if any work failed."""
    went_well = [_run(one, app) for one in work]
    return 0 if all(went_well) else 1


def run_forever(work: Sequence[Work], tick_seconds: int, app: Flask) -> None:
    """Do the work that is due every `tick_seconds`, from now until SIGTERM or SIGINT.

    The tick that is running then is finished first, but a sending that is under way ends with the calls in hand. Call
    it from the main thread.
    """
    last_begun: dict[str, datetime] = {}

    def tick() -> None:
        now = clock.now()
        for one in due(work, last_begun, now, tick_seconds):
            last_begun[one.name] = now
            _run(one, app)

    # In memory only: a persistent store loses and doubles work, and what is due stands in our own tables.
    # One thread, so that the acts of a tick follow each other in the order of the table.
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
    beat = scheduler.add_job(
        tick,
        "interval",
        seconds=tick_seconds,
        next_run_time=clock.now(),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    # A BlockingScheduler would have to be stopped from a signal handler, which may interrupt it while it
    # holds its own locks. Here the main thread waits for the signal, and looks after the beat.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKED_TO_STOP)
    try:
        scheduler.start()
        while signal.sigtimedwait(_ASKED_TO_STOP, tick_seconds) is None:
            # The clock was set back: left alone, the scheduler is silent until it has caught up.
            if beat.next_run_time > clock.now() + timedelta(seconds=tick_seconds):
                beat.modify(next_run_time=clock.now())
        stopping.set()
        scheduler.shutdown(wait=True)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def due(
    work: Sequence[Work], last_begun: Mapping[str, datetime], now: datetime, tick_seconds: int
) -> list[Work]:
    """The work whose turn has come at `now`, in the order of the table."""
    # Ticks come a few milliseconds early or late. Without half a tick of grace, work that is to run at every
    # tick would now and then be left out.
    grace = timedelta(seconds=tick_seconds) / 2

    def is_due(one: Work) -> bool:
        last = last_begun.get(one.name)
        # `last` after `now`: the clock was set back. Waiting until it has caught up could take hours.
        return last is None or last > now or now - last >= timedelta(seconds=one.every_seconds) - grace

    return [one for one in work if is_due(one)]


def _run(one: Work, app: Flask) -> bool:
    """Whether it went well. A failure is logged and ends here: the rest must not wait for its repair."""
    try:
        with app.app_context():
            one.act()
    except Exception:
        log.exception("Work %r failed", one.name)
        return False
    return True
