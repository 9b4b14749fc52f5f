"""What is recorded has words of its own on the page of the record."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import supportdesk
from supportdesk.front.words import HISTORY
from supportdesk.lessons.waiting_rules import WaitEnd

PACKAGE = Path(supportdesk.__file__).parent


def _recorded() -> set[str]:
    """Every action that the code hands to history.record, by itself or through a helper's `action=`."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            given = [keyword.value for keyword in node.keywords if keyword.arg == "action"]
            if getattr(node.func, "attr", getattr(node.func, "id", "")) == "record":
                given += node.args[:1]
            for value in given:
                for part in ast.walk(value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value:
                        found.add(part.value)
    return found


def test_every_recorded_act_has_words() -> None:
    assert _recorded() - set(HISTORY) == set()
    assert {f"waiting.{how}" for how in WaitEnd} <= set(HISTORY)
    assert len(_recorded()) > 30


def test_no_page_shows_the_code_of_an_act_in_place_of_its_words() -> None:
    # The auditor's record alone may: it shows what an earlier version recorded, too.
    pages = [page for page in (PACKAGE / "templates").rglob("*.html") if page.name != "history.html"]
    bare = re.compile(r"\.get\((\w+)\.action, \1\.action\)")
    assert [page.name for page in pages if bare.search(page.read_text("utf-8"))] == []
