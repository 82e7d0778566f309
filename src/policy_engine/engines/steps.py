"""Rounding to a step, remainders, powers, whole months and years, weekdays on columns: all by way of `floor`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import ibis

from policy_engine.engines.dates import days_of, part
from policy_engine.engines.ratios import (
    Ratio,
    absolute,
    ceil,
    compared,
    counted,
    extreme,
    floor,
    laid,
    minus,
    number,
    plus,
    product,
    whole,
)
from policy_engine.engines.truth import Let, both, case, constant, is_constant

MONDAY: Final = dt.date(2000, 1, 3)
ONE: Final = Fraction(1)


def _times(let: Let, term: Ratio, factor: Fraction) -> Ratio:
    return laid(let, product(let, term, number(factor)))


def _step(term: Ratio | None) -> Fraction:
    return ONE if term is None else Fraction(int(constant(counted(term).over)), term.under)


def _stepped(to_whole: Callable[[Let, Ratio], Ratio]) -> Callable[..., Ratio]:
    """A function to whole numbers as one to multiples of a literal step."""

    def stepped(let: Let, term: Ratio, step: Ratio | None = None) -> Ratio:
        size = _step(step)
        if size == 1:
            return to_whole(let, term)
        return _times(let, laid(let, to_whole(let, _times(let, term, 1 / size))), size)

    return stepped


def _round(let: Let, term: Ratio) -> Ratio:
    """The nearest whole number, a half away from zero."""
    term = laid(let, counted(term))
    nearest = laid(let, floor(let, laid(let, plus(absolute(let, term), number(Fraction(1, 2))))))
    below = let(compared("<", term, number(Fraction(0))))
    return replace(nearest, over=let(case((below, minus(nearest).over), otherwise=nearest.over)))


def _round_even(let: Let, term: Ratio) -> Ratio:
    """The nearest whole number, a half to the even one."""
    raised = laid(let, plus(laid(let, counted(term)), number(Fraction(1, 2))))
    nearest = laid(let, floor(let, raised))
    odd = compared("==", _mod(let, nearest, number(Fraction(2))), number(ONE))
    down = let(both(compared("==", raised, nearest), odd))
    return laid(let, plus(nearest, Ratio(over=case((down, whole(-1, 1)), otherwise=whole(0, 1)), digits=1)))


def _mod(let: Let, term: Ratio, step: Ratio) -> Ratio:
    """What is left above a multiple of a literal step."""
    term = laid(let, counted(term))
    return laid(let, plus(term, minus(_stepped(floor)(let, term, step))))


def power(let: Let, base: Ratio, exponent: Ratio) -> Ratio:
    """A product of so many of the same; the exponent is a literal."""
    total = number(ONE)
    for _ in range(int(constant(exponent.over))):
        total = laid(let, product(let, base, total))
    return total


YEAR, MONTH, DAY = part("year", 4), part("month", 2), part("day", 2)


def _length(let: Let, date: Any) -> Ratio:
    """How many days the month of a date has."""
    if is_constant(date):
        found = constant(date)
        after = dt.date(found.year + found.month // 12, found.month % 12 + 1, 1)
        return number(Fraction((after - dt.timedelta(1)).day if found.year < dt.MAXYEAR else 31))
    return Ratio(
        over=days_of(let, let(date.year().cast("int64")), let(date.month().cast("int64"))).cast("int64"), digits=2
    )


def _months(let: Let, start: Any, end: Any) -> Ratio:
    """The most months after which a date is not later than another."""
    years = plus(YEAR(let, end), minus(YEAR(let, start)))
    months = plus(_times(let, years, Fraction(12)), plus(MONTH(let, end), minus(MONTH(let, start))))
    last = extreme("<=", let, [laid(let, DAY(let, start)), laid(let, _length(let, end))])
    short = let(compared(">", last, DAY(let, end)))
    return laid(let, plus(months, Ratio(over=case((short, whole(-1, 1)), otherwise=whole(0, 1)), digits=1)))


def _weekday(let: Let, date: Any) -> Ratio:
    """1 for Monday to 7 for Sunday."""
    if is_constant(date):
        return number(Fraction(constant(date).isoweekday()))
    days = Ratio(over=date.delta(ibis.literal(MONDAY), unit="day").cast("int64"), digits=7)
    return plus(_mod(let, days, number(Fraction(7))), number(ONE))


CALLS: Final[Mapping[str, Callable[..., Any]]] = {
    "floor": _stepped(floor), "ceil": _stepped(ceil), "round": _stepped(_round), "round_even": _stepped(_round_even),
    "mod": _mod, "months": _months, "years": lambda let, a, b: floor(let, _times(let, _months(let, a, b), Fraction(1, 12))),
    "year": YEAR, "month": MONTH, "day": DAY, "weekday": _weekday,
}  # fmt: skip
