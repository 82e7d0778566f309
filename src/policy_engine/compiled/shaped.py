"""Which way every condition of a decision goes in a case: cases in which all go alike differ in nothing but numbers.

The function of a decision returns besides what it says a mark for each part of an expression: of a condition whether it
holds, of other values whether they are known, of a factor whether it is zero. Statuses, what a case waits for, what it
assumes, where what applies stands and the outcome under other readings are the same in all cases of one shape.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from policy_engine.compiled.counted import UNFIT, counted
from policy_engine.compiled.terms import NEVER, Lines, Term, Uncompiled
from policy_engine.compiled.under import Choice
from policy_engine.compiled.whole import Whole
from policy_engine.deciding.outline import outline
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
    _besides_at = (-1,)

    def __init__(self, rule: Rule, as_of: dt.date, chosen: Mapping[str, str]) -> None:
        super().__init__(rule, as_of, chosen)
        if self.asks_by_readings:
            raise Uncompiled("what matters depends on readings")
        self.others = [slot.others for name, slot in self.says.items() if name in self.states]
        """Where stands what other readings give of values."""
        self._silences: dict[tuple[bool, ...], list[tuple[int, Any]]] = {}

    def _besides(self) -> list[str]:
        writer = self._under.writer
        assert isinstance(writer, _Marking)
        for entry in self.entries:
            if entry.when != ir.TRUE:
                writer.let(writer.term(entry.when))
            if entry.type.kind == "flag" or entry.open:
                writer.let(self.given(entry.name, writer))
        marks = list(filter(None, writer.marks.values()))
        if len(marks) > MOST:
            raise Uncompiled("too many parts")
        return [f"({''.join(f'{mark}, ' for mark in marks)})"]

    def case(self, given: Sequence[Any], told: tuple[bool, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...], Any]:
        """The facts as the function takes them, what is said of them, and the shape of the case.

        `given`: in the order of the inputs, None for what is not given; `told`: which are given.
        """
        bare = tuple(given)
        values = self.meant(bare, told)
        found = self.function(values)
        shape = told, self.coded(found)
        return values, found, shape if values is bare else (shape, self.coded(self.function(bare)))

    def meant(self, given: Sequence[Any], told: tuple[bool, ...]) -> tuple[Any, ...]:
        """The facts in the order of the inputs, with what silence means."""
        silence = self._silences.get(told)
        if silence is None:
            silence = self._silence(told)
        if not silence:
            return tuple(given)
        meant = list(given)
        for place, value in silence:
            meant[place] = value
        return tuple(meant)

    def _silence(self, told: tuple[bool, ...]) -> list[tuple[int, Any]]:
        """What silence means where these are given, by the place of the input."""
        if len(self._silences) >= SILENCES:
            self._silences.clear()
        given = [entry.name for entry, there in zip(self.entries, told, strict=True) if there]
        found = [(self.place[name], self.silence[name]) for name in silent(self.rule, given)]
        return self._silences.setdefault(told, found)


class SameGiven(Shaped):
    """The same of cases in which the same inputs are given, and some are the same: what that settles is settled once.

    Of inputs that are not given it is known beforehand what silence means, or nothing is; what is said without silence is
    told by another function. `told`: which are given; `same`: those that are the same, as functions take them, all choices
    among them (None is an option that is not listed). Raises Uncompiled.
    """

    def __init__(
        self, rule: Rule, as_of: dt.date, chosen: Mapping[str, str], told: tuple[bool, ...], same: Mapping[str, Any],
        silence: bool = True,
    ) -> None:  # fmt: skip
        self._there = dict(zip(rule.inputs, told, strict=True))
        names = silent(rule, [name for name, there in self._there.items() if there]) if silence else ()
        means = {name: outline(rule, as_of).silence[name] for name in names}
        if any(counted(rule.inputs[name], value) in (None, UNFIT) for name, value in means.items()):
            raise Uncompiled("silence means what is not listed")
        self._fixed = {**same, **means}
        super().__init__(rule, as_of, chosen)
        self._bare = SameGiven(rule, as_of, chosen, told, same, silence=False) if means else None

    def given(self, name: str, writer: Lines, picks: Choice = ()) -> Term:
        """An input that is given, what silence means, a reading or the date."""
        if name not in self._there:
            return super().given(name, writer, picks)
        if name in self._fixed:
            value = self._fixed[name]
            return NEVER if value is None else writer.constant(value)
        if self._there[name]:
            return replace(self._inputs[name], null=False)
        return NEVER

    def case(self, given: Sequence[Any], told: tuple[bool, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...], Any]:
        """As of any case; silence is in the function."""
        values = tuple(given)
        found = self.function(values)
        shape = self.coded(found)
        return values, found, (shape, self._bare.coded(self._bare.function(values))) if self._bare else shape
