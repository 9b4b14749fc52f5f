"""The look, in a real browser: every component on one page, at the widths that people have before them."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import flask
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import ChoiceLoader, FileSystemLoader
from playwright.sync_api import Browser, Page, expect
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

import supportdesk
from supportdesk.app import CONTENT_SECURITY_POLICY
from supportdesk.core.answers import choices
from tests.serving import serving

pytestmark = pytest.mark.browser

HOUSE = Path(supportdesk.__file__).parent
WIDTHS = [1280, 820, 390, 320]
LAYOUTS = ["staff", "public", "tablet", "print"]


class EveryField(FlaskForm):
    kana = StringField("氏名（かな）", [InputRequired("氏名をかなで入力してください。"), Length(max=5)])
    phone = StringField("電話番号", [InputRequired("電話番号を入力してください。")])
    secret = PasswordField("合言葉", [InputRequired("合言葉を入力してください。")])
    birth = StringField("生まれた年")
    district = SelectField("地区", choices=choices({"1": "口之津", "2": "加津佐"}))
    day = DateField("日にち", [InputRequired("日にちを選んでください。")])
    wish = RadioField(
        "ご希望の連絡方法",
        [InputRequired("一つ選んでください。")],
        choices=choices({"sms": "ショートメール", "voice": "自動音声の電話", "person": "職員からの電話"}),
    )
    needs = SelectMultipleField(
        "心づかい",
        choices=choices({"ear": "耳が遠い", "eye": "大きな文字", "chair": "車いす"}),
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    consent = BooleanField("連絡してよいと聞きました", [InputRequired("ご本人の同意を確かめてください。")])
    trouble = TextAreaField("困りごと")


class Gallery:
    """A small app that shows the components, and remembers what was sent to it."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.arrived = threading.Semaphore(0)
        self.gate = threading.Event()
        self.address = ""


def make_app(gallery: Gallery) -> flask.Flask:
    app = flask.Flask("gallery", static_folder=str(HOUSE / "static"), static_url_path="/static")
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(HOUSE / "templates"), FileSystemLoader(Path(__file__).parent / "templates")]
    )
    app.config["SECRET_KEY"] = "only for this gallery"
    Babel(app)
    CSRFProtect(app)
    for name in ("when", "day", "clock", "paper", "date"):
        app.jinja_env.filters[name] = lambda instant: "7月15日(水)午前10時"

    @app.context_processor
    def around() -> dict[str, object]:
        return {
            "town_name": "南島原市",
            "language": "ja",
            "is_sample_town": True,
            "sending_hold": True,
            "help_href": "/help",
            "actor": SimpleNamespace(name="本多 花子", roles=frozenset()),
            "navigation": [
                SimpleNamespace(endpoint="gallery", label=label, current=label == "受付")
                for label in ("きょう", "受付", "住民", "月間予定", "連絡", "要対応", "会場", "設定")
            ],
        }

    app.add_url_rule("/language", "office.switch_language", lambda: "", methods=["POST"])
    app.add_url_rule("/account/password", "accounts.change_password", lambda: "")
    app.add_url_rule("/logout", "security.logout", lambda: "", methods=["POST"])

    @app.get("/gallery", endpoint="gallery")
    def show() -> str:
        form = EveryField(
            formdata=MultiDict({"trouble": "写真がいっぱいで、もう撮れない。", "district": "1"}),
            meta={"csrf": False},
        )
        form.validate()
        form.form_errors.append("この教室は満席になりました。")
        flask.flash("保存しました。")
        return flask.render_template(
            "gallery.html",
            layout=flask.request.args["layout"],
            form=form,
            moment=datetime(2026, 7, 15, 1, 0, tzinfo=UTC),
            page=SimpleNamespace(number=2, pages=3, total=57, prev_href="#prev", next_href="#next"),
            changes=[SimpleNamespace(label="電話番号", theirs="0957-00-1234", yours="0957-00-1235")],
        )

    @app.get("/bare")
    def bare() -> str:
        return flask.render_template_string(
            '{% extends "layouts/staff.html" %}{% block title %}x{% endblock %}'
        )

    @app.get("/search")
    def search() -> str:
        return flask.render_template("search.html")

    @app.get("/found")
    def found() -> str:
        return (
            f'<p data-announce="1人">{flask.request.args["q"]}</p><time data-behaviour="clock" hidden></time>'
        )

    @app.post("/send")
    def send() -> ResponseReturnValue:
        gallery.received.append(flask.request.form.to_dict())
        gallery.arrived.release()
        assert gallery.gate.wait(60)
        return flask.redirect("/search", 303)

    @app.after_request
    def guard(answer: flask.Response) -> flask.Response:
        answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return answer

    return app


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    gallery = Gallery()
    gallery.gate.set()
    with serving(make_app(gallery)) as gallery.address:
        yield gallery


