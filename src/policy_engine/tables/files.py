"""Tables as files: rows read one at a time, results written row by row."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from policy_engine.basics.errors import Lang, PolicyError, Text, problem, visible
from policy_engine.basics.values import NumberText
from policy_engine.rulebook.rule import Rule
from policy_engine.tables import texts
from policy_engine.tables.sheet import Rows, Sheet
from policy_engine.tables.tally import Tally
from policy_engine.tables.writing import distinct, whole

_RUNS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BEGINS: Final = frozenset("0123456789")
_PLAIN: Final = {None: "", True: "true", False: "false"}
_BOOKS: Final = (b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"))
"""What workbooks begin with, new and old."""
KNOWN: Final = 4096
LONG: Final = 1000
"""A longer text stands in few rows, and many would fill the memory."""
FORMATS: Final = (".csv", ".jsonl", ".xlsx")
"""What results are written to besides Parquet."""
SHEETS: Final = (".xlsx", ".xls", ".ods")
LINES: Final = (".jsonl", ".ndjson")
PORTION: Final = 8192
"""So many rows of text are worth a process that decides them."""
READ: Final = (*SHEETS, ".csv", ".tsv", *LINES)
"""What is read row by row besides Parquet."""
TABLES: Final = (*FORMATS, ".parquet")


def kind_of(path: Path | str) -> str:
    """The ending of a file, in lower case."""
    return Path(path).suffix.lower()


def read_table(path: Path, sheet: str | None, encoding: str) -> Rows:
    """The rows of a table with their numbers. Raises PolicyError."""
    return open_sheet(path, sheet, encoding).rows


def open_sheet(path: Path, sheet: str | None, encoding: str, tell: Callable[[Text], None] = lambda text: None) -> Sheet:
    """A table as it stands. An encoding that is found and is not UTF-8 is told. Raises PolicyError."""
    if path.is_dir():
        raise PolicyError(problem("table-format", f"`{path}` is a folder: it is decided by an engine, -o to .parquet or .csv",
                                  f"`{path}` 是文件夹：须由引擎判定，结果用 -o 写入 .parquet 或 .csv"))  # fmt: skip
    kind = kind_of(path)
    if kind in SHEETS:
        found: Sheet = _workbook(kind).read_sheet(path, sheet)
        return found
    if sheet is not None:
        raise PolicyError(problem("no-sheet", f"{path} has no sheets", f"{path} 没有工作表"))
    if kind == ".parquet":
        from policy_engine.tables.parquet import read_rows as parquet_rows

        return Sheet(rows=parquet_rows(path), named=True, typed=True)
    if kind not in READ:
        accepted = ", ".join((*READ, ".parquet"))
        advice = Text("save it as .xlsx", "请在表格软件中另存为 .xlsx")
        raise PolicyError(
            problem(
                "table-format", f"`{path}` is none of: {accepted}", f"`{path}` 不是以下格式：{accepted}", None, advice
            )
        )
    _refuse_workbook(path)
    if encoding == texts.UTF_8 and (encoding := texts.encoding_of(path)) != texts.UTF_8:
        tell(Text(f"read as {encoding.upper()}", f"按 {encoding.upper()} 编码读取"))
    if kind in LINES:
        return Sheet(rows=texts.jsonl_rows(path, encoding), named=True)
    mark = "\t" if kind == ".tsv" else texts.delimiter_of(path, encoding)
    if kind == ".csv" and mark != ",":
        name = {"\t": Text("tabs", "制表符"), ";": Text("semicolons", "分号")}[mark]
        tell(Text(f"cells are separated by {name.en}", f"按{name.zh}分隔读取"))
    return Sheet(rows=texts.csv_rows(path, encoding, mark))


def _refuse_workbook(path: Path) -> None:
    """A workbook called like a text is told as such, not as one of another encoding. Raises PolicyError."""
    start = b""
    with suppress(OSError):  # told as it is read
        if path.is_file():  # a pipe is read once
            with path.open("rb") as file:
                start = file.read(8)
    if start.startswith(_BOOKS):
        advice = Text(
            "call it .xlsx (or .xls, .ods), or save it as CSV", "请将扩展名改为 .xlsx（或 .xls、.ods），或另存为 CSV"
        )
        raise PolicyError(
            problem("table-format", f"`{path}` is a workbook, not text", f"`{path}` 实为工作簿，不是文本", None, advice)
        )


def _workbook(kind: str) -> Any:
    """The room that reads workbooks of a kind."""
    from policy_engine.tables import ods, workbook, xls

    return {".xlsx": workbook, ".xls": xls, ".ods": ods}[kind]


def sheet_names(path: Path) -> list[str]:
    """The names of the sheets of a workbook; none of another table. Raises PolicyError."""
    kind = kind_of(path)
    return list(_workbook(kind).sheet_names(path)) if kind in SHEETS else []


def hidden_sheets(path: Path) -> set[str]:
    """The names of the sheets of a workbook that are not shown. Raises PolicyError."""
    kind = kind_of(path)
    return set(_workbook(kind).hidden_sheets(path)) if kind in SHEETS else set()


def check_width(cells: Sequence[Any], width: int) -> None:
    """A row longer than the header is refused: a comma inside a number moves every cell after it. Raises PolicyError."""
    beyond = [str(cell) for cell in cells[width:] if cell not in (None, "")]
    if beyond:
        shown = ", ".join(beyond)
        raise PolicyError(
            problem("width", f"cells beyond the last header: {shown}", f"最后一个表头之外还有单元格：{shown}")
        )


class Sink(Protocol):
    """Where results go, row by row."""

    def header(self, headers: Sequence[str]) -> None:
        """The headers of all columns."""

    def write(self, cells: Sequence[Any]) -> None:
        """One row."""


@runtime_checkable
class Handed(Sink, Protocol):
    """Where results go beside the sheet that they are about."""

    def say_beside(self, row: int, said: Sequence[str]) -> None:
        """What is said of a row of that sheet, or over it in the row of the header."""


@runtime_checkable
class Making(Sink, Protocol):
    """Where results go as text: what is written of a cell is made once for the rows it stands in."""

    def made(self, cell: Any) -> Any:
        """A cell as it is written."""

    def write_made(self, cells: Sequence[Any]) -> None:
        """One row of cells that are made."""


@runtime_checkable
class Parted(Sink, Protocol):
    """Where results go of which parts may be written elsewhere, each of so many rows."""

    portion: int

    def apart(self, ahead: int) -> None:
        """Keep what is written from now on: a part that begins so many rows further down."""

    def part(self) -> Any:
        """What was written since."""

    def take(self, part: Any, rows: int) -> None:
        """The next rows, a part that was written elsewhere."""


@runtime_checkable
class Witness(Sink, Protocol):
    """What is shown whole answers, not their cells."""

    def see(self, row: int, cells: Sequence[Any], found: Any) -> None:
        """A row with the cells it had: a Decision, or a Rejected."""


class CsvSink:
    """Comma-separated values; text that a spreadsheet would run is written so that it does not."""

    portion = PORTION

    def __init__(self, file: Any) -> None:
        self.lines = _Lines(file)
        self.writer = csv.writer(self.lines)
        self.known: dict[str, str] = {}

    def header(self, headers: Sequence[str]) -> None:
        """The first row."""
        self.write(headers)

    def write(self, cells: Sequence[Any]) -> None:
        """One row."""
        self.writer.writerow(list(map(self.made, cells)))

    def made(self, cell: Any) -> Any:
        """A cell as it is written; a text that stands in many rows is made safe once. A list of a line of JSON is told as a cell has it: `a;b`."""
        kind = type(cell)
        if kind is str and (known := self.known.get(cell)) is not None:
            return known
        if cell is None or kind is Decimal or ((kind is str or kind is NumberText) and _is_safe(cell)):
            return cell
        return self._safe(cell) if kind is str else _safe(_flat(cell))

    def _safe(self, cell: str) -> str:
        found = _safe(cell)
        if len(cell) <= LONG:
            if len(self.known) >= KNOWN:
                self.known.clear()
            self.known[cell] = found
        return found

    def write_made(self, cells: Sequence[Any]) -> None:
        """One row of cells that are made."""
        self.writer.writerow(cells)

    def apart(self, ahead: int) -> None:
        """Keep what is written from now on."""
        self.lines.file = io.StringIO()

    def part(self) -> str:
        """What was written since."""
        return str(self.lines.file.getvalue())

    def take(self, part: str, rows: int) -> None:
        """Rows as they are written."""
        self.lines.file.write(part)


class _Lines:
    """A file of lines that end as on Unix; a writer that ends them so itself leaves carriage returns unquoted before Python 3.13."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def write(self, line: str) -> None:
        """A line that ends in a carriage return and a line feed."""
        self.file.write(line[:-2] + "\n")


