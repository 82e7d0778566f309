"""Workbooks written: results that are handed on, blank ones that are filled in."""

from __future__ import annotations

import datetime as dt
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Lang, PolicyError, problem
from policy_engine.deciding.outcome import STATUSES, Status
from policy_engine.rulebook.rule import Rule
from policy_engine.tables.cells import DIGITS
from policy_engine.tables.extras import needed
from policy_engine.tables.template import Blank
from policy_engine.words import FORCE, STATUS, say

ROWS: Final = 1_048_576
COLUMNS: Final = 16_384
CHARACTERS: Final = 32_767
_COLOURS: Final[Mapping[Status, str]] = {
    "violated": "#F8CBAD", "undetermined": "#DDEBF7", "departed": "#FFE699", "missed": "#FFE699", "pending": "#E7E6E6",
    "satisfied": "#E2EFDA", "not_applicable": "#F2F2F2",
}  # fmt: skip


def _fitting(text: str) -> str:
    """A text that a cell holds whole. Raises PolicyError."""
    if len(text) > CHARACTERS:
        raise PolicyError(
            problem("too-large", f"a cell holds {CHARACTERS:,} characters: write .csv, .jsonl or .parquet",
                    f"一个单元格最多 {CHARACTERS:,} 个字符：请写为 .csv、.jsonl 或 .parquet")
        )  # fmt: skip
    return text


class Workbook:
    """Results as a workbook: rows, a summary with a chart, the citations. Rows go to disk as they come."""

    def __init__(self, path: Path, rule: Rule, lang: Lang) -> None:
        with needed():
            import xlsxwriter
        self.folder = tempfile.TemporaryDirectory()  # goes with the workbook, even where the run is interrupted
        options = {"constant_memory": True, "strings_to_formulas": False, "tmpdir": self.folder.name}
        self.book = xlsxwriter.Workbook(str(path), options)
        self.rule, self.lang = rule, lang
        self.head = self.book.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1, "text_wrap": True})
        self.date = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.integer = self.book.add_format({"num_format": "#,##0"})
        self.plain = self.book.add_format({"num_format": "#,##0.##########"})
        self.wrap = self.book.add_format({"text_wrap": True, "valign": "top"})
        self.sheet = self.book.add_worksheet("结果" if lang == "zh" else "Results")
        self.row = 0
        self.headers: list[str] = []

    def header(self, headers: Sequence[str]) -> None:
        """The first row, frozen."""
        self.headers = list(headers)
        if len(headers) > COLUMNS:
            raise PolicyError(
                problem("too-large", f"a sheet holds {COLUMNS:,} columns: write .csv, .jsonl or .parquet",
                        f"一张工作表最多 {COLUMNS:,} 列：请写为 .csv、.jsonl 或 .parquet")
            )  # fmt: skip
        for i, name in enumerate(headers):
            self.sheet.write_string(0, i, name, self.head)
        self.sheet.set_column(0, len(headers), 16)
        self.sheet.freeze_panes(1, 1)
        self.row = 1

    def write(self, cells: Sequence[Any]) -> None:
        """One row; text is text, whatever it begins with. Raises PolicyError where the sheet is full."""
        if self.row >= ROWS:
            raise PolicyError(
                problem("too-large", f"a sheet holds {ROWS:,} rows: write .csv, .jsonl or .parquet",
                        f"一张工作表最多 {ROWS:,} 行：请写为 .csv、.jsonl 或 .parquet")
            )  # fmt: skip
        for i, value in enumerate(cells):
            if isinstance(value, Decimal) and len(value.as_tuple().digits) <= DIGITS:
                self.sheet.write_number(
                    self.row, i, value, self.integer if value == value.to_integral_value() else self.plain
                )
            elif isinstance(value, dt.date):
                self.sheet.write_datetime(self.row, i, value, self.date)
            elif isinstance(value, bool):
                self.sheet.write_string(
                    self.row, i, {True: "是", False: "否"}[value] if self.lang == "zh" else str(value).lower()
                )
            elif value is not None:
                self.sheet.write_string(self.row, i, _fitting(str(value)))
        self.row += 1

    def close(self, counts: Mapping[str, Mapping[Status, int]], total: int) -> None:
        """Filters, colours, the summary and the citations; then the file is whole."""
        if self.row > 1:
            self.sheet.autofilter(0, 0, self.row - 1, len(self.headers) - 1)
            for status, colour in _COLOURS.items():
                fill = self.book.add_format({"bg_color": colour})
                criteria = {
                    "type": "cell",
                    "criteria": "==",
                    "value": f'"{STATUS[status].of(self.lang)}"',
                    "format": fill,
                }
                self.sheet.conditional_format(1, 0, self.row - 1, len(self.headers) - 1, criteria)
        self._summary(counts, total)
        self._citations()
        self.book.close()
        self.folder.cleanup()

    def _summary(self, counts: Mapping[str, Mapping[Status, int]], total: int) -> None:
        sheet = self.book.add_worksheet(say("summary", self.lang))
        heads = [say("provision", self.lang), *(STATUS[status].of(self.lang) for status in STATUSES)]
        for i, name in enumerate(heads):
            sheet.write_string(0, i, name, self.head)
        titles = {p.id: p.title.of(self.lang) for p in self.rule.provisions}
        for r, (provision, found) in enumerate(counts.items(), 1):
            sheet.write_string(r, 0, titles.get(provision, provision))
            for c, status in enumerate(STATUSES, 1):
                sheet.write_number(r, c, found.get(status, 0))
        sheet.set_column(0, 0, 44)
        sheet.write_string(len(counts) + 2, 0, f"{say('cases', self.lang)}: {total}")
        if counts:
            self._chart(sheet, len(counts))

    def _chart(self, sheet: Any, rows: int) -> None:
        chart = self.book.add_chart({"type": "bar", "subtype": "stacked"})
        for c, status in enumerate(STATUSES, 1):
            chart.add_series(
                {
                    "name": [sheet.name, 0, c],
                    "categories": [sheet.name, 1, 0, rows, 0],
                    "values": [sheet.name, 1, c, rows, c],
                    "fill": {"color": _COLOURS[status]},
                    "border": {"color": "#999999"},
                }
            )
        chart.set_y_axis({"reverse": True})
        chart.set_size({"width": 760, "height": 120 + 26 * rows})
        sheet.insert_chart(rows + 4, 0, chart)

    def _citations(self) -> None:
        sheet = self.book.add_worksheet(say("citation", self.lang))
        heads = (
            say("provision", self.lang),
            "id",
            say("status", self.lang),
            say("document", self.lang),
            "at",
            say("citation", self.lang),
        )
        for i, name in enumerate(heads):
            sheet.write_string(0, i, name, self.head)
        row = 1
        for p in self.rule.provisions:
            for cite in p.cites:
                cells = (p.title.of(self.lang), p.id, FORCE[p.force].of(self.lang), cite.document, cite.at, cite.phrase)
                for i, value in enumerate(cells):
                    sheet.write_string(row, i, value, self.wrap)
                row += 1
        sheet.set_column(0, 5, 30)


