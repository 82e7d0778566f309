"""The command `batch`: a table of cases, decided row by row."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policy_engine.cli_warehouse import decide_there
from policy_engine.console import (
    AsOf,
    LangOption,
    Readings,
    Rules,
    Strict,
    complaints,
    language,
    on_date,
    open_book,
    refuse,
    settings,
)

if TYPE_CHECKING:
    from policy_engine.errors import Lang, Problem


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def batch(
        decision: str,
        table: Annotated[
            str, typer.Argument(metavar="TABLE", help="Cases, one a row: .xlsx, .csv, .jsonl, .parquet, or DATABASE-URL#table.")
        ],
        output: Annotated[
            str | None,
            typer.Option("-o", "--output", metavar="OUT", help="Results: .xlsx, .csv, .jsonl, .parquet, or #table."),
        ] = None,
        errors: Annotated[Path | None, typer.Option("--errors", metavar="FILE", help="Rejected rows, as CSV.")] = None,
        mapping: Annotated[
            Path | None, typer.Option("--mapping", metavar="FILE", help="YAML: header of the table to name of the input.")
        ] = None,
        engine: Annotated[
            str | None, typer.Option("--engine", help="Run there: duckdb, polars, postgres or spark.", show_default="by the table")
        ] = None,
        print_sql: Annotated[bool, typer.Option("--print-sql", help="Show what the engine is sent, decide nothing.")] = False,
        only: Annotated[
            list[str] | None, typer.Option("--only", help="With an engine, beside the outcome: status, contested, value; repeatable.")
        ] = None,
        as_of: AsOf = None, reading: Readings = None, strict: Strict = False, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Decide a table of cases. Example: policy batch award.grant awards.xlsx -o decided.xlsx --errors bad.csv"""
        tongue = language(lang)
        with complaints(tongue), ExitStack() as stack:
            from policy_engine.batch import Job, decide_table

            rule = open_book(rules).rule(decision)
            job = Job(rule, on_date(as_of), tongue, settings(reading), read_mapping(mapping))
            if output is None and not print_sql:
                refuse("output", "say where the results go: -o OUT", "请用 -o 写明结果文件")
            if engine or print_sql or _runs_there(table, output or ""):
                raise typer.Exit(decide_there(job, table, output, errors, engine, print_sql, only, strict))
            rejected: list[tuple[int, str, str]] = []
            tick = stack.enter_context(_Progress(tongue)) if sys.stderr.isatty() else None
            tally = decide_table(
                job, Path(table), Path(output or ""), _reject(rejected, tongue), tick or (lambda rows: None)
            )
            if errors is not None:
                _write_errors(errors, rejected)
            counts = ", ".join(f"{name} {count}" for name, count in sorted(tally.outcomes.items()))
            typer.echo(
                f"{output}: {tally.rows} ({counts})" + (f"; rejected {tally.rejected}" if tally.rejected else "")
            )
            raise typer.Exit(tally.exit_code(strict))


def _runs_there(table: str, output: str) -> bool:
    """Parquet and databases go to an engine, unless the result is a workbook or lines of JSON."""
    from policy_engine.batch import FORMATS

    return not table.endswith(FORMATS) and not output.endswith((".xlsx", ".jsonl"))


def _reject(rejected: list[tuple[int, str, str]], lang: Lang) -> Callable[[int, str, Problem], None]:
    from policy_engine.batch import rejected_text

    def reject(row: int, column: str, found: Problem) -> None:
        rejected.append((row, column, found.message.of(lang)))
        typer.echo(rejected_text(row, column, found, lang), err=True)

    return reject


def read_mapping(path: Path | None) -> dict[str, str]:
    """The headers of a mapping file, with the names they stand for. Raises PolicyError."""
    from policy_engine.facts import read_facts_file

    return {} if path is None else {str(header): str(name) for header, name in read_facts_file(path).data.items()}


def _write_errors(path: Path, rejected: list[tuple[int, str, str]]) -> None:
    from policy_engine.writing import whole

    with whole(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "column", "reason"])
        writer.writerows(rejected)


class _Progress:
    """Rows and rate on a terminal, while it lasts."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def __enter__(self) -> Callable[[int], None]:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        words = "{task.completed} 行" if self.lang == "zh" else "{task.completed} rows"
        shown = (SpinnerColumn(), TextColumn(words), TextColumn("{task.speed}"), TimeElapsedColumn())
        self.progress = Progress(*shown, console=Console(stderr=True), transient=True)
        self.progress.start()
        task = self.progress.add_task("", total=None)
        return lambda rows: self.progress.update(task, completed=rows)

    def __exit__(self, *_: object) -> None:
        self.progress.stop()
