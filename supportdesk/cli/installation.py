"""Setting a town up and looking after it: init, upgrade, backup, doctor."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from ..accounts import actions as accounts
from ..accounts import queries as accounts_queries
from ..app import create_app
from ..core import clock, schema
from ..core.db import SQLITE_WITHOUT_KNOWN_FAULT, db, is_sqlite, sqlite_driver, transaction
from ..core.errors import Refusal
from ..messages.providers.base import check_base_url, is_rehearsal
from ..office import setting_rules
from ..office import settings as office_settings
from ..settings import NAMES, SECRETS, Settings, instance_dir, load, make_secret

OLDEST_POSTGRESQL = 150000


class NotReady(Exception):
    """The database does not fit this version. The text says what to do."""


def init(options: argparse.Namespace) -> int:
    prepare()
    settings = load()
    with create_app(settings).app_context():
        schema.upgrade()
        print(f"The database is up to date: {sa.make_url(settings.database_url).render_as_string()}")
        if accounts_queries.anybody():
            print("There are accounts already; none was added. `supportdesk user reset NAME` gives a new code.")
            return 0
        with transaction():
            code = accounts.first_administrator(options.username, options.name, now=clock.now())
    print(f"First administrator: {options.username}")
    print(f"One-time code (24 hours, choose a password with it on the sign-in page): {code}")
    return 0


def prepare() -> None:
    """Make the instance folder (mode 700) and the secret in it, unless they are there."""
    folder = instance_dir()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.environ.get("SUPPORTDESK_SECRET_KEY"):
        return
    if make_secret(folder):
        print(f"A new secret lies in {folder} (mode 600).")


def upgrade(options: argparse.Namespace) -> int:
    settings = load()
    with create_app(settings).app_context():
        now, newest = _revisions()
        if now == newest:
            print(f"The database is up to date ({now}).")
            return 0
        if is_sqlite() and now is not None:
            stamp = clock.local(clock.now()).strftime("%Y%m%d-%H%M%S")
            copy_sqlite(settings.instance_dir / f"before-{newest}-{stamp}.sqlite3")
        schema.upgrade()
        print(f"The database went from {now} to {newest}.")
    return 0


def backup(options: argparse.Namespace) -> int:
    with create_app().app_context():
        if not is_sqlite():
            raise NotReady("PostgreSQL has its own tools for this: pg_dump, or a standby.")
        copy_sqlite(Path(options.file))
    return 0


def copy_sqlite(target: Path) -> None:
    """Copy by the database's own backup: what is committed last lies beside the main file, a plain copy misses it."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as problem:
        raise NotReady(f"{target} cannot be written: {problem.strerror}.") from problem
    with db.engine.connect() as connection, closing(sqlite_driver.connect(str(target))) as copy:
        source = connection.connection.driver_connection
        assert source is not None
        source.backup(copy, pages=2000, progress=_progress)
    print(f"\nCopied to {target}.")


def _progress(_status: int, remaining: int, total: int) -> None:
    print(f"\r{total - remaining} of {total} pages", end="", file=sys.stderr, flush=True)


def check_schema() -> None:
    """Raises NotReady unless the database is at the newest revision."""
    now, newest = _revisions()
    if now is None:
        raise NotReady("There is no database yet. Run `supportdesk init` first.")
    if now != newest:
        raise NotReady(f"The database is at {now}, this version needs {newest}. Run `supportdesk upgrade`.")


def _revisions() -> tuple[str | None, str]:
    """That of the database, and the newest. Raises NotReady for a database from the future."""
    known = schema.revisions()
    now = schema.revision()
    db.session.rollback()
    if now is not None and now not in known:
        raise NotReady(f"The database is at {now}, which this version does not know: it was made by a newer one.")
    return now, known[-1]


def doctor(options: argparse.Namespace) -> int:
    """Print each setting with its source, then what is found; 1 if anything must be mended."""
    settings = load()
    for name, (attribute, _) in NAMES.items():
        value = getattr(settings, attribute)
        if name in SECRETS and value:
            value = "(set, not shown)"
        elif name == "SUPPORTDESK_DATABASE_URL":
            value = sa.make_url(value).render_as_string(hide_password=True)
        print(f"{name} = {value}  [{settings.sources[name]}]")
    found = [*_look_at_settings(settings)]
    with create_app(settings).app_context():
        found += _look_at_database()
        if not any(grade == "WRONG" for grade, _ in found):
            found += _look_at_office(settings)
    for grade, sentence in found:
        print(f"{grade}: {sentence}")
    return 1 if any(grade == "WRONG" for grade, _ in found) else 0


def _look_at_settings(settings: Settings) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    secret = settings.instance_dir / "secret"
    if secret.exists() and secret.stat().st_mode & 0o077:
        found.append(("WRONG", f"{secret} can be read by others. chmod 600 it."))
    if settings.provider == "twilio" and not settings.public_base_url:
        found.append(("mind", "SUPPORTDESK_PUBLIC_BASE_URL is not set: no callbacks, the state of messages is polled."))
    if settings.twilio_base_url:
        try:
            check_base_url(settings.twilio_base_url)
        except Refusal as refusal:
            found.append(("WRONG", f"SUPPORTDESK_TWILIO_BASE_URL: {refusal.message}"))
    return found


def _look_at_office(settings: Settings) -> list[tuple[str, str]]:
    made_up = setting_rules.made_up(office_settings.current())
    if not made_up:
        return []
    real = settings.provider == "twilio" and not is_rehearsal(settings.twilio_base_url)
    names = " and ".join({"town": "name", "telephone": "telephone"}[name] for name in made_up)
    sentence = (
        f"The office's {names} are still made up; nothing reaches a real telephone until an administrator or manager "
        "has set them in the browser under 市役所の設定."
    )
    return [("WRONG" if real else "mind", sentence)]


def _look_at_database() -> list[tuple[str, str]]:
    try:
        check_schema()
    except (NotReady, sa.exc.SQLAlchemyError) as problem:
        return [("WRONG", str(problem))]
    if is_sqlite():
        version = sqlite_driver.sqlite_version
        if tuple(map(int, version.split("."))) < SQLITE_WITHOUT_KNOWN_FAULT:
            wanted = ".".join(map(str, SQLITE_WITHOUT_KNOWN_FAULT))
            return [("mind", f"SQLite {version} can damage a database in WAL mode; {wanted} or newer is safe (docs).")]
        return [("good", f"SQLite {version}, schema up to date.")]
    number = db.session.scalar(sa.text("SELECT current_setting('server_version_num')::int")) or 0
    if number < OLDEST_POSTGRESQL:
        return [("WRONG", f"PostgreSQL {number // 10000} is too old; 15 or newer is needed.")]
    return [("good", f"PostgreSQL {number // 10000}, schema up to date.")]
