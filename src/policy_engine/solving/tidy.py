"""A case made plainer by the interpreter alone: fewer facts and rounder numbers, two changed at once where one alone does not do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final

from policy_engine.deciding.facts import Facts
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Rule
from policy_engine.solving.study import LARGE, SHARES, SMALL, Example, without
from policy_engine.solving.world import expressions

Stands = Callable[[Example], bool]
MOST: Final = 120
"""So many values of a fact are tried."""
DIGITS: Final = 3


def plain(value: object) -> bool:
    """Whether a number has few digits; anything else is as plain as it can be."""
    if not isinstance(value, Fraction):
        return True
    scaled = value * 10_000
    return scaled.denominator == 1 and len(str(abs(scaled.numerator)).rstrip("0")) <= DIGITS


def tidied(rule: Rule, example: Example, stands: Stands) -> Example:
    """The same with no fact that silence would say as well, and with plain numbers, where that can be; `stands` decides it again."""
    for name in [*example.readings]:
        less = replace(example, readings={n: o for n, o in example.readings.items() if n != name})
        example = less if stands(less) else example
    for name in reversed([*example.facts.given]):
        odd = rule.inputs[name].assume is not None or not plain(example.facts.given[name])
        less = without(example, name)
        if stands(less):
            example = less
        elif odd:
            example = next(filter(stands, _others(rule, less)), example)
    for name, value in example.facts.given.items():
        if not plain(value):
            example = next(filter(stands, _valued(rule, example, name)), example)
    return example


def _others(rule: Rule, example: Example) -> Iterator[Example]:
    """The case with another value of one of its numbers."""
    for name, value in example.facts.given.items():
        if isinstance(value, Fraction):
            yield from _valued(rule, example, name)


def _valued(rule: Rule, example: Example, name: str) -> Iterator[Example]:
    for value in candidates(rule, rule.inputs[name], example.facts):
        facts = replace(example.facts, given={**example.facts.given, name: value})
        yield replace(example, facts=facts)


def candidates(rule: Rule, entry: Input, facts: Facts) -> list[Fraction]:
    """Plain values of a number, those first that the rule names and their products with the other numbers of the case."""
    written = [n.value for node in expressions(rule) for n in ir.walk(node) if isinstance(n, ir.Number)]
    others = [v for name, v in facts.given.items() if isinstance(v, Fraction) and name != entry.name and v]
    made = [*written, *others, *(a * b for a in written for b in others)]
    near = SHARES if entry.type_name == "share" else (*SMALL, *LARGE)
    found = [v for v in dict.fromkeys([*made, *near]) if plain(v) and (v.denominator == 1 or not entry.type.integer)]
    return found[:MOST]
