"""An expression as Python source: whole numbers over denominators known beforehand, None for what is not known."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any, Final

from policy_engine.basics.values import Unknown, Value
from policy_engine.language import ir
from policy_engine.language.operators import (
    ARITHMETIC,
    COMPARISONS,
    DIGITS,
    FUNCTIONS,
    MIRRORED,
    MOST_POWER,
    ORDERED,
    power,
)

NONE: Final = "None"
UNSAID: Final = object()
NESTED: Final = 8
"""Of so many cases each is told at once where those before it do not hold."""
ROWS: Final = frozenset({"count", "total", "least", "greatest"})


class Uncompiled(Exception):
    """An expression that this reading leaves to the interpreter."""


@dataclass(frozen=True)
class Term:
    """Source of a value. `null`: it may be None; `under`: a whole number over this, 0: a Fraction, None: no number.

    `digits`: how many digits its numerator has at most; `known`: its value where it is a constant.
    """

    code: str
    null: bool = False
    under: int | None = None
    digits: int = 0
    known: Any = None

    @property
    def never(self) -> bool:
        """Whether it is never known."""
        return self.code == NONE

    @property
    def fixed(self) -> bool:
        """Whether it is a constant that is known."""
        return self.known is not None


NEVER: Final = Term(NONE, True)
TRUE: Final = Term("True", known=True)
FALSE: Final = Term("False", known=False)


def flag(value: bool) -> Term:
    """A flag that is known beforehand."""
    return TRUE if value else FALSE


class Lines:
    """Lines of Python, and the objects they name; a value that is used more than once has a name of its own."""

    def __init__(self, names: Callable[[str], Term]) -> None:
        self.lines: list[str] = []
        self.objects: dict[str, Any] = {"Fraction": Fraction, "only": only, "strict": strict}
        self.names = names
        self._known: dict[str, str] = {}

    def let(self, term: Term) -> Term:
        """The term under a name, unless it is one or a constant."""
        if term.fixed or term.never or term.code.isidentifier():
            return term
        if term.code not in self._known:
            name = self._known[term.code] = f"t{len(self._known) + 1}"
            self.lines.append(f"{name} = {term.code}")
        return replace(term, code=self._known[term.code])

    def object(self, value: Any) -> str:
        """A name for an object that has no source."""
        for name, known in self.objects.items():
            if known is value or (type(known) is type(value) and known == value):
                return name
        name = f"k{len(self.objects)}"
        self.objects[name] = value
        return name

    def constant(self, value: Any) -> Term:
        """A constant as a term."""
        if isinstance(value, bool):
            return flag(value)
        if isinstance(value, Fraction):
            return Term(
                str(value.numerator), under=value.denominator, digits=len(str(abs(value.numerator))), known=value
            )
        code = repr(value) if isinstance(value, str) else self.object(value)
        return Term(code, known=value)

    # --- one arm per node, as in evaluate ---------------------------------------------------------------------------

    def term(self, node: ir.Node) -> Term:
        """An expression as a term. Raises Uncompiled."""
        match node:
            case ir.Number(value=value) | ir.Const(value=value):
                return self.constant(value)
            case ir.ListOf(items=items):
                return self.constant(frozenset(items))
            case ir.Name(name=name):
                return self.names(name)
            case ir.Unsettled(low=None):
                return NEVER
            case ir.Not(operand=x):
                return self.negation(self.term(x))
            case ir.Neg(operand=x):
                return self._scaled(self.term(x), Fraction(-1))
            case ir.Logic(op=op, left=a, right=b):
                return self.logic(op == "and", self.term(a), self.term(b))
            case ir.Arith(op="+" | "-" as op, left=a, right=b):
                return self._sum(op, self.term(a), self.term(b))
            case ir.Arith(op="*" | "of", left=a, right=b):
                return self._product(self.term(a), self.term(b))
            case ir.Arith(op="/", left=a, right=b):
                return self._quotient(self.term(a), self.term(b))
            case ir.Arith(op="days between", left=a, right=b):
                return self._given("({} - {}).days", (self.term(a), self.term(b)), under=1, digits=7)
            case ir.Arith(op=op, left=a, right=b):
                return self._strict(ARITHMETIC[op].apply, (self.term(a), self.term(b)), op == "^")
            case ir.Compare(op=op, left=a, right=b):
                return self.compare(op, self.term(a), self.term(b))
            case ir.In(item=a, container=b):
                return self._given("{} in {}", (self.term(a), self.term(b)))
            case ir.Call():
                return self._call(node)
            case ir.Cases():
                return self._cases(node)
            case _:
                raise Uncompiled(type(node).__name__)

    def negation(self, x: Term) -> Term:
        """Not, three-valued."""
        if x.fixed:
            return flag(not x.known)
        return x if x.never else self._given("not {}", (x,))

    def logic(self, conjunction: bool, a: Term, b: Term) -> Term:
        """Kleene's and, or."""
        decides = not conjunction
        for one, other in ((a, b), (b, a)):
            if one.fixed:
                return flag(decides) if one.known is decides else other
        if a.never and b.never:
            return NEVER
        if not b.null:
            a, b = b, a
        if not a.null:
            a = self.let(a)
            return Term(
                f"({b.code} if {a.code} else False)" if conjunction else f"(True if {a.code} else {b.code})", b.null
            )
        a, b = self.let(a), self.let(b)
        return Term(f"({decides} if {a.code} is {decides} or {b.code} is {decides} else None if {a.code} is None or {b.code} is None else {conjunction})", True)  # fmt: skip

    def compare(self, op: str, a: Term, b: Term) -> Term:
        """A comparison; numbers over one denominator."""
        if a.fixed and b.fixed:
            return flag(COMPARISONS[op].apply(a.known, b.known) is True)
        if a.under is not None and b.under is not None:
            a, b = self.alike((a, b))
        if a.fixed:
            op, a, b = MIRRORED[op], b, a
        return self._given(f"{{}} {op} {{}}", (a, b))

    # --- numbers ----------------------------------------------------------------------------------------------------

    def alike(self, terms: Sequence[Term]) -> list[Term]:
        """Numbers over one denominator; as Fractions where one of them is."""
        if any(term.under == 0 for term in terms):
            return [self.fraction(term) for term in terms]
        under = math.lcm(*(term.under or 1 for term in terms if not term.never))
        return [term if term.never else self._over(term, under) for term in terms]

    def _over(self, term: Term, under: int) -> Term:
        factor = under // (term.under or 1)
        if term.fixed:
            return replace(term, code=str(int(term.known * under)), under=under)
        if factor == 1:
            return term
        return replace(self._given(f"{{}} * {factor}", (term,)), under=under, digits=term.digits + len(str(factor)))

    def fraction(self, term: Term) -> Term:
        """A number as a Fraction."""
        if term.under == 0 or term.never:
            return term
        if term.fixed:
            return replace(term, code=self.object(term.known), under=0)
        return replace(self._given(f"Fraction({{}}, {term.under})", (term,)), under=0, digits=term.digits)

    def _sum(self, op: str, a: Term, b: Term) -> Term:
        if a.fixed and b.fixed:
            return self.constant(ARITHMETIC[op].apply(a.known, b.known))
        if a.never or b.never:
            return NEVER
        if b.fixed and not b.known:
            return a
        if a.fixed and not a.known and op == "+":
            return b
        a, b = self.alike((a, b))
        return self._given(f"({{}} {op} {{}})", (a, b), under=a.under, digits=max(a.digits, b.digits) + 1)

    def _scaled(self, a: Term, factor: Fraction) -> Term:
        """So many times a number."""
        if not factor:
            return self.constant(Fraction(0))
        if a.never:
            return NEVER
        if a.fixed:
            return self.constant(a.known * factor)
        digits = a.digits + len(str(abs(factor.numerator)))
        if a.under == 0:
            return self._given(f"{{}} * {self.object(factor)}", (a,), under=0, digits=digits)
        shared = math.gcd(a.under or 1, factor.numerator)
        times, under = factor.numerator // shared, (a.under or 1) // shared * factor.denominator
        code = "{}" if times == 1 else "-{}" if times == -1 else f"{{}} * {times}"
        return self._given(code, (a,), under=under, digits=digits)

    def _product(self, a: Term, b: Term) -> Term:
        """Zero times anything is zero."""
        if a.fixed or b.fixed:
            return self._scaled(a, b.known) if b.fixed else self._scaled(b, a.known)
        if a.never and b.never:
            return NEVER
        digits = a.digits + b.digits
        if digits > DIGITS:
            raise Uncompiled("more digits than are worked out")
        under = 0 if 0 in (a.under, b.under) else (a.under or 1) * (b.under or 1)
        if not under:
            a, b = self.fraction(a), self.fraction(b)
        if not a.null and not b.null:
            return Term(f"({a.code} * {b.code})", under=under, digits=digits)
        a, b = self.let(a), self.let(b)
        zero = self.object(Fraction(0)) if not under else "0"
        return Term(f"({zero} if {a.code} == 0 or {b.code} == 0 else None if {a.code} is None or {b.code} is None else {a.code} * {b.code})",
                    True, under, digits)  # fmt: skip

    def _quotient(self, a: Term, b: Term) -> Term:
        if b.fixed:
            return self._scaled(a, 1 / b.known) if b.known else NEVER
        if a.never or b.never:
            return NEVER
        digits = a.digits + b.digits + len(str(a.under or 1)) + len(str(b.under or 1))
        if digits > DIGITS:
            raise Uncompiled("more digits than are worked out")
        a, b = self.let(self.fraction(a)), self.let(self.fraction(b))
        lacks = " or ".join([*(f"{x.code} is None" for x in (a, b) if x.null), f"{b.code} == 0"])
        return Term(f"(None if {lacks} else {a.code} / {b.code})", True, 0, digits)

    def _whole_quotient(self, up: bool, a: Term, b: Term) -> Term:
        """How often a number goes into another as a whole, without a Fraction."""
        if a.digits + b.digits + len(str(a.under or 1)) + len(str(b.under or 1)) > DIGITS:
            raise Uncompiled("more digits than are worked out")
        a, b = (self.let(term) for term in self.alike((a, b)))
        lacks = " or ".join([*(f"{x.code} is None" for x in (a, b) if x.null), f"{b.code} == 0"])
        return Term(
            f"(None if {lacks} else {f'-(-{a.code} // {b.code})' if up else f'{a.code} // {b.code}'})",
            True,
            1,
            a.digits,
        )

    # --- calls and cases ----------------------------------------------------------------------------------------------

    def _given(self, code: str, terms: Sequence[Term], under: int | None = None, digits: int = 0) -> Term:
        """Source made of terms; None where one of them is."""
        if any(term.never for term in terms):
            return NEVER
        terms = [self.let(term) if term.null else term for term in terms]
        made = code.format(*(term.code for term in terms))
        whole = made.isidentifier() or (code[0] == "(" and code.find(")") == len(code) - 1)  # (a) != (b) is not
        made = made if whole else f"({made})"
        lacks = " or ".join(dict.fromkeys(f"{term.code} is None" for term in terms if term.null))
        return Term(f"(None if {lacks} else {made})" if lacks else made, bool(lacks), under, digits)

    def _call(self, node: ir.Call) -> Term:
        name, args = node.function, node.args
        if name in ROWS or name not in FUNCTIONS:
            raise Uncompiled(name)
        if name in ORDERED:
            order, *rest = args
            assert isinstance(order, ir.ListOf)
            apply, items = FUNCTIONS[name].apply, order.items
            return self._strict(lambda *taken: apply(items, *taken), [self.term(x) for x in rest], name == "position")
        if name in ("floor", "ceil") and len(args) == 1 and isinstance(args[0], ir.Arith) and args[0].op == "/":
            a, b = self.term(args[0].left), self.term(args[0].right)
            if not (b.fixed or a.never or b.never or 0 in (a.under, b.under)):
                return self._whole_quotient(name == "ceil", a, b)
        terms = [self.term(x) for x in args]
        if any(term.never for term in terms):
            return NEVER
        apply = FUNCTIONS[name].apply if node.calendar is None else partial(FUNCTIONS[name].apply, node.calendar)
        if all(term.fixed for term in terms):
            found = apply(*(term.known for term in terms))
            return NEVER if isinstance(found, Unknown) else self.constant(found)
        if name in ("min", "max"):
            terms = self.alike(terms) if terms[0].under is not None else terms
            if len(terms) == 1:
                return terms[0]
            slots = ", ".join("{}" for _ in terms)
            return self._given(f"{name}({slots})", terms, terms[0].under, max(term.digits for term in terms))
        if name in ("year", "month", "day"):
            return self._given(f"{{}}.{name}", terms, 1, 4)
        if name == "starts_with":
            return self._given("{}.startswith({})", terms)
        if name == "all_in":
            return self._given("{} <= {}", terms)
        if name == "any_in":
            return self._given("not {}.isdisjoint({})", terms)
        if name == "size":
            return self._given("len({})", terms, 1, 4)
        if name == "floor" and len(terms) == 1 and terms[0].under:
            return self._given(f"{{}} // {terms[0].under}", terms, 1, terms[0].digits)
        if name == "ceil" and len(terms) == 1 and terms[0].under:
            return self._given(f"-(-{{}} // {terms[0].under})", terms, 1, terms[0].digits)
        return self._strict(apply, terms, not name.startswith("end_of") and name not in _NO_NUMBERS)

    def _strict(self, apply: Callable[..., Value], terms: Sequence[Term], number: bool) -> Term:
        """A function of the operators themselves, on Fractions."""
        if any(term.never for term in terms):
            return NEVER
        terms = [self.fraction(term) if term.under is not None else term for term in terms]
        digits = sum(term.digits for term in terms) * (MOST_POWER if apply is power else 1)
        if digits > DIGITS:
            raise Uncompiled("more digits than are worked out")
        args = ", ".join(term.code for term in terms)
        return Term(f"strict({self.object(apply)}, {args})", True, 0 if number else None, digits)

    def _cases(self, node: ir.Cases) -> Term:
        """The first case that holds, or what all that may hold agree on."""
        kept: list[tuple[Term, Term]] = []
        last = self.term(node.otherwise)
        for condition, value in node.branches:
            holds = self.term(condition)
            if holds.fixed and not holds.known:
                continue
            if holds.fixed and node.first:
                last = self.term(value)
                break
            kept.append((holds, self.term(value)))
        if not kept:
            return last
        values = [*(value for _, value in kept), last]
        if any(value.under is not None for value in values):
            values = self.alike(values)
        under = next((value.under for value in values if value.under is not None), None)
        digits = max(value.digits for value in values)
        conditions = [self.let(holds).code for holds, _ in kept]
        if node.first and not any(holds.null for holds, _ in kept):
            code = _first(conditions, [value.code for value in values])
            return Term(f"({code})", any(value.null for value in values), under, digits)
        codes = [self.let(value).code for value in values]
        open_ = [code if holds.null else "" for code, (holds, _) in zip(conditions, kept, strict=True)]
        return Term(f"({_only(node.first, conditions, codes, open_)})", True, under, digits)


