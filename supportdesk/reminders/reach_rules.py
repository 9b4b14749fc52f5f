"""Pure decisions by which way a resident may be told, from what they wish, agreed to, and have for telephones.

Sources: office practice 6, 8, 10 and 12; the telephony facts, rules 11 and 13.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

from ..core.clock import local
from ..core.japan import phone
from ..people.rules import ContactTiming, NumberKind, OwnChain, Wish
from .rules import HEARD_IN_ANY_CASE, Facts, Family, Matter, Number, Why

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings


@dataclass(frozen=True)
class Reach:
    """By which way a resident is reminded; `why` a person must, if no machine may."""

    way: Wish
    number: str = ""
    why: Why | None = None


def reach(facts: Facts) -> Reach:
    """By which way this resident may be reminded."""
    if facts.wish is Wish.NONE:
        return Reach(Wish.NONE)
    if facts.family_instead:
        return by_a_person(facts, Why.FAMILY_INSTEAD)
    if _at_midnight(facts):
        return by_a_person(facts, Why.STRANGE_HOUR)
    if facts.wish is Wish.TEXT:
        return _text_or_call(facts)
    return call_reach(facts) if facts.wish is Wish.CALL else by_a_person(facts, Why.WISH)


def reach_for(matter: Matter, facts: Facts) -> Reach:
    """By which way this resident hears of this matter first."""
    if matter in HEARD_IN_ANY_CASE and facts.wish is Wish.NONE:
        return by_a_person(facts, Why.WISH)
    return text_reach(facts) if matter is Matter.CONFIRMATION else reach(facts)


def text_reach(facts: Facts) -> Reach:
    """Whether a text may go to this resident, and to which number: automatic texts begin when the sender was tried
    in that telephone, or when its owner said yes."""
    if _at_midnight(facts):
        return by_a_person(facts, Why.STRANGE_HOUR)
    if not facts.consent:
        return by_a_person(facts, Why.NO_CONSENT)
    mobiles = [
        n
        for n in facts.numbers
        if n.kind is NumberKind.MOBILE and phone.may_be_called(n.number) is phone.PhoneKind.MOBILE
    ]
    if not mobiles:
        return by_a_person(facts, Why.NO_MOBILE)
    tried = [n for n in mobiles if n.tried or n.agreed]
    if not tried:
        return by_a_person(facts, Why.NOT_TRIED)
    open_numbers = [n for n in tried if not n.text_blocked]
    return Reach(Wish.TEXT, open_numbers[0].number) if open_numbers else by_a_person(facts, Why.NUMBER_BLOCKED)


def _text_or_call(facts: Facts) -> Reach:
    """A text, or a call where the telephone they have takes none. Who told the carrier to stop is called neither."""
    found = text_reach(facts)
    if found.why not in (Why.NO_MOBILE, Why.NUMBER_BLOCKED):
        return found
    refused = {n.number for n in facts.numbers if n.text_blocked and n.call_blocked}
    number = "" if refused else after_a_text(facts, "")
    return Reach(Wish.CALL, number) if number else found


def call_reach(facts: Facts) -> Reach:
    """Whether a machine may call this resident, and under which number."""
    if facts.do_not_call:
        return by_a_person(facts, Why.DO_NOT_CALL)
    callable_numbers = [n for n in facts.numbers if _may_be_called(n)]
    if not callable_numbers:
        return by_a_person(facts, Why.NO_TELEPHONE)
    open_numbers = [n for n in callable_numbers if not n.call_blocked]
    return Reach(Wish.CALL, open_numbers[0].number) if open_numbers else by_a_person(facts, Why.NUMBER_BLOCKED)


def chain_in_use(own: OwnChain, office: OfficeSettings) -> OwnChain:
    """How it goes on for this resident after the first try: their own way, else the office's."""
    return OwnChain.ONE_WAY if own is OwnChain.OFFICE and not office.call_after_text else own


def after_a_text(facts: Facts, texted: str) -> str:
    """The number under which a machine may call when a text to `texted` did not arrive: the same telephone, else the
    next one; "" when it may not. Who chose their own way alone is called by nobody but a person."""
    if facts.own_chain is not OwnChain.OFFICE or facts.do_not_call:
        return ""
    open_numbers = [n.number for n in facts.numbers if _may_be_called(n) and not n.call_blocked]
    return texted if texted in open_numbers else next(iter(open_numbers), "")


def after_calls(facts: Facts) -> str:
    """The number to which a text goes after calls in vain, where the resident chose so; else ""."""
    if facts.own_chain is not OwnChain.TEXT_TOO:
        return ""
    found = text_reach(facts)
    return found.number if found.why is None else ""


def _at_midnight(facts: Facts) -> bool:
    """A slip in a list of lessons. It has no plain words, and must not stop the plan for everybody else."""
    return local(facts.starts_at).time() == time.min


def _may_be_called(number: Number) -> bool:
    return number.kind is not NumberKind.FAX and phone.may_be_called(number.number) is not None


def by_person(facts: Facts) -> tuple[Wish, str]:
    """How a person tells this resident, and under which number: 「電話しない」 leaves FAX or a card. Where the
    family is told instead, it is their number."""
    fax = next((n.number for n in facts.numbers if n.kind is NumberKind.FAX), "")
    voice = next((n.number for n in facts.numbers if n.kind is not NumberKind.FAX), "")
    instead = next((one for one in facts.family if one.timing is ContactTiming.INSTEAD and one.number), None)
    if instead is not None:
        return Wish.PERSON, instead.number
    if facts.wish is Wish.CARD:
        return Wish.CARD, ""
    if fax and (facts.wish is Wish.FAX or facts.do_not_call):
        return Wish.FAX, fax
    if voice and not facts.do_not_call and facts.wish is not Wish.FAX:
        return Wish.PERSON, voice
    return Wish.CARD, ""


def by_a_person(facts: Facts, why: Why) -> Reach:
    """A person tells them, and why no machine does."""
    way, number = by_person(facts)
    return Reach(way, number, Why.NO_TELEPHONE if why is Why.NO_MOBILE and not facts.numbers else why)


def family_to_ring(facts: Facts, why: Why) -> tuple[Family, ...]:
    """The family contacts whom a person may ring now, in their order. Those who are told when the resident is not
    reached only then: a person who simply wishes to be rung by a person is rung themselves."""
    timings = {ContactTiming.INSTEAD, ContactTiming.TOGETHER}
    if why not in (Why.WISH, Why.FAMILY_TOGETHER):
        timings.add(ContactTiming.AFTER)
    return tuple(one for one in facts.family if one.number and one.timing in timings)
