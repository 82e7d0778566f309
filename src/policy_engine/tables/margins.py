"""What is said of a sheet outside its cells: comments, the header and footer of its pages; and the units noted there."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from html import unescape
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem, visible
from policy_engine.basics.values import YUAN, Unit
from policy_engine.tables.columns import Column, Job, Unclear, with_unit
from policy_engine.tables.sheet import Sheet, cell_name
from policy_engine.tables.units import PRICE, fits, noted

Margins = tuple[dict[tuple[int, int], str], tuple[str, ...]]
COMMENTS: Final = 4 << 20
"""So many bytes of comments are read."""
ENDS: Final = 1 << 16
BESIDE: Final = 50
"""So many columns to the right of a label its value may stand."""
_RELATED: Final = re.compile(rb"<Relationship\b[^>]*>")
_TARGET: Final = re.compile(rb"""\bTarget=["']([^"']+)["']""")
_COMMENT: Final = re.compile(
    rb"""<(?:\w+:)?comment\b[^>]*\bref=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*>(.*?)</(?:\w+:)?comment>""", re.DOTALL
)
_TEXT: Final = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_OF_PAGE: Final = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)\b[^>]*>([^<]*)<")
_CODES: Final = re.compile(r'&"[^"]*"|&[0-9]+|&K[0-9A-Fa-f]{6}|&[LCR]|&[A-Za-z&]')
"""Fonts, sizes, colours and places in the header of a page; a sign for the number of the page."""


def of_workbook(path: Any, sheet: Any, ends: bytes) -> Margins:
    """The comments of a sheet of an .xlsx by row and column, and the texts over and under its pages. `ends`: the last bytes of the sheet."""
    part = str(sheet._worksheet_path).lstrip("/")  # noqa: SLF001 - nothing else tells
    with zipfile.ZipFile(path) as parts:
        comments = _comments(parts, part)
    return comments, lines_of_pages(map(_decoded, _OF_PAGE.findall(ends[-ENDS:])))


def lines_of_pages(found: Iterable[str]) -> tuple[str, ...]:
    """The texts in the headers and footers of pages, without the codes for fonts, places and numbers of pages."""
    lines = [line.strip() for text in found for line in _CODES.split(text)]
    return tuple(dict.fromkeys(filter(None, lines)))


def _comments(parts: zipfile.ZipFile, part: str) -> dict[tuple[int, int], str]:
    folder, name = posixpath.split(part)
    related = f"{folder}/_rels/{name}.rels"
    names = set(parts.namelist())
    found: dict[tuple[int, int], str] = {}
    for one in _RELATED.findall(parts.read(related)) if related in names else ():
        target = _TARGET.search(one)
        if target is None or b"/comments" not in one.replace(b"threadedComment", b""):
            continue
        place = posixpath.normpath(posixpath.join(folder, target[1].decode("utf-8", "replace"))).lstrip("/")
        if place in names:
            with parts.open(place) as raw:
                for letters, row, body in _COMMENT.findall(raw.read(COMMENTS)):
                    column = 0
                    for letter in letters:
                        column = column * 26 + letter - ord("A") + 1
                    found[int(row), column - 1] = _decoded(b"".join(_TEXT.findall(body)))
    return found


def _decoded(raw: bytes) -> str:
    return unescape(raw.decode("utf-8", "replace"))


def titles_of(sheet: Sheet) -> list[str]:
    """What may note a unit for a whole sheet: its name, the texts over and under its pages."""
    return [sheet.title, *sheet.pages]


def with_comments(columns: Sequence[Column], sheet: Sheet, rows: range, job: Job, file: str) -> list[Column]:
    """The columns, each in the unit that a comment on its header notes, which stands in some rows. Raises PolicyError where it has another."""
    found = list(columns)
    for (row, i), text in sorted(sheet.comments.items()):
        units = _units_in(text, job, file) if rows.start <= row < rows.stop and not job.unit else {}
        for at in _under(row, i, sheet, len(found)) if units else ():
            factor = _factor(units, column := found[at])
            if factor is not None and column.own_unit and factor != column.factor:
                raise _noted_beside(row, i, text, file)
            found[at] = column if factor is None else replace(with_unit([column], units)[0], own_unit=True)
    return found


def _under(row: int, column: int, sheet: Sheet, width: int) -> range:
    """The columns that a cell of a header stands over: several where it is merged over them."""
    right = next((m.right for m in sheet.merges if (m.top, m.left) == (row, column)), column)
    return range(column, min(right + 1, width))


def check_comments(columns: Sequence[Column], sheet: Sheet, form: bool, job: Job, file: str) -> None:
    """Raises PolicyError where a comment notes another unit than a column is read in: its own, else any that has no unit of its own."""
    for (row, i), text in sorted(() if job.unit else sheet.comments.items()):
        units = _units_in(text, job, file)
        own = _of_label(row, i, columns) if form else [columns[at] for at in _under(row, i, sheet, len(columns))]
        about = [c for c in own if _factor(units, c) is not None] or [c for c in columns if not c.own_unit]
        if any(
            _factor(units, column) not in (None, column.factor) and not isinstance(column, Unclear) for column in about
        ):
            raise _noted_beside(row, i, text, file)


def _of_label(row: int, column: int, columns: Sequence[Column]) -> list[Column]:
    """The label of a form whose value stands at a cell, or next to the right of it."""
    there = {c.at: c for c in columns}
    places = (cell_name(row, at) for at in range(column, column + BESIDE))
    return [there[at] for at in places if at in there][:1]


def _factor(units: Mapping[Unit, Fraction], column: Column) -> Fraction | None:
    """The factor of the unit of a column among some, of a price that of money too; None where none is of it."""
    if column.entry is None:
        return None
    of_money = {PRICE: units[YUAN]} if column.entry.type.unit == PRICE and units.get(YUAN, 1) != 1 else {}
    return next((factor for unit, factor in {**of_money, **units}.items() if fits(unit, column.entry)), None)


def _units_in(text: str, job: Job, file: str) -> Mapping[Unit, Fraction]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return noted(lines, job.rule, file, lines)


def _noted_beside(row: int, column: int, text: str, file: str) -> PolicyError:
    note, at = visible(" ".join(text.split())), cell_name(row, column)
    en, zh = f"the comment on {at} notes a unit: `{note}`", f"{at} 的批注注明了单位：`{note}`"
    advice = Text("write it into the header, or say it with --unit", "请将单位写入列名，或用 --unit 写明")
    return PolicyError(problem("unit", en, zh, Place(file), advice))
