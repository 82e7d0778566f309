"""How near: the comparison that decides, its two sides and how far they are apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from policy_engine.basics.errors import NO_WORDS, Text
from policy_engine.basics.values import Known, Unknown, Value, number_text, to_json
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.chosen import Chosen, by_choice, chosen_branch, valued
from policy_engine.explaining.distance import DAYS, apart, gap_unit, is_share
from policy_engine.explaining.once import made
from policy_engine.explaining.reason import MOST_SAID, OPPOSITE, subject_first
from policy_engine.language import ir
from policy_engine.language.ir import CompareOp
from policy_engine.rulebook.rule import Names, Rule


@dataclass(frozen=True, kw_only=True)
class Margin:
    """The two sides of the deciding comparison, and how far apart they are; whether they are written as percentages."""

    left: Known
    relation: CompareOp
    right: Known
    short_by: Fraction | None = None
    to_spare: Fraction | None = None
    unit: Text = NO_WORDS
    share: bool = False

    def to_json(self) -> dict[str, object]:
        """As the JSON contract shows it."""
        sides: dict[str, object] = {"left": to_json(self.left), "relation": self.relation, "right": to_json(self.right)}
        if self.short_by is not None:
            sides["short_by"] = number_text(self.short_by)
        if self.to_spare is not None:
            sides["to_spare"] = number_text(self.to_spare)
        return sides

    @property
    def progress(self) -> Fraction | None:
        """The share of the way to a floor, where both sides are positive numbers; more than last year is no way from zero."""
        sides = isinstance(self.left, Fraction) and isinstance(self.right, Fraction) and self.right > 0
        if not sides or self.relation not in (">=", "=="):
            return None
        return self.left / self.right  # type: ignore[operator, return-value]


Found = Callable[[Situation], list[Margin]]


def _none(situation: Situation) -> list[Margin]:
    """Of a condition in which no numbers or dates are compared."""
    return []


def margin(node: ir.Node, situation: Situation, holds: bool) -> Margin | None:
    """The comparison that decides: the first that fails, or the one that holds with least to spare."""
    kept = situation.outline.kept
    if "margins" not in kept:
        kept["margins"] = _Margins(situation.rule, situation.names)
    found: list[Margin] = kept["margins"].of(node, holds, False)(situation)
    if not found:
        return None
    if not holds or len(found) == 1:
        return found[0]
    return min(found, key=lambda m: (m.to_spare is None, m.to_spare or 0))


class _Margins:
    """The functions that say how near conditions are, of a rule as of a date; each made when it is first asked for."""

    def __init__(self, rule: Rule, names: Names) -> None:
        self.rule, self.names = rule, names
        self._kept: dict[tuple[int, bool, bool], tuple[ir.Node, Found]] = {}

    def of(self, node: ir.Node, holds: bool, negated: bool) -> Found:
        """The comparisons within a condition, or within what it is the negation of, that make it hold or fail."""
        kept = self._kept.get((id(node), holds, negated))
        if kept is None or kept[0] is not node:
            if len(self._kept) >= MOST_SAID:
                self._kept.clear()
            kept = self._kept[id(node), holds, negated] = node, self._made(node, holds, negated)
        return kept[1]

    def _made(self, node: ir.Node, holds: bool, negated: bool) -> Found:
        match node:
            case ir.Not(operand=x):
                return self.of(x, not holds, not negated)
            case ir.Logic(op=op, left=a, right=b):
                parts = [(part, self.of(part, holds, negated)) for part in (a, b)]
                parts = [(part, found) for part, found in parts if found is not _none]
                if not parts:
                    return _none
                if (op == "and") is holds:  # all of them do
                    return parts[0][1] if len(parts) == 1 else lambda s: parts[0][1](s) + parts[1][1](s)
                return lambda s: [m for part, found in parts if s.known(part) is holds for m in found(s)]
            case ir.Cases():
                return lambda s: self.of(chosen_branch(node, s), holds, negated)(s)
            case ir.Compare(left=ir.Const(value=str() | bool())) | ir.Compare(right=ir.Const(value=str() | bool())):
                return _none
            case ir.Compare() if self.rule.not_yet.isdisjoint(ir.names(node)):
                return by_choice(node, self.rule, self.names, partial(_comparison, subject_first(node), holds, negated))
            case _:
                return _none


def _comparison(node: ir.Compare, holds: bool, negated: bool, chosen: Chosen) -> Found:
    op, spares = OPPOSITE[node.op] if negated else node.op, holds is not negated
    unit, share = gap_unit(node, chosen), is_share(node.left, chosen) or is_share(node.right, chosen)

    first, second = valued(node.left), valued(node.right)

    def found(situation: Situation) -> list[Margin]:
        left, right = first(situation), second(situation)
        gap = _gap(left, right)
        if gap is None or isinstance(left, Unknown) or isinstance(right, Unknown):
            return []
        short, spare = (None, None if op in ("==", "!=") else gap) if spares else (gap, None)
        by = unit if type(left) is Fraction else DAYS
        return [made(Margin, left=left, relation=op, right=right, short_by=short, to_spare=spare, unit=by, share=share)]

    return found


def _gap(left: Value, right: Value) -> Fraction | None:
    if type(left) is Fraction and type(right) is Fraction:
        return apart(left, right)
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        return Fraction(abs((left - right).days))
    return None
