"""How long every text becomes at the worst: the table of docs/texts.md, made by
`python -m tests.reminders.texts_table > docs/texts.md` and held against it by a test."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from supportdesk.core.clock import TOKYO
from supportdesk.lessons.change_rules import Standing
from supportdesk.messages.providers import sms
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import Language
from supportdesk.office.settings import OfficeSettings
from supportdesk.places.rules import english_name
from supportdesk.reminders import change_wording, wording, wording_rules
from supportdesk.reminders.rules import Matter
from supportdesk.reminders.wording_rules import Template

SAMPLE = Path(wording.__file__).parent.parent / "sample_town"
VENUES = json.loads((SAMPLE / "venues.json").read_text(encoding="utf-8"))
OFFICE = OfficeSettings(
    sender="【南島原市】", sender_en="Minamishimabara City", sender_spoken="みなみしまばらし", telephone="0957-00-0001"
)
# Two digits in month and day, and the hours that take most room.
LONGEST = [datetime(2026, 12, 23, hour, minute, tzinfo=TOKYO) for hour, minute in ((10, 30), (13, 30), (11, 45))]
PERSONS = (1, 2, 3, 12)
# Of the town's own venues: a text of several names two of them, and has a test of its own (test_together.py).
TEXTS = [template for template in Template if not template.spoken and template is not Template.TEXT_SEVERAL]
IN_WORDS = {Language.JAPANESE: "日本語", Language.EASY: "やさしい日本語", Language.ENGLISH: "English"}

HEAD = f"""# How long the texts become

Every packaged text with each of the {len(VENUES)} venues of the reference data (English names derived from the kana),
the date and hours that take most room and up to 12 people, in each language, as it is counted: Japanese in UTF-16 units
(70 are one text, 134 two), English in letters of the GSM alphabet (160 are one text, and it never becomes two).
`tests/reminders/test_languages.py` holds this page against the texts; after a change of a text write it anew with
`python -m tests.reminders.texts_table > docs/texts.md`.
"""


def every_text(template: Template, language: Language, venue: dict[str, str]) -> Iterator[str]:
    """This text for this venue with every worst hour and number of people."""
    words = wording.packaged(language)
    english = english_name("", venue["name_kana"])
    for moment in LONGEST:
        there = Standing(moment, 0, False, venue["sample_short_name"], venue["name_kana"], venue_en=english)
        if template.of_change:
            values = change_wording.text_values(there, there, OFFICE, language, moment)
            yield wording_rules.fill(words[template], values)
            continue
        if template is Template.TEXT_TRIAL:
            yield wording.of_trial(Channel.SMS, OFFICE, {language: words}, language)["body"]
            continue
        matter = Matter.REMINDER if template is Template.TEXT_TOGETHER else Matter(template.value.removeprefix("text_"))
        name = english if language is Language.ENGLISH else venue["sample_short_name"]
        for persons in (1,) if template is Template.TEXT_REMINDER else PERSONS:
            if template is not Template.TEXT_TOGETHER or persons > 1:
                yield wording.text(matter, moment, name, persons, OFFICE, words, moment, language=language)


def worst(template: Template, language: Language) -> str:
    """The longest of them over all venues."""
    return max((text for venue in VENUES for text in every_text(template, language, venue)), key=sms.length)


def table() -> Iterator[str]:
    yield HEAD
    yield "| Text | Language | At the worst | Parts | The longest |"
    yield "|---|---|---:|---:|---|"
    for template in TEXTS:
        for language in template.languages:
            text = worst(template, language)
            count = f"{sms.length(text)} | {sms.segments(text)}"
            yield f"| `{template.value}` | {IN_WORDS[language]} | {count} | {text} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(table()) + "\n")
