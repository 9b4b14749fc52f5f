"""What happens when a text comes in: it is kept and becomes a call task, and where it says so nothing is sent to that
number any more."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ..core import tally
from ..core.clock import local_date
from ..core.db import db, insert_or_leave
from ..core.history import record
from ..core.japan.my_number import contains_my_number
from ..core.japan.text import clean_text
from ..desk import call_tasks
from ..desk.call_task_rules import CallTaskKind
from ..messages import opting_out
from ..office import queries as office
from ..office import settings as office_settings
from ..office.rules import call_back_by
from . import inbound_queries
from . import inbound_rules as rules
from .inbound_calls import MACHINE
from .inbound_models import InboundText
from .inbound_text_rules import LONGEST_TEXT, Meaning, meaning

# What stands in the task beside, or instead of, the text. Kept as written, as a colleague's note is.
_NOTE = {
    Meaning.STOP: "（配信停止のご希望です。この番号への自動の連絡を止めました。）",
    Meaning.START: "（配信再開のご希望です。この番号への自動の連絡を再開しました。）",
}
_HELD_A_NUMBER = "（番号が含まれていたため、本文は保存していません。）"
_EMPTY = "（本文はありません。）"


def take(sid: str, sent_number: str, body: str, opt_out: str = "", *, now: datetime) -> bool:
    """Keep a text and let somebody on duty read it; False if it came before. No text confirms or cancels anything: that
    is a person's to do, who asks first. A My Number is never kept, nor anything beside it."""
    number, said = rules.caller(sent_number), meaning(body, opt_out)
    held = contains_my_number(body)
    kept = "" if held else clean_text(body)[:LONGEST_TEXT]
    if not insert_or_leave(
        InboundText, sid=sid, number=number, at=now, body=kept, meaning=said, held_my_number=held
    ):
        return False
    if held:
        tally.count(tally.MY_NUMBER_TURNED_AWAY, local_date(now))
    if number and said is Meaning.STOP:
        opting_out.opt_out(number, now=now)
    elif number and said is Meaning.START:
        opting_out.opt_in(number)
    text_id = db.session.scalars(sa.select(InboundText.id).filter_by(sid=sid)).one()
    record("text.came-in", f"inbound-text:{text_id}", by=MACHINE, now=now, meaning=said)
    _let_somebody_read(sid, number, (_HELD_A_NUMBER if held else kept or _EMPTY) + _NOTE.get(said, ""), now)
    return True


def _let_somebody_read(sid: str, number: str, note: str, now: datetime) -> None:
    known = inbound_queries.owners([number])[number].only
    call_tasks.raise_task(
        CallTaskKind.REPLY,
        inbound_queries.text_origin(sid),
        due_at=call_back_by(office_settings.current(), now, office.all_closed_days()),
        by=MACHINE,
        now=now,
        resident_id=known.id if known else None,
        number=number,
        note=note,
    )
