"""Which days are worked, as far as notices say: days told apart, counted, gone on by; outside them unknown, never a guess."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from policy_engine.basics.errors import Text
from policy_engine.basics.values import Unknown, Value


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The week of five days, with the days off and the days worked instead that notices set from a first to a last day."""

    title: Text
    first: dt.date
    last: dt.date
    off: frozenset[dt.date]
    work: frozenset[dt.date]

    def works(self, day: dt.date) -> bool:
        """Whether a day it covers is worked."""
        return day in self.work or (day.weekday() < 5 and day not in self.off)

    @cached_property
    def worked(self) -> tuple[dt.date, ...]:
        """Every day that is worked, in order."""
        days = (self.first + dt.timedelta(n) for n in range((self.last - self.first).days + 1))
        return tuple(filter(self.works, days))

    def unless_beyond(self, found: Value, *days: dt.date) -> Value:
        """A value, unknown if a day lies outside."""
        if all(self.first <= day <= self.last for day in days):
            return found
        return Unknown(because=(Text(f"{self.title.en} goes from {self.first} to {self.last}: no notice for other days",
                                     f"{self.title.zh}仅及 {self.first} 至 {self.last}，其余日期无放假安排可依"),))  # fmt: skip


def is_working_day(calendar: Calendar, day: dt.date) -> Value:
    """Whether a day is worked."""
    return calendar.unless_beyond(calendar.works(day), day)


def working_days(calendar: Calendar, start: dt.date, end: dt.date) -> Value:
    """How many days are worked after a day, up to and including another; below zero if that comes first."""
    until, before = bisect_right(calendar.worked, end), bisect_right(calendar.worked, start)
    return calendar.unless_beyond(Fraction(until - before), start, end)


def add_working_days(calendar: Calendar, day: dt.date, count: Fraction) -> Value:
    """The so manyth day worked after a day, or before it; the day itself is not counted (Civil Code Art. 201)."""
    if not count:
        return day
    worked, whole = calendar.worked, int(count)
    at = bisect_right(worked, day) + whole - 1 if whole > 0 else bisect_left(worked, day) + whole
    return (
        calendar.unless_beyond(worked[at], day) if 0 <= at < len(worked) else calendar.unless_beyond(day, dt.date.max)
    )
