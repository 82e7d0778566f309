"""A blank workbook to fill in: a sheet for the cases, one for each list of theirs, the notes, what may be chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from policy_engine.basics.errors import Lang
from policy_engine.tables.handed import LINE, empty_book, lines_of, on_pages, wide
from policy_engine.tables.sheet import cell_name
from policy_engine.tables.template import EXAMPLE, NUMBER, Blank
from policy_engine.words import say


def write_blank(
    path: Path, columns: Sequence[Blank], title: str, lang: Lang, lists: Mapping[str, Sequence[Blank]]
) -> None:
    """A blank workbook: headers with a note each, options, an example row; a sheet called like each list; the notes again.

    Raises:
        PolicyError: the library is not installed.
    """
    made = _Blanks(empty_book(path), lang)
    made.fill("填写" if lang == "zh" else "Fill in", columns, title)
    for name, of_list in lists.items():
        made.fill(name, of_list, title, list_of=name)
    made.close(title)


class _Blanks:
    """Sheets to fill in, all their notes on one sheet and all their options on another."""

    def __init__(self, book: Any, lang: Lang) -> None:
        self.book, self.lang = book, lang
        self.head = book.add_format(
            {"bold": True, "bg_color": "#D9E1F2", "border": 1, "text_wrap": True, "valign": "vcenter"}
        )
        self.grey = book.add_format({"italic": True, "font_color": "#7F7F7F", "num_format": "yyyy-mm-dd"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.notes = list[tuple[str, str]]()
        self.options = list[Sequence[str]]()

    def fill(self, name: str, columns: Sequence[Blank], title: str, list_of: str = "") -> None:
        """A sheet with these columns, numbered; a row of a list has the number of its case."""
        sheet = self.book.add_worksheet(name)
        sheet.write_string(0, 0, NUMBER.of(self.lang), self.head)
        sheet.write_string(1, 0, EXAMPLE.of(self.lang), self.grey)
        for c, column in enumerate(columns, 1):
            sheet.write_string(0, c, column.header, self.head)
            width = min(max(wide(column.header) / 2 + 4, 12), 30)
            sheet.set_column(c, c, width, self.day if column.kind == "date" else None)
            self._ask(sheet, c, column)
            self.notes.append((f"{list_of}：{column.header}" if list_of else column.header, column.note))
        sheet.set_column(0, 0, 8)
        sheet.set_row(0, LINE * max([1, *(lines_of(column.header, 24) for column in columns)]) + 6)
        sheet.freeze_panes(1, 1)
        on_pages(sheet, title)

    def _ask(self, sheet: Any, c: int, column: Blank) -> None:
        """The note of a column, its example, and what may be chosen: from a sheet of options, which holds any number of them."""
        size = {"x_scale": 2.5, "y_scale": 1 + column.note.count("\n") / 2, "visible": False}
        sheet.write_comment(0, c, column.note, size)
        if isinstance(column.example, dt.date):
            sheet.write_datetime(1, c, dt.datetime.combine(column.example, dt.time(0)), self.grey)
        elif column.example is not None:
            sheet.write_string(1, c, str(column.example), self.grey)
        if column.options:
            letters = cell_name(0, len(self.options))[:-1]
            self.options.append(column.options)
            source = f"='{self._chosen}'!${letters}$1:${letters}${len(column.options)}"
            check = {"validate": "list", "source": source, "error_type": "warning"}
            sheet.data_validation(1, c, 1000, c, check if column.one_of else {**check, "show_error": False})

    @property
    def _chosen(self) -> str:
        return "选项" if self.lang == "zh" else "Options"

    def close(self, title: str) -> None:
        """The notes and the options on sheets of their own; then the file is whole."""
        notes = self.book.add_worksheet("填写说明" if self.lang == "zh" else "Notes")
        top = self.book.add_format({"text_wrap": True, "valign": "top"})
        for i, value in enumerate((say("inputs", self.lang), say("note", self.lang))):
            notes.write_string(0, i, value, self.head)
        for r, told in enumerate(self.notes, 1):
            for i, value in enumerate(told):
                notes.write_string(r, i, value, top)
        notes.set_column(0, 0, 40)
        notes.set_column(1, 1, 90)
        on_pages(notes, title)
        chosen = self.book.add_worksheet(self._chosen)
        for c, options in enumerate(self.options):
            chosen.write_column(0, c, options)
        chosen.hide()
        self.book.close()
