"""What messages cost, on both databases: written on each when it is claimed, and the month's limit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from supportdesk.core.access import Actor
from supportdesk.core.db import transaction
from supportdesk.core.errors import Refusal
from supportdesk.messages import cost_actions, cost_queries, cost_rules
from supportdesk.messages.cost_rules import NO_PRICE, Price
from supportdesk.messages.delivery import deliver_due
from supportdesk.messages.providers.base import Channel, Delivery, Outcome, Receipt, ReportedStatus
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from supportdesk.messages.reports import take_report
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from tests.messages.sending import TEN, Clock, Scripted, again, call, desk, mobile, plan
from tests.messages.test_cost_rules import CALLS, TEXTS
from tests.messages.twilio_server import ACCOUNT, TOKEN, TwilioServer

S = MessageStatus
LONG = "【南島原市】スマホ教室のご案内" + "7月15日(水)午前10時30分から 口之津公民館。" * 3


def decide(**values: Any) -> None:
    with transaction():
        office_settings.change(**values)


def spent(price: Price = NO_PRICE) -> int:
    return cost_queries.spent(TEN, price)


def test_each_message_keeps_what_it_cost_when_it_was_claimed(app: Flask, clock: Clock) -> None:
    decide(yen_per_text_part=12, yen_per_call=25)
    provider = Scripted(Receipt(Outcome.ACCEPTED, sid="SM1", segments=3))
    long, rung = plan(body=LONG), call()
    deliver_due(desk(provider, clock), callers=1)
    # Counted as two, billed as three.
    assert (again(long).sen, again(rung).sen, spent()) == (3600, 2500, 6100)

    decide(yen_per_text_part=99)
    later = plan(number=mobile(1))
    deliver_due(desk(provider, clock))
    assert (again(long).sen, again(later).sen) == (3600, 9900)


def test_what_left_before_there_was_a_price_counts_by_the_price_of_today(app: Flask, clock: Clock) -> None:
    text = plan()
    deliver_due(desk(Scripted(), clock))

    assert (again(text).sen, spent(), spent(Price(12, 25))) == (None, 0, 1200)


def test_a_text_whose_answer_was_lost_is_a_part_as_it_is_a_cost(app: Flask, clock: Clock) -> None:
    decide(yen_per_text_part=12)
    plan()
    deliver_due(desk(Scripted(Receipt(Outcome.UNKNOWN)), clock))

    [line] = cost_queries.by_month(TEN, NO_PRICE)

    assert (line.messages, line.segments, line.sen) == (1, 1, 1200)


def test_a_call_that_nobody_took_costs_nothing_and_the_providers_price_holds_above_ours(
    app: Flask, clock: Clock
) -> None:
    decide(yen_per_text_part=12, yen_per_call=25, yen_per_dollar=155)
    text, rung = plan(), call()
    deliver_due(desk(Scripted(), clock))
    unanswered = ReportedStatus(again(rung).sid or "", Delivery.NO_ANSWER)
    billed = ReportedStatus(again(text).sid or "", Delivery.SENT, price=Decimal("-0.0784"), currency="USD")
    for report in (unanswered, billed):
        with transaction():
            take_report(report, now=TEN)

    assert (again(rung).sen, again(text).sen) == (0, 1216)


def test_the_month_stops_at_its_limit_and_says_so_but_for_what_a_person_released(
    app: Flask, clock: Clock, by: Actor
) -> None:
    decide(yen_per_text_part=12, yen_per_call=25, most_yen_a_month=30)
    texts = [plan(number=mobile(n), not_after=TEN + timedelta(days=3)) for n in range(3)]
    released = plan(number=mobile(9), window="urgent", due_at=TEN + timedelta(seconds=1))
    clock.pass_by(seconds=2)
    provider = Scripted()
    deliver_due(desk(provider, clock))
    assert [again(text).status for text in texts] == [S.ACCEPTED, S.ACCEPTED, S.PLANNED]
    assert (again(texts[2]).reason, again(released).status) == ("cap-month", S.ACCEPTED)

    # A person lets this month cost more: pressed twice it is allowed once.
    for _ in range(2):
        with transaction():
            cost_actions.allow_on_top(20, by=by, now=TEN)
    deliver_due(desk(provider, clock))
    assert again(texts[2]).status is S.ACCEPTED
    assert cost_queries.budget(office_settings.current(), TEN).limit == 50


def test_what_does_not_fit_into_the_month_any_more_stands_in_nobodys_way(app: Flask, clock: Clock) -> None:
    """Forty long texts for which the rest of the month is too small, before a short one and a cancellation."""
    decide(yen_per_text_part=12, yen_per_call=25, most_yen_a_month=35)
    plan(number=mobile(99))
    deliver_due(desk(Scripted(), clock))
    long = [plan(number=mobile(n), body=LONG, not_after=TEN + timedelta(days=3)) for n in range(40)]
    rung = call()
    clock.pass_by(seconds=2)
    short = plan(number=mobile(97), due_at=clock())
    released = plan(number=mobile(98), window="urgent", body=LONG, due_at=clock())
    deliver_due(desk(Scripted(), clock))

    assert (again(short).status, again(released).status) == (S.ACCEPTED, S.ACCEPTED)
    assert {(again(text).status, again(text).reason) for text in [*long, rung]} == {(S.PLANNED, "cap-month")}


def test_what_alone_would_pass_the_months_limit_says_so(app: Flask, clock: Clock) -> None:
    decide(yen_per_text_part=12, yen_per_call=25, most_yen_a_month=35)
    plan(number=mobile(1))
    deliver_due(desk(Scripted(), clock))
    long, rung = plan(number=mobile(2), body=LONG), call()
    deliver_due(desk(Scripted(), clock))

    assert {(again(one).status, again(one).reason) for one in (long, rung)} == {(S.PLANNED, "cap-month")}


def test_a_new_month_begins_with_nothing_spent(app: Flask, clock: Clock) -> None:
    decide(yen_per_text_part=12, yen_per_call=25, most_yen_a_month=20)
    plan()
    deliver_due(desk(Scripted(), clock))
    clock.pass_by(days=28)
    text = plan(due_at=clock(), not_after=clock() + timedelta(hours=3))
    deliver_due(desk(Scripted(), clock))

    assert again(text).status is S.ACCEPTED
    assert [(line.month.month, line.sen) for line in cost_queries.by_month(clock(), NO_PRICE)] == [(2, 1200), (1, 1200)]


def test_nothing_is_allowed_on_top_of_no_limit(app: Flask, by: Actor) -> None:
    with pytest.raises(Refusal) as refused, transaction():
        cost_actions.allow_on_top(20, by=by, now=TEN)
    assert refused.value.code == "no-limit"


def test_a_forecast_counts_what_is_planned_until_the_months_end(app: Flask) -> None:
    plan(body=LONG), call(), plan(due_at=TEN + timedelta(days=40), not_after=TEN + timedelta(days=41))

    planned = cost_queries.planned(TEN, Price(12, 25))

    assert (planned.texts, planned.segments, planned.calls, planned.sen) == (1, 2, 1, 4900)


@pytest.mark.one_database
def test_prices_are_read_through_the_real_client_and_written_down(app: Flask, by: Actor) -> None:
    server = TwilioServer().start()
    try:
        account = TwilioAccount(ACCOUNT, TOKEN, sms_from="CITY", voice_from="+815000000000", base_url=server.url)
        provider = TwilioProvider(account, timeouts=(2, 5))
        assert provider.prices() is None
        server.prices = {
            "Messaging": {"iso_country": "JP", "price_unit": "USD", "outbound_sms_prices": TEXTS},
            "Voice": {"iso_country": "JP", "price_unit": "USD", "outbound_prefix_prices": CALLS},
        }
        prices = provider.prices()
    finally:
        server.stop()
    assert [path for _method, path, _query in server.requests[-2:]] == [
        "/v1/Messaging/Countries/JP", "/v1/Voice/Countries/JP"
    ]  # fmt: skip

    with pytest.raises(Refusal), transaction():
        cost_actions.take_prices(prices, by=by, now=TEN)
    decide(yen_per_dollar=155)
    with transaction():
        assert cost_actions.take_prices(prices, by=by, now=TEN) == Price(13, 56)
    assert cost_rules.price_of(office_settings.current()) == Price(13, 56)


@pytest.mark.one_database
def test_a_provider_without_a_list_leaves_the_prices_to_a_person(app: Flask, by: Actor) -> None:
    with pytest.raises(Refusal) as refused, transaction():
        cost_actions.take_prices(None, by=by, now=TEN)
    assert refused.value.code == "no-prices"


def test_lines_are_by_way_and_matter(app: Flask, clock: Clock) -> None:
    decide(yen_per_text_part=12, yen_per_call=25)
    plan(), plan(matter="change", number=mobile(1)), call()
    deliver_due(desk(Scripted(), clock))

    lines = cost_queries.by_month(TEN, NO_PRICE)

    assert [(one.channel, one.matter, one.messages, one.sen) for one in lines] == [
        (Channel.SMS, "change", 1, 1200), (Channel.SMS, "reminder", 1, 1200), (Channel.VOICE, "reminder", 1, 2500),
    ]  # fmt: skip
