"""Parquet row by row, for the interpreter: read in batches, written with types found on the way; the only room that knows pyarrow."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.tables.cells import day_or_moment
from policy_engine.tables.extras import needed
from policy_engine.tables.writing import distinct

BATCH: Final = 4096
DIGITS: Final = 38


def _pyarrow() -> Any:
    with needed():
        import pyarrow
        import pyarrow.compute
        import pyarrow.parquet
    return pyarrow


def _open(path: Path) -> Any:
    pa = _pyarrow()
    try:
        return pa.parquet.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise _no_parquet(error, path) from None


def read_rows(path: Path) -> Iterator[tuple[int, list[Any]]]:
    """The column names as row 0, then the rows from 1; numbers are exact decimals, but for floats. Raises PolicyError."""
    with _open(path) as file:
        yield 0, list(file.schema_arrow.names)
        number = 0
        for batch in _batches(file, path):
            names = batch.schema.names
            columns = [_listed(column, name, path) for column, name in zip(batch.columns, names, strict=True)]
            for cells in zip(*columns, strict=True):
                number += 1
                yield number, [_cell(value) for value in cells]


def _batches(file: Any, path: Path) -> Iterator[Any]:
    """The rows as they are read. Raises PolicyError where the file is broken further on."""
    try:
        yield from file.iter_batches(BATCH)
    except (OSError, _pyarrow().ArrowException) as error:
        raise _no_parquet(error, path) from None


def _no_parquet(error: Exception, path: Path) -> PolicyError:
    return PolicyError(
        problem("unreadable", f"not a Parquet file: {error}", f"不是有效的 Parquet 文件：{error}", Place(str(path)))
    )


def _listed(column: Any, name: str, path: Path) -> list[Any]:
    """The values of a column, as text where Python has none for some, such as a date past 9999. Raises PolicyError."""
    pa = _pyarrow()
    if pa.types.is_timestamp(column.type) and column.type.tz is None:  # a day, where no time of day is told
        days = column.cast(pa.date32(), safe=False)
        whole = pa.compute.equal(days.cast(column.type, safe=False), column).to_pylist()
        cells = zip(whole, _listed(days, name, path), column.cast(pa.string()).to_pylist(), strict=True)
        return [day if is_day else text for is_day, day, text in cells]
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError, TypeError) as error:
        told = error
    try:
        return list(column.cast(pa.string()).to_pylist())  # refused by its cell where it is a fact
    except pa.ArrowException:
        reason = f"column `{name}`: {told}"
        raise PolicyError(problem("unreadable", reason, f"列 `{name}`：{told}", Place(str(path)))) from None


def names_of(path: Path) -> list[str]:
    """The names of the columns as the file has them. Raises PolicyError."""
    with _open(path) as file:
        return list(file.schema_arrow.names)


def refuse_large(path: Path) -> None:
    """Raises PolicyError naming a column of decimals that no engine holds."""
    pa = _pyarrow()
    with _open(path) as file:
        found = [f"{f.name}: {f.type}" for f in file.schema_arrow if pa.types.is_decimal256(f.type)]
    if found:
        en, zh = f"column {found[0]}: an engine holds {DIGITS} digits", f"列 {found[0]}：引擎最多容纳 {DIGITS} 位"
        raise PolicyError(problem("digits", en, zh, Place(str(path))))


def row_count(path: Path) -> int:
    """How many rows there are. Raises PolicyError."""
    with _open(path) as file:
        return int(file.metadata.num_rows)


def refuse_floats(path: Path, columns: Collection[str]) -> None:
    """Raises PolicyError naming those of the columns that hold binary floats."""
    with _open(path) as file:
        found = [name for f in file.schema_arrow if f.name in columns for name in _floats(f.name, f.type)]
    if found:
        names = ", ".join(found)
        advice = Text("make it a decimal", "请改为 decimal 类型")
        raise PolicyError(
            problem("float", f"column `{names}` holds binary floats, which are not exact",
                    f"列 `{names}` 是二进制浮点数，不精确", Place(str(path)), advice)
        )  # fmt: skip


def _floats(name: str, type_: Any) -> list[str]:
    """The columns of a type, itself or nested in it, that hold binary floats."""
    types = _pyarrow().types
    if types.is_list(type_) or types.is_large_list(type_):
        return _floats(name, type_.value_type)
    if types.is_struct(type_):
        return [found for inner in type_ for found in _floats(f"{name}.{inner.name}", inner.type)]
    return [name] if types.is_floating(type_) else []


def _cell(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):  # the rows of a list
        return [{key: _cell(field) for key, field in item.items()} for item in value]
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    if isinstance(value, dt.datetime):
        return day_or_moment(value)
    return value


class ParquetSink:
    """Rows as text to a file of its own; when all have come, each column gets a type that holds it exactly.

    A column of decimals stays text where 38 digits do not hold it.
    """

    def __init__(self, path: Path) -> None:
        self.pa, self.path = _pyarrow(), path
        self.spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the rows have moved
        self.rows: list[list[str | None]] = []
        self.columns: list[_Column] = []

    def header(self, headers: Sequence[str]) -> None:
        """The names of the columns; one that stands twice gets a number."""
        names = distinct(headers)
        self.columns = [_Column(self.pa, name) for name in names]
        self.schema = self.pa.schema([(name, self.pa.string()) for name in names])
        self.writer = self.pa.parquet.ParquetWriter(self.spool, self.schema)

    def write(self, cells: Sequence[Any]) -> None:
        """One row."""
        self.rows.append([column.text(cell) for column, cell in zip(self.columns, cells, strict=True)])
        if len(self.rows) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        arrays = [self.pa.array(column, self.pa.string()) for column in zip(*self.rows, strict=True)]
        if arrays:
            self.writer.write_batch(self.pa.record_batch(arrays, schema=self.schema))
        self.rows = []

    def close(self) -> None:
        """Write the file with its types."""
        self._flush()
        self.writer.close()
        schema = self.pa.schema([(column.name, column.type) for column in self.columns])
        with self.spool, self.pa.parquet.ParquetWriter(self.path, schema) as out:
            for batch in self.pa.parquet.ParquetFile(self.spool).iter_batches(BATCH):
                found = zip(self.columns, batch.columns, strict=True)
                arrays = [self.pa.array(map(c.value, texts.to_pylist()), c.type) for c, texts in found]
                out.write_batch(self.pa.record_batch(arrays, schema=schema))


class _Column:
    """A column and what has been seen in it: the kinds of its cells, the digits before and after the point."""

    def __init__(self, pa: Any, name: str) -> None:
        self.pa, self.name, self.kinds = pa, name, set[type]()
        self.whole, self.scale = 0, 0

    def text(self, cell: Any) -> str | None:
        """A cell as text, remembered by its kind."""
        if cell is None:
            return None
        self.kinds.add(type(cell))
        if isinstance(cell, Decimal):
            _, digits, exponent = cell.as_tuple()
            assert isinstance(exponent, int)
            self.whole = max(self.whole, len(digits) + exponent)
            self.scale = max(self.scale, -exponent)
        return cell.isoformat() if isinstance(cell, dt.date) else str(cell)

    @property
    def kind(self) -> type:
        """The one kind of all cells that has a type of its own, or text."""
        (kind,) = self.kinds if len(self.kinds) == 1 else (str,)
        fits = kind is not Decimal or self.whole + self.scale <= DIGITS
        return kind if kind in (Decimal, bool, dt.date) and fits else str

    @property
    def type(self) -> Any:
        """The type of the column."""
        if self.kind is Decimal:
            return self.pa.decimal128(DIGITS, self.scale)
        return {bool: self.pa.bool_(), dt.date: self.pa.date32()}.get(self.kind, self.pa.string())

    def value(self, text: str | None) -> Any:
        """A cell from its text."""
        if text is None or self.kind is str:
            return text
        if self.kind is bool:
            return text == "True"
        return Decimal(text) if self.kind is Decimal else dt.date.fromisoformat(text)
