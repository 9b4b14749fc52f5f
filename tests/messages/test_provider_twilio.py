"""Particular to the Twilio adapter: what it asks for, how it takes bad answers, what is not logged."""

from __future__ import annotations

import asyncio
import logging
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlencode

import pytest
import requests
from werkzeug.test import EnvironBuilder

from benchmarks import twilio_stub
from supportdesk.core.errors import Refusal
from supportdesk.messages import rest_rules
from supportdesk.messages.providers import codes, twilio_http
from supportdesk.messages.providers.base import Channel, Delivery, Outcome, check_base_url
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from tests.messages.test_provider_contract import CALL, LONG_AGO, TEXT
from tests.messages.twilio_server import (
    ACCEPT_THEN_RESET,
    ACCOUNT,
    HANG,
    HTML_200,
    NAMELESS_201,
    RESET,
    TOKEN,
    TRICKLE,
    Behaviour,
    TwilioServer,
    broken,
    busy,
    refuse,
)

SERVICE = "MG" + "0" * 32


def account(server: TwilioServer, **other: Any) -> TwilioAccount:
    given = {"sms_from": "MINAMISHIMA", "voice_from": "+815000000000", "base_url": server.url}
    return TwilioAccount(ACCOUNT, TOKEN, **(given | other))


def provider(server: TwilioServer, **other: Any) -> TwilioProvider:
    return TwilioProvider(account(server, **other), timeouts=(2, 5))


def last_form(server: TwilioServer) -> dict[str, list[str]]:
    return server.requests[-1][2]


def test_a_text_asks_for_its_sender_its_callback_and_its_end(server: TwilioServer) -> None:
    provider(server).send(TEXT)

    assert last_form(server) == {
        "To": [TEXT.to],
        "From": ["MINAMISHIMA"],
        "Body": [TEXT.body],
        "ValidityPeriod": ["7200"],
        "StatusCallback": [f"{TEXT.callback_url}#rc=3&rp=5xx,ct,rt"],
    }


@pytest.mark.parametrize(("wanted", "asked"), [(-5, "60"), (59, "60"), (36000, "36000"), (90000, "36000")])
def test_a_texts_validity_stays_within_what_twilio_takes(
    server: TwilioServer, wanted: int, asked: str
) -> None:
    provider(server).send(replace(TEXT, valid_seconds=wanted))

    assert last_form(server)["ValidityPeriod"] == [asked]


def test_without_a_public_address_no_callback_is_asked_for(server: TwilioServer) -> None:
    provider(server).send(replace(TEXT, callback_url=None))
    assert "StatusCallback" not in last_form(server)

    provider(server).send(replace(CALL, callback_url=None))
    assert not [name for name in last_form(server) if name.startswith("StatusCallback")]


def test_a_messaging_service_chooses_the_sender(server: TwilioServer) -> None:
    with_service = provider(server, messaging_service=SERVICE)

    receipt = with_service.send(TEXT)

    assert last_form(server)["MessagingServiceSid"] == [SERVICE]
    assert "From" not in last_form(server)
    assert receipt.segments == 1
    assert with_service.find(TEXT, LONG_AGO) == [receipt.sid]


