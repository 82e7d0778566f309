"""The facts of a plain row as compiled functions take them: each column read by a way of its own, each text of it once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import ANOTHER, BadValue, Known, NumberText, is_not_yet
from policy_engine.compiled.counted import UNFIT, counted, scale, span
from policy_engine.deciding.facts import LONG, TEXTS, Facts, read_input
from policy_engine.rulebook.rule import Input, Rule
from policy_engine.tables.columns import Column, Unclear
from policy_engine.tables.given import facts_of
from policy_engine.tables.plain import DIGITS, PERCENT, Kept


class TypedCells:
    """How the cells of a table are read, in the order of the inputs of its rule."""

    def __init__(self, rule: Rule, columns: Sequence[Column]) -> None:
        places = {name: i for i, name in enumerate(rule.inputs)}
        self.entries = [(entry, scale(entry) if entry.type.kind == "number" else 0) for entry in rule.inputs.values()]
        self.choices = [i for i, entry in enumerate(rule.inputs.values()) if entry.type.kind == "choice"]
        self.width = len(places)
        self.cells = [
            (at, places[entry.name], read := _Cells(column, entry), read.read)
            for at, column in enumerate(columns)
            if (entry := column.entry) is not None
        ]

    def facts(self, cells: Kept) -> tuple[list[Any], tuple[bool, ...]] | None:
        """What a row gives, None for what it does not, and what it gives; nothing where a cell is not read at once."""
        given: list[Any] = [None] * self.width
        told = [False] * self.width
        beyond = len(cells)
        for at, place, column, read in self.cells:
            cell = cells[at] if at < beyond else None
            if cell is None or cell == "":
                continue
            if type(cell) is not str or (value := read.get(cell)) is None:
                value = column.value(at, cell, cells)
            if value is UNFIT:
                return None
            given[place], told[place] = value, True
        return given, tuple(told)

    def known(self, given: Sequence[Any], told: Sequence[bool]) -> Facts:
        """The same as facts."""
        found: dict[str, Known] = {}
        for (entry, parts), value, there in zip(self.entries, given, told, strict=True):
            if there:
                found[entry.name] = ANOTHER if value is None else Fraction(value, parts) if parts else value
        return Facts(found)


def is_read_so(rule: Rule, columns: Sequence[Column]) -> bool:
    """Whether all facts of a table can be read cell by cell: no lists, no totals that grow, no column beside a date."""
    entries = [column.entry for column in columns if column.entry is not None]
    return not rule.rows and all(rule.inputs.get(entry.name) is entry and not entry.grows for entry in entries)


class _Cells:
    """The cells of one column."""

    def __init__(self, column: Column, entry: Input) -> None:
        self.column, self.entry = column, entry
        self.number, self.date = entry.type.kind == "number", entry.type.kind == "date"
        spanned = span(entry)
        self.span = spanned if column.factor.denominator == 1 and not isinstance(column, Unclear) else None
        self.share = spanned if entry.type_name == "share" else None
        self.factor = column.factor.numerator
        self.read: dict[str, Any] = {}

    def value(self, at: int, cell: Any, row: Kept) -> Any:
        """A cell as functions take it, of text not read before; UNFIT where it is looked at in its row."""
        kind = type(cell)
        if self.share is not None and kind is str and (told := PERCENT(cell)):
            whole, rest = told[1], told[2] or ""
            return _counted(int(whole + rest), 10 ** (len(rest) + 2), self.share)
        if self.span is not None:
            if (kind is str or kind is NumberText) and DIGITS(cell):
                whole, point, rest = cell.partition(".")
                return _counted(int(whole + rest) * self.factor, 10 ** len(rest) if point else 1, self.span)
            if kind is Decimal:
                above, below = cell.as_integer_ratio()
                return _counted(above * self.factor, below, self.span)
        found = self._anew(row.meaning(at, cell))
        if kind is str and len(cell) <= LONG:
            if len(self.read) >= TEXTS:
                self.read.clear()
            self.read[cell] = found
        return found

    def _anew(self, cell: Any) -> Any:
        try:
            raw = facts_of([cell], [self.column]).get(self.entry.name)
            if raw is None or (isinstance(raw, str) and not raw.strip()) or (self.date and is_not_yet(raw)):
                return UNFIT
            return counted(self.entry, read_input(self.entry, raw))
        except (BadValue, PolicyError):
            return UNFIT


def _counted(above: int, below: int, spanned: tuple[int, int, int]) -> Any:
    """A number in the parts of its input; UNFIT where it has none, or is out of bounds."""
    parts, least, most = spanned
    found, rest = divmod(above * parts, below)
    return UNFIT if rest or not least <= found <= most else found
