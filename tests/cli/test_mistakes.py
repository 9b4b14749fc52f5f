"""What is typed wrong, or lies wrong on the disk, is answered with a sentence and an exit code, never a traceback."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supportdesk.cli import main
from tests.conftest import SECRET


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SUPPORTDESK_INSTANCE_DIR", str(tmp_path))
    for name in ("SUPPORTDESK_SECRET_KEY", "SUPPORTDESK_DATABASE_URL", "SUPPORTDESK_PROVIDER"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "secret").write_text(SECRET)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command that must fail says."""
    try:
        code = main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    assert code != 0
    return capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [("--port", "0"), ("--port", "-1"), ("--port", "99999"), ("--port", "80x"), ("--workers", "0"), ("--workers", "²")],
)
def test_serve_refuses_a_number_that_cannot_be(
    folder: Path, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str]
) -> None:
    assert "is not a whole number from 1 to" in said(capsys, "serve", "=".join(wrong))


@pytest.mark.parametrize(
    "text",
    [
        b"SUPPORTDESK_DATABASE_URL = 5", b"SUPPORTDESK_PROVIDER = ['practice']", b"SUPPORTDESK_TICK_SECONDS = true",
        b"SUPPORTDESK_TICK_SECONDS = '15'", b"TICK = 15", b"x = ", b"\xff\xfe",
    ],
)  # fmt: skip
def test_a_settings_file_that_cannot_be_used_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], text: bytes
) -> None:
    (folder / "settings.toml").write_bytes(text)

    assert str(folder / "settings.toml") in said(capsys, "doctor")


def test_a_folder_where_the_settings_should_lie_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "settings.toml").mkdir()

    assert str(folder / "settings.toml") in said(capsys, "doctor")


def test_a_secret_that_is_no_text_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "secret").write_bytes(b"\xff" * 60)

    assert str(folder / "secret") in said(capsys, "doctor")


@pytest.mark.parametrize("url", ["nonsense", ":", "mysql://ada:word@x/y", "http://x", "postgresql://ada:word@x:abc/y"])
def test_an_address_of_no_database_of_ours_is_refused_without_repeating_it(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("SUPPORTDESK_DATABASE_URL", url)

    sentence = said(capsys, "doctor")

    assert re.match("SUPPORTDESK_DATABASE_URL must be ", sentence)
    assert "word@x" not in sentence


def test_an_instance_folder_that_cannot_be_made_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").touch()
    monkeypatch.setenv("SUPPORTDESK_INSTANCE_DIR", str(folder / "file" / "inner"))

    assert str(folder / "file") in said(capsys, "init")


def test_sending_is_not_released_by_stopping_it_without_a_reason(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--reason" in said(capsys, "hold", "on", "--reason", " ")


def test_no_my_number_gets_onto_every_page_as_a_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init"])

    assert "My Number" in said(capsys, "hold", "on", "--reason", "番号 1234 5678 9018 の件")


def test_a_command_that_is_stopped_by_hand_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_given: object, **_named: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("supportdesk.cli.imports.import_table", pressed)
    main(["init"])
    (folder / "residents.csv").touch()

    assert said(capsys, "import", "residents", str(folder / "residents.csv")).startswith("Stopped by hand.")
