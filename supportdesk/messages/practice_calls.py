"""How a call on the practice telephone goes on.

What a real provider asks of the office it is asked here: by the same signed POSTs to the same addresses, and outside
any transaction. Each act is checked against the place of the call that the person saw, under the row's lock, so that
the second of two clicks changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urljoin

from ..core import chance
from ..core.db import db, transaction
from ..core.errors import NotFound, Refusal
from .models import PracticeExchange
from .practice import new_sid, turn
from .practice_rules import MOST_DIGITS
from .practice_wire import Wire, document
from .providers.base import Channel, Delivery
from .providers.twiml_reader import Verb, read_twiml
from .providers.twiml_walk import MOST_TURNS, Stretch, after_key, on_the_machine, stretch

# Whose words stand in `heard`.
OFFICE, KEYS, SPOKE, DIALLED, FAILED = "office", "keys", "spoke", "dialled", "failed"

# An address, as the document names it, and what is posted there beside the fields of every call.
Question = tuple[str, Mapping[str, str]]


def seen_at(row: PracticeExchange) -> str:
    """Names the place of the call that a page shows; an act that names another one came from an older page."""
    return f"{len(row.heard)}-{row.place}-{len(row.entered)}-{len(row.digits)}"


def here(row: PracticeExchange) -> Stretch:
    """What the call does at its place."""
    return stretch(read_twiml(row.twiml), row.place) if row.twiml else Stretch((), None, 0, None, 0, ends=True)


def take(wire: Wire, sid: str, *, now: datetime) -> None:
    """A person takes the call, even where a machine stands. Raises Refusal `call-ended`."""
    _take(wire, sid, now, details={})


def _take(wire: Wire, sid: str, now: datetime, **values: object) -> None:
    """The document is asked for, if the call has one to ask for."""
    with transaction():
        turn(sid, Delivery.IN_PROGRESS, now=now, **values)
    row = _as_it_is(sid)
    if row.twiml_url and not row.twiml:
        hear(wire, sid, (row.twiml_url, {}), now)


def press(wire: Wire, sid: str, key: str, *, at: str, said: int, now: datetime) -> None:
    """A key, while sentence number `said` of this stretch is spoken. Where nothing listens it changes nothing.

    Raises Refusal `call-ended`, `call-went-on`.
    """
    with transaction():
        row = _on_the_line(sid, at)
        if len(row.digits) >= MOST_DIGITS:
            raise Refusal("More keys are not noted for one call.", code="too-many-keys")
        row.digits, row.changed_at = row.digits + key, now
        part = here(row)
        listening = said > part.listens_from or said >= len(part.says)
        if part.listens is None or not listening:
            return
        found = after_key(part.listens, row.entered, key)
        row.entered = found.digits
        question = _after_keys(row, part, now) if found.done else None
    hear(wire, sid, question, now)


def go_on(wire: Wire, sid: str, *, at: str, now: datetime) -> None:
    """Nothing is pressed or said until the wait is over. Raises Refusal as `press`."""
    with transaction():
        row = _on_the_line(sid, at)
        part = here(row)
        if part.listens is not None:
            question = _after_keys(row, part, now)
        elif part.leads is not None and part.leads.verb is Verb.REDIRECT:
            _leave(row, part, now)
            question = (part.leads.words, {})
        else:
            _leave(row, part, now)
            question = None
    hear(wire, sid, question, now)


def speak(wire: Wire, sid: str, *, at: str, hang_up: bool, now: datetime) -> None:
    """Words after the tone, ended by a key or by hanging up. Raises Refusal as `press`."""
    with transaction():
        row = _on_the_line(sid, at)
        part = here(row)
        if part.leads is None or part.leads.verb is not Verb.RECORD:
            raise Refusal("This call is not listening now.", code="call-went-on")
        _leave(row, part, now, [SPOKE, ""])
        ended_by = "hangup" if hang_up else (part.leads.finish_on[-1:] or "")
        recording = {
            "RecordingSid": f"REpractice{chance.token()}"[:34],
            "RecordingUrl": f"{wire.base}/practice/recordings/none",
            "RecordingDuration": "5",
            "Digits": ended_by,
        }
        question = (part.leads.action or "", recording)
        if hang_up:
            row.state = Delivery.COMPLETED
    hear(wire, sid, question, now)


def colleague(wire: Wire, sid: str, end: Delivery, *, at: str, now: datetime) -> None:
    """How the person who was rung for the caller took it: `completed`, `busy` or `no-answer`. Raises as `press`."""
    with transaction():
        row = _on_the_line(sid, at)
        part = here(row)
        if part.leads is None or part.leads.verb is not Verb.DIAL:
            raise Refusal("This call is not listening now.", code="call-went-on")
        _leave(row, part, now, [DIALLED, end.value])
        question = (part.leads.action, _dialled(end)) if part.leads.action else None
    hear(wire, sid, question, now)


def by_machine(wire: Wire, sid: str, *, now: datetime, beep: bool | None = None) -> None:
    """An answering machine takes the call: it presses nothing, and keeps what it hears. `beep` as in `on_the_machine`;
    None: as the one that stands there. Raises Refusal `call-ended`."""
    _take(wire, sid, now, **({} if beep is None else {"details": {"machine": True, "beep": beep}}))
    for _turn in range(MOST_TURNS):
        row = _as_it_is(sid)
        part = here(row)
        if row.state != Delivery.IN_PROGRESS or (part.ends and part.listens is None):
            break
        go_on(wire, sid, at=seen_at(row), now=now)
    with transaction():
        row = locked(sid)
        said = [words for who, words in row.heard if who == OFFICE]
        if row.state == Delivery.IN_PROGRESS:
            said += [step.words for step in here(row).says]
        row.heard = [[OFFICE, words] for words in on_the_machine(said, beep=bool(row.details.get("beep")))]
        row.state, row.changed_at = Delivery.COMPLETED, now


def _after_keys(row: PracticeExchange, part: Stretch, now: datetime) -> Question | None:
    """A Gather is over: its keys are posted, or the document goes on below it."""
    assert part.listens is not None
    digits = row.entered
    _leave(row, part, now, *([[KEYS, digits]] if digits else []))
    if digits or part.listens.when_silent:
        return (part.listens.action or "", {"Digits": digits})
    return None


def _leave(row: PracticeExchange, part: Stretch, now: datetime, *more: Sequence[str]) -> None:
    """Behind this stretch: what was heard is kept, and the call ends where its document does."""
    row.heard = [*row.heard, *([OFFICE, step.words] for step in part.says), *map(list, more)]
    row.place, row.entered, row.changed_at = part.then, "", now
    if part.ends and part.listens is None:
        row.state = Delivery.COMPLETED


def hear(wire: Wire, sid: str, question: Question | None, now: datetime) -> None:
    """Ask for the next document, and follow it as long as it only leads on. A call that nothing follows ends."""
    if question is None:
        with transaction():
            _end_if_over(locked(sid), now)
        return
    for _turn in range(MOST_TURNS):
        row = _as_it_is(sid)
        url = urljoin(row.twiml_url or "", question[0])
        found = document(wire, row, url, question[1])
        with transaction():
            row = locked(sid)
            if row.state != Delivery.IN_PROGRESS:
                return
            if found is None:
                break
            row.twiml, row.twiml_url, row.place, row.changed_at = found, url, 0, now
            part = here(row)
            leads_on = not part.says and part.leads is not None and part.leads.verb is Verb.REDIRECT
            if not leads_on:
                _end_if_over(row, now)
                return
            assert part.leads is not None
            question = (part.leads.words, {})
    with transaction():
        row = locked(sid)
        row.heard, row.state, row.changed_at = [*row.heard, [FAILED, ""]], Delivery.COMPLETED, now


def _end_if_over(row: PracticeExchange, now: datetime) -> None:
    part = here(row)
    if row.state == Delivery.IN_PROGRESS and part.ends and not part.says and part.listens is None:
        row.state, row.changed_at = Delivery.COMPLETED, now


def _dialled(end: Delivery) -> dict[str, str]:
    answered = end is Delivery.COMPLETED
    return {
        "DialCallStatus": end.value,
        "DialCallSid": new_sid(Channel.VOICE),
        "DialCallDuration": "60" if answered else "0",
    }


def _on_the_line(sid: str, at: str) -> PracticeExchange:
    row = locked(sid)
    if row.state != Delivery.IN_PROGRESS:
        raise Refusal("This call has already ended.", code="call-ended")
    if seen_at(row) != at:
        raise Refusal("The call has gone on meanwhile. Please look where it is now.", code="call-went-on")
    return row


def locked(sid: str) -> PracticeExchange:
    """The row, held until the commit. Raises NotFound."""
    row = db.session.get(PracticeExchange, sid, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("This call has already ended.")
    return row


def _as_it_is(sid: str) -> PracticeExchange:
    """The row as a value: the read is ended, since a request to the office follows."""
    row = db.session.get(PracticeExchange, sid, populate_existing=True)
    if row is None:
        raise NotFound("This call has already ended.")
    db.session.expunge(row)
    db.session.rollback()
    return row