def test_a_call_speaks_for_itself_and_asks_for_every_event(server: TwilioServer) -> None:
    provider(server).send(CALL)

    form = last_form(server)
    assert form["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]
    assert form["From"] == ["+815000000000"]
    assert form["Timeout"] == ["45"]
    assert CALL.sentences[1] in form["Twiml"][0]
    assert "Url" not in form


def test_a_call_with_an_address_asks_there_what_to_say(server: TwilioServer) -> None:
    address = "https://desk.example.jp/messages/spoken/tok-2"

    provider(server).send(replace(CALL, twiml_url=address, fallback_url=f"{address}/plain"))

    assert last_form(server)["Url"] == [address]
    assert last_form(server)["FallbackUrl"] == [f"{address}/plain"]
    assert "Twiml" not in last_form(server)


@pytest.mark.parametrize(
    ("behaviour", "outcome", "kept"),
    [
        (HTML_200, Outcome.UNKNOWN, 1),
        (NAMELESS_201, Outcome.UNKNOWN, 1),
        (broken(500), Outcome.UNKNOWN, 1),
        (broken(503, raw="<html>Busy</html>"), Outcome.UNKNOWN, 1),
        # A server error stays unknown, even with a code that would be a clear no.
        (Behaviour(status=503, code=21614), Outcome.UNKNOWN, 1),
        (RESET, Outcome.UNKNOWN, 0),
        (ACCEPT_THEN_RESET, Outcome.UNKNOWN, 1),
        (HANG, Outcome.UNKNOWN, 1),
        (Behaviour(status=408, keeps=False), Outcome.UNKNOWN, 0),
        (Behaviour(status=302, headers={"Location": "/elsewhere"}, keeps=False), Outcome.UNKNOWN, 0),
        (busy(), Outcome.BUSY, 0),
        (Behaviour(status=429, raw="slow down", keeps=False), Outcome.BUSY, 0),
        (Behaviour(status=401, raw="who are you", keeps=False), Outcome.CONFIG, 0),
        (refuse(20003, status=401), Outcome.CONFIG, 0),
        (refuse(29998, status=403), Outcome.CONFIG, 0),
        (Behaviour(delay=0.05), Outcome.ACCEPTED, 1),
    ],
)
def test_only_a_clear_answer_is_more_than_unknown(
    server: TwilioServer, behaviour: Behaviour, outcome: Outcome, kept: int
) -> None:
    server.next.append(behaviour)
    impatient = TwilioProvider(account(server), timeouts=(1, 0.3))

    receipt = impatient.send(TEXT)

    assert receipt.outcome is outcome
    assert (receipt.sid is not None) is (outcome is Outcome.ACCEPTED)
    assert len(server.kept) == kept


def test_an_answer_that_trickles_is_given_up_and_unknown(server: TwilioServer) -> None:
    server.next.append(TRICKLE)
    patient = TwilioProvider(account(server), sending_limit=0.5)

    assert patient.send(TEXT).outcome is Outcome.UNKNOWN
    # The thread's next call has a line again.
    assert patient.send(TEXT).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("behaviour", [busy(), broken(500), broken(503), RESET, HANG])
def test_nothing_is_sent_twice_by_itself(server: TwilioServer, behaviour: Behaviour) -> None:
    server.next.append(behaviour)

    TwilioProvider(account(server), timeouts=(1, 0.3)).send(TEXT)

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("30", 30),
        ("999999", 3600),
        ("9" * 5000, 3600),
        ("-5", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        (None, None),
    ],
)
def test_a_busy_provider_says_how_long_to_wait(
    server: TwilioServer, header: str | None, wait: int | None
) -> None:
    server.next.append(busy(header))

    receipt = provider(server).send(TEXT)

    assert (receipt.outcome, receipt.retry_after) == (Outcome.BUSY, wait)


def test_too_many_requests_is_trouble_of_the_account_whatever_code_comes_with_it(server: TwilioServer) -> None:
    server.next.append(Behaviour(status=429, code=14107, headers={"Retry-After": "30"}, keeps=False))

    receipt = provider(server).send(TEXT)

    assert (receipt.outcome, receipt.retry_after) == (Outcome.BUSY, 30)
    assert codes.is_trouble(receipt)
    assert set(rest_rules.channels_of(receipt, Channel.SMS)) == set(Channel)


def test_a_refused_connection_means_surely_not_sent(server: TwilioServer) -> None:
    twilio_provider = provider(server)
    server.stop()

    assert twilio_provider.send(TEXT).outcome is Outcome.BUSY
    assert twilio_provider.fetch(Channel.SMS, "SM" + "0" * 32) is None
    assert twilio_provider.find(TEXT, LONG_AGO) is None


