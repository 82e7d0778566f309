"""Spreadsheets: cells read exactly, results written as one that is handed on; the only room that knows xlsx."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Lang, Place, PolicyError, problem
from policy_engine.deciding.outcome import STATUSES, Status
from policy_engine.rulebook.rule import Rule
from policy_engine.tables.cells import DIGITS, day_of_sheet, number_of
from policy_engine.tables.extras import needed
from policy_engine.tables.sheet import Merge, Sheet
from policy_engine.words import FORCE, STATUS, say

ROWS: Final = 1_048_576
COLUMNS: Final = 16_384
CHARACTERS: Final = 32_767
UNPACKED: Final = 1 << 30
MERGES: Final = 100_000
TAIL: Final = 64
_MERGED: Final = re.compile(rb"""mergeCell ref=["']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})["']""")
_COLOURS: Final[Mapping[Status, str]] = {
    "violated": "#F8CBAD", "undetermined": "#DDEBF7", "departed": "#FFE699", "missed": "#FFE699", "pending": "#E7E6E6",
    "satisfied": "#E2EFDA", "not_applicable": "#F2F2F2",
}  # fmt: skip


def read_sheet(path: Path, name: str | None = None) -> Sheet:
    """A sheet, the first if none is named; numbers as the decimals that were typed. Raises PolicyError.

    A formula that no spreadsheet has worked out stands as its text: it is not an empty cell.
    """
    book, sheet = _opened(path, name, results=True)
    formulas, merges = _seen(path, sheet)
    day_0 = book.epoch.date() if sheet is not None else None
    return Sheet(rows=_whole(path, name, formulas), title=str(sheet.title), merges=merges, day_0=day_0)


def read_rows(path: Path, name: str | None = None) -> Iterator[tuple[int, list[Any]]]:
    """The rows of a sheet, the first if none is named. Raises PolicyError."""
    return _whole(path, name, None)


def _whole(path: Path, name: str | None, formulas: bool | None) -> Iterator[tuple[int, list[Any]]]:
    try:
        yield from _rows(path, name, formulas)
    except (PolicyError, GeneratorExit):
        raise
    except Exception as error:  # broken XML is found on the way, by one of several parsers
        raise _no_workbook(error, path) from None


def _rows(path: Path, name: str | None, formulas: bool | None) -> Iterator[tuple[int, list[Any]]]:
    results = _whole_sheet(_opened(path, name, results=True)[1])
    if not (_seen(path, results)[0] if formulas is None else formulas):
        yield from ((number, [_cell(cell) for cell in row]) for number, row in enumerate(results.iter_rows(), 1))
        return
    written = _whole_sheet(_opened(path, name, results=False)[1])
    for number, (row, typed) in enumerate(zip(results.iter_rows(), written.iter_rows(), strict=True), 1):
        yield number, [_cell(f if _not_worked_out(c) else c) for c, f in zip(row, typed, strict=True)]


def _not_worked_out(cell: Any) -> bool:
    """Whether a cell shows nothing and is not the empty text that a formula may come to."""
    return cell.value is None and getattr(cell, "data_type", None) != "str"


def sheet_names(path: Path) -> list[str]:
    """The names of all sheets. Raises PolicyError."""
    return [str(sheet.title) for sheet in _opened(path, None, results=True)[0].worksheets]


def row_count(path: Path, name: str | None = None) -> int | None:
    """How many rows the sheet says it has; None where it does not say. Raises PolicyError."""
    found = _opened(path, name, results=True)[1].max_row
    return None if found is None else int(found)


def _opened(path: Path, name: str | None, results: bool) -> tuple[Any, Any]:
    """A workbook and one of its sheets. Raises PolicyError."""
    with needed("xlsx"):
        import openpyxl
    refuse_bomb(path)
    try:
        warnings.filterwarnings("ignore", module="openpyxl")  # what it cannot read is refused by its cell
        book = openpyxl.load_workbook(path, read_only=True, data_only=results)
        sheet = book.worksheets[0]
    except Exception as error:
        raise _no_workbook(error, path) from None
    if name is None:
        return book, sheet
    titles = [found.title for found in book.worksheets]
    if name not in titles:
        there = ", ".join(titles)
        en, zh = f"no sheet `{name}`; there are: {there}", f"没有工作表 `{name}`；现有：{there}"
        raise PolicyError(problem("no-sheet", en, zh, Place(str(path))))
    return book, book.worksheets[titles.index(name)]


def _whole_sheet(sheet: Any) -> Any:
    """A sheet with all its rows: the size it states may be out of date, and spreadsheets ignore it."""
    sheet.reset_dimensions()
    return sheet


def _no_workbook(error: Exception, path: Path) -> PolicyError:
    reason = str(error) or type(error).__name__
    return PolicyError(
        problem("unreadable", f"not a workbook: {reason}", f"不是有效的工作簿：{reason}", Place(str(path)))
    )


def refuse_bomb(path: Path) -> None:
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


def _seen(path: Path, sheet: Any) -> tuple[bool, tuple[Merge, ...]]:
    """Whether the sheet holds formulas, and its merged cells, seen block by block. Raises PolicyError."""
    from openpyxl.utils import range_boundaries

    formulas, merged, tail = False, dict[bytes, None](), b""
    try:
        with zipfile.ZipFile(path) as parts, parts.open(sheet._worksheet_path) as part:  # noqa: SLF001 - nothing else tells
            while block := part.read(1 << 20):
                seen, tail = tail + block, block[-TAIL:]
                formulas = formulas or b"</f>" in seen or b"<f/>" in seen
                if len(merged) < MERGES:
                    merged |= dict.fromkeys(_MERGED.findall(seen))
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise _no_workbook(error, path) from None
    found = (range_boundaries(ref.decode()) for ref in merged)
    return formulas, tuple(Merge(top, left - 1, bottom, right - 1) for left, top, right, bottom in found)


def _cell(cell: Any) -> Any:
    """A cell as it was typed: a double of at most 15 digits is that decimal; a date without a time is a date."""
    value = cell.value
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return number_of(value, cell.number_format)
    return day_of_sheet(value) if isinstance(value, dt.datetime) else value


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
