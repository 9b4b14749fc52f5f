"""Settings of one installation: one frozen object, read once, environment before instance/settings.toml.

docs/settings.md documents every name; a house test holds the two against each other.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

SECRET_FILE = "secret"
DATABASE_FILE = "supportdesk.sqlite3"
PROVIDERS = ("practice", "twilio", "off")


DATABASE_URLS = "SUPPORTDESK_DATABASE_URL must be sqlite:////path/to/file or postgresql://user:password@host/name."


class SettingsError(Exception):
    """A setting is missing or wrong. The text says which one and what to do."""


@dataclass(frozen=True)
class Settings:
    """All settings, with the place each one came from (`environment`, `file`, `default`)."""

    database_url: str
    instance_dir: Path
    secret_key: str = field(repr=False)
    public_base_url: str | None
    provider: str
    twilio_account_sid: str | None
    twilio_auth_token: str | None = field(repr=False)
    twilio_sms_from: str | None
    twilio_voice_from: str | None
    twilio_messaging_service_sid: str | None
    twilio_base_url: str | None
    trusted_proxies: int
    tick_seconds: int
    sources: Mapping[str, str]


# name in the environment → attribute, default. The names are fixed for other people's scripts.
NAMES: dict[str, tuple[str, Any]] = {
    "SUPPORTDESK_DATABASE_URL": ("database_url", None),
    "SUPPORTDESK_INSTANCE_DIR": ("instance_dir", None),
    "SUPPORTDESK_SECRET_KEY": ("secret_key", None),
    "SUPPORTDESK_PUBLIC_BASE_URL": ("public_base_url", None),
    "SUPPORTDESK_PROVIDER": ("provider", "practice"),
    "TWILIO_ACCOUNT_SID": ("twilio_account_sid", None),
    "TWILIO_AUTH_TOKEN": ("twilio_auth_token", None),
    "TWILIO_SMS_FROM": ("twilio_sms_from", None),
    "TWILIO_VOICE_FROM": ("twilio_voice_from", None),
    "TWILIO_MESSAGING_SERVICE_SID": ("twilio_messaging_service_sid", None),
    "SUPPORTDESK_TWILIO_BASE_URL": ("twilio_base_url", None),
    "SUPPORTDESK_TRUSTED_PROXIES": ("trusted_proxies", 0),
    "SUPPORTDESK_TICK_SECONDS": ("tick_seconds", 15),
}
NUMBERS = ("SUPPORTDESK_TRUSTED_PROXIES", "SUPPORTDESK_TICK_SECONDS")
SECRETS = {"SUPPORTDESK_SECRET_KEY", "TWILIO_AUTH_TOKEN"}


def instance_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Where database, secret and local settings lie."""
    return Path((environ or os.environ).get("SUPPORTDESK_INSTANCE_DIR") or "instance").resolve()


def make_secret(folder: Path) -> bool:
    """Write a fresh secret of 48 random bytes into `folder` with mode 600, unless one is there. True if written."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SECRET_FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    return True


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingsError when one is missing or wrong."""
    environ = os.environ if environ is None else environ
    folder = instance_dir(environ)
    from_file = _settings_file(folder)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, (attribute, default) in NAMES.items():
        if environ.get(name):
            values[attribute], sources[name] = environ[name], "environment"
        elif name in from_file:
            values[attribute], sources[name] = from_file[name], "file"
        else:
            values[attribute], sources[name] = default, "default"
    values["instance_dir"] = folder
    if not values["secret_key"]:
        values["secret_key"] = _secret_from(folder)
        sources["SUPPORTDESK_SECRET_KEY"] = "file"
    if len(str(values["secret_key"]).encode()) < 32:
        raise SettingsError("SUPPORTDESK_SECRET_KEY is shorter than 32 bytes. `supportdesk init` makes a good one.")
    values["database_url"] = values["database_url"] or f"sqlite:///{folder / DATABASE_FILE}"
    values["database_url"] = _with_driver(values["database_url"])
    if values["provider"] not in PROVIDERS:
        raise SettingsError(f"SUPPORTDESK_PROVIDER must be one of {', '.join(PROVIDERS)}.")
    for name in NUMBERS:
        values[NAMES[name][0]] = _whole_number(name, values[NAMES[name][0]])
    if values["public_base_url"]:
        values["public_base_url"] = str(values["public_base_url"]).rstrip("/")
        if not values["public_base_url"].startswith(("https://", "http://")):
            raise SettingsError("SUPPORTDESK_PUBLIC_BASE_URL must begin with https:// (or http:// for rehearsal).")
    if values["provider"] == "twilio":
        _check_twilio(values)
    return Settings(**values, sources=sources)


def _settings_file(folder: Path) -> dict[str, Any]:
    path = folder / "settings.toml"
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{path} cannot be read: {problem}") from problem
    unknown = sorted(set(found) - set(NAMES))
    if unknown:
        raise SettingsError(f"{path} names settings that do not exist: {', '.join(unknown)}")
    for name, value in found.items():
        wanted = int if name in NUMBERS else str
        if type(value) is not wanted:
            kind = "a whole number" if wanted is int else "a text in quotation marks"
            raise SettingsError(f"{path}: {name} must be {kind}.")
    return found


def _secret_from(folder: Path) -> str:
    path = folder / SECRET_FILE
    if not path.exists():
        raise SettingsError("There is no secret yet. Run `supportdesk init` first (or set SUPPORTDESK_SECRET_KEY).")
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as problem:
        raise SettingsError(f"{path} is no text. Put the secret back from a backup.") from problem


def _with_driver(url: str) -> str:
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            url = "postgresql+psycopg://" + url.removeprefix(short)
    try:
        backend = make_url(url).get_backend_name()
    except (ArgumentError, ValueError) as problem:
        # Without the address itself: it may hold a password.
        raise SettingsError(DATABASE_URLS) from problem
    if backend not in ("sqlite", "postgresql"):
        raise SettingsError(DATABASE_URLS)
    return url


def _whole_number(name: str, value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError) as problem:
        raise SettingsError(f"{name} must be a whole number.") from problem
    if number < 0 or (name == "SUPPORTDESK_TICK_SECONDS" and number < 1):
        raise SettingsError(f"{name} is too small.")
    return number


def _check_twilio(values: Mapping[str, Any]) -> None:
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_VOICE_FROM"):
        if not values[NAMES[name][0]]:
            raise SettingsError(f"{name} is needed when SUPPORTDESK_PROVIDER is twilio.")
    if not (values["twilio_sms_from"] or values["twilio_messaging_service_sid"]):
        raise SettingsError("TWILIO_SMS_FROM or TWILIO_MESSAGING_SERVICE_SID is needed when the provider is twilio.")
