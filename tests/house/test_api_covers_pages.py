"""What a person can do on a page, a program can do below /api/v1, by the same action (contract: every capability)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "supportdesk"

# What stays a page's alone, and why.
NEVER = {
    "accounts.actions.add_user": "a program that could add people could give itself any right",
    "accounts.actions.edit_user": "as above",
    "accounts.actions.disable": "as above",
    "accounts.actions.enable": "as above",
    "accounts.actions.give_one_time_code": "as above",
    "accounts.actions.choose_password_with_code": "a password is chosen by its person",
    "accounts.actions.change_password": "a password is chosen by its person",
    "desk.call_tasks.end_task": "a part of note_outcome and of front.worklist.close, which a program calls each",
    "front.taking_calls.take_call": "joins receive_request and book_party, which a program calls each for itself",
    "lessons.cancelling.cancel_together": "called by reminders.change_actions.cancel_together, which a program calls",
    "lessons.changes.begin": "written down by whatever cancels or moves lessons, by a program's act too",
    "lessons.changes.keep_if_needed": "as above",
    "lessons.changes.note": "as above",
    "office.setting_actions.allow_on_top": "a part of messages.cost_actions.allow_on_top, which a program calls",
    "office.setting_actions.set_prices": "a part of messages.cost_actions.take_prices, which a program calls",
    "lessons.handing_over.give_series": "a part of front.handover.hand_over, which a program calls as a whole",
    "lessons.handing_over.move_duty": "as above",
    "lessons.handing_over.move_regular_duty": "as above",
    "reminders.actions.note_answer": "a part of front.worklist.note_outcome, which a program calls as a whole",
    "reminders.actions.note_contact": "as above",
    "lessons.seats.hold_seats": "a hold is one clerk's, for three minutes of talking; a program books or does not",
    "lessons.seats.release_hold": "as above",
}


def _module(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def _actions() -> dict[str, set[str]]:
    """By module, the public functions of the rooms that take `by` and `now`: what may happen."""
    found: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.glob("*/*.py")):
        if path.parent.name in ("core", "cli") or path.stem.endswith("queries"):
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                named = {argument.arg for argument in node.args.kwonlyargs}
                if {"by", "now"} <= named:
                    found.setdefault(_module(path), set()).add(node.name)
    return found


def _is_page(path: Path) -> bool:
    """A file that answers with pages, and is no JSON room."""
    text = path.read_text()
    return ("from flask import" in text and "render_template" in text) and not _is_api(path)


def _is_api(path: Path) -> bool:
    return path.stem == "api" or path.stem.endswith("_api")


def _used(path: Path, actions: dict[str, set[str]]) -> Iterator[str]:
    """The actions that a file names, called or handed on, as `room.file.function`."""
    tree = ast.parse(path.read_text())
    modules, functions = {}, {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        room = [path.parent.name] if node.level == 1 else []
        base = ".".join(room + (node.module.split(".") if node.module else []))
        for alias in node.names:
            full = f"{base}.{alias.name}".lstrip(".")
            (modules if full in actions else functions)[alias.asname or alias.name] = full
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            if node.attr in actions[modules[node.value.id]]:
                yield f"{modules[node.value.id]}.{node.attr}"
        elif isinstance(node, ast.Name) and node.id in functions:
            module, _, name = functions[node.id].rpartition(".")
            if name in actions.get(module, ()):
                yield functions[node.id]


def _by(kind: str) -> set[str]:
    """What pages or API files use; of pages also what an action they use calls in other rooms."""
    actions = _actions()
    asked = _is_page if kind == "pages" else _is_api
    found = {used for path in PACKAGE.glob("*/*.py") if asked(path) for used in _used(path, actions)}
    if kind == "pages":
        homes = {PACKAGE / (used.rpartition(".")[0].replace(".", "/") + ".py") for used in found}
        found |= {used for home in homes for used in _used(home, actions)}
    return found


def test_every_action_of_a_page_is_one_of_the_api_too() -> None:
    missing = _by("pages") - _by("api") - set(NEVER)

    assert missing == set(), "call it in the room's api.py, or say in NEVER why a program must not"


def test_no_action_is_excused_that_needs_no_excuse() -> None:
    assert set(NEVER) <= _by("pages"), "no page does this any more"
    assert not set(NEVER) & _by("api")


def test_the_api_does_nothing_that_no_page_does() -> None:
    assert _by("api") - _by("pages") == set()


def test_an_action_that_a_page_hands_on_without_calling_it_is_seen_too() -> None:
    assert {"places.actions.close_venue", "lessons.bookings.book_party"} <= _by("pages")
