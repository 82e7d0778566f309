"""The numeric tokens of a text and what values they may stand for: how a literal of a rule is held to the phrase it cites."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Final, Literal

from policy_engine.basics.numerals import CHINESE, DECIMAL, SCALE, narrow, parse, parse_date

Kind = Literal[
    "number", "percent", "fraction", "multiple", "range", "date", "frequency", "numbering", "document-number"
]


@dataclass(frozen=True, slots=True)
class Numeral:
    """A numeric token of a text: its place, kind, and the values a literal of a rule may stand for."""

    start: int
    end: int
    text: str
    kind: Kind
    values: tuple[Fraction | dt.date, ...]


_NUMBER: Final = rf"{DECIMAL}\s*{SCALE}"
_HAN: Final = f"[{CHINESE}]{{1,60}}+(?:点[零一二三四五六七八九]+)?"
_SIGN: Final = "[%‰]"
_TOKENS: Final = re.compile(
    "|".join(
        (
            r"(?P<document>[〔\[]\d{4}[〕\]]\s*\d+\s*号)",
            r"(?P<numbering>第[零一二三四五六七八九十百\d]+(?=[条章节款项届次批编篇部卷号])|附[表件录图](?:[一二三四五六七八九十]{1,3}|\d{1,2})(?![\d年月日元%])|[（(](?:[一二三四五六七八九十]+|\d{1,2})[）)]|[①-⑳])",
            r"(?P<date>\d{4}年\d{1,2}月\d{1,2}日|\d{4}-\d{2}-\d{2})",
            rf"(?P<range>{_NUMBER}\s*{_SIGN}?\s*[-~—–－至到]{{1,2}}\s*{_NUMBER}\s*{_SIGN}?)",
            rf"(?P<percent>{_NUMBER}\s*{_SIGN}|[百千万]分之{_HAN})",
            rf"(?P<fraction>{_HAN}分之{_HAN}|过?半数|一半|半(?=年|个?月|天|日|小时)|(?<=[年月天日减])半|\d+/\d+)",
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


def scan(text: str, most: int | None = None) -> list[Numeral]:
    """Every numeric token of a text, in order, or so many of them; numerals inside idioms are not tokens."""
    return list(islice(_tokens(narrow(text)), most))


def _tokens(text: str) -> Iterator[Numeral]:
    idle = _idle(text)
    at = 0
    while match := _TOKENS.search(text, at):
        start, end = match.span()
        at = end
        if idle[start] and match.lastgroup in ("number", "fraction"):
            at = start + 1 if text[start] in CHINESE + "半" else end
            continue
        kind = _KINDS[str(match.lastgroup)]
        words = sys.intern(match[0])
        yield Numeral(start, end, words, kind, _values(words, kind))


def _idle(text: str) -> bytearray:
    """For each character, whether it is inside an idiom."""
    found = bytearray(len(text))
    for match in _IDIOM.finditer(text):
        before = text[match.start() - 1 : match.start()]
        if not (match[0][0] in "万亿" and (before.isdigit() or (before and before in CHINESE))):
            found[match.start() : match.end()] = b"\1" * len(match[0])
    return found


@lru_cache(1 << 14)
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
    bare = re.match(DECIMAL, text)
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
