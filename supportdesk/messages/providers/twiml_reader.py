"""The practice telephone's own ear: TwiML read as a list of steps.

It shares nothing with the writer, and is as strict as Twilio: what Twilio would refuse is refused here, and
what a listener would suffer from (no language, so English is spoken) is flagged at the step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

# The documents come from our own routes, and one with a DOCTYPE, hence with entities, is refused first.
from xml.etree.ElementTree import Element, ParseError, XMLParser, fromstring

from supportdesk.core.errors import Refusal


class Verb(StrEnum):
    """What a call can do. Twilio knows more; the house uses no other."""

    SAY = "Say"
    PAUSE = "Pause"
    PLAY = "Play"
    GATHER = "Gather"
    REDIRECT = "Redirect"
    RECORD = "Record"
    DIAL = "Dial"
    REJECT = "Reject"
    HANGUP = "Hangup"


class Flaw(StrEnum):
    """What Twilio lets pass and a listener would not. The values are English message ids."""

    NO_LANGUAGE = "No language is given, so it would be read as English."
    NO_VOICE = "No voice is given."
    NO_WORDS = "There is nothing to say here."
    STRANGE_ATTRIBUTE = "There is an attribute that Twilio does not know."


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the call does. Fields that do not belong to the verb keep their defaults."""

    verb: Verb
    words: str = ""
    """What is said; for Play and Redirect the address, for Dial the number."""
    language: str | None = None
    voice: str | None = None
    times: int = 1
    """How often it is said or played; 0 is without end."""
    seconds: int = 0
    """The length of a Pause, how long a Gather waits for a key, a Record for a word, and a Dial for an answer."""
    digits: int | None = None
    """Keys a Gather takes before it goes on by itself; None until `finish_on` or the wait is over."""
    finish_on: str = "#"
    action: str | None = None
    """Where a Gather's keys, a Record's voice or a Dial's end go. None: for Gather and Record the address the document
    came from, for Dial the next verb."""
    method: str = "POST"
    most_seconds: int = 0
    """How long a Record may become."""
    when_silent: bool = False
    """Whether a Gather goes to `action` even when no key was pressed."""
    inside: tuple[Step, ...] = ()
    """What a Gather says while it listens."""
    flaws: tuple[Flaw, ...] = ()


class NotTwiml(Refusal):
    """Twilio would not play this document."""

    code = "not-twiml"


