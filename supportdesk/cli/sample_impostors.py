"""Reports of impostors in the sample town: three that are alike, so that a manager has something to decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from ..accounts.models import User
from ..core.access import Actor
from ..desk import impostors
from ..desk.impostor_rules import Story

# Story, number shown, days ago, words, told or paid something. The numbers are nobody's.
REPORTS = (
    (
        Story.REFUND, "+1 844 000 0001", 5,
        "市の保険課の者だが、医療費の還付金がある。きょうが期限なので、ATMへ行ってほしいと言われた。", False,
    ),
    (Story.REFUND, "+1 844 000 0002", 2, "還付金の手続きがまだだと言われた。おかしいと思って切った。", False),
    (Story.VISIT, "非通知", 1, "カードの更新に伺うので、家にいてほしいと言われた。", False),
    (
        Story.REFUND, "+1 844 000 0001", 0,
        "自動音声で「市役所です。還付金のある方は1番を」と流れた。銀行の名前を言ってしまった。", True,
    ),
)  # fmt: skip


def make(users: Mapping[str, User], now: datetime) -> None:
    staff = users["staff"]
    by = Actor(staff.id, staff.name, staff.role_set)
    for story, number, days_ago, text, gave in REPORTS:
        then = now - timedelta(days=days_ago, minutes=20)
        impostors.take_report(story, text, number=number, happened_at=then, gave=gave, by=by, now=now)
