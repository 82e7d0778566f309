"""A sheet of a workbook written row by row, each at once: what the library makes of a cell is kept for those like it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from io import StringIO
from typing import Any, Final

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from policy_engine.tables.cells import Percentage

KEPT: Final = 4096
"""Of so many cells it is kept what the library makes of them."""
LONG: Final = 200
"""A longer text rarely stands twice."""
_NUMBERS: Final = (Decimal, Percentage, int, float)
_letters: Final = cache(xl_col_to_name)


class Rowwise(Worksheet):  # type: ignore[misc]
    """A sheet whose rows go to disk as they are written, from above."""

    fh: Any
    previous_row: int
    table: dict[int, dict[int, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[Any, str] = {}
        self.begun: dict[float, str] = {}
        self.around: dict[Any, tuple[str, str]] = {}
        self.around_texts: dict[Any, tuple[str, str]] = {}

    def line(self, row: int, height: float, cells: Sequence[tuple[int, Any, Any]]) -> None:
        """A row of so many points: the column of each cell, its value, its format. Text is text, whatever it begins with."""
        if self.table:  # of a row that was written cell by cell
            self._write_single_row(row)
        self.previous_row = row
        tag = self.begun.get(height)
        place, told = row + 1, [f'<row r="{row + 1}"{self._begun(height) if tag is None else tag}>']
        for column, value, form in cells:
            if type(value) in _NUMBERS:
                begin, end = self.around.get(form) or self._around(column, form)
                told.append(f'<c r="{_letters(column)}{place}"{begin}{value:.16G}{end}')
            else:
                rest = self.known.get((value, form)) or self._rest(column, value, form)
                told.append(f'<c r="{_letters(column)}{place}"{rest}')
        self.fh.write("".join(told) + "</row>")
        for column in (cells[0][0], cells[-1][0]) if cells else ():
            self._check_dimensions(row, column)
        self.previous_row = place

    def apart(self) -> None:
        """Keep the rows that are written from now on."""
        self.fh = StringIO()

    def part(self) -> str:
        """The rows that were written since."""
        return str(self.fh.getvalue())

    def take(self, row: int, part: str, rows: int) -> None:
        """So many rows from this one on, as they were written elsewhere in the columns of those above."""
        if self.table:
            self._write_single_row(row)
        self.fh.write(part)
        self._check_dimensions(row + rows - 1, 0)
        self.previous_row = row + rows

    # --- what the library writes: of this row, by its own methods ----------------------------------------------------

    def _begun(self, height: float) -> str:
        """How a row of a height begins behind its number."""
        row = self.previous_row
        self.set_row(row, height)
        made = self._made(lambda: self._write_single_row(row))
        found = self.begun[height] = made.removeprefix(f'<row r="{row + 1}"').removesuffix("/>")
        return found

    def _around(self, column: int, form: Any) -> tuple[str, str]:
        """What stands around a number."""
        begin, value, end = self._cell(self.write_number, column, 0, form).partition("<v>")
        found = self.around[form] = (begin + value, end.removeprefix("0"))
        return found

    def _around_text(self, form: Any) -> tuple[str, str]:
        """What stands around a text."""
        begin, _, end = self._made(lambda: self._text("\0", form)).partition("_x0000_")
        found = self.around_texts[form] = (begin, end)
        return found

    def _rest(self, column: int, value: Any, form: Any) -> str:
        """A cell behind its place."""
        if type(value) is not str:
            blank, boolean = value is None, type(value) is bool
            write = self.write_blank if blank else self.write_boolean if boolean else self.write_datetime
            found = self._cell(write, column, value, form)
        elif _has_signs(value):
            found = self._made(lambda: self._text(value, form))
        else:  # it is written as it stands
            begin, end = self.around_texts.get(form) or self._around_text(form)
            found = begin + value + end
        if type(value) is not str or len(value) <= LONG:
            if len(self.known) >= KEPT:
                self.known.clear()
            self.known[value, form] = found
        return found

    def _cell(self, write: Callable[..., Any], column: int, value: Any, form: Any) -> str:
        write(self.previous_row, column, value, form)
        cell = self.table.pop(self.previous_row)[column]
        return self._made(lambda: self._write_cell(0, 0, cell))

    def _text(self, text: str, form: Any) -> None:
        """A text, also one that the library would take for parts in different fonts: `<r>…</r>`."""
        escaped = self._escape_control_characters(text)
        edges = escaped != escaped.strip()
        self._xml_inline_string(escaped, edges, [("r", "A1"), ("s", form._get_xf_index())])  # noqa: SLF001

    def _made(self, write: Callable[[], Any]) -> str:
        """What is written, but the place of a cell."""
        file, self.fh = self.fh, StringIO()
        write()
        made: str = self.fh.getvalue()
        self.fh = file
        return made.removeprefix('<c r="A1"')


def _has_signs(text: str) -> bool:
    """Whether the library would write a text otherwise than it stands."""
    return (
        not text.isprintable() or "&" in text or "<" in text or ">" in text or "_" in text  # a search takes four times as long
        or text.startswith(" ") or text.endswith(" ")
    )  # fmt: skip
