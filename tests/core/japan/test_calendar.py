"""The town hall's calendar."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.core.errors import Refusal
from supportdesk.core.japan import calendar
from tests.core.japan.reference import rows

DAYS = st.dates(date(1873, 1, 1), date(2117, 12, 31))
NEAR = st.dates(date(2026, 1, 1), date(2028, 12, 31))
HALF_PAST_TEN_JST = datetime(2026, 7, 15, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("row", rows("wareki_vectors"), ids=lambda row: row["iso"])
def test_era_and_fiscal_year_as_in_the_reference(row):
    day = date.fromisoformat(row["iso"])
    assert calendar.wareki(day) == row["wareki"]
    assert calendar.wareki_short(day) == row["wareki_short"]
    assert calendar.weekday(day) == row["weekday"]
    assert calendar.fiscal_year(day) == row["fiscal_year"]
    assert calendar.fiscal_label(row["fiscal_year"]) == row["fiscal_label"]
    assert calendar.parse_day(row["wareki"]) == calendar.parse_day(row["wareki_short"]) == day


@pytest.mark.parametrize("row", rows("holidays_fy2026_2027"), ids=lambda row: row["date"])
def test_closed_days_as_in_the_reference(row):
    day = date.fromisoformat(row["date"])
    assert calendar.weekday(day) == row["weekday"]
    assert not calendar.is_working_day(day)
    assert calendar.holiday_name(day) == (row["name"] if row["kind"] == "national" else None)
    assert calendar.is_holiday(day) is (row["kind"] == "national")


def test_no_other_day_of_the_two_fiscal_years_is_a_holiday():
    known = {row["date"] for row in rows("holidays_fy2026_2027") if row["kind"] == "national"}
    days = [date(2026, 4, 1) + timedelta(days=n) for n in range(366 + 365)]
    assert {day.isoformat() for day in days if calendar.is_holiday(day)} == known


def test_the_office_rests_at_weekends_and_on_its_own_closed_days():
    wednesday = date(2026, 7, 15)
    assert calendar.is_working_day(wednesday)
    assert not calendar.is_working_day(wednesday, closed={wednesday})
    assert not calendar.is_working_day(date(2026, 7, 18))
    assert not calendar.is_working_day(date(2026, 7, 19))


@given(NEAR, st.integers(0, 15), st.sets(NEAR, max_size=5))
def test_going_back_by_working_days_leaves_as_many_between(day, count, closed):
    back = calendar.working_days_before(day, count, closed)
    between = (back + timedelta(days=after) for after in range((day - back).days))
    assert sum(calendar.is_working_day(one, closed) for one in between) == count


def test_the_working_day_before_a_long_weekend_is_the_friday():
    assert calendar.working_days_before(date(2026, 7, 21), 1) == date(2026, 7, 17)
    assert calendar.working_days_before(date(2026, 7, 21), 1, closed=[date(2026, 7, 17)]) == date(2026, 7, 16)
    assert calendar.working_days_before(date(2027, 1, 4), 1) == date(2026, 12, 28)


@pytest.mark.parametrize(("year", "label"), [(2018, ""), (2019, "令和元年度"), (2026, "令和8年度")])
def test_fiscal_years_are_named_from_reiwa_on(year, label):
    assert calendar.fiscal_label(year) == label


@pytest.mark.parametrize(
    ("year", "label"),
    [
        (1941, "昭和16年生"),
        (1926, "大正15・昭和元年生"),
        (1989, "昭和64・平成元年生"),
        (1912, "明治45・大正元年生"),
        (1911, "明治44年生"),
        (2019, "平成31・令和元年生"),
    ],
)
def test_a_birth_year_with_two_eras_names_both(year, label):
    assert calendar.birth_label(year) == label


@given(DAYS)
def test_a_day_written_in_any_form_is_read_back(day):
    for written in (
        calendar.wareki(day),
        calendar.wareki_short(day),
        day.isoformat(),
        day.strftime("%Y%m%d"),
    ):
        assert calendar.parse_day(written) == day
    assert calendar.parse_day(f"{calendar.wareki(day)}({calendar.weekday(day)})") == day
    assert calendar.parse_era(f"{calendar.era_year(day)}年") == day.year


@pytest.mark.parametrize(
    ("typed", "year"),
    [
        ("昭和16年", 1941),
        ("昭16", 1941),
        ("ｓ１６", 1941),
        ("昭和 16", 1941),
        ("昭和64", 1989),
        ("平成元年", 1989),
        ("令和元", 2019),
        ("平成31年", 2019),
        ("大正15", 1926),
        ("明治45", 1912),
        ("1941", 1941),
        ("１９４１年", 1941),
        ("昭和16年生まれ", 1941),
    ],
)
def test_a_year_is_read_as_people_write_it(typed, year):
    assert calendar.parse_era(typed) == year


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("昭和65年", "no-such-year"),
        ("平成0年", "no-such-year"),
        ("平成32年", "no-such-year"),
        ("大正16", "no-such-year"),
        ("明治5", "no-such-year"),
        ("明治46", "no-such-year"),
        ("令和2026", "no-such-year"),
        ("16", "not-a-year"),
        ("1872", "not-a-year"),
        ("元年", "not-a-year"),
        ("昭治3", "not-a-year"),
        ("昭和", "not-a-year"),
        ("", "not-a-year"),
    ],
)
def test_a_year_that_never_was_is_refused(typed, code):
    with pytest.raises(Refusal) as refused:
        calendar.parse_era(typed)
    assert refused.value.code == code
    assert refused.value.message % refused.value.params


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("昭和64年1月8日", "other-era"),
        ("平成31年5月1日", "other-era"),
        ("令和元年4月30日", "other-era"),
        ("R1.4.30", "other-era"),
        ("2026-02-29", "no-such-day"),
        ("令和8年13月1日", "not-a-day"),
        ("7月15日", "not-a-day"),
        ("昭和65年1月1日", "no-such-year"),
        ("0000-01-01", "not-a-year"),
        ("", "not-a-day"),
    ],
)
def test_a_day_that_never_was_is_refused(typed, code):
    with pytest.raises(Refusal) as refused:
        calendar.parse_day(typed)
    assert refused.value.code == code


def test_days_before_the_western_calendar_have_no_era_here():
    with pytest.raises(ValueError, match="1873"):
        calendar.wareki(date(1872, 12, 31))


@pytest.mark.parametrize(
    ("hour", "words", "spoken"),
    [
        (time(9, 0), "午前9時", "ごぜんくじ"),
        (time(10, 0), "午前10時", "ごぜんじゅうじ"),
        (time(12, 0), "正午", "しょうご"),
        (time(12, 30), "午後0時30分", "ごごれいじさんじゅっぷん"),
        (time(13, 30), "午後1時30分", "ごごいちじさんじゅっぷん"),
        (time(16, 15), "午後4時15分", "ごごよじじゅうごふん"),
        (time(19, 8), "午後7時8分", "ごごしちじはっぷん"),
        (time(11, 46), "午前11時46分", "ごぜんじゅういちじよんじゅうろっぷん"),
    ],
)
def test_times_in_words(hour, words, spoken):
    assert calendar.text_time(hour) == words
    assert calendar.spoken_time(hour) == spoken


@pytest.mark.parametrize("in_words", [calendar.text_time, calendar.spoken_time])
def test_midnight_is_refused(in_words):
    with pytest.raises(Refusal):
        in_words(time(0, 0))


def test_an_instant_is_told_by_the_towns_wall_clock():
    assert (
        calendar.spoken_when(HALF_PAST_TEN_JST)
        == "しちがつじゅうごにち、すいようび、ごぜんじゅうじさんじゅっぷん"
    )


def test_a_time_without_a_zone_is_an_error():
    with pytest.raises(ValueError, match="time zone"):
        calendar.spoken_when(datetime(2026, 7, 15, 10, 0))  # noqa: DTZ001 - the mistake itself


def test_the_days_of_a_month_are_spoken_as_people_say_them():
    october = [date(2026, 10, n) for n in range(1, 32)]
    spoken = [calendar.spoken_day(day).removeprefix("じゅうがつ") for day in october]
    assert spoken == [
        "ついたち", "ふつか", "みっか", "よっか", "いつか", "むいか", "なのか", "ようか", "ここのか",
        "とおか",
        "じゅういちにち", "じゅうににち", "じゅうさんにち", "じゅうよっか", "じゅうごにち", "じゅうろくにち",
        "じゅうしちにち", "じゅうハチにち", "じゅうくにち", "はつか", "にじゅういちにち", "にじゅうににち",
        "にじゅうさんにち", "にじゅうよっか", "にじゅうごにち", "にじゅうろくにち", "にじゅうしちにち",
        "にじゅうハチにち", "にじゅうくにち", "さんじゅうにち", "さんじゅういちにち",
    ]  # fmt: skip


def test_the_months_are_spoken_as_people_say_them():
    spoken = [calendar.spoken_day(date(2026, n, 1)).removesuffix("がつついたち") for n in (4, 7, 9, 12)]
    assert spoken == ["し", "しち", "く", "じゅうに"]


def test_a_telephone_number_is_spoken_digit_by_digit():
    assert (
        calendar.spoken_digits("０９５７-00-0001")
        == "ゼロ、キュー、ゴ、ナナ。ゼロ、ゼロ。ゼロ、ゼロ、ゼロ、イチ"
    )


@pytest.mark.parametrize(
    ("typed", "hour"),
    [
        ("午後1時30分", time(13, 30)),
        ("13:30", time(13, 30)),
        ("１３：３０", time(13, 30)),
        ("1330", time(13, 30)),
        ("930", time(9, 30)),
        ("9:05", time(9, 5)),
        ("午前9時", time(9)),
        ("13時", time(13)),
        ("午後1時半", time(13, 30)),
        ("正午", time(12)),
        ("12:30", time(12, 30)),
        ("午後0時30分", time(12, 30)),
        ("午後 1:30", time(13, 30)),
    ],
)
def test_a_time_is_read_as_people_write_it(typed, hour):
    assert calendar.parse_time(typed) == hour


@pytest.mark.parametrize("typed", ["午前12時", "午後12時", "午後12時30分"])
def test_twelve_with_half_of_day_is_refused_with_the_reason(typed):
    with pytest.raises(Refusal) as refused:
        calendar.parse_time(typed)
    assert refused.value.code == "noon-or-midnight"


@pytest.mark.parametrize(
    "typed", ["", "午前13時", "24:00", "13:60", "1時75分", "10", "あさ", "-1:00", "99999"]
)
def test_what_is_no_time_is_refused(typed):
    with pytest.raises(Refusal) as refused:
        calendar.parse_time(typed)
    assert refused.value.code == "not-a-time"


@given(st.times().filter(lambda hour: (hour.hour, hour.minute) != (0, 0)))
def test_a_time_in_words_is_read_back(hour):
    assert calendar.parse_time(calendar.text_time(hour)) == hour.replace(second=0, microsecond=0)
