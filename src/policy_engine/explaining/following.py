"""An expression as a function of one input: a row of intervals, on each of which its value is constant or linear.

Numbers that are whole, and days by their number, are ints here: sums, products and comparisons of these are quick.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Final, NamedTuple

from policy_engine.basics.errors import Text
from policy_engine.basics.values import ANOTHER, Unknown, Value
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.ranges import EVERYWHERE, Interval, Number, as_number, joined
from policy_engine.language import ir
from policy_engine.language.operators import COMPARISONS, MIRRORED

MAX_PIECES: Final = 400
MOST_ROWS: Final = 50
"""Of a list whose total is followed row by row; of a longer one the total itself is what mends."""


class NotLinear(Exception):
    """The expression is not piecewise linear in the input."""


class Line(NamedTuple):
    """a·x + b with a ≠ 0; a date counts as its day number."""

    slope: Number
    offset: Number


Told = Value | int | Line
Piece = tuple[Interval, Told]
X: Final = Line(1, 0)
OPEN: Final = Unknown()


_last: list[tuple[Situation, dict[str, Follow]]] = []


def follow(situation: Situation, name: str) -> Follow:
    """The expressions of a case as functions of one input; those of the case asked for last are kept."""
    case, found = next(iter(_last), (None, {}))
    if case is not situation:
        found = {}
        _last[:] = [(situation, found)]
    if name not in found:
        found[name] = Follow(situation, name)
    return found[name]


class Follow:
    """An expression as a function of one input, the rest of the case fixed."""

    def __init__(self, situation: Situation, name: str) -> None:
        self.situation, self.name = situation, name
        self.formulas: dict[str, list[Piece]] = {}
        self.moved = situation.outline.moved(frozenset((name,))) | {name}
        self._said: dict[int, tuple[ir.Node, list[Piece]]] = {}

    def of(self, node: ir.Node) -> list[Piece]:
        """The expression, range by range, worked out once. Raises NotLinear."""
        if self.moved.isdisjoint(ir.names(node)):
            return [(EVERYWHERE, as_number(self.situation.known(node)))]
        kept = self._said.get(id(node))
        if kept is None or kept[0] is not node:
            kept = self._said[id(node)] = node, self._pieces(node)
        return kept[1]

    def _pieces(self, node: ir.Node) -> list[Piece]:
        match node:
            case ir.Name(name=name):
                return [(EVERYWHERE, X)] if name == self.name else self._formula(name)
            case ir.Compare():
                return self._comparison(node)
            case ir.Logic(op=op, left=a, right=b):
                for one, other in ((a, b), (b, a)):
                    if not self._varies(one) and self.situation.known(one) is (op == "and"):
                        return self.of(other)
                return self._lift((a, b), lambda at, vs: [(at, _kleene(op == "and", vs[0], vs[1]))])
            case ir.Not(operand=x):
                return self._lift((x,), lambda at, vs: [(at, vs[0] if isinstance(vs[0], Unknown) else not vs[0])])
            case ir.Neg(operand=x):
                return self._lift((x,), lambda at, vs: [(at, _scaled(vs[0], -1))])
            case ir.Arith(op="*" | "of", left=a, right=b):
                return self._lift((a, b), lambda at, vs: _product(at, vs[0], vs[1]))
            case ir.Arith(op=arith, left=a, right=b):
                return self._lift((a, b), lambda at, vs: [(at, _arith(arith, vs[0], vs[1]))])
            case ir.Call(function="min" | "max" as which, args=args):
                return self._extreme(which, args)
            case ir.Call(function="count", args=args) if len(args) <= MOST_ROWS:
                return self.of(_summed([(condition, ir.Number(Fraction(1))) for condition in args]))
            case ir.Call(function="total", args=args) if len(args) <= 2 * MOST_ROWS:
                return self.of(_summed(list(zip(args[::2], args[1::2], strict=True))))
            case ir.Call(function="least" | "greatest" as which, args=args) if len(args) <= 2 * MOST_ROWS:
                return self._extreme("min" if which == "least" else "max", self._that_count(args))
            case ir.Call(function="abs", args=(x,)):
                return self._lift((x,), lambda at, vs: _absolute(at, vs[0]))
            case ir.Cases():
                chosen = self._chosen(node)
                return self._cases(node) if chosen is None else self.of(chosen)
            case _:
                raise NotLinear

    def _comparison(self, node: ir.Compare) -> list[Piece]:
        varies = self._varies(node.left), self._varies(node.right)
        sides = (node.op, node.left, node.right, varies), (MIRRORED[node.op], node.right, node.left, varies[::-1])
        for op, a, other, (moves, _) in sides:
            if moves and isinstance(a, ir.Arith) and a.op == "/" and self._varies(a.right):
                return self.of(_multiplied_out(op, a.left, a.right, other))
        for op, a, other, (moves, beside) in sides:
            if moves and not beside and _rounds(rounded := self._inlined(a)):
                return self._rounded(op, rounded, other)
        return self._lift((node.left, node.right), lambda at, vs: _compare(at, node.op, vs[0], vs[1]))

    def _that_count(self, args: tuple[ir.Node, ...]) -> tuple[ir.Node, ...]:
        """The values of the rows that count, where the input does not decide which do. Raises NotLinear."""
        told = [None if self._varies(condition) else self.situation.known(condition) for condition in args[::2]]
        found = tuple(value for holds, value in zip(told, args[1::2], strict=True) if holds is True)
        if not found or any(not isinstance(holds, bool) for holds in told):
            raise NotLinear
        return found

    def _varies(self, node: ir.Node) -> bool:
        """Whether an expression depends on the input."""
        return not self.moved.isdisjoint(ir.names(node))

    def _formula(self, name: str) -> list[Piece]:
        if name not in self.formulas:
            formula = self.situation.formulas[name]
            never, value = ir.Unsettled(formula.title), formula.value or ir.TRUE
            if formula.applies != ir.TRUE:
                value = ir.Cases(((formula.applies, value),), never)
            self.formulas[name] = self.of(value if formula.in_force(self.situation.as_of) else never)
        return self.formulas[name]

    def _inlined(self, node: ir.Node) -> ir.Node:
        """What a formula that always applies, or a choice that the input does not decide, stands for."""
        while True:
            if isinstance(node, ir.Name) and (formula := self.situation.formulas.get(node.name)) and formula.value:
                if formula.applies != ir.TRUE or not formula.in_force(self.situation.as_of):
                    return node
                node = formula.value
            elif isinstance(node, ir.Cases) and (chosen := self._chosen(node)) is not None:
                node = chosen
            else:
                return node

    def _chosen(self, node: ir.Cases) -> ir.Node | None:
        """The value that a choice has, where that is the same whatever the input is."""
        if any(self._varies(condition) for condition, _ in node.branches):
            return None
        told = [(self.situation.known(condition), value) for condition, value in node.branches]
        held = [value for holds, value in told if holds is True]
        if any(not isinstance(holds, bool) for holds, _ in told) or (len(held) > 1 and not node.first):
            return None
        return held[0] if held else node.otherwise

    def _rounded(self, op: str, rounded: ir.Node, other: ir.Node) -> list[Piece]:
        """A rounded value compared with one that does not vary: what is rounded compared with where its step begins."""
        found = self.situation.known(other)
        if not isinstance(found, Fraction):
            return [(EVERYWHERE, OPEN)]
        assert isinstance(rounded, ir.Call)
        value, *steps = rounded.args
        step = steps[0].value if steps and isinstance(steps[0], ir.Number) else Fraction(1)
        least = partial(_at_least, rounded.function, value, step)
        low, high = least(math.ceil(found / step)), least(math.floor(found / step) + 1)
        is_it = ir.Logic("and", low, ir.Not(high)) if found % step == 0 else ir.Const(False)
        wanted: dict[str, ir.Node] = {
            ">=": low, ">": high, "<": ir.Not(low), "<=": ir.Not(high), "==": is_it, "!=": ir.Not(is_it),
        }  # fmt: skip
        return self.of(wanted[op])

    def _lift(self, nodes: Sequence[ir.Node], function: Callable[[Interval, list[Told]], list[Piece]]) -> list[Piece]:
        """Apply a function to several followed expressions, range by range."""
        rows: list[tuple[Interval, list[Told]]] = [(EVERYWHERE, [])]
        for node in nodes:
            pieces = self.of(node)
            if len(pieces) == 1 and pieces[0][0] is EVERYWHERE:
                for _, vs in rows:
                    vs.append(pieces[0][1])
                continue
            rows = [(both, [*vs, v]) for at, vs in rows for part, v in pieces if (both := at.meet(part)) is not None]
            if len(rows) > MAX_PIECES:
                raise NotLinear
        return [piece for at, vs in rows for piece in function(at, vs)]

    def _extreme(self, which: str, args: tuple[ir.Node, ...]) -> list[Piece]:
        """The least or greatest, folded range by range."""
        total = self.of(args[0])
        for other in args[1:]:
            rows = [
                (both, a, b) for at, a in total for part, b in self.of(other) if (both := at.meet(part)) is not None
            ]
            if len(rows) > MAX_PIECES:
                raise NotLinear
            total = [piece for at, a, b in rows for piece in _extreme(at, which, a, b)]
        return total

    def _cases(self, node: ir.Cases) -> list[Piece]:
        parts = [part for branch in node.branches for part in branch]

        def choose(at: Interval, vs: list[Told]) -> list[Piece]:
            held, possible = False, []
            for condition, value in zip(vs[:-1:2], vs[1::2], strict=True):
                if condition is not False:
                    possible.append(value)
                held |= condition is True
                if condition is True and node.first:
                    break
            return _agreed(at, possible if held else [*possible, vs[-1]])

        return self._lift((*parts, node.otherwise), choose)

    def where(self, wanted: Sequence[ir.Node], possible: Sequence[ir.Node], ranges: list[Interval]) -> list[Interval]:
        """The parts of some ranges in which some conditions hold and others are not false, in order. Raises NotLinear."""
        moved = [node for node in possible if self._varies(node)]  # the others are kept by the case as it is
        open_ = [node for node in wanted if self._varies(node) or self.situation.known(node) is not True]
        for node, known in [*((node, True) for node in open_), *((node, False) for node in moved)]:
            good = [part for part, value in self.of(node) if value is True or not (known or value is False)]
            ranges = joined([both for at in ranges for part in good if (both := at.meet(part)) is not None])
        return ranges


def _summed(pairs: Sequence[tuple[ir.Node, ir.Node]]) -> ir.Node:
    """What pairs of a condition and a value come to; as flat as can be."""
    half = len(pairs) // 2
    if half:
        return ir.Arith("+", _summed(pairs[:half]), _summed(pairs[half:]))
    return ir.Cases((pairs[0],), ir.Number(Fraction(0)))


def _rounds(node: ir.Node) -> bool:
    return isinstance(node, ir.Call) and node.function in ("floor", "ceil", "round", "round_even")


def _at_least(function: str, value: ir.Node, step: Fraction, k: int) -> ir.Node:
    """When a value is rounded to k steps or more: from where, and whether that is itself enough."""
    begins = {"floor": Fraction(k), "ceil": Fraction(k - 1)}.get(function, k - Fraction(1, 2))
    closed = {"floor": True, "ceil": False, "round": k > 0}.get(function, k % 2 == 0)  # a half away from 0, or to even
    return ir.Compare(">=" if closed else ">", value, ir.Number(begins * step))


def _multiplied_out(op: ir.CompareOp, a: ir.Node, b: ir.Node, c: ir.Node) -> ir.Node:
    """`a / b` compared with c, without the division: the sign of b decides, and zero leaves it unsettled."""
    zero, product = ir.Number(Fraction(0)), ir.Arith("*", c, b)
    above = (ir.Compare(">", b, zero), ir.Compare(op, a, product))
    below = (ir.Compare("<", b, zero), ir.Compare(MIRRORED[op], a, product))
    return ir.Cases((above, below), ir.Unsettled(Text("division by zero", "除数为零")))


def _quotient(a: Number, b: Number) -> Number:
    if type(a) is int and type(b) is int and a % b == 0:
        return a // b
    found = Fraction(a, b)
    return found.numerator if found.denominator == 1 else found


def _scaled(value: Told, factor: Number) -> Told:
    if type(value) is Line:
        return Line(value.slope * factor, value.offset * factor) if factor else 0
    return value if isinstance(value, Unknown) else value * factor  # type: ignore[operator, return-value]


def _kleene(conjunction: bool, a: Told, b: Told) -> Value:
    if a is (not conjunction) or b is (not conjunction):
        return not conjunction
    return OPEN if type(a) is Unknown or type(b) is Unknown else conjunction


def _line(value: Told) -> Line:
    if type(value) is Line:
        return value
    if type(value) is int or type(value) is Fraction:
        return Line(0, value)
    raise NotLinear


def _plain(line: Line) -> Line | Number:
    return line if line.slope else line.offset


def _arith(op: str, a: Told, b: Told) -> Told:
    if type(a) is Unknown or type(b) is Unknown:
        return OPEN
    left, right = _line(a), _line(b)
    if op in ("+", "+days"):
        return _plain(Line(left.slope + right.slope, left.offset + right.offset))
    if op in ("-", "-days", "days between"):
        return _plain(Line(left.slope - right.slope, left.offset - right.offset))
    if op == "/" and not right.slope:
        by = right.offset
        return _plain(Line(_quotient(left.slope, by), _quotient(left.offset, by))) if by else OPEN
    raise NotLinear


def _product(at: Interval, a: Told, b: Told) -> list[Piece]:
    """A product: zero times anything is zero, of what is not known too."""
    for one, other in ((a, b), (b, a)):
        if isinstance(other, Unknown):
            return [(part, 0 if zero is True else other) for part, zero in _compare(at, "==", one, 0)]
    left, right = _line(a), _line(b)
    if left.slope and right.slope:
        raise NotLinear
    line, factor = (left, right.offset) if left.slope else (right, left.offset)
    return [(at, _plain(Line(line.slope * factor, line.offset * factor)))]


def _agreed(at: Interval, values: list[Told]) -> list[Piece]:
    """What several values say where they say the same; unknown elsewhere."""
    found: list[Piece] = [(at, values[0])]
    for other in values[1:]:
        found = [
            (part, first if same is True else OPEN)
            for within, first in found
            for part, same in _same(within, first, other)
        ]
    return found


def _same(at: Interval, a: Told, b: Told) -> list[Piece]:
    if isinstance(a, Line) or isinstance(b, Line):
        return _compare(at, "==", a, b)
    return [(at, a == b and not isinstance(a, Unknown))]


def _compare(at: Interval, op: str, a: Told, b: Told) -> list[Piece]:
    if type(a) is Unknown or type(b) is Unknown:
        return [(at, OPEN)]
    apply = COMPARISONS[op].apply
    if type(a) is not Line and type(b) is not Line:
        if any(isinstance(v, frozenset) and ANOTHER in v for v in (a, b)):
            raise NotLinear
        return [(at, apply(a, b))]
    left, right = _line(a), _line(b)
    slope, offset = left.slope - right.slope, left.offset - right.offset
    if not slope:
        return [(at, apply(offset, 0))]
    root, up = _quotient(-offset, slope), 1 if slope > 0 else -1
    return [(part, apply(_sign(part, root) * up, 0)) for part in at.cut(root)]


def _extreme(at: Interval, which: str, a: Told, b: Told) -> list[Piece]:
    return [(part, a if first is True else b if first is False else first)
            for part, first in _compare(at, "<=" if which == "min" else ">=", a, b)]  # fmt: skip


def _sign(part: Interval, root: Number) -> int:
    """On which side of a root a range lies that the root was cut out of."""
    if part.low == part.high == root:
        return 0
    return 1 if part.low is not None and part.low >= root else -1


def _absolute(at: Interval, value: Told) -> list[Piece]:
    if not isinstance(value, Line):
        if isinstance(value, Unknown):
            return [(at, value)]
        size = _line(value).offset
        return [(at, max(size, -size))]
    root = _quotient(-value.offset, value.slope)
    return [(part, value if _sign(part, root) * value.slope >= 0 else _scaled(value, -1)) for part in at.cut(root)]
