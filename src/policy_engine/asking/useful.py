"""Which of the facts that a case waits for can change something: of the others, what is open stays open whatever they are."""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction

from policy_engine.basics.values import Unknown, Value
from policy_engine.deciding.decide import Verdict, open_facts, status_of
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.following import NotLinear, allowed, follow
from policy_engine.explaining.weight import weighed
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Provision


class Bounded(Situation):
    """A case in which a number that is not known lies within its bounds, and within what must hold beside the facts given.

    What is said of it holds whatever such a fact is; a verdict is never taken from here.
    """

    def __init__(self, case: Situation) -> None:
        super().__init__(case.rule, case.given, case.as_of, case.chosen, case.today)
        self._case = case

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
                ranges = follow(self._case, entry.name).where((), self.rule.facts_must, ranges)
        if not ranges:  # what was said cannot be together
            return Unknown((entry.name,))
        first, last, whole = ranges[0], ranges[-1], entry.type.integer
        return Unknown(
            (entry.name,),
            low=_end(first.low, first.with_low, whole, 1),
            high=_end(last.high, last.with_high, whole, -1),
        )


def useful(case: Verdict) -> tuple[str, ...]:
    """The facts that a case waits for and that can change something, the decisive ones first.

    A provision that would be settled by the bounds alone waits for all it waits for: not known, it is not settled.
    """
    between, binding, others = Bounded(case.base), list[tuple[str, ...]](), list[str]()
    for p in (*case.checks, *case.formulas):
        if not _open(p, case.base):
            continue
        waits = case.missing(p)
        if waits and _open(p, between):
            still = set(open_facts(p, between).missing)
            waits = tuple(name for name in waits if name in still)
        if p.force == "option" and not p.is_formula:
            others += waits
        else:
            binding.append(waits)
    return tuple(dict.fromkeys((*weighed(binding, case.rule), *others)))


def _open(p: Provision, case: Situation) -> bool:
    """Whether a provision is undetermined."""
    if p.is_formula:
        return isinstance(case[p.id], Unknown) and case.says(p)
    return status_of(p, case) == "undetermined"


def _end(end: Fraction | int | None, inside: bool, whole: bool, sign: int) -> Fraction | None:
    """An end, of whole numbers the last inside: `sign` 1 for the lower one, -1 for the upper."""
    if end is None:
        return None
    if not whole:
        return Fraction(end)
    last = Fraction(sign * math.ceil(sign * end))
    return last if inside or last != end else last + sign
