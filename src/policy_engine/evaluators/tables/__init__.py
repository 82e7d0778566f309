"""A rule as table expressions: the same tree, translated to Ibis, run where the rows are.

Numbers are whole numbers with a denominator known beforehand: a column of two decimals is counted in hundredths, and
sides are cross-multiplied, so that nothing is divided and nothing rounded. NULL is a fact not given. What an engine
cannot do exactly is refused by name (`Refused`), never approximated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import ibis

from policy_engine import ir
from policy_engine.evaluators.tables.flags import (
    Let,
    all_of,
    any_of,
    both,
    case,
    constant,
    differ,
    is_constant,
    known,
    negation,
    surely,
)
from policy_engine.evaluators.tables.ratios import Ratio, floor, minus, number
from policy_engine.evaluators.tables.stages import Stages
from policy_engine.evaluators.tables.terms import (
    CALLS,
    ORDERED,
    SEPARATOR,
    Members,
    Refused,
    Term,
    absent,
    arith,
    by_case,
    coalesced,
    column,
    compare,
    contains,
    laid,
    members,
    options_kept,
    where,
)
from policy_engine.outcome import Status
from policy_engine.rule import Input, Provision, Rule
from policy_engine.values import Known
from policy_engine.world import choices, depends_on

__all__ = ["Plan", "Refused", "plan"]

OUTCOME, CONTESTED, STATUS, BY, REFUSED = "outcome", "contested", "status", "by", "refused"
FAILED: Final[Mapping[ir.Force, Status]] = {
    "binding": "violated", "ordinary": "departed", "target": "missed", "option": "not_applicable",
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What to select for a rule.

    `table` has the columns kept, `outcome`, `contested`; `<id>.status` for each check, and `<id>.contested` where a
    reading bears on it; each formula under its id. A number stands there as a whole number over `unders[id]`, and over
    `<id>.by` too where it comes from a division by a column. `refused` names what is wrong with a row whose facts are
    not possible (an input out of its bounds, or facts that contradict each other); the rest then means nothing.
    """

    table: Any
    unders: Mapping[str, int]


def plan(
    rule: Rule,
    table: Any,
    as_of: dt.date,
    chosen: Mapping[str, str] | None = None,
    keep: Iterable[str] = (),
    columns: Mapping[str, str] | None = None,
) -> Plan:
    """The findings of a rule over a table; `columns` says which column gives an input, else the one of its name.

    Raises:
        Refused: a column or an expression cannot be read exactly.
    """
    given = {name: name for name in rule.inputs if name in table.columns} if columns is None else columns
    worlds = _Worlds(rule, table, as_of, dict(chosen or {}), given)
    shown: dict[str, Any] = {OUTCOME: worlds.outcome({}), CONTESTED: worlds.contested_outcome()}
    for p in worlds.checks:
        shown[f"{p.id}.{STATUS}"] = worlds.status(p, {})
        contested = worlds.contested(p)
        if contested is not None:
            shown[f"{p.id}.{CONTESTED}"] = contested
    unders = {}
    for p in worlds.formulas:
        term = worlds.value(p, {})
        shown[p.id] = _shown(term)
        if isinstance(term, Ratio) and term.by is not None:
            shown[f"{p.id}.{BY}"] = term.by
        unders[p.id] = term.under if isinstance(term, Ratio) else 1
    shown[REFUSED] = worlds.refused()
    return Plan(worlds.stages.table(shown, keep), unders)


def _shown(term: Term) -> Any:
    if term is None:
        return ibis.null("string")
    if isinstance(term, Ratio):
        return term.over
    if isinstance(term, Members):
        text = ibis.literal("")
        for option, has in sorted(term.has.items()):
            text = text + case((has, ibis.literal(SEPARATOR + option)), otherwise=ibis.literal(""))
        return case((all_of([known(has) for has in term.has.values()]), text.substr(1)), otherwise=ibis.null("string"))
    return term


