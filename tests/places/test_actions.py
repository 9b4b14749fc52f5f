from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, NotFound, Refusal
from supportdesk.places import actions
from supportdesk.places.actions import RoomData, VenueData
from supportdesk.places.models import Venue
from tests import factories

HALL = VenueData(name="口之津公民館", name_kana="くちのつこうみんかん", postal_code="８５９２５０１")


def test_a_venue_is_kept_clean_and_its_short_name_is_its_name(by: Actor, now: datetime) -> None:
    with transaction():
        venue = actions.add_venue(HALL, by=by, now=now)

    assert (venue.name_kana, venue.short_name) == ("クチノツコウミンカン", "口之津公民館")
    assert venue.postal_code == "859-2501"
    assert [row.action for row in history.of(f"venue:{venue.id}")] == ["venue.added"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "　"),
        ("name", "会" * 81),
        ("name_kana", ""),
        ("name_kana", "口之津"),
        ("short_name", "十一文字もある短い名前"),
        ("name_en", "口之津"),
        ("name_en", "a" * 31),
        ("name_en", "www.city.jp"),
        ("district_code", "XXX"),
        ("postal_code", "859"),
        ("parking", -1),
    ],
)
def test_a_wrong_answer_is_refused_at_its_field(by: Actor, now: datetime, field: str, value: object) -> None:
    with pytest.raises(Refusal) as refused, transaction():
        actions.add_venue(replace(HALL, **{field: value}), by=by, now=now)

    assert refused.value.field == field


def test_the_second_of_two_editors_is_told_and_changes_nothing(by: Actor, now: datetime) -> None:
    with transaction():
        venue = actions.add_venue(HALL, by=by, now=now)
    seen = venue.version
    with transaction():
        actions.edit_venue(venue.id, replace(HALL, bus="口之津港から3分"), seen, by=by, now=now)

    with pytest.raises(ChangedMeanwhile), transaction():
        actions.edit_venue(venue.id, replace(HALL, bus=""), seen, by=by, now=now)

    assert db.session.get_one(Venue, venue.id).bus == "口之津港から3分"
    newest = history.of(f"venue:{venue.id}")[0]
    assert newest.details == {"version": 2, "changed": {"bus": ["", "口之津港から3分"]}}


def test_saving_without_a_change_makes_no_new_version(by: Actor, now: datetime) -> None:
    with transaction():
        venue = actions.add_venue(HALL, by=by, now=now)

    with transaction():
        actions.edit_venue(venue.id, HALL, venue.version, by=by, now=now)

    assert db.session.get_one(Venue, venue.id).version == 1
    assert len(history.of(f"venue:{venue.id}")) == 1


def test_a_venue_closes_and_opens_again(by: Actor, now: datetime) -> None:
    venue = factories.venue()

    with transaction():
        actions.close_venue(venue.id, 1, by=by, now=now)
    assert db.session.get_one(Venue, venue.id).closed_at == now

    with transaction():
        actions.reopen_venue(venue.id, 2, by=by, now=now)
    assert db.session.get_one(Venue, venue.id).closed_at is None


def test_a_venue_has_each_room_name_once(by: Actor, now: datetime) -> None:
    venue = factories.venue()
    with transaction():
        actions.add_room(venue.id, RoomData("研修室", 20), by=by, now=now)

    with pytest.raises(Refusal) as refused, transaction():
        actions.add_room(venue.id, RoomData(" 研修室　", 12), by=by, now=now)

    assert (refused.value.code, refused.value.field) == ("room-exists", "name")


def test_a_room_can_be_renamed_and_resized(by: Actor, now: datetime) -> None:
    room = factories.room(name="研修室", seats=20)

    with transaction():
        changed = actions.edit_room(room.id, RoomData("第1研修室", 16), 1, by=by, now=now)

    assert (changed.name, changed.seats, changed.version) == ("第1研修室", 16, 2)
    with pytest.raises(ChangedMeanwhile), transaction():
        actions.edit_room(room.id, RoomData("研修室", 16), 1, by=by, now=now)


@pytest.mark.parametrize("seats", [0, -3, 501])
def test_a_room_fits_somebody(by: Actor, now: datetime, seats: int) -> None:
    venue = factories.venue()
    with pytest.raises(Refusal), transaction():
        actions.add_room(venue.id, RoomData("研修室", seats), by=by, now=now)


def test_a_venue_that_is_not_there_is_not_found(by: Actor, now: datetime) -> None:
    with pytest.raises(NotFound), transaction():
        actions.edit_venue(999, HALL, 1, by=by, now=now)
    with pytest.raises(NotFound), transaction():
        actions.add_room(999, RoomData("研修室", 20), by=by, now=now)
