"""Rows with nothing odd in them: each cell was looked at before, or is a number in digits, and says nothing of the row.

Whether a row is a case, and can be taken, is asked in many ways. All but a few are about one cell, and most cells of a
column are alike: what was asked of one is not asked again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import NumberText
from policy_engine.deciding.facts import TEXTS
from policy_engine.tables.columns import Column, InWords
from policy_engine.tables.cut import cut_at, may_be_cut
from policy_engine.tables.marks import ends, kind_of_row, meant, total_inside
from policy_engine.tables.units import HINT, bare_unit

DIGITS: Final = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,4})?").fullmatch
"""A number in digits, as programs write it: it means the same wherever it is read."""
PERCENT: Final = re.compile(r"(0|[1-9][0-9]{0,2})(?:\.([0-9]{1,4}))?%").fullmatch
"""A percentage in digits, whole and decimals: so many hundredths wherever a share is read."""
_SLASH: Final = re.compile("[/／]")
SHORT: Final = 3
"""So many digits at most are before a comma within a number."""


class Kept(list[Any]):
    """The cells of a row as they stand, merged ones filled; what they mean as facts; why the row cannot be taken.

    `plain`: nothing in it was odd, and `meaning` says what a cell means as a fact.
    """

    wrong: PolicyError | None = None
    meaning: Callable[[int, Any], Any]
    plain = False

    @cached_property
    def meant(self) -> Sequence[Any]:
        """What the cells mean as facts."""
        return [self.meaning(i, cell) for i, cell in enumerate(self)]


class Plain:
    """The texts of each column of a sheet that were looked at, and say nothing of the row they stand in.

    `names`: whether a word names an input; `odd`: whether a text says that its row may not be taken as it stands.
    """

    def __init__(
        self, columns: Sequence[Column], header: Sequence[str], names: Callable[[str], bool],
        odd: Callable[[int, str], bool], day_0: dt.date | None,
    ) -> None:  # fmt: skip
        self.columns, self.header, self.names, self.odd, self.day_0 = columns, header, names, odd, day_0
        self.known: list[set[str]] = [set() for _ in columns]
        self.numbers = [c.entry is not None and c.entry.type.kind == "number" for c in columns]
        self.shares = [c.entry is not None and c.entry.type_name == "share" for c in columns]
        self.useless = any(isinstance(c, InWords) or (c.entry and DIGITS(c.header)) for c in columns)

    def told(self, cells: Sequence[Any]) -> int | None:
        """Which columns a row has something in, as bits; None where one of its cells must be looked at in the row."""
        if self.useless or len(cells) > len(self.columns):
            return None
        found, bit = 0, 1
        for i, (cell, known) in enumerate(zip(cells, self.known, strict=False)):
            if cell is not None and cell != "":
                kind = type(cell)
                if kind is str or kind is NumberText:
                    if cell in known:
                        pass
                    elif DIGITS(cell):
                        if len(cell) <= SHORT and self.numbers[i] and cut_at(cells, i):
                            return None
                    elif not ((self.shares[i] and PERCENT(cell)) or self._learnt(i, cell)):
                        return None
                elif not self._is_typed(i, cell, kind):
                    return None
                found |= bit
            bit <<= 1
        return found if found & (found - 1) else None  # a row of one cell may be a title

    def _learnt(self, i: int, cell: str) -> bool:
        """Whether a text says nothing but a fact, or what is beside one; it is kept."""
        if type(cell) is not str or not self._is_plain(i, cell):
            return False
        if len(self.known[i]) >= TEXTS:
            self.known[i].clear()
        self.known[i].add(cell)
        return True

    def _is_plain(self, i: int, cell: str) -> bool:
        word, column = cell.strip(), self.columns[i]
        if (
            not word
            or word in self.header
            or HINT.search(cell)
            or bare_unit(cell)
            or (word != cell and bare_unit(word))
        ):
            return False
        if not word[-1].isdigit() and self.names(word):
            return False
        if kind_of_row([cell]) is not None or total_inside([cell]) or ends(cell) or self.odd(i, cell):
            return False
        if self.numbers[i] and (may_be_cut(cell) or _SLASH.search(cell)):
            return False
        return column.entry is None or not meant(cell, column.entry, column.header, self.day_0)[1]

    def _is_typed(self, i: int, cell: Any, kind: type) -> bool:
        """Whether a cell that is no text is a number, a date or an answer, and read as that."""
        if kind is Decimal:
            return self.numbers[i] or self.columns[i].entry is None
        return kind is bool or kind is dt.date
