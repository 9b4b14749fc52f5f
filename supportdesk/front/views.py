from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("front", __name__)
