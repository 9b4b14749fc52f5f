"""What the pages of changes show, gathered from lessons and reminders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..core.paging import Page
from ..lessons import change_queries as lessons
from ..lessons.change_models import Change
from ..lessons.change_queries import Alternative
from ..lessons.models import Lesson
from ..lessons.rules import LessonState
from ..messages import cost_queries
from ..messages.cost_rules import Budget
from ..office import settings as office_settings
from ..reminders import change_actions, change_queries
from ..reminders import queries as reminders
from ..reminders.change_preview_queries import Preview
from ..reminders.change_queries import Person
from ..reminders.queries import Shown


@dataclass(frozen=True)
class Pages:
    """What stands before the signature: what may be offered instead and what is chosen, each by lesson, and the
    preview."""

    offers: Mapping[int, Sequence[Alternative]]
    chosen: Mapping[int, int | None]
    preview: Preview

    def people_in(self, lesson_id: int) -> int:
        return sum(person.lesson_id == lesson_id for person in self.preview.to_tell)

    def too_many(self, lesson_id: int) -> int:
        """How many of all to whom the same lesson is named find no seat in it: whoever rings first comes."""
        named = self.chosen.get(lesson_id)
        free = next((one.free for one in self.offers.get(lesson_id, ()) if one.lesson.id == named), 0)
        asked = sum(self.people_in(each) for each, other in self.chosen.items() if other == named)
        return max(0, asked - free) if named else 0


@dataclass(frozen=True)
class Listed:
    """A page of people, with the rows that it names."""

    page: Page
    people: Sequence[Person]
    shown: Shown


def budget(now: datetime) -> Budget:
    """How the month stands with all that is planned, before this is released. One query, three where a limit is set."""
    return cost_queries.budget(office_settings.current(), now, forecast=True)


def before(to_cancel: Sequence[Lesson], answers: Mapping[int, int | None] | None, now: datetime) -> Pages:
    """Before several lessons are cancelled. Nothing is offered instead unless somebody chose it: what suits them is a
    person's decision."""
    offers = lessons.alternatives(to_cancel, now)
    chosen = _chosen(offers, answers or {})
    preview = change_actions.preview_of_cancelling([lesson.id for lesson in to_cancel], chosen, now)
    return Pages(offers, chosen, preview)


def unreleased(change: Change, answers: Mapping[int, int | None] | None, now: datetime) -> Pages:
    """Before a change is released; without answers with those that were kept."""
    cancelled = [part.lesson for part in change.parts if part.cancelled]
    offers = lessons.alternatives(cancelled, now) if cancelled else {}
    preview, chosen = change_actions.preview_of(change, answers, now)
    return Pages(offers, chosen, preview)


def _chosen(
    offers: Mapping[int, Sequence[Alternative]], answers: Mapping[int, int | None]
) -> dict[int, int | None]:
    known = {key: {one.lesson.id for one in found} for key, found in offers.items()}
    return {key: answers.get(key) if answers.get(key) in ids else None for key, ids in known.items()}


def people_of(change: Change, now: datetime) -> list[Person]:
    """Those whom this change concerns; of lessons that were changed again their newest change has them."""
    newest = lessons.newest_of(change_actions.parts_of(change))
    return change_queries.people_of([key for key, found in newest.items() if found == change.id], now)


def superseded(change: Change) -> dict[int, int]:
    """The newer changes by which lessons of this one are told of, by lesson."""
    newest = lessons.newest_of(change_actions.parts_of(change))
    return {key: found for key, found in newest.items() if found != change.id}


def may_be_held_again(change: Change, now: datetime) -> list[Lesson]:
    """Lessons of this change that are cancelled still and lie ahead."""
    found = [part.lesson for part in change.parts if part.lesson.state is LessonState.CANCELLED]
    return [lesson for lesson in found if lesson.starts_at > now]


def listed(page: Page, people: Sequence[Person] | None = None) -> Listed:
    """These people (those of the page unless given) with the rows they name (two queries)."""
    chosen = page.items if people is None else people
    return Listed(page, chosen, reminders.shown(chosen))
