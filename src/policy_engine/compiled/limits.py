"""Between which limits a fact alone must lie for some conditions to hold, where these are linear in it.

Conditions are read as clauses, of each of which one part must hold. One function says of each part whether it holds, and of
a comparison how far its sides are apart: what it says of two values of a fact tells the line on which it lies for any.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, Final, NamedTuple

from policy_engine.compiled.counted import scale
from policy_engine.compiled.terms import Term, Uncompiled, run
from policy_engine.compiled.under import Under
from policy_engine.explaining.reason import OPPOSITE
from policy_engine.language import ir
from policy_engine.language.operators import COMPARISONS, MIRRORED
from policy_engine.rulebook.rule import Bound, Input, Rule

MOST: Final = 64
"""So many clauses are looked at."""
FIRST: Final = dt.date(2000, 1, 1)
NOWHERE: Final = (Bound("<", Fraction(0)), Bound(">", Fraction(0)))


class _Part(NamedTuple):
    """A condition: how a term compares with 0. `apart`: that is how far the sides of a comparison are apart, else a flag."""

    node: ir.Node
    op: ir.CompareOp
    term: Term
    apart: bool

    def told(self, found: Any) -> bool | None:
        """Whether it holds, where that is known."""
        return None if found is None else COMPARISONS[self.op].apply(found, 0)  # type: ignore[return-value]


class _Clause(NamedTuple):
    """Where parts stand that a fact does not move, and the one that it does; whether one must hold, or not all may fail."""

    still: tuple[tuple[int, _Part], ...]
    at: int
    moved: _Part | None
    must: bool


class Limits:
    """The limits of facts for conditions that hold, where what facts must fulfil is not false. Raises Uncompiled."""

    def __init__(self, rule: Rule, under: Under, unpacked: str, wanted: Iterable[ir.Node]) -> None:
        self._rule, self._under = rule, under
        self._dropped: list[ir.Node] = []
        self._given = {entry.name: _given(i, entry) for i, entry in enumerate(rule.inputs.values())}
        self._clauses = [
            (parts, must)
            for nodes, must in ((wanted, True), (rule.facts_must, False))
            for node in nodes
            for clause in self._read(node, True)
            if (parts := self._open(clause)) is not None
        ]
        codes = dict.fromkeys(part.term.code for parts, _ in self._clauses for part in parts)
        self._at = {code: i for i, code in enumerate(codes)}
        self._function = run("limits", unpacked, under.writer, codes, rule.decision)[1]
        self._plans: dict[str, tuple[_Clause, ...] | None] = {}

    def of(self, name: str, facts: tuple[Any, ...]) -> Sequence[Bound] | None:
        """The limits of a fact beside others, without those of its input; None where they are not told."""
        if name not in self._plans:
            self._plans[name] = self._plan(name)
        if (plan := self._plans[name]) is None:
            return None
        if not plan:
            return ()
        place, two, first, parts = self._given[name]
        zero, one = [self._function((*facts[:place], x, *facts[place + 1 :])) for x in two]
        limits: list[Bound] = []
        for still, at, moved, must in plan:
            if still:
                held = [part.told(zero[i]) for i, part in still]
                if True in held or (None in held and not must):
                    continue
            if moved is None:
                return NOWHERE
            start, end = zero[at], one[at]
            if start is None or end is None:
                return None
            if start != end:
                op, by = moved.op if end > start else MIRRORED[moved.op], (start - end) * parts
                root = Fraction(start + first * by, by)
                limits += (Bound(">=", root), Bound("<=", root)) if op == "==" else (Bound(op, root),)
            elif not moved.told(start):
                return NOWHERE
        return limits

    def _plan(self, name: str) -> tuple[_Clause, ...] | None:
        """The clauses that bear on a fact; None where one is not linear in it."""
        moves = self._under.outline.moved(frozenset((name,))) | {name}
        if any(not moves.isdisjoint(ir.names(node)) and not self._linear(node, moves) for node in self._dropped):
            return None  # as where expressions are followed
        plan: list[_Clause] = []
        for parts, must in self._clauses:
            still = tuple([(self._at[part.term.code], part) for part in parts if moves.isdisjoint(ir.names(part.node))])
            moved = [part for part in parts if not moves.isdisjoint(ir.names(part.node))]
            if len(moved) > 1 or any(
                not part.apart or part.op == "!=" or not self._linear(part.node, moves) for part in moved
            ):
                return None
            if moved:
                plan.append(_Clause(still, self._at[moved[0].term.code], moved[0], must))
            elif must:
                plan.append(_Clause(still, 0, None, must))
        return tuple(plan)

    def _read(self, node: ir.Node, holds: bool) -> list[tuple[tuple[ir.Node, bool], ...]]:
        """A condition, or its opposite, as clauses: of each one part holds, or does not. Raises Uncompiled where they are many."""
        match node:
            case ir.Not(operand=x):
                return self._read(x, not holds)
            case ir.Logic(op=op, left=a, right=b):
                first, second = self._read(a, holds), self._read(b, holds)
                if len(first) * len(second) > MOST:
                    raise Uncompiled("many conditions")
                if (op == "and") is holds:
                    return first + second
                return [one + other for one, other in product(first, second)]
            case ir.Cases(first=True) if (chosen := self._chosen(node)) is not None:
                return self._read(chosen, holds)
            case _:
                return [((node, holds),)]

    def _chosen(self, node: ir.Cases) -> ir.Node | None:
        """What a choice between cases comes to, where that is the same of all facts."""
        for condition, value in node.branches:
            holds = self._under.writer.term(condition)
            if not holds.fixed or holds.known:
                return value if holds.fixed else None
        return node.otherwise

    def _open(self, clause: tuple[tuple[ir.Node, bool], ...]) -> tuple[_Part, ...] | None:
        """The parts of a clause that depend on facts; None where another holds of all facts."""
        parts = [self._part(node, holds) for node, holds in clause]
        told = [part.told(part.term.known) for part in parts]
        self._dropped += [
            part.node for part, holds in zip(parts, told, strict=True) if holds is not None or True in told
        ]
        return None if True in told else tuple([part for part, holds in zip(parts, told, strict=True) if holds is None])

    def _part(self, condition: ir.Node, holds: bool) -> _Part:
        node = condition
        op: ir.CompareOp = "!="
        if isinstance(condition, ir.Compare) and (between := self._between(condition)):
            node, op = ir.Arith(between, condition.left, condition.right), condition.op
        term = self._under.writer.let(self._under.writer.term(node))
        return _Part(node, op if holds else OPPOSITE[op], term, node is not condition)

    def _between(self, node: ir.Compare) -> ir.ArithOp | None:
        """What says how far apart the sides of a comparison are: of numbers, or of days that are ordered."""
        sides = [self._under.writer.term(side) for side in (node.left, node.right)]
        if all(side.under is not None for side in sides):
            return "-"
        ordered = node.op not in ("==", "!=") and not any(side.never or side.under is not None for side in sides)
        return "days between" if ordered else None

    def _linear(self, node: ir.Node, moves: frozenset[str]) -> bool:
        """Whether a value is linear in a fact that moves some names."""

        def still(part: ir.Node) -> bool:
            return moves.isdisjoint(ir.names(part))

        def linear(*parts: ir.Node) -> bool:
            return all(still(part) or self._linear(part, moves) for part in parts)

        match node:
            case ir.Name(name=name):
                formula = self._under.outline.formulas.get(name)
                if formula is None:
                    return True
                return (
                    formula.in_force(self._under.as_of) and still(formula.applies) and linear(formula.value or ir.TRUE)
                )
            case ir.Neg(operand=x):
                return linear(x)
            case ir.Arith(op="+" | "-" | "+days" | "-days" | "days between", left=a, right=b):
                return linear(a, b)
            case ir.Arith(op="*" | "of", left=a, right=b):
                return (still(a) or still(b)) and linear(a, b)
            case ir.Arith(op="/", left=a, right=b):
                return linear(a) and still(b)
            case ir.Cases(branches=branches, otherwise=last):
                return all(still(condition) for condition, _ in branches) and linear(*(v for _, v in branches), last)
            case _:
                return False


def _given(place: int, entry: Input) -> tuple[int, tuple[Any, Any], int, int]:
    """The place of a fact, two values of it as functions take them, what the first is, and of how many parts they are apart."""
    if entry.type.kind == "date":
        return place, (FIRST, FIRST + dt.timedelta(days=1)), FIRST.toordinal(), 1
    return place, (0, 1), 0, scale(entry)
