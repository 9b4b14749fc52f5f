from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from supportdesk.core.db import db

PACKAGE = Path(__file__).parents[2] / "supportdesk"
ORDER = (
    "settings", "core", "office", "accounts", "messages", "people", "places", "lessons", "desk", "reminders", "visits",
    "front", "app", "jobs", "cli",
)  # fmt: skip
PURE = {
    "__future__", "collections", "dataclasses", "datetime", "enum", "functools", "hashlib", "itertools", "re", "uuid",
    "typing", "math", "unicodedata", "string", "decimal",
}  # fmt: skip
PURE_HOUSE = {"core.errors", "core.japan", "core.clock", "office.settings", "messages.providers.base"}


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return names


def _rules_files() -> list[Path]:
    return sorted(PACKAGE.glob("*/*rules.py"))


def _is_pure(path: Path, name: str) -> bool:
    if not name.startswith("."):
        return name.split(".")[0] in PURE
    room = path.parent.name
    full = name.removeprefix("..") if name.startswith("..") else f"{room}.{name.removeprefix('.')}"
    is_rules = full.split(".")[-1].endswith("rules")
    return full in PURE_HOUSE or full.startswith("core.japan") or is_rules or full in ("core", "")


@pytest.mark.parametrize("path", _rules_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_rules_know_no_framework_and_no_database(path: Path) -> None:
    impure = {name for name in _imports(path) if not _is_pure(path, name)}

    assert impure == set(), f"{path} imports {impure}; rules take the standard library, core.errors and core.japan"


def test_an_import_of_the_framework_would_be_seen(tmp_path: Path) -> None:
    file = tmp_path / "desk" / "rules.py"
    file.parent.mkdir()
    file.write_text("from flask import request\nfrom ..core.db import db\n")

    assert {name for name in _imports(file) if not _is_pure(file, name)} == {"flask", "..core.db"}


def _room_of(table: str) -> str:
    for mapper in db.Model.registry.mappers:
        if mapper.local_table is not None and mapper.local_table.name == table:
            return mapper.class_.__module__.split(".")[1]
    raise AssertionError(f"no model for {table}")


@pytest.mark.one_database
def test_foreign_keys_point_to_rooms_on_the_left(app: Flask) -> None:
    wrong = [
        f"{table.name} → {key.column.table.name}"
        for table in db.metadata.tables.values()
        for key in table.foreign_keys
        if ORDER.index(_room_of(key.column.table.name)) > ORDER.index(_room_of(table.name))
    ]

    assert wrong == []


CLOCK_READERS = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(")
CHANCE_READERS = re.compile(r"\b(secrets\.|uuid\.uuid|os\.urandom|random\.(random|choice|randint)\()")


@pytest.mark.parametrize(("pattern", "reader"), [(CLOCK_READERS, "core/clock.py"), (CHANCE_READERS, "core/chance.py")])
def test_time_and_chance_are_read_in_one_place(pattern: re.Pattern[str], reader: str) -> None:
    # settings.py makes the installation's secret before core can be loaded.
    allowed = {reader, "settings.py"}
    readers = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if "migrations" not in path.parts and pattern.search(path.read_text())
    }

    assert reader in readers
    assert readers <= allowed


def test_actions_never_commit_and_never_see_the_request() -> None:
    guilty = {
        str(path.relative_to(PACKAGE)): word
        for path in PACKAGE.glob("*/*.py")
        if path.name in ("actions.py", "rules.py", "queries.py")
        for word in (".commit(", "import request", "clock.now(", "transaction()", "import requests")
        if word in path.read_text()
    }

    assert guilty == {}


def test_no_page_holds_inline_script_or_style() -> None:
    # JSON-LD is a data block (HTML, 4.12.1): the browser runs none of it, and the policy is not asked.
    data = '<script type="application/ld+json">'
    inline = re.compile(rf"(?!{re.escape(data)})<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"", re.IGNORECASE)
    guilty = [
        str(path.relative_to(PACKAGE))
        for path in (PACKAGE / "templates").rglob("*.html")
        if inline.search(path.read_text())
    ]

    assert guilty == []


@pytest.mark.one_database
@pytest.mark.parametrize(
    "name", sorted(str(path.relative_to(PACKAGE / "templates")) for path in (PACKAGE / "templates").rglob("*.html"))
)
def test_every_template_knows_its_filters_and_components(app: Flask, name: str) -> None:
    app.jinja_env.get_template(name)
