"""Pure decisions of the desk screen."""

from __future__ import annotations

from datetime import datetime

from ..core.japan.calendar import text_time, weekday
from ..lessons.slot_rules import CounterMatter, LessonKind


def read_back(
    starts: datetime, venue: str, course: str, people: int, lessons: int = 1, *,
    kind: LessonKind = LessonKind.CLASS, matter: CounterMatter | None = None, by_lot: bool = False,
) -> str:  # fmt: skip
    """The one line that a clerk reads back aloud (復唱); `starts` is local time, `lessons` how many are booked at once,
    `matter` what is done at the counter: whether the person must come stands first then (office practice 21). `by_lot`:
    it is an entry for a draw. In Japanese whatever the page's language, since it is said to a resident."""
    day = f"{starts.month}月{starts.day}日、{weekday(starts.date())}曜日、{text_time(starts.time())}"
    if lessons > 1:
        return f"{day}からの{lessons}回、{venue}、『{course}』の連続教室、{_how_many(people)}ですね。"
    if by_lot:
        return f"{day}、{venue}、『{course}』の教室の抽選に、{_how_many(people)}のお申し込みですね。"
    if kind is LessonKind.CLASS:
        return f"{day}、{venue}、『{course}』の教室、{_how_many(people)}ですね。"
    where = "ご自宅へ二人でうかがいます" if kind is LessonKind.VISIT else venue
    comes = f"{_COMES[matter.in_person]}。" if matter else ""
    return f"{comes}{day}、{where}、『{course}』、{_how_many(people)}ですね。"


def said_of_number(number: str) -> str:
    """The sentence after it that tells the booking number, with which the booking can be heard of and cancelled by
    telephone."""
    return f"予約番号は、{number}です。"


_COMES = {True: "ご本人にお越しいただきます", False: "代理の方にお越しいただきます"}


def _how_many(people: int) -> str:
    # 「お三人様」 is not said; from three on the count takes 名様.
    return {1: "お一人様", 2: "お二人様"}.get(people, f"{people}名様")


def split_kana(typed: str) -> tuple[str, str]:
    """Family and given name of a kana name typed in one field; all is the family name where no space parts it."""
    family, _, given = " ".join(typed.split()).partition(" ")
    return family, given
