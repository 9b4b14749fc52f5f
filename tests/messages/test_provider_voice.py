"""What a call says: our writer held against Twilio's own, and the practice telephone's ear against both."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Gather, VoiceResponse

from supportdesk.core.errors import Refusal
from supportdesk.messages.providers.twiml_reader import Flaw, NotTwiml, Step, Verb, read_twiml
from supportdesk.messages.providers.voice import (
    LANGUAGE,
    VOICE,
    dial,
    document,
    gather,
    hangup,
    pause,
    record,
    redirect,
    say,
    twiml,
)

SENTENCES = ("みなみしまばらし、しやくしょです。", "かず & ひろ <さま>、ごご いちじはんから です。")


def shape(element: Element) -> tuple[object, ...]:
    return (element.tag, element.attrib, (element.text or "").strip(), [shape(child) for child in element])


def test_our_document_is_the_one_that_twilios_own_library_writes() -> None:
    theirs = VoiceResponse()
    theirs.pause(length=1)
    for turn in range(2):
        if turn:
            theirs.pause(length=2)
        for number, sentence in enumerate(SENTENCES):
            if number:
                theirs.pause(length=1)
            theirs.say(language="ja-JP", voice="Polly.Takumi-Neural").prosody(sentence, rate="85%")
    theirs.hangup()

    assert shape(fromstring(twiml(SENTENCES).encode())) == shape(fromstring(str(theirs).encode()))


def test_a_document_that_asks_is_the_one_that_twilios_own_library_writes() -> None:
    theirs = VoiceResponse()
    asked = Gather(
        input="dtmf", num_digits=1, timeout=9, finish_on_key="", action="/keys?a=1&b=2", action_on_empty_result=True
    )
    asked.say(language="ja-JP", voice="Polly.Takumi-Neural").prosody("いちを & にを。", rate="85%")
    asked.pause(length=3)
    theirs.append(asked)
    theirs.redirect("/spoken?a=1&b=2")
    theirs.record(action="/wish", max_length=60, timeout=5, finish_on_key="#", play_beep=True)
    theirs.dial("+81957000001", timeout=20, action="/after")
    theirs.dial("+81957000001", timeout=30)
    theirs.hangup()

    ours = document(
        gather(say(["いちを & にを。"]), pause(3), action="/keys?a=1&b=2"),
        redirect("/spoken?a=1&b=2"),
        record(action="/wish", most_seconds=60),
        dial("+81957000001", action="/after", seconds=20),
        dial("+81957000001"),
        hangup(),
    )

    assert shape(fromstring(ours.encode())) == shape(fromstring(str(theirs).encode()))


def test_the_ear_hears_how_long_it_is_listened_to_and_whom_it_is_connected_to() -> None:
    steps = read_twiml(document(gather(say(["あ"]), action="/a"), record(action="/b", most_seconds=60), dial("+8195")))

    assert (steps[0].digits, steps[0].finish_on, steps[0].seconds, steps[0].when_silent) == (1, "", 9, True)
    assert (steps[1].most_seconds, steps[1].action, steps[1].finish_on) == (60, "/b", "#")
    assert (steps[2].words, steps[2].action, steps[2].seconds) == ("+8195", None, 30)
    assert not any(step.flaws for step in steps)


def test_the_ear_hears_every_sentence_twice_in_japanese_and_then_the_end() -> None:
    steps = read_twiml(twiml(SENTENCES))

    assert [step.words for step in steps if step.verb is Verb.SAY] == [*SENTENCES, *SENTENCES]
    assert {(step.language, step.voice) for step in steps if step.verb is Verb.SAY} == {(LANGUAGE, VOICE)}
    assert steps[0] == Step(Verb.PAUSE, seconds=1)
    assert steps[-1].verb is Verb.HANGUP
    assert not any(step.flaws for step in steps)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_whatever_is_said_makes_a_document_that_can_be_read(sentences: list[str]) -> None:
    try:
        document = twiml(sentences)
    except Refusal as refusal:
        assert refusal.code in ("call-says-nothing", "call-too-long")
        return
    assert len(document) <= 4000
    assert read_twiml(document)[-1].verb is Verb.HANGUP


def test_control_characters_are_left_out() -> None:
    steps = read_twiml(twiml(["あ\x00い\x0bう\ud800え\ufffe"]))

    assert steps[1].words == "あ い う え"


def test_the_ear_reads_what_twilios_own_library_writes() -> None:
    theirs = VoiceResponse()
    gather = Gather(
        num_digits=1, timeout=8, finish_on_key="", action="/keys/tok-1", action_on_empty_result=True
    )
    gather.say("いちを おしてください。", language="ja-JP", voice="Polly.Takumi-Neural", loop=2)
    gather.pause(length=3)
    theirs.append(gather)
    theirs.play("https://desk.example.jp/bell.wav")
    theirs.redirect("/spoken/tok-1", method="GET")

    assert read_twiml(str(theirs)) == [
        Step(
            Verb.GATHER,
            seconds=8,
            digits=1,
            finish_on="",
            action="/keys/tok-1",
            when_silent=True,
            inside=(
                Step(
                    Verb.SAY,
                    "いちを おしてください。",
                    language="ja-JP",
                    voice="Polly.Takumi-Neural",
                    times=2,
                ),
                Step(Verb.PAUSE, seconds=3),
            ),
        ),
        Step(Verb.PLAY, "https://desk.example.jp/bell.wav"),
        Step(Verb.REDIRECT, "/spoken/tok-1", method="GET"),
    ]


def test_a_substitute_is_heard_instead_of_what_it_stands_for() -> None:
    say = '<Say language="ja-JP" voice="x"><s><sub alias="ありえ">有家</sub>の</s><break/>かた</Say>'

    assert read_twiml(f"<Response>{say}</Response>")[0].words == "ありえのかた"


@pytest.mark.parametrize(
    ("document", "flaws"),
    [
        ('<Response><Say voice="x">あ</Say></Response>', (Flaw.NO_LANGUAGE,)),
        ('<Response><Say language="ja-JP">あ</Say></Response>', (Flaw.NO_VOICE,)),
        ('<Response><Say language="ja-JP" voice="x"> </Say></Response>', (Flaw.NO_WORDS,)),
        ('<Response><Hangup now="1"/></Response>', (Flaw.STRANGE_ATTRIBUTE,)),
    ],
)
def test_what_a_listener_would_suffer_from_is_flagged(document: str, flaws: tuple[Flaw, ...]) -> None:
    assert read_twiml(document)[0].flaws == flaws


@pytest.mark.parametrize(
    "document",
    [
        "",
        "あ",
        "<Response>",
        "<html><body/></html>",
        "<Response><Shout>あ</Shout></Response>",
        "<Response><say>あ</say></Response>",
        "<Response>あ<Hangup/></Response>",
        "<Response><Hangup/>あ</Response>",
        "<Response><Gather><Hangup/></Gather></Response>",
        "<Response><Gather><Gather/></Gather></Response>",
        "<Response><Hangup><Say>あ</Say></Hangup></Response>",
        "<Response><Say><blink>あ</blink></Say></Response>",
        "<Response><Pause length='long'/></Response>",
        "<Response><Gather numDigits='１'/></Response>",
        "<Response><Gather method='PUT'/></Response>",
        "<Response><Redirect/></Response>",
        "<Response><Dial/></Response>",
        "<Response><Record><Say>あ</Say></Record></Response>",
        "<Response><Say>\x00</Say></Response>",
        "<Response><Say>\ud800</Say></Response>",
        f"<Response><Say>{'あ' * 4097}</Say></Response>",
        '<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>',
    ],
)
def test_what_twilio_would_refuse_the_ear_refuses(document: str) -> None:
    with pytest.raises(NotTwiml):
        read_twiml(document)


def test_an_empty_response_is_a_call_that_ends() -> None:
    assert read_twiml("<Response/>") == []
