"""What a rule says of every case of a date: its provisions, what each rests on, what silence means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import product
from typing import Final

from policy_engine.basics.memory import Memory
from policy_engine.basics.values import Known
from policy_engine.language import ir
from policy_engine.rulebook.rule import Names, Provision, Reading, Rule

DATES: Final = 200
"""The outlines of so many dates are kept with a rule."""
RESTS: Final = 10_000
"""What so many expressions rest on is kept with an outline."""


class Outline:
    """A rule as of a date, whatever the case."""

    def __init__(self, rule: Rule, as_of: dt.date) -> None:
        self.provisions = rule.at(as_of)
        self.checks = tuple(p for p in self.provisions if not p.is_formula)
        self.formulas: Mapping[str, Provision] = {p.id: p for p in self.provisions if p.is_formula}
        self.silence: Mapping[str, Known] = {n: entry.assume.value for n, entry in rule.inputs.items() if entry.assume}
        self.defaults = {name: reading.default for name, reading in rule.readings.items()}
        self.whens = {name: entry.when for name, entry in rule.inputs.items() if entry.when != ir.TRUE}
        self.open_choices = frozenset(n for n, e in rule.inputs.items() if e.open and e.type.kind == "choice")
        self.names = Names(rule.inputs, self.formulas, rule.readings, rule.not_yet)
        self.kept = Memory()  # what floors above make of it once
        self._moved: dict[frozenset[str], frozenset[str]] = {}
        self._rests: dict[tuple[str, ...], frozenset[str]] = {}
        self._inputs, self._readings, self._choices = (
            rule.inputs,
            rule.readings,
            dict[tuple[tuple[str, str], ...], list[dict[str, str]]](),
        )

    @cached_property
    def uses(self) -> Mapping[str, frozenset[str]]:
        """Every name that a provision uses, by way of formulas too."""
        return {p.id: depends_on(p.names, self.formulas) for p in self.provisions}

    @cached_property
    def waits(self) -> Mapping[str, frozenset[str]]:
        """The same with those that say whether the inputs among them matter."""
        whens = {n: depends_on(ir.names(entry.when), self.formulas) for n, entry in self._inputs.items()}
        return {key: names.union(*(whens[n] for n in names if n in whens)) for key, names in self.uses.items()}

    @cached_property
    def asked(self) -> Mapping[str, frozenset[str]]:
        """The readings among them."""
        return {key: names.intersection(self._readings) for key, names in self.uses.items()}

    def choices(self, chosen: Mapping[str, str]) -> list[dict[str, str]]:
        """Each question varied on its own, then all together while the combinations stay few."""
        key = tuple(chosen.items())
        if key not in self._choices:
            self._choices[key] = choices(self._readings, chosen)
        return self._choices[key]

    def rests(self, names: tuple[str, ...]) -> frozenset[str]:
        """Every name on which some names rest; a fact that ends what another's silence means bears on what that one does."""
        if names not in self._rests:
            if len(self._rests) >= RESTS:
                self._rests.clear()
            found = depends_on(names, self.formulas)
            taken = (self._inputs[name].assume for name in found if name in self._inputs)
            self._rests[names] = found | {one.if_given for one in taken if one and one.if_given}
        return self._rests[names]

    def moved(self, changed: frozenset[str]) -> frozenset[str]:
        """The formulas whose values can be others where some names have other values."""
        if changed not in self._moved:
            found = (name for name, p in self.formulas.items() if not changed.isdisjoint(self.uses[p.id]))
            self._moved[changed] = frozenset(found)
        return self._moved[changed]


def outline(rule: Rule, as_of: dt.date) -> Outline:
    """The outline of a rule as of a date, made once."""
    key = None if len(rule.ids) == len(rule.provisions) else as_of
    if (found := rule.kept.get(key)) is None:
        if len(rule.kept) >= DATES:
            rule.kept.clear()  # whatever another thread is about to read
        found = rule.kept[key] = Outline(rule, as_of)
    return found


def bare(rule: Rule) -> Rule:
    """The same rule that takes silence for nothing at all."""
    if (found := rule.kept.get("bare")) is None:
        found = rule.kept["bare"] = rule.without(rule.assumable)
    return found


def depends_on(names: Iterable[str], formulas: Mapping[str, Provision]) -> frozenset[str]:
    """The names, and every name the formulas among them use."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            if name in formulas:
                todo += formulas[name].names
    return frozenset(found)


MAX_COMBINATIONS: Final = 64


def choices(readings: Mapping[str, Reading], chosen: Mapping[str, str]) -> list[dict[str, str]]:
    """Each question varied on its own, then all together while the combinations stay few."""
    base = {name: chosen.get(name, reading.default) for name, reading in readings.items()}
    single = [{n: o} for n, reading in readings.items() for o in reading.options if o != base[n]]
    total = 1
    for reading in readings.values():
        total *= len(reading.options)
    if len(readings) < 2 or total > MAX_COMBINATIONS:
        return single
    together = product(*[[(n, o) for o in reading.options] for n, reading in readings.items()])
    several = [{n: o for n, o in picks if o != base[n]} for picks in together]
    return single + [choice for choice in several if len(choice) > 1]
