"""Saving the office's settings, stopping and releasing all sending, branches, closed days: on both databases."""

from __future__ import annotations

import threading
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import HOUSE, Actor
from supportdesk.core.clock import at
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, NotFound, Refusal
from supportdesk.core.history import HistoryRow
from supportdesk.office import branch_actions, closed_day_actions, queries, setting_actions, settings
from supportdesk.office.branch_actions import BranchData
from supportdesk.office.models import Branch, ClosedDay
from supportdesk.office.setting_rules import Part
from tests.office.test_setting_rules import CAPS, NAMED, STEPS, WINDOWS


def save(part: Part, typed: dict[str, Any], version: int = 1, *, by: Actor, now: datetime) -> bool:
    with transaction():
        return setting_actions.save(part, typed, version, by=by, now=now)


def newest(action: str) -> HistoryRow:
    db.session.rollback()
    rows = sa.select(HistoryRow).where(HistoryRow.action == action).order_by(HistoryRow.id.desc())
    found = db.session.scalars(rows).first()
    assert found is not None
    return found


def test_a_part_is_saved_and_the_history_has_before_and_after(app: Flask, by: Actor, now: datetime) -> None:
    assert save(Part.WINDOWS, WINDOWS | {"text_window": "9:00-17:00"}, by=by, now=now)

    assert settings.current().text_window == (("09:00", "17:00"),)
    row = newest("office.changed")
    assert (row.subject, row.actor_name, row.details["version"]) == ("office:windows", by.name, 2)
    assert row.details["changed"] == {"text_window": [[["09:30", "18:00"]], [["09:00", "17:00"]]]}


def test_saving_what_is_there_already_writes_nothing(app: Flask, by: Actor, now: datetime) -> None:
    assert not save(Part.CAPS, CAPS, by=by, now=now)

    assert queries.part(Part.CAPS).version == 1
    assert db.session.scalars(sa.select(HistoryRow)).all() == []


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(app: Flask, by: Actor, now: datetime) -> None:
    save(Part.NAME, NAMED, 1, by=by, now=now)

    with pytest.raises(ChangedMeanwhile):
        save(Part.NAME, NAMED | {"town": "雲仙市"}, 1, by=by, now=now)
    assert settings.current().town == "南島原市"


def test_two_editors_of_two_parts_do_not_disturb_each_other(app: Flask, by: Actor, now: datetime) -> None:
    save(Part.NAME, NAMED, 1, by=by, now=now)
    save(Part.CAPS, CAPS | {"most_per_booking": 6}, 1, by=by, now=now)

    assert (settings.current().town, settings.current().most_per_booking) == ("南島原市", 6)


