"""`supportdesk token …` as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine

from supportdesk.cli import main
from tests.cli.test_commands import Run, folder, run, town  # noqa: F401  (fixtures)
from tests.conftest import NOW

ADD = ("token", "add", "--name", "台帳連携", "--role", "staff", "--scope", "read:venues", "--scope", "write:venues")


def test_a_token_is_shown_once_listed_without_itself_and_revoked(town: Path, run: Run) -> None:  # noqa: F811
    with time_machine.travel(NOW, tick=False):
        added = run(*ADD, "--expires", "2027-03-31")
        listed = run("token", "list")
        revoked = run("token", "revoke", "台帳連携")
        again = run("token", "list")

    token = added[1].splitlines()[0]
    assert added[0] == 0 and token.startswith("supportdesk_")
    assert listed[1].strip() == "台帳連携: staff; read:venues, write:venues; through 2027-03-31; used never"
    assert token not in listed[1]
    assert revoked == (0, "Revoked 台帳連携. It opens nothing any more.\n")
    assert "revoked 2026-07-06 10:00" in again[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "--name", "x", "--role", "staff", "--scope", "read:all"), "A token has one or more of these scopes: "),
        (("add", "--name", "x", "--role", "volunteer", "--scope", "read:venues"), "one or more of these roles: "),
        (("add", "--role", "staff", "--scope", "read:venues"), "Please write a name"),
        (("revoke", "x"), "There is no token of this name."),
        (("revoke",), "There is no token of this name."),
    ],
)
def test_a_mistake_is_a_sentence(town: Path, run: Run, words: tuple[str, ...], sentence: str) -> None:  # noqa: F811
    status, said = run("token", *words)

    assert status == 1
    assert sentence in said


def test_a_day_that_is_none_is_refused_by_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*ADD, "--expires", "soon"])

    assert "--expires" in capsys.readouterr().err
