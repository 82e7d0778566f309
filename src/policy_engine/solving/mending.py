"""What mends a check where no fact at its nearest value does: one fact or two at once, by as little as can be, found by the solvers.

What a change amounts to: a number counts the part of itself it changes by (of one, where it is 0), a date the part of a year, a set its
members, and anything else one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Final

from policy_engine.basics.values import Known
from policy_engine.deciding.decide import Verdict, contradicted
from policy_engine.deciding.facts import Facts, within
from policy_engine.deciding.outcome import FAILED
from policy_engine.explaining.remedy import Remedy
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Provision, Rule
from policy_engine.solving.formula import FALSE, Script, and_, as_number, ite, not_, number
from policy_engine.solving.solvers import Solvers
from policy_engine.solving.sym import Unheld, real
from policy_engine.solving.terms import Codes
from policy_engine.solving.world import FIRST, LAST, World, expressions

YEAR: Final = 365
NEAR: Final = Fraction(1, 100)
"""The least change is told apart to so much of itself."""
STEPS: Final = 20
FINER: Final = 6
"""A value is tried a unit beyond a bound, a tenth of one, and so on, so many times."""


@dataclass(frozen=True)
class Mend:
    """New values of one fact or two, verified by the interpreter; what the change amounts to, and a bound that both solvers put below it."""

    values: Mapping[str, Known]
    amounts: Fraction
    least: Fraction


def amounts_to(old: Known, new: Known) -> Fraction:
    """What one change amounts to."""
    if old == new:
        return Fraction(0)
    if isinstance(old, bool | str) or isinstance(new, bool | str):
        return Fraction(1)
    if isinstance(old, frozenset) and isinstance(new, frozenset):
        return Fraction(len(old ^ new))
    if isinstance(old, dt.date) and isinstance(new, dt.date):
        return Fraction(abs((new - old).days), YEAR)
    assert isinstance(old, Fraction)
    assert isinstance(new, Fraction)
    return abs(new - old) / _size(old)


def _unit(entry: Input) -> Fraction:
    """The step in which people write a number."""
    if entry.type_name == "share":
        return Fraction(1, 10_000)
    return Fraction(1) if entry.type.integer or entry.type.unit else Fraction(1, 100)


def _size(old: Fraction) -> Fraction:
    return abs(old) or Fraction(1)


class Mending:
    """A case whose facts may change, two at most at a time. Raises Unheld where it is not put to the solvers."""

    def __init__(self, rule: Rule, facts: Facts, as_of: dt.date, chosen: Mapping[str, str], solvers: Solvers) -> None:
        self.rule, self.facts, self.as_of, self.chosen, self.solvers = rule, facts, as_of, chosen, solvers
        if any(isinstance(value, dt.date) and not FIRST <= value <= LAST for value in facts.given.values()):
            raise Unheld(f"a date before {FIRST} or after {LAST}")
        self.now = Verdict(rule, facts, as_of, chosen)
        self.failing = {p.id for p in self.now.checks if self.now.status(p) == FAILED[p.force] and p.force != "option"}

    def _free(self, p: Provision, world: World) -> list[str]:
        """The facts that bear on a check, or on another that such a fact may break, and that anybody can change."""
        past = {n for n, v in self.facts.given.items() if isinstance(v, dt.date) and v < self.as_of}
        some = [n for n, e in self.rule.inputs.items()
                if n in self.facts.given and not e.given and n not in past and e.type.kind not in ("text", "code")]  # fmt: skip
        mine = world.uses[p.id].intersection(some)
        beside = (world.uses[q.id] for q in world.checks if q.force != "option" and world.uses[q.id] & mine)
        uses = mine.union(*beside) if mine else mine
        return [n for n in some if n in uses]

    def least(self, p: Provision) -> Mend | None:
        """The least change of two facts at most that mends a check and breaks no other; None where there is none or none is found."""
        due = None if p.due is None else self.now.base.of(p.due)
        if isinstance(due, dt.date) and due < self.as_of:  # what was due is not mended any more
            return None
        codes = {value for value in self.facts.given.values() if isinstance(value, str)}
        script = Script()
        world = World(
            self.rule, script, Codes(codes), {}, day=str(self.as_of.toordinal()), picks=self.chosen, version=self.as_of
        )
        free = self._free(p, world)
        if not free:
            return None
        own = next(q for q in world.checks if q.id == p.id)  # that of a case whose totals may grow is another
        claims = [world.said(own)["satisfied"], world.possible()]
        others = [q for q in world.checks if q.id != p.id and q.id not in self.failing and q.force != "option"]
        claims += [not_(world.said(other)["failed"]) for other in others]
        fixed = [n for n in self.rule.inputs if n not in free]
        script.holds(world.told(self.facts, fixed))
        costs = [self._cost(world, name) for name in free]
        same = [world.told(self.facts, [name]) for name in free]
        script.holds(f"(<= (+ 0 {' '.join(ite(one, '0', '1') for one in same)}) 2)")
        script.holds(and_(*claims))
        cost = script.let(f"(+ 0.0 {' '.join(costs)})", "Real", 1)
        self.solvers.begin(script)
        return self._lessened(p, world, free, cost)

    def _cost(self, world: World, name: str) -> str:
        """What the change of a fact amounts to, as a term; it stays given."""
        fact, old = world.fact(name), self.facts.given[name]
        world.script.holds(and_(fact.given, not_(fact.not_yet)) if fact.not_yet != FALSE else fact.given)
        if isinstance(old, frozenset):
            parts = [
                ite(member, "0.0" if o in old else "1.0", "1.0" if o in old else "0.0")
                for o, member in fact.members.items()
            ]
            return f"(+ {' '.join(parts)} 0.0)"
        if isinstance(old, bool | str):
            return ite(world.told(self.facts, [name]), "0.0", "1.0")
        whole = isinstance(old, dt.date) or fact.entry.type.integer
        here = Fraction(old.toordinal()) if isinstance(old, dt.date) else old
        size = Fraction(YEAR) if isinstance(old, dt.date) else _size(here)
        value = real(fact.value, "Int") if whole else fact.value
        apart = world.script.let(f"(- {value} {number(here, 'Real')})", "Real")
        return f"(* {number(1 / size, 'Real')} (ite (>= {apart} 0.0) {apart} (- {apart})))"

    def _lessened(self, p: Provision, world: World, free: list[str], cost: str) -> Mend | None:
        wanted = [v for name in free for v in world.fact(name).asked]
        answer, values = self.solvers.case([], [*wanted, cost])
        found: Mend | None = None
        low, high = Fraction(0), as_number(values.get(cost, ""))
        for _ in range(STEPS):
            if answer != "sat" or high is None:
                break
            better = self._rounded(p, world.facts(values), free)
            found = min((one for one in (found, better) if one is not None), key=lambda one: one.amounts, default=None)
            if high - low <= NEAR * high:
                break
            middle = (low + high) / 2
            answer, closer = self.solvers.case([f"(<= {cost} {number(middle, 'Real')})"], [*wanted, cost])
            if answer == "unsat":
                low, answer = middle, "sat"
            elif answer == "sat":
                values, high = closer, as_number(closer.get(cost, ""))
        return found and replace(found, least=low)

    def _rounded(self, p: Provision, there: Facts, free: list[str]) -> Mend | None:
        """The values of an answer in whole units, as near as can be, decided again; as they are only where whole units do not do."""
        moved = [n for n in free if n in there.given and there.given[n] != self.facts.given[n]]
        every = list(product(*(self._near(name, there.given[name]) for name in moved)))
        exact = tuple(there.given[name] for name in moved)
        mends = [Mend(values, self._amounts(values), Fraction(0)) for some in every
                 if self._mends(p, values := dict(zip(moved, some, strict=True)))]  # fmt: skip
        if not mends and self._mends(p, values := dict(zip(moved, exact, strict=True))):
            return Mend(values, self._amounts(values), Fraction(0))
        return min(mends, key=lambda one: one.amounts, default=None)

    def _amounts(self, values: Mapping[str, Known]) -> Fraction:
        return sum((amounts_to(self.facts.given[n], v) for n, v in values.items()), Fraction(0))

    def _near(self, name: str, value: Known) -> list[Known]:
        """A value, or of a number the whole units beside it."""
        entry = self.rule.inputs[name]
        if not isinstance(value, Fraction):
            return [value]
        unit = _unit(entry)
        below = value // unit * unit
        return [value] if below == value else [below, below + unit]

    def _mends(self, p: Provision, values: Mapping[str, Known]) -> bool:
        """Whether a check is satisfied with some values, and no other is broken by them."""
        return self._satisfies(p, values) and not self._broken(self._with(values))

    def _satisfies(self, p: Provision, values: Mapping[str, Known]) -> bool:
        if not all(within(self.rule.inputs[n], v) for n, v in values.items()):
            return False
        verdict = self._with(values)
        return not contradicted(verdict.base) and self._state(p, verdict) == "satisfied"

    def breaks(self, p: Provision, remedy: Remedy) -> frozenset[str]:
        """The checks that a remedy breaks at its nearest value, of those that were not broken before; none where a value so near breaks none."""
        found = [self._broken(self._with({remedy.input: value})) for value in self._at(p, remedy)]
        return frozenset[str]().union(*found) if all(found) else frozenset()

    def _at(self, p: Provision, remedy: Remedy) -> list[Known]:
        """The nearest value of a remedy, or each option; a unit beyond one that is only approached, and ever less; instead of one code any other that is named."""
        name, value = remedy.input, remedy.value
        if isinstance(value, str) and remedy.relation == "!=":
            named = {n.value for node in expressions(self.rule) for n in ir.walk(node) if isinstance(n, ir.Const)}
            others = [*sorted(text for text in named if isinstance(text, str) and text != value), f"{value}0"]
            return [code for code in others if self._satisfies(p, {name: code})]
        if remedy.relation not in ("<", ">") or not isinstance(value, Fraction):
            return list(remedy.options) or [value]
        unit = _unit(self.rule.inputs[name]) * (1 if remedy.relation == ">" else -1)
        beyond = (value + unit / 10**digits for digits in range(FINER))
        return [found for found in beyond if self._satisfies(p, {name: found})]

    def _with(self, values: Mapping[str, Known]) -> Verdict:
        """The case with other values, those of dates that have not come among them."""
        later = self.facts.not_yet - values.keys()
        facts = replace(self.facts, given={**self.facts.given, **values}, not_yet=later)
        return Verdict(self.rule, facts, self.as_of, self.chosen)

    def _state(self, p: Provision, verdict: Verdict) -> str:
        return next(verdict.status(q) for q in verdict.checks if q.id == p.id)

    def _broken(self, verdict: Verdict) -> frozenset[str]:
        checks = [q for q in verdict.checks if q.force != "option"]
        return frozenset(q.id for q in checks if verdict.status(q) == FAILED[q.force]) - self.failing