def test_two_parts_saved_at_once_are_held_against_each_other(app: Flask, by: Actor, now: datetime) -> None:
    """One moves the notice to the early morning, the other takes the early morning out of the hours: alone both fit."""
    save(Part.WINDOWS, WINDOWS | {"text_window": "8:00-18:00", "call_window": "8:00-18:00"}, by=by, now=now)
    start = threading.Barrier(2)
    refused: list[Refusal] = []

    def work(part: Part, typed: dict[str, Any], version: int) -> None:
        with app.app_context():
            start.wait(10)
            try:
                save(part, typed, version, by=by, now=now)
            except Refusal as refusal:
                refused.append(refusal)

    db.session.remove()
    threads = [
        threading.Thread(target=work, args=(Part.STEPS, STEPS | {"notice_time": "08:30"}, 1)),
        threading.Thread(target=work, args=(Part.WINDOWS, WINDOWS, 2)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [refusal.code for refusal in refused] == ["step-outside"]


# Stopping and releasing


def test_a_person_stops_sending_with_a_reason_and_another_releases_it(app: Flask, by: Actor, now: datetime) -> None:
    with transaction():
        setting_actions.stop_sending("  不審な電話の\n調査 ", "", by=by, now=now)
    assert settings.current().sending_hold == "不審な電話の 調査"
    assert newest("sending.stopped").details == {"reason": "不審な電話の 調査"}

    with transaction():
        setting_actions.release_sending("不審な電話の 調査", by=by, now=now)
    assert settings.current().sending_hold == ""
    assert newest("sending.released").actor_name == by.name


def test_nobody_releases_a_stop_that_they_have_not_seen(app: Flask, by: Actor, now: datetime) -> None:
    with transaction():
        settings.change(sending_hold="provider:20003")

    with pytest.raises(ChangedMeanwhile), transaction():
        setting_actions.release_sending("昼休み", by=by, now=now)
    with pytest.raises(ChangedMeanwhile), transaction():
        setting_actions.stop_sending("昼休み", "", by=by, now=now)
    assert settings.current().sending_hold == "provider:20003"


@pytest.mark.parametrize("reason", ["", "　", "\u200b", "理" * 201])
def test_a_stop_needs_a_reason_that_fits(app: Flask, by: Actor, now: datetime, reason: str) -> None:
    with pytest.raises(Refusal), transaction():
        setting_actions.stop_sending(reason, "", by=by, now=now)
    assert settings.current().sending_hold == ""


def test_a_stop_for_want_of_a_name_is_released_when_there_is_one(app: Flask, by: Actor, now: datetime) -> None:
    with transaction():
        settings.change(sending_hold=setting_actions.NOT_NAMED)
    with pytest.raises(Refusal, match="name and telephone"), transaction():
        setting_actions.release_sending(setting_actions.NOT_NAMED, by=by, now=now)

    save(Part.NAME, NAMED, by=by, now=now)
    with transaction():
        setting_actions.release_sending(setting_actions.NOT_NAMED, by=by, now=now)

    assert settings.current().sending_hold == ""


# Branches


def test_a_branch_is_added_changed_closed_and_used_again(app: Flask, by: Actor, now: datetime) -> None:
    with transaction():
        branch = branch_actions.add_branch(BranchData("口之津支所", "０９５７-００-０００１"), by=by, now=now)
    assert branch.telephone == "0957-00-0001"

    with transaction():
        branch_actions.edit_branch(branch.id, BranchData("口之津支所", landmark="港のとなり"), 1, by=by, now=now)
    assert newest("branch.edited").details["changed"]["landmark"] == ["", "港のとなり"]

    with transaction():
        branch_actions.close_branch(branch.id, 2, by=by, now=now)
    assert (list(queries.branches()), len(queries.branches(closed_too=True))) == ([], 1)
    with transaction():
        branch_actions.reopen_branch(branch.id, 3, by=by, now=now)
    assert len(queries.branches()) == 1


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (BranchData(" "), "name"),
        (BranchData("支" * 41), "name"),
        (BranchData("有家支所"), "name"),
        (BranchData("支所", telephone="0120-000-000"), "telephone"),
        (BranchData("支所", hours="時" * 61), "hours"),
        (BranchData("支所", sort_order=1000), "sort_order"),
    ],
)
def test_a_branch_that_does_not_fit_is_refused_at_its_field(
    app: Flask, by: Actor, now: datetime, data: BranchData, field: str
) -> None:
    with transaction():
        branch_actions.add_branch(BranchData("有家支所"), by=by, now=now)

    with pytest.raises(Refusal) as refusal, transaction():
        branch_actions.add_branch(data, by=by, now=now)

    assert refusal.value.field == field
    assert db.session.query(Branch).count() == 1


def test_an_old_page_does_not_close_a_branch_that_was_changed(app: Flask, by: Actor, now: datetime) -> None:
    with transaction():
        branch = branch_actions.add_branch(BranchData("有家支所"), by=by, now=now)
    with transaction():
        branch_actions.edit_branch(branch.id, BranchData("有家窓口"), 1, by=by, now=now)

    with pytest.raises(ChangedMeanwhile), transaction():
        branch_actions.close_branch(branch.id, 1, by=by, now=now)


