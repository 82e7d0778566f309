"""Procedures: what order the events of a case must keep, which deadlines run, what follows; immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from policy_engine.basics.errors import Place, Text
from policy_engine.basics.values import Known
from policy_engine.language.ir import Force
from policy_engine.rulebook.rule import Citation, Rule, plain
from policy_engine.rulefiles.rulebook import ALL

ConditionKind = Literal["finding", "deadline", "step", "without", "event", "consequence", "that"]


@dataclass(frozen=True)
class Prerequisite:
    """One of these steps must have happened; `when` is the formula that says whether it is needed at all."""

    any_of: tuple[str, ...]
    when: str | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """A kind of event."""

    id: str
    title: Text
    cites: tuple[Citation, ...]
    after: tuple[Prerequisite, ...]
    force: Force
    repeats: bool
    closes: bool
    facts: tuple[str, ...]
    requires: tuple[str, ...]
    place: Place
    note: Text | None = None
    sets: Mapping[str, Known] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What people may call it: its name, its titles, its aliases."""
        return (self.id, *self.title, *self.aliases)


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A date by which something must happen; `when`, `since` and `due` are formulas of the procedure's rule."""

    id: str
    title: Text
    cites: tuple[Citation, ...]
    force: Force
    opens: tuple[str, ...]
    missed: tuple[str, ...]
    when: str | None
    since: str | None
    due: str
    met_by: tuple[str, ...]
    ends: tuple[str, ...]


@dataclass(frozen=True)
class Condition:
    """A literal test: something of a kind, in a status where that kind has one."""

    kind: ConditionKind
    of: str
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """What follows when all conditions of one of its branches hold."""

    id: str
    title: Text
    cites: tuple[Citation, ...]
    branches: tuple[tuple[Condition, ...], ...]
    of_event: bool
    note: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """A procedure, composed and checked: `rule` holds its inputs, checks and formulas."""

    name: str
    title: Text
    rule: Rule
    steps: Mapping[str, Step]
    tallies: Mapping[str, tuple[str | None, tuple[str, ...]]]
    deadlines: tuple[Deadline, ...]
    consequences: tuple[Consequence, ...]
    given: frozenset[str]
    standing: tuple[str, ...]
    origin: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    assume: str = ALL

    def step_called(self, word: str) -> str | None:
        """The step that a word stands for: its name, its title in either language, an alias; None where not just one is."""
        if word in self.steps:
            return word
        found = [step.id for step in self.steps.values() if plain(word) in map(plain, step.words)]
        return found[0] if len(found) == 1 else None

    @property
    def all_cites(self) -> tuple[Citation, ...]:
        """Every citation, for the audit: of steps, deadlines, consequences and checks."""
        parts: list[Any] = [*self.steps.values(), *self.deadlines, *self.consequences]
        own = tuple(cite for p in self.rule.provisions if p.id not in self.origin for cite in p.all_cites)
        return tuple(dict.fromkeys((*(cite for part in parts for cite in part.cites), *own)))


def date_name(step: str) -> str:
    """The name under which expressions use the day a step last happened."""
    return f"{step}_on"


def unreachable(steps: Mapping[str, Step]) -> set[str]:
    """The steps that can never come in order: what they need cannot come before them, or ends the case."""
    lost = set(steps)
    while more := {
        step.id
        for step in steps.values()
        if step.id in lost
        and all(
            p.when or any(n in steps and n not in lost and not steps[n].closes for n in p.any_of) for p in step.after
        )
    }:
        lost -= more
    return lost


def in_circles(leads: Mapping[str, set[str]]) -> list[str]:
    """What leads to itself, or follows from what does; `leads` says for each what it follows from."""
    left = dict(leads)
    while ready := [name for name, before in left.items() if not before & set(left)]:
        for name in ready:
            del left[name]
    return list(left)
