"""What the board calls its rows, and the days on which the office is closed."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from ..lessons.conflict_rules import Conflict, ConflictKind
from ..lessons.words import CONFLICT_SHORT
from .board_rules import RowsBy

ROWS_BY = {RowsBy.DISTRICT: _l("District"), RowsBy.VENUE: _l("Venue"), RowsBy.SUPPORTER: _l("Supporter")}
# The row of lessons that belong to none of the others.
NONE_OF_THEM = {RowsBy.DISTRICT: _l("No district"), RowsBy.SUPPORTER: _l("Nobody on duty")}


def closed_as(found: Sequence[Conflict]) -> str:
    """海の日, 夏季閉庁, 年末年始: the name of a day on which the office is closed. A Saturday has none of its own."""
    for one in found:
        if name := one.why.params.get("name") or one.why.params.get("reason"):
            return str(name)
        if one.kind is ConflictKind.YEAR_END:
            return str(CONFLICT_SHORT[one.kind])
    return ""
