"""What happens to accounts: added, edited, disabled, enabled, a code given, a password chosen, a try
counted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from ..core import chance, clock, history
from ..core.access import HOUSE, Actor, Role
from ..core.db import db, insert_or_leave, one_row
from ..core.errors import ChangedMeanwhile, Refusal
from . import passwords, queries, rules
from .models import OneTimeCode, SignInThrottle, User, UserRole, WebSession
from .rules import Scope


@dataclass(frozen=True)
class Account:
    """What an administrator writes down about a person who works here. Days are the town's calendar days."""

    name: str
    roles: frozenset[Role]
    first_day: date
    last_day: date | None


def add_user(username: str, account: Account, *, by: Actor, now: datetime) -> User:
    """Add a person, still without a password: `give_one_time_code` comes next. Raises Refusal."""
    username = rules.username_of(username)
    rules.check_username(username)
    _check(account)
    made = insert_or_leave(
        User,
        username=username,
        name=account.name,
        fs_uniquifier=chance.token(),
        first_day=account.first_day,
        last_day=account.last_day,
        created_at=now,
    )
    if not made:
        raise Refusal("This user name is taken already.", code="username-taken", field="username")
    user = db.session.scalars(sa.select(User).where(User.username == username)).one()
    _set_roles(user, account.roles)
    history.record("user.added", _subject(user.id), by=by, now=now, **_told(account))
    return user


def edit_user(user_id: int, account: Account, version: int, *, by: Actor, now: datetime) -> None:
    """Raises Refusal, ChangedMeanwhile."""
    _check(account)
    _queue_for_administrators()
    user = queries.user(user_id)
    if user.version != version:
        raise ChangedMeanwhile()
    _check_administrators(user, account, clock.local_date(now))
    before = Account(user.name, user.role_set, user.first_day, user.last_day)
    user.name, user.first_day, user.last_day = account.name, account.first_day, account.last_day
    # Roles lie in a table of their own: a change of roles alone would leave the version as it was.
    sa.orm.attributes.flag_modified(user, "name")
    _set_roles(user, account.roles)
    try:
        db.session.flush()
    except StaleDataError as stale:
        raise ChangedMeanwhile() from stale
    history.record(
        "user.edited", _subject(user_id), by=by, now=now,
        version=user.version, before=_told(before), after=_told(account), name_changed=before.name != account.name,
    )  # fmt: skip


def disable(user_id: int, *, by: Actor, now: datetime) -> None:
    """End every access of a person at once: sessions, codes, old cookies. Raises Refusal."""
    _queue_for_administrators()
    user = queries.user(user_id)
    _check_administrators(user, None, clock.local_date(now))
    _move(user_id, active=False, now=now, by=by, action="user.disabled")
    db.session.execute(sa.delete(OneTimeCode).where(OneTimeCode.user_id == user_id))
    _end_sessions(user_id)


def enable(user_id: int, *, by: Actor, now: datetime) -> None:
    """Let a disabled person in again, with the password of before. Raises Refusal."""
    queries.user(user_id)
    _move(user_id, active=True, now=now, by=by, action="user.enabled")


def give_one_time_code(user_id: int, *, by: Actor, now: datetime) -> str:
    """Make a code with which the person chooses a password within a day; an earlier code ends.

    The password of before stays good until then, so that a code made by mistake locks nobody out. Also ends
    the wait after wrong tries: the person stands before the administrator. Raises Refusal for a disabled
    account.
    """
    user = queries.user(user_id)
    if not user.active:
        raise Refusal("This account is disabled. Enable it first.", code="disabled")
    code = chance.one_time_code()
    values = {"code_hash": passwords.hashed(code), "expires_at": now + rules.CODE_LASTS}
    if not insert_or_leave(OneTimeCode, user_id=user_id, **values):
        db.session.execute(sa.update(OneTimeCode).where(OneTimeCode.user_id == user_id).values(values))
    db.session.execute(sa.delete(SignInThrottle).where(SignInThrottle.key == _key(Scope.USER, user.username)))
    history.record("user.code_given", _subject(user_id), by=by, now=now)
    return code


