"""What each operator means: types in, type out, function on known values, one example. Unknowns are the evaluators' part.

Rule for unknowns: `and` and `or` follow Kleene; a product with zero is zero; what does not count may be anything; every
other operator is unknown when an operand is. A table row without a value (division by zero, a date past the calendar) gives Unknown with the reason.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from policy_engine.basics.errors import Text
from policy_engine.basics.values import (
    COUNT,
    DATE,
    DAY,
    FLAG,
    MONTH,
    PURE,
    WORKDAY,
    Type,
    Unit,
    Unknown,
    Value,
    multiply_units,
)
from policy_engine.language import calendars
from policy_engine.language.ir import CompareOp
from policy_engine.language.signatures import (
    Mismatch,
    Operands,
    Operator,
    alike,
    arity,
    common_unit,
    known_members,
    known_options,
    need,
    numbers_alike,
    one_number,
)

DIGITS: Final = 2000  # a square of a square of a square … ends somewhere
_TOO_LONG: Final = 10**DIGITS


def _sum(types: Operands) -> Type:
    need("number", types)
    left, right = types
    return Type("number", common_unit(left, right), left.integer and right.integer)


def _product(types: Operands, sign: int = 1) -> Type:
    need("number", types)
    left, right = types
    unit = (
        None
        if left.unit is None and right.unit is None
        else multiply_units(left.unit or PURE, right.unit or PURE, sign)
    )
    if unit and abs(dict(unit).get("CNY", 0)) > 1:
        raise Mismatch("money times money has no meaning", "金额与金额相乘没有意义")
    return Type("number", unit, left.integer and right.integer and sign == 1)


def _power(types: Operands) -> Type:
    need("number", types)
    unit = types[0].unit
    return Type("number", unit if unit in (None, PURE) else _refuse_power(types[0]), types[0].integer)


def _refuse_power(base: Type) -> Unit:
    raise Mismatch(f"only a pure number has a power, found {base}", f"只有无单位的数才能乘方，却是 {base}", 0)


def _of(types: Operands) -> Type:
    if types[0].kind == "number" and types[0].unit:
        raise Mismatch(f"`of` takes a share on its left, found {types[0]}", f"of 左边应为比例，却是 {types[0]}", 0)
    return _product(types)


def _shift(types: Operands) -> Type:
    return DATE


def _days_between(types: Operands) -> Type:
    return Type("number", DAY, integer=True)


def _same_kind(types: Operands) -> Type:
    left, right = types
    if left.kind != right.kind:
        quotes = (
            Text('a code stands in quotes: "0151"', '代码须加引号："0151"')
            if {"code", "number"} == {left.kind, right.kind}
            else None
        )
        raise Mismatch(f"{left} and {right} cannot be compared", f"{left} 与 {right} 不能比较", None, quotes)
    if left.kind == "number":
        common_unit(left, right)
    if left.kind == "choice":
        known_options(left, right)
    return FLAG


def _ordered(types: Operands) -> Type:
    if types[0].kind not in ("number", "date"):
        raise Mismatch(f"{types[0]} has no order; use == or !=", f"{types[0]} 没有大小，请用 == 或 !=", 0)
    return _same_kind(types)


def _add(a: Fraction, b: Fraction) -> Fraction:
    return a + b


def _multiply(a: Fraction, b: Fraction) -> Value:
    found = a * b
    if max(abs(found.numerator), found.denominator) >= _TOO_LONG:
        return Unknown(because=(Text(f"more than {DIGITS} digits", f"超过 {DIGITS} 位数字"),))
    return found


def power(base: Fraction, exponent: Fraction) -> Value:
    """A number multiplied with itself so many times; the exponent is a literal of 1 to 12."""
    total: Value = Fraction(1)
    for _ in range(int(exponent)):
        total = total if isinstance(total, Unknown) else _multiply(total, base)  # type: ignore[arg-type]
    return total


def _divide(a: Fraction, b: Fraction) -> Value:
    return _multiply(a, 1 / b) if b else Unknown(because=(Text("division by zero", "除数为零"),))


def _in_calendar(shift: Callable[[], dt.date]) -> Value:
    try:
        return shift()
    except (OverflowError, ValueError):
        return Unknown(because=(Text("the date lies outside the calendar", "日期超出历法范围"),))


def add_days(date: dt.date, days: Fraction) -> Value:
    """So many calendar days later; the day itself is not counted (Civil Code Art. 201)."""
    return _in_calendar(lambda: date + dt.timedelta(days=int(days)))


def add_months(date: dt.date, months: Fraction) -> Value:
    """The same day so many months later, or the last day of that month: 31 January + 1 month = 28 or 29 February."""

    def shift() -> dt.date:
        year, month = divmod(date.year * 12 + date.month - 1 + int(months), 12)
        return dt.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))

    return _in_calendar(shift)


ARITHMETIC: Final[dict[str, Operator]] = {
    row.symbol: row
    for row in (
        Operator("+", _sum, _add, ("1 + 2", "3")),
        Operator("-", _sum, operator.sub, ("1 - 2", "-1")),
        Operator("*", _product, _multiply, ("2 * 3", "6")),
        Operator("of", _of, _multiply, ("15% of 200", "30")),
        Operator("^", _power, power, ("2 ^ 3", "8")),
        Operator("/", lambda types: _product(types, -1), _divide, ("1 / 3", "1/3")),
        Operator("+days", _shift, add_days, ("2024-12-30 + 7 days", "2025-01-06")),
        Operator("-days", _shift, lambda d, n: add_days(d, -n), ("2025-01-06 - 7 days", "2024-12-30")),
        Operator("+months", _shift, add_months, ("2025-01-31 + 1 month", "2025-02-28")),
        Operator("-months", _shift, lambda d, n: add_months(d, -n), ("2024-03-31 - 1 month", "2024-02-29")),
        Operator("days between", _days_between, lambda a, b: Fraction((a - b).days), ("2025-01-06 - 2024-12-30", "7")),
    )
}

COMPARISONS: Final[dict[str, Operator]] = {
    row.symbol: row
    for row in (
        Operator("==", _same_kind, operator.eq, ('"a" == "a"', "true")),
        Operator("!=", _same_kind, operator.ne, ("1 != 1.0", "false")),
        Operator("<", _ordered, operator.lt, ("1 < 2", "true")),
        Operator("<=", _ordered, operator.le, ("2 <= 1", "false")),
        Operator(">", _ordered, operator.gt, ("2024-07-31 > 2024-07-30", "true")),
        Operator(">=", _ordered, operator.ge, ("1/3 >= 0.3333", "true")),
    )
}

MIRRORED: Final[dict[str, CompareOp]] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""The comparison that says the same with its sides exchanged."""


