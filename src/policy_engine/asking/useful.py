"""Which of the facts that a case waits for can change something: of the others, what is open stays open whatever they are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

from policy_engine.asking.possible import NOTHING, Possible
from policy_engine.basics.values import Unknown, Value
from policy_engine.deciding.decide import Verdict, status_of, waiting
from policy_engine.deciding.outcome import Status
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.following import NotLinear, follow
from policy_engine.explaining.ranges import allowed
from policy_engine.explaining.weight import weighed
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Provision, Rule


class Bounded(Situation):
    """A case in which a number that is not known lies within its bounds, and within what must hold beside the facts given.

    `told`: the case as the text is read by default, in which what must hold does. What is said here holds whatever such a fact is; a
    verdict is never taken from here.
    """

    def __init__(self, case: Situation, told: Situation) -> None:
        super().__init__(case.rule, case.given, case.as_of, case.chosen, case.today)
        self._told = told

    def __getitem__(self, name: str) -> Value:
        plain = name in self.rule.inputs and name not in self.formulas and "[" not in name  # no part or total of a list
        if plain and name not in self._values:
            self._values[name] = self._between(self.rule.inputs[name])
        return super().__getitem__(name)

    def _between(self, entry: Input) -> Unknown:
        """A number within its ends. A date has none, since it may not have come yet, and a total that may still grow has none."""
        if entry.type.kind != "number" or entry.grows:
            return Unknown((entry.name,))
        ranges = allowed(entry.bounds)
        if any(entry.name in ir.names(must) for must in self.rule.facts_must):
            with suppress(NotLinear, RecursionError):
                ranges = follow(self._told, entry.name).where((), self.rule.facts_must, ranges)
        if not ranges:  # what was said cannot be together
            return Unknown((entry.name,))
        first, last, whole = ranges[0], ranges[-1], entry.type.integer
        return Unknown(
            (entry.name,),
            low=_end(first.low, first.with_low, whole, 1),
            high=_end(last.high, last.with_high, whole, -1),
        )


class Bearing:
    """The facts on which anything rests in a case in which silence means nothing, whether the others are told or never are.

    Nothing rests on what is only part of something that stays open whatever is told.
    """

    def __init__(self, case: Situation, told: Situation) -> None:
        self.case, self._between = case, Bounded(case, told)
        self._may = Possible(self._between)

    def on(self, p: Provision) -> frozenset[str]:
        """The facts on which it rests what a provision says.

        Where one that is waited for may not matter (`when`), all: a formula that waits for none that does says nothing.
        """
        case = self.case
        if _status(p, case) not in ("undetermined", "pending"):
            return frozenset()
        if not case.outline.whens.keys().isdisjoint(waiting(p, case).missing):
            return case.outline.waits[p.id]
        parts = (p.value,) if p.is_formula else (p.due, p.require, p.early)
        stays = all(part is None or self._may.of(part) == NOTHING for part in parts)
        if stays and self._between.of(p.applies) is True:
            return frozenset()
        return self.of(p.applies, *(parts if self._may.holds(p.applies) else ()))

    def of(self, *nodes: ir.Node | None) -> frozenset[str]:
        """The facts on which it rests what some expressions come to."""
        found, todo, seen = set[str](), list(nodes), set[str]()
        while todo:
            node = todo.pop()
            if node is None or not isinstance(self.case.of(node), Unknown) or self._may.of(node) == NOTHING:
                continue
            if not isinstance(node, ir.Name):
                todo += self._parts(node)
            elif (formula := self.case.formulas.get(node.name)) is None:
                found.add(node.name)
            elif node.name not in seen:
                seen.add(node.name)
                todo += (formula.applies, formula.value)
        return frozenset(found)

    def _parts(self, node: ir.Node) -> tuple[ir.Node, ...]:
        """The parts of an expression; of cases those that may apply."""
        if not isinstance(node, ir.Cases):
            return ir.children(node)
        branches = [branch for branch in node.branches if self.case.of(branch[0]) is not False]
        sure = any(self.case.of(condition) is True for condition, _ in branches)
        return (*(part for branch in branches for part in branch), *(() if sure else (node.otherwise,)))


def useful(case: Verdict) -> tuple[str, ...]:
    """The facts that a case waits for and that may change something, the decisive ones first."""
    open_ = [p for p in case.checks if case.status(p) == "undetermined"]
    open_ += [p for p in case.formulas if isinstance((found := case.result(p)).value, Unknown) and found.applies]
    waits = [(p, case.missing(p)) for p in open_]
    idle = _idle(case, {name for _, names in waits for name in names})
    asked = [(p, tuple(name for name in names if name not in idle)) for p, names in waits]
    binding = [names for p, names in asked if p.is_formula or p.force != "option"]
    others = [name for p, names in asked if not p.is_formula and p.force == "option" for name in names]
    return tuple(dict.fromkeys((*weighed(binding, case.rule), *others)))


def _idle(case: Verdict, names: set[str]) -> frozenset[str]:
    """Those of some facts on which nothing rests, nor on what is assumed only once they are given."""
    assumed = [(one.if_given, name) for name, entry in case.rule.inputs.items() if (one := entry.assume)]
    means = {name: {name, *(other for given, other in assumed if given == name)} for name in names}
    left = set[str]().union(*means.values())
    for found in _bearing(case, left):
        left -= found
    return frozenset(name for name in names if means[name] <= left)


def _bearing(case: Verdict, left: set[str]) -> Iterator[frozenset[str]]:
    """Facts on which something rests, until none is left: whether facts can be together, and what a provision says, however it is read.

    A fact that must lie within known limits by itself is bounded by these, and nothing else rests on that. Every reading is tried
    only where something may rest on what is left with all questions of reading open.
    """
    told, ways = case.bare, dict[tuple[tuple[str, str], ...], Bearing]()
    plain = Bearing(told, told)
    yield from (found for found in map(plain.of, told.rule.facts_must) if len(found) > 1)
    yield from (plain.on(p) for p in told.provisions if left)
    unread = Bearing(Situation(_unread(told.rule), told.given, told.as_of, {}, told.today), told)
    for p in told.provisions if left else ():
        found = unread.on(p)
        for choice in case.choices:
            if told.outline.asked[p.id].issuperset(choice) and not left.isdisjoint(found):
                key = tuple(choice.items())
                ways[key] = ways.get(key) or Bearing(told.under(choice), told)
                yield ways[key].on(p)


def _unread(rule: Rule) -> Rule:
    """The same rule, its questions left open: what is so then is so however the text is read."""
    if "unread" not in rule.kept:
        rule.kept["unread"] = replace(rule, readings={})
    return rule.kept["unread"]  # type: ignore[no-any-return]


def _status(p: Provision, case: Situation) -> Status:
    """The status of a check; of a formula that applies, or may, whether it gives a value."""
    if not p.is_formula:
        return status_of(p, case)
    return "undetermined" if isinstance(case[p.id], Unknown) and case.applies(p) is not False else "satisfied"


def _end(end: Fraction | int | None, inside: bool, whole: bool, sign: int) -> Fraction | None:
    """An end, of whole numbers the last inside: `sign` 1 for the lower one, -1 for the upper."""
    if end is None:
        return None
    if not whole:
        return Fraction(end)
    last = Fraction(sign * math.ceil(sign * end))
    return last if inside or last != end else last + sign
