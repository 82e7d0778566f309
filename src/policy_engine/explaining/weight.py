"""Which facts to ask for first."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from policy_engine.rulebook.rule import Rule


def weighed(waits: Iterable[tuple[str, ...]], rule: Rule) -> tuple[str, ...]:
    """The facts to ask for of those waited for, the decisive ones first: a fact weighs more where few are waited for beside it."""
    weight: dict[str, Fraction] = {}
    for names in waits:
        for rank, name in enumerate(names):
            weight[name] = weight.get(name, Fraction(0)) + Fraction(1, len(names)) + Fraction(rank == 0, 2)
    place = {name: i for i, name in enumerate(rule.inputs)} if weight else {}
    return tuple(sorted((n for n in weight if n in place), key=lambda n: (-weight[n], place[n])))
