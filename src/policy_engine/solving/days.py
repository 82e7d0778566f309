"""Dates as days counted from 0001-01-01: year, month and day of one, months later, ends of periods (proleptic Gregorian).

Near the present all of it is worked out by whole divisions; of any day of the calendar the parts are variables. A day that was made
of parts keeps them.
"""

from __future__ import annotations

import datetime as dt
from itertools import accumulate
from typing import Final, Literal

from policy_engine.solving.formula import FALSE, TRUE, Script, and_, as_number, ite, not_, number, or_

LAST: Final = dt.date.max.toordinal()
FIRST: Final = dt.date(1901, 1, 1)
FAR: Final = 1200
"""So many months from a day near the present, no century is left out but 1800, 1900, 2100 and 2200."""
_LONG: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_BEFORE: Final = (0, *accumulate(_LONG))
Reach = Literal["near", "far"]


class Days:
    """What is worked out of dates, each once."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.near: set[str] = set()
        """Days that lie in the years 1901 to 2099 for sure, in which every fourth year is a leap year."""
        self._reach: dict[str, Reach] = {}
        """Years that lie in 1901 to 2099, or in 1801 to 2199, for sure."""
        self._leap: dict[str, str] = {}
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
            self._parts[day] = self._near(day) if day in self.near else self._any(day)
        return self._parts[day]

    def _near(self, day: str) -> tuple[str, str, str]:
        """The parts of a day in years of which every fourth is a leap year, the last of four."""
        since = self._let(f"(- {day} {FIRST.toordinal()})")
        left = self._let(f"(mod {since} 1461)")
        nth = self._let(ite(f"(< {left} 1095)", f"(div {left} 365)", "3"))
        of_year = self._let(f"(- {left} (* 365 {nth}))")
        year = self._let(f"(+ {FIRST.year} (* 4 (div {since} 1461)) {nth})")
        leap = self._leap[year] = self.script.let(f"(= {nth} 3)", "Bool", 0)
        self._reach[year] = "near"
        skipped = ite(f"(< {of_year} {ite(leap, '60', '59')})", "0", ite(leap, "1", "2"))  # as if February had 30 days
        month = self._let(f"(div (+ (* 12 (+ {of_year} {skipped})) 373) 367)")
        of_month = self._let(f"(+ 1 (- {of_year} {self._before(year, month)}))")
        # what follows from this, said because it is hard to see
        self.script.holds(f"(and (<= 1 {month} 12) (<= 1 {of_month} {self.length(year, month)}))")
        self.script.holds(f"(= {day} {self.ordinal(year, month, of_month)})")
        return year, month, of_month

    def _any(self, day: str) -> tuple[str, str, str]:
        """The parts of any day of the calendar."""
        year, month, of_month = found = (
            self.script.variable("Int", "d"),
            self.script.variable("Int", "d"),
            self.script.variable("Int", "d"),
        )
        told = and_(
            f"(<= 1 {year} 9999)",
            f"(<= 1 {month} 12)",
            f"(<= 1 {of_month} {self.length(year, month)})",
            f"(= {day} {self.ordinal(year, month, of_month)})",
        )
        self.script.holds(or_(not_(self.inside(day)), told))
        return found

    def _let(self, text: str) -> str:
        return self.script.let(text, "Int", 12)

    def ordinal(self, year: str, month: str, day: str) -> str:
        """The number of a day, also of a year outside the calendar."""
        fixed = [as_number(part) for part in (year, month, day)]
        if None not in fixed and 1 <= fixed[0] <= 9999:  # type: ignore[operator]
            return str(dt.date(*(int(part) for part in fixed)).toordinal())  # type: ignore[arg-type]
        before = self._let(f"(- {year} 1)")
        reach = self._reach.get(year)
        if reach == "near":
            centuries = "(- 15)"
        elif reach == "far":
            centuries = f"(ite (<= {year} 1900) (- 14) (ite (<= {year} 2100) (- 15) (- 16)))"
        else:
            centuries = f"(- (div {before} 100)) (div {before} 400)"
        years = f"(* 365 {before}) (div {before} 4) {centuries}"
        found = self._let(f"(+ {years} {self._before(year, month)} {day})")
        self._parts.setdefault(found, (year, month, day))
        return found

    def _before(self, year: str, month: str) -> str:
        """The days of a year before one of its months."""
        fixed = as_number(month)
        leap = self.leap(year)
        if fixed is not None:
            days = _BEFORE[int(fixed) - 1]
            return number(days) if fixed <= 2 else ite(leap, number(days + 1), number(days))
        late = ite(leap, "1", "2")
        return self._let(f"(- (div (- (* 367 {month}) 362) 12) {ite(f'(<= {month} 2)', '0', late)})")

    def leap(self, year: str) -> str:
        """Whether a year has 366 days."""
        if year not in self._leap:
            fourth = f"(= (mod {year} 4) 0)"
            reach = self._reach.get(year)
            if reach == "far":
                fourth = f"(and {fourth} (not (= {year} 1900)) (not (= {year} 2100)))"
            elif reach is None:
                fourth = f"(and {fourth} (or (not (= (mod {year} 100) 0)) (= (mod {year} 400) 0)))"
            self._leap[year] = self.script.let(fourth, "Bool", 0)
        return self._leap[year]

    def length(self, year: str, month: str) -> str:
        """How many days a month has."""
        fixed = as_number(month)
        if fixed is not None and fixed != 2:
            return number(_LONG[int(fixed) - 1])
        short = or_(*(f"(= {month} {i})" for i in (4, 6, 9, 11)))
        return self._let(ite(f"(= {month} 2)", ite(self.leap(year), "29", "28"), ite(short, "30", "31")))

    def months_later(self, day: str, months: str) -> tuple[str, str]:
        """The same day so many months later, or the last of that month; and whether that is in the calendar."""
        old, month, of_month = self.parts(day)
        at = self._let(f"(+ (* 12 {old}) {month} (- 1) {months})")
        year, month = self._let(f"(div {at} 12)"), self._let(f"(+ 1 (mod {at} 12))")
        many = as_number(months)
        if self._reach.get(old) == "near" and many is not None and abs(many) <= FAR:
            self._reach[year] = "far"
        last = self.length(year, month)
        found = self.ordinal(year, month, self._let(ite(f"(< {of_month} {last})", of_month, last)))
        return found, TRUE if year in self._reach else f"(<= 1 {year} 9999)"

    def month_end(self, day: str, of_quarter: bool = False) -> str:
        """The last day of the month or quarter."""
        year, month, _ = self.parts(day)
        if of_quarter:
            month = self._let(f"(* 3 (div (+ {month} 2) 3))")
        return self.ordinal(year, month, self.length(year, month))

    def months_between(self, start: str, end: str) -> str:
        """The most months n for which `start + n months <= end`."""
        (y0, m0, d0), (y1, m1, d1) = self.parts(start), self.parts(end)
        last = self.length(y1, m1)
        short = f"(> {ite(f'(< {d0} {last})', d0, last)} {d1})"
        return self._let(f"(- (+ (* 12 (- {y1} {y0})) (- {m1} {m0})) {ite(short, '1', '0')})")

    def of_year(self, day: str) -> str:
        """Month and day as one number, such as 731."""
        _, month, of_month = self.parts(day)
        return self._let(f"(+ (* 100 {month}) {of_month})")

    def weekday(self, day: str) -> str:
        """1 Monday to 7 Sunday."""
        return f"(+ 1 (mod (- {day} 1) 7))"
