"""The command `batch`: a table of cases, decided row by row."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Final

import typer

from policy_engine.basics.errors import NO_WORDS, Text
from policy_engine.doors.on_engine import decide_there, runs_there
from policy_engine.doors.options import (
    UTF_8,
    AsOf,
    Assume,
    Assumptions,
    DecisionName,
    Encoding,
    Engine,
    LangOption,
    Mapping,
    PrintSql,
    Readings,
    Rules,
    Sheet,
    Strict,
    Template,
    UnitOption,
    apart,
    complaints,
    language,
    on_date,
    refuse,
    rule_of,
    tell,
)
from policy_engine.doors.options import version as version_of  # fmt: skip
from policy_engine.doors.paper import put, target
from policy_engine.doors.recording import Commit, Record, only_here, recorded, recorder
from policy_engine.doors.recording import Key as PrivateKey
from policy_engine.doors.rows import job_of, only_of_rows, spooled, teller

if TYPE_CHECKING:
    from policy_engine.basics.errors import Lang
    from policy_engine.records.recorder import Recorder
    from policy_engine.tables.batch import Rejected
    from policy_engine.tables.columns import Job
    from policy_engine.tables.tally import Tally


class Without(StrEnum):
    """What a case has that has no row in the table of a list."""

    unknown = "unknown"
    none = "none"


class StatusForm(StrEnum):
    """What stands in the column of a status that an engine writes."""

    text = "text"
    code = "code"
    flags = "flags"


Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        help="Beside the outcome only these: status, contested, value, assumes; row by row the other parts too; repeatable.",
    ),
]
Statuses = Annotated[
    StatusForm,
    typer.Option(
        "--statuses",
        help="With an engine: the word, its code (0 not applicable, 2 pending, 3 satisfied, 4 departed or missed, 5 undetermined, "
        "6 violated) or a flag (true satisfied, false not, else nothing).",
    ),
]
ListRows = Annotated[
    list[str] | None,
    typer.Option("--rows", metavar="LIST=TABLE", help="The rows of a list: a table, #SHEET or FILE#SHEET; repeatable."),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="HEADER",
        help="What says whose a row of a list is.",
        show_default="the one header that both have",
    ),
]
WithoutRows = Annotated[Without, typer.Option("--without-rows", help="What a case without rows there has.")]


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def batch(
        decision: DecisionName,
        table: Annotated[
            str, typer.Argument(metavar="TABLE", help="Cases, one a row: .xlsx, .xls, .ods, .csv, .tsv, .jsonl, .parquet, - for lines of JSON, or DATABASE-URL#table.")
        ],
        output: Annotated[
            str | None,
            typer.Option("-o", "--output", metavar="OUT", help="Results: .xlsx, .csv, .jsonl, .parquet, on paper .html, .docx, .pdf, .md, or #table."),
        ] = None,
        errors: Annotated[Path | None, typer.Option("--errors", metavar="FILE", help="Rejected rows, as CSV.")] = None,
        engine: Engine = None, print_sql: PrintSql = False, only: Only = None, statuses: Statuses = StatusForm.text,
        list_rows: ListRows = None, key: Key = None, without_rows: WithoutRows = Without.unknown,
        mapping: Mapping = None, unit: UnitOption = None, encoding: Encoding = UTF_8, sheet: Sheet = None,
        as_of: AsOf = None, reading: Readings = None, assume: Assume = Assumptions.all, strict: Strict = False,
        record: Record = None, commit: Commit = False, private: PrivateKey = None, template: Template = None, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Decide a table of cases. Example: policy batch award.grant awards.xlsx -o decided.xlsx --errors bad.csv"""
        tongue = language(lang)
        with complaints(tongue):
            from policy_engine.reports.summary import rows_line

            paper, output = target(output, template)
            rule = rule_of(rules, decision, assume.value)
            of_lists = (list_rows, key, without_rows == Without.none)
            job = job_of(rule, on_date(as_of), tongue, reading, mapping, sheet, encoding, unit, of_lists)
            if output is None and not print_sql:
                refuse("output", "say where the results go: -o OUT", "请用 -o 写明结果文件")
            lists = [source.partition("#")[0] for source in job.lists.values()]
            apart([table, mapping, template, *lists], output, errors)
            with spooled(table) as there:
                if engine or print_sql or (not paper and runs_there(there, output or "")):
                    only_of_rows(sheet, encoding)
                    if list_rows or key:
                        _no_lists_there(job, "--rows" if list_rows else "--key")
                    only_here(record)
                    found = decide_there(job, there, output, errors, engine, print_sql, only, strict, statuses)
                    raise typer.Exit(found)
                if statuses != StatusForm.text:
                    _no_codes_here()
                log = recorder(record, private, commit, assume.value, rules, rule.decision)
                on_paper = (paper, template) if paper else None
                job = replace(job, only=_columns(only, paper))
                tally = _decide_here(job, Path(there), Path(output or ""), errors, log, on_paper)
                recorded(log, tongue)
                tell(rows_line(output or "", tally, tongue))
                raise typer.Exit(tally.exit_code(strict))


def _no_codes_here() -> None:
    refuse("option", "--statuses is of engines: write .parquet or .csv from Parquet or a database",
           "--statuses 只用于表格引擎：请由 Parquet 或数据库输出为 .parquet 或 .csv")  # fmt: skip


