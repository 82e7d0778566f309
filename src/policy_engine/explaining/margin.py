"""How near: the comparison that decides, its two sides and how far they are apart."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from policy_engine.basics.errors import NO_WORDS, Text
from policy_engine.basics.values import Known, Unknown, Value, number_text, to_json
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.distance import chosen_branch, gap_unit, is_share
from policy_engine.explaining.reason import OPPOSITE, subject_first
from policy_engine.language import ir
from policy_engine.language.ir import CompareOp


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


def margin(node: ir.Node, situation: Situation, holds: bool) -> Margin | None:
    """The comparison that decides: the first that fails, or the one that holds with least to spare."""
    found = [m for m in _margins(node, situation, holds, False) if m is not None]
    if not found:
        return None
    if not holds:
        return found[0]
    return min(found, key=lambda m: (m.to_spare is None, m.to_spare or 0))


def _margins(node: ir.Node, situation: Situation, holds: bool, negated: bool) -> list[Margin | None]:
    match node:
        case ir.Not(operand=x):
            return _margins(x, situation, not holds, not negated)
        case ir.Logic(left=a, right=b):
            return [
                m for part in (a, b) if situation.of(part) is holds for m in _margins(part, situation, holds, negated)
            ]
        case ir.Cases():
            return _margins(chosen_branch(node, situation), situation, holds, negated)
        case ir.Compare():
            node = subject_first(node)
            op = node.op
            return [_margin(node, OPPOSITE[op] if negated else op, situation, holds is not negated)]
        case _:
            return []


def _margin(node: ir.Compare, op: ir.CompareOp, situation: Situation, holds: bool) -> Margin | None:
    left, right = situation.of(node.left), situation.of(node.right)
    gap = _gap(left, right)
    if not situation.rule.not_yet.isdisjoint(ir.names(node)):
        return None
    if gap is None or isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    unit = gap_unit(node, situation, left)
    short, spare = (None, None if op in ("==", "!=") else gap) if holds else (gap, None)
    share = is_share(node.left, situation) or is_share(node.right, situation)
    return Margin(left=left, relation=op, right=right, short_by=short, to_spare=spare, unit=unit, share=share)


def _gap(left: Value, right: Value) -> Fraction | None:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return abs(left - right)
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        return Fraction(abs((left - right).days))
    return None