@pytest.mark.parametrize(
    ("cause", "never_left"),
    [
        (ssl.SSLCertVerificationError("not the certificate"), True),
        (ssl.SSLError("broken while reading"), False),
        (ConnectionResetError("peer"), False),
    ],
)
def test_of_tls_errors_only_a_wrong_certificate_means_surely_not_sent(
    server: TwilioServer, monkeypatch: pytest.MonkeyPatch, cause: Exception, never_left: bool
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise requests.exceptions.SSLError(cause)

    monkeypatch.setattr(requests.Session, "send", fail)

    receipt = provider(server).send(TEXT)

    assert receipt.outcome is (Outcome.BUSY if never_left else Outcome.UNKNOWN)


def test_wrong_credentials_stop_the_run(server: TwilioServer) -> None:
    stranger = TwilioProvider(replace(account(server), auth_token="wrong"))

    assert stranger.send(TEXT).outcome is Outcome.CONFIG
    assert stranger.fetch(Channel.SMS, "SM" + "0" * 32) is None


def test_without_a_sender_the_run_stops_and_nothing_is_asked(server: TwilioServer) -> None:
    mute = provider(server, sms_from=None, voice_from="")

    assert mute.send(TEXT).outcome is Outcome.CONFIG
    assert mute.send(CALL).outcome is Outcome.CONFIG
    assert server.requests == []


def test_a_list_that_lags_is_no_proof_and_shows_it_later(server: TwilioServer) -> None:
    sid = provider(server).send(TEXT).sid
    assert sid
    server.hidden.add(sid)
    assert provider(server).find(TEXT, LONG_AGO) == []

    server.hidden.clear()

    assert provider(server).find(TEXT, LONG_AGO) == [sid]


def test_the_time_looked_back_to_may_be_given_in_any_zone(server: TwilioServer) -> None:
    sid = provider(server).send(TEXT).sid
    made = datetime(2026, 12, 22, 0, 30, tzinfo=UTC)
    server.kept[0]["date_created"] = "Tue, 22 Dec 2026 00:30:00 +0000"
    tokyo = timezone(timedelta(hours=9))

    assert provider(server).find(TEXT, made.astimezone(tokyo)) == [sid]
    assert provider(server).find(TEXT, (made + timedelta(hours=1)).astimezone(tokyo)) == []


def test_what_another_sender_sent_is_not_taken_for_the_lost_one(server: TwilioServer) -> None:
    other = provider(server, sms_from="SHIMABARA", voice_from="+815099999999")
    other.send(TEXT)
    other.send(CALL)

    assert len(server.kept) == 2
    assert provider(server).find(TEXT, LONG_AGO) == []
    assert provider(server).find(CALL, LONG_AGO) == []
    assert provider(server, messaging_service=SERVICE).find(TEXT, LONG_AGO) == []


def test_a_call_is_followed_to_its_end(server: TwilioServer) -> None:
    sid = provider(server).send(CALL).sid
    assert sid
    server.set_status(sid, "no-answer")

    status = provider(server).fetch(Channel.VOICE, sid)

    assert status is not None
    assert status.state is Delivery.NO_ANSWER
    assert status.at is not None
    assert status.at.utcoffset() == timedelta(0)


def test_neither_number_nor_text_nor_secret_is_logged(
    server: TwilioServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for behaviour in (Behaviour(), refuse(21610), broken(500), RESET, HTML_200):
        server.next.append(behaviour)
        provider(server).send(TEXT)
    provider(server).send(CALL)
    provider(server).find(TEXT, LONG_AGO)
    provider(server).fetch(Channel.SMS, "SM" + "f" * 32)

    said = caplog.text
    assert "code 21610" in said
    for secret in (TEXT.to[1:], TEXT.to[4:], CALL.to[4:], "スマホ教室", CALL.sentences[0], TOKEN):
        assert secret not in said
    assert TEXT.to not in repr(TEXT)
    assert TOKEN not in repr(account(server))


def test_a_proxy_in_the_environment_is_not_used(
    server: TwilioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    assert provider(server).send(TEXT).outcome is Outcome.ACCEPTED


def test_a_region_in_the_environment_changes_no_address(
    server: TwilioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "au1")
    asked: list[str] = []

    def note(self: requests.Session, request: requests.PreparedRequest, **kwargs: object) -> None:
        asked.append(str(request.url))
        raise requests.exceptions.ConnectionError

    monkeypatch.setattr(requests.Session, "send", note)

    TwilioProvider(replace(account(server), base_url=None)).send(TEXT)

    assert asked == [f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"]


@pytest.mark.parametrize(("sid", "token"), [("", TOKEN), (ACCOUNT, "")])
def test_an_account_that_is_not_named_is_refused(
    monkeypatch: pytest.MonkeyPatch, sid: str, token: str
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "9" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "somebody else's")

    with pytest.raises(Refusal) as refusal:
        TwilioProvider(TwilioAccount(sid, token))
    assert refusal.value.code == "provider-account"


def test_the_usual_timeouts_have_an_end() -> None:
    assert all(0 < seconds <= 15 for seconds in twilio_http.TIMEOUTS)
    client = TwilioProvider(TwilioAccount(ACCOUNT, TOKEN))._client()
    assert client.http_client.timeout == twilio_http.TIMEOUTS
    # A message that waits for a caller waits less than 20 seconds.
    assert 0 < twilio_http.ASKING_LIMIT < twilio_http.SENDING_LIMIT < 20


@pytest.mark.parametrize(
    "url",
    [
        "https://api.twilio.com",
        "https://api.tokyo.us1.twilio.com/",
        "http://127.0.0.1:4010",
        "http://localhost:4010/",
        "http://[::1]:4010",
    ],
)
def test_the_api_may_be_at_twilio_or_on_this_machine(url: str) -> None:
    check_base_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.twilio.com",
        "http://api.twilio.com",
        "https://twilio.com.example.net",
        "https://eviltwilio.com",
        "https://api.twilio.com@example.net",
        "https://me:secret@api.twilio.com",
        "http://127.0.0.1.example.net",
        "http://192.168.0.5:4010",
        "http://0.0.0.0:4010",
        "ftp://127.0.0.1",
        "file:///etc/hosts",
        "https://api.twilio.com/2010-04-01",
        "https://api.twilio.com?x=1",
        "http://127.0.0.1:99999",
        "http://[::1",
    ],
)
def test_no_other_address_is_given_the_account(url: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check_base_url(url)
    assert refusal.value.code == "provider-base-url"

    if url:
        with pytest.raises(Refusal):
            TwilioProvider(TwilioAccount(ACCOUNT, TOKEN, base_url=url))


def test_the_library_is_not_loaded_before_it_is_needed() -> None:
    program = (
        "import sys; import supportdesk.messages.providers.twilio;"
        "sys.exit(any(name.split('.')[0] == 'twilio' for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_referee_sees_a_request_and_an_answer_that_do_not_fit() -> None:
    server = TwilioServer().start()
    try:
        provider(server).send(replace(TEXT, callback_url="not an address"))
        requests.post(
            f"{server.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
            data={"Body": "no To", "To": ""},
            auth=(ACCOUNT, TOKEN),
            timeout=5,
        )
        requests.get(
            f"{server.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=2000",
            auth=(ACCOUNT, TOKEN),
            timeout=5,
        )
        sid = server.kept[0]["sid"]
        server.set_status(sid, "teleported")
        provider(server).fetch(Channel.SMS, sid)
    finally:
        server.stop()

    held = "\n".join(server.violations)
    assert "PageSize" in held
    assert f"answer GET /2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json" in held


def test_the_answers_of_the_benchmarks_stand_in_fit_too() -> None:
    """That one is made for speed and holds nothing itself (benchmarks/twilio_stub.py)."""
    body = urlencode({"To": TEXT.to, "Body": TEXT.body, "From": "MINAMISHIMA"}).encode()
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)

    async def answer() -> bytes:
        written: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        transport = Mock(spec=asyncio.Transport)
        transport.write.side_effect = written.set_result
        stub = twilio_stub.Stub()
        stub.connection_made(transport)
        stub.data_received(head + body)
        return await asyncio.wait_for(written, 30)

    # In a thread of its own: this process may be one in which the browser tests keep a loop running.
    with ThreadPoolExecutor(1) as pool:
        answered = pool.submit(asyncio.run, answer()).result().partition(b"\r\n\r\n")[2].decode()

    server = TwilioServer()
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    request = EnvironBuilder(path=path, base_url="https://api.twilio.com", method="POST").get_request()
    server.hold_answer(request, 201, answered)
    server._http.server_close()
    assert server.violations == []
