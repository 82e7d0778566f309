"""Cells of a workbook read by calamine, in a tenth of the time: it tells values alone, so the styles are looked up in the sheet.

A sheet in which anything stands that the two readers might take differently is left to openpyxl, whole or from a row on.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from xml.parsers.expat import ParserCreate

from policy_engine.tables.cells import DIGITS, Crossed, as_typed, number_of
from policy_engine.tables.copies import Copy, cores

LARGE: Final = 4 << 20
"""A sheet of more bytes is looked through by a copy of this process, too."""
UNPACKED: Final = 128 << 20
"""A sheet of more bytes is not held at once."""
AREA: Final = 4
"""A sheet whose cells lie farther apart than one in so many is not held at once: calamine holds the places between them, too."""
_CELL: Final = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="([0-9]{1,5})")?(?: t="(?:n|(s|b|inlineStr))")?\s*/?>'
)
_DAY: Final = re.compile(rb"<v>[12]?[0-9]{1,6}(?:\.[0-9]{1,20})?</v>|</c>|<c |</row>")
"""A day that is counted, or none."""
_BEGUN: Final = re.compile(rb"<c[\s/>]")
_PREFIXED: Final = re.compile(rb":c[\s/>]")
_HEAD: Final = re.compile(
    rb'\A(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="utf-8")?(?: standalone="yes")?\s*\?>)?\s*',
    re.IGNORECASE,
)
_OTHER: Final = (b"_x", b"\r", b"<!", b"<?")
"""Signs that are written in other letters, ends of lines, comments and entities, instructions: the two may read them differently."""
_TEXTS: Final = "xl/sharedStrings.xml"
_LIMIT: Final = 10**DIGITS
_UNSEEN: Final[Any] = object()
SHAPES: Final = 4096
"""So many shapes of rows are kept at a time."""
_NOWHERE: Final[Mapping[int, int]] = {}


@dataclass(frozen=True, slots=True)
class Style:
    """What the style of a cell adds to its value; `dated`: its format shows numbers as days."""

    form: str
    dated: bool
    struck: bool


_PLAIN: Final = Style("General", False, False)


class _Left(Exception):
    """A cell that openpyxl is to read."""


def rows_of(path: Path, sheet: Any, styles: Sequence[Style]) -> Generator[tuple[int, list[Any]], None, int | None]:
    """The rows of a sheet that openpyxl has opened; what it returns is the row from which on openpyxl is to read, None where it need not."""
    placed = _placed(path, sheet, styles)
    values = None if placed is None else _values(path, str(sheet.title))
    if placed is None or values is None:
        return 1
    for number, row in enumerate(values, 1):
        there = placed.get(number, _NOWHERE)
        try:
            if there:
                cells = [_cell(value, styles[there[i]] if i in there else _PLAIN) for i, value in enumerate(row)]
            else:
                cells = [(value or None) if type(value) is str else _cell(value, _PLAIN) for value in row]
        except _Left:
            return number
        yield number, cells
    return None


def _values(path: Path, title: str) -> Sequence[Sequence[Any]] | None:
    """The values of a sheet from its first cell on; None where calamine cannot read it."""
    try:
        from python_calamine import CalamineWorkbook

        found: Sequence[Sequence[Any]]
        found = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(title).to_python(skip_empty_area=False)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of Rust is no Exception; openpyxl tells what is wrong, or reads it without calamine
        return None
    return found


def _placed(path: Path, sheet: Any, styles: Sequence[Style]) -> Mapping[int, Mapping[int, int]] | None:
    """The styles of cells that are not plain, by row and column; None where the sheet is to be read by openpyxl."""
    with zipfile.ZipFile(path) as parts:
        part = sheet._worksheet_path  # noqa: SLF001 - nothing else tells
        texts = _TEXTS if _TEXTS in parts.namelist() else None
        if any(parts.getinfo(name).file_size > UNPACKED for name in (part, texts) if name):
            return None
        raw = parts.read(part)
        if not _is_plain(parts.read(texts)) if texts else b't="s"' in raw:
            return None
    plain = Copy(partial(_is_plain, raw), begin=cores() > 1 and len(raw) > LARGE)
    try:
        placed = _styled(raw, styles)
        return placed if plain.done() else None
    finally:
        plain.end()


@dataclass(frozen=True, slots=True)
class _Shape:
    """What rows have in common in which the same columns have cells of the same styles and kinds; `dated`: days are counted in it."""

    right: int
    placed: Mapping[int, int]
    dated: bool


def _styled(raw: bytes, styles: Sequence[Style]) -> Mapping[int, Mapping[int, int]] | None:
    """The same of a sheet that is whole; None where its cells are out of order, far apart or of another kind."""
    placed, shapes = dict[int, Mapping[int, int]](), dict[Any, _Shape | None]()
    count, right, last, start = 0, 0, 0, 0
    while start >= 0:
        end = raw.find(b"<row", start + 1)
        cells = _CELL.findall(raw, start, len(raw) if end < 0 else end)
        if cells:
            letters, rows, forms, words = zip(*cells, strict=True)
            key = letters, forms, words
            shape = shapes.get(key, _UNSEEN)
            if shape is _UNSEEN:
                if len(shapes) >= SHAPES:
                    shapes.clear()
                shape = shapes[key] = _shape(letters, forms, words, styles)
            number = int(rows[0])
            if shape is None or number <= last or rows.count(rows[0]) < len(rows):  # told twice, or out of order
                return None
            if not raw.startswith(b'<row r="%b"' % rows[0], start):
                return None
            if shape.dated and not _are_days(raw, start, end, styles):
                return None
            count, right, last = count + len(cells), max(right, shape.right), number
            if shape.placed:
                placed[number] = shape.placed
        start = end
    sparse = last * right > AREA * count + 10_000
    elsewhere = _PREFIXED.search(raw) or _BEGUN.search(raw, raw.find(b"</sheetData>"))
    return None if sparse or elsewhere or count != len(_BEGUN.findall(raw)) else placed


def _shape(
    letters: Sequence[bytes], forms: Sequence[bytes], words: Sequence[bytes], styles: Sequence[Style]
) -> _Shape | None:  # fmt: skip
    """What cells of a row are; None where they are out of order, or of styles that are not there."""
    columns = [_column(one) for one in letters]
    if any(after <= before for before, after in pairwise(columns)):
        return None
    there = {column - 1: int(form or 0) for column, form in zip(columns, forms, strict=True)}
    if max(there.values()) >= len(styles):
        return None
    placed = {column: form for column, form in there.items() if styles[form] != _PLAIN}
    kinds = dict(zip(there, words, strict=True))
    return _Shape(columns[-1], placed, any(styles[form].dated and not kinds[at] for at, form in placed.items()))


def _are_days(raw: bytes, start: int, end: int, styles: Sequence[Style]) -> bool:
    """Whether what a row shows as days are days, or nothing: of others calamine would panic."""
    for cell in _CELL.finditer(raw, start, len(raw) if end < 0 else end):
        if styles[int(cell[3] or 0)].dated and not cell[4] and not _DAY.match(raw, cell.end()):
            return False
    return True


def _is_plain(raw: bytes) -> bool:
    """Whether both readers take a part of a workbook for the same. Raises ExpatError where it is broken, which calamine may pass over."""
    head = _HEAD.match(raw)
    start = head.end() if head else 0
    if any(raw.find(other, start) >= 0 for other in _OTHER):
        return False
    ParserCreate(namespace_separator=" ").Parse(raw, True)
    return True


def _column(letters: bytes) -> int:
    """The number of a column, from 1."""
    found = 0
    for letter in letters:
        found = 26 * found + letter - ord("@")
    return found


def _cell(value: Any, style: Style) -> Any:
    """A cell as openpyxl has it read. Raises _Left where it is to read it."""
    kind = type(value)
    if kind is str:
        found: Any = value or None
    elif kind is bool:
        found = value
    elif kind not in (float, dt.date) or style.dated != (kind is dt.date):
        raise _Left
    elif kind is float:
        if not -_LIMIT < value < _LIMIT:
            raise _Left
        found = number_of(value or 0, style.form)  # zero below zero is zero
    else:
        found = as_typed(dt.datetime.combine(value, dt.time()), style.form)
    return Crossed(found) if style.struck and found is not None else found
