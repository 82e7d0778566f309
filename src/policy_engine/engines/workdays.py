"""Working days and seasons on columns: the weeks of a calendar, and beside them a CASE over what its notices change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import accumulate
from typing import Any, Final

import ibis

from policy_engine.engines.dates import MOST, as_whole
from policy_engine.engines.ratios import Ratio, minus, number, plus, whole
from policy_engine.engines.truth import Let, case, constant, is_constant
from policy_engine.language import calendars
from policy_engine.language.calendars import Calendar
from policy_engine.language.operators import in_season

MONDAY: Final = dt.date(2000, 1, 3)
DIGITS: Final = 7


def _inside(calendar: Calendar, let: Let, date: Any) -> Any:
    """A date, NULL where the calendar does not cover it."""
    covered = date.between(ibis.literal(calendar.first), ibis.literal(calendar.last))
    return let(case((covered, date), otherwise=ibis.null("date")))


def _is_working_day(let: Let, calendar: Calendar, date: Any) -> Any:
    if is_constant(date):
        found = calendars.is_working_day(calendar, constant(date))
        return ibis.literal(found) if isinstance(found, bool) else ibis.null("boolean")
    date = _inside(calendar, let, date)
    changed = case(
        (date.isin(sorted(calendar.off)), ibis.literal(False)),
        (date.isin(sorted(calendar.work)), ibis.literal(True)),
        otherwise=let(_since(date)) % 7 < 5,
    )
    return case((date.notnull(), changed), otherwise=ibis.null("boolean"))


def _since(date: Any) -> Any:
    return date.delta(ibis.literal(MONDAY), unit="day").cast("int64")


def _worked_until(let: Let, calendar: Calendar, date: Any) -> Ratio:
    """How many days are worked from a Monday long past up to and including a date."""
    if is_constant(date):
        date = constant(date)
        if not calendar.first <= date <= calendar.last:
            return Ratio(over=ibis.null("int64"), digits=DIGITS)
        days = (date - MONDAY).days
        changed = sum(1 if day in calendar.work else -1 for day in _changes(calendar) if day <= date)
        return number(Fraction(days // 7 * 5 + min(days % 7 + 1, 5) + changed))
    date = _inside(calendar, let, date)
    days, changes = let(_since(date)), _changes(calendar)
    sums = accumulate((1 if day in calendar.work else -1 for day in changes), initial=0)
    steps = [(date < ibis.literal(day), whole(total, 3)) for day, total in zip(changes, sums, strict=False)]
    last = whole(2 * sum(day in calendar.work for day in changes) - len(changes), 3)
    week = case((days % 7 < 5, days % 7 + 1), otherwise=whole(5, 1))
    worked = (days - days % 7) // 7 * 5 + week + case(*steps, otherwise=last)
    return Ratio(over=let(case((date.notnull(), worked), otherwise=ibis.null("int64"))), digits=DIGITS)


def _changes(calendar: Calendar) -> list[dt.date]:
    """The days that are not as the week has them, in order."""
    days = calendar.off | calendar.work
    return sorted(day for day in days if calendar.works(day) is not (day.weekday() < 5))


def _working_days(let: Let, calendar: Calendar, start: Any, end: Any) -> Ratio:
    return plus(_worked_until(let, calendar, end), minus(_worked_until(let, calendar, start)))


def _add(let: Let, calendar: Calendar, date: Any, count: Ratio) -> Any:
    """The so manyth day worked after, or before, a date."""
    by = let(as_whole(let, count, MOST["days"]))
    until = _worked_until(let, calendar, date).over
    works = case((_is_working_day(let, calendar, date), whole(1, 1)), otherwise=whole(0, 1))
    wanted = let(case((by > 0, until + by), otherwise=until + by + 1 - works))
    first, last = (
        constant(_worked_until(let, calendar, ibis.literal(day)).over) for day in (calendar.first, calendar.last)
    )
    covered = wanted.between(first + 1 - calendar.works(calendar.first), last)
    wanted = let(case((covered, wanted), otherwise=ibis.null("int64")))
    steps, instead, changed = [], [], 0
    for day in _changes(calendar):
        before = changed
        changed += 1 if day in calendar.work else -1
        at = constant(_worked_until(let, calendar, ibis.literal(day)).over)
        steps.append((wanted <= whole(at - (day in calendar.work), 5), whole(before, 3)))
        if day in calendar.work:
            instead.append((wanted == whole(at, 5), ibis.literal(day)))
    nth = let(wanted - case(*steps, otherwise=whole(changed, 3)) - 1)
    days = let(nth - nth % 5) // 5 * 7 + nth % 5
    found = case(*instead, otherwise=ibis.literal(MONDAY) + let(days).as_interval("D"))
    return case((by == 0, date), (wanted.notnull(), found), otherwise=ibis.null("date"))


def _in_season(let: Let, date: Any, first: Any, last: Any) -> Any:
    ends = constant(first), constant(last)
    if is_constant(date):
        return ibis.literal(in_season(constant(date), *ends))
    date = let(date)
    here = let(date.month().cast("int64") * 100 + date.day().cast("int64"))
    low, high = (whole(int(end.replace("-", "")), 4) for end in ends)
    return here.between(low, high) if ends[0] <= ends[1] else (here >= low) | (here <= high)


CALLS: Final[Mapping[str, Callable[..., Any]]] = {
    "is_working_day": _is_working_day, "working_days": _working_days, "add_working_days": _add, "in_season": _in_season,
}  # fmt: skip