def _columns(only: list[str] | None, paper: str | None) -> frozenset[str]:
    """The parts of answers asked for. Raises PolicyError on paper, which has no columns."""
    if only and paper:
        refuse("option", "--only is of tables: write .xlsx, .csv, .jsonl or .parquet",
               "--only 只用于表格：请输出为 .xlsx、.csv、.jsonl 或 .parquet")  # fmt: skip
    return frozenset(only or ())


def _no_lists_there(job: Job, option: str) -> None:
    totals = [name for rows in job.rule.rows.values() for name in rows.totals]
    given = Text(f", or give the totals as columns: {', '.join(totals)}", f"，或将合计作为列给出：{'、'.join(totals)}")
    or_so = given if totals else NO_WORDS
    refuse("option", f"{option} is of tables read row by row: write .jsonl or .xlsx{or_so.en}",
           f"{option} 只用于逐行读取的表格：请将结果写为 .jsonl 或 .xlsx{or_so.zh}")  # fmt: skip


def _decide_here(
    job: Job, table: Path, out: Path, errors: Path | None, log: Recorder | None, on_paper: tuple[str, Path | None] | None
) -> Tally:  # fmt: skip
    from policy_engine.tables.batch import decide_table
    from policy_engine.tables.choosing import on_sheet
    from policy_engine.tables.copies import cores

    job = on_sheet(job, table)
    rejected: list[Rejected] = []
    with ExitStack() as stack:
        tick = stack.enter_context(_Progress(table, job)) if sys.stderr.isatty() else lambda rows: None
        reject = teller(rejected.append, table, job)
        if on_paper:
            tally = _decide_on_paper(job, table, out, on_paper, reject, tick, log)
        else:
            tally = decide_table(job, table, out, reject, tick, log, processes=cores())
    if errors is not None:
        _write_errors(errors, rejected, tally.headers, job.lang)
    return tally


def _decide_on_paper(
    job: Job, table: Path, out: Path, on_paper: tuple[str, Path | None],
    reject: Callable[[Rejected], None], tick: Callable[[int], None], log: Recorder | None,
) -> Tally:  # fmt: skip
    """Decide a table and put it on paper, of a kind and perhaps in a template, and not before it is recorded."""
    from policy_engine.reports.composed_rows import RowsSeen, decided
    from policy_engine.tables.batch import run
    from policy_engine.tables.tally import Tally

    kind, template = on_paper
    tally, seen = Tally(), RowsSeen()
    run(job, table, seen, True, tally, reject, tick, log)
    if log is not None:
        log.flush()
    put(kind, out, lambda lang: decided(seen, job.rule, job.as_of, tally, lang, version_of()), job.lang, template)
    return tally


def _write_errors(path: Path, rejected: list[Rejected], headers: Sequence[str], lang: Lang) -> None:
    """The rejected rows as they were, each with its number and what is wrong, to be mended and decided again."""
    from policy_engine.tables.files import CsvSink
    from policy_engine.tables.writing import whole

    with whole(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as file:
        sink = CsvSink(file)
        sink.header([*headers, *(("行号", "列名", "理由") if lang == "zh" else ("row", "column", "reason"))])
        for row in rejected:
            sink.write(
                [
                    *[*row.cells, *[None] * len(headers)][: len(headers)],
                    row.row,
                    "; ".join(f"{row.table}: {column}" if row.table else column for column in row.columns),
                    row.reasons(lang),
                ]
            )


def _rows(table: Path, job: Job) -> int | None:
    """About how many rows a table has, cheaply; None where that is not known."""
    if table.suffix.lower() == ".xlsx":
        from policy_engine.tables.workbook import row_count

        return row_count(table, job.sheet)
    if table.suffix.lower() in (".xls", ".ods"):
        return None
    if table.suffix == ".parquet":
        from policy_engine.tables.parquet import row_count as parquet_row_count

        return parquet_row_count(table)
    if not table.is_file():
        return None
    with table.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


_EVERY: Final = 0.1
"""Seconds between two looks at how far it is; no thread looks, since a process of several is not copied."""


class _Progress:
    """Rows, rate and time left on a terminal, while it lasts."""

    def __init__(self, table: Path, job: Job) -> None:
        self.total, self.lang = _rows(table, job), job.lang

    def __enter__(self) -> Callable[[int], None]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        words = "{task.completed} 行" if self.lang == "zh" else "{task.completed} rows"
        rate = "{task.fields[rate]:,.0f}/s"
        shown = (BarColumn(), TextColumn(words), TextColumn(rate), TimeRemainingColumn())
        self.progress = Progress(*shown, console=Console(stderr=True), transient=True, auto_refresh=False)
        self.progress.start()
        task, again = self.progress.add_task("", total=self.total, rate=0.0), 0.0

        def tick(rows: int) -> None:
            nonlocal again
            if (now := monotonic()) >= again:
                again = now + _EVERY
                speed = self.progress.tasks[0].speed or 0.0
                self.progress.update(task, completed=rows, rate=speed, refresh=True)

        return tick

    def __exit__(self, *_: object) -> None:
        self.progress.stop()
