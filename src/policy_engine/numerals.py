"""Numbers and dates as people write them in Arabic and Chinese numerals; exact, never a binary float."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

Kind = Literal[
    "number", "percent", "fraction", "multiple", "range", "date", "frequency", "numbering", "document-number"
]

_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES: Final = {"十": 10, "百": 100, "千": 1000}
_SECTIONS: Final = {"万": 10**4, "亿": 10**8}
_ARABIC: Final = r"(?:\d{1,3}(?:,\d{3})+|\d[\d_]*)(?:\.\d+)?"
_CHINESE: Final = "零〇一二两三四五六七八九十百千万亿"
_HALF: Final = re.compile("半数|一半")  # 过半数 is more than that: no value, only a phrase that holds it
MAX_EXPONENT: Final = 60


def parse(text: str) -> Fraction | None:
    """The exact value of a whole numeral, or None.

    `1500000000`, `1,500,000`, `1_000` (= 1000), `1e9`, `3.5`, `2/3`, `15%`, `5‰`, `15亿`, `1.5万`, `三千`, `十二`,
    `百分之十五`, `三分之二`, `半数`; full-width digits too. `010` is ten; `0x10`, `1:30` and badly grouped commas are None.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    for sign, scale in (("%", 100), ("‰", 1000)):
        if text.endswith(sign):
            inner = _plain(text[:-1].strip())
            return None if inner is None else inner / scale
    return _parts(text) if "分之" in text else Fraction(1, 2) if _HALF.fullmatch(text) else _plain(text)


def _parts(text: str) -> Fraction | None:
    """`三分之二`, `百分之十五`, `千分之五`."""
    below, _, above = text.partition("分之")
    scale = {"百": Fraction(100), "千": Fraction(1000), "万": Fraction(10**4)}.get(below) or _plain(below)
    value = _plain(above)
    return value / scale if scale and value is not None else None


def _plain(text: str) -> Fraction | None:
    sign = -1 if text.startswith("-") else 1
    text = text.removeprefix("-").removeprefix("+")
    value = _arabic(text) if text[:1].isdigit() else _chinese(text)
    return None if value is None else sign * value


def _arabic(text: str) -> Fraction | None:
    """Digits, perhaps grouped, with a decimal part, an exponent or a denominator, then 十 百 千 万 亿 as multipliers."""
    if not text.isascii():
        match = re.fullmatch(rf"({_ARABIC})\s*([百千]?[万亿]*|[百千])", text, re.ASCII)
        if not match:
            return None
        value = Fraction(match[1].replace(",", "").replace("_", ""))
        for word in match[2]:
            value *= (_PLACES | _SECTIONS)[word]
        return value
    if re.fullmatch(r"\d+\s*/\s*0*[1-9]\d*", text):
        above, below = text.split("/")
        return Fraction(int(above), int(below))
    match = re.fullmatch(rf"({_ARABIC})(?:[eE]([+-]?\d{{1,3}}))?", text)
    if not match or abs(int(match[2] or 0)) > MAX_EXPONENT:
        return None
    return Fraction(match[1].replace(",", "").replace("_", "")) * Fraction(10) ** int(match[2] or 0)


def _chinese(text: str) -> Fraction | None:
    """`三千五百`, `十二`, `二〇二四`, `一亿五千万`, `三点五`."""
    if not text or any(c not in _CHINESE + "点" for c in text):
        return None
    if "点" in text:
        whole, _, rest = text.partition("点")
        value = _chinese(whole)
        if value is None or not rest or any(c not in _DIGITS for c in rest):
            return None
        return value + Fraction(int("".join(str(_DIGITS[c]) for c in rest)), 10 ** len(rest))
    if all(c in _DIGITS for c in text):
        plain = len(text) == 1 or (len(text) == 4 and "两" not in text)  # a year is written digit by digit
        return Fraction(int("".join(str(_DIGITS[c]) for c in text))) if plain else None
    return _placed(text)


def _placed(text: str) -> Fraction | None:
    total = section = digit = 0
    last = 10**9
    for i, c in enumerate(text):
        if c in _DIGITS:
            if digit and c not in "零〇":
                return None
            digit = _DIGITS[c]
        elif c in _PLACES:
            if _PLACES[c] >= last or (not digit and not (c == "十" and i in (0, *_after_section(text, i)))):
                return None
            section, digit, last = section + (digit or 1) * _PLACES[c], 0, _PLACES[c]
        else:
            if not total + section + digit:
                return None
            total = (total + section + digit) * 10**8 if c == "亿" else total + (section + digit) * 10**4
            section, digit, last = 0, 0, 10**9
    if digit and text[-2:-1] in "百千万亿":  # 一百二 is 120 to some and 102 to others
        return None
    return Fraction(total + section + digit)


def _after_section(text: str, i: int) -> tuple[int, ...]:
    return (i,) if i and text[i - 1] in "万亿零" else ()


_DATE: Final = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日?)")


def parse_date(text: str) -> dt.date | None:
    """`2024-07-31`, `2024/7/31` or `2024年7月31日`; None for anything else, an impossible date too."""
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not match:
        return None
    year, month, day = (int(part) for part in match.groups() if part)
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True)
class Numeral:
    """A numeric token of a text: its place, kind, and the values a literal of a rule may stand for."""

    start: int
    end: int
    text: str
    kind: Kind
    values: tuple[Fraction | dt.date, ...]


