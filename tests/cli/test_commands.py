"""The commands of the operating guide as they are typed: what they answer and leave, and that they can be repeated."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import time_machine

from supportdesk.app import create_app
from supportdesk.cli import main, sample_town
from supportdesk.core import schema
from supportdesk.core.db import sqlite_driver
from supportdesk.settings import DATABASE_FILE, NAMES
from tests.conftest import NOW, SECRET

COMMANDS = (
    "init", "upgrade", "backup", "doctor", "serve", "demo", "jobs", "hold", "prices", "history", "user", "token",
    "import",
)  # fmt: skip
CODE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance folder of its own, and nothing of this machine's settings."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    made = tmp_path / "instance"
    monkeypatch.setenv("SUPPORTDESK_INSTANCE_DIR", str(made))
    return made


@pytest.fixture
def town(folder: Path, sqlite_template: Path) -> Path:
    """A migrated, empty database with its secret; gives the database's file."""
    folder.mkdir(mode=0o700)
    (folder / "secret").write_text(SECRET)
    (folder / "secret").chmod(0o600)
    return Path(shutil.copy(sqlite_template, folder / DATABASE_FILE))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run a command; gives its exit status and all it said."""

    def command(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main(words)
        said = capsys.readouterr()
        return status, said.out + said.err

    return command


Run = Callable[..., tuple[int, str]]


def ask(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite_driver.connect(str(file))) as connection:
        return list(connection.execute(query))


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])

    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert len(said.splitlines()) > 3
    if not command:
        assert [name for name in COMMANDS if name not in said] == []


def test_init_makes_everything_once_and_can_be_repeated(folder: Path, run: Run) -> None:
    status, said = run("init", "--username", "yakuba")
    secret = (folder / "secret").read_text()

    assert status == 0
    assert CODE.search(said) and "yakuba" in said
    assert secret.strip() not in said
    assert ((folder / "secret").stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert (folder / DATABASE_FILE).stat().st_mode & 0o077 == 0

    again, said = run("init")
    assert again == 0
    assert not CODE.search(said)
    assert (folder / "secret").read_text() == secret
    assert ask(folder / DATABASE_FILE, "SELECT username FROM user_account") == [("yakuba",)]


def test_without_init_a_command_says_what_to_do(run: Run) -> None:
    for words in (("doctor",), ("jobs", "--once"), ("serve",), ("hold", "on")):
        status, said = run(*words)
        assert (status, "supportdesk init" in said) == (1, True), words


def test_upgrade_of_a_database_that_is_up_to_date_changes_nothing(town: Path, run: Run) -> None:
    status, said = run("upgrade")

    assert status == 0
    assert "up to date" in said
    assert list(town.parent.glob("before-*")) == []


def test_upgrade_takes_a_copy_before_it_changes_an_older_database(folder: Path, town: Path, run: Run) -> None:
    from alembic import command as alembic

    app = create_app()
    with app.app_context():
        schema.prepare_migrations()
        config = app.extensions["migrate"].migrate.get_config()
        alembic.downgrade(config, "0001")

    assert run("doctor")[0] == 1, "an older database is something to be mended"
    assert run("upgrade")[0] == 0
    [copy] = folder.glob("before-*.sqlite3")
    assert ask(copy, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert copy.stat().st_mode & 0o077 == 0
    assert run("doctor")[0] == 0


def test_a_database_of_a_newer_version_is_left_alone(town: Path, run: Run) -> None:
    with closing(sqlite_driver.connect(str(town))) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    for words in (("upgrade",), ("serve",), ("jobs", "--once")):
        status, said = run(*words)
        assert (status, "newer" in said) == (1, True), words
    assert ask(town, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_doctor_names_every_setting_with_its_source_and_shows_no_secret(
    town: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPPORTDESK_TICK_SECONDS", "20")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "a-token-that-nobody-may-see")

    status, said = run("doctor")

    assert status == 0
    assert "SUPPORTDESK_TICK_SECONDS = 20  [environment]" in said
    assert [name for name in NAMES if name not in said] == []
    assert SECRET not in said and "a-token-that-nobody-may-see" not in said


def test_doctor_shows_no_password_of_a_database_it_cannot_reach(
    town: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPPORTDESK_DATABASE_URL", "postgresql://desk:open-sesame@127.0.0.1:1/town")

    status, said = run("doctor")

    assert status == 1
    assert "WRONG" in said
    assert "open-sesame" not in said


def test_doctor_sees_a_secret_that_others_can_read(town: Path, folder: Path, run: Run) -> None:
    (folder / "secret").chmod(0o644)

    status, said = run("doctor")

    assert (status, "chmod 600" in said) == (1, True)


def test_doctor_says_that_nothing_leaves_in_a_made_up_name(
    town: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, said = run("doctor")
    assert (status, "mind: The office's name and telephone are still made up" in said) == (0, True)

    for name, value in TWILIO.items():
        monkeypatch.setenv(name, value)
    status, said = run("doctor")
    assert (status, "WRONG: The office's name and telephone are still made up" in said) == (1, True)

    with closing(sqlite_driver.connect(str(town))) as connection:
        for name, value in (("town", "南島原市"), ("telephone", "0957-00-0001")):
            connection.execute("INSERT INTO office_setting (name, value) VALUES (?, ?)", (name, json.dumps(value)))
        connection.commit()
    status, said = run("doctor")
    assert (status, "made up" in said) == (0, False)


TWILIO = {
    "SUPPORTDESK_PROVIDER": "twilio",
    "SUPPORTDESK_PUBLIC_BASE_URL": "https://desk.example.jp",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "a-token",
    "TWILIO_VOICE_FROM": "+815000000000",
    "TWILIO_SMS_FROM": "MINAMISHIMA",
}


def test_a_backup_holds_what_was_committed_while_writing_goes_on(town: Path, run: Run, tmp_path: Path) -> None:
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        with closing(sqlite_driver.connect(str(town), timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            for number in range(100_000):
                connection.execute("INSERT INTO office_setting (name, value) VALUES (?, '1')", (f"n{number}",))
                connection.commit()
                written.append(number)
                if stop.is_set():
                    return

    writer = threading.Thread(target=write)
    writer.start()
    while len(written) < 50:
        assert writer.is_alive()
    before = len(written)

    status, _ = run("backup", str(tmp_path / "copy.sqlite3"))

    stop.set()
    writer.join(30)
    copy = tmp_path / "copy.sqlite3"
    assert status == 0
    assert ask(copy, "PRAGMA integrity_check") == [("ok",)]
    [[held]] = ask(copy, "SELECT count(*) FROM office_setting")
    assert isinstance(held, int) and held >= before, "the last commits lie beside the file, and are copied all the same"
    assert copy.stat().st_mode & 0o077 == 0


def test_a_backup_writes_over_nothing(town: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("the backup of yesterday")

    assert run("backup", str(tmp_path / "precious"))[0] == 1
    assert (tmp_path / "precious").read_text() == "the backup of yesterday"


def test_hold_stops_all_sending_and_off_releases_it(town: Path, run: Run) -> None:
    held = "SELECT value FROM office_setting WHERE name = 'sending_hold'"

    assert run("hold", "on", "--reason", "wrong date in the texts")[0] == 0
    assert "wrong date" in str(ask(town, held))
    assert run("hold", "off")[0] == 0
    assert ask(town, held) == [('""',)]
    assert [action for (action,) in ask(town, "SELECT action FROM history ORDER BY id")] == [
        "sending.stopped", "sending.released",
    ]  # fmt: skip


def test_history_verify_finds_a_row_that_was_tampered_with(town: Path, run: Run) -> None:
    run("hold", "on")
    run("hold", "off")
    assert run("jobs", "--once")[0] == 0
    assert run("history", "verify") == (0, "The history holds.\n")

    with closing(sqlite_driver.connect(str(town))) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'history'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE history SET actor_name = 'somebody else' WHERE id = 2")
        connection.commit()

    assert run("history", "verify") == (1, "The history is broken at seal 2.\n")


def test_people_are_added_disabled_and_given_a_new_code(town: Path, run: Run) -> None:
    status, said = run("user", "add", "hanako", "--name", "支援 花子", "--role", "staff", "--role", "coordinator")
    assert status == 0 and CODE.search(said)
    assert run("user", "add", "hanako", "--name", "別人", "--role", "staff")[0] == 1, "the name is taken"
    status, said = run("user", "add", "taro", "--name", "太郎", "--role", "emperor")
    assert (status, "manager, volunteer" in said) == (1, True)
    assert run("user", "add", "taro", "--name", "太" * 81, "--role", "staff")[0] == 1

    assert run("user", "disable", "hanako")[0] == 0
    assert ask(town, "SELECT username, active FROM user_account") == [("hanako", 0)]
    status, said = run("user", "reset", "hanako")
    assert status == 0 and CODE.search(said)
    assert ask(town, "SELECT username, active FROM user_account") == [("hanako", 1)]
    assert run("user", "disable", "nobody")[0] == 1


def test_a_dry_run_of_an_import_says_what_would_happen_and_writes_nothing(
    town: Path, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "venues.csv"
    file.write_text("external_id,name,name_kana\nV1,口之津公民館,クチノツコウミンカン\n", encoding="utf-8")

    status, said = run("import", "venues", str(file), "--dry-run")
    assert (status, "1 added" in said, "nothing was written" in said) == (0, True, True)
    assert ask(town, "SELECT count(*) FROM venue") == [(0,)]

    assert run("import", "venues", str(file))[0] == 0
    status, said = run("import", "venues", str(file))
    assert (status, "1 as before" in said) == (0, True)
    assert ask(town, "SELECT count(*) FROM venue") == [(1,)]


def test_an_import_of_a_file_that_is_not_there_is_a_sentence(town: Path, run: Run, tmp_path: Path) -> None:
    status, said = run("import", "venues", str(tmp_path / "nowhere.csv"))

    assert status == 1
    assert "nowhere.csv" in said and "Traceback" not in said


def test_jobs_once_does_what_is_due_and_leaves_its_beat(town: Path, run: Run) -> None:
    assert run("jobs", "--once")[0] == 0
    assert run("jobs", "--once")[0] == 0
    assert ask(town, "SELECT count(*) FROM beat") == [(1,)]


# ---- the sample town


# Of a slot a party takes one seat, however many come (docs/decisions/0021).
MISCOUNTED = (
    "SELECT id FROM lesson WHERE kind = 'class' AND seats_taken <> (SELECT coalesce(sum(1 + companions), 0)"
    " FROM booking WHERE lesson_id = lesson.id AND cancelled_at IS NULL)"
)


@pytest.fixture
def unserved(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`demo` up to the point at which it would serve; on a day that stands still."""
    monkeypatch.setattr(sample_town, "serve_town", lambda options: 0)
    monkeypatch.setenv("SUPPORTDESK_PROVIDER", "practice")
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_sample_town_is_made_once_however_often_demo_runs(folder: Path, run: Run, unserved: None) -> None:
    counts = "SELECT (SELECT count(*) FROM resident), (SELECT count(*) FROM lesson), (SELECT count(*) FROM booking)"

    status, said = run("demo")
    [first] = ask(folder / DATABASE_FILE, counts)
    assert status == 0
    assert first[0] == 400
    assert ask(folder / DATABASE_FILE, MISCOUNTED) == []
    accounts = (folder / "demo-accounts.txt").read_text()
    assert "volunteer-a" in said and accounts.split()[1] in said

    assert run("demo")[0] == 0
    assert ask(folder / DATABASE_FILE, counts) == [first]
    assert (folder / "demo-accounts.txt").read_text() == accounts


def test_a_real_towns_database_never_becomes_a_sample(town: Path, folder: Path, run: Run, unserved: None) -> None:
    run("user", "add", "hanako", "--name", "花子", "--role", "admin")

    status, said = run("demo")

    assert (status, "real town" in said) == (1, True)
    assert ask(town, "SELECT count(*) FROM resident") == [(0,)]
    assert not (folder / "demo-accounts.txt").exists()


def test_a_town_is_made_from_whatever_folder_the_command_is_called_in(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    status, said = run("init")

    assert status == 0, said
    assert run("upgrade")[0] == 0


def test_a_hold_for_today_says_when_it_ends(town: Path, run: Run) -> None:
    status, said = run("hold", "today")

    assert status == 0
    assert "It goes on by itself at " in said
    assert "was stopped already" in run("hold", "today")[1]


def test_prices_that_the_practice_telephone_has_not_are_to_be_written_by_hand(town: Path, run: Run) -> None:
    status, _said = run("prices")

    assert status == 1
