"""What happens to people's records."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from ..core import clock, history
from ..core.access import Actor
from ..core.db import db, one_row
from ..core.errors import ChangedMeanwhile, Refusal
from ..messages import outbox
from ..office.models import District
from . import queries, rules, search_rules
from .models import FamilyContact, Resident, ResidentNeed, SearchKey, Telephone
from .rules import FamilyData, Need, ResidentData, StopReason, TelephoneData

_ROWS = {"telephones", "family", "needs"}
_COLUMNS = [each.name for each in fields(ResidentData) if each.name not in _ROWS]

# What history may repeat: words of our own. Never a name, an address, a number, a need or a note.
_TOLD = (
    "age_band", "district_code", "no_telephone", "wish", "own_chain", "language", "consent_on", "consent_how",
    "do_not_call", "keys", "contact_from", "contact_until", "contact_not_on",
)  # fmt: skip


def subject(resident_id: int) -> str:
    """The key under which other rooms and the history know a resident."""
    return f"resident:{resident_id}"


def add_resident(data: ResidentData, *, by: Actor, now: datetime, external_id: str | None = None) -> Resident:
    """Add a person. Whoever may be the same one is asked about before (`queries.likely_duplicates`), not here.

    Raises Refusal when something is missing or wrong (`rules.check`), or `no-district`.
    """
    kept = _checked(data, now)
    resident = Resident(created_at=now, external_id=external_id)
    _fill(resident, kept)
    db.session.add(resident)
    db.session.flush()
    _write_search_keys(resident)
    history.record("resident.added", subject(resident.id), by=by, now=now)
    return resident


def edit_resident(resident_id: int, data: ResidentData, version: int, *, by: Actor, now: datetime) -> Resident:
    """Save a changed record, seen in `version`. Raises ChangedMeanwhile, NotFound, Refusal (as `add_resident`).

    Messages that are planned already are not withdrawn, unlike in `stop_contact`: the plan brings them up to a new
    number or wish at its next tick, and the sender asks once more right before a message leaves.
    """
    kept = _checked(data, now)
    resident = queries.get(resident_id)
    if resident.version != version:
        raise ChangedMeanwhile(version=resident.version)
    before = data_of(resident)
    _fill(resident, kept)
    after = data_of(resident)
    changed = [each.name for each in fields(after) if getattr(before, each.name) != getattr(after, each.name)]
    if not changed:
        return resident
    # A new telephone alone is a row of another table: without this the second of two editors would not notice.
    flag_modified(resident, "note")
    try:
        db.session.flush()
    except StaleDataError:
        raise ChangedMeanwhile() from None
    _write_search_keys(resident)
    told = [name for name in _TOLD if name in changed]
    history.record(
        "resident.edited",
        subject(resident.id),
        by=by,
        now=now,
        version=resident.version,
        changed=changed,
        before={name: _word(getattr(before, name)) for name in told},
        after={name: _word(getattr(after, name)) for name in told},
    )
    return resident


def stop_contact(resident_id: int, reason: StopReason, *, by: Actor, now: datetime) -> None:
    """連絡を止める: nothing leaves for this person any more, by any way, and what is planned is withdrawn.

    Others on the same line keep theirs. Raises NotFound, Refusal `already-stopped`.
    """
    queries.get(resident_id)
    stopped = one_row(
        sa.update(Resident)
        .where(Resident.id == resident_id, Resident.stopped_at.is_(None))
        .values(stopped_at=now, stopped_by=by.name, stop_reason=reason)
    )
    if not stopped:
        raise Refusal("Contact with this person is stopped already.", code="already-stopped")
    withdrawn = outbox.withdraw(recipient=subject(resident_id), reason="contact-stopped", now=now)
    history.record(
        "resident.contact-stopped",
        subject(resident_id),
        by=by,
        now=now,
        reason=reason.value,
        withdrawn=withdrawn,
    )


def resume_contact(resident_id: int, *, by: Actor, now: datetime) -> None:
    """Let messages go to this person again; the plan puts what is still due as new ones.

    Raises NotFound, Refusal `not-stopped`.
    """
    before = queries.get(resident_id).stop_reason
    resumed = one_row(
        sa.update(Resident)
        .where(Resident.id == resident_id, Resident.stopped_at.is_not(None))
        .values(stopped_at=None, stopped_by="", stop_reason=None)
    )
    if not resumed:
        raise Refusal("Contact with this person is not stopped.", code="not-stopped")
    history.record("resident.contact-resumed", subject(resident_id), by=by, now=now, before=_word(before))


def mark_tried(telephone_id: int, on: date) -> None:
    """The sender was written into this telephone's book and tried, together with its owner. Whoever has the record open
    is told so when they save, since it counts as changed. Raises NotFound, ChangedMeanwhile."""
    telephone = queries.telephone(telephone_id)
    telephone.tried_on = on
    flag_modified(telephone.resident, "note")
    try:
        db.session.flush()
    except StaleDataError:
        raise ChangedMeanwhile() from None


def data_of(resident: Resident) -> ResidentData:
    """A record as a form or a file would say it."""
    return ResidentData(
        **{name: getattr(resident, name) for name in _COLUMNS},
        telephones=tuple(
            TelephoneData(row.typed, row.kind, row.whose, row.tried_on, row.texts_agreed_on, row.number)
            for row in resident.telephones
        ),
        family=tuple(
            FamilyData(row.name, row.relation, row.number, row.scope, row.timing, row.number, row.kind)
            for row in resident.family
        ),
        needs=tuple(sorted(row.need for row in resident.needs)),
    )


def _checked(data: ResidentData, now: datetime) -> ResidentData:
    kept = rules.check(data, today=clock.local_date(now))
    if kept.district_code is not None and db.session.get(District, kept.district_code) is None:
        raise Refusal("There is no district with this code.", code="no-district", field="district_code")
    return kept


def _fill(resident: Resident, data: ResidentData) -> None:
    for name in _COLUMNS:
        setattr(resident, name, getattr(data, name))
    # Rows that stay are changed in place: an INSERT goes before a DELETE, and would meet the row it replaces.
    known = {row.number: row for row in resident.telephones}
    resident.telephones = [
        _filled(
            known.get(row.number) or Telephone(),
            position=position,
            **_values(row, "number typed kind whose tried_on texts_agreed_on"),
        )
        for position, row in enumerate(data.telephones, 1)
    ]
    contacts = [*resident.family, *(FamilyContact() for _ in data.family)]
    resident.family = [
        _filled(contact, **_values(row, "name relation number kind scope timing"))
        for contact, row in zip(contacts, data.family, strict=False)
    ]
    needs: dict[Need, ResidentNeed] = {row.need: row for row in resident.needs}
    resident.needs = [needs.get(need) or ResidentNeed(need=need) for need in data.needs]


def _values(row: TelephoneData | FamilyData, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}


def _filled(row: Any, **values: Any) -> Any:
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _write_search_keys(resident: Resident) -> None:
    wanted = search_rules.search_keys(
        family_kana=resident.family_kana,
        given_kana=resident.given_kana,
        family_name=resident.family_name,
        given_name=resident.given_name,
        house_name=resident.house_name,
        birth_year=resident.birth_year,
        numbers=[row.number for row in resident.telephones] + [row.number for row in resident.family if row.number],
    )
    there = set(db.session.scalars(sa.select(SearchKey.key).where(SearchKey.resident_id == resident.id)))
    gone, new = there - wanted, wanted - there
    if gone:
        db.session.execute(
            sa.delete(SearchKey)
            .where(SearchKey.resident_id == resident.id, SearchKey.key.in_(gone))
            .execution_options(synchronize_session=False)
        )
    if new:
        db.session.execute(sa.insert(SearchKey), [{"key": key, "resident_id": resident.id} for key in sorted(new)])


def _word(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else str(value)
