"""The engines a plan runs on: where a table is read from, what is sent, where the result goes."""

from __future__ import annotations

import glob
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ibis
from ibis.common.exceptions import TableNotFound

from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.engines.terms import Refused
from policy_engine.tables.parquet import names_of

NAMES: Final = ("duckdb", "polars", "postgres", "spark")
EXTRA: Final[Mapping[str, str]] = {"duckdb": "tables", "polars": "tables", "postgres": "postgres", "spark": "spark"}
RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
MEMORY: Final = "1500MB"
NUMBER: Final = "_row"
GROUP_LEAST: Final = 2048  # rows DuckDB holds before it writes them
GROUP_MOST: Final = 122_880
GROUP_CELLS: Final = 10_000_000


@dataclass(frozen=True)
class Engine:
    """A connection to an engine."""

    name: str
    backend: Any

    def read(self, source: str, numbered: bool = False) -> Any:
        """A table by its name in the database, or the Parquet file or folder of a path. Raises PolicyError.

        `numbered`: with the numbers of the rows, from 1, under `NUMBER`, where a single file has such.
        """
        with told(self.name):
            exact = Path(source).is_file()
            if exact:
                _refuse_alike(Path(source))
            if exact and self.name == "polars":
                source = _no_pattern(source)
            elif exact and self.name == "duckdb":
                source = glob.escape(source)
            if numbered and exact and self.name == "polars":
                return self.backend.read_parquet(source, row_index_name=NUMBER, row_index_offset=1)
            if numbered and exact and self.name == "duckdb":
                found = self.backend.read_parquet(source, file_row_number=True)
                return found.mutate(**{NUMBER: found["file_row_number"] + 1}).drop("file_row_number")
            if exact or _is_file(source):
                return self.backend.read_parquet(source)
            database, _, name = source.rpartition(".")
            return self.backend.table(name, database=database or None)

    def sql(self, table: Any) -> str:
        """What is sent: SQL, or for Polars its query plan. Raises PolicyError."""
        with told(self.name), layers_kept():
            if self.name == "polars":
                return str(self.backend.compile(table).explain())
            return str(self.backend.compile(table, pretty=True))

    def save(self, table: Any, target: str) -> None:
        """Write rows to a Parquet or CSV file, or to a folder of Parquet files with Spark. Raises PolicyError."""
        with told(self.name), layers_kept():
            if target.endswith(".csv"):
                self._save_csv(harmless(table), target)
            elif self.name == "polars":
                self.backend.compile(table).sink_parquet(target)
            elif self.name == "duckdb":
                rows = max(GROUP_LEAST, min(GROUP_MOST, GROUP_CELLS // len(table.columns)))
                self.backend.to_parquet(table, target, row_group_size=rows)
            else:
                self.backend.to_parquet(table, target)

    def _save_csv(self, table: Any, target: str) -> None:
        if self.name == "polars":
            self.backend.compile(table).sink_csv(target)
        elif self.name == "spark":
            raise Refused("one CSV file from Spark; write Parquet", "Spark 输出单个 CSV；请用 Parquet")
        else:
            self.backend.to_csv(table, target)

    def create(self, name: str, table: Any) -> None:
        """Put rows into a new table of the database. Raises PolicyError, also where a table of that name exists."""
        database, _, short = name.rpartition(".")
        with told(self.name), layers_kept():
            self.backend.create_table(short, table, database=database or None)

    def counts(self, table: Any, *columns: str) -> dict[tuple[Any, ...], int]:
        """How many rows have each values of some columns. Raises PolicyError."""
        with told(self.name), layers_kept():
            found = self.backend.to_pyarrow(table.group_by(columns).aggregate(rows=table.count())).to_pylist()
        return {tuple(row[name] for name in columns): int(row["rows"]) for row in found}


def _refuse_alike(path: Path) -> None:
    """Engines take names that differ in case for one and rename or drop the other. Raises PolicyError."""
    names = names_of(path)
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        which = ", ".join(name for name in names if name.lower() == twice[0])
        raise PolicyError(problem("duplicate", f"columns of one name: {which}", f"同名的列：{which}", Place(str(path))))


def _no_pattern(source: str) -> str:
    """A path that Polars takes as it stands: `[`, `*` and `?` would be a pattern. Raises Refused."""
    if any(sign in source for sign in "[*?"):
        raise Refused(f"a file name with [, * or ?: {source}", f"文件名中的 [、*、?：{source}")
    return source


def harmless(table: Any) -> Any:
    """Text that a spreadsheet would run gets an apostrophe, in a header too."""
    cells = {name: _harmless(table[name]) if type.is_string() else table[name] for name, type in table.schema().items()}
    return table.select(**{f"'{name}" if name.startswith(RISKY) else name: cell for name, cell in cells.items()})


def _harmless(text: Any) -> Any:
    return text.substr(0, 1).isin(RISKY).ifelse(ibis.literal("'") + text, text)


def connect(name: str, url: str | None = None) -> Engine:
    """A connection to an engine by name; `url` leads to a database. Raises PolicyError."""
    if name not in NAMES:
        accepted = ", ".join(NAMES)
        raise PolicyError(problem("engine", f"`{name}` is none of: {accepted}", f"`{name}` 不是以下引擎：{accepted}"))
    with told(name):
        return Engine(name, _CONNECT[name](url))


def _duckdb(url: str | None) -> Any:
    path = (url or "").removeprefix("duckdb://").removeprefix("/") or ":memory:"
    if not (Path(path).exists() or path.startswith((":memory:", "md:"))):  # DuckDB would make it
        raise PolicyError(problem("unreadable", f"the database `{path}` is not there", f"没有数据库 `{path}`"))
    backend = ibis.duckdb.connect(path)
    backend.raw_sql(f"SET memory_limit = '{MEMORY}'")
    folder = f"{tempfile.gettempdir()}/policy-duckdb-{os.getpid()}".replace("'", "''")
    backend.raw_sql(f"SET temp_directory = '{folder}'")
    return backend


def _polars(url: str | None) -> Any:
    if url is not None:
        raise Refused(f"Polars reads files, not {url}", f"Polars 只读取文件，不能读取 {url}")
    return ibis.polars.connect()


def _postgres(url: str | None) -> Any:
    if url is None:
        raise Refused("PostgreSQL needs a URL: postgresql://user@host/database#table", "PostgreSQL 需要数据库地址")
    return ibis.connect(url)


def _spark(url: str | None) -> Any:
    """The session of `spark-submit`, or a new one; under ANSI rules, where an overflow is an error."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("policy-engine")
    session = (builder.master(url.removeprefix("spark+")) if url else builder).getOrCreate()
    if session.conf.get("spark.sql.ansi.enabled") != "true":
        raise Refused("spark.sql.ansi.enabled is off: an overflow would read as unknown",
                      "spark.sql.ansi.enabled 未开启：溢出会被当作未知")  # fmt: skip
    return ibis.pyspark.connect(session)


_CONNECT: Final[Mapping[str, Callable[[str | None], Any]]] = {
    "duckdb": _duckdb, "polars": _polars, "postgres": _postgres, "spark": _spark,
}  # fmt: skip


@contextmanager
def layers_kept() -> Iterator[None]:
    """Layers stay subqueries while something is compiled; fused, what is used twice would be written out twice."""
    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before


@contextmanager
def told(name: str) -> Iterator[None]:
    """Whatever an engine complains of becomes one message with the name of the engine. Raises PolicyError."""
    try:
        yield
    except PolicyError:
        raise
    except ImportError as error:
        extra, missing = EXTRA[name], str(error).splitlines()[0]
        help = Text(f"pip install 'policy-engine[{extra}]'", f"请执行 pip install 'policy-engine[{extra}]'")
        raise PolicyError(
            problem("extra", f"{name} is not installed: {missing}", f"未安装 {name}：{missing}", None, help)
        ) from None
    except TableNotFound as error:
        raise PolicyError(problem("engine", f"{name}: no table `{error}`", f"{name}：没有表 `{error}`")) from None
    except Exception as error:  # engines have no common class of errors
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise PolicyError(problem("engine", f"{name}: {first}", f"{name}：{first}")) from error


def _is_file(source: str) -> bool:
    return source.endswith(".parquet") or "/" in source or Path(source).exists()
