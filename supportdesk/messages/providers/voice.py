"""What a call says and asks, written as TwiML: by hand, since only the adapter imports twilio.

A document is made of verbs: `document(pause(), say(...), hangup())`. Each function gives one, with what it says or
where it leads escaped; nothing else becomes a `VerbXml`, so that no words slip into a document as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NewType
from xml.sax.saxutils import escape, quoteattr

from supportdesk.core.errors import Refusal

LANGUAGE = "ja-JP"
VOICE = "Polly.Takumi-Neural"
LONGEST_DOCUMENT = 4000
"""Characters that Twilio takes in the `Twiml` parameter; a document that it asks for itself may be longer."""
WAIT_FOR_A_KEY = 9
"""Seconds: Twilio's own five are too few to find a key with (telephony facts, rule 15)."""

VerbXml = NewType("VerbXml", str)


def twiml(sentences: Sequence[str], *, voice: str = VOICE) -> str:
    """A call that says the sentences slowly, twice, and hangs up; it makes sense if no key is pressed.

    The first second is silent, since people first bring the receiver to the ear. Raises Refusal when there is nothing
    to say, or too much to hand over.
    """
    said = say(sentences, voice=voice)
    made = document(pause(), said, pause(2), said, hangup())
    if len(made) > LONGEST_DOCUMENT:
        raise Refusal("This is too long to be said in one call.", code="call-too-long")
    return made


def document(*verbs: VerbXml) -> str:
    """A whole document, done from the first verb to the last. After the last the call ends."""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{"".join(verbs)}</Response>'


def say(sentences: Sequence[str], *, voice: str = VOICE) -> VerbXml:
    """Sentences, slowly, with a second between two. Raises Refusal when there is nothing to say.

    Language and voice stand in every Say: without them the default, English, reads Japanese as nothing. Rate is the one
    SSML setting that neural voices keep.
    """
    spoken = [words for sentence in sentences if (words := _speakable(sentence))]
    if not spoken:
        raise Refusal("There is nothing for the call to say.", code="call-says-nothing")
    return VerbXml(
        pause().join(
            f"<Say language={quoteattr(LANGUAGE)} voice={quoteattr(voice)}>"
            f'<prosody rate="85%">{escape(words)}</prosody></Say>'
            for words in spoken
        )
    )


def pause(seconds: int = 1) -> VerbXml:
    return _verb("Pause", length=seconds)


def gather(*inside: VerbXml, action: str, digits: int = 1, seconds: int = WAIT_FOR_A_KEY) -> VerbXml:
    """Listen for keys while `inside` (Say and Pause alone) is said and for `seconds` after it. They are posted to the
    address `action` as `Digits`; when nobody presses any, `Digits` is empty there. `*`, `#` and 0 are keys like others:
    none of them ends the input, which is complete with `digits` of them."""
    return _verb(
        "Gather", "".join(inside), input="dtmf", numDigits=digits, timeout=seconds, finishOnKey="", action=action,
        actionOnEmptyResult="true",
    )  # fmt: skip


def redirect(address: str) -> VerbXml:
    """Go on with the document at this address, asked for by POST."""
    return _verb("Redirect", escape(address))


def record(*, action: str, most_seconds: int, silence: int = 5) -> VerbXml:
    """Record what the caller says, after a tone, until they are silent for so long, press # or hang up. Then `action`
    is posted to, with `RecordingUrl` and `RecordingDuration`; if nothing was said the document goes on instead."""
    return _verb("Record", action=action, maxLength=most_seconds, timeout=silence, finishOnKey="#", playBeep="true")


def dial(number: str, *, action: str | None = None, seconds: int = 30) -> VerbXml:
    """Connect the caller to a number (E.164), which may ring for `seconds`. Then `action` is posted to, with
    `DialCallStatus`; without one the document goes on."""
    led_on = {"action": action} if action else {}
    return _verb("Dial", escape(_speakable(number)), timeout=seconds, **led_on)


def hangup() -> VerbXml:
    return _verb("Hangup")


def _verb(name: str, inside: str = "", **attributes: str | int) -> VerbXml:
    given = "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
    return VerbXml(f"<{name}{given}>{inside}</{name}>" if inside else f"<{name}{given}/>")


def _speakable(sentence: str) -> str:
    """The sentence without what XML 1.0 forbids (production 2, Char); escaping alone would leave it in."""
    return "".join(c if _may_stand_in_xml(c) else " " for c in sentence).strip()


def _may_stand_in_xml(character: str) -> bool:
    point = ord(character)
    return 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD or point > 0xFFFF
