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
# back, so it stops nothing either.
_COURTESY = (
    "(?:thankyou|thanks|please|sorry|ありがとう(?:ございま(?:す|した))?|お願い(?:します|いたします)?|です|ください|下さい)*"
)
_END = r"(?:停止|拒否|やめて|(?:止め|とめ)(?!ない|ません))"
_STOP = re.compile(
    rf"(?:stop|ストップ){_COURTESY}|stopall|unsubscribe|cancel|end|quit"
    rf"|.*(?:連絡|案内|お知らせ)[をは]?{_END}.*"
    rf"|.*(?:配信|送信|受信|メール|メッセージ|sms)[をは]?(?:{_END}|解除|不要|いりません|要りません).*"
    r"|.*送(?:ら|って(?:こ|来))ないで.*"
    rf"|(?:停止|拒否){_COURTESY}"
)
_START = re.compile(rf"(?:start|スタート){_COURTESY}|unstop|.*(?:配信|送信|受信|案内|連絡)[をは]?(?:再開|希望).*|再開")
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
