"""Pure decisions about attendance and records."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan.text import clean_line
from ..office.list_rules import ReferralPlace


class Attendance(StrEnum):
    CAME = "came"
    ABSENT_NOTIFIED = "absent_notified"
    NO_SHOW = "no_show"


class HowItWent(StrEnum):
    """Can do it alone, can with help, not yet, or somebody else has to help."""

    ALONE = "alone"
    WITH_HELP = "with_help"
    NOT_YET = "not_yet"
    REFERRED = "referred"


OPENS_BEFORE = timedelta(minutes=30)
UNANSWERED = 2
LONGEST_MINUTES = 480
LONGEST_NAME = 80
# How long one opening of a sheet stands for further looks at it by the same person, in the history.
ONE_LOOK = timedelta(hours=1)


def ask_how_they_are(unanswered: int, *, heard_of: bool) -> bool:
    """Whether somebody asks after a person who did not come without a word. `unanswered`: tries before the lesson, by
    machine or by a person, that nobody answered; `heard_of`: they spoke with us or answered. Source: office practice
    16."""
    return unanswered >= UNANSWERED and not heard_of


def check_may_write(starts_at: datetime, now: datetime, *, office: bool) -> None:
    """Records are written from 30 minutes before the start until the end of the next day; the office may
    later too, since paper comes in late. Both instants on the town's wall clock. Raises Refusal `too-early`,
    `too-late`."""
    if now < starts_at - OPENS_BEFORE:
        raise Refusal("You can write here from 30 minutes before the lesson starts.", code="too-early")
    closes = datetime.combine(starts_at.date() + timedelta(days=2), time.min, starts_at.tzinfo)
    if now >= closes and not office:
        raise Refusal(
            "This lesson is more than a day ago. Please tell the office what to add.", code="too-late"
        )


def papers_missing(told: object, telephone: str) -> Refusal:
    """Without a term, pledge and insurance no sheet opens (office practice 19). `told` names in words what is missing;
    the telephone is that of whoever can enter it."""
    return Refusal(
        "The day sheet does not open for you today, since this is not entered yet: %(missing)s. Please call the"
        " office (%(telephone)s); it can be entered at once. What you have already typed is kept.",
        code="papers-missing", missing=told, telephone=telephone,
    )  # fmt: skip


def check_may_close(starts_at: datetime, now: datetime) -> None:
    """Raises Refusal before the lesson has begun."""
    if now < starts_at:
        raise Refusal(
            "The lesson has not begun yet. The sheet can be finished once it has.", code="not-begun"
        )


def check_key(key: str) -> str:
    """The key of a record as it is stored. Raises Refusal unless it is a UUID."""
    try:
        return str(uuid.UUID(key))
    except ValueError:
        raise Refusal("This form is not complete. Please open the page again.", code="bad-key") from None


def check_walk_in_name(name: str) -> str:
    """The name without spaces around it. Raises Refusal when there is none, or when it is too long."""
    name = clean_line(name)
    if not name:
        raise Refusal("Please write the name.", field="name", code="name-needed")
    if len(name) > LONGEST_NAME:
        raise Refusal(
            "Please write at most %(most)s characters (now %(now)s).",
            field="name", code="too-long", most=LONGEST_NAME, now=len(name),
        )  # fmt: skip
    return name


def check_how(attendance: Attendance | None, how: HowItWent | None, place: ReferralPlace | None) -> None:
    """How it went is said of somebody who came, and つなぐ says to whom. Raises Refusal."""
    if how is not None and attendance in (Attendance.ABSENT_NOTIFIED, Attendance.NO_SHOW):
        raise Refusal(
            "This person is marked as absent. Please mark who came first.", field="how_it_went", code="absent"
        )
    if how is HowItWent.REFERRED and place is None:
        raise Refusal("Please choose who helps on.", field="referred_to", code="place-needed")
    if how is not HowItWent.REFERRED and place is not None:
        raise Refusal(
            "A place is chosen, but not that somebody else helps on. Please check.",
            field="referred_to",
            code="place-without-referral",
        )


def check_minutes(minutes: int | None) -> None:
    """Raises Refusal unless the minutes are left open or lie between 1 and 480 (eight hours)."""
    if minutes is not None and not 1 <= minutes <= LONGEST_MINUTES:
        raise Refusal(
            "Please write the minutes as a number from 1 to %(most)s.",
            field="minutes",
            code="minutes",
            most=LONGEST_MINUTES,
        )


def usual_practice(lines: str, title: str) -> str:
    """全員同じ内容: what the course lists as practised, one thing a line, else its title."""
    return "\n".join(line.strip() for line in lines.splitlines() if line.strip()) or title


def usual_minutes(starts_at: datetime, ends_at: datetime) -> int:
    """The length of the lesson in minutes, at most 480."""
    return min(int((ends_at - starts_at).total_seconds() // 60), LONGEST_MINUTES)
