"""How pages say why somebody is suggested for a lesson, and what speaks against it."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from ..core import filters
from ..people.supporter_words import NO_DUTY
from .models import Lesson
from .rota_suggestion_rules import Duty, Suggestion, TightWay, Unable


def still_missing(lesson: Lesson) -> str:
    """支援員 あと2人, or 支援員 足りています."""
    count = lesson.supporters_missing
    return _("%(count)s more supporters", count=count) if count else _("enough supporters")


def why(one: Suggestion) -> str:
    """Why somebody stands where they do, in one line: skill, turns, distance."""
    said = [
        _("knows the topic") if one.knows_the_topic else _("this topic is not among theirs"),
        ngettext("%(num)s duty in the weeks around", "%(num)s duties in the weeks around", one.turns),
        _("%(count)s this fiscal year", count=one.candidate.turns_this_year),
        _distance(one.kilometres),
    ]
    return "・".join(said)


def in_short(one: Suggestion) -> str:
    """The same for a list to choose from, with what speaks against it."""
    against = [_("said no")] if one.unwilling else []
    against += [_("too little time for the way")] if one.ways else []
    said = [*against, _("duties: %(count)s", count=one.turns), _distance(one.kilometres)]
    return f"{one.candidate.name}（{'・'.join(said)}）"


def way(one: TightWay) -> str:
    """前の担当から移動時間が足りません, with the figures."""
    values = {"course": one.duty.course, "hours": _hours(one.duty), "minutes": one.minutes, "way": one.needed}
    if one.comes_before:
        return _(
            "Too little time from the duty before: “%(course)s” at %(hours)s. %(minutes)s minutes in between; the way"
            " takes about %(way)s.",
            **values,
        )
    return _(
        "Too little time to the duty after: “%(course)s” at %(hours)s. %(minutes)s minutes in between; the way takes"
        " about %(way)s.",
        **values,
    )


def why_not(one: Unable) -> list[str]:
    """Why somebody cannot be asked."""
    said = [str(NO_DUTY[reason]) for reason in one.why]
    if one.busy:
        said.append(_("on duty in “%(course)s” at %(hours)s", course=one.busy.course, hours=_hours(one.busy)))
    return said


def _distance(line: float | None) -> str:
    if line is None:
        return _("distance not known")
    return _("about %(km)s km in a straight line", km=round(line))


def _hours(duty: Duty) -> str:
    return filters.span(duty.starts_at, duty.ends_at)
