"""Dates as days counted from 0001-01-01: year, month and day of one, months later, ends of periods (proleptic Gregorian)."""

from __future__ import annotations

import datetime as dt
from itertools import accumulate
from typing import Final

from policy_engine.solving.formula import FALSE, TRUE, Script, and_, as_number, ite, not_, number, or_

LAST: Final = dt.date.max.toordinal()
_LONG: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_BEFORE: Final = (0, *accumulate(_LONG))


class Days:
    """What is worked out of dates, each once."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.near: set[str] = set()
        """Days that lie in the years 1901 to 2099 for sure, in which every fourth year is a leap year."""
        self._years: set[str] = set()
        self._parts: dict[str, tuple[str, str, str]] = {}

    def inside(self, day: str) -> str:
        """Whether a day lies in the calendar."""
        fixed = as_number(day)
        if fixed is not None:
            return TRUE if 1 <= fixed <= LAST else FALSE
        return f"(<= 1 {day} {LAST})"

    def parts(self, day: str) -> tuple[str, str, str]:
        """Year, month and day of the month of a day inside the calendar."""
        fixed = as_number(day)
        if fixed is not None and 1 <= fixed <= LAST:
            date = dt.date.fromordinal(int(fixed))
            return str(date.year), str(date.month), str(date.day)
        if day not in self._parts:
            year, month, of_month = found = (
                self.script.variable("Int", "d"),
                self.script.variable("Int", "d"),
                self.script.variable("Int", "d"),
            )
            near = day in self.near
            if near:
                self._years.add(year)
            told = and_(
                f"(<= 1901 {year} 2099)" if near else f"(<= 1 {year} 9999)",
                f"(<= 1 {month} 12)",
                f"(<= 1 {of_month} {self.length(year, month)})",
                f"(= {day} {self.ordinal(year, month, of_month)})",
            )
            self.script.holds(or_(not_(self.inside(day)), told))
            self._parts[day] = found
        return self._parts[day]

    def ordinal(self, year: str, month: str, day: str) -> str:
        """The number of a day, also of a year outside the calendar."""
        fixed = [as_number(part) for part in (year, month, day)]
        if None not in fixed and 1 <= fixed[0] <= 9999:  # type: ignore[operator]
            return str(dt.date(*(int(part) for part in fixed)).toordinal())  # type: ignore[arg-type]
        before = self.script.let(f"(- {year} 1)", "Int")
        centuries = "(- 15)" if year in self._years else f"(- (div {before} 100)) (div {before} 400)"
        years = f"(* 365 {before}) (div {before} 4) {centuries}"
        months = number(_BEFORE[11])
        for i in range(11, 0, -1):
            months = ite(f"(<= {month} {i})", number(_BEFORE[i - 1]), months)
        return self.script.let(
            f"(+ {years} {months} {ite(and_(f'(> {month} 2)', self.leap(year)), '1', '0')} {day})", "Int"
        )

    def leap(self, year: str) -> str:
        """Whether a year has 366 days."""
        if year in self._years:
            return f"(= (mod {year} 4) 0)"
        return self.script.let(
            f"(and (= (mod {year} 4) 0) (or (not (= (mod {year} 100) 0)) (= (mod {year} 400) 0)))", "Bool"
        )

    def length(self, year: str, month: str) -> str:
        """How many days a month has."""
        short = or_(*(f"(= {month} {i})" for i in (4, 6, 9, 11)))
        return self.script.let(ite(f"(= {month} 2)", ite(self.leap(year), "29", "28"), ite(short, "30", "31")), "Int")

    def months_later(self, day: str, months: str) -> tuple[str, str]:
        """The same day so many months later, or the last of that month; and whether that is in the calendar."""
        year, month, of_month = self.parts(day)
        at = self.script.let(f"(+ (* 12 {year}) {month} (- 1) {months})", "Int")
        year, month = self.script.let(f"(div {at} 12)", "Int"), self.script.let(f"(+ 1 (mod {at} 12))", "Int")
        last = self.length(year, month)
        return self.ordinal(year, month, ite(f"(< {of_month} {last})", of_month, last)), f"(<= 1 {year} 9999)"

    def month_end(self, day: str, of_quarter: bool = False) -> str:
        """The last day of the month or quarter."""
        year, month, _ = self.parts(day)
        if of_quarter:
            month = self.script.let(f"(* 3 (div (+ {month} 2) 3))", "Int")
        return self.ordinal(year, month, self.length(year, month))

    def months_between(self, start: str, end: str) -> str:
        """The most months n for which `start + n months <= end`."""
        (y0, m0, d0), (y1, m1, d1) = self.parts(start), self.parts(end)
        last = self.length(y1, m1)
        short = f"(> {ite(f'(< {d0} {last})', d0, last)} {d1})"
        return self.script.let(f"(- (+ (* 12 (- {y1} {y0})) (- {m1} {m0})) {ite(short, '1', '0')})", "Int")

    def of_year(self, day: str) -> str:
        """Month and day as one number, such as 731."""
        _, month, of_month = self.parts(day)
        return self.script.let(f"(+ (* 100 {month}) {of_month})", "Int")

    def weekday(self, day: str) -> str:
        """1 Monday to 7 Sunday."""
        return f"(+ 1 (mod (- {day} 1) 7))"
