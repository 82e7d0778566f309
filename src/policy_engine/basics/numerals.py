"""Numbers and dates as people write them in Arabic and Chinese numerals; exact, never a binary float."""

from __future__ import annotations

import datetime as dt
import re
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
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DECIMAL: Final = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:_[0-9]+)*)(?:\.[0-9]+)?"
_SCALE: Final = r"[百千]?(?:万亿|万|亿)?"
_CHINESE: Final = "零〇一二两三四五六七八九十百千万亿"
_HALF: Final = re.compile("半数|一半")  # 过半数 is more than that: no value, only a phrase that holds it
MAX_EXPONENT: Final = 60
MAX_LENGTH: Final = 120


def parse(text: str) -> Fraction | None:
    """The exact value of a whole numeral, or None.

    `1500000000`, `1,500,000`, `1_000` (= 1000), `1e9`, `3.5`, `2/3`, `15%`, `5‰`, `15亿`, `1.5万`, `三千`, `十二`,
    `百分之十五`, `三分之二`, `半数`; full-width digits too. `010` is ten; `0x10`, `1:30` and badly grouped commas are None.
    """
    text = narrow(text).strip()
    if len(text) > MAX_LENGTH:
        return None
    for sign, scale in (("%", 100), ("‰", 1000)):
        if text.endswith(sign):
            inner = text[:-1].strip()
            value = _plain(inner) if re.fullmatch(rf"[-+]?{_DECIMAL}|[{_CHINESE}点]+", inner) else None
            return None if value is None else value / scale
    return _parts(text) if "分之" in text else Fraction(1, 2) if _HALF.fullmatch(text) else _plain(text)


def narrow(text: str) -> str:
    """Full-width letters, digits and signs as their plain forms, one for one."""
    return text.translate(_WIDE)


def _parts(text: str) -> Fraction | None:
    """`三分之二`, `百分之十五`, `千分之五`."""
    below, _, above = text.partition("分之")
    scale = {"百": Fraction(100), "千": Fraction(1000), "万": Fraction(10**4)}.get(below) or _chinese(below)
    value = Fraction(100) if above == "百" else _arabic(above) if re.fullmatch(_DECIMAL, above) else _chinese(above)
    return value / scale if scale and value is not None else None


def _plain(text: str) -> Fraction | None:
    sign = -1 if text.startswith("-") else 1
    text = text.removeprefix("-").removeprefix("+")
    value = _arabic(text) if text[:1].isdigit() else _chinese(text)
    return None if value is None else sign * value


def _arabic(text: str) -> Fraction | None:
    """Digits, perhaps grouped, with a decimal part, an exponent or a denominator, then 百 千 万 亿 as multipliers."""
    if not text.isascii():
        match = re.fullmatch(rf"({_DECIMAL})\s*({_SCALE})", text)
        if not match:
            return None
        value = _decimal(match[1])
        for word in match[2]:
            value *= (_PLACES | _SECTIONS)[word]
        return value
    if match := re.fullmatch(r"([0-9]+)\s*/\s*([0-9]+)", text):
        return Fraction(int(match[1]), int(match[2])) if int(match[2]) else None
    match = re.fullmatch(rf"({_DECIMAL})(?:[eE]([+-]?[0-9]{{1,3}}))?", text)
    if not match or abs(int(match[2] or 0)) > MAX_EXPONENT:
        return None
    return _decimal(match[1]) * Fraction(10) ** int(match[2] or 0)


