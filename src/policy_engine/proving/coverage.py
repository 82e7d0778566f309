"""Which statuses, bounds and cases of each provision the scenarios exercise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import Unknown
from policy_engine.deciding.decide import as_least, status_of
from policy_engine.deciding.facts import read_facts
from policy_engine.deciding.outcome import FAILED
from policy_engine.deciding.outline import depends_on
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.unparse import unparse
from policy_engine.language import ir
from policy_engine.proving.cases import Case
from policy_engine.rulebook.rule import Provision, Rule
from policy_engine.rulefiles.rulebook import Rulebook

NOT_HELD = frozenset(FAILED.values()) - {"not_applicable"}


@dataclass
class Covered:
    """What scenarios exercise of one provision, and what they should."""

    decision: str
    provision: Provision
    wanted: tuple[str, ...]
    seen: set[str] = field(default_factory=set)

    @property
    def lacking(self) -> tuple[str, ...]:
        """What no scenario exercises."""
        return tuple(want for want in self.wanted if want not in self.seen)


def coverage(book: Rulebook, cases: Sequence[Case], today: dt.date) -> list[Covered]:
    """Every provision of every decision with what its scenarios exercise."""
    found: list[Covered] = []
    for rule in book.rules():
        formulas = {p.id: p for p in rule.provisions if p.is_formula}
        never = never_settled(rule)
        asked = {name for name, entry in rule.inputs.items() if entry.assume is None}
        rows = {
            id(p): Covered(rule.decision, p, wanted(p, not depends_on(p.names, formulas).isdisjoint(asked), never))
            for p in rule.provisions
        }
        for case in cases:
            if case.decision == rule.decision and case.entries is None:
                _exercise(rule, case, today, rows)
        found += rows.values()
    return found


def wanted(p: Provision, asks: bool, never: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """What scenarios have to exercise of a provision; one that asks for no fact is never undetermined.

    `never` are the formulas that the text never settles: `A or B` with such a B never fails, `A and B` never holds.
    """
    if p.unsettled is not None or p.id in never:
        return ("undetermined",)
    open_end = ("undetermined",) if asks else ()
    if p.value is not None:
        cases = _branches(p.value)
        return (*(f"case {i + 1}" for i in range(cases)), *open_end) if cases > 1 else ("determined", *open_end)
    not_held = "not applicable" if p.force == "option" else "not satisfied"
    bounds = tuple(f"bound {unparse(node)}" for node in _bounds(p.require))
    pending = ("pending",) if p.due else ()
    left_open = open_part(p, never)
    held = [s for s, op in (("satisfied", "and"), (not_held, "or")) if op != left_open]
    return (*held, *open_end, *pending, *bounds)


def never_settled(rule: Rule) -> frozenset[str]:
    """The formulas whose only case the text leaves open: they never have a value."""
    return frozenset(
        p.id
        for p in rule.provisions
        if isinstance(p.value, ir.Cases) and not p.value.branches and isinstance(p.value.otherwise, ir.Unsettled)
    )


def open_part(p: Provision, never: frozenset[str]) -> str:
    """How a check rests on a formula never settled: `or` (it never fails), `and` (it never holds), or not at all."""
    rests = isinstance(p.require, ir.Logic) and not never.isdisjoint(ir.names(p.require))
    return p.require.op if isinstance(p.require, ir.Logic) and rests else ""


def _branches(node: ir.Node) -> int:
    return len(node.branches) + (not isinstance(node.otherwise, ir.Unsettled)) if isinstance(node, ir.Cases) else 1


def _bounds(node: ir.Node | None) -> list[ir.Compare]:
    """The comparisons of numbers or dates that have an order."""
    parts = ir.walk(node) if node is not None else ()
    return [part for part in parts if isinstance(part, ir.Compare) and part.op in ("<", "<=", ">", ">=")]


def _exercise(rule: Rule, case: Case, today: dt.date, rows: dict[int, Covered]) -> None:
    try:
        facts = read_facts(rule, case.facts)
    except PolicyError:
        return
    day = case.as_of or today
    least, facts = as_least(rule, facts, day)
    situation = Situation(least, facts.given, day, case.readings)
    owners = {p.id: p for p in rule.at(day)}
    for p in situation.provisions:
        own = owners.get(p.origin.id if p.origin else p.id)
        if own is None:
            continue  # a formula of a row: what is made of it is seen
        if p.is_formula:
            rows[id(own)].seen |= set(_seen_formula(p, situation))
        else:
            rows[id(own)].seen |= set(_seen_check(p, situation, own, facts.not_yet))


def _seen_check(p: Provision, situation: Situation, own: Provision, not_yet: frozenset[str]) -> Iterable[str]:
    status = status_of(p, situation)
    yield "not satisfied" if status in NOT_HELD else status.replace("_", " ")
    if situation.applies(p) is True:
        for node in (n for n in _bounds(own.require) if not_yet.isdisjoint(ir.names(n))):
            left, right = situation.of(node.left), situation.of(node.right)
            if isinstance(left, Fraction | dt.date) and left == right:
                yield f"bound {unparse(node)}"


def _seen_formula(p: Provision, situation: Situation) -> Iterable[str]:
    if situation.applies(p) is False or p.value is None:
        return
    value = situation.of(p.value)
    yield "undetermined" if isinstance(value, Unknown) else "determined"
    if isinstance(p.value, ir.Cases):
        conditions = [situation.of(condition) for condition, _ in p.value.branches]
        for i, holds in enumerate(conditions):
            if holds is True:
                yield f"case {i + 1}"
                if p.value.first:
                    return
        if all(holds is False for holds in conditions):
            yield f"case {len(conditions) + 1}"
