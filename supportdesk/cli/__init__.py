"""`supportdesk`: each command has --help, says what it did, exits with 0 only on full success, can be run again."""

from __future__ import annotations

import gc
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    # Whatever is imported stays. The collector would walk through all of it again and again while it grows, which is a
    # fifth of a start; frozen, it is never walked through at all.
    gc.disable()
    from .commands import run

    gc.freeze()
    gc.enable()
    return run(arguments)
