"""What happens to supporters' records. Ending somebody's service concerns their duties, and is an act of lessons."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from ..accounts.models import User
from ..core import clock, history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import apply, fitting, for_editing
from ..core.errors import NotFound, Refusal
from ..office.models import District, Topic
from . import supporter_data_rules as rules
from .models import Supporter, SupporterHours, SupporterOff, SupporterSkill, SupporterTerm
from .rules import NumberKind
from .supporter_data_rules import SupporterData
from .supporter_rules import Available, Off, Term

# What history may repeat: words of our own and days. Never a name or a number.
_TOLD = ("kind", "district_code", "wish", "language", "number_kind", "trained_on", "pledged_on", "user_id")


def subject(supporter_id: int) -> str:
    """The key under which other rooms and the history know a supporter."""
    return f"supporter:{supporter_id}"


def data_of(supporter: Supporter) -> SupporterData:
    """A record as a form or a file would say it."""
    kept = {one.name: getattr(supporter, one.name) for one in fields(SupporterData) if hasattr(supporter, one.name)}
    return SupporterData(**kept | {
        "telephone": supporter.number, "fax": supporter.number_kind is NumberKind.FAX,
        "skills": tuple(row.topic_code for row in supporter.skills),
        "hours": tuple(Available(row.weekday, row.from_time, row.until_time) for row in supporter.hours),
    })  # fmt: skip


def add_supporter(data: SupporterData, *, external_id: str | None = None, by: Actor, now: datetime) -> Supporter:
    """A new supporter, without a term yet. Raises Refusal with the field at fault."""
    supporter = Supporter(external_id=external_id)
    _save(supporter, data, clock.local_date(now))
    db.session.flush()
    history.record("supporter.added", subject(supporter.id), by=by, now=now)
    return supporter


def edit_supporter(supporter_id: int, data: SupporterData, version: int, *, by: Actor, now: datetime) -> Supporter:
    """Raises NotFound, ChangedMeanwhile, Refusal."""
    supporter = for_editing(Supporter, supporter_id, version)
    changed = _save(supporter, data, clock.local_date(now))
    if changed:
        flag_modified(supporter, "badge")  # a change of skills or hours alone is a new version too
        db.session.flush()
        told = {name: [_word(value) for value in pair] for name, pair in changed.items() if name in _TOLD}
        history.record(
            "supporter.edited", subject(supporter_id), by=by, now=now, version=supporter.version,
            fields=sorted(changed), changed=told,
        )  # fmt: skip
    return supporter


def set_term(supporter_id: int, term: Term, *, by: Actor, now: datetime) -> Supporter:
    """委嘱 for one fiscal year, new or changed. Raises NotFound, Refusal with the field at fault."""
    supporter = _locked(supporter_id)
    _put_term(supporter, rules.check_term(term, clock.local_date(now)), by, now)
    return supporter


def take_term_back(supporter_id: int, fiscal_year: int, *, by: Actor, now: datetime) -> Supporter:
    """A term that was entered by mistake; one that ends early gets another last day instead. Raises NotFound."""
    supporter = _locked(supporter_id)
    term = next((row for row in supporter.terms if row.fiscal_year == fiscal_year), None)
    if term is None:
        raise NotFound("This entry does not exist.")
    supporter.terms.remove(term)
    history.record("supporter.term-taken-back", subject(supporter_id), by=by, now=now, fiscal_year=fiscal_year)
    return supporter


def renew_terms(
    supporter_ids: Collection[int],
    year: int,
    *,
    insured_on: date | None = None,
    pledged_on: date | None = None,
    by: Actor,
    now: datetime,
) -> int:
    """The term of a whole fiscal year for all of these, and its insurance and a new pledge where a day is given. A term
    that is there keeps its days. Gives how many records changed. Raises NotFound, Refusal."""
    today = clock.local_date(now)
    rules.check_term(rules.whole_year(year, insured_on), today)
    if pledged_on is not None and pledged_on > today:
        raise Refusal("This day is in the future. Please check it.", code="future-day", field="pledged_on")
    query = sa.select(Supporter).where(Supporter.id.in_(supporter_ids)).order_by(Supporter.id)
    found = db.session.scalars(
        query.options(selectinload(Supporter.terms)).with_for_update(),
        execution_options={"populate_existing": True},
    ).all()
    if len(found) != len(set(supporter_ids)):
        raise NotFound("There is no such supporter.", field="supporter_ids")
    changed = 0
    for supporter in found:
        there = next((row for row in supporter.terms if row.fiscal_year == year), None)
        term = rules.whole_year(year, insured_on)
        if there is not None:
            term = Term(year, there.from_day, there.until_day, insured_on or there.insured_on)
        renewed = _put_term(supporter, term, by, now)
        changed += _pledge(supporter, pledged_on, by, now) or renewed
    return changed


def add_off(supporter_id: int, off: Off, reason: str, *, by: Actor, now: datetime) -> SupporterOff:
    """Days on which a supporter cannot come. Duties already planned stand, and the check names them from now on.
    Raises NotFound, Refusal."""
    supporter = _locked(supporter_id)
    rules.check_off(off, clock.local_date(now))
    if any(row.from_day == off.from_day and row.until_day == off.until_day for row in supporter.off):
        raise Refusal("These days are entered already.", code="off-already", field="from_day")
    row = SupporterOff(supporter_id=supporter_id, **asdict(off), **fitting(SupporterOff, {"reason": reason}))
    supporter.off.append(row)
    db.session.flush()
    _record_off("supporter.off", row, by, now)
    return row


def take_off_back(supporter_id: int, off_id: int, *, by: Actor, now: datetime) -> Supporter:
    """They can come after all. Raises NotFound, also for days of somebody else."""
    supporter = _locked(supporter_id)
    row = next((row for row in supporter.off if row.id == off_id), None)
    if row is None:
        raise NotFound("This entry does not exist.")
    supporter.off.remove(row)
    _record_off("supporter.off-taken-back", row, by, now)
    return supporter


def come_back(supporter_id: int, *, by: Actor, now: datetime) -> Supporter:
    """Somebody who left is with us again. Raises NotFound, Refusal."""
    supporter = _locked(supporter_id)
    if supporter.left_on is None:
        raise Refusal("This supporter has not left.", code="not-left")
    supporter.left_on = None
    db.session.flush()
    history.record("supporter.came-back", subject(supporter_id), by=by, now=now)
    return supporter


def _record_off(action: str, row: SupporterOff, by: Actor, now: datetime) -> None:
    days = {"from_day": row.from_day.isoformat(), "until_day": row.until_day.isoformat()}
    history.record(action, subject(row.supporter_id), by=by, now=now, **days)


def _put_term(supporter: Supporter, term: Term, by: Actor, now: datetime) -> bool:
    row = next((row for row in supporter.terms if row.fiscal_year == term.fiscal_year), None)
    values = asdict(term)
    if row is None:
        supporter.terms.append(SupporterTerm(**values))
    elif not apply(row, values):
        return False
    told = {name: _word(value) for name, value in values.items()}
    history.record("supporter.term", subject(supporter.id), by=by, now=now, **told)
    return True


def _pledge(supporter: Supporter, day: date | None, by: Actor, now: datetime) -> bool:
    if day is None or supporter.pledged_on == day:
        return False
    changed = apply(supporter, {"pledged_on": day})
    db.session.flush()
    history.record(
        "supporter.edited", subject(supporter.id), by=by, now=now, version=supporter.version, fields=["pledged_on"],
        changed={"pledged_on": [_word(value) for value in changed["pledged_on"]]},
    )  # fmt: skip
    return True


def _locked(supporter_id: int) -> Supporter:
    """The supporter, so that a lesson that is being planned with them waits, and two acts come one after the other."""
    supporter = db.session.get(Supporter, supporter_id, with_for_update=True, populate_existing=True)
    if supporter is None:
        raise NotFound("There is no such supporter.")
    return supporter


def _save(supporter: Supporter, data: SupporterData, today: date) -> dict[str, list[Any]]:
    kept = rules.check(data, today)
    values = asdict(kept)
    for name in ("telephone", "fax", "skills", "hours"):
        del values[name]
    values = fitting(Supporter, values, needed=("name", "kana"))
    _check_there(kept, supporter)
    changed = apply(supporter, values)
    before = data_of(supporter)
    if before.skills != kept.skills:
        there = {row.topic_code: row for row in supporter.skills}
        supporter.skills = [there.get(code) or SupporterSkill(topic_code=code) for code in kept.skills]
        changed["skills"] = [before.skills, kept.skills]
    if before.hours != kept.hours:
        week = {row.weekday: row for row in supporter.hours}
        supporter.hours = [_filled(week.get(one.weekday) or SupporterHours(), one) for one in kept.hours]
        changed["hours"] = [before.hours, kept.hours]
    db.session.add(supporter)
    return changed


def _filled(row: SupporterHours, hours: Available) -> SupporterHours:
    apply(row, asdict(hours))
    return row


def _check_there(data: SupporterData, supporter: Supporter) -> None:
    if data.district_code is not None and db.session.get(District, data.district_code) is None:
        raise Refusal("There is no district with this code.", code="no-district", field="district_code")
    known = set(db.session.scalars(sa.select(Topic.code).where(Topic.code.in_(data.skills)))) if data.skills else set()
    if known != set(data.skills):
        raise Refusal("There is no topic with this code.", code="no-topic", field="skills")
    if data.user_id is None or data.user_id == supporter.user_id:
        return
    if db.session.get(User, data.user_id) is None:
        raise Refusal("There is no such account.", code="no-account", field="user_id")
    if db.session.scalar(sa.select(Supporter.id).where(Supporter.user_id == data.user_id)) is not None:
        raise Refusal("This account is another supporter's.", code="account-taken", field="user_id")


def _word(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)