def _flat(cell: Any) -> Any:
    """A list of texts as one text, anything else that is no plain value as JSON."""
    if isinstance(cell, list) and all(isinstance(one, str) for one in cell):
        return ";".join(cell) or "none"
    return json.dumps(cell, ensure_ascii=False, default=str) if isinstance(cell, list | dict) else cell


def _is_safe(text: str) -> bool:
    """Whether a text begins with a digit of its own, and so is no formula; many of them are numbers that stand in one row."""
    return text[:1] in _BEGINS and text.isprintable()


def _safe(cell: Any) -> str:
    """A cell as text; one that begins like a formula and is no number or fraction gets an apostrophe."""
    kind = type(cell)
    if cell is None or kind is bool or kind is Decimal:
        return _PLAIN[cell] if kind is not Decimal else str(cell)
    text = str(cell)
    if text.isprintable() and text[:1] not in _RUNS and text[:1] != " ":
        return text
    number = isinstance(cell, Decimal) or re.fullmatch(r"[-+][0-9.,]+(/[0-9]+|%)?", text)
    text = visible(text, "\n\r\t")
    runs = text.lstrip()[:1] in _RUNS or text[:1] in ("\t", "\r", "\n")
    return "'" + text if runs and not number else text


class JsonlSink:
    """One object a line; numbers as exact text."""

    portion = PORTION

    def __init__(self, file: Any) -> None:
        self.file, self.headers = file, list[str]()
        self.encode = json.JSONEncoder(ensure_ascii=False).encode

    def header(self, headers: Sequence[str]) -> None:
        """The keys."""
        self.headers = distinct(headers)

    def write(self, cells: Sequence[Any]) -> None:
        """One row."""
        self.write_made(list(map(self.made, cells)))

    def made(self, cell: Any) -> Any:
        """A cell as it is written."""
        return cell if cell is None or isinstance(cell, bool) else str(cell)

    def write_made(self, cells: Sequence[Any]) -> None:
        """One row of cells that are made."""
        self.file.write(self.encode(dict(zip(self.headers, cells, strict=True))) + "\n")

    def apart(self, ahead: int) -> None:
        """Keep what is written from now on."""
        self.file = io.StringIO()

    def part(self) -> str:
        """What was written since."""
        return str(self.file.getvalue())

    def take(self, part: str, rows: int) -> None:
        """Rows as they are written."""
        self.file.write(part)


