"""What would mend a finding: for one input, the nearest value for which a condition holds, solved from its expression.

Where an operator is not linear in the input (floor, ceil, months, a product with itself), whole numbers and dates are
searched outwards instead, and for other inputs no remedy is claimed.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations, islice
from typing import Final

from policy_engine.basics.values import YUAN, Known, Unknown, number_text, to_json
from policy_engine.deciding.facts import within
from policy_engine.deciding.situation import Situation, depends_on
from policy_engine.explaining.following import Follow, Interval, NotLinear, joined
from policy_engine.language import ir
from policy_engine.language.ir import CompareOp
from policy_engine.rulebook.rule import Input, Provision

SEARCHED: Final = 2000
MAX_CHANGES: Final = 3
FEN: Final = Fraction(1, 100)


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """One input that mends the finding alone: the nearest value that does."""

    input: str
    relation: CompareOp
    value: Known
    change: Fraction | None = None
    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, object]:
        """As the JSON contract shows it."""
        shown: dict[str, object] = {"input": self.input, "relation": self.relation, "value": to_json(self.value)}
        if self.change is not None:
            shown["change"] = number_text(self.change)
        if self.add or self.remove:
            shown |= {"add": sorted(self.add), "remove": sorted(self.remove)}
        return shown


class Unsearched(Exception):
    """Values remain that were not tried."""


def remedies(p: Provision, situation: Situation) -> tuple[tuple[Remedy, ...], bool]:
    """For each known input a provision depends on: the nearest value that alone mends it, verified by evaluation.

    Also whether every input was searched to its end, so that where none is found, none can mend it alone.
    """
    goal = _goal(p, situation)
    named = ir.names(goal)
    used = depends_on(named, situation.formulas)
    first = [name for name in named if name in situation.rule.inputs]
    found, complete = [], True
    for name in dict.fromkeys((*first, *(name for name in situation.rule.inputs if name in used))):
        now = situation[name]
        entry = situation.rule.inputs[name]
        if not isinstance(now, Unknown) and not entry.given and name not in situation.rule.not_yet:
            try:
                remedy = _remedy(goal, situation, situation.rule.inputs[name], now)
            except (Unsearched, RecursionError):
                complete = False
                continue
            if remedy is not None:
                found.append(remedy)
    return tuple(found), complete


def _goal(p: Provision, situation: Situation) -> ir.Node:
    """What a remedy must bring about: the provision applies and holds, and the facts stay possible."""
    assert p.require is not None
    musts = [must for must in situation.rule.facts_must if situation.of(must) is True]
    return ir.conjunction(tuple(n for n in (p.applies, p.require, *musts) if n != ir.TRUE))


def _remedy(goal: ir.Node, situation: Situation, entry: Input, now: Known) -> Remedy | None:
    def holds(value: Known) -> bool:
        return within(entry, value) and situation.with_fact(entry.name, value).of(goal) is True

    if entry.type.kind in ("flag", "choice"):
        options: tuple[Known, ...] = (True, False) if entry.type.kind == "flag" else entry.type.options
        value = next((option for option in options if option != now and holds(option)), None)
        return None if value is None else Remedy(input=entry.name, relation="==", value=value)
    if isinstance(now, frozenset):
        return _set_remedy(entry, now, holds)
    try:
        return _solved(goal, situation, entry, now, holds)
    except NotLinear:
        return _searched(entry, now, holds)


def _set_remedy(entry: Input, now: frozenset[str], holds: Callable[[Known], bool]) -> Remedy | None:
    """The set with the fewest members added or removed; for many changes, all single removals that help together."""
    several = chain.from_iterable(combinations(entry.type.options, count) for count in range(1, MAX_CHANGES + 1))
    for members in islice(several, SEARCHED):
        value = now ^ frozenset(members)
        if holds(value):
            return Remedy(input=entry.name, relation="==", value=value, add=value - now, remove=now - value)
    for value in (frozenset(), frozenset(entry.type.options)):
        if value != now and holds(value):
            return Remedy(input=entry.name, relation="==", value=value, add=value - now, remove=now - value)
    if len(entry.type.options) > MAX_CHANGES:
        raise Unsearched
    return None


def _solved(
    goal: ir.Node, situation: Situation, entry: Input, now: Known, holds: Callable[[Known], bool]
) -> Remedy | None:
    here = Fraction(now.toordinal()) if isinstance(now, dt.date) else now
    assert isinstance(here, Fraction)
    domain = ir.conjunction(tuple(ir.Compare(b.relation, ir.Name(entry.name), _literal(b.value)) for b in entry.bounds))
    pieces = Follow(situation, entry.name).of(ir.Logic("and", goal, domain))
    good = joined([at for at, value in pieces if value is True])
    candidates = [c for at in good if (c := _nearest(at, here, _step(entry))) is not None]
    for point, relation in sorted(candidates, key=lambda c: (abs(c[0] - here), c[0])):
        target: Known = point
        if isinstance(now, dt.date):
            if not 1 <= point <= dt.date.max.toordinal():
                continue
            target = dt.date.fromordinal(int(point))
        if relation in ("<", ">") or holds(target):
            return Remedy(input=entry.name, relation=relation, value=target, change=point - here)
    return None


def _literal(value: Known) -> ir.Node:
    return ir.Number(value) if isinstance(value, Fraction) else ir.Const(value)  # type: ignore[arg-type]


def _relation(upwards: bool, open_end: bool, single: bool) -> CompareOp:
    if single:
        return "=="
    if open_end:
        return ">" if upwards else "<"
    return ">=" if upwards else "<="


def _step(entry: Input) -> Fraction | None:
    """The smallest unit of an input: one for whole numbers and dates, one fen for money; others have none."""
    if entry.type.kind == "date" or entry.type.integer:
        return Fraction(1)
    return FEN if entry.type.unit == YUAN else None


def _nearest(at: Interval, here: Fraction, step: Fraction | None) -> tuple[Fraction, CompareOp] | None:
    """The point of a range nearest to where we are, outside it; and how values of the range relate to it."""
    low_side = at.low is not None and (here < at.low or (here == at.low and not at.with_low))
    end, closed = (at.low, at.with_low) if low_side else (at.high, at.with_high)
    if end is None:
        return None
    whole = step == 1
    if closed and not (whole and end.denominator != 1) and not (step and "/" in number_text(end)):
        single = at.low == at.high or (whole and not at.contains(end + (1 if low_side else -1)))
        return end, _relation(low_side, False, single)
    if step is None:
        return end, _relation(low_side, True, False)
    units = end / step
    inside = math.floor(units) + 1 if low_side else math.ceil(units) - 1
    point = inside * step
    single = whole and not at.contains(point + (1 if low_side else -1))
    return (point, _relation(low_side, False, single)) if at.contains(point) else None


def _moved(now: Known, by: int) -> Known:
    """A date so many days, or a number so many units, away."""
    if isinstance(now, dt.date):
        return now + dt.timedelta(by)
    assert isinstance(now, Fraction)
    return now + by


def _searched(entry: Input, now: Known, holds: Callable[[Known], bool]) -> Remedy | None:
    """Whole numbers and dates outwards from where we are, the nearer first."""
    if not (entry.type.kind == "date" or entry.type.integer):
        raise Unsearched
    for distance in range(1, SEARCHED):
        for sign in (-1, 1):
            try:
                value = _moved(now, sign * distance)
            except OverflowError:
                continue
            if holds(value):
                relation, change = _relation(sign > 0, False, False), Fraction(sign * distance)
                return Remedy(input=entry.name, relation=relation, value=value, change=change)
    raise Unsearched
