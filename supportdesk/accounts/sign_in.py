"""Signing in and out, by the sign-in library; and who the person of a request is."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, flash, render_template, request, session
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import user_logged_in, user_logged_out
from flask_security import LoginForm, Security, SQLAlchemyUserDatastore
from flask_security.utils import login_user
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from ..core import clock, history, logs
from ..core.access import Actor
from ..core.db import db, transaction
from ..core.errors import Refusal
from ..core.forms import LINE
from . import actions, passwords, queries, rules
from .models import User, UserRole
from .web_sessions import DatabaseSessions

log = logging.getLogger(__name__)

WRONG_PAIR = "The user name or the password is not right."


class SignInForm(LoginForm):
    """The sign-in library's form with our fields and our way of proving who somebody is."""

    username = StringField(
        _l("User name"),
        validators=[DataRequired(_l("Please write your user name.")), Length(max=LINE)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        validators=[DataRequired(_l("Please write your password.")), Length(max=LINE)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()
    email = None
    # A remembered sign-in would survive the end of its session row.
    remember = None
    retry_after = 0

    def validate_next(self, field: HiddenField) -> None:
        """Not a fault of the person: the library drops an address that leads out and goes to the first
        page."""

    def validate(self, **kwargs: Any) -> bool:
        if not super(LoginForm, self).validate(**kwargs):
            return False
        try:
            self.user = prove_password(self.username.data, self.password.data, now=clock.now())
        except Refusal as refusal:
            self.retry_after = retry_after(refusal)
            self.form_errors.append(gettext(refusal.message, **refusal.params))
        return self.user is not None


def install(app: Flask) -> None:
    app.session_interface = DatabaseSessions()
    app.config.from_mapping(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  the name of a method
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        # Argon2 salts by itself. The library's extra HMAC would tie every password to a key outside the
        # database: a backup restored on another machine would know nobody.
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"username": {"mapper": rules.username_of}}],
        # SignInForm gives one answer to every wrong pair itself. The library's way of doing so would also
        # hide "please write your password" from its field.
        SECURITY_RETURN_GENERIC_RESPONSES=False,
        SECURITY_LOGIN_USER_TEMPLATE="accounts/login.html",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_STATIC_FOLDER=None,
        # Brings the library's page for asking once more; comes with the second factor.
        SECURITY_FRESHNESS=timedelta(minutes=-1),
        SECURITY_FLASH_MESSAGES=False,
    )
    datastore = SQLAlchemyUserDatastore(db, User, UserRole)
    security = Security(app, datastore, login_form=SignInForm, render_template=_page)
    # No door beside the page: the library would also answer JSON, and hand out tokens there.
    security.want_json(lambda _request: False)
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end, app)


def load_actor() -> Actor | None:
    """The signed-in person, read anew at every request, so that a disabled or ended account ends at once; whose days
    are over meets the reason on the sign-in page."""
    if "user_row" not in session:
        return None
    user = db.session.get(User, session["user_row"])
    now = clock.now()
    known = user is not None and session.get("_user_id") == user.fs_uniquifier and user.active
    if user is None or not known or not _may_enter(user, now):
        # Otherwise the library, which knows no last day, would take the sign-in page for done.
        session.clear()
        if user is not None and known and (why := _not_today(user, now)):
            flash(gettext(why.message, **why.params), "warning")
        return None
    return Actor(user.id, user.name, user.role_set)


def prove_password(username: str, password: str, *, now: datetime) -> User:
    """The person whose user name and password these are. Raises Refusal: one sentence for a wrong pair, an
    unknown user name and a disabled account, after the same work; or `too-many-tries`. Whoever knows the password is
    told that the account has not begun or has ended (`not-begun`, `ended`)."""
    count_try(username, now=now)
    user = queries.by_username(username)
    good = passwords.matches(password, user.password if user else None)
    if user is None or not good or not user.active:
        raise Refusal(WRONG_PAIR, code="wrong-pair")
    _check_days(user, now)
    with transaction():
        actions.forgive_try(username, network())
        history.record("user.signed_in", f"user:{user.id}", by=actor_of(user), now=now)
    return user


def prove_code(username: str, code: str, *, now: datetime) -> tuple[User, str]:
    """The person whose one-time code this is, and its hash. Raises Refusal as `prove_password` does."""
    count_try(username, now=now)
    user = queries.by_username(username)
    open_code = queries.open_code(user.id, now) if user else None
    good = passwords.matches(rules.code_of(code), open_code.code_hash if open_code else None)
    if user is None or open_code is None or not good or not user.active:
        raise Refusal(actions.WRONG_CODE, code="wrong-code")
    _check_days(user, now)
    return user, open_code.code_hash


def prove_current(user: User, password: str, *, now: datetime) -> None:
    """Raises Refusal unless the person at this browser knows the password; counted like any other try."""
    count_try(user.username, now=now)
    if not passwords.matches(password, user.password):
        raise Refusal("This is not your password.", code="wrong-password", field="current")


def count_try(username: str, *, now: datetime) -> None:
    with transaction():
        actions.note_try(username, network(), now=now)


def network() -> str:
    """The address this request comes from; behind our own proxies the one they name (app.py)."""
    return request.remote_addr or ""


def retry_after(refusal: Refusal) -> int:
    """Seconds to wait, for the header; 0 if the refusal is about something else."""
    return int(refusal.params.get("seconds") or refusal.params.get("minutes", 0) * 60)


def open_session_for(user: User) -> None:
    """Sign this browser in, under a new session id."""
    login_user(user, remember=False, authn_via=["password"])


def actor_of(user: User) -> Actor:
    return Actor(user.id, user.name, user.role_set)


def _may_enter(user: User, now: datetime) -> bool:
    today = clock.local_date(now)
    return rules.in_force(active=user.active, first_day=user.first_day, last_day=user.last_day, today=today)


def _not_today(user: User, now: datetime) -> Refusal | None:
    return rules.why_not_in_force(first_day=user.first_day, last_day=user.last_day, today=clock.local_date(now))


def _check_days(user: User, now: datetime) -> None:
    if why := _not_today(user, now):
        raise why


def _page(template: str, **context: Any) -> tuple[str, int, dict[str, str]]:
    form = context["login_user_form"]
    if form.retry_after:
        return too_many_tries(template, form.retry_after, form=form)
    return render_template(template, form=form), 422 if form.errors else 200, {}


def too_many_tries(template: str, seconds: int, **context: Any) -> tuple[str, int, dict[str, str]]:
    """The form again, with the wait in its summary and the reference of this answer."""
    log.info("too many tries", extra={"status": 429})
    html = render_template(template, reference=logs.reference(), **context)
    return html, 429, {"Retry-After": str(seconds)}


def _begin(_app: Flask, user: User) -> None:
    for name in ("_remember", "_remember_seconds", "csrf_token"):
        session.pop(name, None)
    session["user_row"] = user.id
    session.renew()  # type: ignore[attr-defined]


def _end(_app: Flask, user: User) -> None:
    session.clear()
    if user.is_authenticated:
        with transaction():
            history.record("user.signed_out", f"user:{user.id}", by=actor_of(user), now=clock.now())
