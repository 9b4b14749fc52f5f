"""Forms about the people who work here."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, PasswordField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, EqualTo, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from ..core.access import Role
from ..core.answers import choices
from ..core.forms import LINE, DeskForm, OnceForm, VersionedForm
from ..core.japan.text import clean_line
from . import words
from .actions import Account
from .rules import NAME_LETTERS


class UsernameField(DeskForm):
    """Before the others, so that the summary of errors has the order of the page."""

    username = StringField(
        _l("User name"),
        validators=[DataRequired(_l("Please write a user name.")), Length(max=LINE)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


class AccountFields(DeskForm):
    name = StringField(_l("Name"), validators=[DataRequired(_l("Please write the name.")), Length(max=NAME_LETTERS)])
    roles = SelectMultipleField(
        _l("Roles"),
        choices=choices(words.ROLE),
        coerce=Role,
        validators=[DataRequired(_l("Please choose at least one role."))],
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    first_day = DateField(_l("First day"), validators=[DataRequired(_l("Please write the first day."))])
    last_day = DateField(_l("Last day"), validators=[Optional()])

    @property
    def account(self) -> Account:
        """What was typed. Only after `validate`."""
        first_day = self.first_day.data
        assert first_day is not None
        roles = frozenset(self.roles.data or ())
        return Account(clean_line(self.name.data or ""), roles, first_day, self.last_day.data)


class AddForm(UsernameField, AccountFields, OnceForm):
    pass


class EditForm(AccountFields, VersionedForm):
    pass


class CodeForm(OnceForm):
    """The button that makes a new one-time code."""


class NewPasswordFields(DeskForm):
    password = PasswordField(
        _l("New password"),
        validators=[DataRequired(_l("Please write a new password."))],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("New password once more"),
        validators=[
            DataRequired(_l("Please write the new password once more.")),
            EqualTo("password", _l("The two passwords are not the same.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )


class ChangePasswordForm(NewPasswordFields):
    current = PasswordField(
        _l("Password now"),
        validators=[DataRequired(_l("Please write your password.")), Length(max=LINE)],
        render_kw={"autocomplete": "current-password"},
    )


class UseCodeForm(NewPasswordFields):
    username = StringField(
        _l("User name"),
        validators=[DataRequired(_l("Please write your user name.")), Length(max=LINE)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    code = StringField(
        _l("One-time code"),
        validators=[DataRequired(_l("Please write the one-time code.")), Length(max=LINE)],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"},
    )
