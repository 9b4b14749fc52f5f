"""Districts and topics on both databases: added, changed, retired, removed, and what has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, NotFound, Refusal
from supportdesk.desk import actions as desk
from supportdesk.desk import queries as requests
from supportdesk.desk.rules import RequestChannel
from supportdesk.lessons import booking_queries
from supportdesk.lessons.models import CourseTopic
from supportdesk.office import list_actions as actions
from supportdesk.office import queries
from supportdesk.office.list_actions import DistrictData, TopicData
from supportdesk.office.models import District, Topic
from tests import factories

KUCHINOTSU = DistrictData("口之津", "くちのつ", 32.611, 130.187)
WIFI = TopicData("Wi-Fiにつながらない", "基本", "class")


@pytest.fixture
def who(by: Actor, now: datetime) -> dict[str, Any]:
    return {"by": by, "now": now}


def act(what: Callable[..., Any], *args: Any, **more: Any) -> Any:
    with transaction():
        return what(*args, **more)


def test_a_district_without_code_and_place_gets_both(app: Flask, who: dict[str, Any]) -> None:
    first = act(actions.add_district, "", KUCHINOTSU, **who)
    second = act(actions.add_district, "", replace(KUCHINOTSU, name="加津佐"), **who)

    assert [(row.code, row.sort_order, row.name_kana) for row in (first, second)] == [
        ("D1", 1, "クチノツ"), ("D2", 2, "クチノツ"),
    ]  # fmt: skip
    assert [row.action for row in history.of("district:D1")] == ["district.added"]


def test_a_second_entry_with_the_same_code_is_refused_at_its_field(app: Flask, who: dict[str, Any]) -> None:
    act(actions.add_district, "KCN", KUCHINOTSU, **who)

    with pytest.raises(Refusal) as refused:
        act(actions.add_district, "kcn", KUCHINOTSU, **who)

    assert refused.value.field == "code"
    assert len(queries.districts()) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "口" * 41}, "name"),
        ({"name_kana": "口之津"}, "name_kana"),
        ({"latitude": 130.187, "longitude": 32.611}, "latitude"),
        ({"sort_order": 0}, "sort_order"),
    ],
)
def test_a_district_with_a_wrong_value_is_refused_at_its_field(
    app: Flask, who: dict[str, Any], wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refusal) as refused:
        act(actions.add_district, "KCN", replace(KUCHINOTSU, **wrong), **who)

    assert refused.value.field == field


def test_a_change_stands_in_the_history_with_before_and_after(app: Flask, who: dict[str, Any]) -> None:
    act(actions.add_topic, "WIFI", WIFI, **who)

    row = act(actions.edit_topic, "WIFI", replace(WIFI, first_route="desk", urgent=True), 1, **who)

    assert (row.version, row.first_route, row.urgent) == (2, "desk", True)
    assert history.of("topic:WIFI")[0].details == {
        "version": 2, "changed": {"first_route": ["class", "desk"], "urgent": [False, True]},
    }  # fmt: skip


def test_saving_without_a_change_is_no_new_version_and_no_history(app: Flask, who: dict[str, Any]) -> None:
    act(actions.add_topic, "WIFI", WIFI, **who)

    assert act(actions.edit_topic, "WIFI", WIFI, 1, **who).version == 1
    assert len(history.of("topic:WIFI")) == 1


def test_the_second_of_two_editors_is_told(app: Flask, who: dict[str, Any]) -> None:
    act(actions.add_district, "KCN", KUCHINOTSU, **who)
    act(actions.edit_district, "KCN", replace(KUCHINOTSU, name="口之津町"), 1, **who)

    with pytest.raises(ChangedMeanwhile):
        act(actions.edit_district, "KCN", replace(KUCHINOTSU, name="くちのつ"), 1, **who)
    with pytest.raises(ChangedMeanwhile):
        act(actions.retire, District, "KCN", 1, **who)
    with pytest.raises(NotFound):
        act(actions.edit_district, "XYZ", KUCHINOTSU, 1, **who)


def test_a_topic_out_of_use_is_offered_nowhere_and_stays_readable_where_it_is(app: Flask, who: dict[str, Any]) -> None:
    act(actions.add_topic, "WIFI", WIFI, **who)
    made = act(desk.receive_request, None, RequestChannel.PHONE, "WIFI", "", False, **who)

    act(actions.retire, Topic, "WIFI", 1, **who)

    assert queries.topics_to_choose() == []
    assert [row.code for row in queries.topics_to_choose(["WIFI"])] == ["WIFI"]
    assert requests.get(made.id).topic.label == "Wi-Fiにつながらない"
    assert [row.action for row in history.of("topic:WIFI")] == ["topic.retired", "topic.added"]

    act(actions.use_again, Topic, "WIFI", 2, **who)
    assert [row.code for row in queries.topics_to_choose()] == ["WIFI"]


def test_what_something_has_is_not_removed(app: Flask, who: dict[str, Any]) -> None:
    act(actions.add_topic, "WIFI", WIFI, **who)
    act(actions.add_district, "KCN", KUCHINOTSU, **who)
    factories.venue(district_code="KCN")
    course = factories.course()
    factories.save(CourseTopic(course_id=course.id, topic_code="WIFI"))

    for model, code in ((Topic, "WIFI"), (District, "KCN")):
        with pytest.raises(Refusal) as refused:
            act(actions.remove, model, code, 1, **who)
        assert refused.value.code == "in-use"

    assert len(queries.topics()) == len(queries.districts()) == 1


def test_what_was_entered_by_mistake_is_removed(app: Flask, who: dict[str, Any]) -> None:
    act(actions.add_topic, "WIFI", WIFI, **who)

    act(actions.remove, Topic, "WIFI", 1, **who)

    assert queries.topics() == []
    assert history.of("topic:WIFI")[0].details == {"name": "Wi-Fiにつながらない"}


def test_the_usual_topics_come_once_and_marked_as_proposed(app: Flask, who: dict[str, Any]) -> None:
    assert act(actions.add_usual_topics, **who) == 31

    rows = {row.code: row for row in queries.topics()}
    assert all(row.proposed for row in rows.values())
    assert (rows["SCAM"].first_route, rows["SCAM"].urgent) == ("consumer_center", True)
    with pytest.raises(Refusal):
        act(actions.add_usual_topics, **who)


def test_whoever_saves_a_proposed_topic_has_seen_it(app: Flask, who: dict[str, Any]) -> None:
    act(actions.add_usual_topics, **who)
    row = db.session.get_one(Topic, "POWER")
    same = TopicData(row.label, row.group, row.first_route, row.urgent, row.staff_note, row.sort_order)

    assert not act(actions.edit_topic, "POWER", same, 1, **who).proposed
    assert history.of("topic:POWER")[0].details["changed"] == {"proposed": [True, False]}


def test_a_changed_centre_changes_which_lessons_are_near(app: Flask, who: dict[str, Any]) -> None:
    for code, latitude in (("A", 32.60), ("B", 32.61), ("C", 32.62)):
        act(actions.add_district, code, replace(KUCHINOTSU, latitude=latitude), **who)
        place = factories.venue(district_code=code, name=f"会場{code}")
        factories.lesson(room=factories.room(place))
    now = who["now"]

    def near() -> list[str | None]:
        found = booking_queries.next_fitting(district_code="A", now=now, limit=3)
        return [each.lesson.venue.district_code for each in found]

    assert near() == ["A", "B", "C"]
    act(actions.edit_district, "B", replace(KUCHINOTSU, latitude=32.7), 1, **who)
    assert near() == ["A", "C", "B"]
