"""A record with a part of it replaced by what a program sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..core.japan import phone
from .rules import FamilyData, ResidentData, TelephoneData


def resident_with(known: ResidentData, sent: Mapping[str, Any]) -> ResidentData:
    """What was sent over what is known; what is left out stays. Of the lists, each that was sent is the whole list."""
    given = dict(sent)
    if "telephones" in given:
        given["telephones"] = tuple(_telephones(known.telephones, given["telephones"]))
    if "family" in given:
        given["family"] = tuple(_contact(**row) for row in given["family"])
    if "needs" in given:
        given["needs"] = tuple(given["needs"])
    return replace(known, **given)


def _telephones(known: Sequence[TelephoneData], rows: Iterable[Mapping[str, Any]]) -> Iterable[TelephoneData]:
    """A number that the record has keeps what is left out of its row: that it was tried, how it was typed."""
    there = {row.number: row for row in known}
    for row in rows:
        typed = row.get("number", "")
        told = {name: value for name, value in row.items() if name != "number"}
        yield replace(there.get(_read(typed)) or TelephoneData(typed), **told)


def _read(typed: str) -> str:
    """The number in E.164; "" where it cannot be read, which `rules.check` says in its own words."""
    try:
        return phone.parse(typed).e164
    except phone.PhoneRefused:
        return ""


def _contact(name: str = "", number: str = "", **told: Any) -> FamilyData:
    return FamilyData(name=name, telephone=number, **told)
