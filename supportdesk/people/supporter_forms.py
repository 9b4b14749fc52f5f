"""The forms about supporters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField, TelField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from ..accounts.models import User
from ..core.answers import NEEDED, at_most, choices
from ..core.edits import at_field
from ..core.errors import Refusal
from ..core.filters import telephone
from ..core.forms import DeskForm, OnceForm, VersionedForm
from ..core.i18n import WEEKDAYS
from ..core.japan import calendar
from ..messages.rules import Language
from ..messages.words import LANGUAGE
from ..office.models import Topic
from . import supporter_words as words
from .rules import Wish
from .supporter_data_rules import WISHES, SupporterData, whole_year
from .supporter_queries import Papers, Wanted
from .supporter_rules import Available, Off, SupporterKind, Term
from .words import FIELD, WISH


def _day_or_none(form: DeskForm, name: str) -> date | None:
    typed = (form[name].data or "").strip()
    with at_field(name):
        return calendar.parse_day(typed) if typed else None


class SupporterForm(DeskForm):
    kana = StringField(
        _l("Name in kana"), [InputRequired(_l("Please write the name in kana.")), at_most(80)],
        render_kw={"autofocus": True},
    )  # fmt: skip
    name = StringField(_l("Name"), [NEEDED, at_most(80)])
    kind = SelectField(
        _l("Kind of supporter"), choices=choices(words.SUPPORTER_KIND), coerce=SupporterKind,
        default=SupporterKind.VOLUNTEER,
    )  # fmt: skip
    district_code = SelectField(_l("Home district"), coerce=lambda value: value or None, default="")
    telephone = TelField(_l("Telephone"), [at_most(40)])
    fax = BooleanField(_l("This number is a FAX"))
    wish = SelectField(
        _l("How to be told"), choices=choices({wish: WISH[wish] for wish in WISHES}), coerce=Wish, default=Wish.PERSON
    )
    language = SelectField(
        FIELD["language"], choices=choices(LANGUAGE), coerce=Language, default=Language.JAPANESE
    )
    badge = StringField(_l("Number of the badge"), [at_most(40)])
    trained_on = StringField(_l("Training done on"), [at_most(40)])
    pledged_on = StringField(_l("Pledge received on"), [at_most(40)])
    user_id = SelectField(
        _l("Account for the tablet"), coerce=lambda value: int(value) if value else None, default=""
    )
    skills = SelectMultipleField(
        _l("Can help with"), choices=[], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def offer(self, districts: Mapping[str, str], topics: Sequence[Topic], accounts: Sequence[User]) -> None:
        """Fill the lists."""
        self.district_code.choices = choices(districts, _l("Not known"))
        self.skills.choices = choices({row.code: row.label for row in topics})
        self.user_id.choices = choices({row.id: f"{row.name} ({row.username})" for row in accounts}, _l("None"))

    def supporter(self) -> SupporterData:
        """What was typed, read. Raises Refusal at the field that cannot be read."""
        plain = ("name", "kana", "kind", "district_code", "telephone", "fax", "wish", "language", "badge", "user_id")
        return SupporterData(
            **{name: self[name].data for name in plain},
            trained_on=_day_or_none(self, "trained_on"), pledged_on=_day_or_none(self, "pledged_on"),
            skills=tuple(self.skills.data or ()),
            hours=tuple(hours for weekday in range(7) if (hours := self._hours(weekday)) is not None),
        )  # fmt: skip

    def _hours(self, weekday: int) -> Available | None:
        names = (f"from_{weekday}", f"until_{weekday}")
        typed = [(self[name].data or "").strip() for name in names]
        if not any(typed):
            return None
        times = []
        for name, text in zip(names, typed, strict=True):
            if not text:
                raise Refusal("Please write from when and until when.", code="half-hours", field=name)
            with at_field(name):
                times.append(calendar.parse_time(text))
        return Available(weekday, *times)


for _weekday, _name in enumerate(WEEKDAYS):
    setattr(SupporterForm, f"from_{_weekday}", StringField(_l("%(day)s, from", day=_name), [at_most(20)]))
    setattr(SupporterForm, f"until_{_weekday}", StringField(_l("%(day)s, until", day=_name), [at_most(20)]))


class AddSupporterForm(SupporterForm, OnceForm):
    pass


class EditSupporterForm(SupporterForm, VersionedForm):
    pass


def supporter_answers(data: SupporterData, version: int) -> dict[str, Any]:
    """What the form shows of a stored supporter."""
    shown = asdict(data) | {"telephone": _shown_number(data.telephone), "version": str(version)}
    for name in ("trained_on", "pledged_on"):
        shown[name] = _shown_day(getattr(data, name))
    for hours in data.hours:
        shown[f"from_{hours.weekday}"] = f"{hours.from_time:%H:%M}"
        shown[f"until_{hours.weekday}"] = f"{hours.until_time:%H:%M}"
    return shown


def _shown_number(number: str) -> str:
    return telephone(number) if number else ""


def _shown_day(day: date | None) -> str:
    return f"{day:%Y-%m-%d}" if day else ""


class TermForm(DeskForm):
    fiscal_year = SelectField(_l("Fiscal year"), choices=[], coerce=int)
    from_day = StringField(_l("Term from"), [at_most(40)])
    until_day = StringField(_l("Term until"), [at_most(40)])
    insured_on = StringField(_l("Insured from"), [at_most(40)])

    def offer(self, today: date) -> None:
        """The running fiscal year, the one before and the one after."""
        years = range(calendar.fiscal_year(today) - 1, calendar.fiscal_year(today) + 2)
        self.fiscal_year.choices = choices({year: calendar.fiscal_label(year) for year in years})
        self.fiscal_year.default = calendar.fiscal_year(today)

    def term(self) -> Term:
        """Days that are left empty are those of the whole year. Raises Refusal."""
        whole = whole_year(self.fiscal_year.data)
        return Term(
            whole.fiscal_year, _day_or_none(self, "from_day") or whole.from_day,
            _day_or_none(self, "until_day") or whole.until_day, _day_or_none(self, "insured_on"),
        )  # fmt: skip


class TakeTermBackForm(DeskForm):
    fiscal_year = HiddenField()


class OffForm(OnceForm):
    from_day = StringField(_l("First day off"), [NEEDED, at_most(40)])
    until_day = StringField(_l("Last day off, if there are several"), [at_most(40)])
    reason = StringField(_l("Reason, if it is to be known"), [at_most(100)])

    def off(self) -> Off:
        """Raises Refusal."""
        first = _day_or_none(self, "from_day")
        assert first is not None  # it is needed
        return Off(first, _day_or_none(self, "until_day") or first)


class TakeOffBackForm(DeskForm):
    off_id = HiddenField()


class RenewForm(DeskForm):
    supporter_ids = SelectMultipleField(
        _l("Whose term is renewed"), choices=[], coerce=int, widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(), validators=[InputRequired(_l("Please tick at least one name."))],
    )  # fmt: skip
    insured_on = StringField(_l("Insured from"), [at_most(40)])
    pledged_on = StringField(_l("Pledge received on"), [at_most(40)])

    def days(self) -> dict[str, date | None]:
        """Raises Refusal."""
        return {name: _day_or_none(self, name) for name in ("insured_on", "pledged_on")}


class SupporterFilter(DeskForm):
    """Which supporters the list shows; asked with GET, so that the address can be kept."""

    class Meta:
        csrf = False

    district = SelectField(_l("Home district"), choices=[], validate_choice=False)
    skill = SelectField(_l("Can help with"), choices=[], validate_choice=False)
    kind = SelectField(
        _l("Kind of supporter"), choices=choices(words.SUPPORTER_KIND, _l("All")), validate_choice=False
    )
    papers = SelectField(_l("Papers"), choices=choices(words.PAPERS, _l("All")), validate_choice=False)
    left = BooleanField(_l("Those who left"))

    def offer(self, districts: Mapping[str, str], topics: Sequence[Topic]) -> None:
        """Fill the lists."""
        self.district.choices = choices(districts, _l("All"))
        self.skill.choices = choices({row.code: row.label for row in topics}, _l("All"))

    def wanted(self) -> Wanted:
        """What an address asks for; what it names wrongly is not asked for."""
        kind, papers = self.kind.data, self.papers.data
        return Wanted(
            district=self.district.data or "", skill=self.skill.data or "",
            kind=SupporterKind(kind) if kind in set(SupporterKind) else None,
            papers=Papers(papers) if papers in set(Papers) else None, left=self.left.data,
        )  # fmt: skip
