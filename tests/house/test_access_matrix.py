"""Who sees what: every route asked by every role, and by nobody.

What is expected comes twice: from the declaration of each view, and, for what must never be wrong, from a table
written by hand here, so that a declaration that is wrong itself is seen too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from werkzeug.routing import Rule

from supportdesk.accounts.models import User
from supportdesk.app import LIBRARY_ROUTES
from supportdesk.core.access import API, EVERYBODY, Role, audience_of
from supportdesk.core.db import db, transaction
from supportdesk.office import settings as office_settings
from supportdesk.places.models import Venue, VenueSupporter
from supportdesk.visits.models import Visit
from tests import factories
from tests.conftest import NOW
from tests.web import Web

pytestmark = pytest.mark.one_database

DESK = {Role.STAFF}
RESIDENTS = {Role.STAFF, Role.COORDINATOR}
PEOPLE_WHO_WORK_HERE = {Role.ADMIN}
OFFICE = {Role.ADMIN, Role.MANAGER}
HISTORY = {Role.ADMIN, Role.MANAGER, Role.AUDITOR}
SHEET = {Role.STAFF, Role.COORDINATOR, Role.VOLUNTEER}

# The beginning of an address, and the roles that may get in there at the most.
AT_MOST: dict[str, set[Role]] = {
    "/residents": RESIDENTS,
    "/desk": DESK,
    "/requests": DESK,
    "/incoming": DESK,
    # Below /api alone.
    "/incoming-calls": DESK,
    "/incoming-texts": DESK,
    "/help-requests": DESK,
    "/bookings": DESK,
    "/waiting-list": DESK,
    "/offers": DESK,
    # An entry is told there; below /api the coordinator draws too, who sees who entered on the lesson's page.
    "/entries": DESK,
    "/lessons": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/activity": {Role.STAFF, Role.COORDINATOR},
    "/board": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/series": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/rota": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/duties": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/my-duties": {Role.VOLUNTEER},
    # The days themselves; who sits where and where somebody lives stand at longer addresses.
    "/slots": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/slots/<string(maxlength=10):day>": RESIDENTS,
    "/slots/<string(maxlength=10):day>/visits": DESK,
    "/courses": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/venues": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/rooms": {Role.STAFF, Role.COORDINATOR},
    "/changes": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/hand-overs": {Role.STAFF, Role.COORDINATOR, Role.MANAGER, Role.ADMIN},
    "/closures": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/permits": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/things": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/supporters": {Role.STAFF, Role.COORDINATOR},
    # Their own alone; for others the coordinator enters them.
    "/my-days-off": {Role.VOLUNTEER},
    "/import": {Role.STAFF, Role.COORDINATOR},
    "/impostors": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/impostor-reports": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/was-it-us": RESIDENTS,
    "/lessons/<int(max=2147483647):lesson_id>/contact": RESIDENTS,
    "/papers": DESK,
    "/action-items": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    # How a call ended all of the office may note; the notes, which somebody said, are for staff alone.
    "/call-tasks": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    # What left the house and what became of it, without names and whole numbers: for whoever looks after sending too.
    "/messages": {Role.ADMIN, Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/messages/cost": {Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/messages/cost.csv": {Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/messages/cost/prices": OFFICE,
    "/messages/cost/on-top": OFFICE,
    "/message-costs": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/message-costs/prices": {Role.MANAGER},
    "/message-costs/on-top": {Role.MANAGER},
    "/outgoing": {Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    # A drawn telephone shows a resident's number and texts; there is one only where nothing real is sent.
    "/practice": {Role.ADMIN, Role.STAFF, Role.COORDINATOR, Role.MANAGER},
    "/sheet": SHEET,
    "/office": {Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/office/settings": OFFICE,
    "/office/branches": OFFICE,
    "/accounts": PEOPLE_WHO_WORK_HERE,
    "/history": HISTORY,
    "/office/districts": {Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/office/topics": {Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/office/wording": {Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/office/import": {Role.ADMIN, Role.MANAGER},
    # Below /api/v1 only, where nobody is admin.
    "/office-settings": {Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/hold": {Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/branches": {Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/closed-days": {Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/system-days": {Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/districts": {Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/topics": {Role.MANAGER, Role.STAFF, Role.COORDINATOR},
    "/usual-topics": {Role.MANAGER},
    "/wordings": {Role.MANAGER, Role.STAFF, Role.COORDINATOR},
}
FOR_ALL_WHO_WORK_HERE = {"/", "/account/password", "/help", "/logout"}
FOR_EVERYBODY = {
    "/login", "/account/code", "/healthz", "/readyz", "/language", "/openapi.json", "/timetable", "/timetable.ics",
    "/timetable.txt", "/senders",
}  # fmt: skip
# What is for everybody below these holds nothing of anybody. Below /calendars/ nothing is, without a key.
FOR_EVERYBODY_BELOW = ("/static/", "/hooks/twilio/", "/timetable/", "/open-data/", "/calendars/", "/senders/")


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def one_of_each(app: Flask) -> dict[Role | None, Web]:
    browsers: dict[Role | None, Web] = {role: Web(app).sign_in(factories.user(role)) for role in Role}
    return browsers | {None: Web(app)}


def _routes(app: Flask) -> list[tuple[Rule, str, str]]:
    """Each route of a page with each of its methods and an address that fits it (programs: test_api_access.py)."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(API):
            continue
        with app.test_request_context():
            built = rule.build(dict.fromkeys(rule.arguments, "1"), append_unknown=False)
        assert built is not None
        found += [(rule, method, built[1]) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def _answer(web: Web, method: str, path: str) -> tuple[int, str]:
    if method == "GET":
        page = web.get(path, headers={"Accept": "text/html"})
    else:
        page = web.request("post", path, {}, follow=False)
    return page.status, page.response.location or ""


def test_every_route_lets_in_whom_it_declares_and_nobody_else(
    app: Flask, one_of_each: dict[Role | None, Web], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The token against foreign pages is asked before the audience; here it would answer 400 for it.
    monkeypatch.setitem(app.config, "WTF_CSRF_CHECK_DEFAULT", False)
    # Elsewhere nobody delivers by a button.
    with transaction():
        office_settings.change(sample_town=True)
    wrong = []
    for rule, method, path in _routes(app):
        audience = audience_of(app, rule.endpoint, LIBRARY_ROUTES)
        assert audience is not None
        if audience == EVERYBODY or rule.endpoint in LIBRARY_ROUTES:
            continue
        for role, web in one_of_each.items():
            status, location = _answer(web, method, path)
            if role is None:
                right = (status, location.split("?")[0]) == (302, "/login") if method == "GET" else status == 401
            elif role in audience:
                right = status != 403 and status < 500 and not location.startswith("/login")
            else:
                right = status == 403
            if not right:
                wrong.append(f"{method} {path} as {role or 'nobody'}: {status} {location}")

    assert wrong == []


def _allowed_at_most(rule: str) -> set[Role] | None:
    """By hand: whom this address may let in; None for everybody."""
    if rule in FOR_EVERYBODY or rule.startswith(FOR_EVERYBODY_BELOW):
        return None
    if rule in FOR_ALL_WHO_WORK_HERE:
        return set(Role)
    matching = [beginning for beginning in AT_MOST if rule == beginning or rule.startswith(beginning + "/")]
    assert matching, f"{rule}: say in this test whom it may let in"
    return AT_MOST[max(matching, key=len)]


def test_no_declaration_is_wider_than_the_table_written_by_hand(app: Flask) -> None:
    wider = {}
    for rule in app.url_map.iter_rules():
        # A program gets at no more below /api/v1 than a person on the page of that name.
        address = rule.rule.removeprefix("/api/v1")
        allowed, declared = _allowed_at_most(address), audience_of(app, rule.endpoint, LIBRARY_ROUTES)
        assert declared is not None
        if allowed is not None and (declared == EVERYBODY or declared - allowed):
            wider[rule.rule] = sorted(declared - allowed)

    assert wider == {}


@pytest.mark.parametrize("role", [role for role in Role if role not in OFFICE])
@pytest.mark.parametrize(
    "path",
    ["/office/sending/stop", "/office/sending/stop-today", "/office/sending/release", "/office/closed-days",
     "/office/closed-days/open", "/office/system-days", "/office/system-days/remove",
     "/office/settings/name", "/office/branches/new"],
)  # fmt: skip
def test_nobody_but_administrator_and_manager_changes_what_the_office_decided(
    app: Flask, one_of_each: dict[Role | None, Web], role: Role, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_CHECK_DEFAULT", False)

    assert one_of_each[role].request("post", path, {"reason": "x", "first": "2026-08-12"}, follow=False).status == 403


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.AUDITOR, Role.ADMIN])
@pytest.mark.parametrize("path", ["/residents", "/residents/1", "/desk", "/requests", "/requests/1", "/bookings/1"])
def test_neither_volunteer_nor_auditor_nor_admin_reads_about_residents(
    one_of_each: dict[Role | None, Web], role: Role, path: str
) -> None:
    assert one_of_each[role].get(path).status == 403


def test_what_is_said_by_a_role_holds_for_a_person_with_two(app: Flask) -> None:
    both = Web(app).sign_in(factories.user(Role.AUDITOR, Role.STAFF))

    assert both.get("/history").status == 200
    assert both.get("/desk").status == 200
    assert both.get("/accounts").status == 403


@pytest.fixture
def my_venue(app: Flask) -> Venue:
    return factories.venue()


@pytest.fixture
def volunteer(my_venue: Venue) -> User:
    person = factories.user(Role.VOLUNTEER)
    factories.save(VenueSupporter(venue_id=my_venue.id, supporter_id=factories.supporter(person).id))
    return person


def test_a_volunteer_opens_the_sheet_of_my_venue_and_of_no_other(web: Web, my_venue: Venue, volunteer: User) -> None:
    mine = factories.lesson(starts_at=NOW, room=factories.room(my_venue))
    other = factories.lesson(starts_at=NOW)
    booking = factories.booking(course_date=other)
    web.sign_in(volunteer)

    assert web.get(f"/sheet/{mine.id}").status == 200
    for path in ("", "/paper", "/walk-in", "/close", f"/{booking.id}"):
        assert web.get(f"/sheet/{other.id}{path}").status == 404, path


def test_a_volunteer_marks_nobody_of_another_venue(
    app: Flask, web: Web, volunteer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_CHECK_DEFAULT", False)
    other = factories.lesson(starts_at=NOW)
    booking = factories.booking(course_date=other)
    web.sign_in(volunteer)
    answers = {"key": "a-key-of-my-own", "booking_id": str(booking.id), "attendance": "came", "name": "はる"}

    for act in ("mark", "rate", "all-came", "walk-in", "close", str(booking.id)):
        assert web.request("post", f"/sheet/{other.id}/{act}", answers, follow=False).status == 404, act


def test_nobody_of_the_next_venue_is_reached_through_a_booking_of_it_on_my_own_sheet(
    app: Flask, web: Web, my_venue: Venue, volunteer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_CHECK_DEFAULT", False)
    mine = factories.lesson(starts_at=NOW, room=factories.room(my_venue))
    foreign = factories.booking(course_date=factories.lesson(starts_at=NOW))
    web.sign_in(volunteer)
    answers = {"key": "a-key-of-my-own", "booking_id": str(foreign.id), "attendance": "came"}

    assert web.get(f"/sheet/{mine.id}/{foreign.id}").status == 404
    assert web.request("post", f"/sheet/{mine.id}/mark", answers, follow=False).status == 422
    assert db.session.scalars(sa.select(Visit)).all() == []


def test_a_volunteer_opens_no_sheet_of_yesterday(web: Web, my_venue: Venue, volunteer: User) -> None:
    yesterday = factories.lesson(starts_at=NOW - timedelta(days=1), room=factories.room(my_venue))

    assert web.sign_in(volunteer).get(f"/sheet/{yesterday.id}").status == 404
