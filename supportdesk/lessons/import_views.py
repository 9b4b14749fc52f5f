"""Reading in a list in the browser: choose a file, see row by row what would happen, then import it.

The file is not kept on the server in between, where a list of residents would have to be guarded and cleared away.
The report page carries it, compressed, in a hidden field: what is imported is what was reported upon. A file too
large for that is for the command `supportdesk import`.
"""

from __future__ import annotations

import base64
import binascii
import io
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import HiddenField

from ..core import clock
from ..core.access import Actor, Role, current_actor, open_to
from ..core.errors import Refusal
from ..core.forms import DeskForm
from ..core.table_files import Importer, Report, import_table
from ..office.list_imports import DistrictImporter, TopicImporter
from ..people.imports import ResidentImporter
from ..people.supporter_imports import SupporterImporter
from ..places.imports import VenueImporter
from .imports import CourseImporter, LessonImporter

Importers = dict[str, Callable[[Actor, datetime], Importer]]

FOR_THE_DESK: Importers = {
    "venues": VenueImporter,
    "courses": CourseImporter,
    "lessons": LessonImporter,
    "residents": ResidentImporter,
}
# What only those may read in who settle how the office works.
FOR_THE_OFFICE: Importers = {
    "districts": DistrictImporter,
    "topics": TopicImporter,
}
# Their numbers and papers are the coordinator's to keep.
FOR_THE_COORDINATOR: Importers = {"supporters": SupporterImporter}
IMPORTERS = FOR_THE_DESK | FOR_THE_OFFICE | FOR_THE_COORDINATOR
TITLES = {
    "districts": _l("Read in districts"),
    "topics": _l("Read in topics"),
    "venues": _l("Read in venues"),
    "courses": _l("Read in courses"),
    "lessons": _l("Read in lessons"),
    "residents": _l("Read in residents"),
    "supporters": _l("Read in supporters"),
}
# Below MAX_FORM_MEMORY_SIZE, in letters of base64; and what may come out of it, so that no bomb unfolds.
LARGEST_CARRIED = 1_500_000
LARGEST_FILE = 8 * 1024 * 1024
ROWS_SHOWN = 200


class UploadForm(DeskForm):
    file = FileField(_l("CSV file"))


class CarriedForm(DeskForm):
    carried = HiddenField()
    mode = HiddenField()


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/import/<kind>", "import_file", import_file, methods=["GET", "POST"])
    blueprint.add_url_rule("/office/import/<kind>", "import_office_list", import_office_list, methods=["GET", "POST"])
    blueprint.add_url_rule("/supporters/import", "import_supporters", import_supporters, methods=["GET", "POST"])


@open_to(Role.STAFF, Role.COORDINATOR)
def import_file(kind: str) -> str | Response | tuple[str, int]:
    return _read_in(kind, FOR_THE_DESK)


@open_to(Role.ADMIN, Role.MANAGER)
def import_office_list(kind: str) -> str | Response | tuple[str, int]:
    return _read_in(kind, FOR_THE_OFFICE)


@open_to(Role.COORDINATOR)
def import_supporters() -> str | Response | tuple[str, int]:
    return _read_in("supporters", FOR_THE_COORDINATOR)


def _read_in(kind: str, allowed: Importers) -> str | Response | tuple[str, int]:
    if kind not in allowed:
        abort(404)
    upload, carried = UploadForm(), CarriedForm()
    if not upload.validate_on_submit():
        return _page(kind, upload)
    try:
        if carried.carried.data:
            data = _unfold(carried.carried.data)
            report = _run(kind, data, dry_run=False, skip_bad_rows=carried.mode.data == "good")
            if report.written:
                flash(_summary(report), "success")
                return redirect(request.path, 303)
        else:
            data = _uploaded(upload)
            report = _run(kind, data, dry_run=True)
        return _page(kind, upload, report=report, carried=_fold(data))
    except Refusal as refusal:
        refusal.field = "file"
        upload.refuse(refusal)
        return _page(kind, upload)


def _run(kind: str, data: bytes, **how: Any) -> Report:
    report = import_table(io.BytesIO(data), IMPORTERS[kind](current_actor(), clock.now()), **how)
    g.my_numbers_turned_away = g.get("my_numbers_turned_away", 0) + report.my_numbers
    return report


def _uploaded(form: UploadForm) -> bytes:
    if not form.file.data:
        raise Refusal("Please choose a file.", code="no-file")
    data: bytes = form.file.data.read()
    if not data.strip():
        raise Refusal("The file is empty.", code="empty-file")
    return data


def _fold(data: bytes) -> str:
    carried = base64.b64encode(zlib.compress(data)).decode()
    if len(carried) > LARGEST_CARRIED:
        raise Refusal(
            "This file is too large for the browser. Please ask for the command `supportdesk import`.",
            code="too-large",
        )
    return carried


def _unfold(carried: str) -> bytes:
    try:
        unfolder = zlib.decompressobj()
        data = unfolder.decompress(base64.b64decode(carried, validate=True), LARGEST_FILE)
    except (binascii.Error, zlib.error, ValueError):
        abort(400)
    if not unfolder.eof:
        abort(400)
    return data


def _summary(report: Report) -> str:
    return _(
        "%(added)s added, %(changed)s changed, %(same)s as before, %(refused)s not taken.",
        added=report.added, changed=report.changed, same=report.same, refused=len(report.refused),
    )  # fmt: skip


def _page(kind: str, form: UploadForm, **more: Any) -> tuple[str, int]:
    report: Report | None = more.get("report")
    page = render_template(
        "lessons/import.html", form=form, kind=kind, title=TITLES[kind], rows_shown=ROWS_SHOWN,
        columns=IMPORTERS[kind](current_actor(), clock.now()).columns,
        summary=_summary(report) if report else "", **more,
    )  # fmt: skip
    return page, 422 if form.errors or (report and report.refused) else 200