class _Worlds:
    """A table under every choice of readings; each provision is translated once for the choices it can tell apart."""

    def __init__(
        self, rule: Rule, table: Any, as_of: dt.date, chosen: Mapping[str, str], columns: Mapping[str, str]
    ) -> None:
        self.rule, self.as_of, self.chosen, self.columns = rule, as_of, chosen, columns
        self.stages = Stages(table)
        self.choices = choices(rule, chosen)
        self.provisions = rule.at(as_of)
        self.checks = tuple(p for p in self.provisions if not p.is_formula)
        self.formulas = tuple(p for p in self.provisions if p.is_formula)
        by_name = {p.id: p for p in self.formulas}
        self._used = {id(p): depends_on(p.names, by_name) & frozenset(rule.readings) for p in self.provisions}
        self._facts: dict[str, Term] = {}
        self._translations: dict[frozenset[tuple[str, str]], _Translation] = {}

    def fact(self, name: str) -> Term:
        """A column of facts, or its default, the same in every world."""
        if name not in self._facts:
            self._facts[name] = laid(self.stages.let, self._fact(self.rule.inputs[name]))
        return self._facts[name]

    def _fact(self, entry: Input) -> Term:
        default = None if entry.default is None else _literal(entry.default)
        if entry.name not in self.columns:
            return absent(entry.type.kind, entry.type.options) if default is None else default
        found = column(self.stages.given(self.columns[entry.name]), entry.name, entry.type.kind)
        if entry.type.kind != "set":
            return found if default is None else coalesced(found, default)
        if isinstance(entry.default, frozenset):
            found = found.coalesce(SEPARATOR.join(sorted(entry.default)))
        return members(found, entry.type.options)

    def refused(self) -> Any:
        """What is wrong with the facts of a row, the first thing; NULL where they are possible."""
        wrong: list[tuple[Any, Any]] = []
        for name, source in self.columns.items():
            entry, term = self.rule.inputs[name], self.fact(name)
            kept = [compare(bound.relation, term, _literal(bound.value)) for bound in entry.bounds]
            if isinstance(term, Ratio) and entry.type.integer and term.under > 1:
                kept.append(compare("==", floor(self.stages.let, term), term))
            if entry.type.options:
                kept.append(options_kept(self.stages.given(source), entry.type.options, entry.type.kind))
            wrong += [(negation(surely(flag, True)), ibis.literal(name)) for flag in kept]
        world = _Translation(self, self.chosen)
        for must, text in zip(self.rule.facts_must, self.rule.facts_must_text, strict=True):
            wrong.append((negation(surely(world.term(must), True)), ibis.literal(text)))
        return case(*wrong, otherwise=ibis.null("string"))

    def _world(self, p: Provision, choice: Mapping[str, str]) -> _Translation:
        told = frozenset(pick for pick in choice.items() if pick[0] in self._used[id(p)])
        if told not in self._translations:
            self._translations[told] = _Translation(self, {**self.chosen, **dict(told)})
        return self._translations[told]

    def status(self, p: Provision, choice: Mapping[str, str]) -> Any:
        """The status of a check under a choice."""
        return self._world(p, choice).status(p)

    def value(self, p: Provision, choice: Mapping[str, str]) -> Term:
        """The value of a formula under a choice."""
        return self._world(p, choice).name(p.id)

    def contested(self, p: Provision) -> Any:
        """Whether another reading gives a check another status; None where no reading can."""
        base = self.status(p, {})
        others = [self.status(p, choice) for choice in self.choices if self._used[id(p)].issuperset(choice)]
        differing = {other.op(): other for other in others if not other.equals(base)}
        return any_of([differ(other, base) for other in differing.values()]) if differing else None

    def contested_outcome(self) -> Any:
        """Whether another reading gives another outcome."""
        base = self.outcome({})
        others = [self.outcome(choice) for choice in self.choices]
        return any_of([differ(other, base) for other in {o.op(): o for o in others if not o.equals(base)}.values()])

    def outcome(self, choice: Mapping[str, str]) -> Any:
        """What all statuses and values say together under a choice, as `explain` says it."""
        statuses = [self.status(p, choice) for p in self.checks]
        let = self.stages.let

        def some(*names: Status) -> Any:
            return any_of([_among(let, status, names) for status in statuses])

        counts, lacking = [], []
        for p in self.formulas:
            applies = let(surely(self._world(p, choice).applies(p), True))
            counts.append(applies)
            lacking.append(let(both(applies, _unknown(self.value(p, choice)))))
        other = any_of([*counts, *(let(differ(status, ibis.literal("not_applicable"))) for status in statuses)])
        words = {name: ibis.literal(name) for name in ("non_compliant", "undetermined", "compliant")}
        return let(
            case((some("violated"), words["non_compliant"]),
                 (any_of([some("undetermined"), *lacking]), words["undetermined"]),
                 (some("departed", "missed"), ibis.literal("compliant_with_departures")),
                 (other, words["compliant"]), otherwise=ibis.literal("not_applicable"))
        )  # fmt: skip


