"""The record of activity (活動実績簿): a month of all supporters as a list, on paper and as a file, and one's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    render_template,
    request,
    stream_template,
    stream_with_context,
    url_for,
)
from flask_babel import force_locale

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..core.db import db
from ..core.paging import page_of
from ..lessons import activity_queries as queries
from ..lessons import duty_queries
from ..lessons.activity_queries import Sheet
from ..lessons.activity_rules import hours
from ..lessons.activity_words import NOT_COUNTED
from ..lessons.rules import month_of, next_month
from ..office import queries as office
from ..office import settings as office_settings
from ..people.models import Supporter
from ..people.supporter_words import SUPPORTER_KIND
from .activity_file_rules import LAYOUT, blank_rows, file_rows
from .open_data_rules import csv_lines
from .timetable_rules import month_named

blueprint = Blueprint("activity", __name__)

OFFICE = (Role.STAFF, Role.COORDINATOR)
MONTH = "/activity/<month>"


@blueprint.get("/activity")
@open_to(*OFFICE)
def index() -> str:
    """Who did how much in a month."""
    now = clock.now()
    this_month = clock.local_date(now).replace(day=1)
    # Paper is collected when a month is over.
    month = month_of(request.args.get("month", ""), next_month(this_month, -1))
    page = page_of(queries.on_duty_in(month))
    sheets = queries.sheets(page.items, month, office_settings.current(), now)
    return render_template(
        "front/activity/index.html", month=month, page=page, sheets=sheets, hours=hours, before=next_month(month, -1),
        after=next_month(month) if month < this_month else None,
    )  # fmt: skip


@blueprint.get(f"{MONTH}/print")
@open_to(*OFFICE)
def of_all(month: str) -> Response:
    """All of a month as one print job, a sheet for each supporter; sent while it is being made."""
    first, now, settings = _named(month), clock.now(), office_settings.current()
    return _on_paper(first, queries.all_sheets(first, settings, now), back=url_for(".index", month=month))


@blueprint.get(f"{MONTH}/<int(max=2147483647):supporter_id>")
@open_to(*OFFICE)
def of_one(month: str, supporter_id: int) -> Response:
    back = url_for(".index", month=month)
    return _on_paper(_named(month), _sheets_of(supporter_id, month), back=back)


@blueprint.get("/my-duties/<month>")
@open_to(Role.VOLUNTEER)
def mine(month: str) -> Response:
    """My own sheet."""
    who = duty_queries.own(current_actor()) or abort(404)
    return _on_paper(_named(month), _sheets_of(who.id, month), back=url_for("duties.mine"))


@blueprint.get(f"{MONTH}.csv")
@open_to(*OFFICE)
def as_file(month: str) -> Response:
    """Every duty of a month, one a line, those too that are not counted."""
    first, settings = _named(month), office_settings.current()
    sheets, districts = queries.all_sheets(first, settings, clock.now()), _districts()

    def lines() -> Iterator[bytes]:
        # The columns are Japanese, so what stands in them is.
        with force_locale("ja"):
            rows = (row for sheet in sheets for row in file_rows(sheet.activity, _whose(sheet.supporter, districts)))
            for line in csv_lines(LAYOUT, rows):
                yield line.encode("utf-8", "replace")

    answer = current_app.response_class(stream_with_context(lines()), mimetype="text/csv")
    answer.headers["Content-Type"] = "text/csv; charset=utf-8; header=present"
    answer.headers["Content-Disposition"] = f"attachment; filename=activity-{first:%Y-%m}.csv"
    return answer


def _whose(who: Supporter, districts: Mapping[str, str]) -> dict[str, str]:
    return {
        "number": str(who.id), "name": who.name, "kana": who.kana,
        "district": districts.get(who.district_code or "", ""),
    }  # fmt: skip


def _named(month: str) -> date:
    return month_named(month) or abort(404)


def _sheets_of(supporter_id: int, month: str) -> list[Sheet]:
    who = duty_queries.supporter(supporter_id)
    made = queries.sheets([who], _named(month), office_settings.current(), clock.now())
    # While the page is sent, the note of when its reader was last seen may have ended the transaction: what was read
    # then would be read anew, without a session.
    db.session.expunge(who)
    return made


def _districts() -> dict[str, str]:
    return {row.code: row.name for row in office.districts()}


def _on_paper(month: date, sheets: Iterable[Sheet], *, back: str) -> Response:
    shown: dict[str, Any] = {
        "hours": hours, "not_counted_words": NOT_COUNTED, "blank_rows": blank_rows, "kinds": SUPPORTER_KIND,
    }  # fmt: skip
    page = stream_template(
        "front/activity/paper.html", month=month, sheets=sheets, districts=_districts(), back_href=back, **shown
    )
    return current_app.response_class(page)
