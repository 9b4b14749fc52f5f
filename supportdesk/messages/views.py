"""The room has no pages of its own beside the practice telephone (practice_views.py) and the callbacks (hooks.py)."""

from __future__ import annotations

from flask import Blueprint

from ..core import clock
from ..office import settings as office_settings
from . import cost_queries, models  # noqa: F401
from .cost_rules import Budget

blueprint = Blueprint("messages", __name__)


@blueprint.app_template_global()
def month_budget() -> Budget:
    """How this month's cost stands, for pages of rooms that know no messages (two queries where it is used)."""
    return cost_queries.budget(office_settings.current(), clock.now())
