"""The engines a plan runs on: where a table is read from, what is sent, where the result goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import ibis
from ibis.common.exceptions import TableNotFound

from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.engines import duck
from policy_engine.engines.capabilities import ENGINES, Capabilities
from policy_engine.tables.extras import needed
from policy_engine.tables.parquet import names_of, refuse_large

NO_FILES: Final = Text("what is in a database reads no file: put the rows into a table of it, CREATE TABLE … AS SELECT …",
                       "数据库中的视图不得读取文件：请先将数据存为表（CREATE TABLE … AS SELECT …）")  # fmt: skip
IS_THERE: Final = Text(
    "results never replace a table: name one that is not there", "结果不覆盖已有的表：请写尚不存在的表名"
)
MARKS: Final = ("_", ".")
"""How names begin of what clusters leave beside the files of a table."""
RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


class TooLarge(PolicyError):
    """A number does not fit the engine, which does not say in which row."""


_TOO_LARGE: Final = re.compile(r"overflow|out.of.range|could not (cast|convert)|conversion from", re.IGNORECASE)


@dataclass(frozen=True)
class Engine:
    """A connection to an engine."""

    can: Capabilities
    backend: Any
    database: bool = False
    kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was made of tables to be written."""

    @property
    def name(self) -> str:
        """The name a user calls it by."""
        return self.can.name

    @property
    def reads_back(self) -> bool:
        """Whether what it wrote to a file can be read back by it as it was: a database may read no file."""
        return self.can.reads_back and not self.database

    def read(self, source: str, numbered: bool = False) -> Any:
        """A table by its name in the database, or the Parquet file or folder of a path. Raises PolicyError.

        `numbered`: with the numbers of the rows, from 1, under `NUMBER`, where a single file has such.
        """
        with told(self.name):
            exact = Path(source).is_file()
            if exact:
                _refuse_alike(Path(source))
                refuse_large(Path(source))
            if numbered and exact and self.can.numbered is not None:
                return self.can.numbered(self.backend, source)
            if exact:
                return self.can.single(self.backend, source)
            if Path(source).is_dir():
                _refuse_others(Path(source))
                return self.can.folder(self.backend, source)
            if _is_file(source):
                return self.backend.read_parquet(source)
            database, _, name = source.rpartition(".")
            return self.backend.table(name, database=database or None)

    def sql(self, table: Any) -> str:
        """What is sent: SQL, or for Polars its query plan. Raises PolicyError."""
        with told(self.name), layers_kept():
            return self.can.sent(self.backend, table)

    def save(self, table: Any, target: str) -> None:
        """Write rows to a Parquet or CSV file, or to a folder of Parquet files with Spark. Raises PolicyError."""
        with told(self.name), layers_kept():
            if target.endswith(".csv"):
                self.can.save_csv(self.backend, harmless(table), target)
            else:
                self.can.write(self.backend, self.made(table), target)

    def made(self, table: Any) -> Any:
        """What of a table is written to a Parquet file, made once. Raises PolicyError."""
        op = table.op()
        if op not in self.kept:
            with told(self.name), layers_kept():
                self.kept[op] = self.can.made(self.backend, table)
        return self.kept[op]

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


def _refuse_others(folder: Path) -> None:
    """A folder is a table where all in it are Parquet files of one kind: an engine would leave out the rest. Raises PolicyError."""
    place = Place(str(folder))
    inside = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    files = [path for path in inside if path.suffix == ".parquet"]
    others = [path for path in inside if path.suffix != ".parquet" and not path.name.startswith(MARKS)]
    others += [path for path in files if any(part.startswith(MARKS) for part in path.parts)]  # what was not finished
    if others:
        help = Text("name one file, or move the others away", "请写明一个文件，或移走其他文件")
        en, zh = f"not a file of the table: {others[0]}", f"不是表格中的文件：{others[0]}"
        raise PolicyError(problem("folder", en, zh, place, help))
    if not files:
        raise PolicyError(problem("folder", "no Parquet file is in the folder", "文件夹中没有 Parquet 文件", place))
    first = set(names_of(folder / files[0]))
    for path in files[1:]:
        if apart := sorted(first.symmetric_difference(names_of(folder / path))):
            raise PolicyError(problem("folder", f"{files[0]} and {path} differ in columns: {', '.join(apart)}",
                                      f"{files[0]} 与 {path} 的列不同：{'、'.join(apart)}", place))  # fmt: skip


def harmless(table: Any) -> Any:
    """Text that a spreadsheet would run gets an apostrophe, in a header too."""
    cells = {name: _harmless(table[name]) if type.is_string() else table[name] for name, type in table.schema().items()}
    return table.select(**{f"'{name}" if name.startswith(RISKY) else name: cell for name, cell in cells.items()})


def _harmless(text: Any) -> Any:
    return text.substr(0, 1).isin(RISKY).ifelse(ibis.literal("'") + text, text)


def connect(name: str, url: str | None = None) -> Engine:
    """A connection to an engine by name; `url` leads to a database. Raises PolicyError."""
    if name not in ENGINES:
        accepted = ", ".join(ENGINES)
        raise PolicyError(problem("engine", f"`{name}` is none of: {accepted}", f"`{name}` 不是以下引擎：{accepted}"))
    with told(name):
        return Engine(ENGINES[name], ENGINES[name].connect(url), url is not None)


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
        with needed(ENGINES[name].extra, name):
            yield
    except PolicyError:
        raise
    except TableNotFound as error:
        raise PolicyError(problem("engine", f"{name}: no table `{error}`", f"{name}：没有表 `{error}`")) from None
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except (
        BaseException
    ) as error:  # engines have no common class of errors, and that of a panic of Polars is no Exception
        duck.raise_stopped(error)
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        out = NO_FILES if "disabled by configuration" in first else IS_THERE if "already exists" in first else None
        kind = TooLarge if _TOO_LARGE.search(first) else PolicyError
        raise kind(problem("engine", f"{name}: {first}", f"{name}：{first}", None, out)) from error


def _is_file(source: str) -> bool:
    return source.endswith(".parquet") or "/" in source or Path(source).exists()
