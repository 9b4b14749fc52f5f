"""What a text that comes in asks for: pure decisions. Only that no texts are wished, or are wished again, is done at
once; all else is read by a person, since 「やめます」 may be the class, the seat or the texts."""

from __future__ import annotations

import re
from enum import StrEnum

from ..core.japan.text import nfkc

# The provider's own limit (telephony facts a).
LONGEST_TEXT = 1600


class Meaning(StrEnum):
    STOP = "stop"
    START = "start"
    YES = "yes"
    NO = "no"
    OTHER = "other"


# What the carrier itself obeys on numbers that take replies (telephony facts a), and what people here write. English
# words stand alone or with a courtesy, so that "stop by tomorrow" stops nothing. That no 連絡 is 不要 is said of a call
# back, so it stops nothing either, and that one is 希望 is a wish to be rung, so it starts nothing.
_COURTESY = (
    "(?:thankyou|thanks|please|sorry|ありがとう(?:ございま(?:す|した))?|お願い(?:します|いたします)?|です|ください|下さい)*"
)
_NOT = "(?:ない|ません)"
_END = rf"(?:(?:停止|拒否)(?!(?:は)?し{_NOT})|やめて|(?:止め|とめ)(?!{_NOT}))"
_UNWISHED = rf"希望(?:は)?(?:し|いたし|して(?:い|おり)){_NOT}"
_STOP = re.compile(
    rf"(?:please)?(?:stop|ストップ|すとっぷ){_COURTESY}|stopall|unsubscribe|cancel|end|quit"
    rf"|.*(?:連絡|案内|お知らせ)[をは]?{_END}.*"
    rf"|.*(?:配信|送信|受信|メール|メッセージ|sms)[をは]?(?:{_END}|解除|不要|いりません|要りません).*"
    rf"|.*(?:配信|送信|受信|案内|お知らせ|メール|メッセージ|sms)[をは]?{_UNWISHED}.*"
    r"|.*送(?:ら|って(?:こ|来))ないで.*"
    rf"|(?:停止|拒否){_COURTESY}"
)
_START = re.compile(
    rf"(?:please)?(?:start|スタート){_COURTESY}|unstop|再開"
    rf"|(?!.*{_NOT}).*(?:(?:配信|送信|受信|案内|連絡)[をは]?再開|(?:配信|送信|受信|案内)[をは]?希望).*"
)
_YES = re.compile(
    r"(?!.*(?:ません|ない))(?:はい|ハイ|了解|りょうかい|わかりました|分かりました|承知|行きます|いきます|出席|参加).*"
    rf"|(?:yes|ok){_COURTESY}"
)
_NO = re.compile(
    r"(?:いいえ|行けません|いけません|休みます|やすみます|お休み|やめます|欠席|キャンセル|取り消し|取消).*"
    rf"|no{_COURTESY}"
)


def meaning(body: str, opt_out: str = "") -> Meaning:
    """What a text says. `opt_out` is the provider's own judgement (OptOutType), where it gives one: it has stopped or
    resumed texts to that number already."""
    if opt_out.upper() in ("STOP", "START"):
        return Meaning(opt_out.lower())
    said = "".join(letter for letter in nfkc(body).lower() if letter.isalnum() or letter == "ー")
    for word, pattern in ((Meaning.STOP, _STOP), (Meaning.START, _START), (Meaning.YES, _YES), (Meaning.NO, _NO)):
        if pattern.fullmatch(said):
            return word
    return Meaning.OTHER