_ATTRIBUTES = {
    Verb.SAY: {"language", "voice", "loop"},
    Verb.PAUSE: {"length"},
    Verb.PLAY: {"loop", "digits"},
    Verb.GATHER: {
        "input",
        "action",
        "method",
        "timeout",
        "numDigits",
        "finishOnKey",
        "actionOnEmptyResult",
        "language",
    },
    Verb.REDIRECT: {"method"},
    Verb.RECORD: {"action", "method", "timeout", "maxLength", "finishOnKey", "playBeep", "trim"},
    Verb.DIAL: {"action", "method", "timeout", "timeLimit", "callerId", "answerOnBridge", "hangupOnStar"},
    Verb.REJECT: {"reason"},
    Verb.HANGUP: set[str](),
}
_HOLDS = {Verb.GATHER: (Verb.SAY, Verb.PAUSE, Verb.PLAY)}
# twilio.com/docs/voice/twiml/say/text-speech: the SSML that may stand inside Say.
_SSML = {"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "speak", "sub", "w"}
_LONGEST_SAY = 4096


def read_twiml(xml: str) -> list[Step]:
    """The steps of a document in order. Raises NotTwiml where Twilio would answer 12100 or 12200."""
    return list(_steps(_root(xml), tuple(Verb)))


def read_reply(xml: str) -> list[str]:
    """The texts with which a document answers a text; none where it is empty. Raises NotTwiml as `read_twiml`."""
    return ["".join(each.itertext()).strip() for each in _root(xml) if each.tag == "Message"] if xml.strip() else []


def _root(xml: str) -> Element:
    if "<!DOCTYPE" in xml.upper():
        raise NotTwiml("This document has a DOCTYPE, which is not allowed.")
    try:
        # As bytes: a str that names another encoding would be refused although it was decoded well.
        root = fromstring(xml.encode(), parser=XMLParser(encoding="utf-8"))  # noqa: S314
    except (ParseError, UnicodeEncodeError):
        raise NotTwiml("This document is not XML.") from None
    if root.tag != "Response":
        raise NotTwiml("This document does not begin with Response.")
    return root


def _steps(parent: Element, allowed: tuple[Verb, ...]) -> Iterator[Step]:
    if _text_between(parent):
        raise NotTwiml("There is text outside of any verb.")
    for element in parent:
        try:
            verb = Verb(element.tag)
        except ValueError:
            verb = None
        if verb is None or verb not in allowed:
            raise NotTwiml("There is a verb that is unknown or may not stand here.")
        yield _step(verb, element)


def _step(verb: Verb, element: Element) -> Step:
    get = element.attrib.get
    strange = (Flaw.STRANGE_ATTRIBUTE,) if set(element.attrib) - _ATTRIBUTES[verb] else ()
    match verb:
        case Verb.SAY:
            words = " ".join("".join(_spoken(element)).split())
            if len(words) > _LONGEST_SAY:
                raise NotTwiml("This is more than can be said at once.")
            missing = (
                *(() if get("language") else (Flaw.NO_LANGUAGE,)),
                *(() if get("voice") else (Flaw.NO_VOICE,)),
                *(() if words else (Flaw.NO_WORDS,)),
            )
            return Step(
                verb,
                words,
                language=get("language"),
                voice=get("voice"),
                times=_whole(element, "loop", 1),
                flaws=missing + strange,
            )
        case Verb.PAUSE:
            _without_children(element)
            return Step(verb, seconds=_whole(element, "length", 1), flaws=strange)
        case Verb.GATHER:
            return Step(
                verb,
                seconds=_whole(element, "timeout", 5),
                digits=_whole(element, "numDigits", 0) or None,
                finish_on=get("finishOnKey", "#"),
                action=get("action") or None,
                method=_method(element),
                when_silent=get("actionOnEmptyResult") == "true",
                inside=tuple(_steps(element, _HOLDS[verb])),
                flaws=strange,
            )
        case Verb.PLAY | Verb.REDIRECT:
            _without_children(element)
            address = (element.text or "").strip()
            if not address and not get("digits"):
                raise NotTwiml("There is no address to play or to go to.")
            return Step(
                verb, address, times=_whole(element, "loop", 1), method=_method(element), flaws=strange
            )
        case Verb.RECORD:
            _without_children(element)
            return Step(
                verb,
                seconds=_whole(element, "timeout", 5),
                most_seconds=_whole(element, "maxLength", 3600),
                finish_on=get("finishOnKey", "1234567890*#"),
                action=get("action") or None,
                method=_method(element),
                flaws=strange,
            )
        case Verb.DIAL:
            return Step(
                verb,
                _dialled(element),
                seconds=_whole(element, "timeout", 30),
                action=get("action") or None,
                method=_method(element),
                flaws=strange,
            )
        case Verb.HANGUP | Verb.REJECT:
            _without_children(element)
            return Step(verb, flaws=strange)


def _dialled(element: Element) -> str:
    """The number of a Dial, in a Number of its own or bare."""
    if any(child.tag != "Number" or len(child) for child in element) or len(element) > 1:
        raise NotTwiml("There is a verb that is unknown or may not stand here.")
    number = "".join([_text_between(element), *((child.text or "").strip() for child in element)])
    if not number:
        raise NotTwiml("There is no number to connect to.")
    return number


def _spoken(element: Element) -> Iterator[str]:
    """The words of a Say in order. A substitute is heard instead of what it stands for."""
    yield element.text or ""
    for child in element:
        if child.tag not in _SSML:
            raise NotTwiml("There is a mark inside Say that voices do not know.")
        yield child.get("alias", "") if child.tag == "sub" else "".join(_spoken(child))
        yield child.tail or ""


def _text_between(parent: Element) -> str:
    return "".join([parent.text or "", *(child.tail or "" for child in parent)]).strip()


def _without_children(element: Element) -> None:
    if len(element):
        raise NotTwiml("There is a verb that is unknown or may not stand here.")


def _whole(element: Element, attribute: str, default: int) -> int:
    text = element.get(attribute)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise NotTwiml("There is a number that cannot be read.")
    return int(text)


def _method(element: Element) -> str:
    method = element.get("method", "POST").upper()
    if method not in ("GET", "POST"):
        raise NotTwiml("There is a method other than GET and POST.")
    return method
