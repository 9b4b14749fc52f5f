from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("lessons", __name__)
