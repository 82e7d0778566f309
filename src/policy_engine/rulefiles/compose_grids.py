"""The decision tables of a rule file: several formulas from one grid of conditions, each written out as cases or a sum."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import Text
from policy_engine.basics.places import Path_
from policy_engine.basics.values import FLAG, Type
from policy_engine.language import ir
from policy_engine.language.evaluate import NO_CASE
from policy_engine.rulebook.rule import Citation, CitedPart, Provision
from policy_engine.rulefiles import shape as model
from policy_engine.rulefiles.compose_rows import helper
from policy_engine.rulefiles.reader import Reader, unit_word
from policy_engine.rulefiles.shape_tables import DecisionTable, GridRow, ResultColumn

ANY: Final = "-"
_RANGE: Final = re.compile(
    r"[\[\](]?\s*-?[\d.%/元万]+\s*[-~～—至到]+\s*[\d.%/元万]+\s*[\[\])]?|.*\.\..*|\d{4}-\d\d-\d\d\s*[~～—至到].*"
)
"""What other tables write for a range; `1-5` would be read as a difference."""
_COMPARED: Final = re.compile(r"[<>=!]=?|(not\s+)?in\b")
_Row = tuple[ir.Node, list[ir.Node], tuple[Citation, ...], Path_]


class Grids:
    """The decision tables of a file."""

    def __init__(self, reader: Reader, entries: Mapping[str, DecisionTable], document: str) -> None:
        self.reader, self.entries, self.document = reader, entries, document
        self.types: dict[str, Type] = {}
        for name, entry in entries.items():
            for key, column in entry.gives.items():
                at: Path_ = ("decision_tables", name, "gives", key)
                self.types[key] = reader.type_of(column, at)
                reader.declare(key, self.types[key], at)

    def provisions(self) -> Iterator[Provision]:
        """Each column as a formula of the decision."""
        for name, entry in self.entries.items():
            yield from self._grid(entry, ("decision_tables", name))

    def _grid(self, entry: DecisionTable, path: Path_) -> Iterator[Provision]:
        before, own = len(self.reader.problems), self.reader.cites(entry.cite, self.document)
        keys = [self.reader.typed(text, (*path, "on", i))[0] for i, text in enumerate(entry.on)]
        if len(self.reader.problems) > before:
            return
        found = [self._row(row, entry, keys, (*path, "rows", i)) for i, row in enumerate(entry.rows)]
        rows = [row for row in found if row is not None]
        borrowed, declared = self.reader.borrowed()
        cites = tuple(dict.fromkeys((*own, *(cite for row in rows for cite in row[2]), *borrowed)))
        for i, (name, column) in enumerate(entry.gives.items()):
            value = self._value(column, [(row[0], row[1][i], row[3]) for row in rows], entry.match == "first")
            self.reader.cited(value, cites, path)
            parts = tuple(
                CitedPart(node, row_cites + own + borrowed, self.reader.source.place(at))
                for condition, cells, row_cites, at in rows
                for node in (condition, cells[i])
            )
            yield helper(
                name, model.words(column.title or entry.title, name), value, self.types[name], column.type,
                cites=own or cites[:1], case_cites=cites, parts=parts, place=self.reader.source.place(path),
                note=model.said(entry.note), options=self.reader.labels(column), unit_word=unit_word(column.unit),
                derived=self.reader.derived(entry.derived, path) | declared,
            )  # fmt: skip

    def _row(self, row: GridRow | list[str], entry: DecisionTable, keys: Sequence[Type], path: Path_) -> _Row | None:
        cells = row.cells if isinstance(row, GridRow) else row
        own = self.reader.cites(row.cite, self.document) if isinstance(row, GridRow) else ()
        at: Path_ = (*path, "is") if isinstance(row, GridRow) else path
        wanted = len(entry.on) + len(entry.gives)
        if len(cells) != wanted:
            self.reader.report(
                path,
                "table",
                f"the row has {len(cells)} cells, not {wanted}",
                f"该行有 {len(cells)} 格，应为 {wanted} 格",
            )
            return None
        k = len(entry.on)
        conditions = [
            self._condition(cell, on, kind, (*at, i))
            for i, (cell, on, kind) in enumerate(zip(cells[:k], entry.on, keys, strict=True))
            if cell != ANY
        ]
        values = [
            self._cell(cell, name, column, (*at, k + i))
            for i, (cell, (name, column)) in enumerate(zip(cells[k:], entry.gives.items(), strict=True))
        ]
        return ir.conjunction(tuple(conditions)), values, own, path

    def _condition(self, cell: str, on: str, kind: Type, path: Path_) -> ir.Node:
        """A cell as a condition: a comparison as it is written, else a value it is equal to."""
        if kind.kind == "flag":
            node = self.reader.expression(on, FLAG, path)
            return node if self.reader.value(cell, kind, path) else ir.Not(node)
        if told := self._misread(cell, on, kind):
            self.reader.report(
                path, "table", f"`{cell}` is no cell of a decision table", f"决策表的单元格不能写 `{cell}`", told
            )
            return ir.TRUE
        if _COMPARED.match(cell) or kind.kind == "number":
            return self.reader.expression(f"({on}) {cell if _COMPARED.match(cell) else '== ' + cell}", FLAG, path)
        value = self.reader.value(cell, kind, path)
        node = self.reader.typed(on, path)[1]
        return ir.Compare("==", node, ir.Const(value)) if isinstance(value, str) or hasattr(value, "year") else ir.TRUE  # type: ignore[arg-type]

    @staticmethod
    def _misread(cell: str, on: str, kind: Type) -> Text | None:
        """How a cell is written that other tables write so."""
        if cell in ("*", "any", "任意", "—", ""):
            return Text("any value is `-`", "任意值写作 `-`")
        if (
            kind.kind == "choice"
            and re.search("[,，、/]", cell)
            and not _COMPARED.match(cell)
            and cell not in kind.options
        ):
            return Text('several are `in ["a", "b"]`', '多个值写作 `in ["a", "b"]`')
        if kind.kind in ("number", "date") and (_RANGE.fullmatch(cell) or re.search(r"\b(and|or)\s*[<>=!]", cell)):
            return Text(f"a range is `>= 1 and {on} <= 5`", f"区间写作 `>= 1 and {on} <= 5`")
        return None

    def _cell(self, cell: str, name: str, column: ResultColumn, path: Path_) -> ir.Node:
        kind = self.types[name]
        if kind.kind == "number":
            return self.reader.expression(cell, kind, path)
        value = self.reader.value(cell, kind, path)
        if value is None:
            return ir.Unsettled(NO_CASE)
        return ir.ListOf(tuple(sorted(value))) if isinstance(value, frozenset) else ir.Const(value)  # type: ignore[arg-type]

    def _value(self, column: ResultColumn, rows: Sequence[tuple[ir.Node, ir.Node, Path_]], first: bool) -> ir.Node:
        branches = tuple((condition, value) for condition, value, _ in rows)
        if column.by in ("sum", "count"):
            one = ir.Number(Fraction(1))
            return _summed([
                ir.Cases(((condition, one if column.by == "count" else value),), ir.Number(Fraction(0)))
                for condition, value in branches
            ]) if branches else ir.Number(Fraction(0))  # fmt: skip
        if column.by is not None:
            for _, value, path in rows:
                if not isinstance(value, ir.Number | ir.Const):
                    self.reader.report(
                        path,
                        "table",
                        f"`by: {column.by}` takes values written out",
                        f"`by: {column.by}` 应用于写明的数值",
                    )
                    return ir.TRUE
            ordered = sorted(branches, key=lambda b: b[1].value, reverse=column.by == "max")  # type: ignore[attr-defined]
            return ir.Cases(tuple(ordered), ir.Unsettled(NO_CASE))
        return ir.Cases(branches, ir.Unsettled(NO_CASE), first=first)


def _summed(parts: Sequence[ir.Node]) -> ir.Node:
    half = len(parts) // 2
    return ir.Arith("+", _summed(parts[:half]), _summed(parts[half:])) if half else parts[0]