def _first(conditions: Sequence[str], values: Sequence[str]) -> str:
    """The value of the first condition that holds, all of them known; the last value where none does."""
    return "".join(f"{v} if {c} else " for c, v in zip(conditions, values, strict=False)) + values[-1]


def _only(first: bool, conditions: Sequence[str], values: Sequence[str], open_: Sequence[str]) -> str:
    """The value all cases that may still apply agree on: at once where each that bears on it is known."""
    pairs = ", ".join(f"{c}, {v}" for c, v in zip(conditions, values, strict=False))
    slow = f"only({first}, {values[-1]}, {pairs})"
    if first and len(conditions) <= NESTED:
        rest = values[-1] if len(conditions) == 1 else _only(True, conditions[1:], values[1:], open_[1:])
        told = f"{values[0]} if {conditions[0]} else {rest}"
        return f"{slow} if {open_[0]} is None else {told}" if open_[0] else told
    told = _first(conditions, values)
    known = [f"{code} is not None" for code in open_ if code]
    known += [] if first or len(conditions) == 1 else [f"{' + '.join(conditions)} < 2"]
    return f"({told}) if {' and '.join(known)} else {slow}" if known else told


_NO_NUMBERS: Final = frozenset({"in_season", "is_working_day", "add_working_days"})


def strict(apply: Callable[..., Value], *args: Any) -> Any:
    """A function of values, None where one is not known or the function has no value."""
    if None in args:
        return None
    found = apply(*args)
    return None if isinstance(found, Unknown) else found


