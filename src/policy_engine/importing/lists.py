"""Lists of things: what is said of each row, told apart from what is said of the whole.

A rule that rests on what the rows of a list are told is of each row; it is kept a second time, its key marked with the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from policy_engine.importing.formulas import Expr, Unsaid
from policy_engine.importing.gather import INPUT, Gathered
from policy_engine.importing.rulespec import SpecCase

RELATION: Final = "#relation."
AT: Final = "@"


def list_of(key: str) -> str:
    """The list a key is marked with, or nothing."""
    return key.partition(AT)[2]


def rows_of(case: SpecCase, name: str) -> list[dict[str, Any]]:
    """The rows that a case gives for a list, under whichever module; one that is not given has none. Raises Unsaid."""
    told = [v for k, v in case.given.items() if k.partition(RELATION)[2] == name and isinstance(v, list)]
    if len({len(rows) for rows in told}) > 1:
        raise Unsaid("a list that is given twice", name)
    return [{k: v for row in rows for k, v in row.items()} for rows in zip(*told, strict=True)]


def separate(found: Gathered, cases: Iterable[SpecCase], asked: Iterable[str]) -> None:
    """Mark what is of each row of a list, and leave out what only rows need."""
    told = dict[str, set[str]]()
    for case in cases:
        for key, value in case.given.items():
            if RELATION in key and isinstance(value, list):
                names = {k.partition(INPUT)[2] for row in value for k in row}
                told.setdefault(key.partition(RELATION)[2], set()).update(names)
    waiting = list(found.rules)
    memo = dict[tuple[str, str], bool]()
    while waiting:
        key = waiting.pop()
        found.written[key] = [(v, e and _marked(found, e, told, memo, waiting)) for v, e in found.written[key]]
    _prune(found, asked)


def _marked(found: Gathered, tree: Expr, told: dict[str, set[str]], memo: dict[tuple[str, str], bool], waiting: list[str]) -> Expr:  # fmt: skip
    if tree.op != "total":
        return replace(tree, parts=tuple(_marked(found, part, told, memo, waiting) for part in tree.parts))
    name = list_of(tree.text)
    inputs = told.get(name, set())
    return replace(tree, parts=tuple(_of_row(found, part, name, inputs, memo, waiting) for part in tree.parts))


def _of_row(found: Gathered, tree: Expr, name: str, inputs: set[str], memo: dict[tuple[str, str], bool], waiting: list[str]) -> Expr:  # fmt: skip
    """An expression of a row, its names marked; rules that it names are kept for the row too."""
    if tree.op == "total":
        return tree
    parts = tuple(_of_row(found, part, name, inputs, memo, waiting) for part in tree.parts)
    if tree.op != "name" or not _rests(found, tree.text, name, inputs, memo):
        return replace(tree, parts=parts)
    marked = f"{tree.text}{AT}{name}"
    if tree.text in found.inputs:
        found.inputs[marked] = found.inputs[tree.text]
    elif marked not in found.rules:
        found.rules[marked] = found.rules[tree.text]
        found.written[marked] = []
        if tree.text in found.refused:
            found.refused[marked] = found.refused[tree.text]
        found.written[marked] = [
            (v, e and _of_row(found, e, name, inputs, memo, waiting)) for v, e in found.written[tree.text]
        ]
        waiting.append(marked)
    return replace(tree, text=marked)


def _rests(found: Gathered, key: str, name: str, inputs: set[str], memo: dict[tuple[str, str], bool]) -> bool:
    """Whether a name is of each row: it is told in rows, or rests on what is."""
    if (key, name) not in memo:
        memo[key, name] = False
        if INPUT in key:
            memo[key, name] = key.partition(INPUT)[2] in inputs
        elif key in found.written:
            used = (n.text for n in _outside(found, key) if n.op in ("name", "cell"))
            memo[key, name] = any(_rests(found, one, name, inputs, memo) for one in used)
    return memo[key, name]


def _outside(found: Gathered, key: str) -> Iterator[Expr]:
    """The nodes of a rule that are not inside a total."""
    waiting = [e for _, e in found.written[key] if e]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += () if node.op == "total" else node.parts


def _prune(found: Gathered, asked: Iterable[str]) -> None:
    """Leave out what is kept for rows only."""
    of_rows = {key.partition(AT)[0] for key in found.rules if AT in key}
    needed, waiting = set[str](), [k for k in found.rules if AT not in k and k not in of_rows] + list(asked)
    while waiting:
        key = waiting.pop()
        if key not in needed:
            needed.add(key)
            waiting += found.uses(key) if key in found.written else ()
    for key in [k for k in found.rules if k not in needed]:
        del found.rules[key], found.written[key]
    for key in [k for k in found.inputs if k not in needed]:
        del found.inputs[key]
