"""The shelf as a whole: which telephones stand on it, how the provider behaves, and clearing what was practised."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from ..core.db import db, insert_or_leave
from .models import PracticeExchange, PracticeLine, PracticeProviderState
from .practice import ON_THE_LINE
from .practice_rules import ProviderTrouble
from .providers.base import Delivery
from .rules import LineBehaviour

_ONLY = 1
_ON_THE_WAY = (*ON_THE_LINE, Delivery.SENT)


def put_on(numbers: Collection[str]) -> int:
    """Draw a telephone for each of these numbers that has none; gives how many were new."""
    fresh = {"behaviour": LineBehaviour.NORMAL, "delay": 0}
    return sum(insert_or_leave(PracticeLine, number=number, **fresh) for number in numbers)


def let_provider(trouble: ProviderTrouble, *, now: datetime) -> None:
    """From now on the rehearsed provider as a whole behaves like this."""
    _begin(now)
    db.session.execute(sa.update(PracticeProviderState).values(trouble=trouble))


def clear(now: datetime) -> int:
    """Take away what was practised on telephones alone; gives how many texts and calls went. Nothing of bookings,
    messages or people is touched, and what still rings or is still on its way stays, since its news is waited for."""
    gone = db.session.execute(
        sa.delete(PracticeExchange)
        .where(
            PracticeExchange.state.not_in(_ON_THE_WAY),
            sa.or_(
                PracticeExchange.state == PracticeExchange.reported,
                PracticeExchange.callbacks_lost,
                PracticeExchange.callback_url.is_(None),
            ),
        )
        .execution_options(synchronize_session=False)
    )
    left = sa.select(PracticeExchange.number)
    as_usual = sa.update(PracticeLine).execution_options(synchronize_session=False)
    db.session.execute(as_usual.values(behaviour=LineBehaviour.NORMAL, delay=0))
    db.session.execute(as_usual.where(PracticeLine.number.not_in(left)).values(news_at=None))
    _begin(now)
    db.session.execute(sa.update(PracticeProviderState).values(trouble=ProviderTrouble.NONE, begun_at=now))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _begin(now: datetime) -> None:
    insert_or_leave(PracticeProviderState, id=_ONLY, trouble=ProviderTrouble.NONE, begun_at=now)
