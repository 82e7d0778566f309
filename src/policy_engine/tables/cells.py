"""What a cell is, whatever kind of file it stands in: the number that was typed, and what its format adds to it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from policy_engine.basics.errors import Text
from policy_engine.basics.values import number_text

DIGITS: Final = 15
"""So many digits a binary double holds of any decimal: what has more is not what was typed."""
FIRST_DAY: Final = dt.datetime(1900, 3, 1)
"""The first day on which all spreadsheets agree."""
_BRACKETS: Final = re.compile(r"\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]")
_ELAPSED: Final = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_UNSHOWN: Final = re.compile(r"[_*].")  # the width of a character, or one that fills the cell
_LITERALS: Final = re.compile(r'"([^"]*)"|\\(.)')
_SCALED: Final = re.compile(r"[0#?],+(?![0#?,])")
_DIGIT_PART: Final = re.compile(r"[#0?][#0?,.]*(?:E[+-]0+)?|General", re.IGNORECASE)


class Percentage(Decimal):
    """A number that people read as a percentage."""


class Marked(str):
    """A cell of which part or all is crossed out, or of which signs stand raised or lowered: it says something else than its signs in a row."""

    crossed = False
    why = Text("has raised or lowered signs", "含有上标或下标文字")
    way = Text("move them to a cell of their own", "请将上标、下标文字移至其他单元格")


class Crossed(Marked):
    """A cell that is crossed out, in part or all of it."""

    crossed = True
    why = Text("is crossed out", "带有删除线")
    way = Text("delete what does not count, and take the line off what does", "不计入的请删除，计入的请去掉删除线")


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


def number_of(raw: float, shown_as: str) -> Any:
    """A double as the decimal that was typed, with what its format shows beside it: `3%`, `6个月`, `3000万元`.

    One of more digits than a double holds is left as it is, to be refused where it is a fact.
    """
    number = Decimal(repr(raw))
    if too_long(number):
        return int(raw) if raw == int(raw) else raw
    return _as_shown(number, shown_as)


def _as_shown(number: Decimal, shown_as: str) -> Decimal | str:
    """What a person reads in the cell. Where the format moves the point or has conditions, text that is no number."""
    form = shown_as.partition(";")[0]
    if _SCALED.search(_LITERALS.sub("", form)):  # a thousandth is shown, and a unit noted is that of what is shown
        return f"{number} ({shown_as})"
    if re.fullmatch("0{2,}", form) and number == number.to_integral_value() and number >= 0:
        return str(int(number)).rjust(len(form), "0")  # a code: 000123
    if shown_as in ("", "General") or not re.search('["\\\\%$€£₩\u4e00-\u9fff[]', shown_as):
        return number
    conditions = re.search(r"\[[<>=]", shown_as)
    form = _BRACKETS.sub(lambda found: found[1] or "", form)
    form = _UNSHOWN.sub("", form)
    percent = "%" in _LITERALS.sub("", form)
    plain = _LITERALS.sub(lambda found: found[1] if found[1] is not None else found[2], form)
    plain = re.sub("[¥￥]|RMB|CNY", "", plain)
    digits = _DIGIT_PART.search(plain)
    before, after = (plain[: digits.start()], plain[digits.end() :]) if digits else (plain, "")
    words = (before + after).strip()
    if percent:
        shown = number_text(Fraction(number) * 100)
        if digits and re.sub(r"[\s()（）+%-]", "", words):  # `不超过2%`
            return f"{before}{shown}{after}".strip()
        return f"{shown}%"
    if not re.sub(r"[\s()（）+-]", "", words):
        return number
    if conditions or digits is None or _DIGIT_PART.search(after):
        return f"{number} ({shown_as})"
    return f"{before}{number_text(Fraction(number))}{after}".strip()
