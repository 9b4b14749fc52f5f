from __future__ import annotations

from pathlib import Path

import pytest
import time_machine
from flask import Flask

from supportdesk.cli.imports import run_import
from supportdesk.core import tally
from supportdesk.core.db import db
from supportdesk.places.models import Venue
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.one_database

HEAD = "external_id,name,name_kana\n"


@pytest.fixture
def venues(tmp_path: Path) -> Path:
    path = tmp_path / "venues.csv"
    path.write_text(HEAD + "V1,加津佐公民館,カヅサコウミンカン\n", encoding="cp932")
    return path


def test_the_command_says_what_it_did_and_ends_well(
    app: Flask, venues: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_import("venues", venues, dry_run=True, skip_bad_rows=False) == 0
    assert "dry run" in capsys.readouterr().out
    assert db.session.query(Venue).count() == 0

    assert run_import("venues", venues, dry_run=False, skip_bad_rows=False) == 0
    assert "1 rows (cp932): 1 added" in capsys.readouterr().out
    assert db.session.query(Venue).count() == 1


def test_a_bad_row_makes_the_command_fail_and_write_nothing(
    app: Flask, venues: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    venues.write_text(HEAD + "V1,加津佐公民館,カヅサ\nV2,1234-5678-9018,カナ\n", encoding="utf-8")

    assert run_import("venues", venues, dry_run=False, skip_bad_rows=False) == 1

    said = capsys.readouterr().out
    assert "line 3, name: This looks like a My Number" in said and "9018" not in said
    assert "Nothing was written." in said
    assert db.session.query(Venue).count() == 0
    assert tally.total(tally.MY_NUMBER_TURNED_AWAY) == 1


def test_a_file_that_is_not_there_is_said(app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_import("venues", tmp_path / "none.csv", dry_run=False, skip_bad_rows=False) == 1
    assert "No such file" in capsys.readouterr().out


def test_what_stands_against_a_lesson_is_said_in_the_language_of_the_command(
    app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factories.room(factories.venue(external_id="V1"), name="研修室")
    factories.course(external_id="B01")
    path = tmp_path / "lessons.csv"
    path.write_text("external_id,course,venue,room,day,start\nL1,B01,V1,研修室,2026-07-18,10:00\n", encoding="utf-8")

    with time_machine.travel(NOW, tick=False):
        assert run_import("lessons", path, dry_run=True, skip_bad_rows=False) == 1

    assert "line 2, override_reason: The office is closed on Saturdays and Sundays. If it" in capsys.readouterr().out
