"""What a call says, written as TwiML: by hand, since only the adapter imports twilio."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from supportdesk.core.errors import Refusal

LANGUAGE = "ja-JP"
VOICE = "Polly.Takumi-Neural"
LONGEST_DOCUMENT = 4000
"""Characters that Twilio takes in the `Twiml` parameter."""

_ROUNDS = 2
_PAUSE = '<Pause length="1"/>'
_BETWEEN_ROUNDS = '<Pause length="2"/>'


def twiml(sentences: Sequence[str], *, voice: str = VOICE) -> str:
    """A call that says the sentences slowly, twice, and hangs up; it makes sense if no key is pressed.

    Language and voice stand in every Say: without them the default, English, reads Japanese as nothing. The
    first second is silent, since people first bring the receiver to the ear. Rate is the one SSML setting
    that neural voices keep. Raises Refusal when there is nothing to say, or too much to hand over.
    """
    spoken = [words for sentence in sentences if (words := _speakable(sentence))]
    if not spoken:
        raise Refusal("There is nothing for the call to say.", code="call-says-nothing")
    says = _PAUSE.join(
        f"<Say language={quoteattr(LANGUAGE)} voice={quoteattr(voice)}>"
        f'<prosody rate="85%">{escape(words)}</prosody></Say>'
        for words in spoken
    )
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{_PAUSE}{_BETWEEN_ROUNDS.join([says] * _ROUNDS)}'
        "<Hangup/></Response>"
    )
    if len(document) > LONGEST_DOCUMENT:
        raise Refusal("This is too long to be said in one call.", code="call-too-long")
    return document


def _speakable(sentence: str) -> str:
    """The sentence without what XML 1.0 forbids (production 2, Char); escaping alone would leave it in."""
    return "".join(c if _may_stand_in_xml(c) else " " for c in sentence).strip()


def _may_stand_in_xml(character: str) -> bool:
    point = ord(character)
    return 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD or point > 0xFFFF
