"""An expression as what it may be: one arm per node, as `language/evaluate.py` means it. What is not held is refused by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from typing import assert_never

from policy_engine.language import ir
from policy_engine.language.operators import COMPARISONS
from policy_engine.solving import between
from policy_engine.solving.days import Days
from policy_engine.solving.formula import FALSE, TRUE, Script, and_, as_number, equal, ite, not_, number, or_
from policy_engine.solving.functions import MEANT, ORDERED, PAIRED
from policy_engine.solving.sym import NEVER, End, Sym, Unheld, alike, as_real, chosen, empty, fixed, flag, let, same


class Codes:
    """Options and codes by number, the same in everything that is asked together."""

    def __init__(self, also: Iterable[str] = ()) -> None:
        self.also = frozenset(also)  # codes that are given
        self.numbers: dict[str, int] = {}

    def of(self, text: str) -> int:
        """The number of a text."""
        return self.numbers.setdefault(text, len(self.numbers))

    def text(self, at: int) -> str:
        """The text of a number."""
        return next(text for text, i in self.numbers.items() if i == at)


class Terms:
    """Expressions over names that somebody else knows."""

    def __init__(self, script: Script, codes: Codes, named: Callable[[str], Sym]) -> None:
        self.script, self.codes, self.named = script, codes, named
        self.days = Days(script)

    def term(self, node: ir.Node) -> Sym:
        """What an expression may be. Raises Unheld."""
        return let(self._term(node), self.script)

    def _term(self, node: ir.Node) -> Sym:
        match node:
            case ir.Number(value=value):
                return fixed(value)
            case ir.Const(value=value):
                return self.constant(value)
            case ir.ListOf(items=items):
                return Sym(known=TRUE, members=dict.fromkeys(items, TRUE))
            case ir.Name(name=name):
                return self.named(name)
            case ir.Unsettled(low=low):  # rows that are not listed add so much at least
                ends = None if low is None else (End(TRUE, number(low)), End(FALSE, "0"))
                return Sym(known=FALSE, value="0", sort="Int", ends=ends) if ends else NEVER
            case ir.Not(operand=a):
                x = self.term(a)
                return flag(x.known, not_(x.value))
            case ir.Neg(operand=a):
                x = self.term(a)
                if x.known == FALSE:
                    return NEVER
                if x.fixed is not None:
                    return fixed(-x.fixed, x.sort)
                return Sym(known=x.known, value=f"(- {x.value})", sort=x.sort)
            case ir.Logic(op=op, left=a, right=b):
                return logic(op, self.term(a), self.term(b))
            case ir.Arith():
                return self._arith(node.op, self.term(node.left), self.term(node.right))
            case ir.Compare(op=op, left=a, right=b):
                return self.compared(op, self.term(a), self.term(b))
            case ir.In(item=a, container=b):
                return self._in(self.term(a), self.term(b))
            case ir.Call():
                return self._call(node)
            case ir.Cases():
                return self._cases(node)
            case _:
                raise Unheld(type(node).__name__)

    def constant(self, value: dt.date | bool | str | Fraction) -> Sym:
        """A value that is always the same."""
        if isinstance(value, bool):
            return flag(TRUE, TRUE if value else FALSE)
        if isinstance(value, Fraction):
            return fixed(value)
        at = value.toordinal() if isinstance(value, dt.date) else self.codes.of(value)
        return Sym(known=TRUE, value=number(at), sort="Int")

    # --- numbers and dates --------------------------------------------------------------------------------------------

    def _arith(self, op: ir.ArithOp, a: Sym, b: Sym) -> Sym:
        match op:
            case "+" | "-":
                return self._sum(op, a, b)
            case "*" | "of":
                return self._product(a, b)
            case "/":
                return self._quotient(a, b)
            case "^":
                found = base = a
                for _ in range(int(b.fixed or 1) - 1):
                    found = self._product(found, base)
                return replace(found, ends=None)
            case _ if FALSE in (a.known, b.known):  # of a day that never is there is none before or after
                return NEVER
            case "+days" | "-days":
                a, b = self._both_days(a, b)
                value = self.script.let(f"({op[0]} {a.value} {b.value})", "Int")
                return Sym(known=and_(a.known, b.known, self.days.inside(value)), value=value, sort="Int")
            case "+months" | "-months":
                return self._months(op[0], a, b)
            case "days between":
                return Sym(known=and_(a.known, b.known), value=f"(- {a.value} {b.value})", sort="Int")
            case _:
                assert_never(op)

    def _both_days(self, a: Sym, b: Sym) -> tuple[Sym, Sym]:
        """A date and a whole number of days or months, whatever sort it was worked out in."""
        return replace(a, value=self.script.let(a.value, "Int")), self.whole(b)

    def whole(self, x: Sym) -> Sym:
        """A number as a whole one, what is behind the point cut off."""
        if x.sort == "Int" or x.known == FALSE:
            return replace(x, value=x.value if x.sort == "Int" else "0")
        up = f"(to_int {x.value})"
        return Sym(known=x.known, value=ite(f"(>= {x.value} 0.0)", up, f"(- (to_int (- {x.value})))"), sort="Int")

    def _months(self, sign: str, a: Sym, b: Sym) -> Sym:
        a, b = self._both_days(a, b)
        value, inside = self.days.months_later(a.value, b.value if sign == "+" else f"(- {b.value})")
        return Sym(known=and_(a.known, b.known, inside), value=value, sort="Int")

    def _sum(self, op: str, a: Sym, b: Sym) -> Sym:
        a, b = alike((empty(a), empty(b)))
        if a.fixed is not None and b.fixed is not None:
            return fixed(a.fixed + b.fixed if op == "+" else a.fixed - b.fixed, a.sort)
        ends = None
        if between.bounded((a, b)):
            ends = between.of_sum(a, b) if op == "+" else between.of_difference(a, b)
        if FALSE in (a.known, b.known) and ends is None:
            return NEVER
        return Sym(known=and_(a.known, b.known), value=f"({op} {a.value} {b.value})", sort=a.sort, ends=ends)

    def _product(self, a: Sym, b: Sym) -> Sym:
        """Zero times anything is zero."""
        if a.fixed is not None and b.fixed is not None:
            return fixed(a.fixed * b.fixed)
        a, b = (empty(x) for x in alike((a, b)))
        zero = number(0, a.sort)
        none = or_(and_(a.known, equal(a.value, zero)), and_(b.known, equal(b.value, zero)))
        ends = between.of_product(a, b, zero) if between.bounded((a, b)) else None
        known = or_(and_(a.known, b.known), none)
        both = TRUE if a.known == b.known == TRUE else and_(a.known, b.known)
        value = f"(* {a.value} {b.value})"
        return Sym(known=known, value=value if both == TRUE else ite(both, value, zero), sort=a.sort, ends=ends)

    def _quotient(self, a: Sym, b: Sym) -> Sym:
        if b.fixed is not None:
            return self._product(a, fixed(1 / b.fixed, "Real")) if b.fixed and a.known != FALSE else NEVER
        if FALSE in (a.known, b.known):
            return NEVER
        a, b = as_real(a), as_real(b)
        found = self.script.variable("Real", "q")  # a * 1/b: the solvers know products better than quotients
        told = and_(a.known, b.known, not_(f"(= {b.value} 0.0)"))
        self.script.holds(or_(not_(told), f"(= (* {found} {b.value}) {a.value})"))
        return Sym(known=told, value=found, sort="Real")

    def compared(self, op: str, a: Sym, b: Sym) -> Sym:
        """A comparison."""
        if FALSE in (a.known, b.known) and not between.bounded((a, b)):
            return NEVER
        if between.bounded((a, b)):
            a, b = empty(a), empty(b)
        told = and_(a.known, b.known)
        if a.members is not None or b.members is not None:
            told = and_(told, not_(a.other), not_(b.other))
        if op in ("==", "!="):
            value = same(a, b)
            value = value if op == "==" else not_(value)
        else:
            a, b = alike((a, b))
            value = f"({op} {a.value} {b.value})"
            ends = as_number(a.value), as_number(b.value)
            if None not in ends:
                value = TRUE if COMPARISONS[op].apply(*ends) else FALSE
        if between.bounded((a, b)):
            holds, fails = between.compared(op, *alike((a, b)))
            value = ite(told, value, holds)
            told = or_(told, holds, fails)
        return flag(told, value)

    # --- sets and cases -------------------------------------------------------------------------------------------------

    def _in(self, item: Sym, container: Sym) -> Sym:
        if FALSE in (item.known, container.known):
            return NEVER
        members = container.members or {}
        found = or_(*(and_(when, equal(item.value, number(self.codes.of(n)))) for n, when in members.items()))
        return flag(and_(item.known, container.known, or_(not_(container.other), found)), found)

    def _cases(self, node: ir.Cases) -> Sym:
        """What all cases that may still apply agree on."""
        kept: list[tuple[str, Sym]] = []
        none_before = none_true = TRUE
        for condition, branch in node.branches:
            holds = self.term(condition)
            possible = self.script.let(and_(none_before, not_(holds.false)), "Bool")
            none_true = self.script.let(and_(none_true, not_(holds.true)), "Bool")
            none_before = none_true if node.first else TRUE
            if possible != FALSE:
                kept.append((possible, self.term(branch)))
            if node.first and none_true == FALSE:
                break
        if none_true != FALSE:
            kept.append((none_true, self.term(node.otherwise)))
        if all(one.known == FALSE for _, one in kept):
            return NEVER
        value = kept[-1][1]
        for possible, one in reversed(kept[:-1]):
            value = let(chosen(possible, one, value), self.script)
        agree = [
            or_(not_(possible), and_(one.known, TRUE if one.known == FALSE else same(one, value)))
            for possible, one in kept
        ]
        return replace(value, known=and_(*agree), ends=None, fixed=None)

    # --- functions ------------------------------------------------------------------------------------------------------

    def _call(self, node: ir.Call) -> Sym:
        name = node.function
        if name in ORDERED:
            order = node.args[0]
            if not isinstance(order, ir.ListOf):
                raise Unheld(name)
            return ORDERED[name](self, order.items, *map(self.term, node.args[1:]))
        if name not in MEANT:
            raise Unheld(name)
        xs = [self.term(arg) for arg in node.args]
        if name not in PAIRED and any(x.known == FALSE for x in xs) and not between.bounded(xs):
            return NEVER
        return MEANT[name](self, node, xs)


def logic(op: str, a: Sym, b: Sym) -> Sym:
    """Kleene's conjunction or disjunction."""
    if op == "and":
        holds = and_(a.true, b.true)
        return flag(or_(a.false, b.false, and_(a.known, b.known)), holds)
    holds = or_(a.true, b.true)
    return flag(or_(holds, and_(a.known, b.known)), holds)
