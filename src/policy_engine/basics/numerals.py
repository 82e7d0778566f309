"""Numbers and dates as people write them in Arabic and Chinese numerals; exact, never a binary float."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import Final

_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES: Final = {"十": 10, "百": 100, "千": 1000}
_SECTIONS: Final = {"万": 10**4, "亿": 10**8}
_FORMAL: Final = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬億", "一二三四五六七八九十百千万亿")
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
DECIMAL: Final = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:_[0-9]+)*)(?:\.[0-9]+)?"
SCALE: Final = r"[百千]?(?:万亿|万|亿)?"
CHINESE: Final = "零〇一二两三四五六七八九十百千万亿"
_HALF: Final = re.compile("半数|一半")  # 过半数 is more than that: no value, only a phrase that holds it
MAX_EXPONENT: Final = 60
MAX_LENGTH: Final = 120


def parse(text: str) -> Fraction | None:
    """The exact value of a whole numeral, or None.

    `1500000000`, `1,500,000`, `1_000` (= 1000), `1e9`, `3.5`, `2/3`, `15%`, `5‰`, `15亿`, `1.5万`, `三千`, `十二`,
    `百分之十五`, `三分之二`, `半数`; full-width digits and the numerals of cheques (`叁仟`) too. `010` is ten; `0x10`, `1:30`
    and badly grouped commas are None.
    """
    text = narrow(text).strip().translate(_FORMAL)
    if len(text) > MAX_LENGTH:
        return None
    for sign, scale in (("%", 100), ("‰", 1000)):
        if text.endswith(sign):
            inner = text[:-1].strip()
            value = _plain(inner) if re.fullmatch(rf"[-+]?{DECIMAL}|[{CHINESE}点]+", inner) else None
            return None if value is None else value / scale
    return _parts(text) if "分之" in text else Fraction(1, 2) if _HALF.fullmatch(text) else _plain(text)


_PLAIN: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?(万|亿|%)?")


def plain(text: str) -> Fraction | None:
    """What `parse` says of the numerals that are written most: `15`, `1.5亿`, `2.5%`; None of all others, and of nothing."""
    if not (match := _PLAIN.fullmatch(text)):
        return None
    whole, rest, scale = match.groups(default="")
    below = 10 ** (len(rest) + 2 * (scale == "%"))
    above = int(whole + rest) * {"万": 10**4, "亿": 10**8}.get(scale, 1)
    return Fraction(above) if below == 1 else Fraction(above, below)


def narrow(text: str) -> str:
    """Full-width letters, digits and signs as their plain forms, one for one."""
    return text.translate(_WIDE)


def widened(text: str) -> str:
    """Letters, digits and signs in their full width, one for one."""
    return text.translate({plain: wide for wide, plain in _WIDE.items()})


def _parts(text: str) -> Fraction | None:
    """`三分之二`, `百分之十五`, `千分之五`."""
    below, _, above = text.partition("分之")
    scale = {"百": Fraction(100), "千": Fraction(1000), "万": Fraction(10**4)}.get(below) or _chinese(below)
    value = Fraction(100) if above == "百" else _arabic(above) if re.fullmatch(DECIMAL, above) else _chinese(above)
    return value / scale if scale and value is not None else None


def _plain(text: str) -> Fraction | None:
    sign = -1 if text.startswith("-") else 1
    text = text.removeprefix("-").removeprefix("+")
    value = _arabic(text) if text[:1].isdigit() else _chinese(text)
    return None if value is None else sign * value


def _arabic(text: str) -> Fraction | None:
    """Digits, perhaps grouped, with a decimal part, an exponent or a denominator, then 百 千 万 亿 as multipliers."""
    if not text.isascii():
        match = re.fullmatch(rf"({DECIMAL})\s*({SCALE})", text)
        if not match:
            return None
        value = _decimal(match[1])
        for word in match[2]:
            value *= (_PLACES | _SECTIONS)[word]
        return value
    if match := re.fullmatch(r"([0-9]+)\s*/\s*([0-9]+)", text):
        return Fraction(int(match[1]), int(match[2])) if int(match[2]) else None
    match = re.fullmatch(rf"({DECIMAL})(?:[eE]([+-]?[0-9]{{1,3}}))?", text)
    if not match or abs(int(match[2] or 0)) > MAX_EXPONENT:
        return None
    return _decimal(match[1]) * Fraction(10) ** int(match[2] or 0)


def _decimal(text: str) -> Fraction:
    return Fraction(text.replace(",", "").replace("_", ""))


def _chinese(text: str) -> Fraction | None:
    """`三千五百`, `十二`, `二〇二四`, `一亿五千万`, `三点五`."""
    if not text or any(c not in CHINESE + "点" for c in text):
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
    rest = text.rpartition("亿")[2]
    if (
        rest != text and rest and rest[0] not in "零〇" and "万" not in rest
    ):  # 一亿五千: of 万 to many, of 元 as it stands
        return None
    return Fraction(total + section + digit)


def _after_section(text: str, i: int) -> tuple[int, ...]:
    return (i,) if i and text[i - 1] in "万亿" else ()


_DATE: Final = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\s*\.\s*(\d{1,2})\s*\.\s*(\d{1,2})"
    r"|(\d{2})(\d{2})|\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?)(?:[ T]0?0:00(?::00)?)?",
    re.ASCII,
)
_SPELT: Final = re.compile(
    "([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)


def parse_date(text: str) -> dt.date | None:
    """`2024-07-31`, `2024/7/31`, `2024.7.31`, `20240731`, `2024年7月31日` or `二〇二四年七月三十一日`; else None.

    None for an impossible date too.
    """
    text = narrow(text).strip().replace("○", "〇")
    match = _DATE.fullmatch(text) or _SPELT.fullmatch(text)
    if not match:
        return None
    try:
        return dt.date(*(int(part) if part.isascii() else int(_chinese(part) or 0) for part in match.groups() if part))
    except ValueError:
        return None
