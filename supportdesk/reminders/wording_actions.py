"""What happens to the words of messages. Messages that are planned get the new words at the next plan; one that was
claimed keeps its own (planning.py), so that none changes while it leaves."""

from __future__ import annotations

from datetime import datetime

from ..core import history
from ..core.access import Actor
from ..core.db import db, insert_or_leave
from ..core.edits import for_editing
from . import wording, wording_queries
from .models import Wording
from .wording_rules import Template, cleaned


def subject(template: Template) -> str:
    """The key under which the history knows a template."""
    return f"wording:{template}"


def change_words(template: Template, typed: str, version: int, *, by: Actor, now: datetime) -> None:
    """Say it in the office's own words from now on. `version`: as the editor saw it, 0 for words never changed.

    Raises ChangedMeanwhile, and Refusal with the sentence of the first rule that the words break.
    """
    words = cleaned(typed)
    tried = wording.try_out(template, words, wording_queries.town())
    if tried.problems:
        raise tried.problems[0]
    _put(template, None if words == wording.packaged()[template] else words, version, by=by, now=now)


def back_to_default(template: Template, version: int, *, by: Actor, now: datetime) -> None:
    """Use the packaged words again. Raises ChangedMeanwhile."""
    _put(template, None, version, by=by, now=now)


def _put(template: Template, words: str | None, version: int, *, by: Actor, now: datetime) -> None:
    insert_or_leave(Wording, name=template.value, words=None, version=0)
    row = for_editing(Wording, template.value, version)
    before, row.words = row.words, words
    if before == words:
        return
    db.session.flush()
    default = wording.packaged()[template]
    history.record(
        "wording.changed" if words else "wording.reset",
        subject(template),
        by=by,
        now=now,
        version=row.version,
        # The office's own texts, which name nobody: here the history may repeat them.
        changed={"words": [before or default, words or default]},
    )
