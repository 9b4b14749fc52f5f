"""Words tried out before the office may use them: with the town's longest venue, on the day that takes most room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from ..core.clock import at
from ..core.errors import Refusal
from ..lessons.change_rules import Standing
from ..messages.providers import sms, voice
from ..messages.rules import Language
from ..office.settings import OfficeSettings
from . import change_wording, wording
from . import wording_rules as rules
from .rules import Visit
from .wording_rules import Template

# Two digits in month and day, and an hour that takes most room.
WORST_DAY = at(date(2026, 12, 23), time(11, 30))


@dataclass(frozen=True)
class Town:
    """What of a town decides how long its messages become, and what they must not betray. The names are those of its
    longest venue, each of the one that is longest there."""

    office: OfficeSettings
    venue: str
    venue_kana: str
    titles: Sequence[str]
    venue_en: str = "Futsu Hoken Fukushi Center"


@dataclass(frozen=True)
class Tried:
    """Words tried out with the town's longest venue on the worst day: what would be said, and why it may not be.

    `units` and `parts` are those of a text: as it is counted (sms.length), and what an old telephone shows one after
    the other."""

    said: tuple[str, ...]
    problems: list[Refusal]
    units: int = 0
    parts: Sequence[str] = ()


def example(template: Template, town: Town, language: Language = Language.JAPANESE) -> dict[str, str]:
    """What stands for each placeholder in a message to two people at the longest venue."""
    if template.of_change:
        worst = Standing(WORST_DAY, 0, False, town.venue, town.venue_kana, venue_en=town.venue_en)
        if template.spoken:
            values = change_wording.spoken_values(worst, worst, town.office, WORST_DAY)
        else:
            values = change_wording.text_values(worst, worst, town.office, language, WORST_DAY)
    elif "visits" in rules.PLACEHOLDERS[template]:
        later = WORST_DAY + timedelta(hours=5)
        two = [Visit(0, hour, town.venue, town.venue_kana, 1) for hour in (WORST_DAY, later)]
        values = (wording.several_spoken_values if template.spoken else wording.several_text_values)(two, town.office)
    elif template.spoken:
        values = wording.spoken_values(WORST_DAY, town.venue_kana, 2, town.office, WORST_DAY)
    else:
        venue = town.venue_en if language is Language.ENGLISH else town.venue
        values = wording.text_values(WORST_DAY, venue, 2, town.office, WORST_DAY, language)
    return {name: values[name] for name in (*rules.PLACEHOLDERS[template], *rules.OPTIONAL.get(template, ()))}


def try_out(template: Template, words: str, town: Town, language: Language = Language.JAPANESE) -> Tried:
    """Whether the office may use these words (as `cleaned` gives them)."""
    said = rules.fill(words, example(template, town, language))
    found = rules.problems(template, words, town.titles, wording.packaged(language)[template], language)
    if not template.spoken:
        found += _uncountable(said, language)
        return Tried((said,), found, sms.length(said), sms.parts(said))
    sentences = tuple(said.splitlines())
    try:
        if words:
            voice.twiml(sentences)
    except Refusal as refusal:
        refusal.field = "words"
        found.append(refusal)
    return Tried(sentences, found)


def _uncountable(said: str, language: Language) -> list[Refusal]:
    """What is wrong with a text as it would be counted."""
    strange = [letter for letter in said if not sms.is_gsm(letter)] if language is Language.ENGLISH else ()
    found = (rules.not_plain(strange), rules.too_long(sms.length(said), language))
    return [one for one in found if one is not None]
