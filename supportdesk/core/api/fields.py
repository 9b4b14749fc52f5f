"""Kinds of answers in a body or a query, read as the forms read them: any width, no My Number, no NUL, none overlong.

What comes in may be written in every way that a form takes (１０, 令和8年7月15日); what goes out is plain JSON and ISO.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from flask import g
from flask_babel import gettext
from marshmallow import ValidationError, fields

from .. import clock
from ..errors import Refusal
from ..forms import LINE, MY_NUMBER_SENTENCE
from ..japan import calendar
from ..japan.my_number import contains_my_number
from ..japan.text import nfkc

# Nine digits fit the databases' integers.
GREATEST = 999_999_999
OTHER_KIND = "This is of another kind than asked for."
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,15})?")
# No keyboard types them and no database keeps them.
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


class _Spoken(fields.Field[Any]):
    """A field with our sentences, in the language of the request. `shape` and `about` go into the document."""

    def __init__(self, *args: Any, shape: Mapping[str, Any] | None = None, about: str = "", **more: Any) -> None:
        described = {"description": about} if about else {}
        super().__init__(*args, metadata={**(shape or {}), **described}, **more)

    def make_error(self, key: str, **_params: Any) -> ValidationError:
        missing = key in ("required", "null")
        return ValidationError(gettext("Please fill this in.") if missing else gettext(OTHER_KIND))


class Text(_Spoken, fields.String):
    """A text of so many characters. Refuses a My Number, which is counted and goes nowhere."""

    def __init__(
        self, most: int = LINE, *, least: int = 0, shape: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        # A NUL is left out (see _UNKEEPABLE), so that a text of nothing else is none.
        length = {"maxLength": most} | ({"minLength": least, "pattern": "[^\\u0000]"} if least else {})
        super().__init__(shape=length | dict(shape or {}), **more)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        text = _UNKEEPABLE.sub("", value)
        if contains_my_number(text):
            g.my_numbers_turned_away = g.get("my_numbers_turned_away", 0) + 1
            raise ValidationError(gettext(str(MY_NUMBER_SENTENCE)))
        if len(text) < self.least:
            raise self.make_error("required")
        # As it was sent, as the document promises, and not what is left of it.
        if len(value) > self.most:
            raise ValidationError(
                gettext("Please write at most %(most)s characters (now %(now)s).", most=self.most, now=len(value))
            )
        return self.understand(text)

    def understand(self, text: str) -> Any:
        """What the text means. A Refusal becomes the field's error."""
        return text


class _Read(Text):
    """A text that is read by a rule of the house."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **more)
        except Refusal as refusal:
            raise ValidationError(gettext(refusal.message, **refusal.params)) from None


class Day(_Read):
    """A calendar day of the town: 2026-07-15 (taken in every way that a form takes)."""

    def __init__(self, **more: Any) -> None:
        super().__init__(40, shape={"format": "date"}, **more)

    def understand(self, text: str) -> date:
        return calendar.parse_day(text)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str | None:
        return None if value is None else value.isoformat()


class Hour(_Read):
    """A time on the town's wall clock: 13:30 (taken in every way that a form takes)."""

    def __init__(self, **more: Any) -> None:
        super().__init__(40, shape={"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "example": "13:30"}, **more)

    def understand(self, text: str) -> time:
        return calendar.parse_time(text)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str | None:
        return None if value is None else f"{value:%H:%M}"


class Moment(_Read):
    """An instant with its offset, RFC 3339. Goes out on the town's wall clock (+09:00)."""

    def __init__(self, **more: Any) -> None:
        super().__init__(40, shape={"format": "date-time"}, **more)

    def understand(self, text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(nfkc(text).strip())
            if moment.tzinfo is None or not 1900 <= moment.year < 2200:
                raise ValueError("no offset, or a year that nobody means")
        except ValueError:
            raise Refusal("Please write day, time and offset, like 2026-06-15T08:30:00+09:00.") from None
        return moment.astimezone(UTC)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str | None:
        return None if value is None else clock.local(value).isoformat()


class OneOf(_Read):
    """A word of a list."""

    def __init__(self, words: type[StrEnum] | tuple[str, ...], **more: Any) -> None:
        self.words = tuple(words)
        super().__init__(shape={"enum": [str(word) for word in self.words]}, **more)

    def understand(self, text: str) -> str:
        for word in self.words:
            if text == word:
                return word
        raise Refusal("Please write one of these words: %(words)s.", words=", ".join(self.words))


class Uuid(_Spoken, fields.Raw):
    """A UUID. Not asked for a My Number: of those made by chance, one in some thousands looks like one."""

    def __init__(self, **more: Any) -> None:
        super().__init__(shape={"type": "string", "format": "uuid"}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        try:
            return str(uuid.UUID(value))
        except (ValueError, TypeError, AttributeError):
            raise ValidationError(gettext("Please write a UUID.")) from None


class Number(_Spoken, fields.Raw):
    """A whole number, or its digits in any width."""

    def __init__(self, least: int = 0, most: int = GREATEST, **more: Any) -> None:
        # Digits in a text are taken and not described, as other ways of writing a day: JSON Schema knows no limits of
        # a number in a text, and would promise more than is taken.
        super().__init__(shape={"type": "integer", "minimum": least, "maximum": most}, **more)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> int:
        number = _whole(value)
        if number is None:
            raise ValidationError(gettext("Please write a whole number in digits."))
        if not self.least <= number <= self.most:
            raise ValidationError(
                gettext("Please write a number from %(least)s to %(most)s.", least=self.least, most=self.most)
            )
        return number


class Decimal(_Spoken, fields.Raw):
    """A number with decimals. Its digits in any width are taken too, and not described."""

    def __init__(self, **more: Any) -> None:
        super().__init__(shape={"type": "number", "minimum": -GREATEST, "maximum": GREATEST}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> float:
        if isinstance(value, str) and _DECIMAL.fullmatch(typed := nfkc(value).strip()):
            return float(typed)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= GREATEST:
            return float(value)
        raise ValidationError(gettext("Please write a number in digits, like 12.5."))


class Flag(_Spoken, fields.Boolean):
    """true or false."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> bool:
        # A query has only texts.
        known = {"true": True, "false": False}
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in known:
            return known[value]
        raise self.make_error("invalid")


class Several(_Spoken, fields.List):
    """A list of at most so many."""

    def __init__(self, inner: fields.Field[Any], most: int = 200, **more: Any) -> None:
        super().__init__(inner, shape={"maxItems": most}, **more)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise ValidationError(gettext("Please send at most %(most)s at once.", most=self.most))
        found: list[Any] = super()._deserialize(value, attr, data, **more)
        return found


class Part(_Spoken, fields.Nested):
    """A schema within a schema."""


def _whole(value: Any) -> int | None:
    if isinstance(value, str):
        typed = nfkc(value).strip()
        return int(typed) if typed.isdecimal() and len(typed) <= 9 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # 3.0 is a whole number to JSON. Infinity and NaN are none to anybody, though Python reads them.
    return int(value) if abs(value) <= GREATEST and value == int(value) else None
