"""Two hand-overs of one person at once, and one while a task is closed: everything goes once, nothing that ended goes.

Controls show both races without the guard.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import Actor, Role
from supportdesk.core.db import db
from supportdesk.desk import actions as desk
from supportdesk.desk.models import HelpRequest
from supportdesk.desk.rules import ENDED, RequestStatus
from supportdesk.front import handover
from supportdesk.front.handover import HandOverData
from supportdesk.front.handover_models import HandOver, HandOverItem
from supportdesk.front.handover_rules import HandOverState
from tests import factories
from tests.front.test_handover import duty_of, in_charge, on_duty, request_of
from tests.races.clients import ROUNDS, clients
from tests.races.test_series import told

pytestmark = pytest.mark.race
TODAY = date(2026, 7, 6)


def test_of_two_hand_overs_of_one_person_at_once_each_thing_goes_once(app: Flask, by: Actor, now: datetime) -> None:
    with clients(app, 2) as both:
        for _ in range(ROUNDS):
            giver, takers = factories.user(Role.STAFF), [factories.user(Role.STAFF) for _ in range(2)]
            old, new = factories.supporter(giver), [factories.supporter(one) for one in takers]
            asked = [request_of(factories.actor_of(giver), now) for _ in range(3)]
            duty = duty_of(old.id)

            answers = both.act_at_once([
                lambda to=taker, of=giver: handover.hand_over(HandOverData(of.id, to.id, TODAY), by=by, now=now).id
                for taker in takers
            ])  # fmt: skip

            assert told(answers) == {"done": 2}
            owners = {in_charge(one) for one in asked}
            assert len(owners) == 1
            assert owners < {one.id for one in takers}
            winner = [one.id for one in takers].index(next(iter(owners)) or 0)
            assert on_duty(duty) == [new[winner].id]
            listed = db.session.scalars(
                sa.select(HandOverItem.about_id).join(HandOver).where(HandOver.from_id == giver.id)
            ).all()
            assert sorted(listed) == sorted([*asked, duty])


def test_of_two_prepared_for_one_person_at_once_one_stays(app: Flask, by: Actor, now: datetime) -> None:
    with clients(app, 2) as both:
        for _ in range(ROUNDS):
            giver, takers = factories.user(Role.STAFF), [factories.user(Role.STAFF) for _ in range(2)]

            answers = both.act_at_once([
                lambda to=taker, of=giver: handover.hand_over(
                    HandOverData(of.id, to.id, date(2026, 8, 1)), by=by, now=now
                ).id
                for taker in takers
            ])  # fmt: skip

            assert told(answers) == {"done": 1, "prepared-already": 1}
            db.session.rollback()
            kept = sa.select(sa.func.count(HandOver.id)).where(
                HandOver.from_id == giver.id, HandOver.state == HandOverState.PREPARED
            )
            assert db.session.scalar(kept) == 1


def test_a_task_that_is_closed_meanwhile_is_closed_once_and_named_only_if_it_went(
    app: Flask, by: Actor, now: datetime
) -> None:
    with clients(app, 2) as both:
        for _ in range(ROUNDS):
            giver, taker = factories.user(Role.STAFF), factories.user(Role.STAFF)
            asked = request_of(factories.actor_of(giver), now)

            answers = both.act_at_once([
                lambda of=giver, to=taker: handover.hand_over(HandOverData(of.id, to.id, TODAY), by=by, now=now).id,
                lambda one=asked: desk.move_status(
                    one, RequestStatus.NEW, RequestStatus.DONE, "解決", by=by, now=now
                ),
            ])  # fmt: skip

            assert told(answers) == {"done": 2}
            db.session.rollback()
            row = db.session.get_one(HelpRequest, asked, populate_existing=True)
            listed = db.session.scalars(
                sa.select(HandOverItem.about_id).join(HandOver).where(HandOver.from_id == giver.id)
            ).all()
            assert row.status is RequestStatus.DONE
            # Either it went before it was closed, and the paper names it, or it stayed with who closed it.
            assert (row.in_charge_id, list(listed)) in ((taker.id, [asked]), (giver.id, []))


def test_reading_first_and_writing_then_would_hand_over_what_is_closed(app: Flask, by: Actor, now: datetime) -> None:
    """The control: the ids are read, the request is closed, and an update by its id alone moves it all the same."""
    giver, taker = factories.user(Role.STAFF), factories.user(Role.STAFF)
    asked = request_of(factories.actor_of(giver), now)
    with clients(app, 1) as one:
        def naively() -> Any:
            open_ids = db.session.scalars(
                sa.select(HelpRequest.id).where(HelpRequest.in_charge_id == giver.id, HelpRequest.status.not_in(ENDED))
            ).all()
            desk.move_status(asked, RequestStatus.NEW, RequestStatus.DONE, "解決", by=by, now=now)
            db.session.execute(sa.update(HelpRequest).where(HelpRequest.id.in_(open_ids)).values(in_charge_id=taker.id))

        told(one.act_at_once([naively]))

    db.session.rollback()
    row = db.session.get_one(HelpRequest, asked, populate_existing=True)
    assert (row.status, row.in_charge_id) == (RequestStatus.DONE, taker.id)
