"""Expressions made into functions of a case once: what is said of them for each choice of case distinctions within."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from policy_engine.basics.values import Value
from policy_engine.deciding.situation import Situation
from policy_engine.language import ir
from policy_engine.language.evaluate import taken
from policy_engine.rulebook.rule import Names, Rule

Said = TypeVar("Said")
Pair = tuple[str, str]
"""The same words in English and Chinese."""
Say = Callable[[Situation], Pair]
MOST_CHOICES: Final = 256
_LEAVES: Final = (ir.Number, ir.Const, ir.Name)


class Chosen:
    """The expressions of a rule for cases in which of each case distinction the same value counts."""

    def __init__(self, rule: Rule, names: Names, values: Mapping[int, ir.Node]) -> None:
        self.rule, self.names, self._values = rule, names, values

    def of(self, node: ir.Node) -> ir.Node:
        """The part of a case distinction that gives the value."""
        while isinstance(node, ir.Cases):
            node = self._values[id(node)]
        return node


def by_choice(
    node: ir.Node, rule: Rule, names: Names, make: Callable[[Chosen], Callable[[Situation], Said]]
) -> Callable[[Situation], Said]:
    """What is said of an expression: made once, or once for each choice of the case distinctions within."""
    outer = _outer(node)
    if not outer:
        return make(Chosen(rule, names, {}))
    found: dict[tuple[int, ...], Callable[[Situation], Said]] = {}

    def say(situation: Situation) -> Said:
        values: dict[int, ir.Node] = {}
        _note(outer, situation, values)
        key = tuple(map(id, values.values()))
        told = found.get(key)
        if told is None:
            if len(found) >= MOST_CHOICES:
                found.clear()
            told = found[key] = make(Chosen(rule, names, values))
        return told(situation)

    return say


def _outer(node: ir.Node) -> tuple[ir.Cases, ...]:
    """The case distinctions within an expression, those within others left out."""
    if isinstance(node, ir.Cases):
        return (node,)
    return tuple([found for part in ir.children(node) for found in _outer(part)])


def _note(cases: tuple[ir.Cases, ...], situation: Situation, values: dict[int, ir.Node]) -> None:
    """Of each case distinction that counts, by its id, the value that does."""
    for node in cases:
        value = values[id(node)] = taken(node, situation.known)[-1]
        if not isinstance(value, _LEAVES) and (inner := _outer(value)):
            _note(inner, situation, values)


def valued(node: ir.Node) -> Callable[[Situation], Value]:
    """The value of an expression as a function of the case."""
    match node:
        case ir.Number(value=fixed) | ir.Const(value=fixed):
            return lambda situation: fixed
        case ir.ListOf(items=items):
            listed = frozenset(items)
            return lambda situation: listed
        case ir.Name(name=name):
            return lambda situation: situation[name]
        case _:
            return lambda situation: situation.of(node)


def chosen_branch(node: ir.Node, situation: Situation) -> ir.Node:
    """The part of a case distinction that gives the value in a case."""
    while isinstance(node, ir.Cases):
        node = taken(node, situation.known)[-1]
    return node
