"""`policy batch` and `policy register` on an engine: what they do with Parquet, databases and `--engine`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from policy_engine.basics.errors import PolicyError, Text, problem
from policy_engine.doors.options import tell
from policy_engine.tables.extras import needed
from policy_engine.words import Exit, many

if TYPE_CHECKING:
    from policy_engine.basics.errors import Lang
    from policy_engine.basics.values import Known
    from policy_engine.engines.kept import KeptAt
    from policy_engine.registers.periods import Span
    from policy_engine.tables.columns import Job
    from policy_engine.tables.tally import Tally


def runs_there(table: str, output: str) -> bool:
    """Parquet and databases go to an engine, unless the result is a workbook or lines of JSON."""
    from policy_engine.tables.files import READ

    return not table.lower().endswith(READ) and not output.endswith((".xlsx", ".jsonl"))


def decide_there(
    job: Job, table: str, output: str | None, errors: Path | None, engine: str | None, print_sql: bool,
    only: list[str] | None, strict: bool, statuses: str,
) -> Exit:  # fmt: skip
    """Decide a table in its engine, or show what would be sent. Raises PolicyError."""
    from policy_engine.engines.kept import run_kept
    from policy_engine.reports.summary import rows_line

    if output is None or print_sql or errors is not None:
        tally, place = None, None
    else:
        with _waiting(job.lang):
            tally, place = run_kept(job, table, output, engine, only or (), statuses)
    if tally is None:
        made = _made_and_run(job, (table, output), (errors, engine), (only, statuses), print_sql, place)
        if made is None:
            return Exit.COMPLIANT
        tally = made
    _tell(tally.reasons, job)
    tell(rows_line(output or "", tally, job.lang))
    return tally.exit_code(strict)


def _made_and_run(
    job: Job, where: tuple[str, str | None], how: tuple[Path | None, str | None], shown: tuple[list[str] | None, str],
    print_sql: bool, place: KeptAt | None,
) -> Tally | None:  # fmt: skip
    """What a table came to by a plan made for it, which is kept; None where only what would be sent is told. Raises PolicyError."""
    (table, output), (errors, engine), (only, statuses) = where, how, shown
    with needed():
        from policy_engine.engines.kept import keep
        from policy_engine.engines.plan import PARTS
        from policy_engine.engines.run import check_out, prepare, run, source_of

    source = source_of(table, engine)
    check_out(source, output or "")
    work = prepare(job, source, only or PARTS, statuses)
    if print_sql:
        tell(work.engine.sql(work.all_rows))
        return None
    assert output is not None
    with _waiting(job.lang):
        tally = run(work, output, errors)
        keep(place, work)
    return tally


def find_there(
    job: Job, table: str, output: str | None, asked: tuple[Span, dict[str, Known], list[str]], engine: str | None,
    print_sql: bool, key: str | None, strict: bool,
) -> Exit:  # fmt: skip
    """The findings of a register in its engine, or what would be sent. Raises PolicyError."""
    with needed():
        from policy_engine.engines.entries import Question
        from policy_engine.engines.run import check_out, prepare_register, run_register, source_of
    from policy_engine.registers.idle import idle
    from policy_engine.reports.summary import entries_line

    if output is None and not print_sql:
        raise PolicyError(problem("output", "say where the findings go: -o OUT", "请用 -o 写明结果文件"))
    source = source_of(table, engine)
    check_out(source, output or "")
    span, fixed, members = asked
    work = prepare_register(job, source, Question(span, dict(job.readings), fixed, members), key)
    if print_sql or output is None:
        tell(work.engine.sql(work.findings))
        return Exit.COMPLIANT
    with _waiting(job.lang):
        tally = run_register(work, output)
    _tell(tally.reasons, job)
    if told := idle(job.rule, fixed, tally.provisions).of(job.lang):
        tell(told, err=True)
    tell(entries_line(output, tally, job.lang))
    return tally.exit_code(strict)


def _tell(reasons: Mapping[str, int], job: Job) -> None:
    """What is wrong with rejected rows, on standard error."""
    for reason, rows in sorted(reasons.items()):
        tell(
            Text(f"{many(rows, 'row')}: {(told := _refused(reason, job)).en}", f"{rows:,} 行：{told.zh}").of(job.lang),
            err=True,
        )


def _refused(reason: str, job: Job) -> Text:
    """What is wrong with a row: facts that contradict each other, by what they must fulfil, or a fact that cannot be."""
    from policy_engine.explaining.sentence import must_hold

    rule = job.rule
    rule = replace(rule, inputs={**(rule.register.columns if rule.register else {}), **rule.inputs})
    for must, text in zip(rule.facts_must, rule.facts_must_text, strict=True):
        if text == reason:
            wanted = must_hold(must, text, rule.names(job.as_of))
            return Text(f"the facts contradict each other ({wanted.en})", f"事实自相矛盾（{wanted.zh}）")
    entry = rule.inputs.get(reason)
    return Text(f"{reason} is not possible", f"“{entry.label.zh}”不成立" if entry else f"{reason} 不成立")


def _waiting(lang: Lang) -> AbstractContextManager[object]:
    """A sign of life on a terminal: engines say only at the end how far they are."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status("deciding …" if lang == "en" else "正在判定……")