def _decimal(text: str) -> Fraction:
    return Fraction(text.replace(",", "").replace("_", ""))


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
            if (digit and c not in "零〇") or (not digit and i and text[i - 1] in "零〇" and c in "零〇"):
                return None
            digit = _DIGITS[c]
        elif c in _PLACES:
            if _PLACES[c] >= last or (not digit and not (c == "十" and i in (0, *_after_section(text, i)))):
                return None
            section, digit, last = section + (digit or 1) * _PLACES[c], 0, _PLACES[c]
        else:
            if not section + digit + (total if c == "亿" else 0) or (c == "万" and total % 10**8 >= 10**4):
                return None
            total = (total + section + digit) * 10**8 if c == "亿" else total + (section + digit) * 10**4
            section, digit, last = 0, 0, 10**9
    if digit and text[-2:-1] in "百千万亿":  # 一百二 is 120 to some and 102 to others
        return None
    return Fraction(total + section + digit)


def _after_section(text: str, i: int) -> tuple[int, ...]:
    return (i,) if i and text[i - 1] in "万亿" else ()


_DATE: Final = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日?)", re.ASCII)


def parse_date(text: str) -> dt.date | None:
    """`2024-07-31`, `2024/7/31` or `2024年7月31日`; None for anything else, an impossible date too."""
    match = _DATE.fullmatch(narrow(text).strip())
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


_NUMBER: Final = rf"{_DECIMAL}\s*{_SCALE}"
_HAN: Final = f"[{_CHINESE}]{{1,60}}+(?:点[零一二三四五六七八九]+)?"
_SIGN: Final = "[%‰]"
_TOKENS: Final = re.compile(
    "|".join(
        (
            r"(?P<document>[〔\[]\d{4}[〕\]]\s*\d+\s*号)",
            r"(?P<numbering>第[零一二三四五六七八九十百\d]+(?=[条章节款项届次批编篇部卷号])|[（(](?:[一二三四五六七八九十]+|\d{1,2})[）)]|[①-⑳])",
            r"(?P<date>\d{4}年\d{1,2}月\d{1,2}日|\d{4}-\d{2}-\d{2})",
            rf"(?P<range>{_NUMBER}\s*{_SIGN}?\s*[-~—–－至到]{{1,2}}\s*{_NUMBER}\s*{_SIGN}?)",
            rf"(?P<percent>{_NUMBER}\s*{_SIGN}|[百千万]分之{_HAN})",
            rf"(?P<fraction>{_HAN}分之{_HAN}|过?半数|一半|半(?=年|个?月|天|日|小时)|(?<=[年月天日])半|\d+/\d+)",
            rf"(?P<multiple>(?:{_NUMBER}|{_HAN})倍)",
            rf"(?P<frequency>每(?:{_HAN}|{_NUMBER})?个?(?:半年|季度|年度|[年月周日天季])(?:(?:{_HAN}|{_NUMBER})[次回篇场期])?)",
            rf"(?P<number>{_NUMBER}|{_HAN})",
        )
    ),
    re.ASCII,
)

# Words in which a numeral counts nothing, by the reason; each a pattern, so that 十分 is one and 十分钟 is not.
IDIOMS: Final[dict[str, tuple[str, ...]]] = {
    "an adverb or conjunction": (
        "一般", "一律", "进一步", "一并", "一定", "一旦", "一直", "一贯", "一同", "一起", "逐一", "一一", "万一", "十分(?![钟之])", "一方面", "一道",
    ),
    "a word of its own": (
        "统一", "一体", "一致", "一些", "一切", "一系列", "一批", "一流", "一线", "一揽子", "唯一", "单一", "专一", "不一", "划一", "合一", "归一",
        "同一", "任一", "某一", "一次性", "一站式", "一窗", "一网", "一码", "一卡通", "一盘棋", "一张图", "一件事", "一把手", "百姓", "百货", "千瓦",
        "千方百计", "千家万户", "万众", "三农", "五保", "第一手", "第一责任", "第一时间", "第一书记",
    ),
    "one of several": ("之一", "每一(?!年|月|日|天|次|个)", "这一(?!年|月|日|天)", "那一(?!年|月|日|天)"),
    "a unit of money": ("万元", "亿元"),
    "a place or programme": ("四川", "三亚", "一带一路", "七一", "八一"),
    "a half by name": ("[上下]半年",),
}  # fmt: skip
_IDIOM: Final = re.compile("|".join(sorted((w for words in IDIOMS.values() for w in words), key=len, reverse=True)))
_KINDS: Final[dict[str, Kind]] = {
    "document": "document-number", "numbering": "numbering", "date": "date", "range": "range", "percent": "percent",
    "fraction": "fraction", "multiple": "multiple", "frequency": "frequency", "number": "number",
}  # fmt: skip


