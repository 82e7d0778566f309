"""Tables as text: comma- and tab-separated values and lines of JSON, one row at a time, in the encoding they are in."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem, unreadable
from policy_engine.procedures.json_text import read_json
from policy_engine.tables.sheet import Rows

UTF_8: Final = "utf-8-sig"
GB18030: Final = "gb18030"
HEAD: Final = 30
LONG: Final = 100_000
KEYS: Final = 16_384
"""How many different keys the lines of a table may have."""
_MARKS: Final = (
    (codecs.BOM_UTF8, UTF_8), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
START: Final = 4096
_BLANKS: Final = "\r\n\t\u00a0\u3000\x1a"
_ENDS: Final = "\x1a\0"
"""What ends a file on DOS, or fills it up."""


def encoding_of(path: Path) -> str:
    """The encoding of a text: by its mark or its zero bytes, else UTF-8 or GB18030, whichever all of it is in. Raises PolicyError.

    Text that is in neither is left to UTF-8, which refuses it.
    """
    try:
        with path.open("rb") as file:
            start = file.read(START)
        marked = next((name for mark, name in _MARKS if start.startswith(mark)), None) or _by_zeros(start)
        if marked is not None or not path.is_file():  # a pipe is read once
            return marked or UTF_8
        return next((name for name in (UTF_8, GB18030) if _is_in(path, name)), UTF_8)
    except OSError as error:
        raise unreadable(error, str(path)) from None


def _by_zeros(start: bytes) -> str | None:
    """UTF-16 without a mark, by the zeros beside its signs of ASCII, commas and ends of lines at least: nearly all on one side."""
    if 0 not in (text := start.rstrip(b"\x1a\0\r\n")):
        with suppress(UnicodeDecodeError):
            text.decode()
            return None  # they only end it
    first, second = start[::2].count(0), start[1::2].count(0)
    few, many = sorted((first, second))
    if not many or many * 32 < len(start) or few * 4 > many:
        return None
    name = "utf-16-be" if first == many else "utf-16-le"
    return name if all(c.isprintable() or c in _BLANKS for c in start.decode(name, "ignore")) else None


def _is_in(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def lines_of(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a file as they stand, one at a time, without what ends it."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            for line in file:
                yield line if line[0] not in _ENDS and line[-1] not in _ENDS else _without_end(line)
    except OSError as error:
        raise unreadable(error, str(path)) from None
    except (UnicodeError, LookupError):
        advice = Text("save it as UTF-8, or say its encoding: --encoding gb18030",
                      "请另存为 UTF-8 编码，或写明编码：--encoding gb18030")  # fmt: skip
        name = encoding.removesuffix("-sig").upper()
        raise PolicyError(
            problem("encoding", f"the file is not {name}", f"文件不是 {name} 编码", Place(str(path)), advice)
        ) from None


def _without_end(line: str) -> str:
    """A line without what ends a file behind it; one that is nothing else is empty."""
    return line.rstrip(_ENDS) if line.strip(_ENDS + "\r\n") else "\n"


def delimiter_of(path: Path, encoding: str) -> str:
    """What separates the cells of a .csv: a comma, or a tab or semicolon where the first line with cells has no comma. Raises PolicyError."""
    if not path.is_file():  # a pipe is read once
        return ","
    for line, _ in zip(lines_of(path, encoding), range(HEAD), strict=False):
        found = next((mark for mark in ",\t;" if mark in line[:LONG]), None)
        if found is not None:
            return found
    return ","


def csv_rows(path: Path, encoding: str, delimiter: str = ",") -> Rows:
    """Rows of cells; a quote that is never closed is told, since it would swallow the rows after it."""
    reader = csv.reader(lines_of(path, encoding), strict=True, delimiter=delimiter)
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        place = Place(str(path), reader.line_num, 1)
        raise PolicyError(problem("csv", f"not valid CSV: {error}", f"不是有效的 CSV：{error}", place)) from None


class BadLine(list[Any]):
    """The text of a line that could not be read, as the only cell of its row, and why."""

    def __init__(self, text: str, why: PolicyError) -> None:
        super().__init__([text.strip()])
        self.why = why


def jsonl_rows(path: Path, encoding: str) -> Rows:
    """Objects as rows under the keys of all of them; numbers as the text that was written. Read twice: first for the keys."""
    keys: dict[str, None] = {}
    bad: list[PolicyError] = []
    for _, found in _objects(path, encoding):
        if isinstance(found, BadLine):
            bad = bad or [found.why]
            continue
        keys |= dict.fromkeys(found)
        if len(keys) > KEYS:
            raise PolicyError(
                problem("too-large", f"{path} has more than {KEYS:,} keys", f"{path} 的键超过 {KEYS:,} 个")
            )
    if bad and not keys:
        raise bad[0]
    yield 0, list(keys)
    for number, found in _objects(path, encoding):
        yield number, found if isinstance(found, BadLine) else [found.get(key) for key in keys]


def _objects(path: Path, encoding: str) -> Iterator[tuple[int, dict[str, Any] | BadLine]]:
    """The object of each line that is not empty, or why there is none."""
    for number, line in enumerate(lines_of(path, encoding), 1):
        if not line.strip():
            continue
        try:
            found = read_json(line, f"{path}:{number}").data
            if not isinstance(found, dict):
                raise PolicyError(problem("shape", "the line is not an object", "该行不是对象"))
        except PolicyError as error:
            found = BadLine(line, error)
        yield number, found
