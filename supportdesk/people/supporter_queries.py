"""Reads about supporters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from ..accounts.models import User
from ..core.db import db
from ..core.errors import NotFound
from ..core.japan.calendar import fiscal_year
from .models import Supporter, SupporterHours, SupporterOff, SupporterSkill, SupporterTerm
from .supporter_rules import APPOINTED, Available, Off, SupporterFacts, SupporterKind, Term


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


def papers_of(supporter: Supporter) -> SupporterFacts:
    """What a supporter's papers say, from a row with its terms: no query."""
    terms = tuple(Term(row.fiscal_year, row.from_day, row.until_day, row.insured_on) for row in supporter.terms)
    return SupporterFacts(supporter.name, supporter.kind, supporter.left_on, supporter.pledged_on, terms)


class Papers(StrEnum):
    """Which supporters a list shows: those whose papers are missing today, or not renewed for the coming year yet."""

    MISSING = "missing"
    NEXT_YEAR = "next_year"


@dataclass(frozen=True)
class Wanted:
    """What somebody chose to see; "" and None mean all. `left`: those who left, instead of those who are with us."""

    district: str = ""
    skill: str = ""
    kind: SupporterKind | None = None
    papers: Papers | None = None
    left: bool = False


_SHOWN = (selectinload(Supporter.skills), selectinload(Supporter.terms))


def get(supporter_id: int) -> Supporter:
    """One supporter with skills, terms, hours and dates off (five queries). Raises NotFound."""
    shown = (*_SHOWN, selectinload(Supporter.hours), selectinload(Supporter.off))
    found = db.session.get(Supporter, supporter_id, options=shown, populate_existing=True)
    if found is None:
        raise NotFound("There is no such supporter.")
    return found


def by_external_id(external_id: str | None) -> Supporter | None:
    """The supporter whom a file or a program knows by this key; None is nobody's."""
    return db.session.scalar(sa.select(Supporter).where(Supporter.external_id == external_id)) if external_id else None


def of_account(user_id: int | None, today: date) -> Supporter | None:
    """The supporter who signs in with this account, if they are with us on that day."""
    mine = sa.select(Supporter.id).where(Supporter.user_id == user_id, with_us(today))
    supporter_id = db.session.scalar(mine) if user_id is not None else None
    return get(supporter_id) if supporter_id is not None else None


def papers_of_account(user_id: int | None) -> SupporterFacts | None:
    """The papers of the supporter who signs in with this account (one query); None for somebody who is none."""
    mine = sa.select(Supporter).where(Supporter.user_id == user_id).options(joinedload(Supporter.terms))
    found = db.session.scalars(mine).unique().one_or_none()
    return papers_of(found) if found is not None else None


def with_us(today: date) -> sa.ColumnElement[bool]:
    """The condition that somebody has not left before that day."""
    return sa.or_(Supporter.left_on.is_(None), Supporter.left_on >= today)


def incomplete(from_day: date, until_day: date) -> sa.ColumnElement[bool]:
    """The condition that some paper is missing on some of these days, which lie in one fiscal year; on which, and
    which, the rules say (supporter_rules.missing_papers)."""
    whole = sa.exists().where(
        SupporterTerm.supporter_id == Supporter.id,
        SupporterTerm.from_day <= from_day,
        SupporterTerm.until_day >= until_day,
        SupporterTerm.insured_on <= from_day,
    )
    pledged = sa.and_(Supporter.pledged_on.is_not(None), Supporter.pledged_on <= from_day)
    return sa.and_(Supporter.kind.in_(APPOINTED), sa.not_(sa.and_(whole, pledged)))


def supporters(wanted: Wanted, today: date) -> sa.Select[Any]:
    """Supporters by kana, with their skills and terms."""
    query = sa.select(Supporter).where(sa.not_(with_us(today)) if wanted.left else with_us(today))
    if wanted.district:
        query = query.where(Supporter.district_code == wanted.district)
    if wanted.kind is not None:
        query = query.where(Supporter.kind == wanted.kind)
    if wanted.skill:
        query = query.where(Supporter.skills.any(SupporterSkill.topic_code == wanted.skill))
    if wanted.papers is Papers.MISSING:
        query = query.where(incomplete(today, today))
    if wanted.papers is Papers.NEXT_YEAR:
        query = query.where(to_renew(fiscal_year(today) + 1))
    return query.options(*_SHOWN).order_by(Supporter.kana, Supporter.id)


def to_renew(year: int) -> sa.ColumnElement[bool]:
    """The condition that somebody has no insured term of that fiscal year, of those who serve by one."""
    renewed = sa.exists().where(
        SupporterTerm.supporter_id == Supporter.id,
        SupporterTerm.fiscal_year == year,
        SupporterTerm.insured_on.is_not(None),
    )
    return sa.and_(Supporter.kind.in_(APPOINTED), sa.not_(renewed))


def renewable(year: int, today: date) -> sa.Select[Any]:
    """Who is with us and whose term or insurance of that fiscal year is still missing, by kana."""
    query = sa.select(Supporter).where(with_us(max(today, date(year, 4, 1))), to_renew(year))
    return query.options(selectinload(Supporter.terms)).order_by(Supporter.kana, Supporter.id)


def accounts_to_choose(also: int | None = None) -> Sequence[User]:
    """Accounts in force that are no other supporter's, by name, and the one that this supporter has."""
    taken = sa.select(Supporter.user_id).where(Supporter.user_id.is_not(None))
    free = sa.and_(User.active, User.id.not_in(taken))
    return db.session.scalars(sa.select(User).where(sa.or_(free, User.id == also)).order_by(User.name, User.id)).all()
