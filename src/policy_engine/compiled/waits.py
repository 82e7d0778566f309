"""What is waited for where something is not known, as one function: facts by name and reasons, each once, as keys of a dict."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from policy_engine.basics.values import Unknown
from policy_engine.compiled.terms import Term, run
from policy_engine.compiled.under import Under
from policy_engine.deciding.situation import does_not_apply, not_listed
from policy_engine.explaining.once import made
from policy_engine.language import ir
from policy_engine.language.evaluate import NO_CASE, TWO_CASES
from policy_engine.language.operators import ARITHMETIC, FUNCTIONS, ORDERED
from policy_engine.rulebook.rule import Provision, Rule

Waiting = dict[Any, None]
NOTHING: Final[Waiting] = {}
NO: Final = "no"
NONE_APPLIES: Final[Waiting] = {NO_CASE: None}
_ALWAYS: Final = frozenset({
    "min", "max", "abs", "floor", "ceil", "round", "round_even", "mod", "count", "size", "all_in", "any_in", "starts_with",
    "year", "month", "day", "weekday",
})  # fmt: skip
"""Functions that have a value wherever all their parts are known."""


class Waits:
    """For a decision under one choice of readings: the function of facts, and of which of them are given; and what it returns.

    `values`: the places of what formulas wait for; `checks`: of what checks do, as if due, and as they are; `whens`: of whether
    what is said to matter only sometimes does, and of what that waits for.
    """

    def __init__(self, rule: Rule, under: Under, unpacked: str, checks: Iterable[Provision]) -> None:
        self._rule, self._under, self._writer = rule, under, under.writer
        self._place = {name: i for i, name in enumerate(rule.inputs)}
        self._writer.objects |= {NO: NOTHING, "gave": gave, "agreed": agreed, "inputs": self._place.keys()}
        self._open: dict[int, tuple[ir.Node, str]] = {}
        self._returned: dict[str, int] = {}
        formulas, whens = under.outline.formulas, under.outline.whens.items()
        self.values = {n: self._at(self._formula(formulas[n])) for n in rule.formula_order if n in formulas}
        self.whens = {name: (self._at(self._value(when)), self._at(self.of(when))) for name, when in whens}
        self.checks = {p.id: self._check(p) for p in checks}
        line = (unpacked or "_ = facts").replace(" = ", ", given = ")
        self.source, self.function = run("waits", line, self._writer, self._returned, rule.decision)

    def _at(self, code: str) -> int:
        return self._returned.setdefault(self._writer.let(Term(code)).code if code != NO else NO, len(self._returned))

    def _value(self, node: ir.Node) -> str:
        return self._writer.let(self._writer.term(node)).code

    def _check(self, p: Provision) -> tuple[int, int]:
        applies = self.of(p.applies) if p.in_force(self._under.as_of) else NO
        due = NO if p.due is None else self.of(p.due)
        require = NO if p.require is None else self.of(p.require)
        whole = self._up_to_open(applies, due, require)
        if p.due is None:
            return (at := self._at(whole)), at
        day, as_of = self._writer.let(self._writer.term(p.due)), self._writer.constant(self._under.as_of)
        before = self._up_to_open(applies, NO if p.early is None else self.of(p.early))
        passed = self._writer.let(self._writer.compare("<=", day, as_of)).code
        return self._at(whole), self._at(f"({before} if {passed} is False else {whole})")

    # --- what an expression waits for, nothing where it is known ----------------------------------------------------

    def of(self, node: ir.Node) -> str:
        """The name of what an expression waits for."""
        if id(node) not in self._open:
            self._open[id(node)] = node, self._made(node)
        return self._open[id(node)][1]

    def _made(self, node: ir.Node) -> str:
        value = self._writer.let(self._writer.term(node))
        if not value.null:
            return NO
        match node:
            case ir.Name(name=name):
                formula = self._under.outline.formulas.get(name)
                return self._fact(name, value) if formula is None else self._formula(formula)
            case ir.Unsettled(reason=reason):
                return self._writer.object({reason: None})
            case ir.Not(operand=x) | ir.Neg(operand=x):
                return self.of(x)
            case ir.Cases():
                return self._where(value, self._cases(node))
            case _:
                return self._where(value, self._merged(node))

    def _fact(self, name: str, value: Term) -> str:
        """A fact waits for itself; one that is given and is none of those listed for nothing that could be told."""
        waits, entry = self._writer.object({name: None}), self._rule.inputs.get(name)
        if entry is None:
            return waits
        if entry.open and entry.type.kind == "choice":
            waits = f"({self._writer.object({not_listed(entry): None})} if given[{self._place[name]}] else {waits})"
        return self._where(value, waits)

    def _formula(self, p: Provision) -> str:
        value, _ = self._under.formula(p)
        if not value.null:
            return NO
        value = self._writer.let(value)
        idle = self._writer.object({does_not_apply(p, self._under.as_of): None})
        if not p.in_force(self._under.as_of):
            return idle
        applies = self._value(p.applies)
        waits = _joined((self.of(p.applies), self.of(p.value or ir.TRUE)))
        return waits if applies == "True" else self._where(value, f"({idle} if {applies} is False else {waits})")

    def _cases(self, node: ir.Cases) -> str:
        """What cases wait for; nothing is asked of those that never hold, or that stand behind one that always does."""
        told, last = list[str](), node.otherwise
        for holds, one in node.branches:
            if (code := self._value(holds)) == "True" and node.first:
                last = one
                break
            if code != "False":
                told.append(f"{code}, {self.of(holds)}, {self.of(one)}")
        return f"agreed({node.first}, {self.of(last)}, {', '.join(told)})" if told else self.of(last)

    def _merged(self, node: ir.Node) -> str:
        """What the parts wait for; of parts that are all known what the function says why it gives nothing."""
        parts = ir.children(node)
        if isinstance(node, ir.Call) and node.function in ORDERED:
            parts = parts[1:]
        waits = _joined(map(self.of, parts))
        apply = _failing(node)
        if apply is None:
            return waits
        terms = [self._writer.let(self._writer.term(part)) for part in parts]
        numbers = (t.code if t.under is None else self._writer.fraction(t).code for t in terms)
        gives = f"gave({self._writer.object(apply)}, {', '.join(numbers)})"
        return gives if waits == NO else f"({waits} or {gives})"

    def _up_to_open(self, *parts: str) -> str:
        """The same, of a check: nothing behind what stays open whatever is told, since it waits for no fact."""
        found = list(dict.fromkeys(part for part in parts if part != NO))
        code = found.pop() if found else NO
        for part in reversed(found):
            code = self._writer.let(Term(code)).code
            code = f"({code} if not {part} else {part} if inputs.isdisjoint({part}) else {part} | {code})"
        return code

    def _where(self, value: Term, waits: str) -> str:
        """What is waited for where a value is not known."""
        if value.never or waits == NO:
            return waits if waits == NO else self._writer.let(Term(waits)).code
        return self._writer.let(Term(f"({NO} if {value.code} is not None else {waits})")).code


def _joined(parts: Iterable[str]) -> str:
    """All that several wait for, in their order."""
    found = list(dict.fromkeys(part for part in parts if part != NO))
    return found[0] if len(found) == 1 else f"({' | '.join(found)})" if found else NO


def _failing(node: ir.Node) -> Callable[..., Any] | None:
    """The function of a node that may give nothing where all its parts are known."""
    match node:
        case ir.Arith(op=op, right=right) if op not in ("+", "-", "*", "of"):
            return None if op == "/" and isinstance(right, ir.Number) and right.value else ARITHMETIC[op].apply
        case ir.Call(function=name, args=args) if name not in _ALWAYS:
            apply = FUNCTIONS[name].apply
            if name in ORDERED and isinstance(args[0], ir.ListOf):
                return partial(apply, args[0].items)
            return apply if node.calendar is None else partial(apply, node.calendar)
    return None


def gave(apply: Callable[..., Any], *args: Any) -> Waiting:
    """Why a function of values that are all known gives nothing."""
    found = NOTHING if None in args else apply(*args)
    return dict.fromkeys(found.because) if isinstance(found, Unknown) else NOTHING


def agreed(first: bool, last: Waiting, *parts: Any) -> Waiting:
    """What cases that do not say one thing wait for: what decides between them, and what those wait for that may apply.

    `parts`: of each case whether it holds, what that waits for, and what its value waits for.
    """
    waits: Waiting = {}
    possible, certain, each = [], False, iter(parts)
    for holds, awaited, value in zip(each, each, each, strict=True):
        if holds is False:
            continue
        waits |= awaited
        possible.append(value)
        if holds is True:
            certain = True
            if first:
                break
    if not certain:
        possible.append(last)
    if not waits and len(possible) > 1:
        possible.append({TWO_CASES: None})
    elif waits:
        possible = [value for value in possible if value != NONE_APPLIES]
    for value in possible:
        waits |= value
    return waits


def unknown(waits: Waiting, idle: frozenset[str] = frozenset()) -> Unknown:
    """What is waited for as a value that is not known, facts left out that do not matter unless there are no others."""
    missing = tuple([key for key in waits if type(key) is str])
    because = tuple([key for key in waits if type(key) is not str]) if len(missing) < len(waits) else ()
    if not idle.isdisjoint(missing):
        missing = tuple([name for name in missing if name not in idle]) or missing
    return made(Unknown, missing=missing, because=because)
