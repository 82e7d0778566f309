"""What a fact can be: exact number with its unit, date, flag, choice, set, code, text, or unknown; the single way in for foreign values."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal, assert_never

from policy_engine.basics import numerals
from policy_engine.basics.errors import Text

Kind = Literal["number", "date", "flag", "choice", "set", "code", "text"]
Unit = tuple[tuple[str, int], ...]
Known = Fraction | dt.date | bool | str | frozenset[str]

YUAN: Final[Unit] = (("CNY", 1),)
SQUARE_METRE: Final[Unit] = (("m", 2),)
DAY: Final[Unit] = (("day", 1),)
MONTH: Final[Unit] = (("month", 1),)
WORKDAY: Final[Unit] = (("workday", 1),)
PURE: Final[Unit] = ()
_LENGTHS: Final = {PURE: Text("", ""), DAY: Text(" days", " 天"), MONTH: Text(" months", " 个月"), WORKDAY: Text(" working days", " 个工作日")}  # fmt: skip

_UNIT_WORDS: Final[dict[str, str]] = {
    "元": "CNY", "yuan": "CNY", "rmb": "CNY", "cny": "CNY", "人民币": "CNY",
    "平方米": "m2", "平米": "m2", "㎡": "m2", "m²": "m2", "sqm": "m2", "立方米": "m3", "m³": "m3",
    "天": "day", "日": "day", "days": "day", "月": "month", "个月": "month", "months": "month",
    "吨": "t", "千克": "kg", "公斤": "kg", "小时": "h", "微克": "μg", "µg": "μg", "毫克": "mg", "升": "L",
    "工作日": "workday", "个工作日": "workday", "亩": "mu", "公里": "km", "米": "m", "床": "bed", "人": "person",
    "千米": "km", "分钟": "min",
}  # fmt: skip
_SPOKEN: Final = {sign: word for word, sign in reversed(_UNIT_WORDS.items()) if not word.isascii()} | {"year": "年"}  # fmt: skip
UNIT_WORDS: Final = frozenset({*_UNIT_WORDS, "m2", "m3", "t", "kg", "h", "μg", "mg", "L", "mu", "km", "m"}) - {
    "天", "日", "days", "月", "个月", "months",
}  # fmt: skip
"""The words for units that may follow a literal; durations are written in days, months and years."""
_WHOLE: Final = re.compile("[元圆][整正]?$")  # 3000元整, 叁仟圆
_CURRENCY: Final = re.compile(r"(?:人民币|rmb|cny)\s*(?:[（(]大写[）)])?\s*[:：]?\s*|[¥￥]\s*", re.IGNORECASE)
_PERCENT: Final = re.compile("[%％﹪‰]|分之|半数|一半")
_FEN: Final = re.compile(
    r"(.+?)[元圆]零?(?:([0-9一二三四五六七八九壹贰叁肆伍陆柒捌玖])角)?零?(?:([0-9一二三四五六七八九壹贰叁肆伍陆柒捌玖])分)?[整正]?"
)
_MULTIPLIERS: Final = {"公顷": ("m2", 10_000), "千元": ("CNY", 1000)}
_PEOPLE: Final = ("人", "名", "位", "个")
_COUNTED: Final = ("家", "项", "处", "户")
_SHORT_YEAR: Final = re.compile("['’]?[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}[日号]?")
ANOTHER: Final = "another"
"""The option of an open list that is none of those listed; in a set, some member that is not listed."""
ANOTHER_WORDS: Final = Text("another of the kind", "同类其他")
OPEN_LIST: Final = Text(
    "another of the kind: the list ends in 等, the text does not settle it", "同类其他：所列以“等”结尾，文本未作规定"
)
NOT_YET: Final = "not yet"
"""In place of a date: what has not happened by the date of the decision."""
_NOT_YET: Final = frozenset({NOT_YET, "not_yet", "尚未", "尚未发生", "未发生"})
MAX_DIGITS: Final = 100
MAX_CODE: Final = 64
MAX_TEXT: Final = 1000
BLANK: Final = " \t\n\v\f\r\u00a0\u3000"
"""White space around a code or a text, which is no part of it."""
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f]")
SHOWN: Final = 60
_TRUE: Final = frozenset({"true", "yes", "y", "是", "有", "真", "对", "√", "✓", "✔", "☑"})
NOTHING: Final = frozenset({"none", "无"})
_FALSE: Final = frozenset({"false", "no", "n", "否", "无", "没有", "假", "错", "×", "✗", "✘"})


@dataclass(frozen=True)
class Type:
    """The type of a value. `unit` None: a bare literal, which takes the unit of what it meets."""

    kind: Kind
    unit: Unit | None = PURE
    integer: bool = False
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.kind != "number":
            return self.kind
        if self.unit == YUAN:
            return "money"
        return "number" if not self.unit else f"quantity in {unit_text(self.unit)}"


FLAG: Final = Type("flag")
DATE: Final = Type("date")
NUMBER: Final = Type("number")
COUNT: Final = Type("number", integer=True)
CODE: Final = Type("code")
TEXT: Final = Type("text")


@dataclass(frozen=True)
class Unknown:
    """No value: the facts it waits for, and why the text or the arithmetic does not settle it; what it lies between."""

    missing: tuple[str, ...] = ()
    because: tuple[Text, ...] = ()
    low: Fraction | dt.date | None = None
    high: Fraction | dt.date | None = None

    def __or__(self, other: Unknown) -> Unknown:
        return Unknown(
            tuple(dict.fromkeys(self.missing + other.missing)), tuple(dict.fromkeys(self.because + other.because))
        )


Value = Known | Unknown


def merge(values: Iterable[Value]) -> Unknown:
    """Everything the unknown ones among the values wait for."""
    open_ = [value for value in values if type(value) is Unknown]
    if len(open_) == 1 and open_[0].low is None and open_[0].high is None:
        return open_[0]
    return Unknown(
        tuple(dict.fromkeys(name for value in open_ for name in value.missing)),
        tuple(dict.fromkeys(reason for value in open_ for reason in value.because)),
    )


class BadValue(ValueError):
    """A foreign value that is not of the type asked for; says what was found and what is accepted."""

    def __init__(self, found: Text, help: Text | None = None) -> None:
        self.found, self.help = found, help
        super().__init__(found.en)


def parse_unit(text: str) -> Unit:
    """`CNY/m2`, `μg/m3`, `元/平方米`, `t/h` as powers of base units; raises BadValue."""
    powers: dict[str, int] = {}
    for i, part in enumerate(text.replace(" ", "").split("/")):
        word = _UNIT_WORDS.get(part, _UNIT_WORDS.get(part.lower(), part))
        match = re.fullmatch(r"([^\W\d]+|%)([1-9]?)", word)
        if not match:
            raise BadValue(Text(f"`{text}` is not a unit", f"`{text}` 不是计量单位"))
        powers[match[1]] = powers.get(match[1], 0) + (1 if i == 0 else -1) * int(match[2] or 1)
    return tuple(sorted((base, power) for base, power in powers.items() if power))


def multiply_units(left: Unit, right: Unit, sign: int = 1) -> Unit:
    """The unit of a product, or of a quotient with sign -1."""
    powers = dict(left)
    for base, power in right:
        powers[base] = powers.get(base, 0) + sign * power
    return tuple(sorted((base, power) for base, power in powers.items() if power))


def unit_text(unit: Unit) -> str:
    """A unit as `parse_unit` reads it."""
    above = "·".join(base + (str(power) if power > 1 else "") for base, power in unit if power > 0)
    below = "".join("/" + base + (str(-power) if power < -1 else "") for base, power in unit if power < 0)
    return (above or "1") + below if unit else ""


def number_text(number: Fraction, times: int = 1) -> str:
    """The exact decimal of so many times a number, or `p/q` where no finite decimal exists."""
    above, below = number.as_integer_ratio()
    shared = 1 if times == 1 else math.gcd(times, below)
    above, below = times // shared * above, below // shared
    if below == 1:
        return str(above)
    rest, twos, fives = below, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{above}/{below}"
    places = max(twos, fives)
    digits = str(abs(above) * 10**places // below).rjust(places + 1, "0")
    return f"{'-' if above < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def grouped(number: Fraction) -> str:
    """An exact number, thousands separated from five digits on: 225,000,000.01, 3000 or 1/3."""
    if number.denominator == 1:
        return str(whole) if -10_000 < (whole := number.numerator) < 10_000 else f"{whole:,}"
    text = number_text(number)
    above, point, rest = text.partition(".")
    return f"{int(above):,}{point}{rest}" if "/" not in text and len(above.lstrip("-")) > 4 else text


def unit_words(unit: Unit | None) -> Text:
    """A unit as it is written after a figure, with the space English wants."""
    if not unit or unit in _LENGTHS:
        return _LENGTHS[unit or PURE]
    en = unit_text(unit).replace("CNY", "yuan").replace("m2", "m²").replace("m3", "m³").replace("/万元", "/10,000 yuan")
    zh = re.sub("[^/·]+", lambda symbol: _SPOKEN.get(symbol[0], symbol[0]), unit_text(unit))
    return Text(" " + en.replace("万元", "× 10,000 yuan"), " " + zh)


def to_json(value: Value) -> object:
    """A value as the JSON contract shows it: exact text, boolean, ISO date, sorted list, null."""
    if type(value) is Unknown:
        return None
    if type(value) is Fraction:
        return number_text(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value


def read(raw: object, kind: Type, *, share: bool = False, unit_word: str = "") -> Known:
    """A foreign value as a value of the type; the only way in. Raises BadValue.

    Args:
        raw: what a user wrote: text, int, Decimal, Fraction, date, bool, or a collection of texts.
        kind: the type asked for.
        share: the number is a share: a bare number above 1 is refused, since 15 may mean 15% or 1500%.
        unit_word: a display unit that may follow a count (`12人`, and where people are counted `12名`).
    """
    if isinstance(raw, float):
        raise BadValue(
            Text(f"`{raw!r}` is a binary float, which is not exact", f"`{raw!r}` 是二进制浮点数，不精确"),
            Text("give it as text or Decimal", "请用文本或 Decimal 给出"),
        )
    match kind.kind:
        case "number":
            return _read_number(raw, kind, share, unit_word)
        case "date":
            return read_date(raw)
        case "flag":
            return _read_flag(raw)
        case "choice":
            return _read_choice(raw, kind)
        case "set":
            return _read_set(raw, kind)
        case "code":
            return _read_code(raw)
        case "text":
            return _read_text(raw)
        case _:
            assert_never(kind.kind)


def _refuse(raw: object, en: str, zh: str) -> BadValue:
    try:
        shown = raw if isinstance(raw, str) else "a number" if _is_huge(raw) else str(raw)
    except Exception:  # what cannot be written, or will not say what it is
        shown = type(raw).__name__
    shown = shown if len(shown) <= SHOWN else shown[:SHOWN] + "…"
    return BadValue(Text(f"`{shown}` is not {en}", f"`{shown}` 不是{zh}"))


def _is_huge(raw: object) -> bool:
    """Whether a number has more digits, before or after the point, than any that is meant."""
    if isinstance(raw, Decimal):
        return raw.is_finite() and (abs(raw.adjusted()) > MAX_DIGITS or len(raw.as_tuple().digits) > MAX_DIGITS)
    parts = (raw.numerator, raw.denominator) if isinstance(raw, int | Fraction) else ()
    return any(abs(part) >= 10**MAX_DIGITS for part in parts)


def _read_number(raw: object, kind: Type, share: bool, unit_word: str) -> Fraction:
    number: Fraction | None = None
    text = raw.strip() if isinstance(raw, str) else ""
    if isinstance(raw, Decimal) and not raw.is_finite():
        raise _refuse(raw, "a finite number", "有限的数")
    if len(text) > MAX_DIGITS or (not text and _is_huge(raw)):
        raise _refuse(raw, f"a number of at most {MAX_DIGITS} digits", f"至多 {MAX_DIGITS} 位的数")
    if text:
        number = _parse_with_unit(text, kind, unit_word)
    elif isinstance(raw, int | Decimal | Fraction) and not isinstance(raw, bool):
        number = Fraction(raw)
    if number is None:
        raise _refuse(raw, *_accepted(kind, share))
    percent = has_percent(text)
    if percent and not share and kind.unit != PURE:
        raise _refuse(raw, *_accepted(kind, share))
    if kind.integer and (number.denominator != 1 or percent):
        raise _refuse(raw, "a whole number", "整数")
    if share and number.numerator > number.denominator and not percent:
        shown = number_text(number)
        raise BadValue(
            Text(f"`{shown}` as a share is ambiguous", f"比例 `{shown}` 含义不明"),
            Text(f"write {shown}% or {number_text(number * 100)}%", f"请写 {shown}% 或 {number_text(number * 100)}%"),
        )
    return number


def has_percent(text: str) -> bool:
    """Whether a number is written with a percent sign of any width, as so many in a thousand, or as 百分之… or 一半."""
    return _PERCENT.search(text) is not None


def _accepted(kind: Type, share: bool) -> tuple[str, str]:
    if share:
        return "a share such as 15% or 0.15", "比例（如 15% 或 0.15）"
    if kind.integer and kind.unit == PURE:
        return "a whole number such as 12", "整数（如 12）"
    if kind.unit == YUAN:
        return "an amount of money such as 3000, 3000元 or 15亿元", "金额（如 3000、3000元、15亿元）"
    en, zh = (word.strip() for word in unit_words(kind.unit or PURE))
    return ("a number" + (f" in {en}" if en else ""), "数" + (f"（单位 {zh}）" if zh else ""))


def _parse_with_unit(text: str, kind: Type, unit_word: str) -> Fraction | None:
    """A numeral, or a numeral followed (or, for money, preceded) by a word for the unit of the type."""
    if (plain := numerals.plain(text.removesuffix("元") if kind.unit == YUAN else text)) is not None:
        return plain
    if kind.unit == YUAN:
        text = numerals.narrow(text)
        text = _WHOLE.sub("元", text[found.end() :] if (found := _CURRENCY.match(text)) else text)
        if text[-1:] in "角分整正" and (parts := _FEN.fullmatch(text)):
            return _with_fen(*parts.groups())
    number = numerals.parse(text)
    if number is not None:
        return number
    counted = next((word for word in words_of_count(unit_word) if text.endswith(word)), "")
    if counted:
        return numerals.parse(text[: -len(counted)].strip())
    for word, (unit, factor) in _MULTIPLIERS.items():
        if text.endswith(word) and text[:1].isdigit() and parse_unit(unit) == kind.unit:  # 三千元: 三千 and 元
            number = numerals.parse(text[: -len(word)].strip())
            return None if number is None else number * factor
    for cut in range(1, len(text)):
        if _is_multiplier(text[cut:]) or not _is_unit(text[cut:], kind.unit or PURE):
            continue
        number = numerals.parse(text[:cut].strip())
        if number is not None:
            return number
    return None


def words_of_count(unit_word: str) -> tuple[str, ...]:
    """The words that may follow a count: its own, for people any of theirs, and 个 for whatever is counted one by one."""
    others = _PEOPLE if unit_word in _PEOPLE else ("个",) if unit_word in _COUNTED else ()
    return (unit_word, *others) if unit_word else ()


def _with_fen(yuan: str, jiao: str | None, fen: str | None) -> Fraction | None:
    """`叁仟元伍角`, `3000元5角2分`: yuan and what is left in tenths and hundredths."""
    whole = numerals.parse(yuan)
    if whole is None or whole.denominator != 1 or whole < 0:
        return None
    tenths, hundredths = (numerals.parse(part) or 0 if part else 0 for part in (jiao, fen))
    return whole + Fraction(10 * tenths + hundredths, 100)


def is_not_yet(raw: object) -> bool:
    """Whether a date is said not to have come: `not yet`, 尚未."""
    return isinstance(raw, str) and raw.strip().lower() in _NOT_YET


def _is_multiplier(text: str) -> bool:
    return text.strip()[:1] in "百千万亿%％‰_,.0123456789"


@lru_cache(maxsize=1024)
def _is_unit(text: str, unit: Unit) -> bool:
    if not unit:
        return False
    try:
        found = parse_unit(text.strip())
        return found in (unit, tuple(part for part in unit if part[1] > 0))  # 1200元 for a price per m²
    except BadValue:
        return False


def read_date(raw: object) -> dt.date:
    """A date as a user writes one. Raises BadValue."""
    if isinstance(raw, dt.date) and not isinstance(raw, dt.datetime):
        return raw
    text = str(raw) if isinstance(raw, str | int | Decimal) and not isinstance(raw, bool) and not _is_huge(raw) else ""
    if len(text) == 10 and text[4] == text[7] == "-" and text.isascii():
        with suppress(ValueError):
            return dt.date.fromisoformat(text)
    date = numerals.parse_date(text)  # 20240731 in a workbook is a number
    if date is None:
        refused = _refuse(raw, "a date such as 2024-07-31", "日期（如 2024-07-31、2024年7月31日）")
        if _SHORT_YEAR.fullmatch(numerals.narrow(text).strip()):
            refused.help = Text("write the year in full", "请将年份写全（四位）")
        raise refused
    return date


def _read_flag(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    word = raw.strip().lower() if isinstance(raw, str) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise _refuse(raw, "yes or no (true, false, 是, 否)", "“是”或“否”（也可填 true、false）")


def _read_choice(raw: object, kind: Type) -> str:
    if isinstance(raw, str) and raw.strip() in kind.options:
        return raw.strip()
    accepted = ", ".join(kind.options)
    raise _refuse(raw, f"one of: {accepted}", f"以下之一：{accepted}")


def members(text: str, kind: Type) -> list[str]:
    """The members of a set written as one text: `a,b`, `甲、乙`, or `none`. Raises BadValue."""
    if text.strip().lower() in NOTHING - set(kind.options):
        return []
    found = [part.strip() for part in re.split(r"[,;，；、]", text) if part.strip()]
    if not found:  # a lone comma or a space is no answer, above all not "none"
        raise _refuse(text, "a list such as a,b, or none", "列表（如 甲、乙；没有写 无）")
    return found


def _read_set(raw: object, kind: Type) -> frozenset[str]:
    if isinstance(raw, str):
        raw = members(raw, kind)
    if not isinstance(raw, list | tuple | set | frozenset):
        raise _refuse(raw, "a list", "列表")
    return frozenset(_read_choice(item, kind) for item in raw)


class NumberText(str):
    """The text of a number, of a source that tells numbers from texts: no code, since it keeps no leading zeros."""

    __slots__ = ()


def _read_code(raw: object) -> str:
    """An identifier as it is written: never a number, since 0151 and 151 are two of them."""
    if isinstance(raw, NumberText) or not isinstance(raw, str):
        advice = Text("write it as text, with its leading zeros", "请按文本填写，保留开头的零")
        refused = _refuse(
            raw,
            "a code such as 0151 as text: a number keeps no leading zeros",
            "文本形式的代码（如 0151）：数值不保留开头的零",
        )
        raise BadValue(refused.found, advice)
    code = raw.strip(BLANK)
    if not 1 <= len(code) <= MAX_CODE or _CONTROLS.search(code):
        raise _refuse(
            raw, f"a code of 1 to {MAX_CODE} characters on one line", f" 1 至 {MAX_CODE} 个字符、不换行的代码"
        )
    return code


def _read_text(raw: object) -> str:
    """A name as it is written; it is only shown."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal | dt.date) or _is_huge(raw):
        raise _refuse(raw, "a text", "文本")
    text = str(raw).strip(BLANK)
    if not 1 <= len(text) <= MAX_TEXT:
        raise _refuse(raw, f"a text of 1 to {MAX_TEXT:,} characters", f" 1 至 {MAX_TEXT:,} 个字符的文本")
    return text
