"""QR codes as the one path of an SVG picture: sharp at any size, and no style or picture that the policy forbids."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode

# Four modules of white on every side are part of the code (ISO/IEC 18004).
QUIET = 4


@dataclass(frozen=True)
class QrCode:
    """`path` are the dark modules, drawn in a square of `size` units, its white border included."""

    size: int
    path: str


def code_of(text: str) -> QrCode:
    """The code that says this text, readable with a quarter of it worn or stained: paper hangs outside."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=QUIET)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return QrCode(len(rows), path)
