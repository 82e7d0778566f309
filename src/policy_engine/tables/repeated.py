"""Cells of text that stand in many rows of a sheet are written as they were the first time."""

from __future__ import annotations

from functools import cache
from io import StringIO
from typing import Any, Final

from policy_engine.tables.sheet import cell_name

KNOWN: Final = 4096
_TEXT: Final = ' t="inlineStr"'


@cache
def repeating(sheet: type[Any]) -> type[Any]:
    """A kind of worksheet, whose texts go into their cells, that writes each text as the library wrote it once."""

    class Repeating(sheet):  # type: ignore[misc]
        """What the library writes of a cell behind its place and format, by text."""

        fh: Any

        def _write_cell(self, row: int, column: int, cell: Any) -> None:
            if cell.__class__.__name__ != "String" or not cell.format or not self.constant_memory:
                super()._write_cell(row, column, cell)
                return
            known: dict[str, str] = self.__dict__.setdefault("known", {})
            begins = f'<c r="{_letters(column)}{row + 1}" s="{cell.format._get_xf_index()}"'  # noqa: SLF001 - nothing else tells
            if (rest := known.get(cell.string)) is not None:
                self.fh.write(begins + rest)
                return
            file, self.fh = self.fh, StringIO()
            super()._write_cell(row, column, cell)
            written, self.fh = self.fh.getvalue(), file
            file.write(written)
            if written.startswith(begins + _TEXT):
                if len(known) >= KNOWN:
                    known.clear()
                known[cell.string] = written[len(begins) :]

    return Repeating


@cache
def _letters(column: int) -> str:
    return cell_name(0, column)[:-1]
