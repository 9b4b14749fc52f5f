"""The commands, their options, and what is said when one fails."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy.exc import SQLAlchemyError

from ..core import logs
from ..core.errors import Refusal
from ..settings import SettingsError
from . import imports, installation, operation, sample_town, tokens, users

Command = Callable[[argparse.Namespace], int]

STOPPED_BY_HAND = 130  # 128 and the number of SIGINT, as shells count


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    options = _parser().parse_args(arguments)
    # Database, secret and copies are for this user alone.
    os.umask(0o077)
    logs.install()
    command: Command = options.command
    try:
        return command(options)
    except (SettingsError, Refusal, installation.NotReady) as problem:
        print(_sentence(problem), file=sys.stderr)
    except SQLAlchemyError as problem:
        # The driver's own words, without the statement and the link that are of use to programmers alone.
        print(f"The database did not do it: {getattr(problem, 'orig', None) or problem}", file=sys.stderr)
    except OSError as problem:
        print(f"{problem.filename or 'A file'}: {problem.strerror or problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped by hand. What was under way is not saved; the command can be run again.", file=sys.stderr)
        return STOPPED_BY_HAND
    return 1


def _sentence(problem: Exception) -> str:
    return problem.message % problem.params if isinstance(problem, Refusal) else str(problem)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="supportdesk", description="Help desk of a municipality.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, help_text: str, command: Command) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_text, description=help_text)
        made.set_defaults(command=command)
        return made

    init = add("init", "Make secret, database and first administrator.", installation.init)
    init.add_argument("--username", default="admin", help="sign-in name of the first administrator")
    init.add_argument("--name", default="管理者", help="name as colleagues see it")
    add("upgrade", "Bring the database up to date (on SQLite after a backup).", installation.upgrade)
    backup = add("backup", "Copy the SQLite database while it is in use.", installation.backup)
    backup.add_argument("file", help="where to; must not exist yet")
    add("doctor", "Say what is set, what is missing, what is doubtful.", installation.doctor)

    for name, text, command in (
        ("serve", "Web and jobs in one tree of processes.", operation.serve_town),
        ("demo", "The sample town: make it if needed, then serve it with the practice telephone.", sample_town.demo),
    ):
        served = add(name, text, command)
        served.add_argument("--host", default="127.0.0.1")
        served.add_argument("--port", type=_port, default=5000)
        served.add_argument("--workers", type=_workers, default=1)
        served.add_argument("--no-jobs", action="store_true", help="web alone; run `supportdesk jobs` elsewhere")
    jobs = add("jobs", "The scheduler alone.", operation.jobs_alone)
    jobs.add_argument("--once", action="store_true", help="do all work that is due now, then end")
    hold = add("hold", "Stop or release all sending.", operation.hold)
    hold.add_argument("state", choices=("on", "off", "today"), help="today: until the next opening morning")
    hold.add_argument("--reason", default="by hand", help="shown on every page while sending is stopped")
    add("prices", "Read the provider's price list for texts and calls, and write it down.", operation.prices)
    history = add("history", "Check the sealed record of what was done.", operation.verify_history)
    history.add_argument("what", choices=("verify",))

    user = add("user", "Add or disable a person, or hand out a new one-time code.", _user)
    user.add_argument("act", choices=("add", "disable", "reset"))
    user.add_argument("username")
    user.add_argument("--name", default="")
    user.add_argument("--role", action="append", default=[], dest="roles", help="may be given several times")
    user.add_argument("--first-day", type=date.fromisoformat, help="YYYY-MM-DD; today if not given")
    user.add_argument("--last-day", type=date.fromisoformat, help="YYYY-MM-DD")

    token = add("token", "Make, revoke or list what programs sign in with (docs/api.md).", _token)
    token.add_argument("act", choices=("add", "revoke", "list"))
    token.add_argument("revoked", nargs="?", metavar="NAME", help="the token to revoke")
    token.add_argument("--name", default="", help="what the history calls the program")
    token.add_argument("--role", action="append", default=[], dest="roles", help="may be given several times")
    token.add_argument("--scope", action="append", default=[], dest="scopes", help="read:NOUN or write:NOUN; several")
    token.add_argument("--expires", type=date.fromisoformat, help="its last day, YYYY-MM-DD; none if not given")

    read_in = add("import", "Read a CSV file (UTF-8 or CP932).", _import)
    kinds = ("districts", "topics", "residents", "venues", "courses", "lessons", "supporters")
    read_in.add_argument("kind", choices=kinds)
    read_in.add_argument("file")
    read_in.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
    read_in.add_argument("--skip-bad-rows", action="store_true", help="write the good rows though some are refused")
    return parser


def _port(typed: str) -> int:
    return _whole(typed, 65535)


def _workers(typed: str) -> int:
    # The server takes 0 for an answer, and then answers nobody.
    return _whole(typed, 64)


def _whole(typed: str, most: int) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 9 and 1 <= int(typed) <= most):
        raise argparse.ArgumentTypeError(f"{typed!r} is not a whole number from 1 to {most}")
    return int(typed)


def _user(options: argparse.Namespace) -> int:
    with operation.town():
        if options.act == "add":
            users.user_add(options.username, options.name, options.roles, options.first_day, options.last_day)
        elif options.act == "disable":
            users.user_disable(options.username)
        else:
            users.user_reset(options.username)
    return 0


def _token(options: argparse.Namespace) -> int:
    with operation.town() as app:
        if options.act == "add":
            tokens.add(app, options.name, options.roles, options.scopes, options.expires)
        elif options.act == "revoke":
            tokens.revoke(options.revoked or options.name)
        else:
            tokens.show()
    return 0


def _import(options: argparse.Namespace) -> int:
    with operation.town():
        return imports.run_import(options.kind, options.file, options.dry_run, options.skip_bad_rows)
