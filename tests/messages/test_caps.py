"""Caps on sending: what exceeds one is neither sent nor lost, and nothing leaves in a made-up name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.db import db, transaction
from supportdesk.messages.delivery import deliver_due
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Outcome, Receipt
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from supportdesk.messages.rules import MessageStatus
from supportdesk.messages.sweeping import sweep
from supportdesk.office import settings as office_settings
from tests.messages.sending import TEN, Clock, Scripted, again, desk, mobile, plan
from tests.messages.twilio_server import ACCOUNT, TOKEN

S = MessageStatus


def decide(**values: Any) -> None:
    with transaction():
        office_settings.change(**values)


def test_three_messages_go_to_a_number_on_one_day_and_the_fourth_goes_the_next(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    texts = [plan(not_after=TEN + timedelta(days=2)) for _ in range(4)]

    deliver_due(desk(provider, clock))
    assert [again(text).status for text in texts] == [S.ACCEPTED] * 3 + [S.PLANNED]
    assert again(texts[3]).reason == "cap-number"

    clock.pass_by(hours=24)
    deliver_due(desk(provider, clock))
    assert (again(texts[3]).status, again(texts[3]).reason) == (S.ACCEPTED, None)


def test_a_number_that_is_full_stands_in_nobodys_way(app: Flask, provider: Scripted, clock: Clock) -> None:
    for _ in range(40):
        plan(due_at=TEN - timedelta(hours=1))
    others = [plan(number=mobile(n)) for n in range(3)]

    deliver_due(desk(provider, clock))

    assert {again(one).status for one in others} == {S.ACCEPTED}
    assert len(provider.accepted) == 6


def test_five_messages_go_for_a_booking_and_never_a_sixth(app: Flask, provider: Scripted, clock: Clock) -> None:
    for n in range(6):
        plan_step(about="booking:1", step=f"step{n}", number=mobile(n))

    deliver_due(desk(provider, clock))
    clock.pass_by(hours=24)
    deliver_due(desk(provider, clock))

    assert len(provider.accepted) == 5
    db.session.rollback()
    left = db.session.scalars(sa.select(Message).where(Message.status == S.PLANNED)).one()
    assert left.reason == "cap-booking"


def plan_step(*, number: str, **named: str) -> None:
    """One of several messages about the same thing."""
    one = plan(number=number, not_after=TEN + timedelta(days=2))
    with transaction() as session:
        session.execute(sa.update(Message).where(Message.id == one.id).values(**named))


def test_the_hour_is_counted_over_sixty_minutes_and_lifts_by_itself(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    decide(most_per_hour=2)
    texts = [plan(number=mobile(n)) for n in range(3)]

    deliver_due(desk(provider, clock))
    assert [again(text).reason for text in texts] == [None, None, "cap-hour"]
    clock.pass_by(minutes=59)
    deliver_due(desk(provider, clock))
    assert again(texts[2]).status is S.PLANNED

    clock.pass_by(minutes=2)
    deliver_due(desk(provider, clock))
    assert again(texts[2]).status is S.ACCEPTED


def test_the_day_ends_at_midnight_of_the_town(app: Flask, provider: Scripted, clock: Clock) -> None:
    decide(most_per_day=1, most_per_hour=1)
    texts = [plan(number=mobile(n), not_after=TEN + timedelta(days=3)) for n in range(2)]

    deliver_due(desk(provider, clock))
    clock.pass_by(hours=7)
    deliver_due(desk(provider, clock))
    assert (again(texts[1]).status, again(texts[1]).reason) == (S.PLANNED, "cap-day")

    clock.pass_by(hours=17)
    deliver_due(desk(provider, clock))
    assert again(texts[1]).status is S.ACCEPTED


def test_a_cap_that_is_raised_holds_at_the_next_turn(app: Flask, provider: Scripted, clock: Clock) -> None:
    for _ in range(4):
        plan()
    deliver_due(desk(provider, clock))

    decide(most_per_number_a_day=4)
    deliver_due(desk(provider, clock))

    assert len(provider.accepted) == 4


def test_what_a_cap_kept_back_until_it_was_too_late_says_so(app: Flask, provider: Scripted, clock: Clock) -> None:
    decide(most_per_number_a_day=1)
    plan()
    text = plan(not_after=TEN + timedelta(hours=1))
    deliver_due(desk(provider, clock))

    clock.pass_by(hours=1)
    sweep(desk(provider, clock))

    assert (again(text).status, again(text).reason) == (S.MISSED, "cap-number")


def test_what_never_left_gives_its_place_back(app: Flask, clock: Clock) -> None:
    decide(most_per_number_a_day=1)
    plan()
    provider = Scripted(Receipt(Outcome.REFUSED, code=21617))
    deliver_due(desk(provider, clock))

    text = plan()
    deliver_due(desk(provider, clock))

    assert again(text).status is S.ACCEPTED


def test_the_rehearsal_that_brings_days_forward_knows_no_caps(app: Flask, provider: Scripted, clock: Clock) -> None:
    for _ in range(5):
        plan()

    assert deliver_due(desk(provider, clock), due_by=TEN)["accepted"] == 5


# In whose name


class Real(Scripted):
    reaches_telephones = True


def test_nothing_reaches_a_real_telephone_in_a_made_up_name(app: Flask, clock: Clock) -> None:
    provider, text = Real(), plan()

    deliver_due(desk(provider, clock))

    assert (provider.accepted, again(text).status) == ([], S.PLANNED)
    assert office_settings.current().sending_hold == "office-not-named"


def test_released_without_a_name_it_is_stopped_again(app: Flask, clock: Clock) -> None:
    provider = Real()
    plan()
    deliver_due(desk(provider, clock))
    decide(sending_hold="", town="南島原市")

    deliver_due(desk(provider, clock))

    assert provider.accepted == []
    assert office_settings.current().sending_hold == "office-not-named"


def test_nothing_of_the_sample_town_reaches_a_real_telephone(app: Flask, clock: Clock) -> None:
    """Its pages say so; its numbers may be somebody's."""
    decide(town="南島原市", telephone="0957-00-0001", sample_town=True)
    provider, text = Real(), plan()

    deliver_due(desk(provider, clock))
    assert office_settings.current().sending_hold == "sample-town"
    decide(sending_hold="")
    deliver_due(desk(provider, clock), due_by=TEN + timedelta(days=1))

    assert (provider.accepted, again(text).status) == ([], S.PLANNED)
    assert office_settings.current().sending_hold == "sample-town"


@pytest.mark.parametrize(
    ("base_url", "real"),
    [(None, True), ("https://api.twilio.com", True), ("http://127.0.0.1:5001", False), ("http://localhost:1", False)],
)
def test_twilio_played_on_this_machine_is_a_rehearsal(base_url: str | None, real: bool) -> None:
    account = TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", "+815000000000", base_url=base_url)

    assert TwilioProvider(account).reaches_telephones is real


def test_with_a_name_and_a_telephone_it_goes(app: Flask, clock: Clock) -> None:
    provider, text = Real(), plan()
    decide(town="南島原市", telephone="0957-00-0001")

    deliver_due(desk(provider, clock))

    assert again(text).status is S.ACCEPTED


def test_the_practice_telephone_needs_no_name(app: Flask, provider: Scripted, clock: Clock) -> None:
    text = plan()

    deliver_due(desk(provider, clock))

    assert again(text).status is S.ACCEPTED
