"""Rows that only add up what stands above them, and do not say so."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final, Literal

from policy_engine.basics.numerals import parse
from policy_engine.basics.values import BadValue
from policy_engine.deciding.facts import read_input
from policy_engine.rulebook.rule import Input

ROWS: Final = 5_000
"""So many rows are added up; a table that goes on longer is none that somebody added up without saying so."""


class Summed:
    """The cases of a table so far, to tell a total that has no label from the next case."""

    def __init__(self, entries: Sequence[Input | None]) -> None:
        self.entries, self.above, self.since, self.over = entries, list[Sequence[Any]](), 0, False
        self.everywhere: list[int | None] = [None, None]

    def case(self, cells: Sequence[Any], told: int | None = None) -> None:
        """One more case; `told`: the columns in which it has something, as bits, if that is known."""
        if self.over:
            return
        self.over = len(self.above) >= ROWS
        self.above = [] if self.over else self.above
        if not self.over:
            told = _bits(cells) if told is None else told
            self.above.append(cells)
            self.everywhere = [told if bits is None else bits & told for bits in self.everywhere]

    def left_out(self) -> None:
        """A row was left out: a total may begin anew below it."""
        self.since, self.everywhere[1] = len(self.above), None

    def may_be_total(self, told: int) -> bool:
        """Whether a row lacks what each of the rows above has, or of those since one was left out."""
        if self.over:
            return False
        every, since = self.everywhere
        return bool((every is not None and every & ~told) or (since is not None and since & ~told))

    def is_total(self, cells: Sequence[Any]) -> Literal["no", "maybe", "yes"]:
        """Whether a row has nothing but sums of the rows above, or of those since one was left out, and lacks what each of them has.

        `maybe` under a single row, of which it may be a copy.
        """
        if not self.may_be_total(bits := _bits(cells)):
            return "no"
        told = {i: cell for i, cell in enumerate(cells) if bits >> i & 1}
        if not any(self._is_amount(i, cell) for i, cell in told.items()):
            return "no"  # nothing at all, or only a number in a column of its own, as a row that is numbered in advance
        for everywhere, since in zip(self.everywhere, (0, self.since), strict=True):
            if everywhere is None or not everywhere & ~bits:
                continue
            rows = self.above[since:] if since else self.above
            if all(self._adds_up(rows, i, cell) for i, cell in told.items()):
                return "yes" if len(rows) > 1 else "maybe"
        return "no"

    def _adds_up(self, rows: Sequence[Sequence[Any]], i: int, cell: Any) -> bool:
        found = [self._number(i, row[i]) if i < len(row) else Fraction(0) for row in rows]
        return None not in found and sum(one for one in found if one is not None) == self._number(i, cell)

    def _is_amount(self, i: int, cell: Any) -> bool:
        entry = self.entries[i] if i < len(self.entries) else None
        return entry is not None and entry.type.kind == "number" and bool(self._number(i, cell))

    def _number(self, i: int, cell: Any) -> Fraction | None:
        """A cell as a number, zero where there is none; None where it is something else."""
        entry = self.entries[i] if i < len(self.entries) else None
        if cell is None or not str(cell).strip():
            return Fraction(0)
        if entry is None:
            return parse(str(cell))
        try:
            found = read_input(entry, cell)
        except BadValue:
            return None
        return found if isinstance(found, Fraction) else None


def _bits(cells: Sequence[Any]) -> int:
    """The columns in which something stands, as bits."""
    return sum(1 << i for i, cell in enumerate(cells) if cell is not None and str(cell).strip())
