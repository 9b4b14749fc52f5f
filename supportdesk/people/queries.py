"""Reads about people."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from ..core.db import db
from ..core.errors import NotFound
from ..core.japan.text import fold_kana, fold_kanji
from ..office import queries as office
from . import search_rules
from .models import Resident, SearchKey, Telephone
from .rules import ResidentData
from .search_rules import Features, Likeness

# Above every letter that a key may hold, so that `prefix <= key < prefix + _LAST` is "begins with prefix".
_LAST = "\U0010ffff"

_WITH_NUMBERS = selectinload(Resident.telephones)


def get(resident_id: int) -> Resident:
    """One resident with numbers, family and needs (four queries). Raises NotFound."""
    resident = db.session.scalar(
        sa.select(Resident)
        .where(Resident.id == resident_id)
        .options(_WITH_NUMBERS, selectinload(Resident.family), selectinload(Resident.needs))
        .execution_options(populate_existing=True)
    )
    if resident is None:
        raise NotFound("There is no such person in our records.")
    return resident


def telephone(telephone_id: int) -> Telephone:
    """One telephone with its resident. Raises NotFound."""
    found = db.session.get(Telephone, telephone_id, options=[joinedload(Telephone.resident)], populate_existing=True)
    if found is None:
        raise NotFound("This number does not stand in the record any more.")
    return found


def by_external_id(external_id: str | None) -> Resident | None:
    """The person whom a file or a program knows by this key; None is nobody's."""
    return db.session.scalar(sa.select(Resident).where(Resident.external_id == external_id)) if external_id else None


def listed(district_code: str | None) -> sa.Select[Any]:
    """Everybody, or those of one district, in the order in which they were added."""
    everybody = sa.select(Resident).order_by(Resident.id)
    return everybody.where(Resident.district_code == district_code) if district_code else everybody


def search(text: str, limit: int = 20) -> list[Resident]:
    """Who fits what stands in the search box: names that begin so first, then given names and 屋号, then parts from
    inside, each in the order of kana. Two queries (the numbers come with the people); none for an empty box.

    Found by the keys that `actions` writes; people stopped or called nowhere are found like all others.
    """
    # The term that fits fewest leads, so that few rows are asked of the others.
    terms = sorted(search_rules.asked(text), key=search_rules.narrowness, reverse=True)
    if not terms:
        return []
    shape = tuple(_Shape(tuple(ask.rank for ask in asks), search_rules.is_narrow(asks)) for asks in terms)
    typed: dict[str, str] = {}
    for place, asks in enumerate(terms):
        for number, ask in enumerate(asks):
            typed |= {f"from_{place}_{number}": ask.prefix, f"upto_{place}_{number}": ask.prefix + _LAST}
    return list(db.session.scalars(_search(shape, limit), typed))


class _Shape(NamedTuple):
    """A term without its letters: the rank of each of its asks, and whether it narrows a search down."""

    ranks: tuple[int, ...]
    narrow: bool


@functools.lru_cache(maxsize=200)
def _search(shape: tuple[_Shape, ...], limit: int) -> sa.Select[Any]:
    # Made once for each shape: building it costs as much as running it, and it runs at every letter typed.
    found = _found(shape, limit).subquery()
    best = (
        sa.select(found.c.resident_id, sa.func.min(found.c.rank).label("rank")).group_by(found.c.resident_id)
    ).subquery()
    # The key of the whole name stands in code-point order on both databases; a collation of the column would not.
    own = sa.orm.aliased(SearchKey)
    whole = sa.and_(own.key >= search_rules.WHOLE_KANA, own.key < search_rules.WHOLE_KANA + _LAST)
    return (
        sa.select(Resident)
        .join(best, best.c.resident_id == Resident.id)
        .join(own, sa.and_(own.resident_id == Resident.id, whole))
        .order_by(best.c.rank, own.key, Resident.id)
        .limit(limit)
        .options(_WITH_NUMBERS)
    )


def _found(shape: tuple[_Shape, ...], limit: int) -> sa.CompoundSelect[Any]:
    # One branch for each kind of key, each stopping early in its own order. A name may hold a letter several times,
    # hence more rows than people are wanted.
    first, *others = shape
    branches = []
    for number, rank in enumerate(first.ranks):
        branch = sa.select(SearchKey.resident_id, sa.literal(rank).label("rank"))
        branch = branch.where(_begins(SearchKey.key, 0, number))
        for place, other in enumerate(others, start=1):
            branch = branch.where(_fits(place, other))
        rows = branch.order_by(SearchKey.key, SearchKey.resident_id).limit(limit * 4).subquery()
        branches.append(sa.select(rows.c.resident_id, rows.c.rank))
    return sa.union_all(*branches)


