"""What a reader of the public timetable chooses; asked with GET, so that an address can be kept and passed on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from ..core.answers import choices
from ..core.filters import month as month_in_words
from ..core.forms import DeskForm
from ..office.models import District, Topic
from .timetable_queries import Wanted
from .timetable_rules import month_named


def switches(asked: Mapping[str, str]) -> dict[str, str]:
    """Large print and furigana, as they stand in every address that leads on from here; anything in them is on."""
    return {name: "1" for name in ("large", "kana") if asked.get(name)}


class ReaderForm(DeskForm):
    """What nobody offered is no choice."""

    class Meta:
        csrf = False

    district = SelectField(_l("District"), choices=[], validate_choice=False)
    topic = SelectField(_l("What it is about"), choices=[], validate_choice=False)
    month = SelectField(_l("Month"), choices=[], validate_choice=False)

    def offer(self, districts: Sequence[District], topics: Mapping[Topic, bool], months: Sequence[date]) -> None:
        """Fill the lists: districts in use, topics that are taught, months with lessons. What else exists can be
        chosen too, and finds nothing: an address that was kept must never find more than it used to."""
        in_use = [row.code for row in districts if row.retired_at is None]
        self._choose(self.district, {row.code: row.name for row in districts}, in_use)
        taught = [row.code for row, is_taught in topics.items() if is_taught]
        self._choose(self.topic, {row.code: row.label for row in topics}, taught)
        named = month_named(self.month.data or "")
        known = {f"{first:%Y-%m}": month_in_words(first) for first in (*months, *([named] if named else ()))}
        self._choose(self.month, known, known)

    @staticmethod
    def _choose(field: SelectField, words: Mapping[str, str], offered: Collection[str]) -> None:
        if field.data not in words:
            field.data = ""
        shown = {code: word for code, word in words.items() if code in offered or code == field.data}
        field.choices = choices(shown, _l("All"))

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.district.data, self.topic.data, month_named(self.month.data))

    @property
    def kept(self) -> dict[str, str]:
        """What is chosen, as it stands in an address."""
        chosen = {name: self[name].data for name in ("district", "topic", "month")}
        return {name: value for name, value in chosen.items() if value}
