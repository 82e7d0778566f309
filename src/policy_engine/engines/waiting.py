"""What an expression over columns waits for: for each fact asked about, whether it is among those that leave it unknown.

The same as what `evaluate` says is missing: operands that do not matter are not waited for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from policy_engine.engines.terms import Term, lacking
from policy_engine.engines.truth import TRUE, both, either, negation, surely
from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision

Waits = Mapping[str, Any]
"""A flag by name, never NULL; a name that is not there is not waited for."""


class Translated(Protocol):
    """A rule over a table under one choice of readings."""

    formulas: Mapping[str, Provision]

    def let(self, expr: Any) -> Any:
        """A column that holds an expression."""

    def name(self, name: str) -> Term:
        """What a name stands for."""

    def term(self, node: ir.Node) -> Term:
        """An expression as a term."""

    def flag(self, node: ir.Node) -> Any:
        """An expression as a flag; NULL where it is never settled."""

    def applies(self, p: Provision) -> Any:
        """Whether a provision applies."""

    def narrowed(self, node: ir.Node) -> Translated:
        """The same under those readings alone that bear on an expression."""

    @property
    def waiting(self) -> Waiting:
        """What is waited for, of all facts that may be given."""


class Waiting:
    """Which of some facts the expressions of a rule wait for."""

    def __init__(self, translation: Translated, asked: Collection[str]) -> None:
        self.translation, self.asked = translation, asked
        self._formulas: dict[str, Waits] = {}
        self._nodes: dict[int, tuple[ir.Node, Waits]] = {}

    def of(self, node: ir.Node) -> Waits:
        """What an expression waits for, worked out once."""
        if id(node) not in self._nodes:
            other = self.translation.narrowed(node)
            self._nodes[id(node)] = node, self._of(node) if other is self.translation else other.waiting.of(node)
        return self._nodes[id(node)][1]

    def _of(self, node: ir.Node) -> Waits:
        match node:
            case ir.Name(name=name):
                return self._name(name)
            case ir.Cases():
                found = self._cases(node)
            case _:
                found = merged(*((TRUE, self.of(part)) for part in ir.children(node)))
        if not found or not isinstance(node, ir.Cases | ir.Logic | ir.Arith):
            return found
        unknown = self.translation.let(lacking(self.translation.term(node)))  # a part that is not known need not matter
        return {name: self.translation.let(both(unknown, flag)) for name, flag in found.items()}

    def _name(self, name: str) -> Waits:
        if name in self.translation.formulas and name not in self._formulas:
            formula = self.translation.formulas[name]
            self._formulas[name] = self.provision(formula, formula.value)
        if name in self.translation.formulas:
            return self._formulas[name]
        return {name: self.translation.let(lacking(self.translation.name(name)))} if name in self.asked else {}

    def provision(self, p: Provision, said: ir.Node | None) -> Waits:
        """What a provision that may apply waits for: what decides whether it does, when it is due, and what it says."""
        may = self.translation.let(surely(self.translation.applies(p), True))
        found = merged(*((may, self.of(node)) for node in (p.applies, p.due, said) if node is not None))
        return {name: self.translation.let(flag) for name, flag in found.items()}

    def _cases(self, node: ir.Cases) -> Waits:
        if node.keyed is not None and not any(map(ir.names, node.keyed.values)):
            return self.of(node.keyed.key)
        asked, none = TRUE, TRUE
        parts = []
        for condition, value in node.branches:
            waits = self.of(condition), self.of(value)
            holds = self.translation.let(self.translation.flag(condition))
            parts += [(asked, waits[0]), (both(asked, surely(holds, True)), waits[1])]
            none = both(none, negation(surely(holds, False)))
            asked = none if node.first else TRUE
        return merged(*parts, (none, self.of(node.otherwise)))


def merged(*parts: tuple[Any, Waits]) -> Waits:
    """What one of some parts waits for, where the part matters."""
    found: dict[str, Any] = {}
    for matters, waits in parts:
        for name, flag in waits.items():
            one = both(matters, flag)
            found[name] = either(found[name], one) if name in found else one
    return found
