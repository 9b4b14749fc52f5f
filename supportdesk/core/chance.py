"""The only reader of chance."""

from __future__ import annotations

import secrets
import string
import uuid

# Without 0/O, 1/I/L: read aloud over a telephone and copied from paper.
_READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def token() -> str:
    """An unguessable word of 32 characters from [A-Za-z0-9_-] (192 bits), safe in an address."""
    return secrets.token_urlsafe(24)


def operation_key() -> str:
    """A name for one act of one person (122 bits), so that the same form sent twice is known. Letters only: twelve
    digits could by chance look like a My Number, and the form would be refused for it."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(26))


def record_key() -> str:
    """A UUID for a record that somebody makes before the database knows of it (as a tablet will, without a network)."""
    return str(uuid.uuid4())


def one_time_code() -> str:
    """Twelve readable letters in three groups (about 59 bits), to be handed over on paper or by voice."""
    return "-".join(_letters(4) for _ in range(3))


def reference() -> str:
    """Eight readable letters in two groups (about 39 bits), read out over the telephone when a page went wrong."""
    return "-".join(_letters(4) for _ in range(2))


def seed() -> str:
    """Sixteen readable letters in four groups (about 79 bits), from which a draw can be repeated: printed with its
    list, and typed again by whoever doubts it."""
    return "-".join(_letters(4) for _ in range(4))


def booking_number() -> str:
    """Eight digits, the first none of 0 (about 26 bits): typed on a telephone's keys, so that digits alone will do. Too
    short to stand against many tries, which whoever asks for it has to count."""
    return str(10_000_000 + secrets.randbelow(90_000_000))


def _letters(count: int) -> str:
    return "".join(secrets.choice(_READABLE) for _ in range(count))
