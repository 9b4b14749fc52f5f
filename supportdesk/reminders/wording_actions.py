"""What happens to the words of messages. Messages that are planned get the new words at the next plan; one that was
claimed keeps its own (planning.py), so that none changes while it leaves."""

from __future__ import annotations

from datetime import datetime

from ..core import history
from ..core.access import Actor
from ..core.db import db, insert_or_leave
from ..core.edits import for_editing
from ..core.errors import NotFound
from ..messages.rules import Language
from . import wording, wording_queries, wording_tried
from .models import Wording
from .wording_rules import Template, cleaned


def subject(template: Template, language: Language = Language.JAPANESE) -> str:
    """The key under which the history knows a template in one language."""
    return f"wording:{template}" + ("" if language is Language.JAPANESE else f":{language}")


def change_words(
    template: Template, typed: str, version: int, *, language: Language = Language.JAPANESE, by: Actor, now: datetime
) -> None:
    """Say it in the office's own words from now on. `version`: as the editor saw it, 0 for words never changed.

    Raises ChangedMeanwhile, NotFound for a call in another language than Japanese, and Refusal with the sentence of
    the first rule that the words break.
    """
    default, words = _packaged(template, language), cleaned(typed)
    tried = wording_tried.try_out(template, words, wording_queries.town(), language)
    if tried.problems:
        raise tried.problems[0]
    _put(template, language, None if words == default else words, version, by=by, now=now)


def back_to_default(
    template: Template, version: int, *, language: Language = Language.JAPANESE, by: Actor, now: datetime
) -> None:
    """Use the packaged words again. Raises ChangedMeanwhile, NotFound."""
    _put(template, language, None, version, by=by, now=now)


def _packaged(template: Template, language: Language) -> str:
    if language not in template.languages:
        raise NotFound("This entry does not exist.")
    return wording.packaged(language)[template]


def _put(
    template: Template, language: Language, words: str | None, version: int, *, by: Actor, now: datetime
) -> None:
    default = _packaged(template, language)
    insert_or_leave(Wording, name=template.value, language=language, words=None, version=0)
    row = for_editing(Wording, (template.value, language), version)
    before, row.words = row.words, words
    if before == words:
        return
    db.session.flush()
    history.record(
        "wording.changed" if words else "wording.reset",
        subject(template, language),
        by=by,
        now=now,
        version=row.version,
        # The office's own texts, which name nobody: here the history may repeat them.
        changed={"words": [before or default, words or default]},
    )
