"""The three uses that docs/api.md shows, run as they stand there: with curl and jq, at an app that is served."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.desk.models import HelpRequest
from supportdesk.people.models import Resident
from tests import factories
from tests.conftest import NOW
from tests.programs import Program
from tests.serving import serving

pytestmark = [
    pytest.mark.one_database,
    pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl and jq are not here"),
]

DOCS = (Path(__file__).parents[2] / "docs/api.md").read_text()
SECTION = DOCS[DOCS.index("## Three uses") : DOCS.index("## How it is tried")]
REGISTER, TIMETABLE, TROUBLE, SEAT = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)

KIYO = {
    "external_id": "R-1001", "family_kana": "マツモト", "given_kana": "キヨ", "birth_year": "昭和16年",
    "telephones": [{"number": "0957-00-1234"}],
}  # fmt: skip

Run = Callable[..., list[str]]


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> Iterator[Run]:
    """Run a block of the page with a token of this role and these scopes; gives the lines of its answer."""
    with time_machine.travel(NOW, tick=False), serving(app) as address:

        def bash(script: str, role: Role, *scopes: str) -> list[str]:
            token = factories.token(role, scopes=scopes)
            given = {"DESK": f"{address}/api/v1", "TOKEN": token, "FORM": "form-7", "no_proxy": "127.0.0.1"}
            done = subprocess.run(
                ["bash", "-euc", script],
                cwd=tmp_path,
                env=os.environ | given,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert (done.returncode, done.stderr) == (0, "")
            return done.stdout.splitlines()

        yield bash


def test_the_register_comes_in_every_night(run: Run, tmp_path: Path) -> None:
    wrong = {"external_id": "R-1003", "family_kana": "林田", "no_telephone": True}
    (tmp_path / "register.jsonl").write_text("".join(json.dumps(row) + "\n" for row in (KIYO, wrong)))

    first = run(REGISTER, Role.STAFF, "write:residents")
    second = run(REGISTER, Role.STAFF, "write:residents")

    assert [line[:14] for line in first] == ['201 ["R-1001",', "422 [null,null"]
    assert '"not-kana",[{"field":"family_kana"' in first[1]
    assert second == [first[0].replace("201", "200"), first[1]]
    assert db.session.scalar(sa.select(sa.func.count(Resident.id))) == 1


def test_the_citys_own_pages_show_all_lessons(run: Run) -> None:
    for days in range(60):
        factories.lesson(starts_at=NOW + timedelta(days=days + 1), seats=8, seats_taken=3)

    lines = [json.loads(line) for line in run(TIMETABLE, Role.MANAGER, "read:lessons")]

    assert len({line["day"] for line in lines}) == len(lines) == 60
    assert {line["free"] for line in lines} == {5}


@pytest.fixture
def kiyo(app: Flask) -> int:
    factories.topic("PHOTO")
    factories.lesson(starts_at=NOW + timedelta(days=1), seats=2, seats_taken=2)
    factories.lesson(starts_at=NOW + timedelta(days=2))
    resident_id: int = Program(app, factories.token()).post("/residents", KIYO).body["id"]
    return resident_id


SCOPES = ("read:residents", "read:lessons", "write:help-requests")


def test_a_form_that_is_sent_twice_brings_one_trouble(run: Run, kiyo: int) -> None:
    assert run(TROUBLE, Role.STAFF, *SCOPES) == ['["form-7","new"]']
    assert run(TROUBLE, Role.STAFF, *SCOPES) == ['["form-7","new"]']

    (kept,) = db.session.scalars(sa.select(HelpRequest))
    assert (kept.resident_id, kept.text) == (kiyo, "写真がいっぱいで撮れません")


def test_the_form_books_the_next_lesson_with_a_free_seat(run: Run, kiyo: int) -> None:
    assert run(TROUBLE + SEAT, Role.STAFF, *SCOPES, "write:bookings") == ['["form-7","new"]', "1"]
