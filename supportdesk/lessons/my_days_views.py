"""自分の休み: a supporter enters the days on which they cannot come, with their own account."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.errors import NotFound
from ..people import supporter_queries as people
from ..people.models import Supporter
from ..people.supporter_forms import OffForm
from .supporter_views import enter_off, give_off_back

blueprint = Blueprint("my_days", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/my-days-off")
@open_to(Role.VOLUNTEER)
def page() -> Answer:
    return _page(OffForm(formdata=None))


@blueprint.post("/my-days-off")
@open_to(Role.VOLUNTEER)
def add() -> Answer:
    form = OffForm()
    if form.validate() and enter_off(form, _me().id):
        return redirect(url_for(".page"), 303)
    return _page(form), 422


@blueprint.post("/my-days-off/take-back")
@open_to(Role.VOLUNTEER)
def take_back() -> Answer:
    give_off_back(_me().id)
    return redirect(url_for(".page"), 303)


def _me() -> Supporter:
    found = people.of_account(current_actor().id, clock.local_date(clock.now()))
    if found is None:
        raise NotFound("This account is no supporter's. Please call the office if it should be.")
    return found


def _page(form: OffForm) -> str:
    return render_template(
        "lessons/my_days.html", supporter=_me(), off_form=form, today=clock.local_date(clock.now()), own=True
    )
