"""Provisions under readings: each is worked out once for those of the readings at hand that it uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from policy_engine.compiled.provisions import formula
from policy_engine.compiled.terms import Lines, Term
from policy_engine.deciding.outline import Outline
from policy_engine.rulebook.rule import Provision

Choice = tuple[tuple[str, str], ...]
Said = TypeVar("Said")
Given = Callable[[str, Lines, Choice], Term]


class Under:
    """Lines of a function in which formulas stand for themselves under some picks of the readings, none to begin with."""

    def __init__(self, outline: Outline, as_of: dt.date, given: Given, lines: type[Lines] = Lines) -> None:
        self.outline, self.as_of, self.given = outline, as_of, given
        self.picks: Choice = ()
        self.writer = lines(self._named)
        self._terms: dict[tuple[str, Choice], tuple[Term, Term]] = {}

    def formula(self, p: Provision) -> tuple[Term, Term]:
        """Value and state of a formula under the picks at hand, those that it uses."""
        key = p.id, used(self.picks, self.outline.asked[p.id])
        if key not in self._terms:
            self._terms[key] = self.within(p, lambda: formula(p, self.as_of, self.writer))
        return self._terms[key]

    def within(self, p: Provision, say: Callable[[], Said]) -> Said:
        """What is said under those of the picks alone that a provision uses."""
        outer = self.picks
        self.picks = used(outer, self.outline.asked[p.id])
        said = say()
        self.picks = outer
        return said

    def each(
        self, asked: frozenset[str], choices: Sequence[Mapping[str, str]], say: Callable[[], Said]
    ) -> dict[Choice, Said]:
        """What is said for each of the picks among some readings, none first."""
        found: dict[Choice, Said] = {}
        for picks in [(), *(used(tuple(choice.items()), asked) for choice in choices)]:
            if picks not in found:
                self.picks = picks
                found[picks] = say()
        self.picks = ()
        return found

    def _named(self, name: str) -> Term:
        found = self.outline.formulas.get(name)
        return self.given(name, self.writer, self.picks) if found is None else self.formula(found)[0]


def used(picks: Choice, asked: frozenset[str]) -> Choice:
    """Those of some picks that are among the readings asked for."""
    return tuple([pick for pick in picks if pick[0] in asked])