def date_operator(op: str, left: Type, right: Type) -> str:
    """The row that a sum or difference with a date means. Raises Mismatch."""
    if op == "-" and left.kind == right.kind == "date":
        return "days between"
    if left.kind == "date" and right.kind == "number" and right.integer and right.unit in (DAY, MONTH):
        return op + ("days" if right.unit == DAY else "months")
    advice = Text("write a duration such as 7 days or 1 month", "请写时长，如 7 days、1 month")
    raise Mismatch(f"{left} {op} {right} has no meaning", f"{left} {op} {right} 没有意义", None, advice)


def _rounded(types: Operands) -> Type:
    """A number, and the step it is rounded to: a whole one where none is said."""
    if len(types) != 2:
        return Type("number", one_number(types).unit, integer=True)
    return Type("number", numbers_alike(types).unit, types[1].integer)


def _remainder(types: Operands) -> Type:
    arity(types, 2)
    return numbers_alike(types)


def _floor(x: Fraction, step: Fraction = Fraction(1)) -> Fraction:
    return math.floor(x / step) * step


def _ceil(x: Fraction, step: Fraction = Fraction(1)) -> Fraction:
    return math.ceil(x / step) * step


def half_away(x: Fraction, step: Fraction = Fraction(1)) -> Fraction:
    """The nearest multiple of a step; halfway, the one further from zero (四舍五入; GB/T 8170 clause 3)."""
    nearest = _floor(abs(x) + step / 2, step)
    return nearest if x >= 0 else -nearest


def half_even(x: Fraction, step: Fraction = Fraction(1)) -> Fraction:
    """The nearest multiple of a step; halfway, the even one (IEEE 754 roundTiesToEven)."""
    return round(x / step) * step


def _size(types: Operands) -> Type:
    arity(types, 1)
    need("set", types)
    return COUNT


def _two_sets(types: Operands) -> Type:
    arity(types, 2)
    need("set", types)
    known_members(types[0], types[1])
    return FLAG


def _first_outside(types: Operands) -> Type:
    arity(types, 2)
    need("set", types)
    known_members(types[0], types[1])
    return Type("choice", options=types[0].options)


