"""Numbers that a file with commas cuts in two, as of `3,000`: which rows may have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, islice, takewhile
from typing import Any, Final

from policy_engine.tables.sheet import Rows
from policy_engine.tables.texts import BadLine

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
