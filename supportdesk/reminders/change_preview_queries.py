"""Reads for pages before a change goes out: what would be said, to whom, by which way, when and at what cost. The
number of queries does not grow with the bookings."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..lessons.change_queries import standing_of
from ..lessons.change_rules import Event, Standing
from ..messages.providers import sms
from ..messages.rules import Language
from ..messages.spreading import Spread
from ..office.settings import OfficeSettings
from ..people.rules import Wish
from . import asked, change_wording, changed, wording
from .asked import Asked, Setting
from .change_queries import Person, people_among
from .change_rules import News, Reached

# A digest in letters only: twelve digits in a row could look like a My Number, and what holds it be refused.
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass(frozen=True)
class Sample:
    """What would be said, once for all who hear the same: to how many people, in how many messages."""

    lesson_id: int
    by_text: bool
    language: Language
    said: tuple[str, ...]
    units: int
    segments: int
    people: int
    messages: int


@dataclass(frozen=True)
class TurnsAhead:
    """When the last of them would leave (None: none by machine), and how many would find no turn in the hours of their
    day: those are for persons."""

    last_at: datetime | None
    late: int


@dataclass(frozen=True)
class Preview:
    """What a release would do. `seen` is what a person had before their eyes: if it is not that any more, nothing goes
    out. `yen` is None while the office has written down no price."""

    people: Sequence[Person]
    samples: Sequence[Sample]
    seen: str
    yen: int | None
    turns: TurnsAhead

    def count(self, *ways: Wish) -> int:
        """How many people are told by one of these ways."""
        return sum(person.way in ways for person in self.to_tell)

    @property
    def to_tell(self) -> list[Person]:
        return [person for person in self.people if person.open]

    @property
    def by_text(self) -> int:
        return self.count(Wish.TEXT)

    @property
    def by_call(self) -> int:
        return self.count(Wish.CALL)

    @property
    def by_hand(self) -> int:
        return len(self.to_tell) - self.by_text - self.by_call

    @property
    def stopped(self) -> int:
        return sum(person.reached is Reached.STOPPED for person in self.people)

    @property
    def knowing(self) -> int:
        """Who knows it already, or never heard otherwise."""
        return len(self.people) - len(self.to_tell) - self.stopped

    @property
    def texts(self) -> int:
        return sum(one.messages for one in self.samples if one.by_text)

    @property
    def segments(self) -> int:
        return sum(one.segments * one.messages for one in self.samples)

    @property
    def calls(self) -> int:
        return sum(one.messages for one in self.samples if not one.by_text)


def before_cancelling(
    lesson_ids: Collection[int], alternatives: Mapping[int, Standing | None], now: datetime
) -> Preview:
    """What would happen if these lessons were cancelled and it was released now. Changes nothing."""
    by = asked.setting(now)
    found = [_supposed(one, alternatives.get(one.booking.lesson_id), now) for one in asked.of_lessons(lesson_ids, by)]
    return _preview(found, by)


def before_release(
    lesson_ids: Collection[int], alternatives: Mapping[int, Standing | None], now: datetime
) -> Preview:
    """What would happen if the newest change of these lessons was released now."""
    by = asked.setting(now)
    found = []
    for one in asked.of_lessons(lesson_ids, by):
        events = list(one.events)
        if events:
            instead = alternatives.get(one.booking.lesson_id)
            events[-1] = replace(events[-1], released_at=now, instead=instead)
        found.append(replace(one, events=events))
    return _preview(found, by)


def _supposed(one: Asked, instead: Standing | None, now: datetime) -> Asked:
    here, present = one.booking, standing_of(one.booking)
    cancelled = replace(present, cancelled=True)
    return replace(one, events=[*one.events, Event(0, 0, now, here.id, present, cancelled, now, instead)])


def _preview(found: Sequence[Asked], by: Setting) -> Preview:
    people = people_among(found, by)
    samples = _samples(people, by)
    known = [(person.booking_id, person.way, person.number, person.reached) for person in people]
    said = [(one.lesson_id, one.said, one.messages) for one in samples]
    seen = hashlib.sha256(repr((sorted(known), said)).encode()).hexdigest().translate(_LETTERS)
    return Preview(people, samples, seen, _yen(samples, by.office), _turns(found, by, by.now))


def _turns(found: Sequence[Asked], by: Setting, now: datetime) -> TurnsAhead:
    """The turns that they would get if they were asked for now (up to two queries)."""
    spread = Spread(by.office, by.closed, now)
    tellings = changed.tellings(found, by).values()
    steps = [one.step for one in tellings if one.step and changed.still_to_leave(one, now, one.step.not_after)]
    turns = [spread.turn(wording.channel(s), s.window, s.due_at, s.not_after, s.hours) for s in steps]
    on_time = [turn.due_at for turn in turns if turn.fits]
    return TurnsAhead(max(on_time, default=None), len(turns) - len(on_time))


def _samples(people: Iterable[Person], by: Setting) -> list[Sample]:
    together: dict[tuple[int, bool, Language, News], list[Person]] = {}
    for person in people:
        if person.open and person.news is not None and person.way in (Wish.TEXT, Wish.CALL) and person.due_at:
            by_text = person.way is Wish.TEXT
            language = person.language if by_text else Language.JAPANESE
            together.setdefault((person.lesson_id, by_text, language, person.news), []).append(person)
    return [_sample(*key, told, by) for key, told in together.items()]


def _sample(
    lesson_id: int, by_text: bool, language: Language, news: News, told: Sequence[Person], by: Setting
) -> Sample:
    messages = sum(person.carries for person in told)
    told_at = told[0].due_at  # who hears the same hears it at the same time
    assert told_at is not None
    if not by_text:
        said = change_wording.spoken(news, by.office, by.words, told_at)
        return Sample(lesson_id, False, language, said, 0, 0, len(told), messages)
    text = change_wording.text(news, by.office, by.words, language, told_at)
    return Sample(lesson_id, True, language, (text,), sms.length(text), sms.segments(text), len(told), messages)


def _yen(samples: Sequence[Sample], office: OfficeSettings) -> int | None:
    if not (office.yen_per_text_part or office.yen_per_call):
        return None
    texts = sum(one.segments * one.messages for one in samples)
    calls = sum(one.messages for one in samples if not one.by_text)
    return texts * office.yen_per_text_part + calls * office.yen_per_call
