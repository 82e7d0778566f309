"""Working days as the solvers know them: the week of five days by division, what notices change as steps of a sum.

How many days are worked up to a day is exact for every day a calendar covers; of other days nothing is said.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from policy_engine.language.calendars import Calendar
from policy_engine.solving.formula import FALSE, TRUE, Script, and_, as_number, equal, ite, not_, number, or_

WEEK = 5


class Workdays:
    """What is worked out of one calendar."""

    def __init__(self, script: Script, calendar: Calendar) -> None:
        self.script, self.calendar = script, calendar
        first = calendar.first
        days = sorted(day for day in calendar.off | calendar.work if first <= day <= calendar.last)
        changes = [(day, calendar.works(day) - (day.weekday() < WEEK)) for day in days]
        self.steps = [day.toordinal() for day, change in changes if change]
        before = _weekdays(first - dt.timedelta(1))
        self.sums = list(accumulate((change for _, change in changes if change), initial=-before))

    def inside(self, day: str) -> str:
        """Whether the calendar covers a day."""
        fixed = as_number(day)
        first, last = self.calendar.first.toordinal(), self.calendar.last.toordinal()
        if fixed is not None:
            return TRUE if first <= fixed <= last else FALSE
        return f"(<= {first} {day} {last})"

    def works(self, day: str) -> str:
        """Whether a day that is covered is worked."""

        def any_of(some: frozenset[dt.date]) -> str:
            return or_(*(equal(day, number(one.toordinal())) for one in sorted(some)))

        week = f"(< (mod (- {day} 1) 7) {WEEK})"
        return self.script.let(or_(any_of(self.calendar.work), and_(week, not_(any_of(self.calendar.off)))), "Bool")

    def until(self, day: str) -> str:
        """How many days are worked from the first that is covered up to and including one that is."""
        fixed = as_number(day)
        if fixed is not None:
            return number(bisect_right(self.calendar.worked, dt.date.fromordinal(int(fixed))))
        of_week = self.script.let(f"(+ 1 (mod (- {day} 1) 7))", "Int")
        of_weeks = f"(* {WEEK} (div (- {day} 1) 7)) {ite(f'(<= {of_week} {WEEK})', of_week, str(WEEK))}"
        return self.script.let(f"(+ {of_weeks} {self._step(day, self.steps, self.sums)})", "Int")

    def _step(self, at: str, steps: Sequence[int], values: Sequence[int]) -> str:
        """The value of the stretch a number lies in; of each stretch but the first, `steps` has where it begins."""
        if not steps:
            return number(values[0])
        half = len(steps) // 2
        early = self._step(at, steps[:half], values[: half + 1])
        return ite(f"(< {at} {steps[half]})", early, self._step(at, steps[half + 1 :], values[half + 1 :]))

    def nth(self, n: str) -> str:
        """The so manyth day that is worked, of those that are covered.

        It is the so manyth of the week of five days, less a number that stays the same for long; of a day worked on a weekend so many on.
        """
        starts: list[int] = []
        kept: list[tuple[int, int]] = []
        for i, day in enumerate(self.calendar.worked, 1):
            here = i - _weekdays(day), max(0, day.weekday() - WEEK + 1)
            if not kept or here != kept[-1]:
                starts.append(i)
                kept.append(here)
        less = self._step(n, starts[1:], [less for less, _ in kept])
        on = self._step(n, starts[1:], [on for _, on in kept])
        of_week = self.script.let(f"(- {n} {less} 1)", "Int")
        return self.script.let(f"(+ 1 (* 7 (div {of_week} {WEEK})) (mod {of_week} {WEEK}) {on})", "Int")

    def later(self, day: str, count: str) -> tuple[str, str]:
        """The so manyth day worked after a day, before it where the count is below zero; and whether there is one covered."""
        fixed = as_number(count)
        if fixed == 0:
            return day, TRUE
        up = f"(> {count} 0)" if fixed is None else TRUE if fixed > 0 else FALSE
        here = f"(+ {self.until(day)} {count})"
        nth = self.script.let(ite(up, here, f"(+ {here} {ite(self.works(day), '0', '1')})"), "Int")
        there = and_(self.inside(day), f"(<= 1 {nth} {len(self.calendar.worked)})")
        none = f"(= {count} 0)" if fixed is None else FALSE
        return self.script.let(ite(none, day, self.nth(nth)), "Int"), or_(none, there)


def _weekdays(day: dt.date) -> int:
    """How many days up to one, from the first of the calendar on, are no Saturday or Sunday."""
    weeks, left = divmod(day.toordinal(), 7)
    return WEEK * weeks + min(left, WEEK)
