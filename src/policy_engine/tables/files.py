"""Tables as files: rows read one at a time, results written row by row."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol

from policy_engine.basics.errors import Lang, Place, PolicyError, Text, problem, visible
from policy_engine.procedures.json_text import read_json
from policy_engine.rulebook.rule import Rule
from policy_engine.tables.tally import Tally
from policy_engine.tables.writing import distinct, whole

_RUNS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
FORMATS: Final = (".csv", ".jsonl", ".xlsx")
KEYS: Final = 16_384
"""How many different keys the lines of a table may have."""
TABLES: Final = (*FORMATS, ".parquet")
Rows = Iterable[tuple[int, list[Any]]]


def read_table(path: Path, sheet: str | None, encoding: str) -> Rows:
    """The rows of a table with their numbers. Raises PolicyError."""
    if path.is_dir():
        raise PolicyError(problem("table-format", f"`{path}` is a folder: it is decided by an engine, -o to .parquet or .csv",
                                  f"`{path}` 是文件夹：须由引擎判定，结果用 -o 写入 .parquet 或 .csv"))  # fmt: skip
    if path.suffix == ".xlsx":
        from policy_engine.tables.workbook import read_rows

        return read_rows(path, sheet)
    if sheet is not None:
        raise PolicyError(problem("no-sheet", f"{path} has no sheets", f"{path} 没有工作表"))
    if path.suffix == ".csv":
        return _csv_rows(path, encoding)
    if path.suffix in (".jsonl", ".ndjson"):
        return _jsonl_rows(path, encoding)
    if path.suffix == ".parquet":
        from policy_engine.tables.parquet import read_rows as parquet_rows

        return parquet_rows(path)
    accepted = ", ".join(TABLES)
    raise PolicyError(problem("table-format", f"`{path}` is none of: {accepted}", f"`{path}` 不是以下格式：{accepted}"))


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a file as they stand, one at a time."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            yield from file
    except OSError as error:
        reason = error.strerror or str(error)
        raise PolicyError(
            problem("unreadable", f"cannot read: {reason}", f"无法读取：{reason}", Place(str(path)))
        ) from None
    except (UnicodeDecodeError, LookupError):
        advice = Text("save it as UTF-8, or say its encoding: --encoding gb18030",
                      "请另存为 UTF-8 编码，或写明编码：--encoding gb18030")  # fmt: skip
        name = encoding.removesuffix("-sig").upper()
        raise PolicyError(
            problem("encoding", f"the file is not {name}", f"文件不是 {name} 编码", Place(str(path)), advice)
        ) from None


def _csv_rows(path: Path, encoding: str) -> Rows:
    """Rows of cells; a quote that is never closed is told, since it would swallow the rows after it."""
    reader = csv.reader(_lines(path, encoding), strict=True)
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


def _jsonl_rows(path: Path, encoding: str) -> Rows:
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
    for number, line in enumerate(_lines(path, encoding), 1):
        if not line.strip():
            continue
        try:
            found = read_json(line, f"{path}:{number}").data
            if not isinstance(found, dict):
                raise PolicyError(problem("shape", "the line is not an object", "该行不是对象"))
        except PolicyError as error:
            found = BadLine(line, error)
        yield number, found


class Sink(Protocol):
    """Where results go, row by row."""

    def header(self, headers: Sequence[str]) -> None:
        """The headers of all columns."""

    def write(self, cells: Sequence[Any]) -> None:
        """One row."""


class CsvSink:
    """Comma-separated values; text that a spreadsheet would run is written so that it does not."""

    def __init__(self, file: Any) -> None:
        self.writer = csv.writer(file, lineterminator="\n")

    def header(self, headers: Sequence[str]) -> None:
        """The first row."""
        self.writer.writerow([_safe(name) for name in headers])

    def write(self, cells: Sequence[Any]) -> None:
        """One row."""
        self.writer.writerow([_safe(cell) for cell in cells])


def _safe(cell: Any) -> str:
    """A cell as text; one that begins like a formula and is no number or fraction gets an apostrophe."""
    text = "" if cell is None else {True: "true", False: "false"}[cell] if isinstance(cell, bool) else str(cell)
    number = isinstance(cell, Decimal) or re.fullmatch(r"[-+][0-9.,]+(/[0-9]+|%)?", text)
    text = visible(text, "\n\r\t")
    runs = text.lstrip()[:1] in _RUNS or text[:1] in ("\t", "\r", "\n")
    return "'" + text if runs and not number else text


class JsonlSink:
    """One object a line; numbers as exact text."""

    def __init__(self, file: Any) -> None:
        self.file, self.headers = file, list[str]()

    def header(self, headers: Sequence[str]) -> None:
        """The keys."""
        self.headers = distinct(headers)

    def write(self, cells: Sequence[Any]) -> None:
        """One row."""
        row = {
            name: cell if cell is None or isinstance(cell, bool) else str(cell)
            for name, cell in zip(self.headers, cells, strict=True)
        }
        self.file.write(json.dumps(row, ensure_ascii=False) + "\n")


@contextmanager
def results(out: Path, rule: Rule, lang: Lang, tally: Tally) -> Iterator[Sink]:
    """A sink in the format of the suffix; the file is there as a whole at the end, or not at all. Raises PolicyError."""
    if out.suffix not in TABLES:
        accepted = ", ".join(TABLES)
        raise PolicyError(
            problem("table-format", f"`{out}` is none of: {accepted}", f"`{out}` 不是以下格式：{accepted}")
        )
    with whole(out) as draft:
        if out.suffix == ".xlsx":
            from policy_engine.tables.workbook import Workbook

            book = Workbook(draft, rule, lang)
            yield book
            book.close(tally.statuses, tally.rows)
        elif out.suffix == ".parquet":
            from policy_engine.tables.parquet import ParquetSink

            rows = ParquetSink(draft)
            yield rows
            rows.close()
        else:
            with draft.open("w", encoding="utf-8-sig" if out.suffix == ".csv" else "utf-8", newline="") as file:
                yield CsvSink(file) if out.suffix == ".csv" else JsonlSink(file)
