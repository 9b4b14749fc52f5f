"""Codes, signatures and the length of texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from supportdesk.messages.providers import codes, signature
from supportdesk.messages.providers.base import Outcome
from supportdesk.messages.providers.codes import Trouble
from supportdesk.messages.providers.sms import segments, units

KEY = "a key"
FORM = {"MessageSid": "SM1", "MessageStatus": "sent", "To": "+819000000001", "Empty": "", "あ": "い 𠮷"}


@pytest.mark.parametrize(
    "url",
    [
        "https://desk.example.jp/messages/callback/tok-1",
        "https://desk.example.jp:443/messages/callback/tok-1",
        "https://desk.example.jp:8443/messages/callback/tok-1?a=1&b=%E3%81%82",
        "http://127.0.0.1:8000/x",
        "http://localhost/x",
    ],
)
def test_our_signature_is_the_one_that_twilios_own_library_makes(url: str) -> None:
    theirs = RequestValidator(KEY)

    assert signature.sign(KEY, url, FORM) == theirs.compute_signature(url, FORM)
    assert signature.is_valid(KEY, url, FORM, theirs.compute_signature(url, FORM))
    assert theirs.validate(url, FORM, signature.sign(KEY, url, FORM))


@given(st.dictionaries(st.text(), st.text()), st.text(min_size=1), st.text())
def test_any_form_is_signed_as_twilio_signs_it(form: dict[str, str], key: str, other: str) -> None:
    url = "https://desk.example.jp/messages/callback/tok-1"
    theirs = RequestValidator(key)

    assert signature.sign(key, url, form) == theirs.compute_signature(url, form)
    assert signature.is_valid(key, url, form, other) == theirs.validate(url, form, other)


@pytest.mark.parametrize("signed", ["https://desk.example.jp/x", "https://desk.example.jp:443/x"])
@pytest.mark.parametrize("seen", ["https://desk.example.jp/x", "https://desk.example.jp:443/x"])
def test_the_default_port_may_be_written_or_left_out(signed: str, seen: str) -> None:
    assert signature.is_valid(KEY, seen, FORM, signature.sign(KEY, signed, FORM))


@pytest.mark.parametrize("given", [None, "", "é", "AAAA"])
def test_a_missing_or_strange_signature_is_not_valid(given: str | None) -> None:
    assert not signature.is_valid(KEY, "https://desk.example.jp/x", FORM, given)


def test_an_empty_key_signs_nothing() -> None:
    url = "https://desk.example.jp/x"

    assert not signature.is_valid("", url, FORM, signature.sign("", url, FORM))


def test_the_practice_key_is_made_from_the_secret_and_does_not_show_it() -> None:
    assert signature.derive_key("secret") == signature.derive_key("secret")
    assert signature.derive_key("secret") != signature.derive_key("secret2")
    assert "secret" not in signature.derive_key("secret")


def test_a_code_that_is_not_in_the_table_asks_for_a_person() -> None:
    assert codes.meaning(99999).trouble is Trouble.UNKNOWN
    assert codes.meaning(None) is codes.UNKNOWN
    assert codes.outcome(99999) is Outcome.UNKNOWN


def test_every_code_that_the_office_can_meet_stands_in_the_table() -> None:
    create = (
        20003, 20429, 21611, 10004, 22005, 20503, 21211, 21217, 21214, 21614, 21635, 21610, 21408, 21606, 21612, 21657,
        21608, 21216, 21617, 21602, 21619,
    )  # fmt: skip
    later = (30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008, 30036, 30042, 11200, 11205, 12100, 12200)
    # What an answer without a code of its own comes to.
    status = (401, 403, 404, 408, 429, 500, 502, 503, 504)
    assert [code for code in (*create, *later, *status) if code not in codes.MEANINGS] == []


def test_every_code_has_words_and_none_is_accepted() -> None:
    assert all(meaning.words.endswith(".") for meaning in codes.MEANINGS.values())
    assert Outcome.ACCEPTED not in {codes.outcome(code) for code in codes.MEANINGS}


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (21614, Trouble.NO_SMS),
        (21635, Trouble.NO_SMS),
        (30006, Trouble.NO_SMS),
        (21610, Trouble.OPTED_OUT),
        (30003, Trouble.OUT_OF_REACH),
        (30036, Trouble.OUT_OF_REACH),
        (30005, Trouble.NUMBER),
        (30007, Trouble.BLOCKED),
        (30002, Trouble.ACCOUNT),
        (21617, Trouble.OUR_MISTAKE),
        (21408, Trouble.ACCOUNT),
        (21606, Trouble.ACCOUNT),
        (20005, Trouble.ACCOUNT),
        (503, Trouble.UNKNOWN),
    ],
)
def test_a_code_tells_what_has_to_be_done_next(code: int, trouble: Trouble) -> None:
    assert codes.meaning(code).trouble is trouble


@pytest.mark.parametrize(
    ("text", "length", "parts"),
    [
        ("", 0, 0),
        ("あ" * 70, 70, 1),
        ("あ" * 71, 71, 2),
        ("あ" * 134, 134, 2),
        ("あ" * 135, 135, 3),
        ("𠮷" * 35, 70, 1),
        ("𠮷" * 36, 72, 2),
        ("あ" * 66 + "𠮷" + "あ" * 66, 134, 3),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("€" * 80, 80, 1),
        ("€" * 81, 81, 2),
        ("a" * 152 + "€" + "a" * 152, 305, 3),
        ("a" * 70 + "あ", 71, 2),
    ],
)
def test_a_text_is_counted_in_units_and_parts(text: str, length: int, parts: int) -> None:
    assert (units(text), segments(text)) == (length, parts)


@given(st.text())
def test_units_are_those_of_utf_16(text: str) -> None:
    assert units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2
