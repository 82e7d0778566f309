"""Spreadsheets: cells read exactly, results written as one that is handed on; the only room that knows xlsx."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Lang, Place, PolicyError, problem
from policy_engine.basics.values import number_text
from policy_engine.deciding.outcome import STATUSES, Status
from policy_engine.rulebook.rule import Rule
from policy_engine.tables.cells import day_or_moment
from policy_engine.tables.extras import needed
from policy_engine.words import FORCE, STATUS, say

DIGITS: Final = 15
ROWS: Final = 1_048_576
COLUMNS: Final = 16_384
CHARACTERS: Final = 32_767
FIRST_DAY: Final = dt.datetime(1900, 3, 1)
"""The first day on which all spreadsheets agree."""
UNPACKED: Final = 1 << 30
_LITERALS: Final = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]')  # parts of a number format that are shown as they stand
_COLOURS: Final[Mapping[Status, str]] = {
    "violated": "#F8CBAD", "undetermined": "#DDEBF7", "departed": "#FFE699", "missed": "#FFE699", "pending": "#E7E6E6",
    "satisfied": "#E2EFDA", "not_applicable": "#F2F2F2",
}  # fmt: skip


def read_rows(path: Path, name: str | None = None) -> Iterator[tuple[int, list[Any]]]:
    """The rows of a sheet, the first if none is named; numbers as the decimals that were typed. Raises PolicyError.

    A formula that no spreadsheet has worked out stands as its text: it is not an empty cell.
    """
    try:
        yield from _rows(path, name)
    except (PolicyError, GeneratorExit):
        raise
    except Exception as error:  # broken XML is found on the way, by one of several parsers
        raise _no_workbook(error, path) from None


def _rows(path: Path, name: str | None) -> Iterator[tuple[int, list[Any]]]:
    results = _sheet(path, name, results=True)
    if not _has_formulas(path, results):
        yield from ((number, [_cell(cell) for cell in row]) for number, row in enumerate(results.iter_rows(), 1))
        return
    written = _sheet(path, name, results=False)
    for number, (row, formulas) in enumerate(zip(results.iter_rows(), written.iter_rows(), strict=True), 1):
        yield number, [_cell(f if _not_worked_out(c) else c) for c, f in zip(row, formulas, strict=True)]


def _not_worked_out(cell: Any) -> bool:
    """Whether a cell shows nothing and is not the empty text that a formula may come to."""
    return cell.value is None and getattr(cell, "data_type", None) != "str"


def cell_name(row: int, column: int) -> str:
    """The name of a cell, such as C17; columns are counted from 0."""
    from openpyxl.utils import get_column_letter

    return f"{get_column_letter(column + 1)}{row}"


def sheet_name(path: Path, name: str | None = None) -> str:
    """The name of the sheet that is read. Raises PolicyError."""
    return str(_sheet(path, name, results=True).title)


def row_count(path: Path, name: str | None = None) -> int | None:
    """How many rows the sheet says it has; None where it does not say. Raises PolicyError."""
    found = _sheet(path, name, results=True, whole=False).max_row
    return None if found is None else int(found)


def _sheet(path: Path, name: str | None, results: bool, whole: bool = True) -> Any:
    with needed():
        import openpyxl
    _refuse_bomb(path)
    try:
        warnings.filterwarnings("ignore", module="openpyxl")  # what it cannot read is refused by its cell
        book = openpyxl.load_workbook(path, read_only=True, data_only=results)
    except Exception as error:
        raise _no_workbook(error, path) from None
    if name is None:
        return _whole_sheet(book.worksheets[0]) if whole else book.worksheets[0]
    if name not in book.sheetnames:
        there = ", ".join(book.sheetnames)
        raise PolicyError(
            problem(
                "no-sheet",
                f"no sheet `{name}`; there are: {there}",
                f"没有工作表 `{name}`；现有：{there}",
                Place(str(path)),
            )
        )
    return _whole_sheet(book[name]) if whole else book[name]


def _whole_sheet(sheet: Any) -> Any:
    """A sheet with all its rows: the size it states may be out of date, and spreadsheets ignore it."""
    sheet.reset_dimensions()
    return sheet


def _no_workbook(error: Exception, path: Path) -> PolicyError:
    reason = str(error) or type(error).__name__
    return PolicyError(
        problem("unreadable", f"not a workbook: {reason}", f"不是有效的工作簿：{reason}", Place(str(path)))
    )


def _refuse_bomb(path: Path) -> None:
    """A small file may unfold into more than a machine holds. Raises PolicyError."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as parts:
        size = sum(part.file_size for part in parts.infolist())
    if size > UNPACKED:
        shown = f"{UNPACKED >> 20} MiB"
        raise PolicyError(
            problem("too-large", f"the workbook unpacks to more than {shown}: save it as .csv",
                    f"工作簿解压后超过 {shown}：请另存为 .csv", Place(str(path)))
        )  # fmt: skip


def _has_formulas(path: Path, sheet: Any) -> bool:
    """Whether the sheet holds formulas, seen block by block."""
    with zipfile.ZipFile(path) as parts, parts.open(sheet._worksheet_path) as part:  # noqa: SLF001 - nothing else tells
        tail = b""
        while block := part.read(1 << 20):
            if b"</f>" in tail + block or b"<f/>" in tail + block:
                return True
            tail = block[-4:]
    return False


def _cell(cell: Any) -> Any:
    """A cell as it was typed: a double of at most 15 digits is that decimal; a date without a time is a date.

    A share shown as 3% is `3%`, so that no header with a unit divides it again. A number of more digits is left as it
    is, to be refused where it is a fact.
    """
    value = cell.value
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        if abs(number) >= 10**DIGITS or len(number.normalize().as_tuple().digits) > DIGITS:
            return int(value) if value == int(value) else value
        return f"{number_text(Fraction(number) * 100)}%" if "%" in _LITERALS.sub("", cell.number_format) else number
    if isinstance(value, dt.datetime):
        early = value < FIRST_DAY  # a spreadsheet counts a day that was not before it, and shows no negative one
        return f"{value.date()} (< {FIRST_DAY.date()})" if early else day_or_moment(value)
    return value


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
