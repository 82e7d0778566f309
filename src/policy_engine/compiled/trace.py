"""The value of every part of a provision by one function: what a sentence, a margin or a remedy may quote of a case.

`Traced.of(node)` gives the value of any expression of the rule without interpreting it: the function of the provision it is
part of is run once for a case and gives the values of all parts, in order. What is not known the interpreter says, with what
it waits for. `Traced` is the `base` and the `bare` of a case that was decided by a function.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from policy_engine.basics.values import Known, Unknown, Value
from policy_engine.compiled.counted import fraction
from policy_engine.compiled.terms import Lines, Term, Uncompiled, run
from policy_engine.deciding.outline import outline
from policy_engine.deciding.situation import Situation
from policy_engine.language import ir
from policy_engine.rulebook.rule import Rule


@dataclass(eq=False)
class Traceable:
    """Expressions that are traced together; the function of facts and of what the whole says, once it is made."""

    nodes: tuple[ir.Node, ...]
    function: Callable[[Any], tuple[Any, ...]] | None = None


class Held(NamedTuple):
    """Where the value of an expression stands in what the function of its part returns; its denominator, 0: a Fraction."""

    part: Traceable
    at: int
    under: int | None


class Trace:
    """The functions of a rule that give the values of parts, each made when one of them is asked for.

    `first`: the line that takes facts apart; `given`: what an input, a reading or the date is; `formula`: what the whole
    said of a formula, as an item of `found`.
    """

    def __init__(
        self,
        rule: Rule,
        as_of: dt.date,
        first: str,
        given: Callable[[str, Lines], Term],
        formula: Callable[[str], Term],
    ) -> None:
        self.formulas, self.decision = outline(rule, as_of).formulas, rule.decision
        self._first, self._given, self._formula = first, given, formula
        self._parts = {id(node): part for part in _parts(rule, as_of) for root in part.nodes for node in ir.walk(root)}
        self.held: dict[int, Held] = {}
        """Where values are told, by the id of the expression, of the functions made so far."""
        self.fixed: dict[int, Value] = {}
        """The values that are the same of all cases, likewise."""

    def place(self, node: ir.Node) -> Held | None:
        """Where the value of an expression of the rule is told; None where the interpreter says it."""
        part = self._parts.get(id(node))
        if part is None:
            return None
        if part.function is None:
            self._make(part)
        return self.held.get(id(node))

    def _make(self, part: Traceable) -> None:
        writer = _Noting(lambda name: self._formula(name) if name in self.formulas else self._given(name, writer))
        try:
            for node in part.nodes:
                writer.term(node)
        except (Uncompiled, RecursionError):
            part.function = _nothing
            return
        at = {code: i for i, code in enumerate(dict.fromkeys(term.code for term in writer.noted.values()))}
        part.function = run("trace", f"facts, found = facts\n    {self._first}", writer, at, self.decision)[1]
        self.fixed |= writer.fixed  # only now: another thread that finds where a value is told has its function
        self.held |= {key: Held(part, at[term.code], term.under) for key, term in writer.noted.items()}


class _Noting(Lines):
    """Lines in which each part of an expression has a name, by the id of the part."""

    def __init__(self, names: Callable[[str], Term]) -> None:
        super().__init__(names)
        self.noted: dict[int, Term] = {}
        self.fixed: dict[int, Value] = {}
        self._within = 0

    def term(self, node: ir.Node) -> Term:
        """An expression as a term. Raises Uncompiled."""
        table = isinstance(node, ir.Cases) and node.keyed
        if table:  # of which one row is read
            self.term(table.key)
        self._within += bool(table)
        found = super().term(node) if self._within else self.let(super().term(node))
        self._within -= bool(table)
        if found.fixed:
            self.fixed[id(node)] = found.known
        elif not (self._within or found.never or isinstance(node, ir.Name)):
            self.noted[id(node)] = found
        return found


_OPEN: Final = Unknown()


class Traced(Situation):
    """A case whose values come from functions: `facts` as they take them, and what the whole says of them."""

    def with_values(self, trace: Trace, facts: tuple[Any, ...], found: tuple[Any, ...]) -> Traced:
        """The same, the values to be told by functions of facts."""
        self.trace, self._facts, self._runs = trace, (facts, found), dict[Traceable, tuple[Any, ...]]()
        self._told = dict[int, Known]()
        return self

    def of(self, node: ir.Node) -> Value:
        """The value of an expression in this case, worked out once."""
        found = self.known(node)
        return super().of(node) if found is _OPEN else found

    def known(self, node: ir.Node) -> Value:
        """The value of an expression; of one that is not known perhaps only that."""
        if type(node) is ir.Name:
            return self[node.name]
        key = id(node)
        if (told := self._told.get(key)) is not None:
            return told
        trace = self.trace
        if (held := trace.held.get(key)) is None and (fixed := trace.fixed.get(key)) is not None:
            return fixed
        if held is None and (held := trace.place(node)) is None:
            return super().of(node)
        part, at, under = held
        if (values := self._runs.get(part)) is None:
            assert part.function is not None
            values = self._runs[part] = part.function(self._facts)
        if (value := values[at]) is None:
            return _OPEN
        told = self._told[key] = fraction(value, under) if under else value  # of the rule: no other node has its id
        return told


def _parts(rule: Rule, as_of: dt.date) -> Iterator[Traceable]:
    for p in rule.at(as_of):
        yield Traceable(tuple([node for node in (p.applies, p.value, p.due, p.require, p.early) if node is not None]))
    yield Traceable(tuple([entry.when for entry in rule.inputs.values()]))
    yield Traceable(rule.facts_must)


def _nothing(facts: Any) -> tuple[Any, ...]:
    """Where no value is told by a function."""
    return ()
