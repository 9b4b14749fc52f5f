"""Hashes of passwords and one-time codes (Argon2, by the sign-in library), and the one way to compare."""

from __future__ import annotations

from functools import cache

from flask_security import hash_password, verify_password

from ..core import chance
from ..core.japan.text import nfkc


def hashed(secret: str) -> str:
    """Slow on purpose (about 50 ms): not inside a transaction that others wait for."""
    return str(hash_password(_plain(secret)))


def matches(secret: str, stored: str | None) -> bool:
    """Whether a secret is the one that was stored. Takes as long when there is none, so that nobody learns of
    it."""
    return bool(verify_password(_plain(secret), stored or _hash_of_nothing())) and stored is not None


def _plain(secret: str) -> bytes:
    return nfkc(secret).encode("utf-8", "replace")


@cache
def _hash_of_nothing() -> str:
    return hashed(chance.token())
