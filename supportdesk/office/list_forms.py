"""What is asked about districts and topics."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TextAreaField

from ..core.answers import NEEDED, NumberField, at_most, choices
from ..core.edits import at_field
from ..core.forms import DeskForm, OnceForm, VersionedForm
from . import list_rules as rules
from .list_actions import DistrictData, TopicData
from .list_words import REFERRAL_PLACE
from .models import District


class CodeForm(OnceForm):
    code = StringField(_l("Code"), [at_most(40)])


class DistrictForm(DeskForm):
    name = StringField(_l("Name of the district"), [NEEDED, at_most(40)])
    name_kana = StringField(_l("Name in kana"), [NEEDED, at_most(60)])
    town_name = StringField(_l("Name of the former town"), [at_most(40)])
    centre = StringField(_l("Latitude and longitude of its centre"), [NEEDED, at_most(60)])
    sort_order = NumberField(_l("Place in the list"))

    def district(self) -> DistrictData:
        """Raises Refusal when the place on the map cannot be read."""
        with at_field("centre"):
            latitude, longitude = rules.parse_point(self.centre.data or "")
        return DistrictData(
            self.name.data or "", self.name_kana.data or "", latitude, longitude, self.town_name.data or "",
            self.sort_order.data,
        )  # fmt: skip


class AddDistrictForm(CodeForm, DistrictForm):
    pass


class EditDistrictForm(DistrictForm, VersionedForm):
    pass


def district_answers(row: District) -> dict[str, str]:
    """What the form shows of a district that its columns do not hold."""
    return {"centre": f"{row.latitude}, {row.longitude}"}


class TopicForm(DeskForm):
    label = StringField(_l("What the topic is called"), [NEEDED, at_most(60)])
    group = StringField(_l("Group"), [NEEDED, at_most(20)])
    first_route = SelectField(_l("Goes first to"), choices=choices(REFERRAL_PLACE))
    urgent = BooleanField(_l("Urgent: one must not wait"))
    staff_note = TextAreaField(_l("What to mind"), [at_most(400)])
    sort_order = NumberField(_l("Place in the list"))

    def topic(self) -> TopicData:
        return TopicData(
            self.label.data or "", self.group.data or "", self.first_route.data, self.urgent.data,
            self.staff_note.data or "", self.sort_order.data,
        )  # fmt: skip


class AddTopicForm(CodeForm, TopicForm):
    pass


class EditTopicForm(TopicForm, VersionedForm):
    pass
