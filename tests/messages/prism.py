"""A second referee: our adapter speaks to the stand-in for Twilio through Prism's proxy (docs/conformance.md).

`python -m tests.messages.prism PATH/TO/prism` starts both, runs what follows and prints one line for each; it ends
with 1 if any of them came out otherwise than it should. It needs Prism 5 and Node.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from supportdesk.messages.providers.base import Channel, Outcome
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from tests.messages import twilio_server
from tests.messages.test_provider_contract import CALL, LANDLINE, LONG_AGO, TEXT
from tests.messages.twilio_server import ACCOUNT, SPEC, TOKEN, TwilioServer

# Each is a form of a create request that may come more than once, which Prism otherwise takes for a mistake
# (github.com/stoplightio/prism/issues/2473).
REPEATED = ("MediaUrl", "PersistentAction", "StatusCallbackEvent", "RecordingStatusCallbackEvent")
SERVICE = "MG" + "0" * 32


def for_prism(description: dict[str, Any]) -> dict[str, Any]:
    """Twilio's description with what Prism needs: repeated fields are named as such, and the addresses in lists, which
    Twilio gives relative, need not be whole ones."""
    for operations in description["paths"].values():
        for operation in operations.values():
            if not isinstance(operation, dict):
                continue
            for kind in operation.get("requestBody", {}).get("content", {}).values():
                repeated = [name for name in REPEATED if name in kind["schema"].get("properties", {})]
                kind["encoding"] = {name: {"style": "form", "explode": True} for name in repeated}
            for answer in operation.get("responses", {}).values():
                for kind in answer.get("content", {}).values():
                    for name, one in kind["schema"].get("properties", {}).items():
                        if name.endswith("uri"):
                            one.pop("format", None)
    return description


@contextmanager
def proxied(prism: str, server: TwilioServer, folder: Path) -> Iterator[str]:
    """Prism in front of the stand-in; gives its address."""
    description = folder / "twilio.json"
    description.write_text(json.dumps(for_prism(json.loads(SPEC.read_text()))))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [prism, "proxy", "-h", "127.0.0.1", "-p", f"{port}", "--errors", f"{description}", server.url]
    process = subprocess.Popen(command, stdout=(folder / "prism.log").open("w"), stderr=subprocess.STDOUT)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


Case = tuple[str, Callable[[], object], object]


def cases(server: TwilioServer, address: str) -> Iterator[Case]:
    """What is done, and what should come of it."""
    account = TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", "+815000000000", base_url=address)
    ours = TwilioProvider(account)
    service = TwilioProvider(replace(account, messaging_service=SERVICE))

    def after(behaviour: twilio_server.Behaviour, send: Callable[[], object]) -> Callable[[], object]:
        def act() -> object:
            server.next.append(behaviour)
            return send()

        return act

    def outcome_of(provider: TwilioProvider, outgoing: Any) -> Callable[[], object]:
        return lambda: provider.send(outgoing).outcome

    yield "text from a name", outcome_of(ours, TEXT), Outcome.ACCEPTED
    yield "text through a messaging service", outcome_of(service, TEXT), Outcome.ACCEPTED
    yield "text without a callback", outcome_of(ours, replace(TEXT, callback_url=None)), Outcome.ACCEPTED
    yield "call that brings its words", outcome_of(ours, CALL), Outcome.ACCEPTED
    spoken = replace(CALL, twiml_url="https://desk.example.jp/hooks/twilio/call/tok-2")
    yield "call that asks for its words", outcome_of(ours, spoken), Outcome.ACCEPTED
    text, call = server.kept[0]["sid"], server.kept[-1]["sid"]
    yield "asking about a text", lambda: ours.fetch(Channel.SMS, text) is not None, True
    yield "asking about a call", lambda: ours.fetch(Channel.VOICE, call) is not None, True
    yield "list of texts to a number", lambda: len(ours.find(TEXT, LONG_AGO) or []), 2
    yield "list of calls to a number", lambda: len(ours.find(CALL, LONG_AGO) or []), 2
    yield "refusal: landline (21614)", outcome_of(ours, replace(TEXT, to=LANDLINE)), Outcome.REFUSED
    yield "refusal: 429", after(twilio_server.busy("30"), outcome_of(ours, TEXT)), Outcome.BUSY
    yield "refusal: wrong token", outcome_of(TwilioProvider(replace(account, auth_token="x")), TEXT), Outcome.CONFIG
    # That the referee sees at all:
    server.set_status(text, "on its way")
    yield "control: an answer with a status that is none", lambda: ours.fetch(Channel.SMS, text), None
    strange = replace(TEXT, callback_url="no address at all")
    yield "control: a callback that is no address", lambda: _status_of(address, strange), 422
    yield "control: a request without To", lambda: _status_of(address, replace(TEXT, to="")), 422


def _status_of(address: str, outgoing: Any) -> int:
    """What Prism answers to a request that the adapter would not make."""
    form = {"To": outgoing.to, "Body": outgoing.body, "StatusCallback": outgoing.callback_url}
    where = f"{address}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    kept = {name: value for name, value in form.items() if value}
    return requests.post(where, data=kept, auth=(ACCOUNT, TOKEN), timeout=20).status_code


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("prism", help="the program `prism` of @stoplight/prism-cli")
    prism = asked.parse_args().prism
    wrong = 0
    server = TwilioServer().start()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with proxied(prism, server, Path(folder)) as address:
                for what, act, expected in cases(server, address):
                    came = act()
                    wrong += came != expected
                    sys.stdout.write(f"{'ok   ' if came == expected else 'WRONG'} {what}: {came}\n")
        finally:
            server.stop()
    # openapi-core has held the same requests and answers, and must complain of the three controls alone.
    for violation in server.violations:
        sys.stdout.write(f"openapi-core: {violation[:110]}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
