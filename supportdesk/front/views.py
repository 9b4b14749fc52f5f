from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from ..core.access import Role, open_to

blueprint = Blueprint("front", __name__)


@blueprint.get("/residents/<int(max=2147483647):resident_id>")
@open_to(Role.STAFF)
def resident(resident_id: int) -> Response:
    """Stands in until the page with a person's story is there."""
    return redirect(url_for("people.edit", resident_id=resident_id))
