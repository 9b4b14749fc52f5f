"""The reference rows (tests/reference/README.md says what they are worth)."""

import json
from pathlib import Path
from typing import Any

_PLACE = Path(__file__).parents[2] / "reference"


def rows(name: str) -> list[dict[str, Any]]:
    """All rows of one reference file."""
    return json.loads((_PLACE / f"{name}.json").read_text(encoding="utf-8"))
