from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask_babel import force_locale

from supportdesk.core import filters

pytestmark = pytest.mark.one_database


def at(hour: int, minute: int = 0) -> datetime:
    """On Wednesday 15 July 2026, by the town's clock."""
    return datetime(2026, 7, 14 if hour < 9 else 15, (hour - 9) % 24, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (at(10), at(11), "午前10時〜11時"),
        (at(10, 30), at(11, 30), "午前10時30分〜11時30分"),
        (at(11), at(12), "午前11時〜正午"),
        (at(11, 30), at(12, 30), "午前11時30分〜午後0時30分"),
        (at(12), at(13), "正午〜午後1時"),
        (at(13, 30), at(15), "午後1時30分〜3時"),
    ],
)
def test_a_span_says_the_half_of_the_day_once(app: Flask, start: datetime, end: datetime, words: str) -> None:
    with app.test_request_context(), force_locale("ja"):
        assert filters.span(start, end) == words


def test_on_paper_brackets_are_wide_and_the_year_can_stand_above(app: Flask) -> None:
    with app.test_request_context(), force_locale("ja"):
        assert filters.paper_date(at(10)) == "令和8年7月15日（水）"
        assert filters.paper_day(at(10)) == "7月15日（水）"
        assert filters.paper(at(10)) == "令和8年7月15日（水）午前10時"
        assert filters.month(date(2026, 7, 1)) == "令和8年7月"


def test_the_same_in_english(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert filters.span(at(10), at(11)) == "10:00–11:00"
        assert filters.paper_date(at(10)) == "Wednesday 15 July 2026"
        assert filters.paper_day(at(10)) == "Wed 15 Jul"
        assert filters.paper(at(10)) == "Wednesday 15 July 2026, 10:00"
        assert filters.month(date(2026, 7, 1)) == "July 2026"
