"""The ground of both databases: one writer at a time, nothing half written, instants that stay what they were."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError

from supportdesk.core import tally
from supportdesk.core.db import db, is_sqlite, transaction
from supportdesk.office.models import ClosedDay, OfficeSetting
from supportdesk.office.settings import OfficeSettings, change, current

TOKYO = timezone(timedelta(hours=9))


def _write_elsewhere(app: Flask, name: str) -> None:
    def write() -> None:
        with app.app_context(), transaction() as session:
            session.merge(OfficeSetting(name=name, value="elsewhere"))

    thread = threading.Thread(target=write)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def test_a_transaction_ends_the_read_that_went_before_and_sees_what_others_wrote_since(app: Flask) -> None:
    db.session.scalars(sa.select(OfficeSetting)).all()
    _write_elsewhere(app, "town")

    with transaction() as session:
        seen = session.scalar(sa.select(OfficeSetting.value).where(OfficeSetting.name == "town"))
        session.merge(OfficeSetting(name="sender", value="here"))

    assert seen == "elsewhere"


@pytest.mark.one_database  # PostgreSQL reads committed rows anew with each statement: the trap is SQLite's alone
def test_control_on_sqlite_a_read_that_is_not_ended_cannot_be_turned_into_a_write(app: Flask) -> None:
    db.session.scalars(sa.select(OfficeSetting)).all()
    _write_elsewhere(app, "town")

    with pytest.raises(DBAPIError, match="locked"):
        db.session.execute(sa.insert(OfficeSetting).values(name="sender", value="here"))
    db.session.rollback()


def test_what_fails_in_the_middle_leaves_nothing(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction() as session:
        session.add(OfficeSetting(name="town", value="half"))
        session.flush()
        _ = 1 / 0

    assert db.session.scalar(sa.select(sa.func.count()).select_from(OfficeSetting)) == 0


def test_a_transaction_inside_another_is_a_mistake_that_is_told(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="opened once"), transaction(), transaction():
        raise AssertionError("the second one began")


def test_an_instant_keeps_its_moment_whatever_zone_it_came_in(app: Flask) -> None:
    moment = datetime(2026, 7, 15, 10, 0, tzinfo=TOKYO)
    from supportdesk.core import beat

    with transaction():
        beat.note(moment)
    db.session.expire_all()

    assert beat.last() == moment
    assert beat.last() == datetime(2026, 7, 15, 1, 0, tzinfo=UTC)


def test_an_instant_without_a_zone_is_refused(app: Flask) -> None:
    from supportdesk.core import beat

    with pytest.raises(sa.exc.StatementError, match="time zone"), transaction():
        beat.note(datetime(2026, 7, 15, 10, 0))  # noqa: DTZ001  (that is the mistake)


def test_sqlite_is_set_up_for_safety(app: Flask) -> None:
    if not is_sqlite():
        assert db.session.scalar(sa.text("SHOW transaction_isolation")) == "read committed"
        return
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}

    found = {name: db.session.connection().exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}

    assert found == wanted
    assert db.session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar() >= 1000


def test_a_foreign_key_to_nothing_is_refused(app: Flask) -> None:
    from tests import factories

    with pytest.raises(IntegrityError):
        factories.resident(district_code="NOWHERE")


def test_an_error_of_the_database_shows_no_values(app: Flask) -> None:
    with pytest.raises(IntegrityError) as caught, transaction() as session:
        session.execute(sa.insert(ClosedDay), [{"day": datetime(2026, 7, 1).date(), "reason": "秘密の理由"}] * 2)  # noqa: DTZ001

    assert "秘密の理由" not in str(caught.value)


def test_counts_of_one_day_add_up(app: Flask) -> None:
    day = datetime(2026, 7, 6, tzinfo=UTC).date()
    with transaction():
        tally.count(tally.BAD_SIGNATURE, day)
        tally.count(tally.BAD_SIGNATURE, day, 2)

    assert tally.total(tally.BAD_SIGNATURE) == 3


def test_office_settings_are_the_defaults_until_changed(app: Flask) -> None:
    assert current() == OfficeSettings()

    with transaction():
        change(town="南島原市", text_window=[["10:00", "11:00"]])

    assert (current().town, current().text_window) == ("南島原市", (("10:00", "11:00"),))


def test_an_office_setting_that_does_not_exist_is_refused(app: Flask) -> None:
    with pytest.raises(TypeError), transaction():
        change(colour="blue")