def _among(let: Let, status: Any, names: Sequence[Status]) -> Any:
    return ibis.literal(constant(status) in names) if is_constant(status) else let(status.isin(names))


def _unknown(term: Term) -> Any:
    if term is None:
        return ibis.literal(True)
    if isinstance(term, Members):
        return negation(all_of([known(has) for has in term.has.values()]))
    return negation(known(term.over if isinstance(term, Ratio) else term))


def _literal(value: Known) -> Term:
    if isinstance(value, Fraction):
        return number(value)
    if isinstance(value, frozenset):
        return Members({option: ibis.literal(True) for option in value})
    return ibis.literal(value)


class _Translation:
    """One rule under one choice of readings."""

    def __init__(self, worlds: _Worlds, chosen: Mapping[str, str]) -> None:
        self.worlds, self.chosen, self.let = worlds, chosen, worlds.stages.let
        self.formulas = {p.id: p for p in worlds.formulas}
        self._terms: dict[str, Term] = {}
        self._applies: dict[str, Any] = {}
        self._statuses: dict[str, Any] = {}

    def name(self, name: str) -> Term:
        """What a name stands for."""
        if name not in self._terms:
            self._terms[name] = self._name(name)
        return self._terms[name]

    def _name(self, name: str) -> Term:
        readings = self.worlds.rule.readings
        if name == "as_of":
            return ibis.literal(self.worlds.as_of)
        if name in readings:
            return ibis.literal(self.chosen.get(name, readings[name].default))
        if name not in self.formulas:
            return self.worlds.fact(name)
        formula = self.formulas[name]
        value = self.term(formula.value or ir.TRUE)
        return laid(self.let, where(self.applies(formula), laid(self.let, value)))

    def applies(self, p: Provision) -> Any:
        """Whether a provision applies."""
        if p.id not in self._applies:
            in_force = p.in_force(self.worlds.as_of)
            self._applies[p.id] = self.let(self.term(p.applies)) if in_force else ibis.literal(False)
        return self._applies[p.id]

    def status(self, p: Provision) -> Any:
        """The status of a check, as text."""
        if p.id not in self._statuses:
            self._statuses[p.id] = self.let(self._status(p))
        return self._statuses[p.id]

    def _status(self, p: Provision) -> Any:
        say = {name: ibis.literal(name) for name in ("not_applicable", "undetermined", "pending", "satisfied")}
        applies = self.applies(p)
        not_so, may_be = (negation(applies), say["not_applicable"]), (negation(known(applies)), say["undetermined"])
        if p.require is None:
            return case(not_so, otherwise=say["undetermined"])
        if p.due is not None and self.worlds.as_of < p.due:
            return case(not_so, may_be, otherwise=say["pending"])
        holds = self.let(self.term(p.require))
        return case(
            not_so, may_be, (holds, say["satisfied"]), (negation(holds), ibis.literal(FAILED[p.force])),
            otherwise=say["undetermined"],
        )  # fmt: skip

    # --- one arm per node, as in evaluate ----------------------------------------------------------------------------

    def term(self, node: ir.Node) -> Term:
        """An expression as a term. Raises Refused."""
        match node:
            case ir.Number(value=value):
                return number(value)
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
                return minus(self.term(x))
            case ir.Logic(op=op, left=a, right=b):
                return all_of([self.term(a), self.term(b)]) if op == "and" else any_of([self.term(a), self.term(b)])
            case ir.Arith(op=op, left=a, right=b):
                return arith(self.let, op, self.term(a), self.term(b), b)
            case ir.Compare(op=op, left=a, right=b):
                return compare(op, self.term(a), self.term(b))
            case ir.In(item=item, container=container):
                return contains(laid(self.let, self.term(container)), laid(self.let, self.term(item)))
            case ir.Call():
                return self._call(node)
            case ir.Cases(branches=branches, otherwise=last, first=first):
                conditions = [self.term(condition) for condition, _ in branches]
                return by_case(self.let, conditions, [self.term(v) for _, v in branches], self.term(last), first)
            case _:
                raise Refused(type(node).__name__, type(node).__name__)

    def _call(self, node: ir.Call) -> Term:
        if node.function in ORDERED:
            order = node.args[0]
            assert isinstance(order, ir.ListOf)
            return ORDERED[node.function](order.items, *(laid(self.let, self.term(arg)) for arg in node.args[1:]))
        if node.function not in CALLS:
            raise Refused(f"the function {node.function}", f"函数 {node.function}")
        return CALLS[node.function](self.let, *(laid(self.let, self.term(arg)) for arg in node.args))
