"""Every page of the sample town, for everybody who may open it: in a real browser, at the widths people have.

The pages are taken from the URL map. A new route stands in PATHS, or in NO_PAGES with the reason; else a test fails.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, current_app
from playwright.sync_api import Browser, BrowserContext, Page

from supportdesk.accounts.models import User
from supportdesk.accounts.web_sessions import COOKIE
from supportdesk.app import LIBRARY_ROUTES, create_app
from supportdesk.cli import sample_town
from supportdesk.cli.sample_supporters import NOT_RENEWED
from supportdesk.core import chance, clock
from supportdesk.core.access import API, EVERYBODY, Actor, Role, audience_of
from supportdesk.core.db import db, transaction
from supportdesk.core.i18n import LANGUAGE_COOKIE
from supportdesk.desk.models import CallTask, HelpRequest
from supportdesk.front import handover
from supportdesk.front.handover import HandOverData
from supportdesk.front.handover_rules import Choice, ItemKind, Plan
from supportdesk.lessons import least_queries
from supportdesk.lessons.change_models import Change
from supportdesk.lessons.lottery_rules import Admission
from supportdesk.lessons.models import Booking, Course, Lesson, LessonSupporter, Series
from supportdesk.lessons.rota_models import CannotCome
from supportdesk.lessons.slot_rules import LessonKind
from supportdesk.lessons.waiting_models import Offer, Waiting
from supportdesk.messages.delivery import deliver_due
from supportdesk.messages.models import PracticeLine
from supportdesk.messages.switchboard import EXTENSION
from supportdesk.office.models import Branch, ClosedDay
from supportdesk.office.setting_rules import Part
from supportdesk.people.models import Resident, Supporter, Telephone
from supportdesk.places.models import Permit, Room, Thing, Venue
from supportdesk.reminders import planning
from supportdesk.reminders.models import Trial
from supportdesk.reminders.paper_rules import Paper
from supportdesk.visits import actions as visits
from tests.conftest import NOW, settings_for
from tests.serving import serving
from tests.web import Web

pytestmark = pytest.mark.browser

WIDTHS = (1280, 820, 390, 320)
# 320 is also what a page of 1280 has left when it is enlarged to 400 %.
WIDTHS_FOR_AXE = (1280, 320)
HEIGHT = 900

ROLES = {
    "staff": Role.STAFF,
    "coordinator": Role.COORDINATOR,
    "manager": Role.MANAGER,
    "admin": Role.ADMIN,
    "auditor": Role.AUDITOR,
    "volunteer-a": Role.VOLUNTEER,
}

# Where each route is looked at; {names} are filled in from the sample town. Several addresses where a page has faces.
PATHS: dict[str, tuple[str, ...]] = {
    "accounts.add": ("/accounts/new",),
    "accounts.change_password": ("/account/password",),
    "accounts.edit": ("/accounts/{user}",),
    "accounts.list_people": ("/accounts",),
    "board.index": (
        "/board", "/board?rows=venue&district=KCN", "/board?rows=supporter", "/board?span=month",
    ),
    "board.move": ("/board/lessons/{lesson}/move",),
    "activity.index": ("/activity?month={did_month}", "/activity?month=2020-01"),
    "activity.mine": ("/my-duties/{did_month}",),
    "activity.of_all": ("/activity/{did_month}/print", "/activity/2020-01/print"),
    "activity.of_one": ("/activity/{did_month}/{supporter}",),
    "bookings.book": (
        "/lessons/{lesson}/book", "/lessons/{lesson}/book?resident={resident}",
        "/lessons/{entered}/book?resident={resident}",
    ),
    "bookings.cancel": ("/bookings/{booking}/cancel",),
    "bookings.move": ("/bookings/{booking}/move",),
    "bookings.show": ("/bookings/{booking}",),
    "chain.of_booking": ("/bookings/{booking}/contact",),
    "chain.of_lesson": ("/lessons/{lesson}/contact",),
    "branches.add": ("/office/branches/new",),
    "branches.edit": ("/office/branches/{branch}/edit",),
    "call_tasks.index": ("/call-tasks",),
    "call_tasks.new": ("/call-tasks/new", "/call-tasks/new?resident={resident}"),
    "call_tasks.show": ("/call-tasks/{task}",),
    "changes.fewer_seats": ("/changes/fewer-seats?lesson={full}&seats=1",),
    "changes.index": ("/changes",),
    "changes.new": ("/changes/new?lesson={lesson}",),
    "changes.not_reached": ("/changes/not-reached",),
    "changes.paper": ("/changes/paper",),
    "changes.show": ("/changes/{change}", "/changes/{change}?all=1", "/changes/{untold}"),
    "closed_days.index": ("/office/closed-days", "/office/closed-days?year=2027"),
    "closures.add": ("/venues/{venue}/closures/new",),
    "closures.out_of_use": ("/venues/{venue}/out-of-use",),
    "desk.index": ("/requests",),
    "inbound.calls": ("/incoming",),
    "inbound.texts": ("/incoming/texts",),
    "desk.show": ("/requests/{request}",),
    "duties.mine": ("/my-duties",),
    "duties.of_supporter": ("/supporters/{supporter}/duties",),
    "front.action_items": ("/action-items", "/action-items?kind=decisions", "/action-items?district=KCN"),
    "front.action_items_paper": ("/action-items/paper",),
    "front.cancel_by_call": ("/action-items/bookings/{booking}/cancel",),
    "front.help_page": ("/help",),
    "front.home": ("/",),
    "front.record": ("/history", "/history?subject=nobody:0"),
    "front.over_items": ("/action-items/over",),
    "front.resident": ("/residents/{resident}", "/residents/{stopped}", "/residents/{offered}"),
    "front.unknown_messages": ("/action-items/unknown",),
    "handover.index": ("/hand-overs",),
    "handover.look": ("/hand-overs/new", "/hand-overs/new?to_id={taker}"),
    "handover.paper": ("/hand-overs/{hand_over}/paper",),
    "handover.show": ("/hand-overs/{hand_over}", "/hand-overs/{prepared_hand_over}"),
    "lessons.add_course": ("/courses/new",),
    "lessons.add_lesson": ("/lessons/new",),
    "lessons.cancel_lesson": ("/lessons/{lesson}/cancel",),
    "lessons.course": ("/courses/{course}",),
    "lessons.courses": ("/courses",),
    "lessons.edit_course": ("/courses/{course}/edit",),
    "lessons.edit_lesson": ("/lessons/{lesson}/edit",),
    "lessons.import_file": ("/import/residents", "/import/venues", "/import/courses", "/import/lessons"),
    "lessons.import_office_list": ("/office/import/districts", "/office/import/topics"),
    "impostors.index": ("/impostors",),
    "impostors.notices": ("/impostors/notices",),
    "lessons.lesson": ("/lessons/{lesson}", "/lessons/{past}", "/lessons/{full}", "/lessons/{entered}"),
    "lessons.lessons": ("/lessons",),
    "lessons.copy_month": ("/lessons/copy-month", "/lessons/copy-month?month=2026-07&district=KCN"),
    "lists.add_district": ("/office/districts/new",),
    "lists.add_topic": ("/office/topics/new",),
    "lists.districts": ("/office/districts",),
    "lists.edit_district": ("/office/districts/KCN/edit",),
    "lists.edit_topic": ("/office/topics/SCAM/edit",),
    "lists.topics": ("/office/topics",),
    "opening.opening": ("/venues/{venue}/opening",),
    "permits.add": ("/permits/new",),
    "permits.edit": ("/permits/{permit}/edit",),
    "permits.index": ("/permits", "/permits?state=cancelled"),
    "permits.show": ("/permits/{permit}",),
    "people.edit": ("/residents/{resident}/edit",),
    "people.index": ("/residents", "/residents?q=ほんだ", "/residents?q=いない人"),
    "people.new": ("/residents/new",),
    "people.resume": ("/residents/{stopped}/resume",),
    "people.stop": ("/residents/{resident}/stop",),
    "places.add_room": ("/venues/{venue}/rooms/new",),
    "places.add_venue": ("/venues/new",),
    "places.edit_room": ("/rooms/{room}/edit",),
    "places.edit_venue": ("/venues/{venue}/edit",),
    "places.venue": ("/venues/{venue}",),
    "places.venues": ("/venues",),
    "practice.shelf": ("/practice", "/practice?number=09012345678"),
    "practice.telephone": ("/practice/{line}",),
    "rehearsal.paper": ("/practice/rehearsal/paper",),
    "rehearsal.steps": ("/practice/rehearsal",),
    "trials.telephone": ("/residents/{tried}/telephones/{tried_line}/trial",),
    "papers.of_booking": tuple(f"/bookings/{{booking}}/papers/{paper}" for paper in Paper),
    "papers.of_today": ("/papers",),
    "reception.desk": (
        "/desk", "/desk?resident={resident}", "/desk?resident={resident}&lesson={full}", "/desk?lesson={entered}",
    ),
    "reminders.outgoing": ("/outgoing",),
    "rota.cannot_come": ("/lessons/{own}/duties/1/cannot-come",),
    "rota.fill": ("/rota/fill", "/rota/fill?span=week&day=2026-07-13"),
    "rota.i_cannot_come": ("/my-duties/{own}/cannot-come",),
    "rota.index": ("/rota", "/rota?span=week", "/rota?district=KCN&day=2026-08-01"),
    "rota.lesson": ("/lessons/{lesson}/rota", "/lessons/{own}/rota", "/lessons/{past}/rota", "/lessons/{gap}/rota"),
    "sent.index": ("/messages", "/messages?status=unknown&code=30003&digits=0001"),
    "wording.index": ("/office/wording", "/office/wording/in/en"),
    "lottery.show": ("/lessons/{entered}/lottery", "/lessons/{drawn}/lottery"),
    "lottery.sheet": ("/lessons/{drawn}/lottery/print", "/lessons/{drawn}/lottery/print?numbers=1"),
    "least.decide": ("/lessons/{few}/decide", "/lessons/{entered}/decide"),
    "waiting.move_up": ("/waiting-list/{waits}/move-up",),
    "waiting.take_out": ("/waiting-list/{waits}/take-out",),
    "wording.paper": ("/office/wording/paper",),
    "wording.show": ("/office/wording/text_reminder", "/office/wording/voice_offer", "/office/wording/text_duty/easy"),
    "series.add": ("/series/new", "/series/new?course={course}"),
    "series.cancel": ("/series/{series}/cancel",),
    "series.change": ("/series/{series}/change",),
    "series.index": ("/series",),
    "series.lengthen": ("/series/{series}/lengthen",),
    "series.register": ("/series/{series}/registration",),
    "series.show": ("/series/{series}",),
    "slots.add": ("/slots/new", "/slots/new?course={consultation}"),
    "slots.day": ("/slots/{slot_day}/{slot_room}", "/slots/{visit_day}/{home}"),
    "slots.index": ("/slots",),
    "slots.paper": ("/slots/{slot_day}/{slot_room}/paper",),
    "slots.slip": ("/bookings/{booking}/slip", "/bookings/{at_counter}/slip"),
    "slots.visits": ("/slots/{visit_day}/visits",),
    "system_days.index": ("/office/system-days",),
    "settings.edit": tuple(f"/office/settings/{part}" for part in Part),
    "settings.overview": ("/office",),
    "settings.sending": ("/office/sending",),
    "costs.index": ("/messages/cost",),
    "lessons.import_supporters": ("/supporters/import",),
    "my_days.page": ("/my-days-off",),
    "supporter.end": ("/supporters/{supporter}/end",),
    "supporter.page": ("/supporters/{supporter}", "/supporters/{unrenewed}"),
    "supporter.without_papers": ("/supporters/without-papers",),
    "supporters.add": ("/supporters/new",),
    "supporters.edit": ("/supporters/{supporter}/edit",),
    "supporters.index": ("/supporters", "/supporters?papers=missing", "/supporters?left=y"),
    "supporters.renew": ("/supporters/renew", "/supporters/renew?year=2027&all=1"),
    "things.add": ("/things/new",),
    "things.edit": ("/things/{thing}",),
    "things.index": ("/things", "/things?day=2026-07-15"),
    "visits.close": ("/sheet/{today}/close",),
    "visits.paper": ("/sheet/{today}/paper",),
    "visits.person": ("/sheet/{today}/{seat}", "/sheet/{today}/walk-in/{walk_in}"),
    "visits.sheet": ("/sheet/{today}",),
    "visits.today": ("/sheet",),
    "visits.walk_in": ("/sheet/{today}/walk-in",),
    "was_it_us.ask": ("/was-it-us",),
}
# For everybody; looked at once, signed out.
OPEN_PATHS: dict[str, tuple[str, ...]] = {
    "accounts.use_code": ("/account/code",),
    "open_data.index": ("/open-data/",),
    "security.login": ("/login",),
    "was_it_us.card": ("/senders/card",),
    "was_it_us.senders": ("/senders",),
    "timetable.index": (
        "/timetable", "/timetable?large=1&kana=1", "/timetable?district=KCN&month=2026-07&page=2",
        "/timetable?month=2026-08&topic=LINE",
    ),
    "timetable.lesson": (
        "/timetable/{slot}",
        "/timetable/{lesson}", "/timetable/{lesson}?large=1&kana=1", "/timetable/{past}", "/timetable/{cancelled}",
    ),
    "timetable_paper.flyer": ("/timetable/{lesson}/flyer", "/timetable/{cancelled}/flyer?kana=1"),
    "timetable_paper.poster": ("/timetable/{lesson}/poster", "/timetable/{cancelled}/poster?kana=1"),
    "timetable_paper.sheet": ("/timetable/print", "/timetable/print?district=KCN&month=2026-07&kana=1"),
}  # fmt: skip
NO_PAGES = {
    "activity.as_file": "a file",
    "costs.as_file": "a file",
    "duties.calendar": "for a machine",
    "health.alive": "for a machine",
    "health.ready": "for a machine",
    "open_data.events": "a file",
    "open_data.facilities": "a file",
    "people.search": "a part of people.index",
    "reception.found": "a part of reception.desk",
    "reception.person": "a part of reception.desk",
    "static": "files",
    "timetable.calendar": "for a machine",
    "timetable_paper.text": "a file",
    "trials.progress": "a part of trials.telephone",
}

# Words that a Japanese page may hold in Latin letters, though two of them stand side by side.
LATIN = re.compile(r"[A-Za-z][A-Za-z'’]+(?:[ ,]+[A-Za-z][A-Za-z'’]+)+")
# Names of the sample town that stand in Latin letters, besides.
LATIN_IN_JAPANESE = {
    "CSV UTF", "CC BY", "Minamishimabara City", "Minamishimabara City Hall", "Kuchinotsu Kominkan", "Santos Maria",
    "Smith Mary",
}  # fmt: skip

CONTROLS = """() => [...document.querySelectorAll(
    "button, .input, .choice, .nav a, a.button, summary, input:not([type=hidden]), select, textarea, th a, td a")]
    .filter((e) => e.checkVisibility() && !e.closest(".choice input, .visually-hidden"))
    .filter((e) => !["checkbox", "radio"].includes(e.type) || !e.closest("label"))
    .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect().height])
    .filter(([, height]) => height < 47.9)
    .map(([html, height]) => `${Math.round(height)} px high: ${html}`)"""
WORDS = """() => {
    const all = document.body.cloneNode(true);
    for (const e of all.querySelectorAll("[lang], script, textarea")) e.remove();
    for (const e of all.querySelectorAll("*")) e.append(" | ");
    const marked = [...all.querySelectorAll("[aria-label], [alt], [title], [placeholder]")];
    return [all.textContent, ...marked.map((e) => e.ariaLabel ?? e.alt ?? e.title ?? e.placeholder)].join(" | ");
}"""


@dataclass
class Town:
    """The sample town, served."""

    app: Flask
    address: str
    ids: dict[str, int | str]
    cookies: dict[str, str]

    def paths(self, role: Role) -> list[str]:
        """The address of every page that this role may open."""
        endpoints = {rule.endpoint for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        audiences = {endpoint: audience_of(self.app, endpoint, LIBRARY_ROUTES) for endpoint in endpoints}
        return [
            path.format(**self.ids)
            for endpoint in sorted(endpoints - set(NO_PAGES))
            if role in (audiences[endpoint] or EVERYBODY)
            for path in PATHS.get(endpoint, ())
        ]

    def paths_of_the_first(self, username: str) -> list[str]:
        """Without those that a role named before in ROLES opens too: roles differ by a button and the menu, so that
        one of them is enough where a look takes long."""
        earlier = list(ROLES)[: list(ROLES).index(username)]
        looked_at = {path for one in earlier for path in self.paths(ROLES[one])}
        return [path for path in self.paths(ROLES[username]) if path not in looked_at]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("sample-town")
    shutil.copy(sqlite_template, folder / "town.sqlite3")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPPORTDESK_INSTANCE_DIR", str(folder))
        patch.setattr(clock, "now", lambda: NOW)
        app = create_app(settings_for(f"sqlite:///{folder / 'town.sqlite3'}", folder, SUPPORTDESK_PROVIDER="practice"))
        with app.app_context():
            sample_town.make(NOW)
            ids = found_in_the_sample_town(NOW)
            cookies = {name: signed_in(app, name) for name in ROLES}
        with serving(app) as address:
            yield Town(app, address, ids, cookies)
        with app.app_context():
            db.engine.dispose()


def signed_in(app: Flask, username: str) -> str:
    web = Web(app)
    web.sign_in(db.session.scalars(sa.select(User).where(User.username == username)).one())
    cookie = web.client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def found_in_the_sample_town(now: datetime) -> dict[str, int | str]:
    """What stands in the addresses. Brings the town a little further too: messages sent, a walk-in on today's sheet."""
    planning.plan(now)
    deliver_due(current_app.extensions[EXTENSION], due_by=now + timedelta(days=1))
    helper = db.session.scalars(sa.select(User).where(User.username == "volunteer-a")).one()
    today = db.session.scalars(
        sa.select(Lesson.id).join(LessonSupporter).where(Lesson.starts_at >= now).order_by(Lesson.starts_at)
    ).first()
    assert today is not None
    with transaction():
        by = Actor(helper.id, helper.name, helper.role_set)
        db.session.add(ClosedDay(day=date(2026, 8, 12), reason="夏季閉庁"))
        walk_in = visits.add_walk_in(chance.record_key(), today, name="飛田 花", by=by, now=now).key
    standing = sa.select(Booking).where(Booking.cancelled_at.is_(None)).order_by(Booking.id)
    booking = db.session.scalars(standing.join(Lesson).where(Lesson.starts_at > now + timedelta(days=3))).first()
    seat = db.session.scalars(standing.where(Booking.lesson_id == today)).first()
    past = db.session.scalars(sa.select(Lesson.id).where(Lesson.starts_at < now).order_by(Lesson.id)).first()
    cancelled = db.session.scalars(sa.select(Lesson.id).where(Lesson.cancelled_from.is_not(None))).first()
    stopped = db.session.scalars(sa.select(Resident.id).where(Resident.stopped_at.is_not(None))).first()
    assert booking is not None and seat is not None and past is not None and stopped is not None
    assert cancelled is not None
    mine = sa.select(LessonSupporter.lesson_id).join(Supporter).where(Supporter.user_id == helper.id)
    own = db.session.scalars(mine.where(LessonSupporter.starts_at > now).order_by(LessonSupporter.starts_at)).first()
    gap = db.session.scalars(sa.select(CannotCome.lesson_id)).first()
    assert own is not None and gap is not None
    offer = db.session.scalars(sa.select(Offer)).one()
    by_lot = sa.select(Lesson.id).where(Lesson.admission == Admission.LOTTERY).order_by(Lesson.drawn_at.is_(None))
    drawn, entered = db.session.scalars(by_lot).all()
    few = least_queries.to_decide(now)[0].lesson.id
    last = db.session.scalars(sa.select(Waiting.id).order_by(Waiting.id.desc())).first()
    consultation, visit, counter = (
        db.session.scalars(
            sa.select(Lesson).where(Lesson.kind == kind, Lesson.starts_at > now).order_by(Lesson.starts_at)
        ).first()
        for kind in (LessonKind.CONSULTATION, LessonKind.VISIT, LessonKind.COUNTER)
    )
    assert consultation is not None and visit is not None and counter is not None
    at_counter = db.session.scalars(standing.join(Lesson).where(Lesson.kind == LessonKind.COUNTER)).first()
    assert at_counter is not None
    first = {model: db.session.scalars(sa.select(model.id).order_by(model.id)).first()
             for model in (
                 User, HelpRequest, CallTask, Course, Venue, Room, PracticeLine, Branch, Permit, Thing, Series,
                 Supporter,
             )
             }  # fmt: skip
    people = {user.username: user.id for user in db.session.scalars(sa.select(User))}
    tried = db.session.scalars(sa.select(Telephone).join(Trial, Trial.telephone_id == Telephone.id)).first()
    assert tried is not None
    left = Plan({ItemKind.REQUEST: Choice.LEAVE, ItemKind.CALL_BACK: Choice.LEAVE})
    with transaction():
        # Between two who may each see it, beside those of the sample town.
        done, prepared = [
            handover.hand_over(
                HandOverData(people["staff"], people["coordinator"], day, left, "鍵は金庫"), by=by, now=now
            ).id
            for day in (clock.local_date(now), date(2026, 9, 1))
        ]
    return {
        "hand_over": done,
        "prepared_hand_over": prepared,
        "taker": people["staff-b"],
        "user": helper.id,
        "did_month": f"{clock.local_date(now).replace(day=1) - timedelta(days=1):%Y-%m}",
        "request": first[HelpRequest],
        "task": first[CallTask],
        "course": first[Course],
        "venue": first[Venue],
        "room": first[Room],
        "line": first[PracticeLine],
        "branch": first[Branch],
        "series": first[Series],
        "permit": first[Permit],
        "supporter": first[Supporter],
        "unrenewed": db.session.scalars(sa.select(Supporter.id).where(Supporter.name == NOT_RENEWED)).one(),
        "thing": first[Thing],
        "lesson": booking.lesson_id,
        "booking": booking.id,
        "resident": booking.resident_id,
        "stopped": stopped,
        "tried": tried.resident_id,
        "tried_line": tried.id,
        "past": past,
        "cancelled": cancelled,
        "change": db.session.scalars(sa.select(Change.id).where(Change.released_at.is_not(None))).first(),
        "untold": db.session.scalars(sa.select(Change.id).where(Change.released_at.is_(None))).first(),
        "today": today,
        "seat": seat.id,
        "walk_in": walk_in,
        "full": offer.lesson_id,
        "own": own,
        "gap": gap,
        "offered": offer.waiting.resident_ids[0],
        "waits": last,
        "drawn": drawn,
        "entered": entered,
        "few": few,
        "consultation": consultation.course_id,
        "slot": consultation.id,
        "slot_day": str(consultation.slot_day),
        "slot_room": consultation.room_id,
        "visit_day": str(visit.slot_day),
        "home": visit.room_id,
        "at_counter": at_counter.id,
    }


