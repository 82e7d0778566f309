"""The engines, a row each: what each can do and how it is asked for it. Nobody else asks an engine for its name."""

from __future__ import annotations

import glob
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ibis

from policy_engine.basics.errors import PolicyError, problem
from policy_engine.engines import frames
from policy_engine.engines.duck import Select, quoted, settled, text
from policy_engine.engines.native import (
    LISTS,
    NOT_OWN,
    VALUES,
    Own,
    among_few,
    few_words,
    layered,
    spelt_few,
    told_words,
)
from policy_engine.engines.terms import Refused

NUMBER: Final = "_row"
ENDLESS: Final = 2**63 - 1
"""So many rows a subquery is limited to that has to stay one."""
PUSHING: Final = tuple(
    f"org.apache.spark.sql.catalyst.optimizer.{rule}" for rule in ("PushDownPredicates", "PushPredicateThroughNonJoin")
)
"""Rules by which Spark takes a filter down through layers, with each column of it written out as often as it is used there: without end."""
FAR_DAYS: Final = 95_000_000
"""So many days from 1970 Polars writes no date as text."""


def _as_sql(backend: Any, table: Any) -> str:
    return str(backend.compile(table, pretty=True))


def _as_parquet(backend: Any, table: Any, target: str) -> None:
    backend.to_parquet(table, target)


def _as_csv(backend: Any, table: Any, target: str) -> None:
    backend.to_csv(table, target)


def _unnested(name: str, values: Sequence[Any], type: str) -> Any:
    return ibis.literal(list(values), f"array<{type}>").unnest().name(name).as_table()


def _grouped(keys: Any, where: Any) -> Any:
    return keys.cast("string").group_concat(" ", where=where, order_by=keys)


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """One engine.

    `backend` is what ibis calls it, `extra` what is installed for it, `schemes` those of the URLs of its databases;
    `single` reads the one file of a path, whatever signs of a pattern are in it; `numbered` reads it with the numbers of
    its rows.
    """

    name: str
    title: str
    backend: str
    extra: str
    connect: Callable[[str | None], Any]
    schemes: tuple[str, ...] = ()
    single: Callable[[Any, str], Any] = lambda backend, path: backend.read_parquet(path)
    folder: Callable[[Any, str], Any] = lambda backend, path: backend.read_parquet(path)
    numbered: Callable[[Any, str], Any] | None = None
    sent: Callable[[Any, Any], str] = _as_sql
    made: Callable[[Any, Any], Any] = lambda backend, table: table
    """What is written to a Parquet file, made of a table."""
    write: Callable[[Any, Any, str], None] = _as_parquet
    save_csv: Callable[[Any, Any, str], None] = _as_csv
    listed: Callable[[str, Sequence[Any], str], Any] = _unnested
    joined: Callable[[Any, Any], Any] = _grouped
    reads_back: bool = True
    """What it wrote to a file can be read back by it as it was."""
    keeps_layers: bool = True
    """A subquery stays one; else its columns are written out wherever they are used."""
    widest: float = math.inf
    """To so many columns a subquery is kept, unless more have to stay."""
    nan: bool = False
    """A decimal may be no number."""
    all_places: bool = False
    """A product of decimals has all their places."""
    running_totals: bool = True
    own_ways: Own = NOT_OWN
    """It has ways of its own to read text and to put words for codes (`native`)."""
    writes_folders: bool = False
    """A result is a folder of files, not a file."""
    tables_without_url: bool = False
    """Its tables have names without a database being given."""


def _set(backend: Any, setting: str) -> Any:
    return backend.raw_sql(f"SELECT current_setting('{setting}')").fetchall()[0][0]


def _copied(backend: Any, save: Callable[[str], None], target: str) -> None:
    """A file written where the engine may write, and taken from there where it may not write elsewhere."""
    if _set(backend, "enable_external_access"):
        save(target)
        return
    with tempfile.TemporaryDirectory(dir=_set(backend, "temp_directory")) as folder:
        save(f"{folder}/result")
        shutil.move(f"{folder}/result", target)


