"""Those of the sample town who do not get Japanese texts, and what English texts call its venues."""

from __future__ import annotations

from datetime import date

from ..messages.rules import Language
from ..people.rules import Need, TelephoneData

# By their place among the residents: names, reading, language. The names take the place of those that were drawn, so
# that everybody else stays who they are.
FROM_ABROAD = {
    9: ("Nguyen", "グエン", "Thi Lan", "ティラン", Language.EASY),
    17: ("Smith", "スミス", "Mary", "メアリー", Language.ENGLISH),
    33: ("Santos", "サントス", "Maria", "マリア", Language.EASY),
    52: ("Brown", "ブラウン", "Alice", "アリス", Language.ENGLISH),
}
# Where the kana alone runs several words into one.
VENUES = {
    "V301": "Harajo Oasis Center",
    "V401": "Pirotii Culture Center Hinoe",
    "V601": "Arie Korejiyo Hall",
    "V703": "Futsu Seiki no Izumi",
    "V802": "Fukae Furusato Denshokan",
    "V803": "Fukae Kinrosha Kaikan",
    "V804": "Fukae Fureai no Ie",
    "V901": "Minamiarima Digital Salon",
    "V902": "Smartphone class bus",
}


def mobile(place: int, agreed: date) -> tuple[TelephoneData, ...]:
    """Their telephone, so that their texts can be read on the practice telephone."""
    return (TelephoneData(f"090-0000-{9000 + place}", whose="本人", tried_on=agreed, texts_agreed_on=agreed),)


def of(place: int, needs: tuple[Need, ...]) -> Language:
    """The language of texts to the resident at this place."""
    if place in FROM_ABROAD:
        return FROM_ABROAD[place][-1]
    return Language.EASY if Need.EASY_JAPANESE in needs else Language.JAPANESE
