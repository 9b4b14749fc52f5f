"""On the evening before, a supporter cannot come: from the tablet to the telephone, until somebody else does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.lessons.models import LessonSupporter
from supportdesk.people.models import SupporterSkill
from tests import factories
from tests.conftest import NOW
from tests.web import Web


@pytest.fixture(autouse=True)
def in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_gap_goes_from_the_volunteer_to_whoever_comes_instead(app: Flask) -> None:
    factories.district()
    factories.topic()
    person = factories.user(Role.VOLUNTEER, name="支援 花子")
    hanako = factories.supporter(person, district_code="KCN")
    taro = factories.supporter(name="支援 太郎", kana="シエン タロウ", number="+819000000002", district_code="KCN")
    jiro = factories.supporter(name="支援 次郎", kana="シエン ジロウ", number="+819000000003", district_code="KCN")
    factories.save(SupporterSkill(supporter_id=taro.id, topic_code="PHOTO"))
    lesson = factories.lesson(starts_at=NOW + timedelta(days=1), supporters_needed=1)
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=hanako.id))
    volunteer, clerk, other = (
        Web(app).sign_in(who) for who in (person, factories.user(Role.STAFF), factories.user(Role.COORDINATOR))
    )

    # The volunteer tells it on the tablet.
    volunteer.get("/sheet").link("わたしの当番").link("行けなくなりました").form().send(reason="熱が出たため")

    # A clerk sees it first thing, and who could be asked.
    today = clerk.get("/")
    assert "支援 花子さんが行けなくなりました" in today.text and "急ぎ" in today.text
    asked = clerk.get(f"/lessons/{lesson.id}/rota")
    assert "熱が出たため" in asked.text and "090-0000-0002" in asked.text

    # One is rung and says no; a colleague sees that and rings the other.
    form = asked.form("main ol form")
    asked.web.request("post", f"/lessons/{lesson.id}/declined", form.values, follow=True)
    seen = other.get(f"/lessons/{lesson.id}/rota")
    assert "都合がつかないとの返事" in seen.text
    names = [entry.get_text() for entry in seen.soup.select("main ol strong")]
    assert names[0] != names[-1] and set(names) == {"支援 太郎", "支援 次郎", "支援 花子"}
    done = seen.form("main ol form").send()

    assert "支援員 そろっています" in done.text
    assert "行けなくなりました" not in other.get("/action-items").text
    assert "支援員に頼みましたが、都合がつきませんでした" in clerk.get(f"/lessons/{lesson.id}").text
    assert jiro.id != taro.id
