"""A rule as table expressions: the same tree, translated to Ibis, run where the rows are.

Numbers are integers of up to 38 digits with a denominator known beforehand: a column of two decimals is counted in
hundredths, and sides are cross-multiplied, so that nothing is divided and nothing rounded. NULL is a fact not given.
What an engine cannot do exactly is refused by name (`Refused`), never approximated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import ibis

from policy_engine import ir
from policy_engine.evaluators.tables.terms import (
    CALLS,
    ORDERED,
    Members,
    Ratio,
    Refused,
    Term,
    all_of,
    any_of,
    arith,
    coalesced,
    column,
    compare,
    contains,
    first_case,
    members,
    members_by_case,
    negation,
    only_case,
    same_kind,
    unknown,
    where,
    whole,
)  # fmt: skip
from policy_engine.outcome import Status
from policy_engine.rule import Provision, Rule
from policy_engine.values import Known
from policy_engine.world import choices, depends_on

__all__ = ["Plan", "Refused", "Translation", "plan"]

FAILED: Final[Mapping[ir.Force, Status]] = {
    "binding": "violated", "ordinary": "departed", "target": "missed", "option": "not_applicable",
}  # fmt: skip


class Translation:
    """One rule as of a date under one choice of readings, over one table."""

    def __init__(self, rule: Rule, table: Any, as_of: dt.date, chosen: Mapping[str, str]) -> None:
        self.rule, self.table, self.as_of, self.chosen = rule, table, as_of, chosen
        self.provisions = rule.at(as_of)
        self.formulas = {p.id: p for p in self.provisions if p.is_formula}
        self._terms: dict[str, Term] = {}

    def name(self, name: str) -> Term:
        """What a name stands for."""
        if name not in self._terms:
            self._terms[name] = self._name(name)
        return self._terms[name]

    def _name(self, name: str) -> Term:
        if name == "as_of":
            return ibis.literal(self.as_of)
        if name in self.rule.readings:
            return ibis.literal(self.chosen.get(name, self.rule.readings[name].default))
        if name in self.formulas:
            return self.value(self.formulas[name])
        entry = self.rule.inputs[name]
        kind = entry.type.kind
        if name not in self.table.columns:
            default = entry.default
            return unknown(kind, entry.type.options) if default is None else self._known(default)
        if kind == "set":
            found = self.table[name]
            if entry.default is not None:
                found = found.coalesce(";".join(sorted(entry.default)))  # type: ignore[arg-type]
            return members(found, entry.type.options)
        term = column(self.table, name, kind)
        return term if entry.default is None else coalesced(term, self._known(entry.default))

    def _known(self, value: Known) -> Term:
        if isinstance(value, Fraction):
            return Ratio(whole(value.numerator), value.denominator)
        if isinstance(value, frozenset):
            return Members({option: ibis.literal(True) for option in value})
        return ibis.literal(value)

    def value(self, p: Provision) -> Term:
        """The value of a formula; NULL where it does not apply or is not determined."""
        term = self.term(p.value or ir.TRUE)
        if not p.in_force(self.as_of):
            return where(ibis.literal(False), term)
        return term if p.applies == ir.TRUE else where(self.term(p.applies), term)

    def status(self, p: Provision) -> Any:
        """The status of a check, as text."""
        if not p.in_force(self.as_of):
            return ibis.literal("not_applicable")
        applies = self.term(p.applies)
        if p.require is None:
            return ibis.cases((applies.fill_null(True), "undetermined"), else_="not_applicable")
        if p.due is not None and self.as_of < p.due:
            return ibis.cases((applies, "pending"), (applies.isnull(), "undetermined"), else_="not_applicable")
        holds = self.term(p.require)
        return ibis.cases(
            (negation(applies), "not_applicable"), (applies.isnull() | holds.isnull(), "undetermined"), (holds, "satisfied"),
            else_=FAILED[p.force],
        )  # fmt: skip

    def applies(self, p: Provision) -> Any:
        """Whether a provision applies."""
        return self.term(p.applies) if p.in_force(self.as_of) else ibis.literal(False)

    # --- one arm per node, as in evaluate ------------------------------------------------------------------------

    def term(self, node: ir.Node) -> Term:
        """An expression as a term. Raises Refused."""
        match node:
            case ir.Number(value=value):
                return Ratio(whole(value.numerator), value.denominator)
            case ir.Const(value=constant):
                return ibis.literal(constant)
            case ir.ListOf(items=items):
                return Members({item: ibis.literal(True) for item in items})
            case ir.Name(name=name):
                return self.name(name)
            case ir.Unsettled():
                return None
            case ir.Not(operand=x):
                return negation(self.term(x))
            case ir.Neg(operand=x):
                inner = self.term(x)
                return Ratio(-inner.over, inner.under)
            case ir.Logic(op=op, left=a, right=b):
                left, right = self.term(a), self.term(b)
                return left & right if op == "and" else left | right
            case ir.Arith(op=op, left=a, right=b):
                return arith(op, self.term(a), self.term(b), b)
            case ir.Compare(op=op, left=a, right=b):
                return compare(op, self.term(a), self.term(b))
            case ir.In(item=item, container=container):
                return contains(self.term(container), self.term(item))
            case ir.Call():
                return self._call(node)
            case ir.Cases():
                return self._cases(node)
            case _:
                raise Refused(type(node).__name__, type(node).__name__)

    def _call(self, node: ir.Call) -> Term:
        if node.function in ORDERED:
            order = node.args[0]
            assert isinstance(order, ir.ListOf)
            return ORDERED[node.function](order.items, *(self.term(arg) for arg in node.args[1:]))
        if node.function not in CALLS:
            raise Refused(f"the function {node.function}", f"函数 {node.function}")
        return CALLS[node.function](*(self.term(arg) for arg in node.args))

    def _cases(self, node: ir.Cases) -> Term:
        conditions = [self.term(condition) for condition, _ in node.branches]
        values = [self.term(value) for _, value in node.branches]
        last = self.term(node.otherwise)
        alike = same_kind([*values, last])
        if alike is None:
            return None
        values, last = alike[:-1], alike[-1]
        if isinstance(last, Members):
            return members_by_case(conditions, values, last, node.first)
        under = last.under if isinstance(last, Ratio) else 0
        plain = [v.over if isinstance(v, Ratio) else v for v in values]
        rest = last.over if isinstance(last, Ratio) else last
        found = (first_case if node.first else only_case)(conditions, plain, rest)
        return Ratio(found, under) if under else found


@dataclass(frozen=True)
class Plan:
    """The expressions for a rule over a table: statuses, values over their denominators, contestedness, outcome."""

    statuses: Mapping[str, Any]
    values: Mapping[str, Any]
    unders: Mapping[str, int]
    contested: Mapping[str, Any]
    outcome: Any


def plan(rule: Rule, table: Any, as_of: dt.date, chosen: Mapping[str, str] | None = None) -> Plan:
    """What to select from a table whose columns are inputs of a rule. Raises Refused."""
    chosen = dict(chosen or {})
    base = Translation(rule, table, as_of, chosen)
    checks = [p for p in base.provisions if not p.is_formula]
    statuses = {p.id: base.status(p) for p in checks}
    values: dict[str, Any] = {}
    unders: dict[str, int] = {}
    for p in base.formulas.values():
        term = base.name(p.id)
        values[p.id] = _shown(term)
        unders[p.id] = term.under if isinstance(term, Ratio) else 1
    worlds = [(c, Translation(rule, table, as_of, {**chosen, **c})) for c in choices(rule, chosen)]
    contested = {p.id: _contested(p, statuses[p.id], base, worlds) for p in checks}
    return Plan(statuses, values, unders, contested, _outcome(statuses, base, values))


def _shown(term: Term) -> Any:
    if term is None:
        return ibis.null("string")
    if isinstance(term, Ratio):
        return term.over
    if isinstance(term, Members):
        named = [ibis.cases((has, f";{option}"), else_="") for option, has in sorted(term.has.items())]
        text = named[0]
        for part in named[1:]:
            text = text + part
        return ibis.cases((all_of([h.notnull() for h in term.has.values()]), text), else_=ibis.null("string"))
    return term


def _contested(p: Provision, status: Any, base: Translation, worlds: list[tuple[dict[str, str], Translation]]) -> Any:
    used = depends_on(p.names, base.formulas)
    return any_of([world.status(p) != status for choice, world in worlds if used.issuperset(choice)])


def _outcome(statuses: Mapping[str, Any], base: Translation, values: Mapping[str, Any]) -> Any:
    """What all statuses and values say together, as explain's `outcome_of`."""

    def some(*names: Status) -> Any:
        return any_of([status.isin(list(names)) for status in statuses.values()])

    counts = {name: base.applies(base.formulas[name]).fill_null(True) for name in values}
    open_value = any_of([counts[name] & value.isnull() for name, value in values.items()])
    other = any_of([*counts.values(), *(status != "not_applicable" for status in statuses.values())])
    return ibis.cases(
        (some("violated"), "non_compliant"), (some("undetermined") | open_value, "undetermined"),
        (some("departed", "missed"), "compliant_with_departures"), (other, "compliant"), else_="not_applicable",
    )  # fmt: skip
