"""Pure decisions about help requests."""

from __future__ import annotations

from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan.text import nfkc


class RequestStatus(StrEnum):
    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING_RESIDENT = "waiting_resident"
    HANDED_OVER = "handed_over"
    DONE = "done"


class RequestChannel(StrEnum):
    PHONE = "phone"
    COUNTER = "counter"
    PAPER = "paper"


ALLOWED_MOVES: dict[RequestStatus, set[RequestStatus]] = {
    RequestStatus.NEW: {
        RequestStatus.IN_PROGRESS, RequestStatus.WAITING_RESIDENT, RequestStatus.HANDED_OVER, RequestStatus.DONE,
    },
    RequestStatus.IN_PROGRESS: {RequestStatus.WAITING_RESIDENT, RequestStatus.HANDED_OVER, RequestStatus.DONE},
    RequestStatus.WAITING_RESIDENT: {RequestStatus.IN_PROGRESS, RequestStatus.HANDED_OVER, RequestStatus.DONE},
    RequestStatus.HANDED_OVER: {RequestStatus.IN_PROGRESS, RequestStatus.DONE},
    RequestStatus.DONE: {RequestStatus.IN_PROGRESS},
}  # fmt: skip

# What nobody has to look after any more.
ENDED = frozenset({RequestStatus.DONE})

# Money or identity may be lost while one waits.
URGENT_TOPICS = frozenset({"SCAM", "MN_LOST"})

# What people say when they mean a topic. The topic with the most of its words in the text wins; of two with as many
# the earlier one, so that danger comes before routine and the particular before the general. Only a proposal: a
# clerk takes it or not, so that no model and no list of exceptions is worth its upkeep here.
_SAID: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("SCAM", (
        "詐欺", "だまされ", "にせの", "ウイルス", "警告", "あやしい", "不審", "青い字を押", "atm", "不在のお知らせ",
        "何回もかかってくる", "知らない番号", "還付金", "返すから",
    )),
    ("MN_LOST", ("カードを落とし", "カードをなくし", "カードが見つから", "カードを盗", "カードを紛失")),
    ("MN_PIN", ("暗証番号", "けたの番号", "桁の番号", "番号を3回", "ロック")),
    ("MN_RENEW", ("カードの期限", "有効期限", "期限が切れ", "電子証明", "水色の封筒", "カードの更新")),
    ("MN_PICK", ("カードを受け取", "カードの受け取", "交付通知", "受け取れ")),
    ("MN_HIC", ("保険証", "病院にかか", "資格確認書")),
    ("MN_ACCT", ("給付金", "公金", "口座")),
    ("MN_PORTAL", ("マイナポータル", "カードの読み取り")),
    ("MN_SMART", ("スマホにマイナンバーカード", "スマホに入れられ", "スマホにカード", "カードをスマホに")),
    ("MN_APPLY", ("カードをまだ", "カードを作", "カードの申請", "カードがほしい")),
    ("BOOK", (
        "教室に", "教室を休", "教室の", "スマホ教室", "きょうしつ", "やすみます", "休みます", "予約票", "時間を変え",
        "会場まで", "送り迎え", "キャンセル", "いっしょに行って",
    )),
    ("TRANS", ("送迎", "乗り合い", "タクシー", "バスの予約", "車がなくて")),
    ("TAX", ("申告", "e-tax", "イータックス", "税")),
    ("HEALTH", ("血圧", "診てもら", "オンライン診療", "健康の", "歩数", "先生に")),
    ("BOUSAI", ("避難", "防災", "土砂", "火山", "大雨", "地震", "ハザード", "津波")),
    ("AI", ("生成ai", "aiに", "チャットgpt", "人工知能")),
    ("BILL", ("料金", "契約", "修理", "割れ", "水に落と", "高くなった", "解約")),
    ("PAY", (
        "スマホで払", "決済", "ネットで買", "ネットで一回", "お金も引かれ", "ペイペイ", "paypay", "通販", "定期購入",
    )),
    ("PASS", ("パスワード", "アカウント", "合言葉")),
    ("LINE", ("line", "ライン", "インスタ", "sns", "友だちに")),
    ("PHOTO", ("写真", "動画", "撮れ", "カメラ", "容量", "いっぱいに")),
    ("APP", ("アプリ", "機種変更", "新しいスマホに", "替えたら", "引っ越し", "更新")),
    ("INPUT", ("文字", "字が打", "字を入れ", "入力", "っ」", "漢字", "ひらがなが", "変換")),
    ("SET", (
        "音が小さ", "字が小さ", "字が見え", "大きくし", "読み上げ", "画面を読ん", "耳が遠", "目が悪", "音量",
    )),
    ("MAP", ("地図", "道順", "乗換", "乗り換え", "行き方")),
    ("MAIL", ("メール", "ショートメッセージ", "sms")),
    ("NET", ("wi-fi", "wifi", "ワイファイ", "二次元コード", "qr", "インターネット", "検索", "つながらない")),
    ("CALL", ("電話がかかって", "電話に出", "電話をかけ", "出らる", "着信", "留守番", "折り返し", "電話帳")),
    ("POWER", (
        "電源", "充電", "まっくら", "まっくろ", "動かん", "動かない", "ボタン", "いちばん最初から", "はじめてのスマホ",
        "折りたたみ",
    )),
    ("CITY", ("手つづき", "手続き", "市の", "市役所の", "お知らせを")),
)  # fmt: skip


def suggest_topic(text: str) -> str | None:
    """The code of the topic that the words of a caller point at, or None when they name none."""
    said = nfkc(text).lower()
    best, most = None, 0
    for code, words in _SAID:
        found = sum(word in said for word in words)
        if found > most:
            best, most = code, found
    return best


def check_move(old: RequestStatus, new: RequestStatus) -> None:
    """Raises Refusal `move-not-allowed`."""
    if new not in ALLOWED_MOVES[old]:
        raise Refusal("This request cannot go there from where it is now.", code="move-not-allowed")


def check_outcome(new: RequestStatus, outcome: str) -> None:
    """What is closed or handed over says what came of it or to whom it went; others read it later. Raises Refusal
    `no-outcome`."""
    if new in (RequestStatus.DONE, RequestStatus.HANDED_OVER) and not outcome.strip():
        raise Refusal("Please write what came of it.", code="no-outcome", field="outcome")


def check_something_said(topic_code: str | None, text: str) -> None:
    """A topic or a few words are enough. Raises Refusal `nothing-said`."""
    if not topic_code and not text.strip():
        raise Refusal("Please write the trouble, or choose a topic.", code="nothing-said", field="text")
