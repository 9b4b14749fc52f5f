"""Residents from a table."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from ..core.access import Actor
from ..core.errors import Refusal
from ..core.japan.text import nfkc
from ..core.table_files import Column, Outcome, external_id, several, yes_or_no
from ..messages.rules import Language
from . import actions, queries, rules
from .rules import Need, NumberKind, OwnChain, ResidentData, TelephoneData, Wish

NUMBERS = 3
_TELEPHONE_FIELD = re.compile(r"telephones-([0-9]+)-(typed|kind|whose)")
Word = TypeVar("Word", bound=StrEnum)


def word(kind: type[Word], cell: str) -> Word:
    """A word of ours in any width and case. Raises Refusal naming them all."""
    try:
        return kind(nfkc(cell).lower())
    except ValueError:
        raise Refusal(
            "Please write one of these words: %(words)s.", code="no-such-word", words="、".join(kind)
        ) from None


def _wish(cell: str) -> Wish:
    return word(Wish, cell) if cell else Wish.PERSON


def language(cell: str) -> Language:
    """Of an empty cell Japanese. Raises Refusal for a word that is none of ours."""
    return word(Language, cell) if cell else Language.JAPANESE


def _own_chain(cell: str) -> OwnChain:
    return word(OwnChain, cell) if cell else OwnChain.OFFICE


def _kind(cell: str) -> NumberKind | None:
    return word(NumberKind, cell) if cell else None


def _needs(cell: str) -> tuple[Need, ...]:
    return tuple(sorted(word(Need, one) for one in several(cell)))


def _or_none(cell: str) -> str | None:
    return cell or None


COLUMNS = (
    Column("external_id", required=True, read=external_id),
    Column("family_kana", ("kana_family",), required=True),
    Column("given_kana", ("kana_given",)),
    Column("family_name", ("family",)),
    Column("given_name", ("given",)),
    Column("birth_year", read=rules.read_birth_year),
    Column("age_band", read=_or_none),
    Column("district_code", ("district",), read=_or_none),
    Column("postal_code"),
    Column("town"),
    Column("street"),
    Column("building"),
    Column("house_name"),
    Column("landmark"),
    *(
        column
        for place in range(1, NUMBERS + 1)
        for column in (
            Column(f"telephone_{place}"),
            Column(f"kind_{place}", read=_kind),
            Column(f"whose_{place}"),
        )
    ),
    Column("no_telephone", read=yes_or_no),
    Column("wish", read=_wish),
    Column("language", read=language),
    Column("keys", read=yes_or_no),
    Column("own_chain", read=_own_chain),
    Column("needs", read=_needs),
    Column("note"),
)


@dataclass(frozen=True)
class ResidentImporter:
    """What a file does not hold (consent, family, that a number was tried) stays as it is in the record."""

    by: Actor
    now: datetime
    columns = COLUMNS

    def put(self, row: dict[str, Any]) -> Outcome:
        """Add or change one person. Raises Refusal."""
        given = {one.name: row[one.name] for one in fields(ResidentData) if one.name in row}
        person = queries.by_external_id(row["external_id"])
        known = actions.data_of(person) if person else ResidentData(family_kana="")
        if any(f"telephone_{place}" in row for place in range(1, NUMBERS + 1)):
            given["telephones"] = _telephones(row, known)
        try:
            if person is None:
                actions.add_resident(
                    replace(known, **given), by=self.by, now=self.now, external_id=row["external_id"]
                )
                return Outcome.ADDED
            before = person.version
            actions.edit_resident(person.id, replace(known, **given), before, by=self.by, now=self.now)
        except Refusal as refusal:
            refusal.field = _column_of(refusal.field)
            raise
        return Outcome.CHANGED if person.version != before else Outcome.SAME


def _telephones(row: dict[str, Any], known: ResidentData) -> tuple[TelephoneData, ...]:
    """The numbers of this row; one that the record has as it was typed keeps what is known of it."""
    there = {number.typed: number for number in known.telephones}
    numbers = []
    for place in range(1, NUMBERS + 1):
        typed = row.get(f"telephone_{place}", "")
        before = there.get(typed, TelephoneData(typed))
        kind = row.get(f"kind_{place}") or before.kind
        numbers.append(replace(before, kind=kind, whose=row.get(f"whose_{place}", "") or before.whose))
    return tuple(numbers)


def _column_of(field: str | None) -> str | None:
    found = _TELEPHONE_FIELD.fullmatch(field or "")
    if found is None:
        return field
    name = "telephone" if found[2] == "typed" else found[2]
    return f"{name}_{int(found[1]) + 1}"
