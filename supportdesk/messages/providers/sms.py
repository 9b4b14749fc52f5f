"""How long a text is on the air: UTF-16 units, and the parts that are billed."""

from __future__ import annotations

from collections.abc import Callable

# 3GPP TS 23.038, 6.2.1: the default alphabet, and the extension table whose characters take two places.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = frozenset("\f^{}\\[~]|€")


def units(text: str) -> int:
    """Length in UTF-16 units, as Japanese texts are counted: 𠮷 and most emoji take two."""
    return sum(_utf16_units(character) for character in text)


def segments(text: str) -> int:
    """Parts a text is sent and billed in (0 for no text)."""
    return len(parts(text))


def is_gsm(letter: str) -> bool:
    """Whether this character is in the GSM alphabet. One that is not makes the whole text UCS-2."""
    return letter in _GSM or letter in _GSM_EXTENSION


def length(text: str) -> int:
    """How many places a text takes of those that `parts` counts: of 160 in the GSM alphabet, else of 70."""
    return sum(map(_gsm_places, text)) if all(map(is_gsm, text)) else units(text)


def parts(text: str) -> list[str]:
    """The parts a text is sent in, as an old telephone shows them singly.

    160 places (153 a part when there are more) if every character is in the GSM alphabet, else 70 units
    (67 a part): one character outside makes the whole text UCS-2. A character is never cut in two.
    """
    if all(map(is_gsm, text)):
        return _cut(text, _gsm_places, alone=160, each=153)
    return _cut(text, _utf16_units, alone=70, each=67)


def _gsm_places(character: str) -> int:
    return 2 if character in _GSM_EXTENSION else 1


def _utf16_units(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1


def _cut(text: str, size: Callable[[str], int], *, alone: int, each: int) -> list[str]:
    if sum(map(size, text)) <= alone:
        return [text] if text else []
    found, free = [""], each
    for character in text:
        if size(character) > free:
            found.append("")
            free = each
        found[-1] += character
        free -= size(character)
    return found
