"""Pure decisions about a provider in trouble: when nobody calls it, and how it is tried again.

One that asked us to wait, or gave no answer, is tried with one message at a time until it answers. So an outage makes
unknown what was under way when it began, and not everything that is due: each unknown one is a person's work.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from .providers.base import Channel, Outcome, Receipt
from .rules import back_off

# So much the clocks of two machines may differ, or a reading of the clock be older than what is read then.
CLOCKS_DIFFER = timedelta(minutes=1)
# They speak of the account, or of the way to it, not of the queue of texts or of calls.
_OF_BOTH_CHANNELS = (None, 429, 20429)


@dataclass(frozen=True)
class Rest:
    """See models.ProviderRest."""

    failures: int
    noted_at: datetime
    until: datetime


def channels_of(receipt: Receipt, channel: Channel) -> Collection[Channel]:
    """Which channels rest for it."""
    busy_for_all = receipt.outcome is Outcome.BUSY and receipt.code in _OF_BOTH_CHANNELS
    return tuple(Channel) if busy_for_all else (channel,)


def is_sign_of_life(receipt: Receipt) -> bool:
    """Whether the provider has answered to the point. A refusal without a code was our own."""
    return receipt.outcome is Outcome.ACCEPTED or (receipt.outcome is Outcome.REFUSED and receipt.code is not None)


def after_trouble(before: Rest | None, receipt: Receipt, begun_at: datetime, now: datetime) -> Rest:
    """What holds after a call that began at `begun_at` met trouble. Calls that were under way together count once.

    Who asked us to wait is left alone at once. Where there was no answer the next try follows at once, since it may
    have been that one message; from the second time in a row on it waits too.
    """
    asked = receipt.outcome is Outcome.BUSY
    counts = before is None or begun_at > before.noted_at
    if before is not None and not counts and not asked:
        return before
    failures = (before.failures if before else 0) + counts
    if asked:
        pause = back_off(failures - 1, receipt.retry_after)
    else:
        pause = back_off(failures - 2, None) if failures > 1 else timedelta()
    noted_at = now if before is None or counts else before.noted_at
    return Rest(failures, noted_at, max(now + pause, before.until if before else now))


def may_be_called(rest: Rest | None, now: datetime) -> bool:
    """Whether a call may be made, be it as a trial."""
    return rest is None or now >= rest.until or was_noted_by_another_clock(rest, now)


def was_noted_by_another_clock(rest: Rest, now: datetime) -> bool:
    """The clock was set back since: how long it would hold is not known any more, so it holds no longer."""
    return rest.noted_at > now + CLOCKS_DIFFER


def ends(rest: Rest, begun_at: datetime, now: datetime) -> bool:
    """Whether a sign of life from a call that began at `begun_at` ends it: the wait that was asked for holds."""
    return begun_at > rest.noted_at and now >= rest.until
