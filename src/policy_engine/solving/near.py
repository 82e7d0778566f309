"""Numbers and days that people would write, near one that a solver found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

DIGITS: Final = 6


def near_number(value: Fraction) -> Iterator[Fraction]:
    """Numbers of few digits beside one, those of fewest digits first, and at last the number itself."""
    whole = abs(value.numerator // value.denominator)
    size = Fraction(10) ** (len(str(whole)) if whole else 0)
    for digits in range(1, DIGITS + 1):
        step = size / 10**digits
        yield from (value // step * step, -(-value // step) * step)
    yield value


def near_day(value: dt.date, as_of: dt.date) -> Iterator[dt.date]:
    """Days like one: of the years about a date and of its own, the same day, the first and the last of its month."""
    for year in dict.fromkeys((as_of.year, as_of.year + 1, as_of.year - 1, as_of.year + 2, as_of.year - 2, value.year)):
        first = dt.date(year, value.month, 1)
        last = (first + dt.timedelta(31)).replace(day=1) - dt.timedelta(1)
        yield from (last, first, first.replace(day=min(value.day, last.day)))
