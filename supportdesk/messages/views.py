"""The room has no pages of its own beside the practice telephone (practice_views.py) and the callbacks (hooks.py)."""

from __future__ import annotations

from flask import Blueprint

from . import models  # noqa: F401

blueprint = Blueprint("messages", __name__)
