"""Ranges of numbers, and of days by their number: what lies in several, and what some limits leave.

Numbers that are whole are ints here: comparisons of these are quick.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from policy_engine.basics.values import Value
from policy_engine.rulebook.rule import Bound

Number = int | Fraction


class Interval(NamedTuple):
    """A range of the input; an end that is None is infinite."""

    low: Number | None
    high: Number | None
    with_low: bool = False
    with_high: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing lies in it."""
        if self.low is None or self.high is None or self.low < self.high:
            return False
        return self.low > self.high or not (self.with_low and self.with_high)

    def cut(self, at: Number) -> Iterator[Interval]:
        """The parts below, at and above a point, those that are not empty."""
        if self.low is None or self.low < at:
            high = at if self.high is None or self.high >= at else self.high
            yield Interval(self.low, high, self.with_low, self.with_high and high == self.high and high != at)
        if self.contains(at):
            yield Interval(at, at, True, True)
        if self.high is None or self.high > at:
            low = at if self.low is None or self.low <= at else self.low
            yield Interval(low, self.high, self.with_low and low == self.low and low != at, self.with_high)

    def contains(self, at: Number) -> bool:
        """Whether a point lies in the range."""
        above = self.low is None or self.low < at or (self.low == at and self.with_low)
        below = self.high is None or at < self.high or (self.high == at and self.with_high)
        return above and below

    def meet(self, other: Interval) -> Interval | None:
        """What two ranges share."""
        if self.low is None and self.high is None:
            return other
        if other.low is None and other.high is None:
            return self
        low, with_low = _tighter(self.low, self.with_low, other.low, other.with_low, 1)
        high, with_high = _tighter(self.high, self.with_high, other.high, other.with_high, -1)
        both = Interval(low, high, with_low, with_high)
        return None if both.empty else both


def _tighter(a: Number | None, with_a: bool, b: Number | None, with_b: bool, sign: int) -> tuple[Number | None, bool]:
    """The greater of two lower ends, with sign 1, or the smaller of two upper ones."""
    if a is None or b is None:
        return (b, with_b) if a is None else (a, with_a)
    further = sign * (a.numerator * b.denominator - b.numerator * a.denominator)
    if not further:
        return a, with_a and with_b
    return (a, with_a) if further > 0 else (b, with_b)


EVERYWHERE: Final = Interval(None, None)


def allowed(bounds: Iterable[Bound]) -> list[Interval]:
    """What numbers or dates, as day numbers, keep some bounds: one range, or none."""
    low, high, with_low, with_high = None, None, False, False
    for bound in bounds:
        end, with_end = as_number(bound.value), "=" in bound.relation
        assert type(end) is int or type(end) is Fraction
        if ">" in bound.relation:
            low, with_low = _tighter(low, with_low, end, with_end, 1)
        else:
            high, with_high = _tighter(high, with_high, end, with_end, -1)
    found = Interval(low, high, with_low, with_high)
    return [] if found.empty else [found]


def as_number(value: Value) -> Value | int:
    """A whole number as an int, a day as its number; anything else as it is."""
    if type(value) is Fraction:
        return value.numerator if value.denominator == 1 else value
    return value.toordinal() if isinstance(value, dt.date) else value


def joined(ranges: list[Interval]) -> list[Interval]:
    """Ranges in order, those that touch made one."""
    joined: list[Interval] = []
    for at in ranges:
        last = joined[-1] if joined else None
        if last is not None and last.high == at.low is not None and (last.with_high or at.with_low):
            joined[-1] = Interval(last.low, at.high, last.with_low, at.with_high)
        else:
            joined.append(at)
    return joined