@dataclass
class Reader:
    """A browser that notes what is wrong with each page it opens."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    path: str = ""

    def open(self, path: str, status: int = 200) -> None:
        self.path = path
        self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        answer = self.page.goto(self.address + path, wait_until="load")
        assert answer is not None
        self.check(answer.status == status, f"status {answer.status}")

    def check(self, good: bool, complaint: str) -> None:
        if not good:
            self.complaints.append(f"{self.path}: {complaint}")

    def look_at_the_page(self, whole: bool = True) -> None:
        """`whole` at every width and with axe; a page that another role's browser has looked at so already, only where
        it is narrowest."""
        self.check(self.page.locator("html").get_attribute("lang") == "ja", "is not marked as Japanese")
        self.check(self.page.locator("h1").count() == 1, f"{self.page.locator('h1').count()} h1")
        for words in sorted(set(LATIN.findall(self.page.evaluate(WORDS))) - LATIN_IN_JAPANESE):
            self.check(False, f"English: {words}")
        for width in WIDTHS if whole else WIDTHS[-1:]:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            needed = self.page.evaluate("document.documentElement.scrollWidth")
            self.check(needed <= width, f"needs {needed} px of {width}")
            for small in self.page.evaluate(CONTROLS):
                self.check(False, f"at {width}: {small}")
            if whole and width in WIDTHS_FOR_AXE:
                for violation in Axe().run(self.page).response["violations"]:
                    where = violation["nodes"][0]["html"][:200]
                    self.check(False, f"at {width}: axe {violation['id']}: {violation['help']} {where}")


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="ja-JP")
    yield context
    context.close()


@pytest.fixture
def reader(context: BrowserContext, town: Town) -> Reader:
    """Signed out; an error in the console is a complaint."""
    reader = Reader(context.new_page(), town.address)
    reader.page.on("pageerror", lambda error: reader.check(False, str(error)))
    reader.page.on("console", lambda said: reader.check(said.type != "error" or "status of 4" in said.text, said.text))
    return reader


def sign_in(reader: Reader, town: Town, username: str) -> None:
    reader.page.context.add_cookies([{"name": COOKIE, "value": town.cookies[username], "url": town.address}])


def test_no_route_is_forgotten_here(town: Town) -> None:
    routes = {
        rule.endpoint
        for rule in town.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(API)
    }
    pages = {endpoint for endpoint in routes if audience_of(town.app, endpoint, LIBRARY_ROUTES) != EVERYBODY}

    assert pages - set(PATHS) - set(NO_PAGES) == set(), "say in PATHS with which address the page is looked at"
    assert routes - pages - set(OPEN_PATHS) - set(NO_PAGES) == set()
    assert {*PATHS, *OPEN_PATHS, *NO_PAGES} - routes == set(), "these routes are gone"


@pytest.mark.parametrize("username", ROLES)
def test_every_page_can_be_read_and_used_by_anybody(reader: Reader, town: Town, username: str) -> None:
    sign_in(reader, town, username)
    new = town.paths_of_the_first(username)
    paths = town.paths(ROLES[username])

    for path in paths:
        reader.open(path)
        reader.look_at_the_page(whole=path in new)

    assert len(paths) >= 3
    assert reader.complaints == [], "\n".join(reader.complaints)


@pytest.mark.parametrize("username", ROLES)
def test_no_page_offers_what_its_reader_may_not_open(town: Town, username: str) -> None:
    web, addresses = Web(town.app), town.app.url_map.bind("localhost")
    web.client.set_cookie(COOKIE, town.cookies[username])
    forbidden = set()
    for path in town.paths(ROLES[username]):
        for offered in web.get(path).soup.select("a[href^='/'], form[action^='/']"):
            address = str(offered.get("href") or offered.get("action")).partition("#")[0].partition("?")[0]
            method = "POST" if offered.get("method") == "post" else "GET"
            endpoint, _values = addresses.match(address, method=method)
            audience = audience_of(town.app, endpoint, LIBRARY_ROUTES)
            if audience != EVERYBODY and ROLES[username] not in (audience or ()):
                forbidden.add(f"{path} offers {endpoint}")

    assert forbidden == set()


def test_the_pages_for_everybody(reader: Reader, town: Town) -> None:
    for paths in OPEN_PATHS.values():
        for path in paths:
            reader.open(path.format(**town.ids))
            reader.look_at_the_page()

    assert reader.complaints == [], "\n".join(reader.complaints)


def test_the_pages_that_say_no(reader: Reader, town: Town) -> None:
    sign_in(reader, town, "staff")
    reader.open("/no-such-page", status=404)
    reader.look_at_the_page()
    reader.open("/accounts", status=403)
    reader.look_at_the_page()
    reader.open(f"/residents/{2**31 - 1}", status=404)
    reader.look_at_the_page()

    assert reader.complaints == [], "\n".join(reader.complaints)


@pytest.mark.parametrize("username", ROLES)
def test_every_page_opens_in_english(reader: Reader, town: Town, username: str) -> None:
    sign_in(reader, town, username)
    reader.page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": "en", "url": town.address}])

    for path in town.paths_of_the_first(username):
        reader.open(path)
        reader.check(reader.page.locator("html").get_attribute("lang") == "en", "is not marked as English")

    assert reader.complaints == [], "\n".join(reader.complaints)


def test_the_pages_for_everybody_open_in_english(reader: Reader, town: Town) -> None:
    reader.page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": "en", "url": town.address}])

    for paths in OPEN_PATHS.values():
        for path in paths:
            reader.open(path.format(**town.ids))
            reader.check(reader.page.locator("html").get_attribute("lang") == "en", "is not marked as English")

    assert reader.complaints == [], "\n".join(reader.complaints)


def test_ten_calls_to_make_stand_on_a_desks_screen(reader: Reader, town: Town) -> None:
    sign_in(reader, town, "staff")
    reader.open("/action-items")

    heights = reader.page.locator(".items > li").evaluate_all("all => all.map((e) => e.offsetHeight)")

    # The usual ones: who has hours of their own, a family to ring or a FAX to get takes a row more.
    assert len(heights) >= 5
    assert 10 * median(heights) <= 700


def test_why_somebody_waits_is_read_whole_on_a_desks_screen(reader: Reader, town: Town) -> None:
    sign_in(reader, town, "staff")
    reader.open("/action-items")

    cut = reader.page.evaluate("""() => [...document.querySelectorAll(".item-why")].flatMap((why) =>
        [...why.childNodes].filter((e) => e !== why.lastElementChild && e.textContent.trim()).map((e) => {
            const range = document.createRange();
            range.selectNodeContents(e);
            return [e.textContent.trim(), range.getBoundingClientRect().right - why.getBoundingClientRect().right];
        })).filter(([, over]) => over > 1)""")

    assert cut == []


A4_AT_96_DPI = (794, 1123)
MARGINS = 2 * 57  # 15 mm on either side


@pytest.mark.parametrize(
    "path",
    [
        "/sheet/{today}/paper", "/action-items", "/action-items/paper", "/timetable/print", "/timetable/print?kana=1",
        "/activity/{did_month}/print", "/changes/paper", "/changes/{change}", "/office/wording/paper",
    ],
)  # fmt: skip
def test_paper_is_a4_and_no_column_is_cut_off(reader: Reader, town: Town, path: str) -> None:
    sign_in(reader, town, "staff")
    reader.open(path.format(**town.ids))

    pdf = reader.page.pdf(prefer_css_page_size=True)
    reader.page.emulate_media(media="print")
    reader.page.set_viewport_size({"width": A4_AT_96_DPI[0] - MARGINS, "height": A4_AT_96_DPI[1]})
    needed = reader.page.evaluate(
        "Math.max(...[...document.querySelectorAll('main, main *')].filter((e) => e.checkVisibility())"
        ".map((e) => e.getBoundingClientRect().right))"
    )

    boxes = {tuple(map(float, box)) for box in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)}
    assert len(re.findall(rb"/Type /Page\b", pdf)) > 0
    assert {(round(width), round(height)) for width, height in boxes} == {(595, 842)}
    assert needed <= A4_AT_96_DPI[0] - MARGINS


def test_each_record_of_activity_is_a_sheet_of_its_own(reader: Reader, town: Town) -> None:
    sign_in(reader, town, "staff")
    reader.open("/activity/{did_month}/print".format(**town.ids))
    sheets = reader.page.locator(".sheet").count()

    pdf = reader.page.pdf(prefer_css_page_size=True)

    assert sheets > 1
    assert len(re.findall(rb"/Type /Page\b", pdf)) == sheets


@pytest.mark.parametrize(("paper", "box", "width"), [("A4", (842, 595), 1123), ("A3", (1191, 842), 1587)])
@pytest.mark.parametrize("rows", ["district", "venue"])
def test_the_board_prints_lying_and_nothing_is_cut_off(
    reader: Reader, town: Town, rows: str, paper: str, box: tuple[int, int], width: int
) -> None:
    sign_in(reader, town, "staff")
    reader.open(f"/board?rows={rows}")

    pdf = reader.page.pdf(format=paper, landscape=True)
    reader.page.emulate_media(media="print")
    reader.page.set_viewport_size({"width": width - 2 * 30, "height": HEIGHT})  # 8 mm on either side
    cards, needed, torn = reader.page.evaluate(
        """() => {
            const all = [...document.querySelectorAll("main *")].filter((e) => e.checkVisibility());
            const cards = [...document.querySelectorAll(".board-card")];
            const whole = (e) => e.scrollWidth <= e.clientWidth && getComputedStyle(e).breakInside === "avoid";
            return [
                cards.length, Math.max(...all.map((e) => e.getBoundingClientRect().right)),
                cards.filter((e) => !whole(e)).length,
            ];
        }"""
    )

    boxes = {tuple(map(float, found)) for found in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)}
    assert [(abs(wide - box[0]) < 2, abs(high - box[1]) < 2) for wide, high in boxes] == [(True, True)]
    assert (cards > 5, needed <= width - 2 * 30, torn) == (True, True, 0)


@pytest.mark.parametrize(("path", "pages"), [("poster", 1), ("poster?kana=1", 1), ("flyer", 1), ("flyer?kana=1", 1)])
@pytest.mark.parametrize("which", ["lesson", "cancelled", "past"])
def test_poster_and_flyer_are_one_a4_sheet(reader: Reader, town: Town, which: str, path: str, pages: int) -> None:
    reader.open(f"/timetable/{town.ids[which]}/{path}")

    pdf = reader.page.pdf(prefer_css_page_size=True)

    boxes = {tuple(map(float, box)) for box in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)}
    assert len(re.findall(rb"/Type /Page\b", pdf)) == pages
    assert {(round(width), round(height)) for width, height in boxes} == {(595, 842)}


@pytest.mark.parametrize("path", ["/timetable/print?kana=1", "/timetable/{lesson}/poster", "/timetable/{lesson}/flyer"])
def test_paper_for_everybody_is_12_pt_at_least_and_black_on_white(reader: Reader, town: Town, path: str) -> None:
    reader.open(path.format(**town.ids))
    reader.page.emulate_media(media="print")

    found = reader.page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter((e) => e.checkVisibility() && !e.closest("rt, svg")
            && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
            .map((e) => [parseFloat(getComputedStyle(e).fontSize), getComputedStyle(e).color])"""
    )

    assert len(found) > 10
    assert min(size for size, _ in found) >= 16  # 12 pt
    assert {colour for _, colour in found} == {"rgb(0, 0, 0)"}


def test_the_policy_is_not_asked_for_the_words_to_search_engines(reader: Reader, town: Town) -> None:
    reader.page.add_init_script(
        "window.violations = []; addEventListener('securitypolicyviolation', (e) => violations.push(e.blockedURI))"
    )
    reader.open(f"/timetable/{town.ids['lesson']}")

    told = reader.page.evaluate("JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').text)")

    assert told["@type"] == "Event"
    assert reader.page.evaluate("violations") == []
    assert reader.complaints == []


def test_the_switches_work_without_a_script(chromium: Browser, town: Town) -> None:
    context = chromium.new_context(locale="ja-JP", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{town.address}/timetable")
    usual = page.locator("h3").first.bounding_box()

    page.get_by_role("link", name="大きな文字にする").click()
    page.get_by_role("link", name="ふりがなを付ける").click()

    assert page.locator("ruby rt").count() > 5
    large = page.locator("h3").first.bounding_box()
    assert usual is not None and large is not None and large["height"] > 1.3 * usual["height"]
    context.close()