# Closed days


def close(first: date, last: date, reason: str = "夏季閉庁", *, by: Actor, now: datetime) -> list[date]:
    with transaction():
        return closed_day_actions.close_days(first, last, reason, by=by, now=now)


def test_a_range_closes_the_days_on_which_the_office_would_work(app: Flask, by: Actor, now: datetime) -> None:
    # Tuesday 11 August 2026 is 山の日, the 15th and 16th are a weekend.
    days = close(date(2026, 8, 11), date(2026, 8, 17), by=by, now=now)

    assert [day.day for day in days] == [12, 13, 14, 17]
    assert newest("office.days-closed").details == {"days": [day.isoformat() for day in days]}
    assert [row.day for row in queries.closed_days(date(2026, 4, 1), date(2027, 3, 31))] == days


def test_a_day_is_opened_again_once(app: Flask, by: Actor, now: datetime) -> None:
    close(date(2026, 8, 12), date(2026, 8, 12), by=by, now=now)
    with transaction():
        closed_day_actions.open_day(date(2026, 8, 12), by=by, now=now)

    assert db.session.query(ClosedDay).count() == 0
    with pytest.raises(NotFound), transaction():
        closed_day_actions.open_day(date(2026, 8, 12), by=by, now=now)


@pytest.mark.parametrize(
    ("first", "last", "field", "code"),
    [
        (date(2026, 8, 14), date(2026, 8, 12), "last", "last-before-first"),
        (date(2025, 8, 12), date(2025, 8, 12), "first", "not-a-coming-day"),
        (date(2036, 8, 12), date(2036, 8, 12), "first", "not-a-coming-day"),
        (date(2026, 8, 1), date(2026, 9, 30), "last", "too-many-days"),
        (date(2026, 8, 15), date(2026, 8, 16), "first", "closed-already"),
        (date(2026, 9, 1), date(2026, 9, 1), "first", "closed-already"),
    ],
)
def test_days_that_cannot_be_closed_are_refused_at_their_field(
    app: Flask, by: Actor, now: datetime, first: date, last: date, field: str, code: str
) -> None:
    close(date(2026, 9, 1), date(2026, 9, 1), by=by, now=now)

    with pytest.raises(Refusal) as refusal:
        close(first, last, by=by, now=now)

    assert (refusal.value.field, refusal.value.code) == (field, code)


def test_a_stop_for_today_ends_by_itself_on_the_next_working_morning(app: Flask, by: Actor, now: datetime) -> None:
    friday = now + timedelta(days=4)
    with transaction():
        ends = setting_actions.stop_for_today("不審な電話", by=by, now=friday)
    with transaction():
        # Twice is once, and whoever presses later does not lengthen it.
        assert setting_actions.stop_for_today("もう一度", by=by, now=friday + timedelta(hours=1)) is None
    assert ends == at(date(2026, 7, 13), time(9, 30))

    with transaction():
        assert not setting_actions.release_when_over(ends - timedelta(minutes=1))
    assert settings.current().sending_hold == "不審な電話"
    with transaction():
        assert setting_actions.release_when_over(ends)
    assert (settings.current().sending_hold, settings.current().hold_ends) == ("", "")
    assert newest("sending.released").actor_name == HOUSE.name


def test_a_person_may_release_a_stop_for_today_and_a_longer_stop_is_not_shortened(
    app: Flask, by: Actor, now: datetime
) -> None:
    with transaction():
        setting_actions.stop_for_today(by=by, now=now)
        setting_actions.stop_sending("調査が続く", setting_actions.FOR_TODAY, by=by, now=now)
    assert settings.current().hold_ends == ""
    with transaction():
        assert not setting_actions.release_when_over(now + timedelta(days=3))
        setting_actions.release_sending("調査が続く", by=by, now=now)
    assert settings.current().sending_hold == ""
