"""What DuckDB is sent, in its own words: how it is set, how a result is written, and a plan sent without ibis."""

from __future__ import annotations

import glob
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MEMORY: Final = "1500MB"
GROUP_LEAST: Final = 2048  # rows DuckDB holds before it writes them
GROUP_MOST: Final = 122_880
GROUP_CELLS: Final = 10_000_000
DICTIONARY: Final = 8192
"""Of more values than that a group of rows has no dictionary: the file is no larger, and an eighth of the time to write it is saved."""
SOURCE: Final = "policy_source"
"""The table of a plan that is sent without ibis."""
STOPPED: Final = "Query interrupted"
_FOLDERS: Final[list[tempfile.TemporaryDirectory[str]]] = []
"""Where DuckDB keeps what memory does not hold, until the end of the program."""


@dataclass(frozen=True)
class Select:
    """A query, and how many columns it has."""

    text: str
    columns: int

    def written(self, target: str) -> str:
        """The statement that writes its rows to a Parquet file."""
        rows = max(GROUP_LEAST, min(GROUP_MOST, GROUP_CELLS // self.columns))
        return f"COPY ({self.text}) TO {text(target)} (FORMAT parquet, ROW_GROUP_SIZE {rows}, DICTIONARY_SIZE_LIMIT {DICTIONARY})"


def raise_stopped(error: BaseException) -> None:
    """Raises KeyboardInterrupt where DuckDB was stopped by a signal, of which it makes an error of no class of its own."""
    if isinstance(error, RuntimeError) and str(error) == STOPPED:
        raise KeyboardInterrupt from error


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as SQL has it."""
    return "'" + value.replace("'", "''") + "'"


def settled(connection: Any) -> str:
    """How much memory a connection may take, and where it keeps the rest; that folder."""
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="policy-duckdb-", ignore_cleanup_errors=True))
    connection.execute(f"SET temp_directory = {text(_FOLDERS[-1].name)}")
    return _FOLDERS[-1].name


class DuckFile:
    """A Parquet file as the one table of a connection."""

    def __init__(self, path: Path) -> None:
        import duckdb

        self.version = str(duckdb.__version__)
        self.con = duckdb.connect()
        settled(self.con)
        self.con.execute("SET TimeZone = 'UTC'")
        found = f"read_parquet({text(glob.escape(str(path)))})"
        self.con.execute(f"CREATE TEMP VIEW {SOURCE} AS SELECT * FROM {found}")  # noqa: S608 - text is quoted
        said = self.con.execute(f"DESCRIBE {SOURCE}").fetchall()
        self.headers = tuple(str(row[0]) for row in said)
        own = self.con.execute(f"SELECT * EXCLUDE (file_name) FROM parquet_schema({text(str(path))})").fetchall()  # noqa: S608
        self.kinds = repr((said, own))
        """The types of the columns, as the engine and as the file has them."""

    def save(self, kept: tuple[str, int], target: str) -> None:
        """Every row with its findings."""
        self.con.execute(Select(*kept).written(target))

    def save_told(self, kept: tuple[str, int], target: str, wrong: str) -> None:
        """Every row with its findings, or with what is wrong with its facts and no findings."""
        inner, columns = kept
        names = [str(row[0]) for row in self.con.execute(f"DESCRIBE {inner}").fetchall()]
        own = (name for name in names if name not in (*self.headers, wrong))
        said = ", ".join(f"CASE WHEN {quoted(wrong)} IS NULL THEN {quoted(name)} END AS {quoted(name)}" for name in own)
        self.save((f"SELECT * REPLACE ({said}) FROM ({inner})", columns), target)  # noqa: S608 - names are quoted

    def counts(self, target: str, *columns: str) -> list[tuple[Any, ...]]:
        """How many rows of what was written have each values of some columns: these, then the number."""
        names = ", ".join(map(quoted, columns))
        sent = f"SELECT {names}, count(*) FROM read_parquet({text(glob.escape(target))}) GROUP BY {names}"  # noqa: S608
        return [tuple(row) for row in self.con.execute(sent).fetchall()]
