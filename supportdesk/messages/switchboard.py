"""Which provider this installation speaks to, and the one door through which it is used."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import requests
from flask import Flask, current_app

from ..core import clock
from ..core.db import db, transaction
from ..core.errors import Refusal
from ..office import settings as office_settings
from ..settings import Settings
from . import practice, practice_calls
from .delivery import Desk, Unwanted
from .practice_wire import Answer, Wire
from .providers import signature
from .providers.base import Channel, Prices, Provider
from .providers.practice import SENDER, PracticeProvider

EXTENSION = "supportdesk.delivery"


def install(app: Flask, settings: Settings, unwanted: Unwanted) -> None:
    """Join the provider to the app. With `off` there is none: the plan goes on, nothing leaves."""
    provider = _provider(app, settings)
    app.extensions[EXTENSION] = provider and Desk(provider, unwanted, clock.now, settings.public_base_url)


def _provider(app: Flask, settings: Settings) -> Provider | None:
    if settings.provider == "off":
        return None
    if settings.provider == "practice":
        return PracticeProvider(practice.DatabaseExchange(app), key=signature.derive_key(settings.secret_key))
    # The real provider's library is heavy; an office that rehearses never loads it.
    from .providers.twilio import TwilioAccount, TwilioProvider

    return TwilioProvider(
        TwilioAccount(
            account_sid=settings.twilio_account_sid or "",
            auth_token=settings.twilio_auth_token or "",
            sms_from=settings.twilio_sms_from,
            voice_from=settings.twilio_voice_from,
            messaging_service=settings.twilio_messaging_service_sid,
            base_url=settings.twilio_base_url,
        )
    )


def read_prices() -> Prices | None:
    """The provider's price list, asked now, outside any transaction; None where it has none or cannot be asked."""
    desk: Desk | None = current_app.extensions[EXTENSION]
    db.session.rollback()
    return desk.provider.prices() if desk else None


def senders(settings: Settings) -> dict[Channel, str]:
    """From where texts and calls come, as a telephone shows it; without those that the provider chooses itself."""
    if settings.provider == "practice":
        return dict.fromkeys(Channel, SENDER)
    found = {Channel.SMS: settings.twilio_sms_from, Channel.VOICE: settings.twilio_voice_from}
    return {channel: sender for channel, sender in found.items() if sender and settings.provider == "twilio"}


def play_practice_telephone(settings: Settings) -> None:
    """One turn of the practice telephone: things arrive and ring, machines take calls, and callbacks are posted."""
    if settings.provider != "practice":
        return
    now = clock.now()
    with transaction():
        practice.go_on(now)
    for sid in practice.for_machines():
        with contextlib.suppress(Refusal):  # a hand was quicker
            practice_calls.by_machine(practice_wire_of(settings), sid, now=now)
    report_practice_telephone(settings)


def report_practice_telephone(settings: Settings, sid: str | None = None) -> None:
    """Post what the practice telephone has to report, or of one exchange alone: outside any transaction, since the
    callback opens one of its own. What is not taken is posted again at the next tick."""
    rows = practice.unreported(clock.now(), sid)
    for row in rows:  # and not all that is read: a page may still need the person who is signed in
        db.session.expunge(row)
    db.session.rollback()
    if rows:
        practice.report(post, signature.derive_key(settings.secret_key), rows)


def practice_wire_of(settings: Settings) -> Wire:
    """The practice telephone's way to the office."""
    office = "".join(digit for digit in office_settings.current().telephone if digit in "0123456789")
    key = signature.derive_key(settings.secret_key)
    return Wire(ask, key, settings.public_base_url, f"+81{office.removeprefix('0')}")


def ask(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
    """Post to one of the office's addresses. Raises OSError when nobody answers."""
    answer = requests.post(url, data=dict(form), headers=dict(headers), timeout=(2, 5), allow_redirects=False)
    # Not as the header may say (or not say): TwiML is UTF-8.
    return Answer(answer.status_code, answer.content.decode("utf-8", errors="replace"))


def post(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> int:
    return ask(url, form, headers).status
