"""Reads about supporters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from ..core.db import db
from .models import Supporter, SupporterHours, SupporterOff, SupporterTerm
from .supporter_rules import Available, Off, SupporterFacts, Term


def facts_of(supporter_ids: Collection[int], from_day: date, until_day: date) -> dict[int, SupporterFacts]:
    """What must be known of these supporters for duties between these days, by id; whoever is none is left out.

    Four queries for any number of them, none for nobody.
    """
    if not supporter_ids:
        return {}
    terms: dict[int, list[Term]] = defaultdict(list)
    off: dict[int, list[Off]] = defaultdict(list)
    hours: dict[int, list[Available]] = defaultdict(list)
    for row in db.session.scalars(
        sa.select(SupporterTerm).where(
            SupporterTerm.supporter_id.in_(supporter_ids),
            SupporterTerm.from_day <= until_day,
            SupporterTerm.until_day >= from_day,
        )
    ):
        terms[row.supporter_id].append(Term(row.fiscal_year, row.from_day, row.until_day, row.insured_on))
    away = sa.select(SupporterOff.supporter_id, SupporterOff.from_day, SupporterOff.until_day).where(
        SupporterOff.supporter_id.in_(supporter_ids),
        SupporterOff.from_day <= until_day,
        SupporterOff.until_day >= from_day,
    )
    for one, first, last in db.session.execute(away):
        off[one].append(Off(first, last))
    for week in db.session.scalars(sa.select(SupporterHours).where(SupporterHours.supporter_id.in_(supporter_ids))):
        hours[week.supporter_id].append(Available(week.weekday, week.from_time, week.until_time))
    return {
        each.id: SupporterFacts(
            each.name, each.kind, each.left_on, each.pledged_on,
            tuple(terms[each.id]), tuple(off[each.id]), tuple(hours[each.id]),
        )
        for each in db.session.scalars(sa.select(Supporter).where(Supporter.id.in_(supporter_ids)))
    }  # fmt: skip
