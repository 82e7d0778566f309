"""Workbooks (.xlsx) read: numbers as the decimals that were typed, formats as they look, what is merged."""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import unescape

from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.tables import quick
from policy_engine.tables.cells import Crossed, Marked, Unworked, as_typed
from policy_engine.tables.copies import Copy, cores
from policy_engine.tables.extras import needed
from policy_engine.tables.margins import ENDS, Margins, of_workbook
from policy_engine.tables.sheet import COLUMNS, ROWS, Hidden, Look, Merge, Original, Sheet, no_sheet, no_workbook

UNPACKED: Final = 1 << 30
MERGES: Final = 100_000
KEPT: Final = 5 << 20
"""The size of a file above which its sheet is not kept beside the results."""
TALLEST: Final = 409
"""No row is taller, and no column as broad."""
LARGE: Final = 100_000
"""A file of fewer bytes is read sooner than by a copy of this process."""
TAIL: Final = 256
_LOCKED: Final = bytes.fromhex("d0cf11e0a1b11ae1")
"""What a workbook begins with that is encrypted, or an old .xls."""
_MERGED: Final = re.compile(rb"""mergeCell ref=["']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})["']""")


_BOOK: Final = "xl/workbook.xml"
_FORMULAS: Final = (b"</f>", b"<f/>", b":f>", b":f/>")
_LEFT: Final = re.compile(rb"""\bfullCalcOnLoad=["'](?:1|true)["']""")
_TEXTS: Final = "xl/sharedStrings.xml"
_SHARED: Final = re.compile(rb"<(?:\w+:)?si>.*?</(?:\w+:)?si>", re.DOTALL)
_INLINE: Final = re.compile(rb"<(?:\w+:)?is>.*?</(?:\w+:)?is>", re.DOTALL)
_STRIKE: Final = re.compile(rb"""<(?:\w+:)?strike(?!\s+val=["'](?:0|false)["'])[\s/>]""")
_RAISED: Final = re.compile(rb"""vertAlign\s+val=["'](?:superscript|subscript)["']""")
_TEXT: Final = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_HIDDEN: Final = re.compile(rb"""<(?:\w+:)?(row|col)\b([^<>]{0,250}?\bhidden=["'](?:1|true)["'][^<>]{0,250})>""")
_PLACES: Final = {
    b"row": re.compile(rb"""\br=["']([0-9]{1,7})["']()"""),
    b"col": re.compile(rb"""\bmin=["']([0-9]{1,5})["'].*\bmax=["']([0-9]{1,5})["']"""),
}


def read_sheet(path: Path, name: str | None = None) -> Sheet:
    """A sheet, the first if none is named; numbers as the decimals that were typed. Raises PolicyError.

    A formula that no spreadsheet has worked out stands as its text: it is not an empty cell.
    """
    book, sheet = _opened(path, name, results=True)
    formulas, merges, hidden, (comments, pages) = _seen(path, sheet)
    day_0 = book.epoch.date() if sheet is not None else None
    rows = _whole(path, name, (book, sheet), formulas)
    return Sheet(
        rows=rows, title=str(sheet.title), merges=merges, day_0=day_0, hidden=hidden, comments=comments, pages=pages
    )


def _whole(path: Path, name: str | None, opened: tuple[Any, Any], formulas: bool) -> Iterator[tuple[int, list[Any]]]:
    try:
        yield from _rows(path, name, opened, formulas)
    except (PolicyError, GeneratorExit):
        raise
    except Exception as error:  # broken XML is found on the way, by one of several parsers
        raise _no_workbook(error, path) from None


