from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from supportdesk.core import history, table_files
from supportdesk.core.access import Actor
from supportdesk.core.db import db
from supportdesk.core.table_files import Report, import_table
from supportdesk.lessons.imports import CourseImporter, LessonImporter
from supportdesk.lessons.models import Course, Lesson, LessonThing
from supportdesk.lessons.rules import LessonState
from supportdesk.places.imports import VenueImporter
from supportdesk.places.models import Room, Venue
from tests import factories

VENUES = """venue_id,name,name_kana,sample_short_name,district_code,sample_room,sample_capacity,sample_wifi,note
V101,加津佐公民館,カヅサコウミンカン,加津佐公民館,KCN,研修室,20,1,
V102,口之津公民館,クチノツコウミンカン,口之津公民館,KCN,会議室,16,0,=HYPERLINK("x")
"""
COURSES = """course_code,category,title,title_kana,minutes,capacity,learners_per_supporter,bring,pin_typed_by_resident
B01,basic,電源とボタン,デンゲントボタン,60,8,4,スマホ|メガネ,0
K01,consult,スマホ相談,スマホソウダン,30,1,1,スマホ,1
"""
LESSONS = """external_id,course,venue,room,date,start_time,state
L1,B01,V101,研修室,2026-07-15,10:00,open
L2,K01,V101,研修室,令和8年7月15日,午後1時30分,
"""


class Import:
    def __init__(self, by: Actor, now: datetime) -> None:
        self.by, self.now = by, now

    def __call__(self, kind: type, text: str, **how: bool) -> Report:
        file = io.BytesIO(text.encode("utf-8-sig"))
        return import_table(file, kind(self.by, self.now), **{"dry_run": False, **how})


@pytest.fixture
def load(by: Actor, now: datetime) -> Import:
    factories.district()
    return Import(by, now)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.same, len(report.refused)


def how_many(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_the_tables_of_a_town_are_imported_and_a_second_run_changes_nothing(load: Import) -> None:
    for kind, text in ((VenueImporter, VENUES), (CourseImporter, COURSES), (LessonImporter, LESSONS)):
        assert counts(load(kind, text)) == (2, 0, 0, 0)
        rows = how_many(history.HistoryRow)
        assert counts(load(kind, text)) == (0, 0, 2, 0)
        assert how_many(history.HistoryRow) == rows

    venue = db.session.scalars(sa.select(Venue).where(Venue.external_id == "V102")).one()
    assert ([room.seats for room in venue.rooms], venue.note) == ([16], '=HYPERLINK("x")')
    course = db.session.scalars(sa.select(Course).where(Course.external_id == "B01")).one()
    assert course.bring == "スマホ、メガネ"
    first, second = db.session.scalars(sa.select(Lesson).order_by(Lesson.external_id)).all()
    assert (first.state, second.state) == (LessonState.OPEN, LessonState.DRAFT)
    assert (second.starts_at, second.seats) == (datetime(2026, 7, 15, 4, 30, tzinfo=UTC), 1)


def test_a_changed_row_changes_its_venue_and_room_and_keeps_what_the_file_does_not_hold(load: Import) -> None:
    load(VenueImporter, VENUES.replace("sample_wifi,note", "sample_wifi,bus"))

    without_note = VENUES.replace("sample_wifi,note", "sample_wifi,other")
    report = load(VenueImporter, without_note.replace("研修室,20", "研修室,24"))

    assert counts(report) == (0, 1, 1, 0)
    assert db.session.scalars(sa.select(Room.seats).order_by(Room.seats)).all() == [16, 24]
    assert db.session.scalars(sa.select(Venue.bus).where(Venue.external_id == "V102")).one() == '=HYPERLINK("x")'


def test_a_dry_run_says_the_same_and_writes_nothing(load: Import) -> None:
    report = load(VenueImporter, VENUES, dry_run=True)

    assert (counts(report), report.written) == ((2, 0, 0, 0), False)
    assert (how_many(Venue), how_many(Room), how_many(history.HistoryRow)) == (0, 0, 0)


def test_one_bad_row_and_nothing_is_written_unless_only_the_good_rows_are_asked_for(load: Import) -> None:
    bad = VENUES + "V103,有家公民館,有家,有家公民館,KCN,研修室,20,1,\n"

    report = load(VenueImporter, bad)
    assert (report.written, how_many(Venue)) == (False, 0)
    assert [(row.line, row.column) for row in report.refused] == [(4, "name_kana")]

    report = load(VenueImporter, bad, skip_bad_rows=True)
    assert (counts(report), report.written, how_many(Venue)) == ((2, 0, 0, 1), True, 2)


def test_a_refused_row_leaves_no_half_of_itself(load: Import) -> None:
    report = load(VenueImporter, VENUES.replace("研修室,20", "研修室,0"), skip_bad_rows=True)

    assert [(row.line, row.column) for row in report.refused] == [(2, "seats")]
    assert db.session.scalars(sa.select(Venue.external_id)).all() == ["V102"]


def test_a_text_too_long_for_its_column_is_refused_on_both_databases(load: Import) -> None:
    report = load(VenueImporter, VENUES.replace("加津佐公民館,カヅ", "公" * 81 + ",カヅ"))
    assert [(row.line, row.column) for row in report.refused] == [(2, "name")]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("L3,X99,V101,研修室,2026-07-16,10:00,", "course"),
        ("L3,B01,V999,研修室,2026-07-16,10:00,", "room"),
        ("L3,B01,V101,体育室,2026-07-16,10:00,", "room"),
        ("L3,B01,V101,研修室,2026-02-30,10:00,", "day"),
        ("L3,B01,V101,研修室,2026-07-16,午前12時,", "start"),
        ("L3,B01,V101,研修室,2026-07-01,10:00,", "day"),
        ("L3,B01,V101,研修室,2026-07-15,10:30,", "room_id"),
        ("L3,B01,V101,研修室,2026-07-16,10:00,unknown", "state"),
    ],
)
def test_a_lesson_that_cannot_be_is_named_by_line_and_column(load: Import, row: str, column: str) -> None:
    load(VenueImporter, VENUES)
    load(CourseImporter, COURSES)

    report = load(LessonImporter, LESSONS + row + "\n")

    assert [(bad.line, bad.column) for bad in report.refused] == [(4, column)]
    assert how_many(Lesson) == 0


