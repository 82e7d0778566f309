"""The greatest or least value of a fact that keeps a decision: exact, on the safe side of the smallest unit, and one unit more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import within
from policy_engine.deciding.outcome import OutcomeName
from policy_engine.solving.line import Axis, Extent

Way = Literal["maximize", "minimize"]
BROKEN: Final[frozenset[OutcomeName]] = frozenset({"non_compliant", "undetermined"})


@dataclass(frozen=True)
class Tried:
    """A value and what the interpreter says of the case with it."""

    value: Fraction
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Best:
    """What may be. `end`: the exact bound, None where there is none, and whether it is attained or only approached.

    `safe`: the last value in the smallest unit that keeps the decision, if need be of another interval; `past`: one unit more,
    where it can be given.
    """

    end: Fraction | None
    attained: bool
    safe: Tried | None
    past: Tried | None


def kept(intervals: Sequence[Extent], strict: bool) -> list[Extent]:
    """The intervals in which nothing is violated and nothing is open; `strict`: nor departed from or missed."""
    return [one for one in intervals if one.outcome not in broken(strict)]


def broken(strict: bool) -> frozenset[OutcomeName]:
    """The outcomes that do not keep a decision."""
    return BROKEN | ({"compliant_with_departures"} if strict else set())


def best(line: Axis, some: Sequence[Extent], way: Way) -> Best | None:
    """The best of some intervals; None where there are none."""
    if not some:
        return None
    up = way == "maximize"
    one = some[-1] if up else some[0]
    end, attained = (one.high, one.high_in) if up else (one.low, one.low_in)
    if end is None:
        return Best(end=None, attained=False, safe=None, past=None)
    step = line.unit if up else -line.unit
    safe = next(
        (value for one in (reversed(some) if up else some) if (value := _last(line, one, up)) is not None), None
    )
    if safe is None:  # no interval that is looked at holds a value in whole units
        return Best(end=end, attained=attained, safe=None, past=None)
    past = safe + step
    possible = within(line.entry, line.value(past))
    return Best(end=end, attained=attained, safe=Tried(safe, line.verdict(safe)),
                past=Tried(past, line.verdict(past)) if possible else None)  # fmt: skip


def _last(line: Axis, one: Extent, up: bool) -> Fraction | None:
    """The last value of an interval in whole units, if it holds one."""
    end, attained = (one.high, one.high_in) if up else (one.low, one.low_in)
    if end is None:
        return None
    unit = line.unit
    value = (math.floor(end / unit) if up else math.ceil(end / unit)) * unit
    if value == end and not attained:
        value += -unit if up else unit
    return value if _inside(one, value) else None


def _inside(one: Extent, value: Fraction) -> bool:
    after = one.low is None or value > one.low or (one.low_in and value == one.low)
    return after and (one.high is None or value < one.high or (one.high_in and value == one.high))