def _one_of(order: Type, item: Type, operand: int) -> None:
    if item.kind != "choice":
        raise Mismatch(f"expected a choice, found {item}", f"应为选项，却是 {item}", operand)
    known_options(Type("choice", options=order.options), item)


def _first_after(types: Operands) -> Type:
    arity(types, 3)
    need("set", (types[0], types[2]))
    _one_of(types[0], types[1], 1)
    known_members(types[0], types[2])
    return Type("choice", options=types[0].options)


def _position(types: Operands) -> Type:
    arity(types, 2)
    need("set", types[:1])
    _one_of(types[0], types[1], 1)
    return COUNT


def _end_of_year(types: Operands) -> Type:
    arity(types, 1)
    need("number", types)
    if types[0].unit or not types[0].integer:
        raise Mismatch(f"expected a year, found {types[0]}", f"应为年份，却是 {types[0]}", 0)
    return DATE


def _end_of_month(date: dt.date, months: int) -> dt.date:
    """The last day of the month so many months later in the same year."""
    month = date.month + months
    return date.replace(month=month, day=calendar.monthrange(date.year, month)[1])


def _from_to(types: Operands) -> Type:
    arity(types, 2)
    need("date", types)
    return COUNT


def months_between(start: dt.date, end: dt.date) -> Fraction:
    """The most months n for which `start + n months <= end`, month ends kept: 31 January to 28 February is one month."""
    months = (end.year - start.year) * 12 + end.month - start.month
    short = min(start.day, calendar.monthrange(end.year, end.month)[1]) > end.day
    return Fraction(months - short)


def _shift_by_work(types: Operands) -> Type:
    arity(types, 2)
    need("date", types[:1])
    if types[1] != Type("number", WORKDAY, integer=True):
        raise Mismatch("expected a whole number of working days", "应为整数个工作日", 1)
    return DATE


def _season(types: Operands) -> Type:
    arity(types, 3)
    need("date", types[:1])
    for i in (1, 2):
        if len(types[i].options) != 1 or not DAY_OF_YEAR.fullmatch(types[i].options[0]):
            raise Mismatch('a day of every year is written "07-15"', '每年的某日写作 "07-15"', i)
    return FLAG


def in_season(day: dt.date, first: str, last: str) -> bool:
    """Whether a date lies between two days of every year, both included; across the end of the year if the second is earlier."""
    here = day.isoformat()[5:]
    return first <= here <= last if first <= last else here >= first or here <= last


DAY_OF_YEAR: Final = re.compile(
    r"(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|[12]\d)"
)


def _prefix(types: Operands) -> Type:
    arity(types, 2)
    need("code", types)
    return FLAG


def _of_date(types: Operands) -> Type:
    arity(types, 1)
    need("date", types)
    return COUNT


def first_outside(order: tuple[str, ...], taken: frozenset[str]) -> Value:
    """The first of an ordered list that is not in the set."""
    for option in order:
        if option not in taken:
            return option
    return Unknown(because=(Text("everyone in the order is excluded", "顺序中的各项均被排除"),))


def first_after(order: tuple[str, ...], item: str, taken: frozenset[str]) -> Value:
    """The first of an ordered list behind the place of an item that is not in the set."""
    return first_outside(order[order.index(item) + 1 :], taken) if item in order else first_outside((), taken)


def position(order: tuple[str, ...], item: str) -> Value:
    """The place of an item in an ordered list, from 1."""
    if item in order:
        return Fraction(order.index(item) + 1)
    return Unknown(because=(Text(f"{item} is not in the order", f"{item} 不在顺序中"),))


def _flags(types: Operands) -> Type:
    need("flag", types)
    return COUNT


def _pairs(types: Operands) -> Type:
    """Pairs of a condition and a value."""
    if not types or len(types) % 2:
        raise Mismatch("takes pairs of a condition and a value", "参数应为成对的条件与数值")
    need("flag", types[::2])
    return alike(types[1::2])


def _sum_of_pairs(types: Operands) -> Type:
    found = _pairs(types)
    need("number", types[1::2])
    return found


def _chosen(pairs: tuple[Any, ...]) -> list[Any]:
    return [value for holds, value in zip(pairs[::2], pairs[1::2], strict=True) if holds]


def _extreme_of(pick: Callable[..., Value], pairs: tuple[Any, ...]) -> Value:
    found = _chosen(pairs)
    return pick(found) if found else Unknown(because=(NONE_COUNTS,))


NONE_COUNTS: Final = Text("none of them counts", "没有计入的项")


def _least(*args: Any) -> Value:
    return min(args)  # type: ignore[no-any-return]


