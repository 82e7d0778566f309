"""What a cell is, whatever kind of file it stands in: the number that was typed, and what its format adds to it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from policy_engine.basics.errors import Text
from policy_engine.basics.values import number_text

DIGITS: Final = 15
"""So many digits a binary double holds of any decimal: what has more is not what was typed."""
FIRST_DAY: Final = dt.datetime(1900, 3, 1)
"""The first day on which all spreadsheets agree."""
_BRACKETS: Final = re.compile(r"\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]")
_ELAPSED: Final = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_LITERALS: Final = re.compile(r'"([^"]*)"|\\(.)')
_TOKENS: Final = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[[^\]]*\]|[_*].|(?P<sign>.)', re.DOTALL
)
"""The pieces of a number format; those without a name are colours, conditions and signs that only take up width."""
DRAWN: Final = "\0"
"""Stands for a sign that a format draws as it is."""
FORMATS: Final = 1_000
_CONDITION: Final = re.compile(r"\[[<>=]")
_CODE: Final = re.compile("(0{2,})(?:;|$)")
_SCALED: Final = re.compile(r"[0#?],+(?![0#?,])")
_DIGIT_PART: Final = re.compile(r"[#0?.]*[#0?][#0?,.]*(?:E[+-]0+)?|General", re.IGNORECASE)
_POINTS: Final = "[.,．，。·•'’]"
_DRAWN_BEFORE: Final = re.compile(rf"(?:\d|{_POINTS})\s*$")
_DRAWN_AFTER: Final = re.compile(rf"\s*{_POINTS}*\s*\d")
"""Digits and points that a format draws beside the number: `0"00"` shows 3500 where there is 35."""


class Percentage(Decimal):
    """A number that people read as a percentage."""


class Marked(str):
    """A cell that says something else than its signs in a row: part of it is raised or lowered, or crossed out, or all of it is still to be worked out."""

    crossed = False
    why = Text("has raised or lowered signs", "含有上标或下标文字")
    way = Text("move them to a cell of their own", "请将上标、下标文字移至其他单元格")


class Crossed(Marked):
    """A cell that is crossed out, in part or all of it."""

    crossed = True
    why = Text("is crossed out", "带有删除线")
    way = Text("delete what does not count, and take the line off what does", "不计入的请删除，计入的请去掉删除线")


class Unworked(Marked):
    """A formula that no spreadsheet has worked out."""

    why = Text("is a formula that was never worked out", "是尚未计算的公式")
    way = Text(
        "open the file in a spreadsheet and save it, or type the value",
        "请用 Excel 或 WPS 打开该文件并保存后再试，或直接填写结果",
    )


def shows_no_day(form: str) -> bool:
    """Whether a format of dates leaves the day out: who types 2024-7 into a spreadsheet gets the first of July, shown as 2024年7月."""
    bare = _LITERALS.sub("", _BRACKETS.sub("", form.partition(";")[0])).lower()
    if bare.strip() == "general" or _ELAPSED.search(form) or any(part in bare for part in ("d", "aaa", "h", "s")):
        return False
    return any(part in bare for part in "yegm")  # e is the year as offices write it, g an era


def day_or_moment(value: dt.datetime) -> dt.date | str:
    """A date without a time of day or a zone is a date; a moment is its text, to be refused where a date is wanted."""
    return value.date() if value.timetz() == dt.time(0) else value.isoformat()


def day_of_sheet(value: dt.datetime) -> dt.date | str:
    """A date as spreadsheets count it; one before they agree is text that says so, to be refused."""
    return f"{value.date()} (< {FIRST_DAY.date()})" if value < FIRST_DAY else day_or_moment(value)


def too_long(number: Decimal) -> bool:
    """Whether a number has more digits than a double holds: it is refused where it is a fact."""
    return abs(number) >= 10**DIGITS or len(number.normalize().as_tuple().digits) > DIGITS


def as_typed(value: Any, form: str) -> Any:
    """What is no text, as it was typed into a cell of that format: a date without a time is a date, a number the decimal that was typed."""
    if isinstance(value, int | float):
        return number_of(value, form)
    if isinstance(value, dt.datetime):
        return f"{value:%Y年%m月}" if shows_no_day(form) else day_of_sheet(value)
    return value


def number_of(raw: float, shown_as: str) -> Any:
    """A double as the decimal that was typed, with what its format shows beside it: `3%`, `6个月`, `3000万元`.

    One of more digits than a double holds is left as it is, to be refused where it is a fact.
    """
    text = repr(raw).removesuffix(".0")  # a whole number is told without a point, whatever program wrote it
    number = Decimal(text)
    short = len(text) <= DIGITS and text[-1].isdigit() and "e" not in text  # as most are
    if not short and too_long(number):
        return int(raw) if raw == int(raw) else raw
    return number if shown_as == "General" else _as_shown(number, shown_as)


def _as_shown(number: Decimal, shown_as: str) -> Decimal | str:
    """What a person reads in the cell. Where the format moves the point, draws digits or signs of its own or has conditions, text that is no number."""
    if shown_as in ("", "General", "@"):
        return number
    code, parts = _parts(shown_as)
    if code and number == number.to_integral_value() and number >= 0:
        return str(int(number)).rjust(code, "0")  # a code: 000123
    first = parts[0]
    if any(part.another for part in parts[: 2 if number < 0 else 1]) or (first.negative and number > 0):
        return f"{number} ({shown_as})"
    if first.percent:
        return f"{first.before}{number_text(Fraction(number) * 100)}%{first.after}".strip()
    if not first.before and not first.after:
        return number
    return f"{first.before}{number_text(Fraction(number))}{first.after}".strip()


@dataclass(frozen=True, kw_only=True)
class _Part:
    """How a format shows a number: what stands before and behind it, as a percentage, as if below zero, or as another number."""

    before: str
    after: str
    percent: bool
    negative: bool
    another: bool


@lru_cache(FORMATS)
def _parts(shown_as: str) -> tuple[int, tuple[_Part, ...]]:
    """The places of a code (`000000`), 0 where a format shows none, and its parts: of numbers, of those below zero, of zero."""
    shown_as = shown_as.replace("G/通用格式", "General")
    signs = [sign for token in _TOKENS.finditer(shown_as) for sign in _signs_of(token)]
    shape = "".join(DRAWN if drawn else sign for sign, drawn in signs)
    told, parts, start = "".join(sign for sign, _ in signs), [], 0
    for one in shape.split(";"):
        parts.append(_part(told[start : start + len(one)], one))
        start += len(one) + 1
    if _CONDITION.search(shown_as) and any(part.before or part.after or part.another for part in parts):
        parts = [replace(part, another=True) for part in parts]
    code = _CODE.match(shown_as)
    return (len(code[1]) if code else 0), tuple(parts)


def _signs_of(token: re.Match[str]) -> list[tuple[str, bool]]:
    """The signs that a piece of a format shows, and whether each is drawn as it is."""
    drawn = next((text for text in token.group("quoted", "escaped", "currency") if text is not None), None)
    if drawn is not None:
        return [(sign, True) for sign in drawn]
    return [(sign, sign in "123456789") for sign in token["sign"] or ""]


def _part(told: str, shape: str) -> _Part:
    """One part of a format; `shape` is what it shows with a mark for each sign that is drawn as it is."""
    digits = _DIGIT_PART.search(shape)
    if digits is None:
        return _Part(before="", after="", percent=False, negative=False, another=True)
    before, after = told[: digits.start()], told[digits.end() :]
    whole, over, _ = shape.partition("/")
    ratio = bool(over) and DRAWN not in whole and not re.sub("[#0?., /1-9-]", "", told)
    another = bool(
        _SCALED.search(shape) or (_DIGIT_PART.search(shape[digits.end() :]) and not ratio)
        or _DRAWN_BEFORE.search(before) or _DRAWN_AFTER.match(after)
    )  # fmt: skip
    percent = "%" in shape
    words = (re.sub("[¥￥]|RMB|CNY", "", word.replace("%", "") if percent else word) for word in (before, after))
    plain = [word if re.sub(r"[\s()（）+-]", "", word) else "" for word in words]
    if ratio:
        plain = ["", ""]
    negative = not ratio and (re.search("[-－−(（]", before) or re.search("[-－−]", after)) is not None
    return _Part(before=plain[0], after=plain[1], percent=percent, negative=negative and not plain[0], another=another)
