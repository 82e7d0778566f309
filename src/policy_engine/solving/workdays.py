"""Working days as the solvers know them: the week of five days by division, what notices change as steps of a sum.

How many days are worked up to a day is exact for every day a calendar covers; of other days nothing is said. For the second solver a
step is a variable that has one value in each stretch: as one term it took ten times as long. What follows for any two days of how many
are worked up to each is told beside it: that it grows, and by no more than a day a day.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
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
        self._made: dict[tuple[str, str], str] = {}
        self._days: dict[str, str] = {}
        self._counted: dict[tuple[str, str], str] = {}
        """Days beside how many are worked up to each, with when that is so."""

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

        counted = or_(*(so for (one, _), so in self._counted.items() if one == day and so != TRUE))
        week = f"(< (mod (- {day} 1) 7) {WEEK})"
        return self.script.let(
            or_(counted, any_of(self.calendar.work), and_(week, not_(any_of(self.calendar.off)))), "Bool"
        )

    def until(self, day: str) -> str:
        """How many days are worked from the first that is covered up to and including one that is."""
        fixed = as_number(day)
        if fixed is not None:
            return number(bisect_right(self.calendar.worked, dt.date.fromordinal(int(fixed))))
        day = self._day(day)
        of_week = self.script.let(f"(+ 1 (mod (- {day} 1) 7))", "Int")
        of_weeks = f"(* {WEEK} (div (- {day} 1) 7)) {ite(f'(<= {of_week} {WEEK})', of_week, str(WEEK))}"
        count = self.script.let(f"(+ {of_weeks} {self._step('sum', day, self.steps, self.sums)})", "Int")
        self._beside(day, count, TRUE)
        return count

    def _day(self, text: str) -> str:
        """A day under a name of its own."""
        if text not in self._days:
            self._days[text] = self.script.stepped(text, lambda name: f"(= {name} {text})")
        return self._days[text]

    def _step(self, what: str, at: str, steps: Sequence[int], values: Sequence[int]) -> str:
        """The value of the stretch a number lies in; of each stretch but the first, `steps` has where it begins."""
        if (what, at) not in self._made:

            def told(steps: Sequence[int], values: Sequence[int], leaf: Callable[[str], str]) -> str:
                if not steps:
                    return leaf(number(values[0]))
                half = len(steps) // 2
                early, late = (
                    told(steps[:half], values[: half + 1], leaf),
                    told(steps[half + 1 :], values[half + 1 :], leaf),
                )
                return f"(ite (< {at} {steps[half]}) {early} {late})"

            self._made[what, at] = self.script.stepped(
                told(steps, values, str), lambda name: told(steps, values, lambda value: f"(= {name} {value})")
            )
        return self._made[what, at]

    def _beside(self, day: str, count: str, there: str) -> None:
        """Say of a day and of how many are worked up to it what is so beside every other; `there`: of the first so many are up to."""
        if (day, count) in self._counted:
            return
        for (other, fewer), so in self._counted.items():
            up, down = f"(<= 0 (- {count} {fewer}) (- {day} {other}))", f"(<= 0 (- {fewer} {count}) (- {other} {day}))"
            told = [f"(ite (<= {other} {day}) {up} {down})"]
            told += [f"(= (< {other} {day}) (< {fewer} {count}))"] if there != TRUE else []
            told += [f"(= (< {day} {other}) (< {count} {fewer}))"] if so != TRUE else []
            self.script.follows(or_(not_(there), not_(so), and_(*told)))
        self._counted[day, count] = there

    def nth(self, n: str) -> str:
        """The so manyth day that is worked, of those that are covered.

        It is the so manyth of the week of five days, less a number that stays the same for long; of a day worked on a weekend so many on.
        """
        starts, kept = self._stretches
        less = self._step("less", n, starts[1:], [less for less, _ in kept])
        on = self._step("on", n, starts[1:], [on for _, on in kept])
        of_week = self.script.let(f"(- {n} {less} 1)", "Int")
        day = self.script.let(f"(+ 1 (* 7 (div {of_week} {WEEK})) (mod {of_week} {WEEK}) {on})", "Int")
        self._beside(day, n, self._there(n))
        return day

    @cached_property
    def _stretches(self) -> tuple[list[int], list[tuple[int, int]]]:
        """The days that are worked by number, in stretches: where each begins, and what is as in `nth` in it."""
        starts: list[int] = []
        kept: list[tuple[int, int]] = []
        for i, day in enumerate(self.calendar.worked, 1):
            here = i - _weekdays(day), max(0, day.weekday() - WEEK + 1)
            if not kept or here != kept[-1]:
                starts.append(i)
                kept.append(here)
        return starts, kept

    def _there(self, n: str) -> str:
        """Whether so many days that are worked are covered."""
        return f"(<= 1 {n} {len(self.calendar.worked)})"

    def later(self, day: str, count: str) -> tuple[str, str]:
        """The so manyth day worked after a day, before it where the count is below zero; and whether there is one covered."""
        fixed = as_number(count)
        if fixed == 0:
            return day, TRUE
        up = f"(> {count} 0)" if fixed is None else TRUE if fixed > 0 else FALSE
        here, works = f"(+ {self.until(day)} {count})", FALSE if up == TRUE else self.works(day)
        nth = self.script.let(ite(up, here, f"(+ {here} {ite(works, '0', '1')})"), "Int")
        if up != TRUE:
            self._beside(f"(- {day} 1)", f"(- {self.until(day)} {ite(works, '1', '0')})", TRUE)
        there = and_(self.inside(day), self._there(nth))
        none = f"(= {count} 0)" if fixed is None else FALSE
        return self.script.let(ite(none, day, self.nth(nth)), "Int"), or_(none, there)


def _weekdays(day: dt.date) -> int:
    """How many days up to one, from the first of the calendar on, are no Saturday or Sunday."""
    weeks, left = divmod(day.toordinal(), 7)
    return WEEK * weeks + min(left, WEEK)
