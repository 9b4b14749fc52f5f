from __future__ import annotations

from flask import Flask

from supportdesk.core.db import db, transaction
from supportdesk.messages import practice_shelf
from supportdesk.people.models import FamilyContact, Telephone
from supportdesk.people.rules import ContactScope, ContactTiming, NumberKind
from supportdesk.people.telephone_queries import without_a_drawn_one
from tests import factories


def test_every_telephone_of_the_town_is_drawn_once_but_no_fax(app: Flask) -> None:
    haru = factories.resident(number="+819000000001")
    factories.resident("ホンダ タダシ", "+819000000001")
    factories.supporter(number="+819000000003", number_kind=NumberKind.MOBILE)
    with transaction() as session:
        session.add_all(
            [
                Telephone(
                    resident_id=haru.id, number="+81957000009", typed="0957000009", kind=NumberKind.FAX, position=2
                ),
                FamilyContact(
                    resident_id=haru.id, name="本多 花", relation="娘", number="+819000000002",
                    scope=ContactScope.PLACE_AND_TIME, timing=ContactTiming.AFTER,
                ),
            ]
        )  # fmt: skip

    assert sorted(without_a_drawn_one(10)) == ["+819000000001", "+819000000002", "+819000000003"]
    assert len(without_a_drawn_one(2)) == 2

    with transaction():
        assert practice_shelf.put_on(["+819000000001", "+819000000002", "+819000000001"]) == 2
    assert list(without_a_drawn_one(10)) == ["+819000000003"]
    db.session.rollback()
