"""The layouts of the open data files, and how a cell is written. Pure.

Versions of these layouts live side by side in Japan, so the reader chooses. The columns are those of the published
definitions (tests/reference/opendata_columns.json, whose README says what was verified).
自治体標準オープンデータセット is not offered, since its event columns could not be verified as a whole. Each column
names what stands in it; "" is what we do not know, and a code nobody gave us is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """`columns` in their order: the published name, and the name of the value that stands in it."""

    name: str
    columns: Mapping[str, str]


EVENT_LAYOUTS = {
    "suisho": Layout(
        "推奨データセット イベント一覧",
        {
            "都道府県コード又は市区町村コード": "", "NO": "number", "都道府県名": "prefecture", "市区町村名": "city",
            "イベント名": "title", "イベント名_カナ": "title_kana", "イベント名_英語": "",
            "開始日": "day", "終了日": "day", "開始時間": "start", "終了時間": "end", "開始日時特記事項": "",
            "説明": "summary", "料金(基本)": "",
            "料金(詳細)": "", "連絡先名称": "office", "連絡先電話番号": "telephone", "連絡先内線番号": "",
            "主催者": "office", "場所名称": "venue", "住所": "address", "方書": "room", "緯度": "", "経度": "",
            "アクセス方法": "bus", "駐車場情報": "parking", "定員": "seats", "参加申込終了日": "closes_day",
            "参加申込終了時間": "closes_time", "参加申込方法": "how", "URL": "url", "備考": "remark",
        },
    ),
    "base-registry": Layout(
        "ベース・レジストリ データカタログのイベント",
        {
            "NO": "number", "都道府県コード又は市区町村コード": "", "名称": "title", "名称(カナ)": "title_kana",
            "名称(英字)": "", "名称(通称)": "", "サブタイトル": "", "概要": "summary", "説明": "summary",
            "サブイベント": "", "イベント種類": "kind", "URL": "url", "画像URL": "", "状態": "state",
            "対象となる産業": "", "ステージ": "", "開始日": "day", "終了日": "day",
            "開始時刻": "start", "終了時刻": "end", "日時備考": "", "場所名称": "venue", "集合場所": "room",
            "郵便番号": "postal_code",
            "住所都道府県": "prefecture", "住所市区町村": "city", "住所町名": "town_part", "住所丁目以下": "street",
            "建物名等": "", "緯度": "", "経度": "", "主催団体": "office", "共催団体": "", "その他関係団体": "",
            "対象者": "", "定員": "seats", "料金(基本)": "", "料金(詳細)": "", "外国語対応": "",
            "申込期限日": "closes_day", "申込期限時刻": "closes_time", "申込方法": "how", "アクセス方法": "bus",
            "駐車場情報": "parking", "駐輪場情報": "", "連絡先名称": "office", "連絡先電話番号": "telephone",
            "連絡先内線番号": "", "連絡先メールアドレス": "", "備考": "remark",
        },
    ),
    "gif": Layout(
        "政府相互運用性フレームワーク(GIF)イベントデータモデル",
        {
            "ID": "number", "イベント名": "title", "イベント名(カナ)": "title_kana", "イベント名(英字)": "", "通称": "",
            "サブタイトル": "", "説明": "summary", "サブイベント": "", "イベント種類": "kind", "イベントURL": "url",
            "状態": "state", "キーワード": "", "タグ": "", "開催パターン": "", "開始日": "day", "終了日": "day",
            "開始時刻": "start", "終了時刻": "end", "日時説明": "remark",
            "開催場所": "venue", "開催場所住所": "address",
            "開催施設": "room", "アクセス方法": "bus", "Web開催": "", "主催団体": "office", "共催団体": "",
            "関連団体": "", "対象者": "", "定員": "seats", "料金有無": "", "駐車場有無": "parking_or_not",
            "連絡先情報": "telephone",
        },
    ),
}  # fmt: skip

FACILITY_LAYOUT = Layout(
    "推奨データセット 公共施設一覧",
    {
        "都道府県コード又は市区町村コード": "", "NO": "number", "都道府県名": "prefecture", "市区町村名": "city",
        "名称": "name", "名称_カナ": "name_kana", "名称_通称": "", "POIコード": "", "住所": "address", "方書": "",
        "緯度": "", "経度": "", "電話番号": "telephone", "内線番号": "", "法人番号": "", "団体名": "",
        "利用可能曜日": "", "開始時間": "", "終了時間": "", "利用可能日時特記事項": "", "説明": "about",
        "バリアフリー情報": "barrier_free", "URL": "", "備考": "remark",
    },
)  # fmt: skip

BOM = "\ufeff"


def csv_lines(layout: Layout, rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """The file in UTF-8 with its mark, without which Excel takes it for Shift_JIS; a header, then one row a line, with
    CRLF (RFC 4180). Line by line, so that no file is ever held whole."""
    yield BOM + _line(layout.columns)
    for row in rows:
        yield _line(row[value] if value else "" for value in layout.columns.values())


def _line(cells: Iterable[str]) -> str:
    return ",".join(_cell(cell) for cell in cells) + "\r\n"


# What a spreadsheet would take for a formula, in full width too: it reads that as the same.
_FORMULA = re.compile(r"[\s'\"]*[=+\-@＝＋－＠]")


def _cell(text: str) -> str:
    """One value in one line. A cell that a spreadsheet would run gets an apostrophe in front (OWASP, CSV injection)."""
    plain = " ".join(text.split())
    if _FORMULA.match(plain):
        plain = f"'{plain}"
    return '"' + plain.replace('"', '""') + '"' if re.search(r'[",]', plain) else plain


# ---- addresses


@dataclass(frozen=True)
class Address:
    """長崎県 / 南島原市 / 加津佐町 / 己2792-2; what cannot be told apart stays in `street`."""

    prefecture: str
    city: str
    town_part: str
    street: str


_PREFECTURE = re.compile(r"東京都|北海道|(?:京都|大阪)府|[^都道府県]{2,3}県")


def parts_of(address: str, city: str, town_part: str) -> Address:
    """The parts of a written address, given the names that it may begin with."""
    found = _PREFECTURE.match(address)
    prefecture = found[0] if found else ""
    rest = address.removeprefix(prefecture)
    known_city = city if city and rest.startswith(city) else ""
    rest = rest.removeprefix(known_city)
    known_part = town_part if town_part and rest.startswith(town_part) else ""
    return Address(prefecture, known_city, known_part, rest.removeprefix(known_part))
