"""One fact changed: which facts can bring a condition about, whether a value does, in which steps values are tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

from policy_engine.basics.values import YUAN, Known
from policy_engine.deciding.decide import contradicted
from policy_engine.deciding.situation import Situation
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input

FEN: Final = Fraction(1, 100)
Told = Callable[[str, Known], bool | None]
"""Whether a fact with a value brings about what is wanted, where that is known at once; else None."""


def decisive(wanted: Sequence[ir.Node], situation: Situation) -> frozenset[str]:
    """The names on which every part of some conditions rests that does not hold: none other alone brings all about.

    Where a fact that is given ends what another's silence means, it bears on what that one does.
    """
    open_, rests = _failing(wanted, situation) or wanted, situation.outline.rests
    return frozenset.intersection(*[rests(ir.names(part)) for part in open_])


def _failing(wanted: Sequence[ir.Node], situation: Situation) -> list[ir.Node]:
    """The parts that must all hold for some conditions to hold, and do not."""
    found, todo = list[ir.Node](), [*wanted]
    for node in todo:
        if situation.known(node) is not True:
            if type(node) is ir.Logic and node.op == "and":
                todo += (node.left, node.right)
            else:
                found.append(node)
    return found


def does(name: str, value: Known, wanted: Sequence[ir.Node], situation: Situation, told: Told) -> bool:
    """Whether some conditions hold, and no facts contradict each other, where a fact is another."""
    found = told(name, value)
    if found is not None:
        return found
    changed = situation.with_fact(name, value)
    return all(changed.of(node) is True for node in wanted) and not contradicted(changed)


def step(entry: Input) -> Fraction | None:
    """The smallest unit of an input: one for whole numbers and dates, one fen for money; others have none."""
    if entry.type.kind == "date" or entry.type.integer:
        return Fraction(1)
    return FEN if entry.type.unit == YUAN else None
