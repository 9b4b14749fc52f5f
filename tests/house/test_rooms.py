"""A room imports only rooms to its left (docs/house.md). The order stands in pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own: the linter keeps what it imported, and two projects here have one name."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def doll_house(tmp_path: Path) -> Path:
    """The same contracts over rooms that are all empty."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (order,) = (contract for contract in contracts if contract["id"] == "rooms")
    for room in ["", *order["layers"]]:
        package = tmp_path / "supportdesk" / room
        package.mkdir()
        (package / "__init__.py").touch()
    return tmp_path


def test_every_room_imports_only_rooms_to_its_left() -> None:
    checked = lint_imports(ROOT)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_an_orderly_doll_house_passes(doll_house: Path) -> None:
    (doll_house / "supportdesk/lessons/actions.py").write_text("from supportdesk import people\n")

    checked = lint_imports(doll_house)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        (
            "people/actions.py",
            "from supportdesk import lessons",
            "people is not allowed to import supportdesk.lessons",
        ),
        ("core/db.py", "import supportdesk.app", "core is not allowed to import supportdesk.app"),
        ("lessons/actions.py", "import twilio", "lessons is not allowed to import twilio"),
    ],
)
def test_an_import_that_is_not_allowed_is_seen(
    doll_house: Path, file: str, line: str, complaint: str
) -> None:
    (doll_house / "supportdesk" / file).write_text(line + "\n")

    checked = lint_imports(doll_house)

    assert checked.returncode == 1
    assert complaint in checked.stdout


def test_a_room_without_a_place_in_the_order_is_seen(doll_house: Path) -> None:
    shed = doll_house / "supportdesk/shed"
    shed.mkdir()
    (shed / "__init__.py").touch()

    checked = lint_imports(doll_house)

    assert checked.returncode == 1
    assert "shed" in checked.stdout
