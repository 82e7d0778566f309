"""For a fact that is not given: the values with which a check would be satisfied, whatever else is not known."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Final

from policy_engine.basics.values import ANOTHER, Known, to_json
from policy_engine.deciding.decide import Verdict
from policy_engine.explaining.following import NotLinear, follow
from policy_engine.explaining.ranges import Interval, Number, allowed
from policy_engine.explaining.trying import Told, decisive, does, step
from policy_engine.language import ir
from policy_engine.language.ir import CompareOp
from policy_engine.rulebook.rule import Bound, Input, Provision

Limit = tuple[CompareOp, Known]
CALENDAR: Final = (Bound(">=", dt.date.min), Bound("<=", dt.date.max))


@dataclass(frozen=True)
class Fit:
    """An input with the ranges of it that would do, each by its limits, all of one range to be kept; or with options."""

    input: str
    ranges: tuple[tuple[Limit, ...], ...] = ()
    options: tuple[Known, ...] = ()

    def to_json(self) -> dict[str, object]:
        """As the JSON contract shows it."""
        if self.options:
            return {"input": self.input, "options": [to_json(option) for option in self.options]}
        return {"input": self.input, "ranges": [{op: to_json(value) for op, value in each} for each in self.ranges]}


def fits(p: Provision, missing: Sequence[str], case: Verdict) -> tuple[Fit, ...]:
    """For each fact that a check waits for: the values with which alone it is satisfied, where some are and some are not.

    A range of money ends at the last fen inside, one of whole numbers or days at the last that is.
    """
    if p.require is None or p.due is not None:
        return ()
    wanted, inputs = (p.applies, p.require), case.rule.inputs
    deciding = decisive(wanted, case.base)
    told = partial(case.would, p, "satisfied")
    asked = [inputs[n] for n in missing if n in inputs and n in deciding and inputs[n].type_name != "rows"]
    found = (_fit(p, entry, wanted, case, told) for entry in asked)
    return tuple(fit for fit in found if fit is not None)


def _fit(p: Provision, entry: Input, wanted: tuple[ir.Node, ...], case: Verdict, told: Told) -> Fit | None:
    kind, situation = entry.type.kind, case.base
    if kind in ("flag", "choice"):
        every: tuple[Known, ...] = (True, False) if kind == "flag" else entry.type.options
        kept = tuple(
            option for option in every if option != ANOTHER and does(entry.name, option, wanted, situation, told)
        )
        return Fit(entry.name, options=kept) if 0 < len(kept) < len(every) else None
    if kind not in ("number", "date"):
        return None
    bounds, limits = (*entry.bounds, *(CALENDAR if kind == "date" else ())), case.limits(p, "satisfied", entry.name)
    beside = None if limits is None else case.limits(p, None, entry.name)
    try:
        if limits is not None and beside is not None:
            possible, ranges = allowed((*bounds, *beside)), allowed((*bounds, *limits))
        else:
            followed = follow(situation, entry.name)
            possible = followed.where((), situation.rule.facts_must, allowed(bounds))
            ranges = followed.where(wanted, (), possible)
    except (NotLinear, RecursionError):
        return None
    if ranges == possible:
        return None
    found = tuple(each for at in ranges if (each := _limits(at, possible, entry)) is not None)
    return Fit(entry.name, ranges=found) if found and () not in found else None


def _limits(at: Interval, possible: Sequence[Interval], entry: Input) -> tuple[Limit, ...] | None:
    """The ends of a range on its safe side, but for those of what the input may be; None where no value lies in it."""
    unit, low, high = step(entry), None, None
    if at.low is not None:
        low = _end(at.low, at.with_low, unit, 1)
    if at.high is not None:
        high = _end(at.high, at.with_high, unit, -1)
    if low and high and low[1] >= high[1]:
        return None if low[1] > high[1] else (("==", _as_given(low[1], entry)),)
    ends = low if at.low != possible[0].low else None, high if at.high != possible[-1].high else None
    return tuple((end[0], _as_given(end[1], entry)) for end in ends if end is not None)


def _as_given(value: Fraction, entry: Input) -> Known:
    return dt.date.fromordinal(int(value)) if entry.type.kind == "date" else value


def _end(end: Number, inside: bool, unit: Fraction | None, sign: int) -> tuple[CompareOp, Fraction]:
    """An end of a range, in whole units where there are some: `sign` 1 for the lower end, -1 for the upper."""
    if unit is None:
        end = Fraction(end)
        return (">=" if inside else ">") if sign > 0 else ("<=" if inside else "<"), end
    units = sign * math.ceil(sign * end / unit)
    whole = units if inside or units * unit != end else units + sign
    return ">=" if sign > 0 else "<=", whole * unit
