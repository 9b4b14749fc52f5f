"""What is known of the residents of bookings: how they may be told, whether they have been, and what became of each
step; and of their lesson what is said of it. Read here for all that asks for messages (asked.py, offered.py, drawn.py,
waited.py, on_duty.py)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ..core.db import db
from ..lessons.models import Lesson
from ..lessons.rules import LessonState
from ..messages.models import NumberNote
from ..messages.providers import codes
from ..messages.providers.codes import Trouble
from ..messages.rules import MessageStatus
from ..office.settings import OfficeSettings
from ..people.hour_rules import hours_of
from ..people.models import FamilyContact, Resident, Telephone
from ..people.rules import NumberKind
from ..places.models import Venue
from . import chain_rules, reach_rules
from .rules import AnsweredBy, AnswerKind, Confirmed, ConfirmedBy, Family, Key, Number, PersonOutcome, Tried

Columns = sa.Row[*tuple[Any, ...]]

# What of a resident decides how they are told (Known.of).
OF_RESIDENT: tuple[sa.ColumnElement[Any] | sa.orm.InstrumentedAttribute[Any], ...] = (
    Resident.wish, Resident.own_chain, Resident.language, Resident.consent_on, Resident.do_not_call,
    Resident.stopped_at, Resident.contact_from, Resident.contact_until, Resident.contact_not_on,
)  # fmt: skip
# What a message says of a lesson and its hall, and whether it takes place (lesson_is_cancelled).
OF_LESSON: tuple[sa.ColumnElement[Any] | sa.orm.InstrumentedAttribute[Any], ...] = (
    Lesson.kind, Lesson.starts_at, Lesson.state.label("lesson_state"),
    Lesson.cancelled_at.label("lesson_cancelled_at"), Venue.short_name, Venue.name_kana, Venue.name_en,
)  # fmt: skip

_NUMBERS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        Telephone.resident_id,
        Telephone.number,
        Telephone.kind,
        Telephone.tried_on,
        Telephone.texts_agreed_on,
        NumberNote.opted_out_at,
        NumberNote.no_text_since,
        NumberNote.no_call_since,
    )
    .outerjoin(NumberNote, NumberNote.number == Telephone.number)
    .order_by(Telephone.resident_id, Telephone.position, Telephone.id)
)
_FAMILY: sa.Select[*tuple[Any, ...]] = sa.select(
    FamilyContact.resident_id, FamilyContact.id, FamilyContact.relation, FamilyContact.number, FamilyContact.kind,
    FamilyContact.scope, FamilyContact.timing,
).order_by(FamilyContact.id)  # fmt: skip


def lesson_is_cancelled(row: Columns) -> bool:
    """Whether the lesson of a row that has OF_LESSON is cancelled."""
    return row.lesson_cancelled_at is not None or row.lesson_state is LessonState.CANCELLED


@dataclass(frozen=True)
class Known:
    """What of some residents decides how they are told."""

    numbers: Mapping[int, Sequence[Number]]
    family: Mapping[int, Sequence[Family]]
    office: OfficeSettings

    def of(self, row: Columns) -> dict[str, Any]:
        """The facts of the resident of a row that has OF_RESIDENT."""
        return {
            "wish": row.wish,
            "language": row.language,
            "own_chain": reach_rules.chain_in_use(row.own_chain, self.office),
            "numbers": tuple(self.numbers.get(row.resident_id, ())),
            "family": tuple(self.family.get(row.resident_id, ())),
            "consent": row.consent_on is not None,
            "do_not_call": row.do_not_call,
            "hours": hours_of(row.contact_from, row.contact_until, row.contact_not_on),
            "stopped": row.stopped_at is not None,
        }


def known_of(residents: Collection[int], office: OfficeSettings) -> Known:
    """Two queries."""
    return Known(_numbers_of(residents), _family_of(residents), office)


def _family_of(residents: Collection[int]) -> dict[int, list[Family]]:
    found: dict[int, list[Family]] = defaultdict(list)
    for row in db.session.execute(_FAMILY.where(FamilyContact.resident_id.in_(residents))):
        number = row.number if row.kind is not NumberKind.FAX else ""
        found[row.resident_id].append(Family(row.id, row.relation, number, row.scope, row.timing))
    return found


def _numbers_of(residents: Collection[int]) -> dict[int, list[Number]]:
    """The numbers of each resident in their order, with what is known of each number itself. One that was found to be
    wrong is none: neither machines nor people ring there again."""
    found: dict[int, list[Number]] = defaultdict(list)
    right = Telephone.wrong_since.is_(None)
    for row in db.session.execute(_NUMBERS.where(Telephone.resident_id.in_(residents), right)):
        opted_out = row.opted_out_at is not None
        found[row.resident_id].append(
            Number(
                row.number,
                row.kind,
                tried=row.tried_on is not None,
                agreed=row.texts_agreed_on is not None,
                text_blocked=opted_out or row.no_text_since is not None,
                call_blocked=opted_out or row.no_call_since is not None,
            )
        )
    return found


def confirmed_by(told: Sequence[Columns], answers: Sequence[Columns]) -> Confirmed | None:
    """The newest of what makes a booking confirmed: a resident's answer, or words with a person. A card or FAX that
    was sent is none, and what the family was told is theirs."""
    spoken = [one for one in told if one.way is None and not one.with_family]
    # What they answered a person stands in the contact that was noted with it.
    own = [one for one in answers if one.how is not AnsweredBy.PERSON]
    newest = max([*spoken, *own], key=lambda one: one.at, default=None)
    if newest is None:
        family = [one for one in told if one.with_family]
        return Confirmed(ConfirmedBy.FAMILY, family[-1].at, family[-1].by_name) if family else None
    if newest in own:
        return Confirmed(ConfirmedBy(newest.how.value), newest.at, comes=newest.kind is AnswerKind.WILL_COME)
    how = ConfirmedBy.TALKED if newest.outcome is PersonOutcome.TALKED else ConfirmedBy.HANDED_OVER
    return Confirmed(how, newest.at, newest.by_name)


def read_back_of(booking: Columns, *, changed: bool) -> Confirmed | None:
    """That it was read back aloud when it was made. `changed`: the lesson is another one since then, of which nothing
    was read back."""
    if changed or not booking.read_back:
        return None
    return Confirmed(ConfirmedBy.READ_BACK, booking.booked_at, booking.booked_by_user)


def tried_of(message: Columns) -> Tried:
    """What became of a message, and since when."""
    if message.status in chain_rules.NOT_REACHED:
        code = message.code or ""
        look = code.isdecimal() and codes.meaning(int(code)).trouble is Trouble.UNKNOWN
        return Tried(message.status, message.ended_at or message.handed_over_at, look)
    return Tried(message.status, message.handed_over_at)


def tried_of_steps(newest: Mapping[Key, Columns]) -> dict[Key, Tried]:
    """The same of each step; what was withdrawn counts as not there."""
    return {key: tried_of(m) for key, m in newest.items() if m.status is not MessageStatus.WITHDRAWN}