def _duckdb(url: str | None) -> Any:
    path = (url or "").removeprefix("duckdb://").removeprefix("/") or ":memory:"
    if not (Path(path).exists() or path.startswith((":memory:", "md:"))):  # DuckDB would make it
        raise PolicyError(problem("unreadable", f"the database `{path}` is not there", f"没有数据库 `{path}`"))
    backend = ibis.duckdb.connect(path)
    if not _set(backend, "enable_external_access"):  # opened before by this program: it is as it was set then
        return backend
    folder = settled(backend.con)
    if Path(path).exists():  # what views of a stranger's database read; only the folder just made stays open to it
        backend.raw_sql(f"SET allowed_directories = [{text(folder)}]")
        backend.raw_sql("SET enable_external_access = false")
    return backend


def _polars(url: str | None) -> Any:
    if url is not None:
        raise Refused(f"Polars reads files, not {url}", f"Polars 只读取文件，不能读取 {url}")
    return ibis.polars.connect()


def _postgres(url: str | None) -> Any:
    if url is None:
        raise Refused("PostgreSQL needs a URL: postgresql://user@host/database#table", "PostgreSQL 需要数据库地址")
    return _uncopied(ibis.connect(url))


def _uncopied(backend: Any) -> Any:
    """A layer that stays one (`ENDLESS`) is sent as it is: copied for its limit, each would copy all layers below it."""
    from sqlglot import expressions

    class Uncopied(type(backend.compiler)):  # type: ignore[misc]
        __slots__ = ()

        def visit_Limit(self, op: Any, *, parent: Any, n: Any, offset: Any) -> Any:  # noqa: N802
            if n == ENDLESS and isinstance(parent, expressions.Subquery):
                return parent.this.limit(n, copy=False)
            return super().visit_Limit(op, parent=parent, n=n, offset=offset)

    backend.compiler = Uncopied()
    return backend


