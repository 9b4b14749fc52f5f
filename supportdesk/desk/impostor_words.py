"""What reports of impostors are called on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .impostor_rules import Story

STORY = {
    Story.REFUND: _l("A refund or a benefit (“your money comes back”)"),
    Story.CARD: _l("The My Number Card, a PIN or a cash card"),
    Story.MONEY: _l("Money to be paid or brought"),
    Story.VISIT: _l("“Somebody will come to you now”"),
    Story.KEYS: _l("A recorded voice that asks to press a key"),
    Story.TEXT: _l("A text message in our name"),
    Story.OTHER: _l("Something else"),
}