def _greatest(*args: Any) -> Value:
    return max(args)  # type: ignore[no-any-return]


FUNCTIONS: Final[dict[str, Operator]] = {
    row.symbol: row
    for row in (
        Operator("min", alike, _least, ("min(2, 1)", "1")),
        Operator("max", alike, _greatest, ("max(2, 1)", "2")),
        Operator("abs", one_number, abs, ("abs(-2)", "2")),
        Operator("floor", _rounded, _floor, ("floor(5/2)", "2")),
        Operator("ceil", _rounded, _ceil, ("ceil(2/3 of 10)", "7")),
        Operator("round", _rounded, half_away, ("round(2.345, 0.01)", "2.35")),
        Operator("round_even", _rounded, half_even, ("round_even(2.345, 0.01)", "2.34")),
        Operator("mod", _remainder, lambda x, step: x - _floor(x, step), ("mod(10, 7)", "3")),
        Operator("count", _flags, lambda *flags: Fraction(sum(flags)), ("count(true, false, true)", "2")),
        Operator("total", _sum_of_pairs, lambda *pairs: sum(_chosen(pairs), Fraction(0)), ("total(true, 2, false, 5)", "2")),
        Operator("least", _pairs, lambda *pairs: _extreme_of(min, pairs), ("least(true, 2, false, 1)", "2")),
        Operator("greatest", _pairs, lambda *pairs: _extreme_of(max, pairs), ("greatest(true, 2, false, 5)", "2")),
        Operator("size", _size, lambda s: Fraction(len(s)), ('size(["a", "b"])', "2")),
        Operator("all_in", _two_sets, lambda a, b: frozenset(a) <= frozenset(b), ('all_in(["a"], ["a", "b"])', "true")),
        Operator("any_in", _two_sets, lambda a, b: bool(frozenset(a) & frozenset(b)), ('any_in(["a"], ["b", "a"])', "true")),
        Operator("first_outside", _first_outside, first_outside, ('first_outside(["a", "b"], ["a"])', "b")),
        Operator("first_after", _first_after, first_after, ('first_after(["a", "b", "c"], "a", ["b"])', "c")),
        Operator("position", _position, position, ('position(["a", "b"], "b")', "2")),
        Operator("starts_with", _prefix, lambda code, prefix: code.startswith(prefix), ('starts_with("5610", "56")', "true")),
        Operator("year", _of_date, lambda d: Fraction(d.year), ("year(2024-07-31)", "2024")),
        Operator("month", _of_date, lambda d: Fraction(d.month), ("month(2024-07-31)", "7")),
        Operator("weekday", _of_date, lambda d: Fraction(d.isoweekday()), ("weekday(2024-07-31)", "3")),
        Operator("years", _from_to, lambda a, b: Fraction(months_between(a, b) // 12), ("years(2004-02-29, 2025-02-28)", "21")),
        Operator("months", _from_to, months_between, ("months(2025-01-31, 2025-02-28)", "1")),
        Operator("end_of_year", _end_of_year, lambda y: _in_calendar(lambda: dt.date(int(y), 12, 31)),
                 ("end of year(2025)", "2025-12-31")),
        Operator("end_of_quarter", lambda types: _of_date(types) and DATE, lambda d: _end_of_month(d, 2 - (d.month - 1) % 3), ("end of quarter(2025-02-03)", "2025-03-31")),
        Operator("end_of_month", lambda types: _of_date(types) and DATE, lambda d: _end_of_month(d, 0), ("end of month(2024-02-03)", "2024-02-29")),
        Operator("in_season", _season, in_season, ('in_season(2024-01-03, "12-21", "01-05")', "true")),
        Operator("is_working_day", lambda types: _of_date(types) and FLAG, calendars.is_working_day, ("is_working_day(2024-09-29)", "true")),
        Operator("working_days", _from_to, calendars.working_days, ("working_days(2024-09-30, 2024-10-09)", "2")),
        Operator("add_working_days", _shift_by_work, calendars.add_working_days, ("2024-09-30 + 2 working days", "2024-10-09")),
        Operator("day", _of_date, lambda d: Fraction(d.day), ("day(2024-07-31)", "31")),
    )
}  # fmt: skip

STEPPED: Final = frozenset({"floor", "ceil", "round", "round_even", "mod"})
"""Functions whose second argument is a literal above zero: the step."""
MOST_POWER: Final = 12
ORDERED: Final = frozenset({"first_outside", "first_after", "position"})
"""Functions whose first argument is a list written out, read in its order."""