def first_administrator(username: str, name: str, *, now: datetime) -> str:
    """Add the person who adds all others; gives the one-time code. Raises Refusal, also if there is one
    already."""
    _queue_for_administrators()
    if queries.other_administrators(0, clock.local_date(now)):
        raise Refusal("There is an administrator already.", code="administrator-exists")
    account = Account(name, frozenset({Role.ADMIN}), clock.local_date(now), None)
    user = add_user(username, account, by=HOUSE, now=now)
    return give_one_time_code(user.id, by=HOUSE, now=now)


def choose_password_with_code(
    user_id: int, code_hash: str, password_hash: str, *, by: Actor, now: datetime
) -> None:
    """Use up a code and set the password. Raises Refusal to the second of two who use one code at once.

    The edge makes both hashes (and compares the code) beforehand, so that nobody waits for that behind the
    write lock.
    """
    used_up = sa.delete(OneTimeCode).where(
        OneTimeCode.user_id == user_id, OneTimeCode.code_hash == code_hash, OneTimeCode.expires_at > now
    )
    if not one_row(used_up):
        raise Refusal(WRONG_CODE, code="wrong-code")
    _set_password(user_id, password_hash)
    history.record("user.password_chosen", _subject(user_id), by=by, now=now, with_code=True)


def change_password(user_id: int, password_hash: str, *, by: Actor, now: datetime) -> None:
    """Set a new password and end all sessions of the person; the edge renews the one at hand."""
    _set_password(user_id, password_hash)
    history.record("user.password_chosen", _subject(user_id), by=by, now=now, with_code=False)


def note_try(username: str, network: str, *, now: datetime) -> None:
    """Count a try, before the secret is looked at. Raises Refusal `too-many-tries` while one has to wait.

    Counted first and taken back when it was right (`forgive_try`): with the other order, tries sent at the
    same moment would all be looked at before the first of them is counted. The network comes first for
    everybody, so that two tries never wait for each other.
    """
    username = rules.username_of(username)
    for scope, value in ((Scope.NETWORK, network), (Scope.USER, username)):
        wait = _count(scope, value, now)
        if wait and scope is Scope.USER and (user := queries.by_username(username)):
            history.record(
                "user.sign_in_slowed", _subject(user.id), by=HOUSE, now=now, seconds=int(wait.total_seconds())
            )


def forgive_try(username: str, network: str) -> None:
    """The try was right: the account's count ends, the network's goes back by this one."""
    key = _key(Scope.NETWORK, network)
    db.session.execute(
        sa.update(SignInThrottle)
        .where(SignInThrottle.key == key, SignInThrottle.failures > 0)
        .values(failures=SignInThrottle.failures - 1, closed_until=None)
    )
    username = rules.username_of(username)
    db.session.execute(sa.delete(SignInThrottle).where(SignInThrottle.key == _key(Scope.USER, username)))


def sweep(now: datetime) -> None:
    """Delete what has run out: wrong tries long ago, codes, web sessions."""
    forgotten = now - rules.FORGOTTEN_AFTER
    db.session.execute(sa.delete(SignInThrottle).where(SignInThrottle.last_failure_at < forgotten))
    db.session.execute(sa.delete(OneTimeCode).where(OneTimeCode.expires_at <= now))
    db.session.execute(sa.delete(WebSession).where(WebSession.expires_at <= now))


WRONG_CODE = "The user name or the code is not right, or the code has been used or has run out."


