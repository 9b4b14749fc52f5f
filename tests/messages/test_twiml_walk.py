"""How a call on the practice telephone goes on: Twilio's rules, without a telephone."""

from __future__ import annotations

import pytest

from supportdesk.messages.providers.twiml_reader import NotTwiml, Verb, read_reply, read_twiml
from supportdesk.messages.providers.twiml_walk import after_key, on_the_machine, stretch

ASKS = """<Response><Say language="ja-JP" voice="x">こんにちは</Say>
<Gather numDigits="1" timeout="8" action="/keys"><Say language="ja-JP" voice="x">1を</Say></Gather>
<Say language="ja-JP" voice="x">さようなら</Say><Hangup/></Response>"""


def test_a_call_speaks_until_it_waits_for_a_key_and_listens_only_inside_the_question() -> None:
    part = stretch(read_twiml(ASKS), 0)

    assert [step.words for step in part.says] == ["こんにちは", "1を"]
    assert part.listens is not None and part.listens.seconds == 8
    assert (part.listens_from, part.then, part.ends) == (1, 2, False)


def test_without_a_key_the_document_goes_on_below_the_question() -> None:
    part = stretch(read_twiml(ASKS), 2)

    assert [step.words for step in part.says] == ["さようなら"]
    assert part.listens is None and part.ends


@pytest.mark.parametrize("last", ["<Redirect>/next</Redirect>", "<Record action='/r'/>", "<Dial>0957000001</Dial>"])
def test_a_call_leads_elsewhere(last: str) -> None:
    part = stretch(read_twiml(f"<Response><Say>あ</Say>{last}<Say>い</Say></Response>"), 0)

    assert [step.words for step in part.says] == ["あ"]
    assert part.leads is not None and part.then == 2
    assert not part.ends


def test_a_question_that_ends_the_document_ends_the_call_unless_silence_is_posted_too() -> None:
    assert stretch(read_twiml("<Response><Gather action='/k'/></Response>"), 0).ends
    silent = "<Response><Gather action='/k' actionOnEmptyResult='true'/></Response>"
    assert not stretch(read_twiml(silent), 0).ends


@pytest.mark.parametrize(
    ("attributes", "keys", "digits", "done"),
    [
        ("numDigits='1'", "3", "3", True),
        ("numDigits='4'", "123", "123", False),
        ("numDigits='4'", "12#", "12", True),
        ("", "12#", "12", True),
        ("numDigits='2' finishOnKey=''", "1#", "1#", True),
        ("finishOnKey='*'", "1#*", "1#", True),
        ("", "#", "", True),
    ],
)
def test_keys_end_by_their_number_or_by_the_finishing_key(
    attributes: str, keys: str, digits: str, done: bool
) -> None:
    [gather] = read_twiml(f"<Response><Gather {attributes}/></Response>")
    found = after_key(gather, "", keys[0])
    for key in keys[1:]:
        assert not found.done
        found = after_key(gather, found.digits, key)

    assert (found.digits, found.done) == (digits, done)


def test_a_machine_that_speaks_first_loses_the_first_sentence() -> None:
    assert on_the_machine(["一", "二", "三"], beep=True) == ("二", "三")
    assert on_the_machine(["一", "二", "三"], beep=False) == ("一", "二", "三")


def test_dial_names_one_number_and_record_ends_by_any_key() -> None:
    dial, record = read_twiml(
        "<Response><Dial action='/d' timeout='20'><Number>+81957000001</Number></Dial><Record/></Response>"
    )

    assert (dial.words, dial.seconds, dial.action) == ("+81957000001", 20, "/d")
    assert (record.verb, record.finish_on) == (Verb.RECORD, "1234567890*#")


@pytest.mark.parametrize("inside", ["", "<Client>a</Client>", "<Number>1</Number><Number>2</Number>"])
def test_a_dial_that_rings_nobody_or_what_we_do_not_use_is_refused(inside: str) -> None:
    with pytest.raises(NotTwiml):
        read_twiml(f"<Response><Dial>{inside}</Dial></Response>")


def test_an_answer_to_a_text_may_hold_texts_or_nothing() -> None:
    assert read_reply("") == []
    assert read_reply("<Response/>") == []
    assert read_reply("<Response><Message>はい</Message><Message><Body>二つ目</Body></Message></Response>") == [
        "はい", "二つ目",
    ]  # fmt: skip
    with pytest.raises(NotTwiml):
        read_reply("<!DOCTYPE x><Response/>")
