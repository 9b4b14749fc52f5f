"""Accounts on both databases, and what must hold when several do the same thing at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.accounts import actions, passwords, queries, rules
from supportdesk.accounts.actions import Account
from supportdesk.accounts.models import OneTimeCode, SignInThrottle, User, WebSession
from supportdesk.cli import users
from supportdesk.core import history
from supportdesk.core.access import HOUSE, Actor, Role
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, Refusal
from tests import factories
from tests.web import Web

STAFF = Account("本田 春", frozenset({Role.STAFF}), date(2026, 7, 1), None)
ADDRESS = "198.51.100.7"


def admin(**values: object) -> User:
    return factories.user(Role.ADMIN, **({"password": "set"} | values))


def at_once(app: Flask, times: int, act: Callable[[int], object]) -> list[object]:
    """What each of several threads got, started together: a value or the code of a refusal."""
    gate, got = threading.Barrier(times), [None] * times

    def run(number: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    got[number] = act(number)
            except Refusal as refusal:
                got[number] = refusal.code

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(got)


def add(username: str, by: Actor, now: datetime, account: Account = STAFF) -> User:
    with transaction():
        return actions.add_user(username, account, by=by, now=now)


def test_a_person_is_added_with_roles_and_days(app: Flask, by: Actor, now: datetime) -> None:
    account = Account(
        "本田 春", frozenset({Role.STAFF, Role.COORDINATOR}), date(2026, 7, 1), date(2027, 3, 31)
    )
    add(" Ｈｏｎｄａ", by, now, account)
    found = queries.by_username("honda")
    assert found is not None
    assert found.role_set == account.roles
    assert (found.first_day, found.last_day, found.active, found.password) == (
        date(2026, 7, 1),
        date(2027, 3, 31),
        True,
        None,
    )


def test_a_user_name_belongs_to_one_person_however_it_is_spelled(
    app: Flask, by: Actor, now: datetime
) -> None:
    add("honda", by, now)
    with pytest.raises(Refusal) as refused:
        add("HONDA", by, now)
    assert (refused.value.code, refused.value.field) == ("username-taken", "username")


def test_the_second_of_two_editors_is_told(app: Flask, by: Actor, now: datetime) -> None:
    user = add("honda", by, now)
    seen = user.version
    manager = Account("本田 春", frozenset({Role.MANAGER}), STAFF.first_day, None)
    with transaction():
        actions.edit_user(user.id, manager, seen, by=by, now=now)
    with pytest.raises(ChangedMeanwhile), transaction():
        actions.edit_user(user.id, STAFF, seen, by=by, now=now)
    assert queries.user(user.id).role_set == {Role.MANAGER}


def test_of_editors_at_the_same_moment_one_saves(app: Flask, by: Actor, now: datetime) -> None:
    user = add("honda", by, now)
    version = user.version

    def edit(number: int) -> str:
        account = Account(f"本田 {number}", STAFF.roles, STAFF.first_day, None)
        actions.edit_user(user.id, account, version, by=by, now=now)
        return "saved"

    got = at_once(app, 4, edit)
    assert sorted(got) == ["changed-meanwhile"] * 3 + ["saved"]


def test_disabling_ends_sessions_and_codes(app: Flask, by: Actor, now: datetime) -> None:
    user = add("honda", by, now)
    before = user.fs_uniquifier
    with transaction():
        actions.give_one_time_code(user.id, by=by, now=now)
    Web(app).sign_in(user)
    with transaction():
        actions.disable(user.id, by=by, now=now)
    assert db.session.scalars(sa.select(WebSession).where(WebSession.user_id == user.id)).all() == []
    assert db.session.get(OneTimeCode, user.id) is None
    assert queries.user(user.id).fs_uniquifier != before


def test_a_disabled_person_gets_no_code(app: Flask, by: Actor, now: datetime) -> None:
    user = add("honda", by, now)
    with transaction():
        actions.disable(user.id, by=by, now=now)
    with pytest.raises(Refusal) as refused, transaction():
        actions.give_one_time_code(user.id, by=by, now=now)
    assert refused.value.code == "disabled"


def test_the_last_administrator_is_neither_disabled_nor_demoted_nor_ended(
    app: Flask, by: Actor, now: datetime
) -> None:
    only = admin()
    admin(active=False)
    admin(password=None)
    admin(last_day=date(2026, 7, 5))
    with pytest.raises(Refusal) as disabled, transaction():
        actions.disable(only.id, by=by, now=now)
    with pytest.raises(Refusal) as demoted, transaction():
        actions.edit_user(only.id, STAFF, only.version, by=by, now=now)
    ended = Account("長", frozenset({Role.ADMIN}), date(2026, 4, 1), date(2026, 7, 5))
    with pytest.raises(Refusal) as over, transaction():
        actions.edit_user(only.id, ended, only.version, by=by, now=now)
    assert {refused.value.code for refused in (disabled, demoted, over)} == {"last-administrator"}
    assert queries.user(only.id).active


def test_no_last_day_leaves_the_town_without_an_administrator_later(app: Flask, by: Actor, now: datetime) -> None:
    only, march = admin(), date(2027, 3, 31)
    leaves = Account("長", frozenset({Role.ADMIN}), date(2026, 4, 1), march)

    with pytest.raises(Refusal) as refused, transaction():
        actions.edit_user(only.id, leaves, only.version, by=by, now=now)
    assert (refused.value.code, refused.value.params["day"]) == ("last-administrator", "令和9年4月1日")

    # A successor who has not chosen a password yet could not let anybody in.
    successor = admin(password=None)
    with pytest.raises(Refusal), transaction():
        actions.edit_user(only.id, leaves, only.version, by=by, now=now)
    with transaction():
        db.session.get_one(User, successor.id).password = "set"
    with transaction():
        actions.edit_user(only.id, leaves, only.version, by=by, now=now)
    assert queries.user(only.id).last_day == march
    # Now the successor is who must stay, though the other is still there today.
    with pytest.raises(Refusal), transaction():
        actions.disable(successor.id, by=by, now=now)


def test_one_of_two_administrators_may_go(app: Flask, by: Actor, now: datetime) -> None:
    first, _second = admin(), admin()
    with transaction():
        actions.disable(first.id, by=by, now=now)
    assert not queries.user(first.id).active


@pytest.mark.race
def test_administrators_who_disable_each_other_at_once_leave_one(
    app: Flask, by: Actor, now: datetime
) -> None:
    for _ in range(5):
        pair = [admin().id, admin().id]
        others = sa.select(User.id).where(User.id.not_in(pair))
        with transaction() as session:
            session.execute(sa.update(User).where(User.id.in_(others)).values(active=False))
        got = at_once(app, 2, lambda number, pair=pair: actions.disable(pair[number], by=by, now=now))
        assert sorted(map(str, got)) == ["None", "last-administrator"]


@pytest.mark.race
def test_a_code_used_twice_at_once_sets_one_password(app: Flask, by: Actor, now: datetime) -> None:
    user = add("honda", by, now)
    with transaction():
        actions.give_one_time_code(user.id, by=by, now=now)
    code = queries.open_code(user.id, now)
    assert code is not None

    def use(number: int) -> str:
        actions.choose_password_with_code(user.id, code.code_hash, f"hash {number}", by=by, now=now)
        return f"hash {number}"

    got = at_once(app, 2, use)
    assert "wrong-code" in got
    db.session.rollback()
    assert queries.user(user.id).password in got


def test_a_new_code_ends_the_one_before(app: Flask, by: Actor, now: datetime) -> None:
    user = add("honda", by, now)
    codes = []
    for _ in range(2):
        with transaction():
            codes.append(actions.give_one_time_code(user.id, by=by, now=now))
    row = queries.open_code(user.id, now)
    assert row is not None
    assert [passwords.matches(code, row.code_hash) for code in codes] == [False, True]


def test_choosing_a_password_ends_all_sessions_and_does_not_disturb_an_editor(
    app: Flask, by: Actor, now: datetime
) -> None:
    user = add("honda", by, now)
    Web(app).sign_in(user)
    version = user.version
    with transaction():
        actions.change_password(user.id, "hash", by=by, now=now)
    assert db.session.scalars(sa.select(WebSession).where(WebSession.user_id == user.id)).all() == []
    with transaction():
        actions.edit_user(user.id, STAFF, version, by=by, now=now)


@pytest.mark.race
def test_of_eight_tries_at_once_five_are_looked_at(app: Flask, now: datetime) -> None:
    got = at_once(app, 8, lambda _number: actions.note_try("honda", ADDRESS, now=now))
    assert sorted(map(str, got)) == ["None"] * 5 + ["too-many-tries"] * 3
    counted = dict(db.session.execute(sa.select(SignInThrottle.key, SignInThrottle.failures)).all())
    assert sorted(counted.values()) == [5, 5]


def tries(times: int, now: datetime, username: str = "honda", network: str = ADDRESS) -> None:
    for _ in range(times):
        with transaction():
            actions.note_try(username, network, now=now)


def waits(now: datetime, username: str = "honda", network: str = ADDRESS) -> bool:
    try:
        with transaction():
            actions.note_try(username, network, now=now)
            db.session.rollback()
    except Refusal:
        return True
    return False


def test_who_tries_while_waiting_does_not_wait_longer(app: Flask, now: datetime) -> None:
    tries(5, now)
    for second in range(0, 30, 5):
        assert waits(now + timedelta(seconds=second))
    assert not waits(now + timedelta(seconds=30))


def test_each_further_wrong_try_doubles_the_wait(app: Flask, now: datetime) -> None:
    tries(5, now)
    tries(1, now + timedelta(seconds=30))
    assert waits(now + timedelta(seconds=89))
    assert not waits(now + timedelta(seconds=90))


def test_another_account_on_the_same_network_is_not_slowed(app: Flask, now: datetime) -> None:
    tries(5, now)
    assert not waits(now, "matsumoto")


def test_a_network_that_tries_many_names_has_to_wait(app: Flask, now: datetime) -> None:
    for number in range(25):
        tries(1, now, f"name{number}")
    assert waits(now, "matsumoto")
    assert not waits(now, "matsumoto", "203.0.113.9")


def test_a_right_try_is_taken_back_from_the_network(app: Flask, now: datetime) -> None:
    for _ in range(60):
        tries(1, now)
        with transaction():
            actions.forgive_try("honda", ADDRESS)
    assert not waits(now)


def test_after_half_a_day_the_count_begins_anew(app: Flask, now: datetime) -> None:
    tries(5, now)
    later = now + timedelta(hours=13)
    tries(4, later)
    assert not waits(later)


def test_a_code_from_an_administrator_ends_the_wait(app: Flask, by: Actor, now: datetime) -> None:
    user = add("honda", by, now)
    tries(5, now)
    with transaction():
        actions.give_one_time_code(user.id, by=by, now=now)
    assert not waits(now)


def test_no_user_name_and_no_address_is_kept_in_the_throttle(app: Flask, now: datetime) -> None:
    tries(1, now)
    keys = db.session.scalars(sa.select(SignInThrottle.key)).all()
    assert sorted(key.split(":")[0] for key in keys) == ["network", "user"]
    assert not any("honda" in key or ADDRESS in key for key in keys)


def test_the_first_administrator_can_be_made_once(app: Flask, now: datetime) -> None:
    with transaction():
        code = actions.first_administrator("kanri", "管理 太郎", now=now)
    user = queries.by_username("kanri")
    assert user is not None
    assert user.role_set == {Role.ADMIN}
    row = queries.open_code(user.id, now)
    assert row is not None
    assert passwords.matches(code, row.code_hash)
    with transaction():
        actions.choose_password_with_code(user.id, row.code_hash, "hash", by=HOUSE, now=now)
    with pytest.raises(Refusal) as refused, transaction():
        actions.first_administrator("kanri2", "管理 次郎", now=now)
    assert refused.value.code == "administrator-exists"


def test_history_keeps_roles_and_days_but_no_name_and_no_code(app: Flask, by: Actor, now: datetime) -> None:
    user = add("honda", by, now)
    with transaction():
        code = actions.give_one_time_code(user.id, by=by, now=now)
        actions.edit_user(
            user.id, Account("本田 秋", frozenset({Role.AUDITOR}), STAFF.first_day, None), 1, by=by, now=now
        )
        actions.disable(user.id, by=by, now=now)
        actions.enable(user.id, by=by, now=now)
    rows = history.of(f"user:{user.id}")
    assert [row.action for row in reversed(rows)] == [
        "user.added",
        "user.code_given",
        "user.edited",
        "user.disabled",
        "user.enabled",
    ]
    told = str([row.details for row in rows])
    assert "auditor" in told
    assert "本田" not in told
    assert code not in told


def test_sweeping_takes_only_what_has_run_out(app: Flask, by: Actor, now: datetime) -> None:
    user = add("honda", by, now)
    with transaction():
        actions.give_one_time_code(user.id, by=by, now=now)
    tries(1, now)
    with transaction():
        actions.sweep(now + timedelta(hours=1))
    assert db.session.get(OneTimeCode, user.id) is not None
    with transaction():
        actions.sweep(now + rules.CODE_LASTS)
    for table in (OneTimeCode, SignInThrottle):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_an_account_can_be_added_disabled_and_reset_from_the_command_line(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    first = users.user_add("Honda", "本田 春", [Role.STAFF])
    users.user_disable("honda")
    second = users.user_reset("honda")
    printed = capsys.readouterr().out
    assert first in printed
    assert second in printed
    user = queries.by_username("honda")
    assert user is not None
    assert user.active
