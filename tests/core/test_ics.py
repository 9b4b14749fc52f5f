from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.core import ics

EVENT = ics.Event(
    uid="0123456789abcdef",
    sequence=2,
    revised_at=datetime(2026, 7, 1, 0, 30, tzinfo=UTC),
    starts_at=datetime(2026, 7, 15, 1, 0, tzinfo=UTC),
    ends_at=datetime(2026, 7, 15, 2, 0, tzinfo=UTC),
    summary="写真をとる・見る・消す",
    location="口之津公民館 研修室",
    description="写真をとって、見て、消します。\n持ち物：スマホ, 充電器; メガネ \\ ほか",
    url="https://desk.example/timetable/1",
    cancelled=False,
)


def written(event: ics.Event) -> str:
    return ics.calendar("南島原市 スマホ教室", [event]).decode()


def read(event: ics.Event) -> icalendar.Event:
    """As a parser of somebody else's reads it."""
    found = icalendar.Calendar.from_ical(ics.calendar("南島原市 スマホ教室", [event])).walk("VEVENT")
    assert len(found) == 1
    return found[0]  # type: ignore[no-any-return]


def test_an_event_is_read_as_it_was_meant() -> None:
    found = read(EVENT)

    assert found["UID"] == EVENT.uid
    assert found["SEQUENCE"] == 2
    assert (found.decoded("DTSTART"), found.decoded("DTEND")) == (EVENT.starts_at, EVENT.ends_at)
    assert (found.decoded("DTSTAMP"), found.decoded("LAST-MODIFIED")) == (EVENT.revised_at, EVENT.revised_at)
    assert (str(found["SUMMARY"]), str(found["LOCATION"])) == (EVENT.summary, EVENT.location)
    assert str(found["DESCRIPTION"]) == EVENT.description
    assert str(found["URL"]) == EVENT.url
    assert found["STATUS"] == "CONFIRMED"


def test_a_cancelled_event_stays_and_says_so() -> None:
    assert read(replace(EVENT, cancelled=True))["STATUS"] == "CANCELLED"


def test_an_event_without_an_address_has_none() -> None:
    assert "URL" not in read(replace(EVENT, url=None))


def test_instants_are_in_utc_and_every_line_ends_with_crlf() -> None:
    lines = written(EVENT).split("\r\n")

    assert "DTSTART:20260715T010000Z" in lines
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    assert not any("\n" in line or "\r" in line for line in lines)


def test_a_line_of_exactly_75_octets_is_not_broken() -> None:
    assert ics.folded("X" * 75) == b"X" * 75 + b"\r\n"
    assert ics.folded("X" * 76) == b"X" * 75 + b"\r\n X\r\n"


def test_no_letter_is_torn_where_a_line_is_broken() -> None:
    pieces = ics.folded("SUMMARY:" + "漢" * 60).split(b"\r\n")[:-1]

    assert all(len(piece) <= 75 for piece in pieces)
    assert "".join(piece.decode().removeprefix(" ") for piece in pieces) == "SUMMARY:" + "漢" * 60


def test_what_no_text_may_hold_is_left_out() -> None:
    assert str(read(replace(EVENT, summary="写\x00真\x0b\r\n二行\r三行"))["SUMMARY"]) == "写真\n二行\n三行"


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300))
def test_any_text_comes_back_as_it_went_in(text: str) -> None:
    octets = ics.calendar("x", [replace(EVENT, description=text)])

    found = icalendar.Calendar.from_ical(octets).walk("VEVENT")[0]
    assert str(found.get("DESCRIPTION", "")) == text
    assert all(len(line) <= 75 for line in octets.split(b"\r\n"))
