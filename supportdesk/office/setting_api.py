"""The office's settings and the sending hold, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response
from marshmallow import Schema

from ..core import history
from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.writing import Answer, write
from . import queries, setting_actions, setting_rules, settings
from .setting_forms import answers
from .setting_rules import Part
from .setting_schemas import (
    CapsPartSchema,
    ChainPartSchema,
    EditCapsSchema,
    EditChainSchema,
    EditFeesSchema,
    EditNameSchema,
    EditStepsSchema,
    EditWindowsSchema,
    FeesPartSchema,
    HoldSchema,
    NamePartSchema,
    OfficeSettingsSchema,
    SeenHoldSchema,
    StepsPartSchema,
    StopSendingSchema,
    StopTodaySchema,
    WindowsPartSchema,
)
from .setting_words import hold_reason
from .settings import WINDOWS, OfficeSettings

office_settings = ApiBlueprint("office-settings", "What the office has decided: its name, hours, notices and limits")
hold = ApiBlueprint("hold", "Whether messages leave the house at all")

NAME, WINDOWS_PART, STEPS, CAPS = NamePartSchema(), WindowsPartSchema(), StepsPartSchema(), CapsPartSchema()
CHAIN, FEES = ChainPartSchema(), FeesPartSchema()
HOLD = HoldSchema()


# ---- settings


@office_settings.route("/office-settings", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:office-settings")
@office_settings.response(200, OfficeSettingsSchema())
def show() -> dict[str, Any]:
    """All of them, each part with its version."""
    office = settings.current()
    return {part.value: _part(part, office) for part in Part} | {"made_up": setting_rules.made_up(office)}


@office_settings.route("/office-settings/name", methods=["PATCH"])
@open_to(Role.MANAGER, scope="write:office-settings")
@office_settings.arguments(EditNameSchema())
@office_settings.response(200, NAME)
def edit_name(sent: dict[str, Any]) -> Response:
    """Change what the office is called and where it is reached."""
    return _save(Part.NAME, sent, NAME)


@office_settings.route("/office-settings/windows", methods=["PATCH"])
@open_to(Role.MANAGER, scope="write:office-settings")
@office_settings.arguments(EditWindowsSchema())
@office_settings.response(200, WINDOWS_PART)
def edit_windows(sent: dict[str, Any]) -> Response:
    """Change the hours for sending. A window is sent whole."""
    typed = {name: _typed(spans) if name in WINDOWS else spans for name, spans in sent.items()}
    return _save(Part.WINDOWS, typed, WINDOWS_PART)


@office_settings.route("/office-settings/steps", methods=["PATCH"])
@open_to(Role.MANAGER, scope="write:office-settings")
@office_settings.arguments(EditStepsSchema())
@office_settings.response(200, STEPS)
def edit_steps(sent: dict[str, Any]) -> Response:
    """Change the days and times of notices."""
    return _save(Part.STEPS, sent, STEPS)


@office_settings.route("/office-settings/chain", methods=["PATCH"])
@open_to(Role.MANAGER, scope="write:office-settings")
@office_settings.arguments(EditChainSchema())
@office_settings.response(200, CHAIN)
def edit_chain(sent: dict[str, Any]) -> Response:
    """Change what follows when nobody was reached."""
    return _save(Part.CHAIN, sent, CHAIN)


@office_settings.route("/office-settings/caps", methods=["PATCH"])
@open_to(Role.MANAGER, scope="write:office-settings")
@office_settings.arguments(EditCapsSchema())
@office_settings.response(200, CAPS)
def edit_caps(sent: dict[str, Any]) -> Response:
    """Change the limits for sending."""
    return _save(Part.CAPS, sent, CAPS)


@office_settings.route("/office-settings/fees", methods=["PATCH"])
@open_to(Role.MANAGER, scope="write:office-settings")
@office_settings.arguments(EditFeesSchema())
@office_settings.response(200, FEES)
def edit_fees(sent: dict[str, Any]) -> Response:
    """Change what supporters get for a lesson or an hour, and for the way."""
    return _save(Part.FEES, sent, FEES)


def _save(part: Part, sent: dict[str, Any], schema: Schema) -> Response:
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        typed = answers(part, settings.current()) | sent
        setting_actions.save(part, typed, version, by=by, now=now)
        return schema.dump(_part(part, settings.current())), 200

    return write(act)


def _part(part: Part, office: OfficeSettings) -> dict[str, Any]:
    row = queries.part(part)
    values = {name: getattr(office, name) for name in setting_rules.READERS[part]}
    spans = {name: [{"start": start, "end": end} for start, end in values[name]] for name in WINDOWS if name in values}
    return values | spans | {"version": row.version, "changed_at": row.changed_at}


def _typed(spans: list[dict[str, str]]) -> str:
    """Spans as a form takes them."""
    return "、".join(f"{span['start']}-{span['end']}" for span in spans)


# ---- the hold


@hold.route("/hold", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:hold")
@hold.response(200, HOLD)
def show_hold() -> dict[str, Any]:
    """Whether sending is stopped, why, since when and by whom."""
    return _hold()


@hold.route("/hold/stop", methods=["POST"])
@open_to(Role.MANAGER, scope="write:hold")
@hold.arguments(StopSendingSchema())
@hold.response(200, HOLD)
def stop_sending(sent: dict[str, Any]) -> Response:
    """Nothing leaves any more until somebody releases it."""

    def act(by: Actor, now: datetime) -> Answer:
        setting_actions.stop_sending(sent["reason"], sent["seen"], by=by, now=now)
        return HOLD.dump(_hold()), 200

    return write(act)


@hold.route("/hold/stop-today", methods=["POST"])
@open_to(Role.MANAGER, scope="write:hold")
@hold.arguments(StopTodaySchema())
@hold.response(200, HOLD)
def stop_for_today(sent: dict[str, Any]) -> Response:
    """Nothing leaves until the next opening morning. What is stopped already stays as it is."""

    def act(by: Actor, now: datetime) -> Answer:
        setting_actions.stop_for_today(sent["reason"], by=by, now=now)
        return HOLD.dump(_hold()), 200

    return write(act)


@hold.route("/hold/release", methods=["POST"])
@open_to(Role.MANAGER, scope="write:hold")
@hold.arguments(SeenHoldSchema())
@hold.response(200, HOLD)
def release_sending(sent: dict[str, Any]) -> Response:
    """What is still wanted goes out from the next tick on."""

    def act(by: Actor, now: datetime) -> Answer:
        setting_actions.release_sending(sent["seen"], by=by, now=now)
        return HOLD.dump(_hold()), 200

    return write(act)


def _hold() -> dict[str, Any]:
    office = settings.current()
    reason = office.sending_hold
    last = next(iter(history.of(setting_actions.SENDING, limit=1)), None) if reason else None
    return {
        "stopped": bool(reason),
        "reason": reason,
        "told": hold_reason(reason, office.hold_ends),
        "ends_at": datetime.fromisoformat(office.hold_ends) if office.hold_ends else None,
        "since": last.at if last else None,
        "by": last.actor_name if last else None,
    }