def _rows(path: Path, name: str | None, opened: tuple[Any, Any], formulas: bool) -> Iterator[tuple[int, list[Any]]]:
    book, results = opened
    results, styles, raised = _whole_sheet(results), _styles(book), _struck_texts(path, results)
    struck = {number for number, style in enumerate(styles) if style.struck}
    forms: dict[int, str] = {}

    def cell_of(cell: Any) -> Any:
        value = _cell(cell, forms)
        if struck and value is not None and getattr(cell, "_style_id", 0) in struck:
            return Crossed(value)
        return raised[value](value) if raised and type(value) is str and value in raised else value

    if not formulas:
        left = 1 if raised else (yield from quick.rows_of(path, results, styles))
        there = enumerate(results.iter_rows(min_row=left), left) if left is not None else ()
        yield from ((number, [cell_of(cell) for cell in row]) for number, row in there)
        return
    written = _whole_sheet(_opened(path, name, results=False)[1])
    unfinished = _left_to_work_out(path)
    for number, (row, typed) in enumerate(zip(results.iter_rows(), written.iter_rows(), strict=True), 1):
        yield number, [_unworked(c, f, unfinished) or cell_of(c) for c, f in zip(row, typed, strict=True)]


def _styles(book: Any) -> list[quick.Style]:
    """What the styles of a workbook add to the values of cells."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    fonts = {number for number, font in enumerate(book._fonts) if font.strike}  # noqa: SLF001 - nothing else tells
    own = dict(enumerate(book._number_formats, BUILTIN_FORMATS_MAX_SIZE))  # noqa: SLF001
    dated, styles = book._date_formats | book._timedelta_formats, list[quick.Style]()  # noqa: SLF001
    for number, style in enumerate(book._cell_styles):  # noqa: SLF001
        form = BUILTIN_FORMATS.get(style.numFmtId) or own.get(style.numFmtId, "General")
        styles.append(
            quick.Style("General" if form == "@" else form, dated=number in dated, struck=style.fontId in fonts)
        )
    return styles


def _struck_texts(path: Path, sheet: Any) -> dict[str, type[Marked]]:
    """Texts of which a part is crossed out, raised or lowered: `3000` with the number of a footnote behind it. Raises PolicyError."""
    found: dict[str, type[Marked]] = {}
    try:
        with zipfile.ZipFile(path) as parts:
            for part, items in ((_TEXTS, _SHARED), (sheet._worksheet_path, _INLINE)):  # noqa: SLF001 - nothing else tells
                raw = parts.read(part) if part in parts.namelist() and _is_rich(parts, part) else b""
                for item in items.findall(raw):
                    crossed = _STRIKE.search(item) is not None
                    if crossed or _RAISED.search(item):
                        text = unescape(b"".join(_TEXT.findall(item)).decode("utf-8", "replace"))
                        found[text] = Crossed if crossed else Marked
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise _no_workbook(error, path) from None
    return found


def _is_rich(parts: zipfile.ZipFile, name: str) -> bool:
    """Whether a part has signs that are crossed out, raised or lowered, seen block by block."""
    tail = b""
    with parts.open(name) as part:
        while block := part.read(1 << 20):
            if b"strike" in (seen := tail + block) or b"vertAlign" in seen:
                return True
            tail = block[-TAIL:]
    return False


def _unworked(cell: Any, typed: Any, left: bool) -> Unworked | None:
    """A formula that shows nothing, and not the empty text it may come to, or a zero where formulas were left to be worked out."""
    if getattr(typed, "data_type", None) != "f":
        return None
    shown = cell.value is not None or cell.data_type == "str"
    if shown and not (left and cell.value == 0):
        return None
    return Unworked(typed.value if isinstance(typed.value, str) else getattr(typed.value, "text", None) or "=")


def _left_to_work_out(path: Path) -> bool:
    """Whether a program wrote the workbook, with a zero for what a formula comes to, and asks who opens it to work them out."""
    try:
        with zipfile.ZipFile(path) as parts:
            return _LEFT.search(parts.read(_BOOK) if _BOOK in parts.namelist() else b"") is not None
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise _no_workbook(error, path) from None


def sheet_names(path: Path) -> list[str]:
    """The names of all sheets. Raises PolicyError."""
    return [str(sheet.title) for sheet in _opened(path, None, results=True)[0].worksheets]


def hidden_sheets(path: Path) -> set[str]:
    """The names of the sheets that are not shown. Raises PolicyError."""
    sheets = _opened(path, None, results=True)[0].worksheets
    return {str(sheet.title) for sheet in sheets if sheet.sheet_state != "visible"}


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
        raise no_sheet(path, name, titles)
    return book, book.worksheets[titles.index(name)]


def _whole_sheet(sheet: Any) -> Any:
    """A sheet with all its rows: the size it states may be out of date, and spreadsheets ignore it."""
    sheet.reset_dimensions()
    return sheet


def _no_workbook(error: Exception, path: Path) -> PolicyError:
    with suppress(OSError), path.open("rb") as file:
        if file.read(8) == _LOCKED:
            advice = Text("take off its password, or save it as .xlsx", "请取消打开密码，或另存为 .xlsx 后再试")
            en, zh = "the workbook is locked by a password, or is an old .xls", "工作簿设有打开密码，或实为旧格式 .xls"
            return PolicyError(problem("unreadable", en, zh, Place(str(path)), advice))
    return no_workbook(error, path)


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


def _seen(path: Path, sheet: Any) -> tuple[bool, tuple[Merge, ...], Hidden, Margins]:
    """Whether the sheet holds formulas, its merged cells, what is hidden, seen block by block; its comments and pages. Raises PolicyError."""
    from openpyxl.utils import range_boundaries

    formulas, merged, seen = False, dict[bytes, None](), b""
    rows, columns = dict[int, None](), set[int]()
    try:
        with zipfile.ZipFile(path) as parts, parts.open(sheet._worksheet_path) as part:  # noqa: SLF001 - nothing else tells
            while block := part.read(1 << 20):
                seen = seen[-ENDS:] + block
                formulas = formulas or any(end in seen for end in _FORMULAS)
                if len(merged) < MERGES:
                    merged |= dict.fromkeys(_MERGED.findall(seen))
                for kind, place in _hidden_in(seen) if b"hidden=" in seen else ():
                    rows |= dict.fromkeys(place) if kind == b"row" else {}
                    columns |= {at - 1 for at in place if kind == b"col"}
        margins = of_workbook(path, sheet, seen)
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise _no_workbook(error, path) from None
    found = (range_boundaries(ref.decode()) for ref in merged)
    merges = tuple(Merge(top, left - 1, bottom, right - 1) for left, top, right, bottom in found)
    return formulas, merges, Hidden(tuple(rows), frozenset(columns)), margins


def _hidden_in(seen: bytes) -> Iterator[tuple[bytes, range]]:
    """The rows and columns in a block of a sheet that are hidden."""
    for kind, given in _HIDDEN.findall(seen):
        place = _PLACES[kind].search(given)
        if place:
            first, last = int(place[1]), int(place[2] or place[1])
            yield kind, range(first, min(last, 16_384) + 1) if kind == b"col" else range(first, first + 1)


def _cell(cell: Any, forms: dict[int, str]) -> Any:
    """A cell as it was typed. `forms`: by style."""
    value = cell.value
    if type(value) is str or value is None or type(value) is bool:
        return value
    style = getattr(cell, "_style_id", 0)
    form = forms.get(style)
    if form is None:
        form = forms[style] = cell.number_format
    return as_typed(value, form)


class BeingRead:
    """A sheet with its looks, to be kept: read by a copy of this process while the cases in it are decided.

    Of a formula the value that it came to is kept, or its text where it was not worked out.
    """

    def __init__(self, path: Path, name: str | None) -> None:
        self.title = name or sheet_names(path)[0]
        self.copy = Copy(partial(_original, path, name), begin=cores() > 1 and path.stat().st_size > LARGE)

    def whole(self) -> Original:
        """The sheet. Raises PolicyError."""
        found: Original = self.copy.done()
        return found


@contextmanager
def being_read(kept: tuple[Path, str | None] | None) -> Iterator[BeingRead | None]:
    """A sheet that is to be kept; None where it is too large to be held at once. Raises PolicyError."""
    if kept is None or kept[0].stat().st_size > KEPT:
        yield None
        return
    sheet = BeingRead(*kept)
    try:
        yield sheet
    finally:
        sheet.copy.end()


def _original(path: Path, name: str | None) -> Original:
    sheet = _opened(path, name, results=True)[1]
    formulas, merges, _, (comments, pages) = _seen(path, sheet)
    try:
        parts, rows = _taken_apart(sheet)
        if formulas:
            _typed_where_not_worked_out(rows, _taken_apart(_opened(path, name, results=False)[1])[1])
        styles = {style for cells in rows.values() for _, style in cells.values()}
        looks = {style: _look(sheet, style) for style in styles}
        widths, heights = _widths(parts), _heights(parts)
    except Exception as error:  # broken XML is found on the way, by one of several parsers
        raise _no_workbook(error, path) from None
    _cleared(rows, merges)
    last = max([*rows, *(m.bottom for m in merges), *(row for row, _ in comments)], default=0)
    right = max([*map(max, rows.values()), *(m.right for m in merges), *(at for _, at in comments)], default=-1)
    return Original(
        title=str(sheet.title), rows=[rows.get(number, {}) for number in range(1, last + 1)], width=right + 1, looks=looks,
        merges=merges, widths=widths, heights=heights, comments=comments, pages=pages,
    )  # fmt: skip


_Row = dict[int, tuple[Any, int]]
"""By column, from 0: the value of each cell there is, and its style."""


def _taken_apart(sheet: Any) -> tuple[Any, dict[int, _Row]]:
    """What openpyxl reads of a sheet, and the rows with cells. With an object for each cell it would take twice as long."""
    from openpyxl.worksheet._reader import WorkSheetParser

    book, rows = sheet.parent, dict[int, _Row]()
    with sheet._get_source() as source:  # noqa: SLF001 - as the sheet does for its cells
        parser = WorkSheetParser(
            source, sheet._shared_strings, data_only=book.data_only, epoch=book.epoch,  # noqa: SLF001
            date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,  # noqa: SLF001
        )  # fmt: skip
        for number, cells in parser.parse():
            there = {
                cell["column"] - 1: (cell["value"], cell["style_id"]) for cell in cells if cell["column"] <= COLUMNS
            }
            if there and number <= ROWS:
                rows[number] = rows.get(number, {}) | there
    return parser, {number: dict(sorted(rows[number].items())) for number in rows}


def _typed_where_not_worked_out(rows: dict[int, _Row], typed: Mapping[int, _Row]) -> None:
    """Of a formula that no spreadsheet has worked out its text."""
    for number, cells in rows.items():
        for at, (value, style) in cells.items():
            formula = typed[number][at][0] if value is None else None
            if formula is not None:
                cells[at] = (formula if isinstance(formula, str) else getattr(formula, "text", None) or "=", style)


def _cleared(rows: Mapping[int, _Row], merges: Iterable[Merge]) -> None:
    """Rows without what stands under a merged cell, which is not seen."""
    for m in merges:
        for number in range(m.top, m.bottom + 1):
            cells = rows.get(number, {})
            for at in range(m.left + (number == m.top), m.right + 1) if cells else ():
                if at in cells:
                    cells[at] = (None, cells[at][1])


def _widths(parts: Any) -> dict[int, float]:
    """The widths of columns for which one is stated."""
    found = dict[int, float]()
    for group in parts.column_dimensions.values():
        if width := _size(group.get("width")):
            first, last = int(group["min"]) - 1, int(group.get("max", group["min"]))
            found |= dict.fromkeys(range(first, min(last, COLUMNS)), width)
    return found


def _heights(parts: Any) -> dict[int, float]:
    """The heights of rows for which one is stated."""
    stated = {int(number): _size(row.get("ht")) for number, row in parts.row_dimensions.items()}
    return {number: height for number, height in stated.items() if height}


def _size(stated: str | None) -> float | None:
    """A width or height that there can be."""
    from openpyxl.worksheet._reader import _cast_number

    size: float = _cast_number(stated or "0")
    return size if 0 < size <= TALLEST else None


def _look(sheet: Any, style: int) -> Look:
    from openpyxl.cell.read_only import ReadOnlyCell

    cell = ReadOnlyCell(sheet, 1, 1, None, style_id=style)
    fill = cell.fill.fgColor if cell.fill.fill_type == "solid" else None
    return Look(
        form=str(cell.number_format), bold=bool(cell.font.bold), align=cell.alignment.horizontal,
        border=any(side is not None and side.style for side in (cell.border.left, cell.border.top)),
        wrap=bool(cell.alignment.wrap_text), fill=f"#{fill.rgb[-6:]}" if fill is not None and isinstance(fill.rgb, str) else None,
    )  # fmt: skip
