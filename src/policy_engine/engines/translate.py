"""A rule on columns under one choice of readings: one arm per node, as in `evaluate`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, Protocol

import ibis

from policy_engine.basics.values import Known
from policy_engine.deciding.outcome import FAILED, Status
from policy_engine.engines.codes import SAY
from policy_engine.engines.layers import Stages
from policy_engine.engines.ratios import minus, number
from policy_engine.engines.terms import (
    CALLS,
    ORDERED,
    Members,
    Refused,
    Term,
    arith,
    by_case,
    compare,
    contains,
    laid,
    settled,
    where,
)
from policy_engine.engines.truth import (
    TRUE,
    all_of,
    any_of,
    case,
    negation,
    unknown,
)
from policy_engine.engines.waiting import Waiting
from policy_engine.language import ir
from policy_engine.rulebook.bounds import TODAY
from policy_engine.rulebook.rule import Provision, Rule

Branches = list[tuple[Any, Any]]
Told = frozenset[tuple[str, str]]
"""Readings other than those chosen."""
NONE: Final[Told] = frozenset()


class Footing(Protocol):
    """What a rule stands on over a table, the same under every choice of readings."""

    rule: Rule
    as_of: dt.date
    date: Any
    today: Any
    stages: Stages
    formulas: tuple[Provision, ...]

    fixed: Mapping[str, Known]

    def fact(self, name: str, assuming: bool = True) -> Term:
        """A column of facts, or what its silence means; `assuming`: what is assumed of it too."""

    def asked(self, node: ir.Node) -> frozenset[str]:
        """The readings that bear on an expression."""

    def under(self, told: Told) -> Translation:
        """The rule under the readings chosen, but for those told."""


class Translation:
    """One rule under one choice of readings."""

    def __init__(self, footing: Footing, chosen: Mapping[str, str], told: Told = NONE, assuming: bool = True) -> None:
        self.assuming = assuming
        self.footing, self.chosen, self.told = footing, {**chosen, **dict(told)}, told
        self.let = footing.stages.let
        self.formulas: Mapping[str, Provision] = {p.id: p for p in footing.formulas}
        self._terms: dict[str, Term] = {}
        self._applies: dict[str, Any] = {}
        self._codes: dict[str, Any] = {}
        self._nodes: dict[int, tuple[ir.Node, Term]] = {}  # with the node: its number is its own as long as it is kept

    def narrowed(self, node: ir.Node) -> Translation:
        """The translation under those of the readings told that bear on an expression: it is the same under the others."""
        told = frozenset(pick for pick in self.told if pick[0] in self.footing.asked(node)) if self.told else self.told
        return self if told == self.told else self.footing.under(told)

    @cached_property
    def waiting(self) -> Waiting:
        """What expressions wait for, of all facts that may be given."""
        return Waiting(self, self.footing.rule.inputs.keys() - self.footing.fixed.keys())

    def name(self, name: str) -> Term:
        """What a name stands for."""
        if name not in self._terms:
            self._terms[name] = self._name(name)
        return self._terms[name]

    def _name(self, name: str) -> Term:
        readings = self.footing.rule.readings
        if name in ("as_of", TODAY):
            return self.footing.date if name == "as_of" else self.footing.today
        if name in readings:
            return ibis.literal(self.chosen.get(name, readings[name].default))
        if name not in self.formulas:
            return self.footing.fact(name, self.assuming)
        formula = self.formulas[name]
        value = laid(self.let, self.term(formula.value or ir.TRUE))
        return laid(self.let, where(self.applies(formula), value))

    def applies(self, p: Provision) -> Any:
        """Whether a provision applies."""
        if p.id not in self._applies:
            in_force = p.in_force(self.footing.as_of)
            self._applies[p.id] = self.let(self.flag(p.applies)) if in_force else ibis.literal(False)
        return self._applies[p.id]

    def code(self, p: Provision) -> Any:
        """The status of a check, as its code."""
        if p.id not in self._codes:
            self._codes[p.id] = self.let(self.chosen_by_status(p, SAY))
        return self._codes[p.id]

    def coded(self, p: Provision) -> bool:
        """Whether the code of a check is worked out."""
        return p.id in self._codes

    def chosen_by_status(self, p: Provision, say: Mapping[Status, Any]) -> Any:
        """What is to be said for the status a check has."""
        applies = self.applies(p)
        not_so, may_be = (negation(applies), say["not_applicable"]), (unknown(applies), say["undetermined"])
        judged = self._judged(p, p.require, say, say["undetermined"])
        if p.due is None:
            return case(not_so, may_be, *judged, otherwise=say[FAILED[p.force]])
        early = self.let(
            compare("<", self.footing.today, self.term(p.due)) if self.term(p.due) is not None else ibis.null("boolean")
        )
        before = case(*self._judged(p, p.early, say, say["pending"]), otherwise=say[FAILED[p.force]])
        after = case(*judged, otherwise=say[FAILED[p.force]])
        return case(not_so, may_be, (unknown(early), say["undetermined"]), (early, before), otherwise=after)

    def _judged(self, p: Provision, require: ir.Node | None, say: Mapping[Status, Any], open_: Any) -> Branches:
        """What is said where a requirement holds, and where that is not known."""
        if require is None:
            return [(TRUE, open_)]
        holds = self.let(self.flag(require))
        return [(holds, say["satisfied"]), (unknown(holds), open_)]

    # --- one arm per node, as in evaluate ----------------------------------------------------------------------------

    def term(self, node: ir.Node) -> Term:
        """An expression as a term, made once. Raises Refused."""
        if id(node) not in self._nodes:
            other = self.narrowed(node)
            self._nodes[id(node)] = node, self.made(node) if other is self else other.term(node)
        return self._nodes[id(node)][1]

    def made(self, node: ir.Node) -> Term:
        """An expression as a term, made anew. Raises Refused."""
        match node:
            case ir.Number(value=value):
                return number(value)
            case ir.Const(value=constant):
                return ibis.literal(constant)
            case ir.ListOf(items=items):
                return Members(dict.fromkeys(items, TRUE))
            case ir.Name(name=name):
                return self.name(name)
            case ir.Unsettled():
                return None
            case ir.Not(operand=x):
                return negation(self.flag(x))
            case ir.Neg(operand=x):
                return minus(*settled([self.term(x)]))
            case ir.Logic(op=op, left=a, right=b):
                return (all_of if op == "and" else any_of)([self._side(a, node), self._side(b, node)])
            case ir.Arith(op=op, left=a, right=b):
                left, right = self.term(a), self.term(b)
                if op[1:] in ("days", "months"):
                    return ibis.null("date") if left is None or right is None else arith(self.let, op, left, right)
                return arith(self.let, op, *settled((left, right)))
            case ir.Compare(op=op, left=a, right=b):
                return compare(op, *settled((self.term(a), self.term(b))))
            case ir.In(item=item, container=container):
                one, many = laid(self.let, self.term(item)), laid(self.let, self.term(container))
                return None if one is None or many is None else contains(many, one)
            case ir.Call():
                return self._call(node)
            case ir.Cases(branches=branches, otherwise=last, first=first):
                conditions, said = [self.flag(c) for c, _ in branches], [self.term(value) for _, value in branches]
                return by_case(self.let, conditions, said, self.term(last), first, node.keyed is not None)
            case _:
                raise Refused(type(node).__name__, type(node).__name__)

    def _side(self, node: ir.Node, whole: ir.Logic) -> Any:
        """A flag that is a part of another, as a column where fewer readings bear on it: it is the same under the rest."""
        return self.flag(node) if self.footing.asked(node) == self.footing.asked(whole) else self.let(self.flag(node))

    def flag(self, node: ir.Node) -> Any:
        """A flag; NULL where it is never settled."""
        found = self.term(node)
        return ibis.null("boolean") if found is None else found

    def _call(self, node: ir.Call) -> Term:
        order = node.args[0] if node.function in ORDERED else None
        found = [laid(self.let, self.term(arg)) for arg in node.args[0 if order is None else 1 :]]
        if any(term is None for term in found):  # never settled, so neither is what is made of it
            return None
        if isinstance(order, ir.ListOf):
            return ORDERED[node.function](order.items, *found)
        if node.function not in CALLS:
            raise Refused(f"the function {node.function}", f"函数 {node.function}")
        return CALLS[node.function](self.let, *([] if node.calendar is None else [node.calendar]), *found)
