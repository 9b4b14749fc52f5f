"""Pages about one's own password, and the administrator's pages about people."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ..core import clock, operations
from ..core.access import Role, current_actor, open_to, open_to_everybody, open_to_signed_in
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.forms import DeskForm
from ..core.paging import page_of
from . import actions, passwords, queries, rules, sign_in
from .forms import ROLE_NAMES, AddForm, ChangePasswordForm, CodeForm, EditForm, UseCodeForm
from .models import User

blueprint = Blueprint("accounts", __name__)

Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]] | str


@blueprint.route("/account/code", methods=["GET", "POST"])
@open_to_everybody
def use_code() -> Answer:
    """Choose a password with a one-time code, and be signed in."""
    form, now = UseCodeForm(), clock.now()
    if not form.validate_on_submit():
        return _password_page("accounts/use_code.html", form)
    try:
        rules.check_password(form.password.data, username=form.username.data)
        user, code_hash = sign_in.prove_code(form.username.data, form.code.data, now=now)
        password_hash = passwords.hashed(form.password.data)
        with transaction():
            by = sign_in.actor_of(user)
            actions.choose_password_with_code(user.id, code_hash, password_hash, by=by, now=now)
            actions.forgive_try(user.username, sign_in.network())
    except Refusal as refusal:
        return _password_page("accounts/use_code.html", form, refusal)
    sign_in.open_session_for(user)
    return redirect("/", 303)


@blueprint.route("/account/password", methods=["GET", "POST"])
@open_to_signed_in
def change_password() -> Answer:
    """Change one's own password; every other browser is signed out."""
    form, now, by = ChangePasswordForm(), clock.now(), current_actor()
    if not form.validate_on_submit():
        return _password_page("accounts/change_password.html", form)
    user = queries.user(by.id or 0)
    try:
        rules.check_password(form.password.data, username=user.username)
        sign_in.prove_current(user, form.current.data, now=now)
        password_hash = passwords.hashed(form.password.data)
        with transaction():
            actions.change_password(user.id, password_hash, by=by, now=now)
            actions.forgive_try(user.username, sign_in.network())
    except Refusal as refusal:
        return _password_page("accounts/change_password.html", form, refusal)
    sign_in.open_session_for(user)
    flash(_("The password has been changed."))
    return redirect(url_for("accounts.change_password"), 303)


def _password_page(template: str, form: FlaskForm, refusal: Refusal | None = None) -> Answer:
    if isinstance(form, DeskForm) and refusal:
        form.refuse(refusal)
    html = render_template(template, form=form, shortest=rules.SHORTEST_PASSWORD)
    if refusal and (seconds := sign_in.retry_after(refusal)):
        return html, 429, {"Retry-After": str(seconds)}
    return html, 422 if request.method == "POST" else 200
