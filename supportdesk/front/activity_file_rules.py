"""The record of activity on paper and as a file: how many rows are left to write in, and what stands in each column.
Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..core.clock import local
from ..lessons.activity_rules import Activity, NotCounted, Turn, hours
from .open_data_rules import Layout

# So many lines of print leave room for the signatures on one A4 sheet.
ROWS_ON_A_SHEET = 12
LEAST_BLANK_ROWS = 3

LAYOUT = Layout(
    "活動実績簿",
    {
        "支援員番号": "number", "氏名": "name", "氏名_カナ": "kana", "地区": "district", "日付": "day", "開始": "start",
        "終了": "end", "時間": "hours", "会場": "place", "内容": "content", "交通費": "travel", "謝金": "fee",
        "区分": "state", "教室番号": "lesson",
    },
)  # fmt: skip
_STATE = {
    NotCounted.CANCELLED: "中止",
    NotCounted.TO_COME: "開催前",
    NotCounted.NOT_RECORDED: "未記録",
}


def blank_rows(printed: int) -> int:
    """How many rows to write in by hand follow so many printed ones."""
    return max(LEAST_BLANK_ROWS, ROWS_ON_A_SHEET - printed)


def file_rows(activity: Activity, whose: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The duties of one supporter, one a line, those that are not counted last; `whose` stands in each."""
    for one in activity.counted:
        yield {**whose, **_columns(one.turn), "travel": _yen(one.travel), "fee": _yen(one.fee), "state": "実施"}
    for turn, why in activity.left_out:
        yield {**whose, **_columns(turn), "hours": "", "travel": "", "fee": "", "state": _STATE[why]}


def _columns(turn: Turn) -> dict[str, str]:
    start, end = local(turn.starts_at), local(turn.ends_at)
    return {
        "day": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}", "end": f"{end:%H:%M}", "hours": hours(turn.quarters),
        "place": turn.place, "content": turn.content, "lesson": str(turn.lesson_id),
    }  # fmt: skip


def _yen(amount: int | None) -> str:
    return "" if amount is None else str(amount)
