"""Reports of impostors, for programs: what the pages do, by the same actions."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from flask import Response

from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import page_of
from ..core.api.writing import Answer, one_external_id, write
from ..core.errors import Refusal
from ..core.japan.text import clean_text
from . import impostor_queries, impostors
from .impostor_models import ImpostorReport
from .impostor_rules import number_shown
from .impostor_schemas import (
    FreshlySeenSchema,
    ImpostorReportsAskedSchema,
    ImpostorReportSchema,
    NewImpostorReportSchema,
    SeenReportsSchema,
)

impostor_reports = ApiBlueprint("impostor-reports", "Reports of impostors: calls, texts and visits in the town's name")

REPORT = ImpostorReportSchema()
SEEN = FreshlySeenSchema()


@impostor_reports.route("/impostor-reports", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:impostor-reports")
@impostor_reports.arguments(ImpostorReportsAskedSchema(), location="query")
@impostor_reports.response(200, page_of(ImpostorReportSchema))
def list_impostor_reports(asked: dict[str, Any]) -> dict[str, Any]:
    """Reports, the newest first."""
    found = impostor_queries.chosen(asked.get("story"), asked.get("since"))
    keys = (ImpostorReport.happened_at, ImpostorReport.id)
    return page(found, keys, limit=asked["limit"], cursor=asked.get("cursor"), newest_first=True)


@impostor_reports.route("/impostor-reports", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="write:impostor-reports")
@impostor_reports.arguments(NewImpostorReportSchema())
@impostor_reports.response(201, REPORT)
@impostor_reports.alt_response(200, schema=REPORT, description="It was taken already; nothing was done.")
def take_impostor_report(sent: dict[str, Any]) -> Response:
    """Take a report. It is not changed afterwards: the same external_id with the same contents is answered with the
    report that is there, and with other contents refused."""
    external_id = sent.pop("external_id", None)
    told = {"text": "", "number": "", "happened_at": None, "gave": False, "resident_id": None} | sent

    def act(by: Actor, now: datetime) -> Answer:
        known = impostor_queries.by_external_id(external_id)
        if known is not None:
            _check_same(known, told)
            return REPORT.dump(known), 200
        with one_external_id() if external_id else contextlib.nullcontext():
            made = impostors.take_report(**told, external_id=external_id, by=by, now=now)
        return REPORT.dump(made), 201

    return write(act)


@impostor_reports.route("/impostor-reports/seen", methods=["POST"])
@open_to(Role.MANAGER, scope="write:impostor-reports")
@impostor_reports.arguments(SeenReportsSchema())
@impostor_reports.response(200, SEEN)
def note_impostor_reports_seen(sent: dict[str, Any]) -> Response:
    """A manager has seen these reports; the alarm about them ends."""

    def act(by: Actor, now: datetime) -> Answer:
        return SEEN.dump({"fresh": impostors.note_seen(sent["ids"], by=by, now=now)}), 200

    return write(act)


def _check_same(known: ImpostorReport, told: dict[str, Any]) -> None:
    same = (
        known.story is told["story"]
        and known.text == clean_text(told["text"])
        and known.number_shown == number_shown(told["number"])
        and (known.gave, known.resident_id) == (told["gave"], told["resident_id"])
        and told["happened_at"] in (None, known.happened_at)
    )
    if not same:
        raise Refusal(
            "A report with this external_id was taken already, and it says something else.",
            code="received-otherwise",
            id=known.id,
        )
