"""Running the town: serve, jobs, the sending hold, the check of the history."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flask import Flask

from .. import jobs
from ..app import create_app
from ..core import clock, history
from ..core.access import HOUSE
from ..core.db import db, forget_connections, transaction
from ..messages import cost_actions, switchboard
from ..office import setting_actions
from ..office import settings as office_settings
from ..settings import Settings, load
from .installation import NotReady, check_schema
from .serve import serve


@contextmanager
def town(settings: Settings | None = None) -> Iterator[Flask]:
    """The app, with a schema that fits. Raises NotReady."""
    app = create_app(settings)
    with app.app_context():
        check_schema()
        yield app


def serve_town(options: argparse.Namespace) -> int:
    settings = served_at(load(), options.host, options.port)
    with town(settings) as app:
        db.engine.dispose()

    def after_fork() -> None:
        with app.app_context():
            forget_connections()

    def run_jobs() -> None:
        jobs.run_forever(jobs.WORK, settings.tick_seconds, app)

    print(f"http://{options.host}:{options.port}/", flush=True)
    return serve(
        build_app=lambda: app,
        run_jobs=None if options.no_jobs else run_jobs,
        host=options.host,
        port=options.port,
        workers=options.workers,
        after_fork=after_fork,
    )


def served_at(settings: Settings, host: str, port: int) -> Settings:
    """The practice telephone posts its callbacks to the address being served, if no other is set."""
    if settings.public_base_url or settings.provider != "practice":
        return settings
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return replace(settings, public_base_url=f"http://{reachable}:{port}")


def jobs_alone(options: argparse.Namespace) -> int:
    with town() as app:
        print(f"jobs, process {os.getpid()}", flush=True)
        if options.once:
            return jobs.run_once(jobs.WORK, app)
        jobs.run_forever(jobs.WORK, app.config["SUPPORTDESK"].tick_seconds, app)
    return 0


def hold(options: argparse.Namespace) -> int:
    # An empty reason is how a release is kept: `on` would silently let everything go out.
    if options.state == "on" and not options.reason.strip():
        raise NotReady("Say why with --reason: it is shown on every page while sending is stopped.")
    if options.state == "today":
        return hold_for_today(options.reason)
    with town(), transaction():
        seen, now = office_settings.current().sending_hold, clock.now()
        if options.state == "on":
            setting_actions.stop_sending(options.reason, seen, by=HOUSE, now=now)
        else:
            setting_actions.release_sending(seen, by=HOUSE, now=now)
    print("Sending is stopped." if options.state == "on" else "Sending is released.")
    return 0


def prices(options: argparse.Namespace) -> int:
    """Read the provider's price list and write it down; asked before the transaction, since it may take its time."""
    with town():
        found = switchboard.read_prices()
        with transaction():
            price = cost_actions.take_prices(found, by=HOUSE, now=clock.now())
    print(f"Written down: {price.text_part} yen for a part of a text, {price.call} yen for a call.")
    return 0


def hold_for_today(reason: str) -> int:
    with town(), transaction():
        ends = setting_actions.stop_for_today(reason, by=HOUSE, now=clock.now())
    if ends is None:
        print("Sending was stopped already, until somebody releases it; nothing was changed.")
    else:
        print(f"Sending is stopped. It goes on by itself at {clock.local(ends):%Y-%m-%d %H:%M}.")
    return 0


def verify_history(options: argparse.Namespace) -> int:
    with town() as app:
        broken = history.first_broken_seal(history.seal_key(app.config["SECRET_KEY"]))
    print("The history holds." if broken is None else f"The history is broken at seal {broken}.")
    return 0 if broken is None else 1
