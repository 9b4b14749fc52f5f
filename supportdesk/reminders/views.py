from __future__ import annotations

from flask import Blueprint

from . import models  # noqa: F401

blueprint = Blueprint("reminders", __name__)
