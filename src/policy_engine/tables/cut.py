"""Numbers that a file with commas cuts in two, as of `3,000`: which rows may have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, islice, takewhile
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem, visible
from policy_engine.basics.numerals import narrow
from policy_engine.tables.columns import Column
from policy_engine.tables.sheet import Rows
from policy_engine.tables.texts import BadLine

CUT: Final = 8
"""A longer cell is no unit, and no beginning of a number that was cut at its comma."""
SAMPLE: Final = 100
"""So many rows show how long the lines of a file are."""
_CUT: Final = re.compile("[¥￥+-]?[0-9]{1,3}")
_REST: Final = re.compile(r"[0-9]{3}(\.[0-9]+)?元?")
"""What stands before and after a comma within a number."""


def cut_at(cells: Sequence[Any], i: int) -> str:
    """The number that a cell and those behind it may have been, with its commas; empty where they cannot be one."""
    cell, beyond = (cells[at] if at < len(cells) else None for at in (i, i + 1))
    if not (isinstance(cell, str) and isinstance(beyond, str)):
        return ""
    if not (_CUT.fullmatch(cell.strip()) and _REST.fullmatch(beyond.strip())):
        return ""
    rest = takewhile(_REST.fullmatch, (str(part or "").strip() for part in cells[i + 1 :]))
    return ",".join([cell.strip(), *rest])


def may_be_cut(cell: str) -> bool:
    """Whether a cell may be the beginning of a number that was cut at its comma."""
    return _CUT.fullmatch(cell.strip()) is not None


def length(cells: Sequence[Any]) -> int:
    """How many cells a row has; a workbook has cells in which nothing was ever written, and a file with commas has none."""
    found = len(cells)
    while found and cells[found - 1] is None:
        found -= 1
    return found


def with_length(rows: Rows, inputs: Sequence[int], width: int) -> tuple[Rows, int]:
    """The rows again, and how many cells a row has in which no number of an input can be cut, `width` or more.

    In many files each line ends in a comma, and the header does not.
    """
    rows = iter(rows)
    head = list(islice(rows, SAMPLE))
    found = [
        length(cells)
        for _, cells in head
        if not isinstance(cells, BadLine)
        and length(cells) >= width
        and all_blank(cells[width:])
        and not all_blank(cells)
        and not any(cut_at(cells, i) for i in inputs)
    ]
    return chain(head, rows), min(found, default=width)


def all_blank(cells: Sequence[Any]) -> bool:
    """Whether nothing is written in cells."""
    return all(cell is None or not str(cell).strip() for cell in cells)


def of_two_numbers(cells: Sequence[Any], columns: Sequence[Column], width: int) -> PolicyError | None:
    """`3000/5000` may be two amounts; a number may have been cut in two at its comma in a file of rows of a width."""
    for i, column in enumerate(columns):
        cell, entry = cells[i] if i < len(cells) else None, column.entry
        if entry is None or entry.type.kind != "number" or not isinstance(cell, str):
            continue
        if len(cell) > CUT and not re.search("[/／]", cell):
            continue
        header = Place(column.header)
        if entry.type.unit and re.fullmatch(r"(?!=)[^/／]*[0-9][^/／]*[/／]\s*[0-9].*", narrow(cell)):
            advice = Text("write one number", "请只写一个数")
            en, zh = f"`{visible(cell)}` may be two numbers", f"`{visible(cell)}` 可能是两个数"
            return PolicyError(problem("numbers", en, zh, header, advice))
        if shown := cut_at(cells, i):
            next_ = columns[i + 1].entry if i + 1 < len(columns) else None
            zero = cells[i + 1].strip()[0] == "0" and next_ is not None and next_.type.kind == "number"
            if zero or length(cells) > width or not all_blank(cells[len(columns) :]):
                advice = Text("write it without the comma, or in quotation marks", "请去掉千分位逗号，或加引号")
                en, zh = f"`{shown}` may be one number", f"`{shown}` 可能是一个数"
                return PolicyError(problem("numbers", en, zh, header, advice))
    return None
