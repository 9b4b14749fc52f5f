"""Pure decisions about attendance and records."""

from __future__ import annotations

from enum import StrEnum


class Attendance(StrEnum):
    CAME = "came"
    ABSENT_NOTIFIED = "absent_notified"
    NO_SHOW = "no_show"


class HowItWent(StrEnum):
    """Can do it alone, can with help, not yet, or somebody else has to help."""

    ALONE = "alone"
    WITH_HELP = "with_help"
    NOT_YET = "not_yet"
    REFERRED = "referred"
