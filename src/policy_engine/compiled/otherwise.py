"""The outcome of a case, and those under other readings where they differ: choices are bits by their place, the last by default."""

from __future__ import annotations

from typing import Any

from policy_engine.compiled.provisions import NOTHING, OPEN, TOLD, UNKNOWN, VALUED
from policy_engine.compiled.side import Side
from policy_engine.compiled.whole import SHAPES
from policy_engine.deciding.outcome import OUTCOMES, Alternative, OutcomeName
from policy_engine.rulebook.rule import Provision

Said = tuple[OutcomeName, tuple[Alternative, ...]]


def outcomes(side: Side) -> Said:
    """The outcome, and those under other readings where they differ: kept by what is said, and by what does not matter."""
    kept, said = side.whole.outcomes, side.whole.coded(side.found)
    return kept.get(said) or kept.get((said, side.idle(None))) or _worked_out(side, said)


def _worked_out(side: Side, said: Any) -> Said:
    """The same, of choices of which no part says the same; kept but where a value bears by what it waits for."""
    choices, outcomes, others = side.whole.choices, _Outcomes(side), list[Alternative]()
    default = 1 << len(choices)
    by_default = outcomes.under(None, default)
    known, todo = {by_default: -1}, default - 1  # by outcome where it is known, or told by a part
    while todo := outcomes.but(todo, known):
        bit = todo & -todo
        one = outcomes.under(i := bit.bit_length() - 1, bit)
        if not known.get(one, 0) & bit:
            others.append(Alternative(choices[i], outcome=OUTCOMES[one]))
            known[one] = known.get(one, 0) | side.whole.above[i]
        todo ^= bit
    found = OUTCOMES[by_default], tuple(others)
    if not outcomes.open:
        if len(side.whole.outcomes) >= SHAPES:
            side.whole.outcomes.clear()
        side.whole.outcomes[said if outcomes.closed else (said, side.idle(None))] = found
    return found


class _Outcomes:
    """For each outcome, by its place, the choices under which it is said.

    `maybe`: those under which it may be unknown besides, since formulas (`open`) may wait for facts that matter; `closed`:
    no formula is not known.
    """

    def __init__(self, side: Side) -> None:
        self.side, self.whole, self.open = side, side.whole, list[tuple[Provision, int]]()
        self.closed = True
        self.says, valued, left, found = [0] * len(OUTCOMES), 0, (2 << len(self.whole.choices)) - 1, side.found
        for slot, weight in self.whole.weighed:
            if found[slot.others] is None:
                self.says[weight[found[slot.at]]] = left
            else:
                for said, bits in self.whole.told(slot, found):
                    self.says[weight[said]] |= bits
        for name, slot in self.whole.bears.items():
            for state, bits in (
                ((found[slot.at], left),) if found[slot.others] is None else self.whole.told(slot, found)
            ):
                if state == TOLD:
                    valued |= bits
                elif state == OPEN:
                    self._unknown(self.whole.outline.formulas[name], bits)
        for one in range(NOTHING):  # the gravest counts
            self.says[one] &= left
            left ^= self.says[one]
        self.says[VALUED] |= left & valued
        self.says[NOTHING] = left & ~valued
        self.maybe = 0
        for _, bits in self.open:
            self.maybe |= bits & ~(self.says[0] | self.says[UNKNOWN])

    def _unknown(self, p: Provision, bits: int) -> None:
        """Take in that a formula is not known under some choices."""
        self.closed = False
        if self.whole.asks_by_readings or not self.side.idle(None).isdisjoint(self.whole.outline.uses[p.id]):
            self.open.append((p, bits))
        else:
            self.says[UNKNOWN] |= bits

    def but(self, choices: int, known: dict[int, int]) -> int:
        """Choices without those of which is known what they say, whether that may be unknown or not."""
        certain = known.get(UNKNOWN, 0) | ~self.maybe
        for one, bits in enumerate(self.says):
            choices &= ~(bits & known.get(one, 0) & certain)
        return choices

    def under(self, i: int | None, bit: int) -> int:
        """The outcome under a choice."""
        for p, bits in self.open:
            if bits & self.maybe & bit and self.side.bears(p, i):
                unknown = bits & self.maybe & self._alike(p, i, bit)
                self.says = [said & ~unknown for said in self.says]
                self.says[UNKNOWN] |= unknown
                self.maybe &= ~unknown
        self.maybe &= ~bit
        return next(one for one, bits in enumerate(self.says) if bits & bit)

    def _alike(self, p: Provision, i: int | None, bit: int) -> int:
        """The choices under which a formula waits for the same as under one: the same of what it uses, or comes of it."""
        by = self.whole.outline
        if self.whole.asks_by_readings:
            return bit
        same = -1
        for name in p.names.intersection(by.formulas):
            same &= self._default(name)
        alike = self.whole.agreeing(by.asked[p.id], i)
        return alike | (
            same & self.whole.agreeing(p.names.intersection(self.whole.rule.readings), i) if same & bit else 0
        )

    def _default(self, name: str) -> int:
        """The choices under which a formula has the value that it has by default."""
        slot, found, same = self.whole.says[name], self.side.found, 0
        if found[self.whole.states[name].at] != TOLD:
            return 0
        for said, bits in slot.each(found):
            same |= bits if said == found[slot.at] else 0
        return same