def only(first: bool, otherwise: Any, *pairs: Any) -> Any:
    """The value all cases that may still apply agree on; None where they do not."""
    found, each = UNSAID, iter(pairs)
    for holds, value in zip(each, each, strict=True):
        if holds is False:
            continue
        if value is None or (found is not UNSAID and value != found):
            return None
        found = value
        if holds is True and first:
            return found
        otherwise = found if holds is True else otherwise
    return otherwise if found is UNSAID or otherwise == found else None


def _used(lines: Sequence[str], result: str) -> list[str]:
    """The lines without those whose value nothing uses."""
    needed, kept = set(_VARIABLE.findall(result)), list[str]()
    for line in reversed(lines):
        name = line.partition(" = ")[0]
        if name in needed or not _VARIABLE.fullmatch(name):
            needed.update(() if line[0] == "#" else _VARIABLE.findall(line))
            kept.append(line)
    return kept[::-1]


_VARIABLE: Final = re.compile(r"\bt[0-9]+\b")


def run(
    name: str, first: str, writer: Lines, returned: Iterable[str] | str, what: str
) -> tuple[str, Callable[[Any], Any]]:
    """A function of facts that returns these terms, or what is written: its source, and itself."""
    result = returned if isinstance(returned, str) else "(" + "".join(f"{code}, " for code in returned) + ")"
    body = "\n    ".join([*([first] if first else []), *_used(writer.lines, result), f"return {result}"])
    text = f"def {name}(facts):\n    {body}\n"
    scope = dict(writer.objects)
    exec(compile(text, f"<{what}>", "exec"), scope)  # noqa: S102 - written from the typed tree alone
    return text, scope[name]
