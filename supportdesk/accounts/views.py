"""Pages about one's own password, and the administrator's pages about people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import clock, conflicts, operations
from ..core.access import Role, current_actor, open_to, open_to_everybody, open_to_signed_in
from ..core.db import transaction
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.forms import DeskForm
from ..core.paging import page_of
from . import actions, passwords, queries, rules, sign_in, words
from .forms import AddForm, ChangePasswordForm, CodeForm, EditForm, UseCodeForm
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
    user = queries.user(by.id or 0)
    if not form.validate_on_submit():
        return _password_page("accounts/change_password.html", form, username=user.username)
    try:
        rules.check_password(form.password.data, username=user.username)
        sign_in.prove_current(user, form.current.data, now=now)
        password_hash = passwords.hashed(form.password.data)
        with transaction():
            actions.change_password(user.id, password_hash, by=by, now=now)
            actions.forgive_try(user.username, sign_in.network())
    except Refusal as refusal:
        return _password_page("accounts/change_password.html", form, refusal, username=user.username)
    sign_in.open_session_for(user)
    flash(_("The password has been changed."))
    return redirect(url_for("accounts.change_password"), 303)


def _password_page(template: str, form: DeskForm, refusal: Refusal | None = None, **more: Any) -> Answer:
    if refusal:
        form.refuse(refusal)
    more["shortest"] = rules.SHORTEST_PASSWORD
    if refusal and (seconds := sign_in.retry_after(refusal)):
        return sign_in.too_many_tries(template, seconds, form=form, **more)
    return render_template(template, form=form, **more), 422 if request.method == "POST" else 200


@blueprint.get("/accounts")
@open_to(Role.ADMIN)
def list_people() -> Answer:
    """Who works here."""
    search = request.args.get("q", "")
    page = page_of(queries.people(search))
    today = clock.local_date(clock.now())
    return render_template(
        "accounts/list_people.html", page=page, search=search, today=today, role_names=words.ROLE
    )


@blueprint.route("/accounts/new", methods=["GET", "POST"])
@open_to(Role.ADMIN)
def add() -> Answer:
    """Add a person, and show the one-time code to hand over."""
    form, now, by = AddForm(), clock.now(), current_actor()
    if request.method == "GET":
        form.first_day.data = clock.local_date(now)
    if not form.validate_on_submit():
        return _form_page("accounts/add.html", form)
    shown: list[str] = []

    def act() -> dict[str, int]:
        user = actions.add_user(form.username.data, form.account, by=by, now=now)
        shown.append(actions.give_one_time_code(user.id, by=by, now=now))
        return {"user_id": user.id}

    try:
        with transaction():
            result, _ran = operations.once(form.operation.data, _body(form), act, by=by, now=now)
    except Refusal as refusal:
        form.refuse(refusal)
        return _form_page("accounts/add.html", form)
    return _hand_over(result["user_id"], shown)


@blueprint.route("/accounts/<int(max=2147483647):user_id>", methods=["GET", "POST"])
@open_to(Role.ADMIN)
def edit(user_id: int) -> Answer:
    """A person's roles and days; the second of two editors sees what the first saved and loses nothing."""
    form, conflict, now = EditForm(data=_values(queries.user(user_id))), None, clock.now()
    if form.validate_on_submit():
        try:
            with transaction():
                actions.edit_user(user_id, form.account, form.known_version, by=current_actor(), now=now)
            flash(_("Saved."))
            return redirect(url_for("accounts.edit", user_id=user_id), 303)
        except ChangedMeanwhile:
            user = queries.user(user_id)
            stored = EditForm(formdata=None, data=_values(user))
            conflict = conflicts.between(form, stored, f"user:{user_id}", user.version)
        except Refusal as refusal:
            form.refuse(refusal)
    return _form_page(
        "accounts/edit.html", form, user=queries.user(user_id), conflict=conflict,
        code_form=CodeForm(), today=clock.local_date(now),
    )  # fmt: skip


@blueprint.post("/accounts/<int(max=2147483647):user_id>/disable")
@open_to(Role.ADMIN)
def disable(user_id: int) -> Answer:
    try:
        with transaction():
            actions.disable(user_id, by=current_actor(), now=clock.now())
    except Refusal as refusal:
        flash(_(refusal.message, **refusal.params), "error")
    else:
        flash(_("Disabled. This person is signed out everywhere."))
    return redirect(url_for("accounts.edit", user_id=user_id), 303)


@blueprint.post("/accounts/<int(max=2147483647):user_id>/enable")
@open_to(Role.ADMIN)
def enable(user_id: int) -> Answer:
    with transaction():
        actions.enable(user_id, by=current_actor(), now=clock.now())
    flash(_("Enabled."))
    return redirect(url_for("accounts.edit", user_id=user_id), 303)


@blueprint.post("/accounts/<int(max=2147483647):user_id>/code")
@open_to(Role.ADMIN)
def give_code(user_id: int) -> Answer:
    """Make a new one-time code and show it."""
    form, now, by = CodeForm(), clock.now(), current_actor()
    shown: list[str] = []

    def act() -> dict[str, int]:
        shown.append(actions.give_one_time_code(user_id, by=by, now=now))
        return {"user_id": user_id}

    with transaction():
        operations.once(form.operation.data, {"code_for": user_id}, act, by=by, now=now)
    return _hand_over(user_id, shown)


def _hand_over(user_id: int, shown: list[str]) -> Answer:
    """The page with the code, as the answer to the POST itself: until a page of its own is fetched, the code
    would have to lie somewhere in plain text. The same form sent again gets no code."""
    if not shown:
        flash(_("The code was shown once already. If it is lost, make a new one."), "warning")
        return redirect(url_for("accounts.edit", user_id=user_id), 303)
    return render_template("accounts/hand_over.html", user=queries.user(user_id), code=shown[0])


def _values(user: User) -> dict[str, object]:
    return {
        "name": user.name, "roles": sorted(user.role_set), "first_day": user.first_day,
        "last_day": user.last_day, "version": str(user.version),
    }  # fmt: skip


def _body(form: AddForm) -> dict[str, object]:
    return {name: value for name, value in form.data.items() if name not in ("csrf_token", "operation")}


def _form_page(template: str, form: DeskForm, **more: object) -> Answer:
    html = render_template(template, form=form, **more)
    return html, 422 if request.method == "POST" else 200
