"""What stands in each column of the file of costs. Pure."""

from __future__ import annotations

from ..messages.cost_rules import Line, named_month, whole_yen
from .open_data_rules import Layout

LAYOUT = Layout(
    "連絡の費用",
    {"年月": "month", "手段": "way", "種類": "matter", "件数": "messages", "通数": "segments", "費用（円）": "yen"},
)


def file_row(line: Line, way: str, matter: str) -> dict[str, str]:
    """One line of the file."""
    return {
        "month": named_month(line.month), "way": way, "matter": matter, "messages": str(line.messages),
        "segments": str(line.segments), "yen": str(whole_yen(line.sen)),
    }  # fmt: skip
