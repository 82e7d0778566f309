"""What follows from what: the definition. durable_rules is another reading of it, held to it by a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Scalar = bool | int | str
Fact = Mapping[str, Scalar]


@dataclass(frozen=True)
class ChainRule:
    """When each fact of `when` is there, fire and add the fact `then`."""

    id: str
    when: tuple[Fact, ...]
    then: Fact | None = None


def follow(rules: Sequence[ChainRule], facts: Sequence[Fact]) -> list[str]:
    """The rules that fire, in their order, each once.

    The facts come one by one. After each, the first rule of the list whose facts are all there fires and adds its own,
    until none is left that can.
    """
    fired: list[str] = []
    there: set[frozenset[tuple[str, Scalar]]] = set()
    waiting = {rule.id: (rule, {_whole(fact) for fact in rule.when}) for rule in rules}
    for fact in facts:
        there.add(_whole(fact))
        while ready := next((rule for rule, needed in waiting.values() if needed <= there), None):
            del waiting[ready.id]
            fired.append(ready.id)
            if ready.then is not None:
                there.add(_whole(ready.then))
    return fired


def _whole(fact: Fact) -> frozenset[tuple[str, Scalar]]:
    return frozenset(fact.items())
