"""Which facts to ask for first."""

from __future__ import annotations

import math
from collections.abc import Iterable

from policy_engine.rulebook.rule import Rule


def weighed(waits: Iterable[tuple[str, ...]], rule: Rule) -> tuple[str, ...]:
    """The facts to ask for of those waited for, the decisive ones first: a fact weighs more where few are waited for beside it."""
    if not (waits := [names for names in waits if names]):
        return ()
    half = math.lcm(*(len(names) for names in waits))  # what weighs one half: all weights are whole numbers
    weight: dict[str, int] = {}
    for names in waits:
        weight[names[0]] = weight.get(names[0], 0) + half
        for name in names:
            weight[name] = weight.get(name, 0) + 2 * half // len(names)
    return tuple(sorted([name for name in rule.inputs if name in weight], key=weight.__getitem__, reverse=True))