def _fits(place: int, term: _Shape) -> sa.ColumnElement[bool]:
    """Whether another term fits the person of a row. PostgreSQL takes every range of keys for a single row, so neither
    way is left to it: it would read a whole range anew for each row of the first term (0.7 s with 100,000 people)."""
    key = sa.orm.aliased(SearchKey)
    if term.narrow:
        # Read once, then looked up. `IS TRUE` keeps PostgreSQL from making a join of it.
        ranges = [sa.select(key.resident_id).where(_begins(key.key, place, n)) for n in range(len(term.ranks))]
        return SearchKey.resident_id.in_(sa.union_all(*ranges)).is_(True)
    # A single letter or 090 fits half a town: asked of each row in turn, until enough are found.
    either = sa.or_(*(_begins(key.key, place, number) for number in range(len(term.ranks))))
    asked = sa.select(key.resident_id).where(key.resident_id == SearchKey.resident_id, either)
    return asked.correlate(SearchKey).exists()


def _begins(key: Any, place: int, number: int) -> sa.ColumnElement[bool]:
    """The key begins with what one ask of one term is for."""
    return sa.and_(key >= sa.bindparam(f"from_{place}_{number}"), key < sa.bindparam(f"upto_{place}_{number}"))


def sharing_a_number(resident: Resident) -> list[Resident]:
    """Other people on the same line, by kana: mostly the household. Two queries, none without a telephone."""
    numbers = [telephone.number for telephone in resident.telephones]
    if not numbers:
        return []
    others = db.session.scalars(
        sa.select(Resident)
        .where(
            Resident.id != resident.id,
            Resident.id.in_(sa.select(Telephone.resident_id).where(Telephone.number.in_(numbers))),
        )
        .options(_WITH_NUMBERS)
    )
    return sorted(others, key=lambda other: (fold_kana(other.kana), other.id))


def district_names() -> dict[str, str]:
    """The districts' names by code, in the order of the office (one query)."""
    return {district.code: district.name for district in office.districts()}


def districts_to_choose(also: str | None = None) -> dict[str, str]:
    """The names of those that are offered, and of the one that somebody has already (one query)."""
    return {district.code: district.name for district in office.districts_to_choose(also)}


def likely_duplicates(data: ResidentData) -> list[Resident]:
    """People who may be the one of `data` (as `rules.check` gives them), by kana."""
    wanted = _features_of_data(data)
    kana = fold_kana(data.family_kana + data.given_kana)
    names = [search_rules.WHOLE_KANA + kana]
    kanji = fold_kana(fold_kanji(wanted.kanji))
    names += [search_rules.WHOLE_KANJI + kanji] if kanji else []
    keyed = sa.select(SearchKey.resident_id).where(SearchKey.key.in_([key[: search_rules.KEY_MOST] for key in names]))
    on_line = sa.select(Telephone.resident_id).where(Telephone.number.in_(wanted.numbers))
    candidates = db.session.scalars(
        sa.select(Resident).where(Resident.id.in_(keyed) | Resident.id.in_(on_line)).options(_WITH_NUMBERS)
    )
    alike = [other for other in candidates if search_rules.likenesses(wanted, features(other))]
    return sorted(alike, key=lambda other: (fold_kana(other.kana), other.id))


def likenesses(data: ResidentData, other: Resident) -> list[Likeness]:
    """Why a resident may be the one of `data`."""
    return search_rules.likenesses(_features_of_data(data), features(other))


def features(resident: Resident) -> Features:
    """What a resident is compared by."""
    return Features(
        resident.family_kana,
        resident.given_kana,
        resident.family_name + resident.given_name,
        resident.birth_year,
        frozenset(telephone.number for telephone in resident.telephones),
    )


def _features_of_data(data: ResidentData) -> Features:
    return Features(
        data.family_kana,
        data.given_kana,
        data.family_name + data.given_name,
        data.birth_year,
        frozenset(telephone.number for telephone in data.telephones),
    )
