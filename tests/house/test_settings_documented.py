"""docs/settings.md names every setting that exists, and none that does not."""

from __future__ import annotations

import re
from pathlib import Path

from supportdesk import settings

PAGE = Path(__file__).parents[2] / "docs/settings.md"


def test_the_page_of_settings_and_the_settings_are_the_same() -> None:
    documented = re.findall(r"^\| `([A-Z_]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(documented) == sorted(settings.NAMES)
