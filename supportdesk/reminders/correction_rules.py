"""Pure decisions about messages that left although what they say was being taken back."""

from __future__ import annotations

from datetime import datetime, timedelta

# A process that is killed leaves no word of when it called; one that was stopped may call when it goes on.
MAY_HAVE_CALLED = timedelta(minutes=10)
# Until when somebody should have put it right; a lesson that begins earlier is the earlier deadline.
PUT_RIGHT_WITHIN = timedelta(hours=1)


def left_after(taken_back_at: datetime | None, claimed_at: datetime, handed_over_at: datetime | None) -> bool:
    """Whether a message may have left after this instant, at which somebody was told that nothing leaves any more.

    Of one that was handed over only that hour is known, which is after the call.
    """
    return taken_back_at is not None and taken_back_at <= (handed_over_at or claimed_at + MAY_HAVE_CALLED)


def edited_while_leaving(edited_at: datetime, claimed_at: datetime, handed_over_at: datetime | None) -> bool:
    """Whether a record was changed while a message to its number left. What was changed long before its claim was
    known to the sender; a request may take a minute from its instant to its commit."""
    return edited_at > claimed_at - timedelta(minutes=1) and left_after(edited_at, claimed_at, handed_over_at)


def put_right_by(starts_at: datetime, now: datetime) -> datetime:
    """The deadline of the call that puts it right."""
    latest = now + PUT_RIGHT_WITHIN
    return min(latest, starts_at) if starts_at > now else latest
