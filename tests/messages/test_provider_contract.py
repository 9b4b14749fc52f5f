"""What every provider keeps to: the same tests on the Twilio adapter and on the practice telephone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Protocol

import pytest

from supportdesk.messages.providers import callbacks, signature
from supportdesk.messages.providers.base import (
    Channel,
    Delivery,
    Outcome,
    Outgoing,
    Provider,
    ReportedStatus,
    is_final,
)
from supportdesk.messages.providers.practice import LineRefuses, PracticeProvider
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from supportdesk.messages.rules import ALLOWED_MOVES, MessageStatus, meaning
from tests.messages import twilio_server
from tests.messages.twilio_server import ACCEPT_THEN_RESET, ACCOUNT, TOKEN, TwilioServer

MOBILE = "+819000000001"
LANDLINE = "+81957000001"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MUCH_LATER = datetime(2100, 1, 1, tzinfo=UTC)
CALLBACK = "https://desk.example.jp/messages/callback/tok-1"

TEXT = Outgoing(
    token="tok-1",
    channel=Channel.SMS,
    to=MOBILE,
    body="【南島原市】スマホ教室のご案内 12月23日(水)午後1時30分から 布津保健福祉センター。",
    callback_url=CALLBACK,
    valid_seconds=7200,
)
CALL = Outgoing(
    token="tok-2",
    channel=Channel.VOICE,
    to=LANDLINE,
    sentences=("みなみしまばらし、しやくしょです。", "じゅうにがつ、にじゅうさんにちの、あんないです。"),
    callback_url=CALLBACK,
)


class Bench(Protocol):
    """A provider, and a hand on what stands behind it."""

    provider: Provider
    key: str

    def refuse_next(self, code: int) -> None:
        """The next hand-over is refused with this code."""

    def lose_next_answer(self) -> None:
        """The next hand-over is accepted, but its answer does not arrive."""

    def let_it_be(self, sid: str, state: Delivery, code: int | None = None) -> None:
        """This one has come that far."""

    def how_many_kept(self) -> int:
        """How many messages and calls were accepted in all."""


class TwilioBench:
    key = TOKEN

    def __init__(self, server: TwilioServer) -> None:
        self.server = server
        account = TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", "+815000000000", base_url=server.url)
        self.provider: Provider = TwilioProvider(account, timeouts=(2, 5))

    def refuse_next(self, code: int) -> None:
        self.server.next.append(twilio_server.refuse(code, status=429 if code == 20429 else 400))

    def lose_next_answer(self) -> None:
        self.server.next.append(ACCEPT_THEN_RESET)

    def let_it_be(self, sid: str, state: Delivery, code: int | None = None) -> None:
        self.server.set_status(sid, state.value, code)

    def how_many_kept(self) -> int:
        return len(self.server.kept)


class MemoryExchange:
    """The practice telephone's memory, as small as can be."""

    def __init__(self) -> None:
        self.kept: dict[str, Outgoing] = {}
        self.states: dict[str, ReportedStatus] = {}
        self.refuse_code: int | None = None
        self.loses_answer = False

    def accept(self, outgoing: Outgoing) -> str:
        if self.refuse_code is not None:
            raise LineRefuses(self.refuse_code)
        sid = f"PR{len(self.kept) + 1:032x}"
        self.kept[sid] = outgoing
        self.states[sid] = ReportedStatus(sid, Delivery.QUEUED)
        if self.loses_answer:
            raise OSError("the disk went away after the row was kept")
        return sid

    def state(self, channel: Channel, sid: str) -> ReportedStatus | None:
        return self.states.get(sid)

    def find(self, outgoing: Outgoing, since: datetime) -> list[str]:
        # This memory keeps no times: everything in it was made in the year 2026.
        made = datetime(2026, 1, 1, tzinfo=UTC)
        return [sid for sid, one in self.kept.items() if one.token == outgoing.token and made >= since]


class PracticeBench:
    key = signature.derive_key("the app's secret")

    def __init__(self) -> None:
        self.exchange = MemoryExchange()
        self.provider: Provider = PracticeProvider(self.exchange, key=self.key)

    def refuse_next(self, code: int) -> None:
        self.exchange.refuse_code = code

    def lose_next_answer(self) -> None:
        self.exchange.loses_answer = True

    def let_it_be(self, sid: str, state: Delivery, code: int | None = None) -> None:
        self.exchange.states[sid] = ReportedStatus(sid, state, code=code)

    def how_many_kept(self) -> int:
        return len(self.exchange.kept)


