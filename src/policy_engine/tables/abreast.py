"""Rows decided by several processes: this one reads, and hands over so many rows at a time to one that is begun for them.

Each begins as a copy of this process, with all that it has learnt of the rows so far, and what it was handed is there
already. What it found comes back through a pipe and is written in the order of the rows; what it does not give back is
decided here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Protocol

from policy_engine.basics.errors import PolicyError
from policy_engine.tables.copies import Copy
from policy_engine.tables.sheet import Rows
from policy_engine.tables.tally import Tally

Row = tuple[int, Sequence[Any]]


class Deciding(Protocol):
    """What decides rows one by one, counts them and writes what it found."""

    tally: Tally

    def apart(self, tally: Tally, reject: Callable[[Any], None], ahead: int) -> None:
        """From now on count, tell and write elsewhere, so many rows further down."""

    def part(self) -> Any:
        """What was written since."""

    def take(self, tally: Tally, rejected: Sequence[Any], part: Any) -> None:
        """What was counted, is told and written of the next rows."""

    def decide(self, number: int, cells: Sequence[Any]) -> None:
        """Decide a row."""

    def count(self) -> None:
        """Count what was found in the rows so far."""


class Notes:
    """What is said of a table while it is read, told after what is wrong with the rows before."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self.told, self.kept, self.is_ahead = told, list[str](), False

    def tell(self, text: str) -> None:
        """Say it, or keep it while rows before are being decided."""
        if self.is_ahead:
            self.kept.append(text)
        else:
            self.told(text)

    def caught_up(self) -> None:
        """Say what was kept."""
        self.is_ahead = False
        while self.kept:
            self.told(self.kept.pop(0))


@dataclass(frozen=True)
class Share:
    """Rows that were handed over."""

    rows: Sequence[Row]
    copy: Copy


class Abreast:
    """Rows decided by so many processes, as one would. `portion`: so many are handed over; `tick` is told how many are done."""

    def __init__(self, each: Deciding, tick: Callable[[int], None], processes: int, portion: int) -> None:
        self.each, self.tick, self.processes, self.portion = each, tick, processes, portion
        self.waiting = deque[Share]()

    def decide(self, rows: Rows, notes: Notes) -> None:
        """Decide all of them. Raises what is raised as they are read."""
        rows, wrong = iter(rows), None
        self._here(islice(rows, self.portion // 4))  # what is learnt of them all will know
        notes.is_ahead = True
        try:
            while wrong is None:
                block, wrong = _next(islice(rows, self.portion))
                if not block:
                    break
                self.waiting.append(self._share(block))
                while len(self.waiting) >= self.processes:
                    self._take(self.waiting.popleft())
            while self.waiting:
                self._take(self.waiting.popleft())
        finally:
            for one in self.waiting:
                one.copy.end()
        notes.caught_up()
        if wrong is not None:
            raise wrong

    def _here(self, rows: Iterable[Row]) -> None:
        for number, cells in rows:
            self.each.decide(number, cells)
            self.tick(self.each.tally.rows)

    def _share(self, rows: Sequence[Row]) -> Share:
        self.each.count()  # so that nothing is counted twice
        ahead = sum(len(one.rows) for one in self.waiting)
        copy = Copy(partial(self._there, rows, ahead), begin=self.processes > 1)
        if copy.process is None:
            self.processes = 1  # no other is to be had, and each attempt would take its time
        return Share(rows, copy)

    def _there(self, rows: Sequence[Row], ahead: int) -> tuple[Tally, list[Any], Any]:
        """What is found of rows, in a process of their own."""
        tally, rejected = Tally(), list[Any]()
        self.each.apart(tally, rejected.append, ahead)
        for number, cells in rows:
            self.each.decide(number, cells)
        self.each.count()
        return tally, rejected, self.each.part()

    def _take(self, one: Share) -> None:
        """Write what was found of rows that were handed over, or else decide them here."""
        found = one.copy.found()
        if found is None:
            self._here(one.rows)
        else:
            self.each.take(*found)
            self.tick(self.each.tally.rows)


def _next(rows: Iterator[Row]) -> tuple[list[Row], PolicyError | None]:
    """The next rows, and what is wrong behind them."""
    found = list[Row]()
    try:
        for row in rows:
            found.append(row)
    except PolicyError as error:
        return found, error
    return found, None
