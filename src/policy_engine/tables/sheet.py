"""A sheet as it stands: its rows and what is known of how it is laid out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem, unreadable

COLUMNS: Final = 16_384
ROWS: Final = 1_048_576
"""So many columns and rows a sheet of a spreadsheet has at most."""
Rows = Iterable[tuple[int, list[Any]]]
_AGAIN: Final = Text("open it in a spreadsheet and save it anew", "请用 Excel 或 WPS 打开，另存后再试")


@dataclass(frozen=True)
class Merge:
    """Cells that are one: rows counted from 1, columns from 0, both ends in it. What is written stands in the first."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Hidden:
    """Rows and columns that are not shown: rows counted from 1, columns from 0."""

    rows: tuple[int, ...] = ()
    columns: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Rows with their numbers; the name of the sheet, its merged cells, the day 0 of its serial numbers of days.

    `named`: row 0 holds the names of the columns and every other row is a case, as programs write them; `typed`: columns
    have types, so that text is what it says. `comments`: texts beside cells, by row from 1 and column from 0; `pages`: what
    stands over and under its pages.
    """

    rows: Rows
    title: str = ""
    merges: tuple[Merge, ...] = ()
    day_0: dt.date | None = None
    named: bool = False
    typed: bool = False
    hidden: Hidden = Hidden()
    comments: Mapping[tuple[int, int], str] = field(default_factory=dict)
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Look:
    """How cells of a sheet that is kept look: their number format, how they stand on paper."""

    form: str = "General"
    bold: bool = False
    border: bool = False
    wrap: bool = False
    align: str | None = None
    fill: str | None = None


@dataclass(frozen=True, kw_only=True)
class Original:
    """A sheet as it is kept in what is handed on: cells by row, merged ones, widths, heights, comments, texts over the pages.

    `rows`: from the first, by column the cells that each has, their values and the styles they stand in; `looks`: how a style looks.
    """

    title: str
    rows: Sequence[Mapping[int, tuple[Any, int]]]
    width: int
    looks: Mapping[int, Look]
    merges: tuple[Merge, ...]
    widths: Mapping[int, float]
    heights: Mapping[int, float]
    comments: Mapping[tuple[int, int], str]
    pages: Sequence[str]


def cell_name(row: int, column: int) -> str:
    """The name of a cell, such as C17; columns are counted from 0."""
    return f"{column_name(column)}{row}"


def column_name(column: int) -> str:
    """The letters of a column, counted from 0."""
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def no_sheet(path: Path, name: str, titles: Sequence[str]) -> PolicyError:
    """That a workbook has no sheet of that name."""
    en, zh = f"no sheet `{name}`; there are: {', '.join(titles)}", f"没有工作表 `{name}`；现有：{'、'.join(titles)}"
    return PolicyError(problem("no-sheet", en, zh, Place(str(path))))


def no_workbook(error: Exception, path: Path, advice: Text = _AGAIN) -> PolicyError:
    """That a file cannot be read, or is no workbook; what a parser says of it is English."""
    if isinstance(error, OSError) and error.strerror:
        return unreadable(error, str(path))
    en = f"not a workbook: {str(error) or type(error).__name__}"
    return PolicyError(problem("unreadable", en, "不是有效的工作簿，或已损坏", Place(str(path)), advice))