def _spark(url: str | None) -> Any:
    """The session of `spark-submit`, or a new one; under ANSI rules, where an overflow is an error."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("policy-engine")
    session = (builder.master(url.removeprefix("spark+")) if url else builder).getOrCreate()
    if session.conf.get("spark.sql.ansi.enabled") != "true":
        raise Refused("spark.sql.ansi.enabled is off: an overflow would read as unknown",
                      "spark.sql.ansi.enabled 未开启：溢出会被当作未知")  # fmt: skip
    without = session.conf.get("spark.sql.optimizer.excludedRules", "")
    session.conf.set(
        "spark.sql.optimizer.excludedRules", ",".join(dict.fromkeys(filter(None, [*without.split(","), *PUSHING])))
    )
    return _in_brackets(ibis.pyspark.connect(session))


def _in_brackets(backend: Any) -> Any:
    """A membership stands in brackets: Spark compares none that has no brackets of its own (`a IN (1) <> TRUE`)."""
    from sqlglot import expressions

    class Bracketed(type(backend.compiler)):  # type: ignore[misc]
        __slots__ = ()

        def visit_InValues(self, op: Any, **parts: Any) -> Any:  # noqa: N802
            return expressions.Paren(this=super().visit_InValues(op, **parts))

    backend.compiler = Bracketed()
    return backend


def _numbered_duckdb(backend: Any, source: str) -> Any:
    found = backend.read_parquet(glob.escape(source), file_row_number=True)
    return found.mutate(**{NUMBER: found["file_row_number"] + 1}).drop("file_row_number")


def _query_duckdb(backend: Any, table: Any) -> Select:
    """The rows as a query. Where a column has few words, it is one of them: the same text in the file, in half the time."""
    few = {name: words for name, words in few_words(table).items() if words}
    backend._run_pre_execute_hooks(table)  # noqa: SLF001 - as its own to_parquet does, whose SELECT cannot be wrapped
    said = (f"{quoted(name)}::ENUM({', '.join(map(text, words))}) AS {quoted(name)}" for name, words in few.items())
    replaced = f"REPLACE ({', '.join(said)})" if few else ""
    sent = f"SELECT * {replaced} FROM ({backend.compile(among_few(table, few))})"  # noqa: S608 - names and words are quoted
    return Select(sent, len(table.columns))


def _write_duckdb(backend: Any, found: Select, target: str) -> None:
    _copied(backend, lambda path: backend.raw_sql(found.written(path)), target)


def _save_csv_duckdb(backend: Any, table: Any, target: str) -> None:
    _copied(backend, lambda path: backend.to_csv(table, path), target)


def _frame_polars(backend: Any, table: Any) -> frames.Frame:
    """The rows as layers. What is told in few words is written as codes of them: the same text in the file, in a quarter of the time."""
    told, few = spelt_few(table) if frames.spells() else (table, ())
    return frames.Frame(*layered(backend, told), few)


def _save_csv_polars(backend: Any, table: Any, target: str) -> None:
    """Rows to a CSV file. Raises Refused for a day so far that Polars would break off, with pages of traces, writing it as text."""
    import polars as pl

    frame = backend.compile(table)
    schema, a_day = frame.collect_schema(), {"ns": 86_400 * 10**9, "us": 86_400 * 10**6, "ms": 86_400 * 10**3}
    dates = {name: kind for name, kind in schema.items() if kind in (pl.Date, pl.Datetime)}
    if dates:
        of_a_day = {name: a_day.get(str(getattr(kind, "time_unit", None)), 1) for name, kind in dates.items()}
        most = (pl.col(name).to_physical().cast(pl.Int128).abs().max() // units for name, units in of_a_day.items())
        days = frame.select(most).collect().row(0)
        far = [name for name, most in zip(dates, days, strict=True) if most is not None and most >= FAR_DAYS]
        if far:
            raise Refused(f"column `{far[0]}` as text on Polars: it has a day 260,000 years away; write .parquet, or take DuckDB",
                          f"在 Polars 上把列 `{far[0]}` 写为文字：其中有相距 26 万年的日期；请输出为 .parquet，或改用 DuckDB")  # fmt: skip
    frame.sink_csv(target)


def _held(name: str, values: Sequence[Any], type: str) -> Any:
    return ibis.memtable({name: list(values)}, schema={name: type})


def _no_csv(backend: Any, table: Any, target: str) -> None:
    raise Refused("one CSV file from Spark; write Parquet", "Spark 输出单个 CSV；请用 Parquet")


ENGINES: Final[Mapping[str, Capabilities]] = {
    row.name: row
    for row in (
        Capabilities(
            name="duckdb", title="DuckDB", backend="duckdb", extra="tables", connect=_duckdb, schemes=("duckdb",),
            single=lambda b, path: b.read_parquet(glob.escape(path)), numbered=_numbered_duckdb,
            made=_query_duckdb, write=_write_duckdb, save_csv=_save_csv_duckdb,
            all_places=True, own_ways=LISTS,
        ),
        Capabilities(
            name="polars", title="Polars", backend="polars", extra="tables", connect=_polars,
            single=lambda b, path: b.read_parquet(path, glob=False),
            folder=lambda b, path: b.read_parquet(f"{glob.escape(path)}/**/*.parquet"),
            numbered=lambda b, path: b.read_parquet(path, row_index_name=NUMBER, row_index_offset=1, glob=False),
            sent=lambda b, table: "\n".join([str(b.compile(table).explain()), *told_words(table)]),
            made=_frame_polars, write=lambda b, found, target: found.save(target), save_csv=_save_csv_polars,
            listed=_held,
            running_totals=False, own_ways=VALUES,
        ),
        Capabilities(
            name="postgres", title="PostgreSQL", backend="postgres", extra="postgres", connect=_postgres,
            schemes=("postgresql", "postgres"), reads_back=False, keeps_layers=False, widest=1600, nan=True,
        ),
        Capabilities(
            name="spark", title="Spark", backend="pyspark", extra="spark", connect=_spark, save_csv=_no_csv,
            joined=lambda keys, where: keys.collect(where=where).sort().map(lambda key: key.cast("string")).join(" "),
            writes_folders=True, tables_without_url=True,
        ),
    )
}  # fmt: skip
"""The first is taken where none is asked for."""


def of_table(table: Any) -> Capabilities:
    """The engine a table is on."""
    return next(row for row in ENGINES.values() if row.backend == table.get_backend().name)