def _count(scope: Scope, value: str, now: datetime) -> timedelta | None:
    """Add one to a count unless it is closed; the wait that follows, if any."""
    key = _key(scope, value)
    insert_or_leave(SignInThrottle, key=key, failures=0, last_failure_at=now)
    mine = SignInThrottle.key == key
    long_ago = SignInThrottle.last_failure_at < now - rules.FORGOTTEN_AFTER
    counted = (
        sa.update(SignInThrottle)
        .where(mine, SignInThrottle.closed_until.is_(None) | (SignInThrottle.closed_until <= now))
        .values(failures=sa.case((long_ago, 1), else_=SignInThrottle.failures + 1), last_failure_at=now)
    )
    if not one_row(counted):
        closed_until = db.session.scalar(sa.select(SignInThrottle.closed_until).where(mine)) or now
        raise rules.too_many_tries(max(closed_until - now, timedelta(seconds=1)))
    failures = db.session.scalars(sa.select(SignInThrottle.failures).where(mine)).one()
    wait = rules.wait_after(failures, scope)
    db.session.execute(
        sa.update(SignInThrottle).where(mine).values(closed_until=now + wait if wait else None)
    )
    return wait


def _key(scope: Scope, value: str) -> str:
    return f"{scope}:{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()}"


def _queue_for_administrators() -> None:
    """Let all who change who may administer pass one after the other: each touches the oldest account's row.

    Otherwise two administrators who disable each other at the same moment would both see the other there.
    """
    oldest = sa.select(sa.func.min(User.id)).scalar_subquery()
    db.session.execute(
        sa.update(User).where(User.id == oldest).values(active=User.active),
        execution_options={"synchronize_session": False},
    )
    db.session.expire_all()


def _check_administrators(user: User, account: Account | None, today: date) -> None:
    """Ask whether the town keeps an administrator, today and later, when the account becomes this (None: disabled)."""
    stays = account is not None and _administers(
        user.active, account.roles, account.first_day, account.last_day, today
    )
    rules.check_not_the_last_administrator(
        was=_administers(user.active, user.role_set, user.first_day, user.last_day, today), stays=stays,
        others=queries.other_administrators(user.id, today),
    )  # fmt: skip
    others = list(queries.other_terms(user.id))
    may_sign_in = user.active and user.password is not None
    before = [(user.first_day, user.last_day)] if may_sign_in and Role.ADMIN in user.role_set else []
    after = [(account.first_day, account.last_day)] if may_sign_in and account and Role.ADMIN in account.roles else []
    rules.check_administrators_go_on(before=others + before, after=others + after, today=today)


def _administers(
    active: bool, roles: frozenset[Role], first_day: date, last_day: date | None, today: date
) -> bool:
    return Role.ADMIN in roles and rules.in_force(
        active=active, first_day=first_day, last_day=last_day, today=today
    )


def _move(user_id: int, *, active: bool, action: str, by: Actor, now: datetime) -> None:
    """Switch an account off or on; saying it twice is no error and leaves no second trace."""
    moved = sa.update(User).where(User.id == user_id, User.active != active)
    if one_row(moved.values(active=active, fs_uniquifier=chance.token(), version=User.version + 1)):
        history.record(action, _subject(user_id), by=by, now=now)
    db.session.expire_all()


def _set_roles(user: User, roles: Iterable[Role]) -> None:
    kept = {role.name: role for role in user.roles}
    user.roles = [kept.get(role) or UserRole(name=role) for role in sorted(roles)]


def _set_password(user_id: int, password_hash: str) -> None:
    # Not through the mapper: the version is for what an administrator edits.
    db.session.execute(
        sa.update(User).where(User.id == user_id).values(password=password_hash, fs_uniquifier=chance.token())
    )
    _end_sessions(user_id)


def _end_sessions(user_id: int) -> None:
    db.session.execute(sa.delete(WebSession).where(WebSession.user_id == user_id))


def _check(account: Account) -> None:
    rules.check_account(
        name=account.name, roles=account.roles, first_day=account.first_day, last_day=account.last_day
    )


def _told(account: Account) -> dict[str, object]:
    """What history keeps of an account: no name."""
    last = account.last_day.isoformat() if account.last_day else None
    return {"roles": sorted(account.roles), "first_day": account.first_day.isoformat(), "last_day": last}


def _subject(user_id: int) -> str:
    return f"user:{user_id}"
