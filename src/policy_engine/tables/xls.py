"""Workbooks of the old kind (.xls), read by xlrd: it tells number formats, errors and merged cells beside the doubles.

A double of at most 15 digits is the decimal that was typed; one of more is refused where it is a fact.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.tables.cells import Crossed, Marked, day_of_sheet, number_of, shows_no_day
from policy_engine.tables.extras import needed
from policy_engine.tables.margins import lines_of_pages
from policy_engine.tables.sheet import Hidden, Merge, Sheet, no_sheet, no_workbook

SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BEGIN: Final = 0x09
END: Final = 0x0A
PAGES: Final = (0x14, 0x15)
"""The records that begin and end a sheet, and those of what stands over and under its pages."""
UNICODE: Final = 80
_DAY_0: Final = (dt.date(1899, 12, 30), dt.date(1904, 1, 1))


def read_sheet(path: Path, name: str | None = None) -> Sheet:
    """A sheet, the first if none is named. Raises PolicyError."""
    book = _book(path)
    if name is not None and name not in book.sheet_names():
        raise no_sheet(path, name, book.sheet_names())
    try:
        sheet = book.sheet_by_index(0) if name is None else book.sheet_by_name(name)
        pages = _pages(book, sheet)
    except Exception as error:  # broken records are found on the way
        raise _no_workbook(error, path) from None
    merges = tuple(Merge(top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells)
    rows = tuple(row + 1 for row, about in sorted(sheet.rowinfo_map.items()) if about.hidden)
    hidden = Hidden(rows, frozenset(column for column, about in sheet.colinfo_map.items() if about.hidden))
    comments = {(row + 1, column): str(note.text) for (row, column), note in sheet.cell_note_map.items()}
    return Sheet(
        rows=_rows(book, sheet), title=str(sheet.name), merges=merges, day_0=_DAY_0[book.datemode], hidden=hidden,
        comments=comments, pages=pages,
    )  # fmt: skip


def _pages(book: Any, sheet: Any) -> tuple[str, ...]:
    """What stands over and under the pages of a sheet: the reader of workbooks passes over these records."""
    from xlrd.biffh import unpack_string, unpack_unicode

    at, depth, found = book._sh_abs_posn[sheet.number], 0, list[str]()  # noqa: SLF001 - nothing else tells
    while at + 4 <= len(book.mem):
        kind, size = struct.unpack_from("<HH", book.mem, at)
        data = bytes(book.mem[at + 4 : at + 4 + size])
        at += 4 + size
        depth += (kind & 0xFF == BEGIN) - (kind == END)
        if depth == 0:
            break
        if kind in PAGES and depth == 1 and size:  # those of a chart are its own
            old = book.biff_version < UNICODE
            found.append(unpack_string(data, 0, book.encoding, lenlen=1) if old else unpack_unicode(data, 0))
    return lines_of_pages(found)


def sheet_names(path: Path) -> list[str]:
    """The names of all sheets. Raises PolicyError."""
    return list(map(str, _book(path).sheet_names()))


def hidden_sheets(path: Path) -> set[str]:
    """The names of the sheets that are not shown. Raises PolicyError."""
    book = _book(path)
    return {str(name) for name, hidden in zip(book.sheet_names(), book._sheet_visibility, strict=False) if hidden}  # noqa: SLF001 - nothing else tells


def _book(path: Path) -> Any:
    with needed("xlsx"):
        import xlrd
    try:
        with path.open("rb") as file:
            if file.read(len(SIGNATURE)) != SIGNATURE:
                raise _another_kind(path)
        return xlrd.open_workbook(str(path), formatting_info=True, on_demand=True, logfile=io.StringIO())
    except PolicyError:
        raise
    except Exception as error:
        raise _no_workbook(error, path) from None


def _another_kind(path: Path) -> PolicyError:
    en, zh = "it is called .xls and is something else, such as a web page", "扩展名为 .xls，实为其他内容（如网页）"
    advice = Text("open it in a spreadsheet and save it as .xlsx", "请用表格软件打开，另存为 .xlsx")
    return PolicyError(problem("unreadable", en, zh, Place(str(path)), advice))


def _no_workbook(error: Exception, path: Path) -> PolicyError:
    return no_workbook(error, path, Text("save it as .xlsx, without a password", "请另存为 .xlsx，不设密码"))


def _rows(book: Any, sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    for row in range(sheet.nrows):
        yield row + 1, [_marked(book, sheet, row, i, _cell(book, cell)) for i, cell in enumerate(sheet.row(row))]


def _marked(book: Any, sheet: Any, row: int, column: int, value: Any) -> Any:
    """A cell, told apart where part or all of it is crossed out, or of text part raised or lowered."""
    if value is None:
        return None
    font = book.font_list[book.xf_list[sheet.cell_xf_index(row, column)].font_index]
    runs = [book.font_list[i] for _, i in sheet.rich_text_runlist_map.get((row, column), ())]
    if font.struck_out or any(run.struck_out for run in runs):
        return Crossed(value)
    return Marked(value) if any(run.escapement for run in runs) else value


def _cell(book: Any, cell: Any) -> Any:
    import xlrd

    kind, value = cell.ctype, cell.value
    if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return None
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(value, f"#{value}")
    if kind == xlrd.XL_CELL_DATE:
        day = _day(value, _DAY_0[book.datemode])
        return f"{day:%Y年%m月}" if isinstance(day, dt.date) and shows_no_day(_form(book, cell)) else day
    if kind == xlrd.XL_CELL_NUMBER:
        return number_of(value, _form(book, cell))
    return str(value) or None


def _form(book: Any, cell: Any) -> str:
    return str(book.format_map[book.xf_list[cell.xf_index].format_key].format_str)


def _day(serial: float, day_0: dt.date) -> dt.date | str:
    try:
        moment = dt.datetime.combine(day_0, dt.time(0)) + dt.timedelta(days=serial)
        return day_of_sheet(moment)
    except OverflowError:
        return str(serial)