@pytest.fixture(params=["twilio", "practice"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "practice":
        yield PracticeBench()
        return
    server = TwilioServer().start()
    try:
        yield TwilioBench(server)
    finally:
        server.stop()
    assert server.violations == []


def test_an_accepted_text_has_a_sid_and_its_parts(bench: Bench) -> None:
    receipt = bench.provider.send(TEXT)

    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.sid
    assert receipt.segments == 1
    assert receipt.code is None


def test_an_accepted_call_has_a_sid_and_no_parts(bench: Bench) -> None:
    receipt = bench.provider.send(CALL)

    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.sid
    assert receipt.segments is None


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (21614, Outcome.REFUSED),
        (21610, Outcome.REFUSED),
        (21211, Outcome.REFUSED),
        (20429, Outcome.BUSY),
        (21611, Outcome.BUSY),
        (20003, Outcome.CONFIG),
        (21408, Outcome.CONFIG),
        (29999, Outcome.UNKNOWN),
    ],
)
def test_a_refusal_is_sorted_by_its_code(bench: Bench, code: int, outcome: Outcome) -> None:
    bench.refuse_next(code)

    receipt = bench.provider.send(TEXT)

    assert (receipt.outcome, receipt.code, receipt.sid) == (outcome, code, None)
    assert bench.how_many_kept() == 0


def test_a_text_to_a_landline_is_refused_for_good(bench: Bench) -> None:
    receipt = bench.provider.send(replace(TEXT, to=LANDLINE))

    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, 21614)
    assert bench.how_many_kept() == 0


def test_a_lost_answer_is_unknown_and_the_message_is_found_later(bench: Bench) -> None:
    bench.lose_next_answer()

    receipt = bench.provider.send(TEXT)
    found = bench.provider.find(TEXT, LONG_AGO)

    assert (receipt.outcome, receipt.sid) == (Outcome.UNKNOWN, None)
    assert bench.how_many_kept() == 1
    assert found is not None
    assert len(found) == 1
    status = bench.provider.fetch(Channel.SMS, found[0])
    assert status is not None
    assert (status.sid, status.state, status.token) == (found[0], Delivery.QUEUED, None)


def test_a_lost_answer_to_a_call_is_unknown_and_the_call_is_found_later(bench: Bench) -> None:
    bench.lose_next_answer()

    receipt = bench.provider.send(CALL)
    found = bench.provider.find(CALL, LONG_AGO)

    assert receipt.outcome is Outcome.UNKNOWN
    assert found is not None
    assert len(found) == bench.how_many_kept() == 1


def test_another_text_or_another_number_is_not_taken_for_the_lost_one(bench: Bench) -> None:
    bench.provider.send(replace(TEXT, token="tok-8", body="ほかのご案内です。"))
    bench.provider.send(replace(TEXT, token="tok-9", to="+819000000002"))

    assert bench.how_many_kept() == 2
    assert bench.provider.find(TEXT, LONG_AGO) == []


def test_what_was_made_before_is_not_taken_for_the_lost_one(bench: Bench) -> None:
    bench.provider.send(TEXT)

    assert bench.provider.find(TEXT, MUCH_LATER) == []


def test_asking_tells_how_far_it_came_and_why_it_ended(bench: Bench) -> None:
    sid = bench.provider.send(TEXT).sid
    assert sid
    bench.let_it_be(sid, Delivery.UNDELIVERED, 30003)

    status = bench.provider.fetch(Channel.SMS, sid)

    assert status is not None
    assert (status.state, status.code) == (Delivery.UNDELIVERED, 30003)


def test_asking_for_a_sid_that_nobody_knows_answers_nothing(bench: Bench) -> None:
    assert bench.provider.fetch(Channel.SMS, "SM" + "f" * 32) is None
    assert bench.provider.fetch(Channel.VOICE, "CA" + "f" * 32) is None


@pytest.mark.parametrize("sentences", [(), ("\x00",), ("あ" * 2000,)])
def test_a_call_that_says_nothing_or_too_much_is_refused_before_it_leaves(
    bench: Bench, sentences: tuple[str, ...]
) -> None:
    receipt = bench.provider.send(replace(CALL, sentences=sentences))

    assert receipt.outcome is Outcome.REFUSED
    assert bench.how_many_kept() == 0


def test_many_threads_may_send_at_once_and_each_gets_its_own_sid(bench: Bench) -> None:
    many = [replace(TEXT, token=f"tok-{i}", to=f"+8190000001{i:02}") for i in range(24)]

    with ThreadPoolExecutor(6) as threads:
        receipts = list(threads.map(bench.provider.send, many))

    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert len({receipt.sid for receipt in receipts}) == bench.how_many_kept() == 24


