"""Dates on columns: shifted, their parts, the ends of months and years; within the years 1 to 9999, else NULL."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import ibis
from ibis.expr import operations as ops

from policy_engine.engines.ratios import Ratio, counted, fitted, number, whole
from policy_engine.engines.truth import Let, both, case, constant, either, is_constant, tested
from policy_engine.language.operators import FUNCTIONS, add_days, add_months

MOST: Final = {"days": dt.date.max.toordinal(), "months": 12 * dt.MAXYEAR}
"""No date within the calendar is shifted by so much to another."""


def shifted(let: Let, date: Any, amount: Ratio, unit: str) -> Any:
    """A date so many days or calendar months later; a day the month does not have becomes its last."""
    if is_constant(amount.over):
        return _by_constant(let, date, int(constant(amount.over)) // amount.under, unit)
    count = let(as_whole(let, amount, MOST[unit]))
    if unit == "months":
        return _months_later(let, date, count)
    if is_constant(date):
        day = whole(constant(date).toordinal() - 1, 7)
    else:
        day = date.delta(ibis.literal(dt.date.min), unit="day").cast("int64")
    inside = let((count + day).between(0, MOST[unit] - 1))
    days = case((inside, count), otherwise=ibis.null("int64"))
    return case((inside, date), otherwise=ibis.null("date")) + days.as_interval("D")


def _by_constant(let: Let, date: Any, amount: int, unit: str) -> Any:
    if is_constant(date):
        found = (add_days if unit == "days" else add_months)(constant(date), Fraction(amount))
        return ibis.literal(found) if isinstance(found, dt.date) else ibis.null("date")
    date = _shiftable(date, amount, unit)
    return date + ibis.interval(days=amount) if unit == "days" else _months_later(let, date, whole(amount, 6))


def _months_later(let: Let, date: Any, count: Any) -> Any:
    date = let(date)
    since = 12 * part("year", 4)(let, date).over + part("month", 2)(let, date).over - 1
    months = let(count + since if is_constant(date) else since + count)
    months = let(case((months.between(12, MOST["months"] + 11), months), otherwise=ibis.null("int64")))
    year, month = let((months - months % 12) // 12), let(months % 12 + 1)
    last = days_of(let, year, month)
    day = let(part("day", 2)(let, date).over)
    return ibis.date(year, month, case((tested(">", day, last), last.cast("int64")), otherwise=day))


def as_date(found: Any) -> Any:
    """A column that is no moment: days after a date are one to some engines, unknown to ibis, which leaves out a plain cast."""
    return ops.Cast(found, to="date").to_expr() if found.type().is_date() else found


def as_whole(let: Let, amount: Ratio, most: int) -> Any:
    """A number known to be whole, as a 64-bit integer; NULL where it is beyond any shift."""
    amount = counted(amount)
    over, under = let(amount.over), amount.under
    limit = fitted(whole(most * under), amount.digits)
    near = let(case((over.between(-limit, limit), over), otherwise=ibis.null(over.type()))).cast("int64")
    return near if under == 1 else near // under


def _shiftable(date: Any, amount: int, unit: str) -> Any:
    """A date, NULL where its shift lies outside the calendar of years 1 to 9999, which engines go beyond."""
    if not amount:
        return date
    end = dt.date.max if amount > 0 else dt.date.min
    last = (add_days if unit == "days" else add_months)(end, Fraction(-amount))
    if not isinstance(last, dt.date):
        return ibis.null("date")
    if unit == "months" and amount > 0:  # a month shorter than the last one ends where the next begins
        last = last.replace(day=calendar.monthrange(last.year, last.month)[1])
    limit = ibis.literal(last)
    return case((date <= limit if amount > 0 else date >= limit, date), otherwise=ibis.null("date"))


def part(name: str, digits: int) -> Callable[..., Ratio]:
    """The year, month or day of a date."""

    def found(_: Let, date: Any) -> Ratio:
        if is_constant(date):
            return number(Fraction(getattr(constant(date), name)))
        return Ratio(over=getattr(date, name)().cast("int64"), digits=digits)

    return found


def end_of_month(let: Let, date: Any, months: int) -> Any:
    """The last day of the month, or of the quarter, of a date."""
    if is_constant(date):
        row = FUNCTIONS["end_of_month" if months == 1 else "end_of_quarter"]
        return ibis.literal(row.apply(constant(date)))
    year, month = let(date.year().cast("int64")), let(date.month().cast("int64"))
    last = let((month - 1) // months * months + months) if months > 1 else month
    return ibis.date(year, last, days_of(let, year, last))


def days_of(let: Let, year: Any, month: Any) -> Any:
    """How many days a month has."""
    leap = both(year % 4 == 0, either(year % 100 != 0, year % 400 == 0))
    return let(case((month == 2, case((leap, ibis.literal(29)), otherwise=ibis.literal(28))),
                    (month.isin([4, 6, 9, 11]), ibis.literal(30)), otherwise=ibis.literal(31)))  # fmt: skip


def end_of_year(let: Let, years: Ratio) -> Any:
    """31 December of a year; NULL outside the calendar."""
    told = counted(years).over
    if is_constant(told):
        found = constant(told)
        return ibis.literal(dt.date(found, 12, 31)) if 1 <= found <= 9999 else ibis.null("date")
    year = let(as_whole(let, years, dt.MAXYEAR))
    inside = let(case((year.between(1, 9999), year), otherwise=ibis.null("int64")))
    return ibis.date(inside, ibis.literal(12), ibis.literal(31))


def month_of(day: dt.date) -> int:
    """The months since the year 0."""
    return day.year * 12 + day.month - 1


def period_of(date: Any, months: int) -> Any:
    """The first month of the period of so many months that a date lies in, counted from the year 0."""
    month = date.year().cast("int64") * 12 + date.month().cast("int64") - 1
    return month - month % months
