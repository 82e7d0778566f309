"""What an expression may come to in a case once more is told: values one by one where they are few."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Final

from policy_engine.basics.values import Known, Unknown
from policy_engine.deciding.situation import Situation
from policy_engine.language import ir
from policy_engine.language.operators import COMPARISONS

Values = frozenset[Known] | None
"""All the values there may be; None: any."""
NOTHING: Final[frozenset[Known]] = frozenset()
FLAGS: Final[frozenset[Known]] = frozenset((True, False))
MOST: Final = 1000
"""So many pairs of values are compared."""


class Possible:
    """What the expressions of a case may come to, each by itself; what stays open whatever is told comes to nothing."""

    def __init__(self, case: Situation) -> None:
        self._case, self._formulas, self._kept = case, dict[str, Values](), dict[int, tuple[ir.Node, Values]]()

    def holds(self, condition: ir.Node) -> bool:
        """Whether a condition may come to hold."""
        found = self.of(condition)
        return found is None or True in found

    def of(self, node: ir.Node) -> Values:
        """The values an expression may come to, worked out once."""
        if id(node) not in self._kept:
            value = self._case.of(node)
            if not isinstance(value, Unknown):
                found: Values = frozenset((value,))
            else:  # one of which an end is known may still settle a comparison
                found = self._open(node) if value.missing or not value.low is value.high is None else NOTHING
            self._kept[id(node)] = node, found
        return self._kept[id(node)][1]

    def _open(self, node: ir.Node) -> Values:
        match node:
            case ir.Name(name=name):
                return self._formula(name) if name in self._case.formulas else self._input(name)
            case ir.Not(operand=part):
                return _each(lambda a: not a, self.of(part))
            case ir.Compare(op=op, left=left, right=right):
                return _each(COMPARISONS[op].apply, self.of(left), self.of(right))
            case ir.Logic(op=op, left=left, right=right):
                return _either(op == "or", self.of(left), self.of(right))
            case ir.Cases(branches=branches, otherwise=last):
                return self._cases(branches, last)
            case _:
                return None

    def _cases(self, branches: Sequence[ir.Branch], last: ir.Node) -> Values:
        """The values of those that may hold, else the last; where it stays open which one does, that on which all agree."""
        may = [value for condition, value in branches if self.holds(condition)]
        sure = any(self._case.of(condition) is True for condition, _ in branches)
        found = [self.of(value) for value in (may if sure else [*may, last])]
        return None if None in found else NOTHING.union(*(values for values in found if values))

    def _input(self, name: str) -> Values:
        entry = self._case.rule.inputs.get(name)
        if entry is None or entry.type.kind not in ("flag", "choice"):
            return None
        return FLAGS if entry.type.kind == "flag" else frozenset(entry.type.options)

    def _formula(self, name: str) -> Values:
        case = self._case
        needed = (n for n in (name, *case.outline.uses[name]) if n in case.formulas and n not in self._formulas)
        for used in sorted(
            needed, key=case.rule.place_of_formula.__getitem__
        ):  # in order: a long chain is no deep recursion
            formula = case.formulas[used]
            self._formulas[used] = self.of(formula.value or ir.TRUE) if self.holds(formula.applies) else NOTHING
        return self._formulas[name]


def _each(apply: Callable[..., object], *sides: Values) -> Values:
    """A condition on every combination of what its sides may be."""
    if NOTHING in sides:
        return NOTHING
    known = [side for side in sides if side is not None]
    if len(known) < len(sides) or math.prod(map(len, known)) > MOST:
        return FLAGS
    return frozenset(bool(apply(*values)) for values in product(*known))


def _either(decisive: bool, *sides: Values) -> Values:
    """`or`, where True decides, or `and`, where False does."""
    may = [FLAGS if side is None else side for side in sides]
    found = {decisive} if any(decisive in side for side in may) else set()
    return frozenset(found | ({not decisive} if all((not decisive) in side for side in may) else set()))
