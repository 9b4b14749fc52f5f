"""Pure decisions about reports of impostors: which are alike, and when somebody must decide.

Source: the office's practice 13: the third report that is alike alerts the manager.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan.text import nfkc

ALARM_FROM = 3
ALIKE_WITHIN = timedelta(days=7)
# Who hears of it weeks later reports it too; what lies further back says nothing of today.
LONGEST_AGO = timedelta(days=60)
MOST_DIGITS = 24


class Story(StrEnum):
    """What the impostor was after, in the kinds that residents are warned of."""

    REFUND = "refund"
    CARD = "card"
    MONEY = "money"
    VISIT = "visit"
    KEYS = "keys"
    TEXT = "text"
    OTHER = "other"


@dataclass(frozen=True)
class Reported:
    """What is asked of a report here. `seen`: by a manager."""

    id: int
    number_shown: str
    story: Story
    seen: bool = False


@dataclass(frozen=True)
class Alike:
    """Reports of one number (then no story), or of one story, that are enough to alert somebody."""

    number_shown: str
    story: Story | None
    reports: Sequence[Reported]


_WITHHELD = re.compile(r"(?:非通知|表示なし|不明|わからない|分からない|公衆電話)?")


def number_shown(typed: str) -> str:
    """The number as the telephone showed it: digits, with + in front if it was there. "" when none was shown.

    Any number, also of abroad or with digits too many: impostors show what they like. Raises Refusal `no-number-shown`
    for words that hold none.
    """
    text = nfkc(typed).strip()
    if _WITHHELD.fullmatch(text):
        return ""
    digits = re.sub(r"\D", "", text)
    if not 2 <= len(digits) <= MOST_DIGITS:
        raise Refusal(
            "Please write the digits that the telephone showed, or leave it empty.",
            code="no-number-shown", field="number",
        )  # fmt: skip
    return ("+" if text.startswith("+") else "") + digits


def check_report(story: Story, text: str, happened_at: datetime, now: datetime) -> None:
    """Raises Refusal `nothing-said` and `not-then` (in the future, or more than 60 days ago)."""
    if story is Story.OTHER and not text:
        raise Refusal("Please write in a few words what they wanted.", code="nothing-said", field="text")
    if not now - LONGEST_AGO <= happened_at <= now:
        raise Refusal("Please write when it happened: a time in the last 60 days.", code="not-then", field="day")


def alike(reports: Sequence[Reported]) -> list[Alike]:
    """Those of these reports (of the last days) that are alike and enough for an alarm, by number and by story, and not
    all seen by a manager. The same report may stand under both; what fits no kind of story makes nothing alike."""
    by_number: dict[str, list[Reported]] = defaultdict(list)
    by_story: dict[Story, list[Reported]] = defaultdict(list)
    for report in reports:
        if report.number_shown:
            by_number[report.number_shown].append(report)
        if report.story is not Story.OTHER:
            by_story[report.story].append(report)
    found = [Alike(number, None, same) for number, same in by_number.items()]
    found += [Alike("", story, same) for story, same in by_story.items()]
    return [one for one in found if len(one.reports) >= ALARM_FROM and not all(report.seen for report in one.reports)]