def scan(text: str) -> list[Numeral]:
    """Every numeric token of a text, in order; numerals inside idioms are not tokens."""
    return list(_tokens(narrow(text)))


def _tokens(text: str) -> Iterator[Numeral]:
    idle = _idle(text)
    at = 0
    while match := _TOKENS.search(text, at):
        start, end = match.span()
        at = end
        if start in idle and match.lastgroup in ("number", "fraction"):
            at = start + 1 if text[start] in _CHINESE + "半" else end
            continue
        kind = _KINDS[str(match.lastgroup)]
        yield Numeral(start, end, match[0], kind, _values(match[0], kind))


def _idle(text: str) -> set[int]:
    """The places of numerals inside idioms."""
    found: set[int] = set()
    for match in _IDIOM.finditer(text):
        before = text[match.start() - 1 : match.start()]
        if not (match[0][0] in "万亿" and (before.isdigit() or (before and before in _CHINESE))):
            found |= set(range(*match.span()))
    return found


def _values(text: str, kind: Kind) -> tuple[Fraction | dt.date, ...]:
    if kind == "date":
        date = parse_date(text)
        return (date,) if date else ()
    if text == "半":
        return (Fraction(1, 2),)
    if kind == "range":
        return _range_values(text)
    if kind in ("document-number", "numbering", "frequency", "multiple"):
        return tuple(v for part in re.findall(rf"{_NUMBER}|{_HAN}", text) if (v := parse(part)) is not None)
    value = parse(text.removeprefix("过"))
    bare = re.match(_DECIMAL, text)
    printed = parse(bare[0]) if bare else None
    return tuple(dict.fromkeys(v for v in (value, printed if kind == "number" else None) if v is not None))


def _range_values(text: str) -> tuple[Fraction, ...]:
    """Both ends; a sign that stands only behind the last belongs to both."""
    parts = [part.strip() for part in re.split(r"[-~—–至到]+", text) if part.strip()]
    tail = re.search(r"[百千万亿]*[%‰]?$", parts[-1])
    shared = tail[0] if tail else ""
    first = [parse(parts[0] + shared)] if shared and parts[0][-1:].isdigit() else []
    values = [*first, *(parse(part) for part in (parts[1:] if shared[-1:] in ("%", "‰") and first else parts))]
    return tuple(dict.fromkeys(value for value in values if value is not None))


def literal_in_phrase(value: Fraction | dt.date, phrase: str) -> bool:
    """Whether a literal of a rule stands in a cited phrase, as a number, part of a date or the whole date."""
    tokens = [token for token in scan(phrase) if token.kind not in ("numbering", "document-number")]
    if any(value in token.values for token in tokens):
        return True
    return isinstance(value, dt.date) and any(
        value in _days_of(period)
        for period in re.findall(r"[0-9]{4}年(?:[0-9]{1,2}月)?", narrow(re.sub(r"\s+", "", phrase)))
    )


def _days_of(period: str) -> tuple[dt.date, ...]:
    """The first and last day of a printed year or month: 到2025年 is 2025-12-31, 7月底 is the 31st."""
    year, _, month = period.rstrip("月").partition("年")
    try:
        first = dt.date(int(year), int(month) if month else 1, 1)
        after = dt.date(first.year + (first.month == 12 or not month), first.month % 12 + 1 if month else 1, 1)
    except ValueError:
        return ()
    return (first, after - dt.timedelta(1))
