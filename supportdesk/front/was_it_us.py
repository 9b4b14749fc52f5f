"""「市からの連絡か確かめる」: a resident asks whether a call or a text was really ours. And, for everybody, from where
we ring and write, and what we never ask."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template
from flask_babel import gettext as _

from ..core import clock
from ..core.access import Role, current_actor, open_to, open_to_everybody
from ..core.compressed import compressed
from ..core.japan import phone
from ..desk.impostor_forms import ReportForm
from ..messages import switchboard
from ..office import setting_rules
from ..people import queries as people
from ..people.looking import note_the_look
from ..people.models import Resident
from . import was_it_us_queries as queries
from .public_answers import for_everybody
from .was_it_us_forms import AskForm
from .was_it_us_queries import Records

blueprint = Blueprint("was_it_us", __name__)

MOST_PEOPLE = 20


@blueprint.get("/was-it-us")
@open_to(Role.STAFF, Role.COORDINATOR)
def ask() -> str:
    return _page(AskForm(formdata=None))


@blueprint.post("/was-it-us")
@open_to(Role.STAFF, Role.COORDINATOR)
def look() -> str | tuple[str, int]:
    """What our records hold of a number, or of the telephones of a person who was chosen by name."""
    form, now = AskForm(), clock.now()
    if not form.validate():
        return _page(form), 422
    chosen = form.resident.data or ""
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 10:
        return _page(form, records=queries.of_resident(people.get(int(chosen)), now))
    try:
        number = phone.parse(form.q.data).e164
    except phone.PhoneRefused as refusal:
        if any(letter.isdigit() for letter in form.q.data):
            refusal.field = "q"
            form.refuse(refusal)
            return _page(form), 422
        return _page(form, found=people.search(form.q.data, MOST_PEOPLE))
    return _page(form, records=queries.of_number(number, now))


def _page(form: AskForm, *, records: Records | None = None, found: list[Resident] | None = None) -> str:
    report = ReportForm(formdata=None)
    if records is not None and len(records.residents) == 1:
        report.resident.data = str(records.residents[0].id)
    page = render_template(
        "front/was_it_us.html",
        form=form,
        records=records,
        found=found,
        report=report,
        looked_back=queries.LOOKED_BACK.days,
    )
    for resident in records.residents if records else ():
        note_the_look(resident.id, by=current_actor(), now=clock.now())
    return page


@blueprint.get("/senders")
@open_to_everybody
@compressed
def senders() -> Response:
    """From where we ring and write, about what, and what we never ask."""
    return for_everybody(render_template("front/senders.html", **_shown()))


@blueprint.get("/senders/card")
@open_to_everybody
@compressed
def card() -> Response:
    """The same as a card beside the telephone."""
    return for_everybody(render_template("front/senders_card.html", **_shown()))


def _shown() -> dict[str, object]:
    return {
        "senders": switchboard.senders(current_app.config["SUPPORTDESK"]),
        "made_up": setting_rules.made_up,
        "matters": [
            _("Your booking: day, time and place"),
            _("A lesson that is cancelled or moved"),
            _("A seat that has become free, if you wait for one"),
        ],
    }
