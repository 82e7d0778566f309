"""What the functions of a decision say of the facts of a case, with what silence means or without."""

from __future__ import annotations

from typing import Any

from policy_engine.basics.values import Unknown, Value
from policy_engine.compiled.counted import fraction
from policy_engine.compiled.provisions import OPEN, TOLD
from policy_engine.compiled.waits import Waiting, unknown
from policy_engine.compiled.whole import Whole
from policy_engine.deciding.decide import Worked
from policy_engine.explaining.once import Once
from policy_engine.rulebook.rule import Provision


class Side:
    """What the functions say of the facts of a case, with what silence means or without."""

    def __init__(self, whole: Whole, values: tuple[Any, ...], told: tuple[bool, ...], otherwise: bool = True) -> None:
        self.whole, self._values, self._told = whole, values, told
        self.found = (whole.function if otherwise else whole.by_default)(values)
        self._waits: dict[int | None, tuple[Any, ...]] = {}
        self._idle: dict[int | None, frozenset[str]] = {}
        self._open: dict[tuple[int, int | None], Unknown] = {}  # by what is waited for, which `waits` keeps

    def waits(self, i: int | None = None) -> tuple[Any, ...]:
        """What everything waits for that is not known, under a choice by its place; None: as the text is read by default."""
        found = self._waits.get(i)
        if found is None:
            found = self._waits[i] = self.whole.waits_under(i).function((self._values, self._told))
        return found

    def idle(self, i: int | None) -> frozenset[str]:
        """The facts not given that do not matter under a choice."""
        i = i if self.whole.asks_by_readings else None
        if i not in self._idle:
            whens, waits = self.whole.waits_under(i).whens.items(), self.waits(i)
            found = [n for n, (matters, _) in whens if waits[matters] is False and not self._told[self.whole.place[n]]]
            self._idle[i] = frozenset(found)
        return self._idle[i]

    @Once
    def results(self) -> dict[str, Worked]:
        """What formulas give as the text is read by default, and whether they have something to say."""
        results = {}
        for name, p in self.whole.outline.formulas.items():
            state, slot = self.found[self.whole.states[name].at], self.whole.says[name]
            if state == TOLD:
                results[name] = Worked(known(self.found[slot.at], slot.under), True)
            elif state == OPEN:
                results[name] = Worked(self.open(p, None), self.bears(p, None))
            else:
                results[name] = self.whole.inapplicable[name]
        return results

    def says(self, p: Provision) -> bool:
        """Whether a formula has something to say as the text is read by default."""
        state = self.found[self.whole.states[p.id].at]
        return bool(state == TOLD or (state == OPEN and self.bears(p, None)))

    def open(self, p: Provision, i: int | None) -> Unknown:
        """What a formula that is not known waits for under a choice."""
        return self.unknown(self._waits_of(p, i), i)

    def unknown(self, waits: Waiting, i: int | None) -> Unknown:
        """What is waited for, of all that these functions say, under a choice."""
        key = id(waits), i if self.whole.asks_by_readings else None
        if key not in self._open:
            self._open[key] = unknown(waits, self.idle(i))
        return self._open[key]

    def bears(self, p: Provision, i: int | None) -> bool:
        """Whether a formula that is not known waits for more than facts that do not matter."""
        missing, idle = self.whole.place.keys() & self._waits_of(p, i).keys(), self.idle(i)
        return not missing or not idle.issuperset(missing)

    def _waits_of(self, p: Provision, i: int | None) -> Waiting:
        i = i if i is None else self.whole.least(p, i)
        return self.waits(i)[self.whole.waits_under(i).values[p.id]]  # type: ignore[no-any-return]

    @property
    def worked(self) -> dict[str, Value]:
        """The values of formulas that apply: none is worked out again. One may wait for facts that do not matter."""
        found: dict[str, Value] = {}
        for name, (value, _) in self.results.items():
            state = self.found[self.whole.states[name].at]
            if state == TOLD:
                found[name] = value
            elif state == OPEN:
                waits = self._waits_of(self.whole.outline.formulas[name], None)
                found[name] = value if self.idle(None).isdisjoint(waits) else unknown(waits)
        return found


def known(said: Any, under: int | None) -> Value:
    """What a function said as a value."""
    return fraction(said, under) if under else said
