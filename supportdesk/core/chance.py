"""The only reader of chance."""

from __future__ import annotations

import secrets
import uuid

# Without 0/O, 1/I/L: read aloud over a telephone and copied from paper.
_READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def token() -> str:
    """An unguessable word of 32 characters from [A-Za-z0-9_-] (192 bits), safe in an address."""
    return secrets.token_urlsafe(24)


def operation_key() -> str:
    """A name for one act of one person, so that the same form sent twice is known."""
    return str(uuid.uuid4())


def one_time_code() -> str:
    """Twelve readable letters in three groups (about 59 bits), to be handed over on paper or by voice."""
    letters = [secrets.choice(_READABLE) for _ in range(12)]
    return "-".join("".join(letters[i : i + 4]) for i in (0, 4, 8))