def test_a_dry_run_names_each_conflict_of_a_row_and_a_reason_in_the_file_settles_them(load: Import) -> None:
    load(VenueImporter, VENUES)
    load(CourseImporter, COURSES)
    head = "external_id,course,venue,room,date,start_time,capacity,override_reason\n"
    row = "L1,B01,V101,研修室,2026-07-20,10:00,21,"

    (refused,) = load(LessonImporter, head + row + "\n", dry_run=True).refused
    assert (refused.line, refused.column, refused.why.code) == (2, "override_reason", "reason-needed")
    assert refused.why.params["kinds"] == ["holiday", "room-too-small"]
    assert "海の日" in str(refused.why.params["conflicts"])

    for outcome in ((1, 0, 0, 0), (0, 0, 1, 0)):
        assert counts(load(LessonImporter, head + row + "館長に確認済み\n")) == outcome


def test_a_file_names_the_things_that_a_lesson_takes_along_and_two_rows_cannot_have_one(load: Import) -> None:
    load(VenueImporter, VENUES)
    load(CourseImporter, COURSES)
    thing = factories.thing()
    head = "external_id,course,venue,room,date,start_time,things\n"
    rows = "L1,B01,V101,研修室,2026-07-15,10:00,ルーター1号\nL2,B01,V102,会議室,2026-07-15,10:30,ルーター1号\n"

    report = load(LessonImporter, head + rows, skip_bad_rows=True)

    assert (counts(report), report.refused[0].why.code) == ((1, 0, 0, 1), "thing-taken")
    assert db.session.scalars(sa.select(LessonThing.thing_id)).all() == [thing.id]
    (nothing,) = load(LessonImporter, head + "L3,B01,V102,会議室,2026-07-16,10:30,気球\n").refused
    assert (nothing.column, nothing.why.code) == ("things", "no-thing")


def test_a_lesson_moved_in_the_file_gets_the_usual_window_of_its_new_day(load: Import) -> None:
    for kind, text in ((VenueImporter, VENUES), (CourseImporter, COURSES), (LessonImporter, LESSONS)):
        load(kind, text)

    report = load(LessonImporter, LESSONS.replace("2026-07-15,10:00", "2026-07-22,10:00"))

    assert counts(report) == (0, 1, 1, 0)
    moved = db.session.scalars(sa.select(Lesson).where(Lesson.external_id == "L1")).one()
    assert moved.booking_closes_at == datetime(2026, 7, 21, 8, 15, tzinfo=UTC)


def test_a_file_run_again_does_not_open_what_was_closed_since(load: Import, by: Actor, now: datetime) -> None:
    for kind, text in ((VenueImporter, VENUES), (CourseImporter, COURSES), (LessonImporter, LESSONS)):
        load(kind, text)
    with table_files.transaction() as session:
        session.execute(sa.update(Lesson).values(state=LessonState.RECORDED))

    assert counts(load(LessonImporter, LESSONS)) == (0, 0, 2, 0)
    assert set(db.session.scalars(sa.select(Lesson.state))) == {LessonState.RECORDED}


def test_a_killed_run_over_the_whole_file_leaves_nothing_and_is_run_again(
    load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = VenueImporter.put

    def die_at_the_second(self: VenueImporter, row: dict[str, object]) -> table_files.Outcome:
        if row["external_id"] == "V102":
            raise KeyboardInterrupt
        return put(self, row)

    monkeypatch.setattr(VenueImporter, "put", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        load(VenueImporter, VENUES)
    assert how_many(Venue) == 0

    monkeypatch.undo()
    assert counts(load(VenueImporter, VENUES)) == (2, 0, 0, 0)


def test_good_rows_are_committed_in_blocks_so_that_the_desk_can_write_in_between(
    load: Import, by: Actor, now: datetime
) -> None:
    head = "external_id,title,minutes,seats,learners_per_supporter\n"
    text = head + "".join(f"C{number},写真をとる,60,8,4\n" for number in range(450))
    said: list[tuple[int, int]] = []

    report = import_table(
        io.BytesIO(text.encode()), CourseImporter(by, now), dry_run=False, skip_bad_rows=True,
        progress=lambda so_far: said.append((so_far.seen, how_many(Course))),
    )  # fmt: skip

    assert counts(report) == (450, 0, 0, 0)
    assert said == [(200, 200), (400, 400), (450, 450)]
