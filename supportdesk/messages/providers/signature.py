"""The signature under a callback: base64 of HMAC-SHA1 over the address and the sorted form fields.

Both providers sign in this way, so that the practice telephone proves the same check that Twilio's callbacks
pass. HMAC-SHA1 is Twilio's choice; SHA-256 exists there only for accounts that opted into shared keys.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

HEADER = "X-Twilio-Signature"
_DEFAULT_PORTS = {"https": 443, "http": 80}


def derive_key(secret: str) -> str:
    """The practice telephone's signing key, made from the app's secret: no second one to keep."""
    return hmac.new(secret.encode(), b"supportdesk practice telephone callbacks", hashlib.sha256).hexdigest()


def sign(key: str, url: str, form: Mapping[str, str]) -> str:
    """The signature of a POST of `form` to `url` (the exact public address with its query)."""
    message = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(key.encode(), message.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_valid(key: str, url: str, form: Mapping[str, str], given: str | None) -> bool:
    """Whether `given` signs this POST. The sender may have written the default port or left it out."""
    if not given or not key:
        return False
    # Both ways are always compared, so that the time taken tells nothing.
    plain, with_port = (
        hmac.compare_digest(sign(key, way, form).encode(), given.encode()) for way in _ways_to_write(url)
    )
    return plain or with_port


def _ways_to_write(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    name = host[: host.index("]") + 1] if host.startswith("[") else host.partition(":")[0]
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 80)
    return parts._replace(netloc=name).geturl(), parts._replace(netloc=f"{name}:{port}").geturl()
