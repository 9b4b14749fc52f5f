"""The sample town's supporters: of each kind one, with skills, terms, hours and dates off; one without a new term."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from ..accounts.models import User
from ..core.access import Actor
from ..core.clock import local_date
from ..core.db import db
from ..core.japan.calendar import fiscal_year
from ..lessons.models import Lesson, LessonSupporter
from ..people import supporter_actions as actions
from ..people.models import Supporter
from ..people.rules import Wish
from ..people.supporter_data_rules import SupporterData, whole_year
from ..people.supporter_rules import Available, Off, SupporterKind

BASICS = ("POWER", "CALL", "INPUT", "PHOTO")
NEWER = ("LINE", "MAP", "APP", "PAY", "SCAM")
FORENOONS = tuple(Available(weekday, time(9), time(12, 30)) for weekday in range(5))
NOT_RENEWED = "林田 久美子"


def those_with_accounts(helpers: dict[str, User], homes: dict[str, tuple[str, str]], by: Actor, now: datetime
                        ) -> dict[str, Supporter]:  # fmt: skip
    """The volunteers who have a tablet; `homes` are their names in kana and their districts."""
    skills = (BASICS + NEWER[:2], BASICS[1:] + NEWER)
    made = {}
    for number, (username, user) in enumerate(helpers.items()):
        kana, district = homes[username]
        data = SupporterData(
            user.name, kana, user_id=user.id, district_code=district, telephone=f"090-0000-900{number + 1}",
            wish=Wish.TEXT, trained_on=_first(now), pledged_on=_first(now), skills=skills[number % 2],
        )  # fmt: skip
        made[username] = _appointed(data, by, now)
    return made


def others(coordinator: User, by: Actor, now: datetime) -> None:
    """Those without a tablet, and a member of staff."""
    first, today = _first(now), local_date(now)
    promoter = SupporterData(
        "山本 光男", "ヤマモト ミツオ", SupporterKind.DIGITAL_PROMOTER, district_code="KCN", telephone="090-0000-9003",
        wish=Wish.CALL, badge="DPA-000123", trained_on=first, pledged_on=first, skills=BASICS + NEWER, hours=FORENOONS,
    )  # fmt: skip
    away = _appointed(promoter, by, now)
    actions.add_off(away.id, Off(today + timedelta(days=7), today + timedelta(days=11)), "旅行", by=by, now=now)
    staff = SupporterData(
        coordinator.name, "チョウセイ タントウ", SupporterKind.STAFF, user_id=coordinator.id, skills=BASICS
    )
    actions.add_supporter(staff, by=by, now=now)
    contractor = SupporterData(
        "川口 誠", "カワグチ マコト", SupporterKind.CONTRACTOR, district_code="ARI", telephone="0957-00-9004",
        skills=NEWER,
    )  # fmt: skip
    actions.add_supporter(contractor, by=by, now=now)
    last_year = SupporterData(
        NOT_RENEWED, "ハヤシダ クミコ", district_code="KZS", telephone="0957-00-9005",
        pledged_on=date(first.year - 1, 4, 1), skills=BASICS,
    )  # fmt: skip
    forgotten = actions.add_supporter(last_year, by=by, now=now)
    actions.set_term(forgotten.id, whole_year(first.year - 1, date(first.year - 1, 4, 1)), by=by, now=now)


def a_duty_from_last_year(lessons: Sequence[Lesson], now: datetime) -> None:
    """Planned while the term could still be renewed, and it was not."""
    helper = db.session.scalars(db.select(Supporter).where(Supporter.name == NOT_RENEWED)).one()
    year = fiscal_year(local_date(now))
    coming = (one for one in lessons if one.starts_at > now and fiscal_year(local_date(one.starts_at)) == year)
    lesson = next(coming, None)
    if lesson is not None:
        lesson.supporters.append(LessonSupporter(supporter_id=helper.id))


def _appointed(data: SupporterData, by: Actor, now: datetime) -> Supporter:
    """With terms of last fiscal year and of this one."""
    helper = actions.add_supporter(data, by=by, now=now)
    for year in (_first(now).year - 1, _first(now).year):
        actions.set_term(helper.id, whole_year(year, date(year, 4, 1)), by=by, now=now)
    return helper


def _first(now: datetime) -> date:
    return date(fiscal_year(local_date(now)), 4, 1)