@contextmanager
def results(
    out: Path, rule: Rule, lang: Lang, tally: Tally, table: Path, kept: tuple[Path, str | None] | None = None
) -> Iterator[Sink]:
    """A sink in the format of the suffix, for what is said of a table; a sheet is kept in a workbook; the file is there as a whole at the end, or not at all. Raises PolicyError."""
    if out.suffix not in TABLES:
        accepted = ", ".join(TABLES)
        raise PolicyError(
            problem("table-format", f"`{out}` is none of: {accepted}", f"`{out}` 不是以下格式：{accepted}")
        )
    with whole(out) as draft:
        if out.suffix == ".xlsx":
            from policy_engine.tables.handed import Workbook
            from policy_engine.tables.workbook import being_read

            with being_read(kept) as original:
                book = Workbook(draft, rule, lang, original)
                yield book
                book.close(tally)
        elif out.suffix == ".parquet":
            from policy_engine.tables.parquet import ParquetSink

            rows = ParquetSink(draft)
            yield rows
            rows.close()
        else:
            with draft.open("w", encoding="utf-8", newline="") as file:
                file.write("\ufeff" if out.suffix == ".csv" else "")  # by hand: utf-8-sig is Python, line by line
                yield CsvSink(file) if out.suffix == ".csv" else JsonlSink(file)
