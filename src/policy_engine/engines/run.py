"""Tables decided where they are: Parquet files and database tables, by DuckDB, Polars, PostgreSQL or Spark."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import PolicyError, Text, did_you_mean, problem
from policy_engine.deciding.decide import check_readings
from policy_engine.deciding.outcome import OutcomeName
from policy_engine.engines.capabilities import ENGINES, NUMBER
from policy_engine.engines.codes import TEXT
from policy_engine.engines.connect import Engine, TooLarge, connect
from policy_engine.engines.entries import HELD, KIND, LATER, Entries, Question, kinds
from policy_engine.engines.plan import OUTCOME, PARTS, REFUSED, STATUS, Plan, Refused, plan
from policy_engine.engines.register import PROVISION, findings
from policy_engine.registers.by_rows import placed
from policy_engine.registers.periods import entry_rule
from policy_engine.tables.columns import Column, Job, columns_of, matched
from policy_engine.tables.tally import Tally
from policy_engine.tables.writing import whole

DEFAULT: Final = next(iter(ENGINES))
FORMATS: Final = (".parquet", ".csv")
BELOW: Final = (33, 30, 27, 24, 21, 18, 15, 12)
"""Of how many digits before the point a number may be, tried where an engine cannot hold what is made of it."""
BY_ROWS: Final = (".xlsx", ".csv", ".jsonl", ".ndjson")
_SCHEMES: Final = {scheme: engine.name for engine in ENGINES.values() for scheme in engine.schemes}
_ANYWHERE: Final = re.compile(r"[a-z][a-z0-9+.-]*://")


@dataclass(frozen=True)
class TableAt:
    """A table: the engine that reads it, the database it is in, its name there or its path."""

    engine: str
    url: str | None
    table: str


@dataclass(frozen=True)
class Work:
    """A plan made for a table, on a connection."""

    engine: Engine
    plan: Plan
    headers: tuple[str, ...]
    narrower: Callable[[int], Plan]
    """The plan that refuses rows with a number of more digits."""

    @property
    def all_rows(self) -> Any:
        """Every row with its findings, as if all facts were possible."""
        return self.plan.table

    @property
    def told(self) -> Any:
        """Every row with its findings, or with what is wrong with its facts and no findings."""
        table = self.plan.table
        own = [name for name in table.columns if name not in (*self.headers, REFUSED)]
        return table.mutate(**{name: table[REFUSED].isnull().ifelse(table[name], None) for name in own})

    @property
    def rejected(self) -> Any:
        """The rows whose facts are not possible, with what is wrong."""
        table = self.plan.table
        return table.filter(table[REFUSED].notnull()).select(*self.headers, REFUSED)


def source_of(text: str, engine: str | None) -> TableAt:
    """What `DATABASE-URL#table`, a Parquet file or folder, or the name of a Spark table stands for. Raises PolicyError."""
    scheme, colon, _ = text.partition("://")
    database, hash, table = text.partition("#")
    if colon and scheme in _SCHEMES:
        if not hash or not table:
            raise PolicyError(
                problem("table-url", f"`{text}` names no table: write …#table", f"`{text}` 未写明表：请写 …#表名")
            )
        if engine not in (None, _SCHEMES[scheme]):
            raise PolicyError(
                problem("engine", f"{engine} does not read {scheme}://", f"{engine} 不能读取 {scheme}://")
            )
        return TableAt(_SCHEMES[scheme], database, table)
    if colon and hash:
        accepted = ", ".join(f"{known}://" for known in _SCHEMES)
        raise PolicyError(
            problem("table-url", f"`{scheme}://` is none of: {accepted}", f"`{scheme}://` 不是以下之一：{accepted}")
        )
    chosen = engine or DEFAULT
    if chosen not in ENGINES:
        connect(chosen)
    if text.endswith(BY_ROWS):
        raise PolicyError(
            problem("table-format", f"`{text}` is read row by row: leave --engine and --print-sql away, or make it Parquet",
                    f"`{text}` 须逐行读取：请去掉 --engine 和 --print-sql，或改存为 Parquet")
        )  # fmt: skip
    return TableAt(chosen, None, text)


def prepare(job: Job, source: TableAt, parts: Collection[str] = PARTS, statuses: str = TEXT) -> Work:
    """The plan for a table: the outcome, and the parts to be shown; statuses as one of `STATUSES`. Raises PolicyError."""
    for part in parts:
        if part not in PARTS:
            accepted = ", ".join(PARTS)
            raise PolicyError(problem("part", f"`{part}` is none of: {accepted}", f"`{part}` 不是以下之一：{accepted}"))
    engine, table, columns = _opened(job, source)
    headers = tuple(table.columns)
    given = {column.entry.name: column.header for column in columns if column.entry}
    if not given:
        en = f"no column of {source.table} is an input of {job.rule.decision}"
        zh = f"{source.table} 没有一列是 {job.rule.decision} 的输入"
        raise PolicyError(problem("no-header", en, zh, None, did_you_mean(headers[0], job.rule.inputs)))

    def made(below: int | None = None) -> Plan:
        shown = {OUTCOME, REFUSED, *parts}
        return plan(
            job.rule, table, job.as_of, job.readings, headers, given, True, shown, below=below, statuses=statuses
        )

    work = Work(engine, made(), headers, made)
    if work.plan.left:
        job.tell(_left(work.plan.left, job, engine))
    return work


def _left(left: Sequence[str], job: Job, engine: Engine) -> str:
    """What an engine does not tell, why, and what the outcome then is."""
    titles = {p.id: p.title.zh for p in job.rule.provisions}
    return Text(
        f"not decided on {engine.can.title}, since it rests on a list: {', '.join(left)}; the outcome is what holds whatever the list has "
        "(write .jsonl or .xlsx, or give its totals as columns)",
        f"{engine.can.title} 未判定（依据清单）：{'、'.join(titles[name] for name in left)}；结论为无论清单内容如何均成立者"
        "（请将结果写为 .jsonl 或 .xlsx，或将其合计作为列给出）",
    ).of(job.lang)


def _opened(job: Job, source: TableAt, numbered: bool = False) -> tuple[Engine, Any, list[Column]]:
    """A connection, the table on it, and what its columns give. Raises PolicyError."""
    check_readings(job.rule, dict(job.readings))
    engine = connect(source.engine, source.url)
    table = engine.read(source.table, numbered)
    columns = columns_of(table.columns, job, source.table)
    job.tell(matched(columns, job))
    scaled = [column.header for column in columns if not column.in_its_unit]
    if scaled:
        raise Refused(f"the unit in the header `{scaled[0]}`", f"表头 `{scaled[0]}` 中的单位")
    return engine, table, columns


def run(work: Work, out: str, errors: Path | None = None) -> Tally:
    """Write the findings to a file or a `#table` of the same database, rejected rows elsewhere too. Raises PolicyError.

    Where numbers do not fit the engine, the rows with the largest are refused, and the rest is decided.
    """
    for below in (None, *BELOW):
        try:
            return _run(work if below is None else replace(work, plan=work.narrower(below)), out, errors)
        except TooLarge:
            if below == BELOW[-1]:
                raise
    raise AssertionError


def _run(work: Work, out: str, errors: Path | None) -> Tally:
    with ExitStack() as stack:
        if errors is not None:  # first: the result may take the place of the table
            _check_format(errors)
            draft = stack.enter_context(_target(work.engine, errors))
            work.engine.save(work.rejected, str(draft))
        rejected, outcomes = _into_table(work, out[1:]) if out.startswith("#") else _into_file(work, out)
    bad = sum(rejected.values())
    return Tally(rows=sum(outcomes.values()) + bad, rejected=bad, reasons=rejected, outcomes=Counter(outcomes))


def check_out(source: TableAt, out: str) -> None:
    """Whether results can go to a `#table`: only where the table comes from a database. Raises PolicyError."""
    if out == "#":
        raise PolicyError(
            problem("table-url", f"`{out}` names no table: write #table", f"`{out}` 未写明表：请写 #表名")
        )
    if out.startswith("#") and source.url is None and not ENGINES[source.engine].tables_without_url:
        raise PolicyError(
            problem("table-url", f"`{out}`: {source.table} is in no database; write to a file",
                    f"`{out}`：{source.table} 不在数据库中，请输出到文件")
        )  # fmt: skip


def _into_table(work: Work, name: str) -> tuple[dict[str, int], dict[OutcomeName, int]]:
    rejected = _refusals(work, work.all_rows)
    work.engine.create(name, work.told if rejected else work.all_rows)
    return rejected, _outcomes(work, work.engine.read(name))


def _into_file(work: Work, out: str) -> tuple[dict[str, int], dict[OutcomeName, int]]:
    if _ANYWHERE.match(out):  # the file system of a cluster: Spark commits the folder as a whole
        rejected = _refusals(work, work.all_rows)
        work.engine.save(work.told if rejected else work.all_rows, out)
        return rejected, _outcomes(work, work.engine.read(out))
    path = Path(out)
    _check_format(path, ", #table")
    with _target(work.engine, path) as draft:
        if path.suffix == ".csv" or not work.engine.reads_back:  # cannot be read back as it was written
            rejected = _refusals(work, work.all_rows)
            work.engine.save(work.told if rejected else work.all_rows, str(draft))
            return rejected, _outcomes(work, work.told)
        work.engine.save(work.all_rows, str(draft))
        rejected = _refusals(work, work.engine.read(str(draft)))
        if rejected:  # seldom: then once more, without the findings of those rows
            _emptied(draft)
            work.engine.save(work.told, str(draft))
        return rejected, _outcomes(work, work.engine.read(str(draft)))


def _check_format(path: Path, more: str = "") -> None:
    if path.suffix not in FORMATS:
        accepted = ", ".join(FORMATS) + more
        raise PolicyError(
            problem("table-format", f"`{path}` is none of: {accepted}", f"`{path}` 不是以下之一：{accepted}")
        )


def _refusals(work: Work, table: Any) -> dict[str, int]:
    found = work.engine.counts(table.filter(table[REFUSED].notnull()), REFUSED)
    return {reason: rows for (reason,), rows in found.items()}


def _outcomes(work: Work, table: Any) -> dict[OutcomeName, int]:
    found = work.engine.counts(table.filter(table[REFUSED].isnull()), OUTCOME)
    return {outcome: rows for (outcome,), rows in found.items()}


def _emptied(draft: Path) -> None:
    if draft.is_dir():
        shutil.rmtree(draft)


def _target(engine: Engine, path: Path) -> AbstractContextManager[Path]:
    return _folder(path) if engine.can.writes_folders else whole(path)


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """A folder beside the target that takes its place if nothing goes wrong. Raises PolicyError where one is there."""
    if path.exists():
        raise PolicyError(problem("unwritable", f"`{path}` is already there", f"`{path}` 已存在"))
    draft = path.with_name(f"{path.name}.part")  # Spark reads no name that begins with a dot
    shutil.rmtree(draft, ignore_errors=True)
    try:
        yield draft
        draft.replace(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


# --- registers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RegisterWork:
    """The findings of a register, and its entries, on a connection."""

    engine: Engine
    findings: Any
    entries: Any
    narrower: Callable[[int], tuple[Any, Any]]
    """Findings and entries where an entry with a number of more digits is refused."""


def prepare_register(job: Job, source: TableAt, asked: Question, key: str | None = None) -> RegisterWork:
    """The findings of a table of entries; `key` is the column that orders entries of one day. Raises PolicyError."""
    seen = replace(job, rule=entry_rule(job.rule))
    engine, table, columns = _opened(seen, source, numbered=key is None)
    if key is not None and key not in table.columns:
        en, zh = f"{source.table} has no column `{key}`", f"{source.table} 没有列 `{key}`"
        raise PolicyError(problem("no-column", en, zh, None, did_you_mean(key, table.columns)))
    _, by = placed(seen, columns, source.table)
    given = {column.entry.name: column.header for column in columns if column.entry}
    own = key or (NUMBER if NUMBER in table.columns else None)
    held = Entries(table, given, None if by is None else columns[by].header, own)

    def made(below: int | None = None) -> tuple[Any, Any]:
        narrow = replace(asked, below=below)
        return findings(job.rule, held, narrow), kinds(job.rule, held, narrow)

    return RegisterWork(engine, *made(), made)


def run_register(work: RegisterWork, out: str) -> Tally:
    """Write the findings of a register to a file or a `#table` of the same database. Raises PolicyError.

    Where numbers do not fit the engine, the entries with the largest are refused, and the rest is decided.
    """
    for below in (None, *BELOW):
        try:
            return _run_register(
                work if below is None else RegisterWork(work.engine, *work.narrower(below), work.narrower), out
            )
        except TooLarge:
            if below == BELOW[-1]:
                raise
    raise AssertionError


def _run_register(work: RegisterWork, out: str) -> Tally:
    engine = work.engine
    if out.startswith("#"):
        engine.create(out[1:], work.findings)
        return _tally(work, engine.read(out[1:]))
    if _ANYWHERE.match(out):
        engine.save(work.findings, out)
        return _tally(work, engine.read(out))
    path = Path(out)
    _check_format(path, ", #table")
    with _target(engine, path) as draft:
        engine.save(work.findings, str(draft))
        read_back = path.suffix != ".csv" and engine.reads_back
        return _tally(work, engine.read(str(draft)) if read_back else work.findings)


def _tally(work: RegisterWork, found: Any) -> Tally:
    """What the findings come to."""
    engine, tally = work.engine, Tally()
    for (provision, status, reason), rows in engine.counts(found, PROVISION, STATUS, REFUSED).items():
        if reason is not None:
            tally.reasons[reason] = tally.reasons.get(reason, 0) + rows
            continue
        tally.rows += rows
        tally.provisions.add(provision)
        if status is not None:
            tally.count(provision, status, rows)
    tally.rejected = sum(tally.reasons.values())
    kinds = engine.counts(work.entries, KIND)
    tally.entries, tally.later = (kinds.get((kind,), 0) for kind in (HELD, LATER))
    return tally