def write_blank(path: Path, columns: Sequence[Blank], title: str, lang: Lang) -> None:
    """A blank workbook: headers with a note each, lists to choose from, an example row; the notes again on a sheet of their own.

    Raises:
        PolicyError: the library is not installed.
    """
    with needed("xlsx"):
        import xlsxwriter
    from policy_engine.tables.template import EXAMPLE, NUMBER

    zh = lang == "zh"
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_numbers": False})
    head = book.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1, "text_wrap": True, "valign": "vcenter"})
    grey = book.add_format({"italic": True, "font_color": "#7F7F7F", "num_format": "yyyy-mm-dd"})
    day, top = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("填写" if zh else "Fill in")
    notes, lists = book.add_worksheet("填写说明" if zh else "Notes"), book.add_worksheet("选项" if zh else "Options")
    sheet.write_string(0, 0, NUMBER.of(lang), head)
    sheet.write_string(1, 0, EXAMPLE.of(lang), grey)
    for c, column in enumerate(columns, 1):
        sheet.write_string(0, c, column.header, head)
        sheet.write_comment(
            0, c, column.note, {"x_scale": 2.5, "y_scale": 1 + column.note.count("\n") / 2, "visible": False}
        )
        sheet.set_column(c, c, min(max(wide(column.header) / 2 + 4, 12), 30), day if column.kind == "date" else None)
        if isinstance(column.example, dt.date):
            sheet.write_datetime(1, c, dt.datetime.combine(column.example, dt.time(0)), grey)
        elif column.example is not None:
            sheet.write_string(1, c, str(column.example), grey)
        if column.options:
            lists.write_column(0, c - 1, column.options)
            last = f"{column_letters(c - 1)}${len(column.options)}"
            check = {
                "validate": "list",
                "source": f"='{lists.name}'!${column_letters(c - 1)}$1:${last}",
                "error_type": "warning",
            }
            sheet.data_validation(1, c, 1000, c, check if column.one_of else {**check, "show_error": False})
        for i, value in enumerate((column.header, column.note)):
            notes.write_string(c, i, value, top)
    for i, value in enumerate((say("inputs", lang), say("note", lang))):
        notes.write_string(0, i, value, head)
    notes.set_column(0, 0, 40)
    notes.set_column(1, 1, 90)
    sheet.set_column(0, 0, 8)
    sheet.set_row(0, 15 * max([1, *(lines_of(column.header, 24) for column in columns)]) + 6)
    sheet.freeze_panes(1, 1)
    _page(sheet, title)
    _page(notes, title)
    lists.hide()
    book.close()


def _page(sheet: Any, title: str) -> None:
    """Landscape A4, as wide as a page, the header on each."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L" + title.replace("&", "&&")[:100] + "&R&P / &N")


def column_letters(column: int) -> str:
    """The letters of a column, counted from 0."""
    from policy_engine.tables.sheet import cell_name

    return cell_name(0, column)[:-1]


def wide(text: str) -> int:
    """How many characters of plain width the longest line of a text takes."""
    return max(
        sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in text.split("\n") or [""]
    )


def lines_of(text: str, width: float) -> int:
    """Over how many lines a text goes in a column of so many plain characters."""
    return sum(max(1, -(-wide(line) // max(1, int(width)))) for line in text.split("\n"))