_NUMBER: Final = rf"{_ARABIC}\s*[百千]?[万亿]*"
_HAN: Final = f"[{_CHINESE}]+(?:点[零一二三四五六七八九]+)?"
_TOKENS: Final = re.compile(
    "|".join(
        (
            r"(?P<document>〔\d{4}〕\s*\d+\s*号)",
            r"(?P<numbering>第[零一二三四五六七八九十百\d]+|[（(](?:[一二三四五六七八九十]+|\d{1,2})[）)]|[①-⑳])",
            r"(?P<date>\d{4}年\d{1,2}月\d{1,2}日|\d{4}-\d{2}-\d{2})",
            rf"(?P<range>(?:{_NUMBER})\s*[%％‰]?\s*[-~—–－至到]{{1,2}}\s*(?:{_NUMBER})\s*[%％‰]?)",
            rf"(?P<percent>(?:{_NUMBER})\s*[%％‰]|[百千万]分之{_HAN})",
            rf"(?P<fraction>{_HAN}分之{_HAN}|过?半数|一半|\d+/\d+)",
            rf"(?P<multiple>(?:{_NUMBER}|{_HAN})倍)",
            rf"(?P<frequency>每(?:{_HAN}|{_NUMBER})?个?(?:半年|季度|年度|[年月周日天季])(?:(?:{_HAN}|{_NUMBER})[次回篇场期])?)",
            rf"(?P<number>{_NUMBER}|{_HAN})",
        )
    )
)

# Words in which a numeral counts nothing: idioms, adverbs, names of things. Longest first.
IDIOMS: Final = tuple(
    sorted(
        (
            "一般", "统一", "一律", "进一步", "之一", "一并", "一定", "一些", "一体", "一致", "一旦", "一切", "一系列", "一批",
            "万一", "唯一", "单一", "专一", "逐一", "一一", "一把手", "一线", "一道", "一方面", "一同", "一起", "一直", "一贯",
            "一盘棋", "一张图", "一件事", "一流", "一揽子", "十分", "百姓", "千方百计", "千家万户", "万众", "万元", "亿元", "三农",
            "四川", "千瓦", "百货", "一带一路", "不一", "划一", "合一", "归一", "同一", "任一", "某一", "每一", "这一", "那一",
            "一站式", "一窗", "一网", "一卡通", "一码", "一次性", "三亚", "五保", "七一", "八一", "十一", "一企", "一户", "一户一",
        ),
        key=len, reverse=True,
    )
)  # fmt: skip
_KINDS: Final[dict[str, Kind]] = {
    "document": "document-number", "numbering": "numbering", "date": "date", "range": "range", "percent": "percent",
    "fraction": "fraction", "multiple": "multiple", "frequency": "frequency", "number": "number",
}  # fmt: skip


def scan(text: str) -> list[Numeral]:
    """Every numeric token of a text, in order; numerals inside idioms are not tokens."""
    plain = "".join(c if len(w := unicodedata.normalize("NFKC", c)) != 1 or c in "（）" else w for c in text)
    return list(_tokens(plain))


def _tokens(text: str) -> Iterator[Numeral]:
    idle = _idle(text)
    at = 0
    while match := _TOKENS.search(text, at):
        start, end = match.span()
        at = end
        if start in idle and match.lastgroup == "number":
            at = start + 1 if text[start] in _CHINESE else end
            continue
        kind = _KINDS[str(match.lastgroup)]
        yield Numeral(start, end, match[0], kind, _values(match[0], kind))


def _idle(text: str) -> set[int]:
    """The places of numerals inside idioms."""
    found: set[int] = set()
    for word in IDIOMS:
        for match in re.finditer(re.escape(word), text):
            before = text[match.start() - 1 : match.start()]
            if word[0] in "万亿" and (before.isdigit() or before in _CHINESE):
                continue
            found |= set(range(*match.span()))
    return found


def _values(text: str, kind: Kind) -> tuple[Fraction | dt.date, ...]:
    if kind == "date":
        date = parse_date(text)
        return (date,) if date else ()
    if kind == "range":
        return _range_values(text)
    if kind in ("document-number", "numbering", "frequency", "multiple"):
        return tuple(v for part in re.findall(rf"{_NUMBER}|{_HAN}", text) if (v := parse(part)) is not None)
    value = parse(text.removeprefix("过"))
    bare = re.match(_ARABIC, text)
    printed = parse(bare[0]) if bare else None
    return tuple(dict.fromkeys(v for v in (value, printed if kind == "number" else None) if v is not None))


def _range_values(text: str) -> tuple[Fraction, ...]:
    """Both ends; a sign that stands only behind the last belongs to both."""
    parts = [part for part in re.split(r"[-~—–－至到]+", text) if part.strip()]
    sign = next((c for c in "%％‰" if parts[-1].strip().endswith(c)), "")
    shared = [p if not sign or p.strip()[-1:] == sign else p.strip() + sign for p in parts]
    return tuple(v for p in shared if (v := parse(p)) is not None)


def literal_in_phrase(value: Fraction | dt.date, phrase: str) -> bool:
    """Whether a literal of a rule stands in a cited phrase, as a number, part of a date or the whole date."""
    for token in scan(phrase):
        if value in token.values:
            return True
    if isinstance(value, dt.date):
        return any(value in _days_of(month) for month in re.findall(r"\d{4}年(?:\d{1,2}月)?", phrase))
    return any(value == parse(part) for part in re.findall(rf"{_ARABIC}|{_HAN}", _unspaced(phrase)))


def _days_of(period: str) -> tuple[dt.date, ...]:
    """The first and last day of a printed year or month: 到2025年 is 2025-12-31, 7月底 is the 31st."""
    year, _, month = period.rstrip("月").partition("年")
    first = dt.date(int(year), int(month) if month else 1, 1)
    after = dt.date(first.year + (first.month == 12 or not month), first.month % 12 + 1 if month else 1, 1)
    return (first, after - dt.timedelta(1))


def _unspaced(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
