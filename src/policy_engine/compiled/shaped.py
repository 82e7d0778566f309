"""Which way every condition of a decision goes in a case: cases in which all go alike differ in nothing but numbers.

The function of a decision returns besides what it says a mark for each part of an expression: of a condition whether it
holds, of other values whether they are known, of a factor whether it is zero. Statuses, what a case waits for, what it
assumes, where what applies stands and the outcome under other readings are the same in all cases of one shape.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from policy_engine.compiled.terms import Lines, Term, Uncompiled
from policy_engine.compiled.whole import Whole
from policy_engine.deciding.situation import silent
from policy_engine.language import ir
from policy_engine.rulebook.rule import Rule

MOST: Final = 600
"""A decision with more marks is left to the interpreter: its cases are hardly ever alike."""
SILENCES: Final = 1 << 12


class _Marking(Lines):
    """Lines with a mark for each part that has a name."""

    def __init__(self, names: Callable[[str], Term]) -> None:
        super().__init__(names)
        self.marks: dict[str, str] = {}
        self._flags: set[str] = set()

    def let(self, term: Term) -> Term:
        """The term under a name, marked."""
        found = super().let(term)
        if not (found.fixed or found.never) and found.code not in self.marks:
            code = found.code
            if found.under is not None:
                self.marks[code] = f"{code} is None" if found.null else ""
            elif term.code in self._flags:
                self.marks[code] = code
            else:
                self.marks[code] = f"({code} if {code}.__class__ is bool else 2 if {code} is None else 3)"
        return found

    def negation(self, x: Term) -> Term:
        """Not."""
        return self._flag(super().negation(x))

    def logic(self, conjunction: bool, a: Term, b: Term) -> Term:
        """And, or."""
        return self._flag(super().logic(conjunction, a, b))

    def compare(self, op: str, a: Term, b: Term) -> Term:
        """A comparison."""
        return self._flag(super().compare(op, a, b))

    def _flag(self, term: Term) -> Term:
        self._flags.add(term.code)
        return term

    def _product(self, a: Term, b: Term) -> Term:
        """Zero times anything is zero: which factor is, is marked."""
        if not (a.fixed or b.fixed):
            a, b = self.let(a), self.let(b)
            for code in (x.code for x in (a, b) if not x.never):
                self.marks[f"{code} == 0"] = f"{code} == 0"
        return super()._product(a, b)


class Shaped(Whole):
    """A decision under every reading whose function returns the marks last. Raises Uncompiled."""

    lines = _Marking

    def __init__(self, rule: Rule, as_of: dt.date, chosen: Mapping[str, str]) -> None:
        super().__init__(rule, as_of, chosen)
        if self.asks_by_readings:
            raise Uncompiled("what matters depends on readings")
        checks, states = self._codes
        self._coded_at = itemgetter(-1, *checks, *states)
        self._silences: dict[tuple[bool, ...], list[tuple[int, Any]]] = {}

    def _besides(self) -> list[str]:
        writer = self._under.writer
        assert isinstance(writer, _Marking)
        for entry in self.entries:
            if entry.when != ir.TRUE:
                writer.let(writer.term(entry.when))
            if entry.type.kind == "flag" or entry.open:
                writer.let(self._inputs[entry.name])
        marks = list(filter(None, writer.marks.values()))
        if len(marks) > MOST:
            raise Uncompiled("too many parts")
        return [f"({''.join(f'{mark}, ' for mark in marks)})"]

    def case(self, given: Sequence[Any], told: tuple[bool, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...], Any]:
        """The facts in the order of the inputs with what silence means, what is said of them, and the shape of the case.

        `given`: None for what is not given; `told`: which are given.
        """
        silence = self._silences.get(told)
        if silence is None:
            silence = self._silence(told)
        bare = values = tuple(given)
        if silence:
            meant = list(given)
            for place, value in silence:
                meant[place] = value
            values = tuple(meant)
        found = self.function(values)
        shape = told, self._coded_at(found)
        return values, found, (shape, self._coded_at(self.function(bare))) if silence else shape

    def _silence(self, told: tuple[bool, ...]) -> list[tuple[int, Any]]:
        """What silence means where these are given, by the place of the input."""
        if len(self._silences) >= SILENCES:
            self._silences.clear()
        given = [entry.name for entry, there in zip(self.entries, told, strict=True) if there]
        found = [(self.place[name], self.silence[name]) for name in silent(self.rule, given)]
        return self._silences.setdefault(told, found)
