"""What is asked about a branch of the office."""

from __future__ import annotations

from dataclasses import fields

from wtforms import StringField

from ..core.answers import NEEDED, NumberField, at_most
from ..core.forms import DeskForm, OnceForm, VersionedForm
from .branch_actions import BranchData
from .setting_words import BRANCH


class BranchForm(DeskForm):
    name = StringField(BRANCH["name"], [NEEDED, at_most(40)])
    telephone = StringField(BRANCH["telephone"])
    hours = StringField(BRANCH["hours"], [at_most(60)])
    address = StringField(BRANCH["address"], [at_most(120)])
    landmark = StringField(BRANCH["landmark"], [at_most(60)])
    sort_order = NumberField(BRANCH["sort_order"], default=0)

    def branch(self) -> BranchData:
        given = {one.name: self[one.name].data for one in fields(BranchData)}
        return BranchData(**{name: value for name, value in given.items() if value is not None})


class AddBranchForm(BranchForm, OnceForm):
    pass


class EditBranchForm(BranchForm, VersionedForm):
    pass
