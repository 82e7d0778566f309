"""A procedure made ready to be watched: what consequences are worked out from, and the parts of its rule that events need."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product

from policy_engine.deciding.outline import depends_on
from policy_engine.procedures.follow import ChainRule, Fact
from policy_engine.procedures.procedure import Condition, Consequence, Procedure, Step, date_name
from policy_engine.rulebook.bounds import bounded
from policy_engine.rulebook.rule import Rule


@dataclass(frozen=True)
class Chains:
    """A procedure made ready to be watched."""

    procedure: Procedure

    @cached_property
    def rules(self) -> tuple[ChainRule, ...]:
        """What leads to what: the order of steps, then the consequences, in the order of the file."""
        order = [rule for step in self.procedure.steps.values() for rule in _order_rules(step)]
        return (*order, *(rule for found in self.procedure.consequences for rule in _consequence_rules(found)))

    @cached_property
    def conditions(self) -> Mapping[str | None, tuple[Condition, ...]]:
        """What may matter when an event of a kind (None: the passing of time) comes: nothing that needs another event."""
        branches = [branch for found in self.procedure.consequences for branch in found.branches]
        return {
            kind: tuple(
                dict.fromkeys(c for b in branches if {x.of for x in b if x.kind == "event"} <= {kind} for c in b)
            )
            for kind in (*self.procedure.steps, None)
        }

    @cached_property
    def consequences(self) -> Mapping[str, Consequence]:
        """The consequences by name."""
        return {found.id: found for found in self.procedure.consequences}

    @cached_property
    def rule_of(self) -> Mapping[str, Rule]:
        """For each check a rule of its own, to word one finding without judging the others."""
        rule = self.procedure.rule
        formulas = {p.id: p for p in rule.provisions if p.is_formula}
        found = {}
        for p in rule.provisions:
            used = depends_on(p.names, formulas)
            own = tuple(q for q in rule.provisions if q.id == p.id or (q.is_formula and q.id in used))
            readings = {n: r for n, r in rule.readings.items() if n in used}
            found[p.id] = replace(rule, provisions=own, readings=readings, facts_must=(), facts_must_text=())
        return found

    @cached_property
    def musts(self) -> Rule:
        """The rule that only refuses facts that contradict each other."""
        return replace(self.procedure.rule, provisions=(), readings={})

    @cached_property
    def before(self) -> Mapping[str, frozenset[str]]:
        """For each step those that it comes after, through others too."""
        after = {name: [n for needs in step.after for n in needs.any_of] for name, step in self.procedure.steps.items()}
        found = {name: frozenset(needed) for name, needed in after.items()}
        for _ in after:  # steps that repeat may come after each other
            found = {name: needed.union(*(found[n] for n in needed)) for name, needed in found.items()}
        return found

    def to_come(self, happened: Collection[str]) -> frozenset[str]:
        """The steps that come after one that has happened, where nothing that comes after them has: their day is not yet."""
        passed = frozenset[str]().union(*(self.before[step] for step in happened))
        return frozenset(
            s
            for s, needed in self.before.items()
            if s not in passed.union(happened) and not needed.isdisjoint(happened)
        )

    @cached_property
    def rule_after(self) -> Callable[[frozenset[str]], Rule]:
        """The rule of a case in which some steps have happened: the days of those to come are not yet."""

        def of(happened: frozenset[str]) -> Rule:
            days = [date_name(step) for step in sorted(self.to_come(happened))]
            return bounded(self.procedure.rule, days, days)

        return cache(of)

    def inputs_of(self, step: str) -> Rule:
        """The rule with the inputs an event of this kind may bring."""
        return self._inputs[step]

    @cached_property
    def _inputs(self) -> Mapping[str, Rule]:
        bound = {name for step in self.procedure.steps.values() for name in step.facts}
        inputs = {n: i for n, i in self.procedure.rule.inputs.items() if n in self.procedure.given}
        return {
            step.id: replace(
                self.musts,
                decision=f"{self.procedure.name}/{step.id}",
                title=step.title,
                inputs={n: i for n, i in inputs.items() if n not in step.sets and (n in step.facts or n not in bound)},
            )
            for step in self.procedure.steps.values()
        }


def _order_rules(step: Step) -> Iterable[ChainRule]:
    event: Fact = {"kind": "event", "of": step.id, "again": False, "closed": False}
    options: list[list[Fact]] = []
    for k, needed in enumerate(step.after):
        options.append([{"kind": "before", "of": name} for name in needed.any_of])
        if needed.when:
            options[-1].append({"kind": "waived", "of": f"{step.id}:{k}"})
    for i, picked in enumerate(product(*options)):
        unique = {tuple(fact.items()): fact for fact in picked}
        yield ChainRule(f"~order:{step.id}:{i}", (event, *unique.values()), {"kind": "order", "of": step.id})


def _consequence_rules(found: Consequence) -> Iterable[ChainRule]:
    for i, branch in enumerate(found.branches):
        yield ChainRule(f"{found.id}#{i}", tuple(as_fact(c) for c in branch), {"kind": "consequence", "of": found.id})


def as_fact(condition: Condition) -> Fact:
    """A condition as the fact that stands for it."""
    shown: dict[str, str | bool] = {"kind": condition.kind, "of": condition.of}
    if condition.kind == "event":
        shown |= {"again": False, "closed": False}
    return {**shown, "status": condition.status} if condition.status else shown
