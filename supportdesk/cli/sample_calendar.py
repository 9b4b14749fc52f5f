"""What the sample town's halls and stock look like: opening days, a closure, permits in each state, things taken along.

Nothing here is drawn by lot, so that the people and lessons of the town stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from ..core.access import Actor
from ..core.clock import local_date
from ..core.db import db
from ..core.japan.calendar import working_days_before
from ..lessons import actions
from ..lessons.conflict_rules import ConflictKind
from ..lessons.conflicts import conflicts, plan_of
from ..lessons.models import Course, Lesson
from ..places.models import Closure, Permit, Room, Thing, VenueDay, VenueHours
from ..places.permit_rules import PermitState
from ..places.thing_rules import Equipment

# Label, how many pieces, kind, where they are kept.
STOCK = (
    ("モバイルルーター", 3, Equipment.WIFI, "本庁 窓口の棚"),
    ("貸出用スマホ", 8, Equipment.LOAN_PHONE, "本庁 鍵のかかる棚"),
    ("プロジェクター", 2, Equipment.SCREEN, "本庁 倉庫"),
    ("補聴援助機器", 1, Equipment.HEARING_AID, "福祉課"),
    ("延長コード", 3, Equipment.POWER, "本庁 倉庫"),
)
NEEDS_WIFI = ("インターネット", "メール", "地図", "LINE", "アプリ", "市のお知らせ", "マイナポータル")
NEEDS_SCREEN = ("安全", "マイナンバーカードを知る", "ハザードマップ")


def furnish(rooms: Sequence[Room], courses: Sequence[Course], now: datetime) -> None:
    """Say when the halls of these rooms are open, who may use them, and what there is to take along."""
    today = local_date(now)
    _needs(courses)
    _opening(rooms, today)
    _permits([room for room in rooms if room.venue.needs_permit], today)
    for label, count, kind, place in STOCK:
        for number in range(1, count + 1):
            db.session.add(Thing(label=f"{label} {number}", equipment=kind, kept_at=place))
    db.session.add(
        Thing(
            label="モバイルルーター 4", equipment=Equipment.WIFI, kept_at="本庁 窓口の棚", out_of_use_at=now,
            out_of_use_reason="修理中",
        )
    )  # fmt: skip


def take_along(lessons: Sequence[Lesson], by: Actor, now: datetime) -> None:
    """Two of three lessons to come take along what their hall lacks; the third still warns of it."""
    coming = [lesson for lesson in lessons if now < lesson.starts_at < now + timedelta(days=14)]
    answers = conflicts([plan_of(lesson) for lesson in coming], local_date(now))
    for number, (lesson, found) in enumerate(zip(coming, answers, strict=True)):
        lacking = [one for one in found if one.kind is ConflictKind.LACKING and one.thing_ids]
        if lacking and number % 3:
            actions.take_along(lesson.id, lacking[0].thing_ids, by=by, now=now)


def _needs(courses: Sequence[Course]) -> None:
    for course in courses:
        course.needs_wifi = any(word in course.title for word in NEEDS_WIFI)
        course.needs_screen = any(word in course.title for word in NEEDS_SCREEN)
        course.needs_phones = 6 if "スマホ体験" in course.title else 0


def _opening(rooms: Sequence[Room], today: date) -> None:
    venues = list(dict.fromkeys(room.venue for room in rooms))
    for venue in venues:
        hall = "公民館" in venue.name
        venue.needs_permit, venue.closed_on_holidays, venue.screen = hall, True, not hall
        days, closes = (range(6), time(21, 30)) if hall else (range(5), time(17, 15))
        for weekday in days:
            db.session.add(VenueHours(venue_id=venue.id, weekday=weekday, opens=time(8, 30), closes=closes))
    sunday = today + timedelta(days=20 - today.weekday())
    db.session.add(
        VenueDay(venue_id=venues[0].id, day=sunday, opens=time(9), closes=time(17), note="文化祭のため臨時に開館")
    )
    db.session.add(
        Closure(
            venue_id=venues[-1].id, first=today + timedelta(days=23), last=today + timedelta(days=24),
            reason="集団健診のため",
        )
    )  # fmt: skip


def _permits(rooms: Sequence[Room], today: date) -> None:
    """One in each state on the way; the other halls have theirs for the months to come."""
    first, last = today - timedelta(days=60), today + timedelta(days=90)
    begun = (PermitState.PROVISIONAL, PermitState.REQUESTED)
    for number, room in enumerate(rooms):
        state = begun[number] if number < len(begun) else PermitState.GRANTED
        db.session.add(
            Permit(
                room_id=room.id, first=first, last=last, state=state, fee_waived=True,
                deadline=working_days_before(today + timedelta(days=10), 1) if state in begun else None,
                key="館長が8時30分に開ける", heating="冷暖房は無料",
                reference=f"教委第{number + 100}号" if state is PermitState.GRANTED else "",
            )
        )  # fmt: skip
    db.session.add(
        Permit(
            room_id=rooms[-1].id, first=today + timedelta(days=120), last=today + timedelta(days=120),
            state=PermitState.CANCELLED, note="選挙の投票所になるため",
        )
    )  # fmt: skip
