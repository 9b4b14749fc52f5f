from __future__ import annotations

from datetime import date, time
from typing import Any

import sqlalchemy as sa
from flask import Flask

from supportdesk.core.db import db
from supportdesk.people.models import SupporterHours, SupporterOff
from supportdesk.people.supporter_queries import facts_of
from supportdesk.people.supporter_rules import Available, Off, Term
from tests import factories

FIRST, LAST = date(2027, 3, 1), date(2027, 4, 30)


def test_the_facts_of_a_span_are_the_terms_and_dates_off_that_touch_it(app: Flask) -> None:
    one = factories.supporter(
        off=[
            SupporterOff(from_day=date(2027, 2, 20), until_day=date(2027, 3, 1), reason="旅行"),
            SupporterOff(from_day=date(2027, 2, 20), until_day=date(2027, 2, 28)),
            SupporterOff(from_day=date(2027, 5, 1), until_day=date(2027, 5, 1)),
        ],
        hours=[SupporterHours(weekday=2, from_time=time(9), until_time=time(12))],
    )
    other = factories.supporter(name="支援 次郎", terms=[])

    found = facts_of([one.id, other.id, 999_999], FIRST, LAST)

    assert set(found) == {one.id, other.id}
    assert found[one.id].terms == tuple(
        Term(year, date(year, 4, 1), date(year + 1, 3, 31), date(year, 4, 1)) for year in (2026, 2027)
    )
    assert found[one.id].off == (Off(date(2027, 2, 20), date(2027, 3, 1)),)
    assert found[one.id].hours == (Available(2, time(9), time(12)),)
    assert (found[other.id].name, found[other.id].terms) == ("支援 次郎", ())


def test_four_queries_for_any_number_of_supporters_and_none_for_nobody(app: Flask) -> None:
    somebody = [factories.supporter().id for _ in range(20)]
    asked: list[str] = []

    def note(*given: Any) -> None:
        asked.append(given[2])

    sa.event.listen(db.engine, "before_cursor_execute", note)
    for many, queries in (([], 0), (somebody[:1], 4), (somebody, 4)):
        asked.clear()
        facts_of(many, FIRST, LAST)
        assert sum(one.startswith("SELECT") for one in asked) == queries
    sa.event.remove(db.engine, "before_cursor_execute", note)
