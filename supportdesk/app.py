"""create_app: the only place that knows all rooms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, Request, Response, abort, g, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import CSRFProtect
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.middleware.proxy_fix import ProxyFix

from . import settings as installation
from .accounts import programs, sign_in
from .accounts import views as accounts_views
from .core import access, beat, clock, compressed, filters, history, operations, tally  # noqa: F401  (tables)
from .core.access import EVERYBODY, SIGNED_IN, Role, below_api
from .core.api.blueprint import Document
from .core.bodies import LONGEST_BODY
from .core.db import db, engine_options, is_sqlite, teach_sqlite, transaction
from .core.i18n import LANGUAGES, babel, language
from .desk import api as desk_api
from .desk import call_task_api, call_task_views, impostor_api, impostor_views
from .desk import views as desk_views
from .front import (
    activity,
    board,
    change_api,
    change_views,
    costs,
    duties,
    duty_api,
    errors,
    handover_api,
    handover_views,
    health,
    just_leaving,
    lottery,
    lottery_api,
    open_data,
    reception,
    rehearsal,
    sent,
    timetable,
    timetable_paper,
    was_it_us,
    worklist_more_views,  # noqa: F401  (more pages of front_views, as the next)
    worklist_views,  # noqa: F401
)
from .front import api as front_api
from .front import views as front_views
from .lessons import api as lessons_api
from .lessons import (
    booking_views,
    closed_day_api,
    closed_day_views,
    closure_api,
    closure_views,
    least_api,
    least_views,
    my_days_views,
    permit_views,
    rota_views,
    series_api,
    series_views,
    slot_api,
    slot_views,
    supporter_api,
    supporter_views,
    system_day_api,
    system_day_views,
    thing_api,
    thing_views,
    waiting_api,
    waiting_views,
)
from .lessons import views as lessons_views
from .messages import api as messages_api
from .messages import cost_api, hooks, practice_views, switchboard
from .messages import views as messages_views
from .office import branch_api, branch_views, list_api, list_views, setting_api, setting_views
from .office import settings as office_settings
from .office import views as office_views
from .people import number_api  # noqa: F401  (more of residents)
from .people import supporter_views as supporters_views
from .people import views as people_views
from .places import api as places_api
from .places import calendar_api, calendar_views
from .places import views as places_views
from .reminders import api as reminders_api
from .reminders import (
    chain_views,
    dialogue_views,
    inbound_api,
    inbound_call_hooks,
    inbound_text_hooks,
    inbound_views,
    paper_views,
    planning,
    trial_api,
    trial_views,
    wording_api,
    wording_views,
)
from .reminders import views as reminders_views
from .visits import api as visits_api
from .visits import views as visits_views

ROOMS = (
    office_views,
    list_views,
    setting_views,
    branch_views,
    accounts_views,
    messages_views,
    practice_views,
    people_views,
    supporters_views,
    places_views,
    calendar_views,
    lessons_views,
    booking_views,
    waiting_views,
    least_views,
    series_views,
    slot_views,
    closed_day_views,
    system_day_views,
    closure_views,
    permit_views,
    thing_views,
    rota_views,
    supporter_views,
    my_days_views,
    desk_views,
    call_task_views,
    impostor_views,
    reminders_views,
    chain_views,
    paper_views,
    wording_views,
    inbound_views,
    trial_views,
    visits_views,
    front_views,
    reception,
    lottery,
    board,
    change_views,
    duties,
    activity,
    sent,
    timetable,
    timetable_paper,
    was_it_us,
    handover_views,
    costs,
    open_data,
    rehearsal,
    health,
)

# The nouns below /api/v1.
NOUNS = (
    setting_api.office_settings,
    setting_api.hold,
    branch_api.branches,
    list_api.districts,
    list_api.topics,
    trial_api.residents,
    places_api.venues,
    calendar_api.opening,
    closure_api.closures,
    calendar_api.permits,
    thing_api.things,
    supporter_api.supporters,
    lessons_api.courses,
    least_api.lessons,
    series_api.series,
    slot_api.slots,
    closed_day_api.closed_days,
    system_day_api.system_days,
    reminders_api.bookings,
    waiting_api.waiting_list,
    waiting_api.offers,
    lottery_api.entries,
    desk_api.help_requests,
    call_task_api.call_tasks,
    impostor_api.impostor_reports,
    messages_api.messages,
    inbound_api.incoming_calls,
    inbound_api.incoming_texts,
    cost_api.message_costs,
    wording_api.wordings,
    visits_api.visits,
    duty_api.duties,
    front_api.action_items,
    change_api.changes,
    handover_api.hand_overs,
)

# Doors for the provider: trusted by its signature, not by a cookie.
HOOKS = (hooks, dialogue_views, inbound_call_hooks, inbound_text_hooks)

# Routes that a library brings, with the audience we give each.
LIBRARY_ROUTES = {
    "static": EVERYBODY,
    "security.login": EVERYBODY,
    "security.logout": SIGNED_IN,
}

# endpoint, label, for whom. The order is the order of a clerk's day.
NAVIGATION: tuple[tuple[str, Any, tuple[Role, ...]], ...] = (
    ("front.home", _l("Today"), (Role.STAFF, Role.COORDINATOR, Role.MANAGER)),
    ("reception.desk", _l("Reception"), (Role.STAFF,)),
    ("front.action_items", _l("Needs a person"), (Role.STAFF, Role.COORDINATOR, Role.MANAGER)),
    ("desk.index", _l("Help requests"), (Role.STAFF,)),
    ("people.index", _l("Residents"), (Role.STAFF, Role.COORDINATOR)),
    ("lessons.lessons", _l("Lessons"), (Role.STAFF, Role.COORDINATOR, Role.MANAGER)),
    ("duties.mine", _l("My duties"), (Role.VOLUNTEER,)),
    ("visits.today", _l("Day sheet"), (Role.VOLUNTEER, Role.STAFF, Role.COORDINATOR)),
    ("reminders.outgoing", _l("What would go out"), (Role.STAFF, Role.COORDINATOR, Role.MANAGER)),
    ("practice.shelf", _l("Practice telephone"), (Role.STAFF, Role.COORDINATOR, Role.MANAGER, Role.ADMIN)),
    ("lessons.courses", _l("Courses"), (Role.STAFF, Role.COORDINATOR, Role.MANAGER)),
    ("places.venues", _l("Venues"), (Role.STAFF, Role.COORDINATOR, Role.MANAGER)),
    ("settings.overview", _l("Settings of the office"), (Role.ADMIN, Role.MANAGER, Role.STAFF, Role.COORDINATOR)),
    ("accounts.list_people", _l("People who work here"), (Role.ADMIN,)),
    ("front.record", _l("Record of what was done"), (Role.ADMIN, Role.MANAGER, Role.AUDITOR)),
)

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class _WithoutNul(ImmutableMultiDict[str, Any]):
    """Answers as they came, but for NUL: no keyboard types it, and PostgreSQL fails on it wherever it is asked for."""

    def __init__(self, pairs: Iterable[tuple[str, Any]] | None = None) -> None:
        found = pairs.items(multi=True) if isinstance(pairs, MultiDict) else pairs or ()
        super().__init__(
            [(name, value.replace("\0", "") if isinstance(value, str) else value) for name, value in found]
        )


class _DeskRequest(Request):
    parameter_storage_class = _WithoutNul


csrf = CSRFProtect()


def create_app(settings: installation.Settings | None = None) -> Flask:
    """Build the app. Starts no scheduler, opens no connection. Raises SettingsError, UndeclaredRoute."""
    settings = settings or installation.load()
    app = Flask("supportdesk", instance_path=str(settings.instance_dir))
    app.request_class = _DeskRequest
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        SUPPORTDESK=settings,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=LONGEST_BODY,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        BABEL_DEFAULT_LOCALE="ja",
        BABEL_DEFAULT_TIMEZONE="Asia/Tokyo",
        SESSION_COOKIE_SECURE=(settings.public_base_url or "").startswith("https://"),
        TEMPLATES_AUTO_RELOAD=False,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    db.init_app(app)
    with app.app_context():
        if is_sqlite():
            teach_sqlite(db.engine)
    babel.init_app(app, locale_selector=language)
    filters.install(app)
    sign_in.install(app)
    # The guard first: the page that answers a stale token has to know who is signed in.
    access.install_guard(app, sign_in.load_actor, programs.load_program, LIBRARY_ROUTES)
    csrf.init_app(app)
    # Changes nothing but the words of this browser; with a token every visitor would cost a row of web_session.
    csrf.exempt(office_views.switch_language)
    switchboard.install(app, settings, planning.unwanted)
    for room in ROOMS:
        app.register_blueprint(room.blueprint)
    for hook in HOOKS:
        app.register_blueprint(hook.blueprint)
        csrf.exempt(hook.blueprint)
    document = Document(app)
    for noun in NOUNS:
        document.add(noun)
        csrf.exempt(noun)  # a browser sends no token by itself, and its cookie opens nothing there
    errors.install(app)
    # Before the answer is packed: functions of after_request run from the last to the first.
    compressed.install(app)
    just_leaving.install(app)
    _every_page(app)
    access.check_every_route_declares_its_audience(app, LIBRARY_ROUTES)
    return app


def _every_page(app: Flask) -> None:
    rehearses = app.config["SUPPORTDESK"].provider == "practice"

    @app.context_processor
    def shell() -> dict[str, Any]:
        """What the page shell shows."""
        if g.get("without_database"):
            return {"language": language(), "languages": LANGUAGES}
        actor = g.get("actor")
        office = office_settings.current()
        return {
            "actor": actor,
            "help_href": url_for("front.help_page") if actor else None,
            "office": office,
            "town_name": office.town,
            "is_sample_town": office.sample_town,
            "sending_hold": office.sending_hold,
            "language": language(),
            "languages": LANGUAGES,
            "navigation": [
                {"endpoint": endpoint, "label": label, "current": request.endpoint == endpoint}
                for endpoint, label, roles in NAVIGATION
                if actor and actor.has(*roles) and (endpoint != "practice.shelf" or rehearses)
            ],
        }

    @app.before_request
    def forms_alone() -> None:
        """The form library would read JSON as a form, and stumble at whatever is no object of texts."""
        if request.is_json and not below_api():
            abort(415)

    @app.before_request
    def no_address_holds_nul() -> None:
        """PostgreSQL answers NUL in a text with an error, not with "there is none"."""
        if "\0" in request.path:
            abort(404)

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.after_request
    def count_my_numbers(response: Response) -> Response:
        times = g.get("my_numbers_turned_away", 0)
        if times:
            with transaction():
                tally.count(tally.MY_NUMBER_TURNED_AWAY, clock.local_date(clock.now()), times)
        return response