def test_a_signed_callback_is_accepted_and_read(bench: Bench) -> None:
    sent = ReportedStatus("SM1", Delivery.UNDELIVERED, code=30006)
    form = callbacks.write(Channel.SMS, sent, to=MOBILE, sender="MINAMISHIMA")
    headers = {signature.HEADER: signature.sign(bench.key, CALLBACK, form)}

    assert bench.provider.signature_is_valid(CALLBACK, form, headers)
    read = bench.provider.read_callback(form, "tok-1")
    assert read == ReportedStatus("SM1", Delivery.UNDELIVERED, "tok-1", 30006, sender="MINAMISHIMA")


def test_a_calls_callback_carries_its_time(bench: Bench) -> None:
    at = datetime(2026, 12, 22, 1, 30, tzinfo=UTC)
    form = callbacks.write(
        Channel.VOICE, ReportedStatus("CA1", Delivery.NO_ANSWER, at=at), to=LANDLINE, sender="+815000000000"
    )

    read = bench.provider.read_callback(form, "tok-2")

    assert read == ReportedStatus("CA1", Delivery.NO_ANSWER, "tok-2", None, at, sender="+815000000000")


Tamper = Callable[[str, dict[str, str], dict[str, str]], tuple[str, dict[str, str], dict[str, str]]]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda url, form, headers: (url, form, {}),
        lambda url, form, headers: (url, form, {signature.HEADER: ""}),
        lambda url, form, headers: (url, form, {signature.HEADER: "AAAA" + headers[signature.HEADER][4:]}),
        lambda url, form, headers: (url, form | {"MessageStatus": "delivered"}, headers),
        lambda url, form, headers: (url, form | {"Added": "1"}, headers),
        lambda url, form, headers: (url.replace("tok-1", "tok-2"), form, headers),
        lambda url, form, headers: (url.replace("https", "http"), form, headers),
        lambda url, form, headers: (
            url,
            form,
            {signature.HEADER: signature.sign("another key", url, form)},
        ),
    ],
)
def test_a_callback_that_was_not_signed_so_is_refused(bench: Bench, tamper: Tamper) -> None:
    form = callbacks.write(Channel.SMS, ReportedStatus("SM1", Delivery.SENT), to=MOBILE, sender="X")
    headers = {signature.HEADER: signature.sign(bench.key, CALLBACK, form)}

    assert not bench.provider.signature_is_valid(*tamper(CALLBACK, form, headers))


@pytest.mark.parametrize(
    "form",
    [{}, {"MessageSid": "SM1"}, {"MessageStatus": "sent"}, {"MessageSid": "S" * 49, "MessageStatus": "sent"}],
)
def test_a_callback_that_names_nothing_is_no_news(bench: Bench, form: dict[str, str]) -> None:
    assert bench.provider.read_callback(form, "tok-1") is None


def test_strange_fields_of_a_callback_are_passed_over(bench: Bench) -> None:
    form = {
        "MessageSid": "SM1",
        "MessageStatus": "sent",
        "ErrorCode": "²",
        "RawDlrDoneDate": "2612221030",
        "Timestamp": "soon",
        "NewInTwilio": "é",
    }

    assert bench.provider.read_callback(form, "tok-1") == ReportedStatus("SM1", Delivery.SENT, "tok-1")


def after(status: MessageStatus, reported: Delivery) -> MessageStatus:
    """Where a message stands after this news, as reports.py moves it."""
    return meaning(reported) if meaning(reported) in ALLOWED_MOVES[status] else status


def test_a_status_that_is_new_to_us_moves_nothing_that_the_provider_has(bench: Bench) -> None:
    news = bench.provider.read_callback({"MessageSid": "SM1", "MessageStatus": "teleported"}, "tok-1")

    assert news is not None
    assert {one for one in map(meaning, Delivery) if after(one, news.state) is not one} == set()


@pytest.mark.parametrize(
    ("kind", "words", "ends"),
    [
        ("Message", ["queued", "sending", "sent", "delivered"], MessageStatus.DELIVERED),
        ("Message", ["queued", "sent", "sent", "undelivered"], MessageStatus.FAILED),
        ("Call", ["initiated", "ringing", "answered", "completed"], MessageStatus.ANSWERED),
        ("Call", ["queued", "ringing", "ringing", "busy"], MessageStatus.NOT_ANSWERED),
    ],
)
def test_callbacks_in_any_order_and_twice_end_in_the_same_status(
    bench: Bench, kind: str, words: list[str], ends: MessageStatus
) -> None:
    for order in permutations(words):
        status = MessageStatus.CLAIMED
        for word in (*order, *order):
            news = bench.provider.read_callback({f"{kind}Sid": "S1", f"{kind}Status": word}, "tok-1")
            assert news is not None
            status = after(status, news.state)
        assert status is ends


def test_of_two_final_states_the_first_stays() -> None:
    final = [state for state in Delivery if is_final(state)]

    assert len(final) == 7
    assert [(one, then) for one in final for then in final if after(meaning(one), then) is not meaning(one)] == []