@pytest.fixture
def page(chromium: Browser, gallery: Gallery) -> Iterator[Page]:
    """A page on which any error, also of the content security policy, fails the test."""
    context = chromium.new_context(locale="ja-JP")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type == "error" and "favicon" not in said.location["url"]
            else None
        ),
    )
    yield page
    context.close()
    assert complaints == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_page_scrolls_sideways(page: Page, gallery: Gallery, layout: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(f"{gallery.address}/gallery?layout={layout}")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_whatever_can_be_touched_is_48_pixels_high(
    page: Page, gallery: Gallery, layout: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(f"{gallery.address}/gallery?layout={layout}")

    heights = page.evaluate(
        """() => [...document.querySelectorAll(
            "button, .input, .choice, .nav a, .table a, .errors a, a.button")]
            .filter((e) => e.checkVisibility())
            .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])"""
    )
    assert len(heights) > 20
    assert [it for it in heights if it[1] < 48] == []


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_axe_finds_nothing(page: Page, gallery: Gallery, layout: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{gallery.address}/gallery?layout={layout}")

    found = Axe().run(page)

    assert found.response["passes"] != []
    assert found.response["violations"] == [], found.generate_report()


def test_the_focus_is_a_black_line_around_a_yellow_ring(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.address}/search")

    page.locator("#q").focus()

    seen = page.locator("#q").evaluate("e => [getComputedStyle(e).outline, getComputedStyle(e).boxShadow]")
    assert seen[0] == "rgb(0, 0, 0) solid 4px"
    assert "rgb(255, 212, 61)" in seen[1]


def test_a_refused_form_is_read_from_its_error_summary(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.address}/gallery?layout=public")

    expect(page.locator("#field-trouble")).to_have_value("写真がいっぱいで、もう撮れない。")
    kana = page.locator("#field-kana")
    expect(kana).to_have_attribute("aria-invalid", "true")
    expect(kana).to_have_attribute("aria-describedby", "field-kana-support field-kana-error")
    page.get_by_role("link", name="氏名（かな）: 氏名をかなで入力してください。").click()
    expect(kana).to_be_focused()


def test_every_link_of_the_error_summary_leads_to_a_field(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.address}/gallery?layout=public")

    targets = page.locator(".errors a").evaluate_all("links => links.map((a) => a.hash)")

    assert len(targets) == 6
    for target in targets:
        expect(page.locator(target)).to_have_count(1)


def test_enter_that_ends_a_conversion_never_submits(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.address}/search")
    page.wait_for_load_state("networkidle")
    page.locator("#q").focus()
    keyboard = page.context.new_cdp_session(page)
    enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}

    keyboard.send("Input.imeSetComposition", {"text": "やま", "selectionStart": 2, "selectionEnd": 2})
    keyboard.send("Input.dispatchKeyEvent", enter)
    keyboard.send("Input.insertText", {"text": "山田"})
    # Safari: the composition is over, and only the key code tells.
    stopped = page.locator("#q").evaluate(
        """e => !e.dispatchEvent(new KeyboardEvent("keydown",
            {key: "Enter", keyCode: 229, bubbles: true, cancelable: true}))"""
    )

    assert stopped
    expect(page.locator("#q")).to_have_value("山田")
    assert gallery.received == []
    with page.expect_navigation():  # the control: Enter afterwards does submit
        page.keyboard.press("Enter")
    assert [sent["q"] for sent in gallery.received] == ["山田"]


def click_twice(page: Page, gallery: Gallery, *, both_arrive: bool) -> None:
    """The second click comes while the first is being answered; the answer comes after both."""
    gallery.gate.clear()
    page.locator("button[value=book]").scroll_into_view_if_needed()
    box = page.locator("button[value=book]").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(*middle)
    assert gallery.arrived.acquire(timeout=60)
    page.mouse.click(*middle)
    # A second one that is sent ends the first in the browser; answered before that, the page would go on under it.
    assert not both_arrive or gallery.arrived.acquire(timeout=60)
    gallery.gate.set()
    # Not wait_for_url: the page that was left halfway counts as a failure there.
    expect(page).to_have_url(re.compile("/search$"))


def test_a_second_click_sends_nothing_more(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.address}/gallery?layout=staff")
    page.wait_for_load_state("networkidle")
    page.evaluate(
        """() => addEventListener("submit", (e) => sessionStorage.setItem("said", e.submitter.textContent))"""
    )

    click_twice(page, gallery, both_arrive=False)

    assert [sent["act"] for sent in gallery.received] == ["book"]
    assert page.evaluate("sessionStorage.getItem('said')") == "Sending…"


def test_without_the_script_the_second_click_does_send(chromium: Browser, gallery: Gallery) -> None:
    """The control: what the server has to refuse by itself."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{gallery.address}/gallery?layout=staff")

    click_twice(page, gallery, both_arrive=True)

    context.close()
    assert len(gallery.received) == 2


def test_a_form_can_be_sent_again_after_going_back(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.address}/gallery?layout=staff")
    page.wait_for_load_state("networkidle")
    book = page.locator("button[value=book]")

    for _ in range(2):
        book.click()
        page.wait_for_url("**/search")
        page.go_back()
        expect(book).to_have_text("予約する")

    assert len(gallery.received) == 2


def test_the_search_answers_while_the_input_method_is_still_composing(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.address}/search")
    page.wait_for_load_state("networkidle")
    page.locator("#q").focus()
    keyboard = page.context.new_cdp_session(page)

    keyboard.send("Input.imeSetComposition", {"text": "ほん", "selectionStart": 2, "selectionEnd": 2})

    expect(page.locator("#found p")).to_have_text("ほん")
    expect(page.locator("[role=status]:has(+ #found)")).to_have_text("1人")
    assert gallery.received == []


def test_a_behaviour_starts_in_content_that_came_later(page: Page, gallery: Gallery) -> None:
    page.goto(f"{gallery.address}/search")
    page.wait_for_load_state("networkidle")

    page.locator("#q").press_sequentially("は")

    expect(page.locator("#found time")).to_be_visible()
    assert len(page.locator("#found time").inner_text()) == len("10:42")


def test_what_an_ordinary_page_loads_stays_below_35_kilobytes() -> None:
    base = (HOUSE / "templates/base.html").read_text(encoding="utf-8")
    named = re.findall(r'"(\w+)"', base.split("for sheet in")[1].split("-%}")[0])
    sheets = [HOUSE / f"static/css/{name}.css" for name in named]
    of_one_page = {"reception.js", "sheet.js", "speak.js"}
    scripts = [p for p in (HOUSE / "static/js").rglob("*.js") if p.name not in of_one_page and "tablet" not in p.parts]

    assert len(sheets) == 5
    assert sum(p.stat().st_size for p in [*sheets, *scripts]) < 35_000


def test_what_the_desk_screen_loads_besides_stays_below_20_kilobytes() -> None:
    own = [HOUSE / "static/css/reception.css", HOUSE / "static/js/behaviours/reception.js"]

    assert sum(p.stat().st_size for p in own) < 20_000


def test_the_shell_holds_without_a_user_or_a_menu() -> None:
    app = make_app(Gallery())
    app.template_context_processors[None] = [
        f for f in app.template_context_processors[None] if f.__name__ != "around"
    ]

    text = app.test_client().get("/bare").get_data(as_text=True)

    assert '<html lang="ja">' in text
    assert "<h1>x</h1>" in text
    assert "</html>" in text


def test_what_a_public_page_loads_stays_below_35_kilobytes_with_its_own_style() -> None:
    base = (HOUSE / "templates/base.html").read_text(encoding="utf-8")
    named = re.findall(r'"(\w+)"', base.split("for sheet in")[1].split("-%}")[0])
    sheets = [HOUSE / f"static/css/{name}.css" for name in [*named, "timetable"]]
    # No page of the timetable names a behaviour; these are loaded on every page.
    always = ("app", "start", "behaviours/ime-guard", "behaviours/keep-typed", "behaviours/submit-once")
    scripts = [HOUSE / f"static/js/{name}.js" for name in always]
    pages = [*(HOUSE / "templates/front/timetable").glob("*.html"), HOUSE / "templates/front/open_data.html"]

    assert len(pages) > 5 and not any("data-behaviour" in page.read_text(encoding="utf-8") for page in pages)
    assert sum(path.stat().st_size for path in [*sheets, *scripts]) < 35_000
